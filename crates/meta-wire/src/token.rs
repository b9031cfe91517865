//! Access tokens.

use crate::ids::AppId;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An access token, or another bearer credential Meta hands out. Shows itself only through [`Token::expose`].
///
/// ```
/// let token = meta_wire::token::Token::new("EAAsecret");
/// assert_eq!(format!("{token:?}"), "Token(…)");
/// assert_eq!(token.expose(), "EAAsecret");
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The app access token: calls about the app itself are made with it
    /// ([access tokens](https://developers.facebook.com/documentation/facebook-login/guides/access-tokens)).
    pub fn of_app(app: &AppId, secret: &Secret) -> Self {
        Self(format!("{app}|{}", secret.expose()))
    }

    /// The text itself, for a request, a signature or encrypted storage.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
