//! The login dialogs, as web pages a person or a script can go through.
//!
//! <https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow>,
//! <https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login>

mod page;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};

use crate::Sim;
use crate::crypto;
use crate::server::{Incoming, html, plain, redirect};
use crate::world::{App, Code, Granted, Mode, Route, World};

/// Scopes Facebook Login knows here.
const FACEBOOK_SCOPES: &[&str] = &[
    "public_profile",
    "email",
    "business_management",
    "pages_show_list",
    "pages_manage_metadata",
    "pages_messaging",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_engagement",
    "pages_utility_messaging",
    "page_utility_messaging",
    "pages_user_locale",
    "pages_user_timezone",
    "pages_user_gender",
    "instagram_basic",
    "instagram_manage_messages",
    "instagram_manage_comments",
    "catalog_management",
];
const INSTAGRAM_SCOPES: &[&str] = &[
    "instagram_business_basic",
    "instagram_business_manage_messages",
    "instagram_business_manage_comments",
    "instagram_business_content_publish",
    "instagram_business_manage_insights",
];

/// What the address of the dialog asks for.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) app: App,
    pub(crate) route: Route,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) rerequest: bool,
    /// Whom the person said to be, on the second page.
    pub(crate) login: Option<String>,
}

type Pairs = Vec<(String, String)>;

fn pairs(encoded: &[u8]) -> Pairs {
    form_urlencoded::parse(encoded).map(|(k, v)| (k.into_owned(), v.into_owned())).collect()
}

fn one(pairs: &Pairs, key: &str) -> Option<String> {
    pairs.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()).filter(|v| !v.is_empty())
}

/// Every value of a repeated or comma-separated field.
fn many(pairs: &Pairs, key: &str) -> Vec<String> {
    pairs
        .iter()
        .filter(|(k, _)| k == key)
        .flat_map(|(_, v)| v.split(','))
        .map(str::trim)
        .filter(|v| !v.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(crate) async fn serve(sim: &Arc<Sim>, incoming: Incoming) -> Response<Body> {
    let route = match (incoming.host.as_str(), incoming.path.trim_end_matches('/')) {
        ("www.instagram.com", "oauth/authorize") => Route::Instagram,
        ("www.instagram.com", _) => return plain(StatusCode::NOT_FOUND, "Page not found"),
        (_, path) if path.ends_with("dialog/oauth") => Route::Facebook,
        _ => return plain(StatusCode::NOT_FOUND, "Page not found"),
    };
    let query = pairs(incoming.query.as_bytes());
    let world = &mut *sim.world();
    let wish = match read_wish(world, route, &query) {
        Ok(wish) => wish,
        Err(why) => return html(StatusCode::BAD_REQUEST, page::refusal(&why)),
    };
    if incoming.method != Method::POST {
        return html(StatusCode::OK, page::dialog(world, &wish));
    }
    let form = pairs(&incoming.body);
    if one(&form, "decision").as_deref() == Some("cancel") {
        return redirect(&world.settings.resolve(&denied(&wish)));
    }
    match decide(world, &wish, &form, sim.clock.now_ms()) {
        Ok(location) => redirect(&world.settings.resolve(&location)),
        Err(why) => html(StatusCode::BAD_REQUEST, page::refusal(&why)),
    }
}

fn read_wish(world: &World, route: Route, query: &Pairs) -> Result<Wish, String> {
    let id = one(query, "client_id").ok_or("Missing client_id parameter.")?;
    let of_app = |app: &&App| match route {
        Route::Facebook => app.id == id,
        Route::Instagram => app.instagram_app_id == id,
    };
    let app = world
        .apps
        .values()
        .find(of_app)
        .ok_or("Invalid App ID: The provided app ID does not look like a valid app ID.")?;
    let redirect_uri = one(query, "redirect_uri").ok_or("Missing redirect_uri parameter.")?;
    let strange = !redirect_uri.starts_with("http") || redirect_uri.contains('#');
    let unlisted = !app.redirect_uris.is_empty() && !app.redirect_uris.contains(&redirect_uri);
    if strange || unlisted {
        return Err("URL Blocked: This redirect failed because the redirect URI is not whitelisted in the app's \
                    Client OAuth Settings."
            .to_owned());
    }
    if one(query, "response_type").is_some_and(|t| t != "code") {
        return Err("Only response_type=code is supported here.".to_owned());
    }
    let known = if route == Route::Facebook { FACEBOOK_SCOPES } else { INSTAGRAM_SCOPES };
    let mut scopes: Vec<String> = many(query, "scope").iter().flat_map(|s| s.split(' ')).map(str::to_owned).collect();
    if let Some(unknown) = scopes.iter().find(|s| !known.contains(&s.as_str())) {
        return Err(format!("Invalid Scopes: {unknown}. This message is only shown to developers."));
    }
    if scopes.is_empty() && one(query, "config_id").is_some() {
        // A Login for Business configuration names its scopes in the dashboard; here it asks for all of them.
        scopes = known.iter().map(|s| (*s).to_owned()).collect();
    }
    if route == Route::Instagram && !scopes.iter().any(|s| s == "instagram_business_basic") {
        return Err("Invalid scope: instagram_business_basic is required.".to_owned());
    }
    if route == Route::Facebook && !scopes.iter().any(|s| s == "public_profile") {
        scopes.insert(0, "public_profile".to_owned());
    }
    Ok(Wish {
        app: app.clone(),
        route,
        redirect_uri,
        state: one(query, "state"),
        scopes,
        rerequest: one(query, "auth_type").is_some_and(|t| t.split(',').any(|t| t == "rerequest")),
        login: one(query, "sim_login"),
    })
}

fn joined(wish: &Wish, query: &[(&str, &str)], fragment: &str) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (key, value) in query {
        out.append_pair(key, value);
    }
    if let Some(state) = &wish.state {
        out.append_pair("state", state);
    }
    let joint = if wish.redirect_uri.contains('?') { '&' } else { '?' };
    format!("{}{joint}{}{fragment}", wish.redirect_uri, out.finish())
}

fn denied(wish: &Wish) -> String {
    let query = [("error", "access_denied"), ("error_code", "200"), ("error_reason", "user_denied")];
    let text = match wish.route {
        Route::Facebook => "Permissions error",
        Route::Instagram => "The user denied your request.",
    };
    let query: Vec<(&str, &str)> = query.into_iter().chain([("error_description", text)]).collect();
    joined(wish, &query, if wish.route == Route::Facebook { "#_=_" } else { "" })
}

/// Scopes the dialog shows: declined ones come again only when the app re-requests them.
pub(crate) fn offered(world: &World, wish: &Wish, user: &str) -> Vec<String> {
    let declined = world.grant(&wish.app.id, user).map(|g| g.declined.clone()).unwrap_or_default();
    wish.scopes.iter().filter(|s| wish.rerequest || !declined.contains(*s)).cloned().collect()
}

fn decide(world: &mut World, wish: &Wish, form: &Pairs, now: i64) -> Result<String, String> {
    let user = one(form, "user").ok_or("Choose who you are: the form needs the field user.")?;
    let known = match wish.route {
        Route::Facebook => world.users.contains_key(&user),
        Route::Instagram => world.instagram_accounts.contains_key(&user),
    };
    if !known {
        return Err(format!("There is no login {user}."));
    }
    if wish.app.mode == Mode::Dev && world.settings.enforce_roles && !wish.app.roles.contains(&user) {
        return Err("App not active: This app is not accessible right now.".to_owned());
    }
    let offered = offered(world, wish, &user);
    // The page always says which boxes were there; a script that leaves them all out means "everything".
    let ticked = one(form, "chosen").is_some();
    let explicit = many(form, "scopes");
    let given: BTreeSet<String> = if ticked || !explicit.is_empty() {
        offered.iter().filter(|s| explicit.contains(s) || *s == "public_profile").cloned().collect()
    } else {
        offered.iter().cloned().collect()
    };
    let assets = |key: &str| -> Option<BTreeSet<String>> {
        let named: BTreeSet<String> = many(form, key).into_iter().collect();
        let everything = one(form, &format!("all_{key}")).is_some() || (!ticked && named.is_empty());
        (!everything).then_some(named)
    };
    let (pages, accounts) = (assets("pages"), assets("instagram_accounts"));
    let grant = world.grants.entry(format!("{}/{user}", wish.app.id)).or_default();
    for scope in &offered {
        if !given.contains(scope) {
            grant.scopes.remove(scope);
            grant.declined.insert(scope.clone());
            continue;
        }
        grant.declined.remove(scope);
        let target_ids = match scope.as_str() {
            _ if wish.route == Route::Instagram => None,
            s if s.starts_with("pages_") || s.starts_with("page_") => pages.clone(),
            s if s.starts_with("instagram_") => accounts.clone(),
            _ => None,
        };
        grant.scopes.insert(scope.clone(), Granted { target_ids });
    }
    if wish.route == Route::Instagram && !given.contains("instagram_business_basic") {
        return Ok(denied(wish));
    }
    let value = crypto::code();
    let expires_at = now + world.settings.code_seconds * 1000;
    world.codes.insert(
        value.clone(),
        Code {
            app_id: wish.app.id.clone(),
            user_id: user,
            redirect_uri: wish.redirect_uri.clone(),
            route: wish.route,
            expires_at,
            used: false,
        },
    );
    let fragment = if wish.route == Route::Facebook { "#_=_" } else { "#_" };
    Ok(joined(wish, &[("code", &value)], fragment))
}
