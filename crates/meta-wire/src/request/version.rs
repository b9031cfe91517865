//! The Graph API version.

use crate::time::UnixMillis;
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

    /// When Meta stops running a version, Unix milliseconds, for each end that is announced or follows from the two years a
    /// version lives ([changelog](https://developers.facebook.com/docs/graph-api/changelog), read 2026-11-27).
    const ENDS: [(u16, i64); 6] = [
        (21, 1_800_489_600_000), // 21 January 2027
        (22, 1_810_771_200_000), // 20 May 2027
        (23, 1_822_953_600_000), // 8 October 2027
        (24, 1_834_444_800_000), // 18 February 2028
        (25, 1_848_441_600_000), // 29 July 2028
        (26, 1_856_908_800_000), // 4 November 2028
    ];

    /// When Meta stops running this version; `None` when no end is known, and for one that ended before this table begins.
    pub fn ends_at(self) -> Option<UnixMillis> {
        Self::ENDS.iter().find(|(major, _)| *major == self.major).map(|(_, at)| UnixMillis(*at))
    }

    /// The oldest version Meta runs at that time.
    ///
    /// ```
    /// use meta_wire::request::GraphVersion;
    /// use meta_wire::time::UnixMillis;
    /// let late_2026 = UnixMillis(1_796_000_000_000);
    /// assert_eq!(GraphVersion::oldest_alive(late_2026).to_string(), "v21.0");
    /// let february_2027 = UnixMillis(1_802_000_000_000);
    /// assert_eq!(GraphVersion::oldest_alive(february_2027).to_string(), "v22.0");
    /// ```
    pub fn oldest_alive(now: UnixMillis) -> Self {
        let ended = |(_, at): &&(u16, i64)| *at <= now.0;
        let last_ended = Self::ENDS.iter().take_while(ended).last();
        let first = Self::ENDS.first().map_or(Self::DEFAULT.major, |(major, _)| *major);
        Self { major: last_ended.map_or(first, |(major, _)| major.saturating_add(1)), minor: 0 }
    }
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

    #[test]
    fn the_oldest_living_version_follows_the_calendar() {
        let day = 24 * 60 * 60 * 1000;
        assert!(GraphVersion::ENDS.is_sorted());
        for (major, ends) in GraphVersion::ENDS {
            let version = GraphVersion { major, minor: 0 };
            assert_eq!(version.ends_at(), Some(UnixMillis(ends)));
            assert!(GraphVersion::oldest_alive(UnixMillis(ends - day)) <= version);
            assert_eq!(GraphVersion::oldest_alive(UnixMillis(ends)).major, major + 1);
        }
        assert_eq!(GraphVersion { major: 27, minor: 0 }.ends_at(), None);
    }
}
