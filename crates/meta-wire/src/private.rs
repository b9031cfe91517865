//! Text that must never reach a log line, an error or a URL by accident.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;

/// A customer's words, a signed media URL, or a credential Meta hands over in an event.
///
/// `Debug` shows the length only and there is no `Display`, so that printing an event gives nothing away. Reading it is
/// an explicit step: it derefs to `str`.
///
/// ```
/// use meta_wire::private::Private;
/// let words = Private::from("my address is ...");
/// assert_eq!(format!("{words:?}"), "Private(17 bytes)");
/// assert!(words.starts_with("my"));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(String);

impl Private {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the text away.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Deref for Private {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Private({} bytes)", self.0.len())
    }
}

impl From<&str> for Private {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Private {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// JSON exactly as it came in, kept so that an event can be decoded again later. `Debug` shows the length only.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(String);

impl RawJson {
    /// Takes JSON text as it is, unchecked.
    pub fn new(json: impl Into<String>) -> Self {
        Self(json.into())
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the JSON text away.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.0.len())
    }
}
