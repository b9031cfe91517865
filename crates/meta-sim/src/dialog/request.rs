//! What the address of a dialog asks for.

use crate::world::{App, Route, World};

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
pub(super) struct LoginRequest {
    pub(super) app: App,
    pub(super) route: Route,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) rerequest: bool,
    /// Whom the person said to be, on the second page.
    pub(super) login: Option<String>,
}

pub(super) type Pairs = Vec<(String, String)>;

pub(super) fn pairs(encoded: &[u8]) -> Pairs {
    form_urlencoded::parse(encoded).map(|(k, v)| (k.into_owned(), v.into_owned())).collect()
}

pub(super) fn one(pairs: &Pairs, key: &str) -> Option<String> {
    pairs.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()).filter(|v| !v.is_empty())
}

/// Every value of a repeated or comma-separated field.
pub(super) fn many(pairs: &Pairs, key: &str) -> Vec<String> {
    pairs
        .iter()
        .filter(|(k, _)| k == key)
        .flat_map(|(_, v)| v.split(','))
        .map(str::trim)
        .filter(|v| !v.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(super) fn read_request(world: &World, route: Route, query: &Pairs) -> Result<LoginRequest, String> {
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
    Ok(LoginRequest {
        app: app.clone(),
        route,
        redirect_uri,
        state: one(query, "state"),
        scopes,
        rerequest: one(query, "auth_type").is_some_and(|t| t.split(',').any(|t| t == "rerequest")),
        login: one(query, "sim_login"),
    })
}

/// Scopes the dialog shows: declined ones come again only when the app re-requests them.
pub(super) fn offered(world: &World, request: &LoginRequest, user: &str) -> Vec<String> {
    let declined = world.grant(&request.app.id, user).map(|g| g.declined.clone()).unwrap_or_default();
    request.scopes.iter().filter(|s| request.rerequest || !declined.contains(*s)).cloned().collect()
}
