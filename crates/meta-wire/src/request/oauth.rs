//! Login: the dialogs' addresses, what comes back, and the exchange of codes and tokens.
//!
//! [Facebook Login](https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow),
//! [long-lived tokens](https://developers.facebook.com/documentation/facebook-login/guides/access-tokens/get-long-lived),
//! [Business Login for Instagram](https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login)
//! (read 2026-11-20).
//!
//! Every exchange is answered by [`TokenGrant`](crate::answer::TokenGrant). Meta's pages show the two Facebook exchanges as GET with
//! the app secret in the address; the same endpoint takes them as a form in a POST, as RFC 6749 4.1.3 has it and widely used
//! clients do ([Go's oauth2](https://pkg.go.dev/golang.org/x/oauth2/facebook),
//! [Laravel's socialite](https://github.com/laravel/socialite/issues/385)), and that keeps secrets out of addresses.

use super::error::filled;
use super::graph::{Route, pairs, with_query};
use super::{Body, GraphVersion, HttpRequest, Method, RequestError};
use crate::ids::AppId;
use crate::private::Private;
use crate::secret::Secret;
use crate::token::Token;

/// An app's id and secret. Instagram Login has a pair of its own beside Facebook's.
#[derive(Debug, Clone)]
pub struct AppCredentials {
    /// App id.
    pub id: AppId,
    /// App secret.
    pub secret: Secret,
}

impl AppCredentials {
    /// Puts the pair together.
    pub fn new(id: impl Into<AppId>, secret: Secret) -> Self {
        Self { id: id.into(), secret }
    }

    /// The token for calls about the app itself.
    pub fn token(&self) -> Token {
        Token::of_app(&self.id, &self.secret)
    }
}

/// What is asked for in a login dialog.
#[derive(Clone, Copy)]
pub struct Dialog<'a> {
    /// The app that asks.
    pub app: &'a AppId,
    /// Where the dialog returns to; allowed in the app's settings, and the same byte for byte in the exchange.
    pub redirect_uri: &'a str,
    /// Comes back unchanged. Random, used once, bound to the session that asks: it is what stops a forged callback.
    pub state: &'a str,
    /// What is asked for.
    pub ask: Ask<'a>,
    /// Ask again for what was declined before (Facebook).
    pub rerequest: bool,
}

// The state is a secret until it is used up.
impl std::fmt::Debug for Dialog<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialog").field("app", &self.app).field("ask", &self.ask).finish_non_exhaustive()
    }
}

/// How permissions are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    /// By name.
    Scopes(&'a [&'a str]),
    /// By a configuration of Facebook Login for Business.
    Configuration(&'a str),
}

/// What to ask for to answer on Messenger and Instagram through Pages
/// ([Messenger](https://developers.facebook.com/documentation/business-messaging/messenger-platform/overview),
/// [Instagram](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/get-started)).
pub const FACEBOOK_SCOPES: &[&str] = &[
    "pages_show_list",
    "pages_manage_metadata",
    "pages_messaging",
    "pages_read_engagement",
    "instagram_basic",
    "instagram_manage_messages",
    "business_management",
];

/// Those of them without which no Page's messages can be answered.
pub const MESSENGER_NEEDS: &[&str] = &["pages_show_list", "pages_manage_metadata", "pages_messaging"];

/// Those of them without which no messages of an Instagram account that is reached through its Page can be answered.
pub const INSTAGRAM_BY_PAGE_NEEDS: &[&str] = &[
    "pages_show_list",
    "pages_manage_metadata",
    "pages_messaging",
    "pages_read_engagement",
    "instagram_basic",
    "instagram_manage_messages",
];

/// What to ask for to answer on Instagram alone; all of it is needed.
pub const INSTAGRAM_SCOPES: &[&str] = &["instagram_business_basic", "instagram_business_manage_messages"];

/// Address of the login dialog.
///
/// ```
/// use meta_wire::ids::AppId;
/// use meta_wire::request::{GraphVersion, Route, oauth};
/// let dialog = oauth::Dialog {
///     app: &AppId::new("42"),
///     redirect_uri: "https://chat.example/back?x=1",
///     state: "s",
///     ask: oauth::Ask::Scopes(&["pages_messaging"]),
///     rerequest: false,
/// };
/// assert_eq!(
///     oauth::dialog_url(Route::FacebookLogin, GraphVersion::default(), &dialog)?,
///     "https://www.facebook.com/v26.0/dialog/oauth?client_id=42&redirect_uri=https%3A%2F%2Fchat.example%2Fback%3Fx%3D1\
///      &response_type=code&state=s&scope=pages_messaging",
/// );
/// # Ok::<(), meta_wire::request::RequestError>(())
/// ```
///
/// # Errors
/// [`RequestError`] for an empty field, and for a configuration on Instagram Login, which has none.
pub fn dialog_url(route: Route, version: GraphVersion, dialog: &Dialog<'_>) -> Result<String, RequestError> {
    filled("client_id", dialog.app.as_str())?;
    filled("redirect_uri", dialog.redirect_uri)?;
    filled("state", dialog.state)?;
    let (field, asked) = match (dialog.ask, route) {
        (Ask::Scopes(scopes), _) => ("scope", scopes.join(",")),
        (Ask::Configuration(id), Route::FacebookLogin) => ("config_id", id.to_owned()),
        (Ask::Configuration(_), Route::InstagramLogin) => {
            return Err(RequestError::WrongRoute { call: "config_id", route: route.name() });
        }
    };
    filled(field, &asked)?;
    let mut query = vec![
        ("client_id", dialog.app.as_str()),
        ("redirect_uri", dialog.redirect_uri),
        ("response_type", "code"),
        ("state", dialog.state),
        (field, asked.as_str()),
    ];
    Ok(match route {
        Route::FacebookLogin => {
            if dialog.rerequest {
                query.push(("auth_type", "rerequest"));
            }
            with_query(format!("https://www.facebook.com/{version}/dialog/oauth"), query)
        }
        Route::InstagramLogin => with_query("https://www.instagram.com/oauth/authorize".to_owned(), query),
    })
}

/// What a login dialog came back with. None of it is trusted before `state` is found to be ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callback {
    /// The person agreed.
    Granted {
        /// To exchange, once and soon.
        code: Token,
        /// What the dialog was opened with.
        state: Private,
    },
    /// The person declined.
    Declined {
        /// What the dialog was opened with.
        state: Private,
    },
    /// Meta refused to show the dialog, or failed: settings of the app, a redirect address that is not allowed.
    Failed {
        /// What the dialog was opened with, where it came back.
        state: Option<Private>,
        /// `error_code`, where there is one.
        code: Option<i64>,
    },
    /// Neither a code nor an error.
    Empty,
}

impl Callback {
    /// Reads the query of the callback; `get` looks a parameter up by name.
    ///
    /// ```
    /// use meta_wire::request::oauth::Callback;
    /// let query = [("error", "access_denied"), ("error_reason", "user_denied"), ("state", "s")];
    /// let callback = Callback::read(|name| query.iter().find(|(key, _)| *key == name).map(|(_, value)| *value));
    /// assert_eq!(callback, Callback::Declined { state: "s".into() });
    /// ```
    pub fn read<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Self {
        let get = |name: &str| get(name).map(str::trim).filter(|value| !value.is_empty());
        let state = get("state").map(Private::from);
        let error = get("error").or_else(|| get("error_code"));
        match (get("code"), error, state) {
            (None, Some("access_denied"), Some(state)) => Self::Declined { state },
            (_, Some(_), state) => Self::Failed { state, code: get("error_code").and_then(|code| code.parse().ok()) },
            (Some(code), None, Some(state)) => Self::Granted { code: Token::new(clean_code(code)), state },
            (Some(_), None, None) | (None, None, _) => Self::Empty,
        }
    }
}

/// Instagram puts `#_` after the code; browsers keep it to themselves, hand-copied addresses do not.
fn clean_code(code: &str) -> &str {
    code.strip_suffix("#_").unwrap_or(code)
}

/// Exchanges a code for a user token: about an hour on Instagram, an hour or two on Facebook.
///
/// # Errors
/// [`RequestError::Empty`] for a missing field.
pub fn exchange_code(
    route: Route,
    version: GraphVersion,
    app: &AppCredentials,
    redirect_uri: &str,
    code: &Token,
) -> Result<HttpRequest, RequestError> {
    filled("client_id", app.id.as_str())?;
    filled("redirect_uri", redirect_uri)?;
    filled("code", code.expose())?;
    let url = match route {
        Route::FacebookLogin => facebook_endpoint(version),
        Route::InstagramLogin => "https://api.instagram.com/oauth/access_token".to_owned(),
    };
    let fields = [
        ("client_id", app.id.as_str()),
        ("client_secret", app.secret.expose()),
        ("grant_type", "authorization_code"),
        ("redirect_uri", redirect_uri),
        ("code", clean_code(code.expose())),
    ];
    Ok(form_post(url, &fields))
}

/// Exchanges a short-lived user token for one of about 60 days. On Facebook, Page tokens are read with the long-lived token
/// only: those do not expire.
///
/// Instagram documents this call as a GET with everything in the address, and as nothing else: that address holds the app
/// secret and the token, so it must not be logged.
///
/// # Errors
/// [`RequestError::Empty`] for a missing field.
pub fn exchange_long_lived(
    route: Route,
    version: GraphVersion,
    app: &AppCredentials,
    token: &Token,
) -> Result<HttpRequest, RequestError> {
    filled("client_id", app.id.as_str())?;
    filled("access_token", token.expose())?;
    Ok(match route {
        Route::FacebookLogin => form_post(
            facebook_endpoint(version),
            &[
                ("grant_type", "fb_exchange_token"),
                ("client_id", app.id.as_str()),
                ("client_secret", app.secret.expose()),
                ("fb_exchange_token", token.expose()),
            ],
        ),
        Route::InstagramLogin => query_get(
            "https://graph.instagram.com/access_token",
            &[
                ("grant_type", "ig_exchange_token"),
                ("client_secret", app.secret.expose()),
                ("access_token", token.expose()),
            ],
        ),
    })
}

/// Prolongs a long-lived Instagram token to 60 days from now. It has to be a day old and still valid
/// ([refresh](https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token/)). As in
/// [`exchange_long_lived`], the documented address holds the token.
///
/// # Errors
/// [`RequestError::Empty`] for an empty token.
pub fn refresh(token: &Token) -> Result<HttpRequest, RequestError> {
    filled("access_token", token.expose())?;
    let query = [("grant_type", "ig_refresh_token"), ("access_token", token.expose())];
    Ok(query_get("https://graph.instagram.com/refresh_access_token", &query))
}

fn facebook_endpoint(version: GraphVersion) -> String {
    format!("{}/{version}/oauth/access_token", Route::FacebookLogin.graph_host())
}

fn form_post(url: String, fields: &[(&str, &str)]) -> HttpRequest {
    let body = Body::Form(pairs(fields.iter().copied()));
    let mut headers = vec![("Accept", "application/json".to_owned())];
    headers.extend(body.content_type().map(|value| ("Content-Type", value.to_owned())));
    HttpRequest { method: Method::Post, url, headers, body }
}

fn query_get(url: &str, query: &[(&str, &str)]) -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: with_query(url.to_owned(), query.iter().copied()),
        headers: vec![("Accept", "application/json".to_owned())],
        body: Body::None,
    }
}
