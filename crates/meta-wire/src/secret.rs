//! App secrets.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The secret of a Meta app, or of the Instagram app that belongs to it: the key of every signature.
///
/// Never empty, since anybody could sign with an empty key, and without the blanks that pasting leaves around it. It shows
/// itself only through [`Secret::expose`].
///
/// ```
/// use meta_wire::secret::Secret;
/// let secret = Secret::new(" test-app-secret\n")?;
/// assert_eq!(format!("{secret:?}"), "Secret(…)");
/// assert_eq!(secret.expose(), "test-app-secret");
/// assert!(Secret::new("  ").is_err());
/// # Ok::<(), meta_wire::secret::EmptySecret>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Secret(String);

impl Secret {
    /// Takes the text without blanks around it.
    ///
    /// # Errors
    ///
    /// [`EmptySecret`] if nothing is left.
    pub fn new(text: impl AsRef<str>) -> Result<Self, EmptySecret> {
        match text.as_ref().trim() {
            "" => Err(EmptySecret),
            text => Ok(Self(text.to_owned())),
        }
    }

    /// The text itself, for a signature or encrypted storage.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl TryFrom<String> for Secret {
    type Error = EmptySecret;

    fn try_from(text: String) -> Result<Self, EmptySecret> {
        Self::new(text)
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.0
    }
}

/// A secret with nothing in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("app secret is empty")]
pub struct EmptySecret;
