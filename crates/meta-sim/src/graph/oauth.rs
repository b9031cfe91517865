//! Codes for tokens, tokens for longer ones, and what a token is worth.
//!
//! Facebook Login: <https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow>.
//! Instagram Login: <https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login>.

use super::answer::Answer;
use super::auth::{Caller, find_token};
use super::error::GraphError;
use super::request::Call;
use crate::crypto;
use crate::json::{Json, obj};
use crate::outgoing::{Outgoing, Update};
use crate::world::{App, Code, DAY_MS, Route, Token, TokenKind, World};

/// What Meta's samples print for a long-lived user token.
const LONG_LIVED_S: i64 = 5_183_944;

pub(super) fn facebook(world: &mut World, call: &Call, now: i64) -> Answer {
    let app = client(world, call, |app| (&app.id, &app.secret))?;
    match call.text("grant_type").as_deref() {
        Some("client_credentials") => {
            Ok(obj! { "access_token": format!("{}|{}", app.id, app.secret), "token_type": "bearer" })
        }
        Some("fb_exchange_token") => exchange(world, call, &app, now),
        None | Some("authorization_code") => {
            let code = take_code(world, call, &app, Route::Facebook, now)?;
            let seconds = world.settings.short_token_seconds;
            let value = issue(world, TokenKind::User, &app.id, &code.user_id, "EAA", seconds, false, now);
            Ok(obj! { "access_token": value, "token_type": "bearer", "expires_in": seconds })
        }
        Some(other) => Err(GraphError::new(1, format!("Unsupported grant_type: {other}")).status(400)),
    }
}

fn exchange(world: &mut World, call: &Call, app: &App, now: i64) -> Answer {
    let value = call.required("fb_exchange_token")?;
    let token = find_token(world, &value, now)?;
    if token.app_id != app.id {
        return Err(
            GraphError::token(None, "Error validating access token: The token was issued for another app.").status(400)
        );
    }
    if token.kind != TokenKind::User {
        return Err(GraphError::parameter("fb_exchange_token must be a user access token"));
    }
    let value = issue(world, TokenKind::User, &app.id, &token.user_id, "EAA", LONG_LIVED_S, true, now);
    Ok(obj! { "access_token": value, "token_type": "bearer", "expires_in": LONG_LIVED_S })
}

/// `POST https://api.instagram.com/oauth/access_token`
pub(super) fn instagram_code(world: &mut World, call: &Call, now: i64) -> Answer {
    let app = client(world, call, |app| (&app.instagram_app_id, &app.instagram_app_secret))
        .map_err(|e| GraphError { kind: "OAuthException", code: 400, ..e })?;
    if call.text("grant_type").as_deref() != Some("authorization_code") {
        return Err(GraphError::new(400, "Invalid grant_type"));
    }
    let code = take_code(world, call, &app, Route::Instagram, now)?;
    let value = issue(world, TokenKind::Instagram, &app.id, &code.user_id, "IGAA", 3600, false, now);
    let permissions: Vec<String> =
        world.grant(&app.id, &code.user_id).map(|grant| grant.scopes.keys().cloned().collect()).unwrap_or_default();
    let scoped = world.instagram_accounts.get(&code.user_id).map(|ig| ig.scoped_id.clone()).unwrap_or_default();
    Ok(obj! {
        "data": vec![obj! { "access_token": value, "user_id": scoped, "permissions": permissions.join(",") }],
    })
}

/// `GET https://graph.instagram.com/access_token`
pub(super) fn instagram_exchange(world: &mut World, call: &Call, now: i64) -> Answer {
    if call.text("grant_type").as_deref() != Some("ig_exchange_token") {
        return Err(GraphError::parameter("grant_type must be ig_exchange_token"));
    }
    let token = instagram_token(world, call, now)?;
    let secret = call.required("client_secret")?;
    let app = world.apps.get(&token.app_id).filter(|app| app.instagram_app_secret == secret);
    let Some(app) = app.cloned() else {
        return Err(GraphError::new(1, "Error validating client secret.").status(400));
    };
    if token.long_lived {
        return Err(GraphError::parameter("The access token is already long-lived"));
    }
    let seconds = 60 * 24 * 3600;
    let value = issue(world, TokenKind::Instagram, &app.id, &token.user_id, "IGAA", seconds, true, now);
    let permissions: Vec<String> =
        world.grant(&app.id, &token.user_id).map(|g| g.scopes.keys().cloned().collect()).unwrap_or_default();
    Ok(obj! {
        "access_token": value, "token_type": "bearer", "expires_in": seconds, "permissions": permissions.join(","),
    })
}

/// `GET https://graph.instagram.com/refresh_access_token`
pub(super) fn instagram_refresh(world: &mut World, call: &Call, now: i64) -> Answer {
    if call.text("grant_type").as_deref() != Some("ig_refresh_token") {
        return Err(GraphError::parameter("grant_type must be ig_refresh_token"));
    }
    let token = instagram_token(world, call, now)?;
    if !token.long_lived || now - token.issued_at < DAY_MS {
        return Err(GraphError::parameter("Only long-lived tokens at least 24 hours old can be refreshed"));
    }
    let seconds = 60 * 24 * 3600;
    let value = issue(world, TokenKind::Instagram, &token.app_id, &token.user_id, "IGAA", seconds, true, now);
    Ok(obj! { "access_token": value, "token_type": "bearer", "expires_in": seconds })
}

fn instagram_token(world: &World, call: &Call, now: i64) -> Result<Token, GraphError> {
    let token = find_token(world, &call.required("access_token")?, now)?;
    if token.kind == TokenKind::Instagram {
        return Ok(token);
    }
    Err(GraphError::token(None, "Invalid OAuth access token - Cannot parse access token"))
}

/// The app that `client_id` and `client_secret` name, on the route whose pair `of` picks.
fn client(
    world: &World,
    call: &Call,
    of: impl for<'a> Fn(&'a App) -> (&'a String, &'a String),
) -> Result<App, GraphError> {
    let id = call.text("client_id").ok_or_else(|| GraphError::new(101, "Missing client_id parameter.").status(400))?;
    let app = world.apps.values().find(|app| *of(app).0 == id).ok_or_else(|| {
        GraphError::new(101, "Error validating application. Cannot get application info due to a system error.")
            .status(400)
    })?;
    match call.text("client_secret") {
        None => Err(GraphError::new(1, "Missing client_secret parameter.").status(400)),
        Some(secret) if secret == *of(app).1 => Ok(app.clone()),
        Some(_) => Err(GraphError::new(1, "Error validating client secret.").status(400)),
    }
}

fn take_code(world: &mut World, call: &Call, app: &App, route: Route, now: i64) -> Result<Code, GraphError> {
    // Instagram appends `#_` to its redirect; a client that keeps it sends it along.
    let value = call.required("code")?;
    let redirect_uri =
        call.text("redirect_uri").ok_or_else(|| GraphError::new(191, "Missing redirect_uri parameter.").status(400))?;
    let fail = |subcode, text: &str| Err(GraphError::new(100, text).sub(subcode));
    let Some(code) = world.codes.get_mut(&value).filter(|c| c.app_id == app.id && c.route == route) else {
        return fail(36008, "Invalid verification code format.");
    };
    if code.redirect_uri != redirect_uri {
        return fail(
            36008,
            "Error validating verification code. Please make sure your redirect_uri is identical to the one you used \
             in the OAuth dialog request",
        );
    }
    if code.used {
        return fail(36009, "This authorization code has been used.");
    }
    if code.expires_at <= now {
        return fail(36007, "This authorization code has expired.");
    }
    code.used = true;
    Ok(code.clone())
}

#[allow(clippy::too_many_arguments, reason = "each is a column of the token")]
fn issue(
    world: &mut World,
    kind: TokenKind,
    app: &str,
    user: &str,
    prefix: &str,
    seconds: i64,
    long_lived: bool,
    now: i64,
) -> String {
    let value = crypto::token(prefix);
    let token = Token {
        kind,
        app_id: app.to_owned(),
        user_id: user.to_owned(),
        page_id: None,
        long_lived,
        issued_at: now,
        expires_at: Some(now + seconds * 1000),
        dead: None,
    };
    world.tokens.insert(value.clone(), token);
    value
}

/// <https://developers.facebook.com/docs/graph-api/reference/debug_token>
pub(super) fn debug_token(world: &World, call: &Call, now: i64) -> Answer {
    let value = call.required("access_token")?;
    let asking = find_token(world, &value, now)?;
    let input = call.required("input_token")?;
    let invalid = |code: i64, subcode: Option<i64>, message: &str| {
        let mut error = obj! { "code": code, "message": message };
        if let Some(subcode) = subcode {
            error.set("subcode", subcode);
        }
        error
    };
    let Some(token) = world.tokens.get(&input) else {
        return Ok(obj! { "data": obj! {
            "error": invalid(190, None, "Invalid OAuth access token - Cannot parse access token"),
            "is_valid": false, "scopes": Json::Arr(Vec::new()),
        } });
    };
    if token.app_id != asking.app_id {
        return Err(
            GraphError::new(100, "(#100) The App_id in the input_token did not match the Viewing App").status(400)
        );
    }
    let seconds = |at: Option<i64>| at.map_or(0, |ms| ms / 1000);
    let app_name = world.apps.get(&token.app_id).map(|app| app.name.clone()).unwrap_or_default();
    let mut data = obj! { "app_id": token.app_id.as_str(), "type": token.kind.name(), "application": app_name };
    data.set("data_access_expires_at", (token.issued_at + 90 * DAY_MS) / 1000);
    let problem = find_token(world, &input, now).err();
    if let Some(problem) = &problem {
        data.set("error", invalid(problem.code, problem.subcode, &problem.message));
    }
    data.set("expires_at", seconds(token.expires_at));
    data.set("is_valid", problem.is_none());
    data.set("issued_at", token.issued_at / 1000);
    if let Some(page) = &token.page_id {
        data.set("profile_id", page.as_str());
    }
    let grant = world.grant(&token.app_id, &token.user_id).cloned().unwrap_or_default();
    data.set("scopes", grant.scopes.keys().cloned().collect::<Vec<_>>());
    let granular: Vec<Json> = grant
        .scopes
        .iter()
        .map(|(scope, granted)| {
            let mut entry = obj! { "scope": scope };
            if let Some(ids) = &granted.target_ids {
                entry.set("target_ids", ids.iter().cloned().collect::<Vec<_>>());
            }
            entry
        })
        .collect();
    data.set("granular_scopes", granular);
    data.set("user_id", token.user_id.as_str());
    Ok(obj! { "data": data })
}

/// `GET|DELETE /{user}/permissions[/{scope}]`
///
/// <https://developers.facebook.com/docs/graph-api/reference/user/permissions/>
pub(super) fn permissions(world: &mut World, call: &Call, caller: &Caller, now: i64) -> Answer {
    let user = match call.segment(0) {
        "me" => {
            caller.require_user()?;
            caller.token.user_id.clone()
        }
        id => id.to_owned(),
    };
    if !caller.is_app() && caller.token.user_id != user {
        return Err(call.missing());
    }
    let app = caller.app.id.clone();
    if call.is_get() {
        let grant = world.grant(&app, &user).cloned().unwrap_or_default();
        let line = |scope: &String, status: &str| obj! { "permission": scope, "status": status };
        let data: Vec<Json> = grant
            .scopes
            .keys()
            .map(|s| line(s, "granted"))
            .chain(grant.declined.iter().map(|s| line(s, "declined")))
            .collect();
        return Ok(obj! { "data": data });
    }
    if call.method != axum::http::Method::DELETE {
        return Err(call.missing());
    }
    match call.segment(2) {
        "" => deauthorize(world, &app, &user, now),
        scope => {
            if let Some(grant) = world.grants.get_mut(&format!("{app}/{user}")) {
                grant.scopes.remove(scope);
            }
        }
    }
    Ok(obj! { "success": true })
}

/// Takes the app away from the user, as the user or the app may ask, and calls the deauthorize callback.
pub(crate) fn deauthorize(world: &mut World, app: &str, user: &str, now: i64) {
    let instagram = world.instagram_accounts.contains_key(user);
    world.revoke(app, user);
    if let Some(ig) = world.instagram_accounts.get_mut(user) {
        ig.subscribed.remove(app);
    }
    let Some(app) = world.apps.get(app) else { return };
    let Some(callback) = app.deauthorize_url.clone() else { return };
    let secret = if instagram { &app.instagram_app_secret } else { &app.secret };
    let outgoing = signed_request_post(app, secret, callback, user, now);
    world.outbox.push(outgoing);
}

/// The form POST of the deauthorize and data-deletion callbacks.
pub(crate) fn signed_request_post(app: &App, secret: &str, callback: String, user: &str, now: i64) -> Outgoing {
    let signed = crypto::signed_request(secret, user, now / 1000);
    Outgoing {
        app_id: app.id.clone(),
        object: "signed_request".to_owned(),
        account: user.to_owned(),
        lane: String::new(),
        callback,
        secret: secret.to_owned(),
        update: Update::Raw {
            body: format!("signed_request={signed}").into(),
            headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        },
        delay_ms: 0,
    }
}
