//! The Graph API version.

use std::fmt;
use std::str::FromStr;

/// A version of the Graph API, such as `v26.0`.
///
/// Meta runs a call to a version past its end as the oldest living one; a version lives for about two years
/// ([changelog](https://developers.facebook.com/docs/graph-api/changelog), read 2026-11-20).
///
/// ```
/// use meta_wire::request::GraphVersion;
/// assert_eq!(GraphVersion::default().to_string(), "v26.0");
/// assert_eq!("v25.0".parse::<GraphVersion>()?.to_string(), "v25.0");
/// assert!("v26.0/../me".parse::<GraphVersion>().is_err());
/// # Ok::<(), meta_wire::request::InvalidGraphVersion>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GraphVersion {
    major: u16,
    minor: u16,
}

/// A text that is not a Graph API version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a Graph API version looks like {}", GraphVersion::DEFAULT)]
pub struct InvalidGraphVersion;

impl GraphVersion {
    /// The version this crate is written against.
    pub const DEFAULT: Self = Self { major: 26, minor: 0 };
}

impl Default for GraphVersion {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for GraphVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}", self.major, self.minor)
    }
}

impl FromStr for GraphVersion {
    type Err = InvalidGraphVersion;

    /// Reads `v26.0` or `26.0`, white space around it ignored: it is typed by people.
    fn from_str(text: &str) -> Result<Self, InvalidGraphVersion> {
        let text = text.trim();
        let digits = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (major, minor) = digits.split_once('.').ok_or(InvalidGraphVersion)?;
        let number = |part: &str| {
            let plain = !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
            part.parse().ok().filter(|_| plain).ok_or(InvalidGraphVersion)
        };
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_are_versions() {
        for (text, expected) in [("v26.0", "v26.0"), (" 25.0 ", "v25.0"), ("V2.12", "v2.12")] {
            assert_eq!(text.parse::<GraphVersion>().unwrap().to_string(), expected);
        }
        for text in ["", "v", "v26", "26", "v26.", "v.0", "v+2.0", "v26.0.1", "v2600.0", "vv26.0", "v26.0/x", "v２６.0"]
        {
            assert_eq!(text.parse::<GraphVersion>(), Err(InvalidGraphVersion), "{text}");
        }
        assert_eq!(InvalidGraphVersion.to_string(), "a Graph API version looks like v26.0");
    }
}
