//! The login dialogs, as web pages a person or a script can go through.
//!
//! <https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow>,
//! <https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login>

mod page;
mod request;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};

use self::request::{LoginRequest, Pairs, many, offered, one, pairs, read_request};
use crate::crypto;
use crate::reply::{Incoming, html, plain, redirect};
use crate::sim::Sim;
use crate::world::{Code, Granted, Mode, Route, World};

pub(crate) async fn serve(sim: &Arc<Sim>, incoming: Incoming) -> Response<Body> {
    let route = match (incoming.host.as_str(), incoming.path.trim_end_matches('/')) {
        ("www.instagram.com", "oauth/authorize") => Route::Instagram,
        ("www.instagram.com", _) => return plain(StatusCode::NOT_FOUND, "Page not found"),
        (_, path) if path.ends_with("dialog/oauth") => Route::Facebook,
        _ => return plain(StatusCode::NOT_FOUND, "Page not found"),
    };
    let query = pairs(incoming.query.as_bytes());
    let world = &mut *sim.world();
    let request = match read_request(world, route, &query) {
        Ok(request) => request,
        Err(why) => return html(StatusCode::BAD_REQUEST, page::refusal(&why)),
    };
    if incoming.method != Method::POST {
        return html(StatusCode::OK, page::dialog(world, &request));
    }
    let form = pairs(&incoming.body);
    if one(&form, "decision").as_deref() == Some("cancel") {
        return redirect(&world.settings.resolve(&denied(&request)));
    }
    match decide(world, &request, &form, sim.clock.now_ms()) {
        Ok(location) => redirect(&world.settings.resolve(&location)),
        Err(why) => html(StatusCode::BAD_REQUEST, page::refusal(&why)),
    }
}

fn joined(request: &LoginRequest, query: &[(&str, &str)], fragment: &str) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (key, value) in query {
        out.append_pair(key, value);
    }
    if let Some(state) = &request.state {
        out.append_pair("state", state);
    }
    let joint = if request.redirect_uri.contains('?') { '&' } else { '?' };
    format!("{}{joint}{}{fragment}", request.redirect_uri, out.finish())
}

fn denied(request: &LoginRequest) -> String {
    let query = [("error", "access_denied"), ("error_code", "200"), ("error_reason", "user_denied")];
    let text = match request.route {
        Route::Facebook => "Permissions error",
        Route::Instagram => "The user denied your request.",
    };
    let query: Vec<(&str, &str)> = query.into_iter().chain([("error_description", text)]).collect();
    joined(request, &query, if request.route == Route::Facebook { "#_=_" } else { "" })
}

fn decide(world: &mut World, request: &LoginRequest, form: &Pairs, now: i64) -> Result<String, String> {
    let user = one(form, "user").ok_or("Choose who you are: the form needs the field user.")?;
    let known = match request.route {
        Route::Facebook => world.users.contains_key(&user),
        Route::Instagram => world.instagram_accounts.contains_key(&user),
    };
    if !known {
        return Err(format!("There is no login {user}."));
    }
    if request.app.mode == Mode::Dev && world.settings.enforce_roles && !request.app.roles.contains(&user) {
        return Err("App not active: This app is not accessible right now.".to_owned());
    }
    let offered = offered(world, request, &user);
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
    let grant = world.grants.entry(format!("{}/{user}", request.app.id)).or_default();
    for scope in &offered {
        if !given.contains(scope) {
            grant.scopes.remove(scope);
            grant.declined.insert(scope.clone());
            continue;
        }
        grant.declined.remove(scope);
        let target_ids = match scope.as_str() {
            _ if request.route == Route::Instagram => None,
            s if s.starts_with("pages_") || s.starts_with("page_") => pages.clone(),
            s if s.starts_with("instagram_") => accounts.clone(),
            _ => None,
        };
        grant.scopes.insert(scope.clone(), Granted { target_ids });
    }
    if request.route == Route::Instagram && !given.contains("instagram_business_basic") {
        return Ok(denied(request));
    }
    let value = crypto::code();
    let expires_at = now + world.settings.code_seconds * 1000;
    world.codes.insert(
        value.clone(),
        Code {
            app_id: request.app.id.clone(),
            user_id: user,
            redirect_uri: request.redirect_uri.clone(),
            route: request.route,
            expires_at,
            used: false,
        },
    );
    let fragment = if request.route == Route::Facebook { "#_=_" } else { "#_" };
    Ok(joined(request, &[("code", &value)], fragment))
}
