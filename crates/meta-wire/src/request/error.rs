//! A request that would be refused, found before it is sent.

use crate::limits::LimitExceeded;
use crate::platform::Platform;

/// Why no request was built. Names fields and numbers, never their content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A field is larger than Meta accepts.
    #[error(transparent)]
    TooLarge(#[from] LimitExceeded),
    /// A field that must say something says nothing.
    #[error("`{field}` is empty")]
    Empty {
        /// The field, as Meta names it.
        field: &'static str,
    },
    /// A field holds something it cannot.
    #[error("`{field}` is not {expected}")]
    Invalid {
        /// The field, as Meta names it.
        field: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// The platform has no such thing.
    #[error("`{field}` does not exist on {}", .platform.as_str())]
    Unsupported {
        /// The field or value, as Meta names it.
        field: &'static str,
        /// The platform that lacks it.
        platform: Platform,
    },
    /// Two fields exclude each other.
    #[error("`{field}` cannot go together with `{with}`")]
    Conflict {
        /// One field.
        field: &'static str,
        /// The other.
        with: &'static str,
    },
    /// The call exists only on the other route.
    #[error("`{call}` is not available through {route}")]
    WrongRoute {
        /// The edge that is called.
        call: &'static str,
        /// The route in use, in words.
        route: &'static str,
    },
}

impl RequestError {
    /// A word that stays the same across versions.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "request-too-large",
            Self::Empty { .. } => "request-empty",
            Self::Invalid { .. } => "request-invalid",
            Self::Unsupported { .. } => "request-unsupported",
            Self::Conflict { .. } => "request-conflict",
            Self::WrongRoute { .. } => "request-wrong-route",
        }
    }
}

/// Refuses a text that is empty or nothing but white space.
pub(crate) fn filled(field: &'static str, text: &str) -> Result<(), RequestError> {
    if text.trim().is_empty() { Err(RequestError::Empty { field }) } else { Ok(()) }
}

/// Refuses what Meta could not open from its side.
pub(crate) fn web_url(field: &'static str, url: &str) -> Result<(), RequestError> {
    filled(field, url)?;
    let web = ["https://", "http://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && url.len() > scheme.len()
    });
    if web && !url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        Ok(())
    } else {
        Err(RequestError::Invalid { field, expected: "an http or https address" })
    }
}
