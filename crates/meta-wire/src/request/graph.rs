//! The context every Graph call is made in.

use super::RequestError;
use super::http::{Body, HttpRequest, Method};
use super::version::GraphVersion;
use crate::platform::Platform;
use crate::proof::appsecret_proof;
use crate::secret::Secret;
use crate::token::Token;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// Which login the business connected with; it decides the host, the secret and the webhook product. The routes do not mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// Facebook Login: Messenger, and Instagram accounts linked to a Page.
    FacebookLogin,
    /// [Instagram API with Instagram Login](https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login):
    /// an Instagram account by itself.
    InstagramLogin,
}

impl Route {
    /// The host of its Graph API, without a slash at the end.
    pub const fn graph_host(self) -> &'static str {
        match self {
            Self::FacebookLogin => "https://graph.facebook.com",
            Self::InstagramLogin => "https://graph.instagram.com",
        }
    }

    /// The route in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FacebookLogin => "Facebook Login",
            Self::InstagramLogin => "Instagram Login",
        }
    }
}

/// The node that sends and is spoken to.
///
/// On [`Route::FacebookLogin`] this is always the Page, for Instagram too: the Instagram account's own id is refused there.
/// On [`Route::InstagramLogin`] it is the Instagram professional account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Business {
    /// The network spoken on.
    pub platform: Platform,
    /// The node's id, or `me` for the owner of the token.
    pub node: String,
}

impl Business {
    /// A business by its node's id.
    pub fn new(platform: Platform, node: impl Into<String>) -> Self {
        Self { platform, node: node.into() }
    }

    /// The business the token belongs to.
    pub fn me(platform: Platform) -> Self {
        Self::new(platform, "me")
    }
}

/// Where a call goes and in whose name.
#[derive(Debug, Clone)]
pub struct Graph {
    /// The route.
    pub route: Route,
    /// The version.
    pub version: GraphVersion,
    token: Token,
    proof: Option<Token>,
}

impl Graph {
    /// Calls in the name of `token`, in the default version.
    pub fn new(route: Route, token: Token) -> Self {
        Self { route, version: GraphVersion::DEFAULT, token, proof: None }
    }

    /// Uses another version.
    #[must_use]
    pub fn version(self, version: GraphVersion) -> Self {
        Self { version, ..self }
    }

    /// Adds `appsecret_proof` to each call, which Meta demands where "Require App Secret" is on
    /// ([secure requests](https://developers.facebook.com/docs/graph-api/guides/secure-requests)). Without effect on
    /// [`Route::InstagramLogin`], for which it is not documented.
    #[must_use]
    pub fn app_secret(self, secret: &Secret) -> Self {
        let proof = match self.route {
            Route::FacebookLogin => Some(Token::new(appsecret_proof(self.token.expose(), secret))),
            Route::InstagramLogin => None,
        };
        Self { proof, ..self }
    }

    /// A read.
    pub(crate) fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<HttpRequest, RequestError> {
        self.request(Method::Get, path, query, Body::None)
    }

    /// A removal.
    pub(crate) fn delete(&self, path: &[&str], query: &[(&str, &str)]) -> Result<HttpRequest, RequestError> {
        self.request(Method::Delete, path, query, Body::None)
    }

    /// A change whose parameters Meta documents in the query.
    pub(crate) fn post(&self, path: &[&str], query: &[(&str, &str)]) -> Result<HttpRequest, RequestError> {
        self.request(Method::Post, path, query, Body::None)
    }

    /// A change with a form body.
    pub(crate) fn post_form(&self, path: &[&str], fields: &[(&str, &str)]) -> Result<HttpRequest, RequestError> {
        self.request(Method::Post, path, &[], Body::Form(pairs(fields.iter().copied())))
    }

    /// A change with a JSON body.
    pub(crate) fn post_json(&self, path: &[&str], body: &impl Serialize) -> Result<HttpRequest, RequestError> {
        let json = serde_json::to_string(body)
            .map_err(|_| RequestError::Invalid { field: "body", expected: "representable as JSON" })?;
        self.request(Method::Post, path, &[], Body::Json(json))
    }

    /// Any call. The token travels in a header, so that no log of addresses holds it; the proof is no credential by itself and
    /// is documented as a parameter only.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Body,
    ) -> Result<HttpRequest, RequestError> {
        let mut url = format!("{}/{}", self.route.graph_host(), self.version);
        for segment in path {
            push_segment(&mut url, segment)?;
        }
        let proof = self.proof.as_ref().map(|proof| ("appsecret_proof", proof.expose()));
        url = with_query(url, query.iter().copied().chain(proof));
        let token = self.token.expose();
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(RequestError::Invalid { field: "access_token", expected: "a token" });
        }
        let mut headers = vec![("Authorization", format!("Bearer {token}")), ("Accept", "application/json".to_owned())];
        headers.extend(body.content_type().map(|value| ("Content-Type", value.to_owned())));
        Ok(HttpRequest { method, url, headers, body })
    }
}

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes all but RFC 3986's unreserved characters.
pub(crate) fn encode(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, UNRESERVED)
}

/// Adds a path segment that stays one segment whatever an id holds.
fn push_segment(url: &mut String, segment: &str) -> Result<(), RequestError> {
    // Dot segments are resolved away even when encoded.
    if segment.is_empty() || segment == "." || segment == ".." {
        return Err(RequestError::Invalid { field: "id", expected: "the id of a node" });
    }
    url.push('/');
    url.extend(utf8_percent_encode(segment, UNRESERVED));
    Ok(())
}

/// `name=value` pairs, form-encoded.
pub(crate) fn pairs<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&format!("{}={}", encode(name), encode(value)));
    }
    text
}

/// An address with a query, if there is anything to ask.
pub(crate) fn with_query<'a>(url: String, query: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let query = pairs(query);
    if query.is_empty() { url } else { format!("{url}?{query}") }
}
