//! Points in time as plain numbers. This crate has no clock: the caller says what time it is.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A point in time: milliseconds since 1970-01-01T00:00:00 UTC.
///
/// A plain number on every line it crosses. Values read from Meta stay within [`UnixMillis::MAX`], so that they are
/// exact as a JavaScript number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The largest integer a JavaScript number holds exactly, 2^53 - 1; in milliseconds the year 287396.
    pub const MAX: Self = Self(9_007_199_254_740_991);

    /// Below this a positive number from Meta counts seconds: as milliseconds it would lie before March 1973, as
    /// seconds it reaches the year 5138.
    const SECONDS_BELOW: i64 = 100_000_000_000;

    /// Reads a number that Meta gives in milliseconds in most events and in seconds in some (lead-ad referrals, feed
    /// changes, Instagram comments). `None` if it is zero, negative or beyond [`UnixMillis::MAX`].
    ///
    /// Source: [lead ads](https://developers.facebook.com/documentation/business-messaging/messenger-platform/discovery/lead-generation-ads-in-messenger).
    ///
    /// ```
    /// use meta_wire::time::UnixMillis;
    /// assert_eq!(UnixMillis::from_seconds_or_millis(1_700_000_000), Some(UnixMillis(1_700_000_000_000)));
    /// assert_eq!(UnixMillis::from_seconds_or_millis(1_700_000_000_123), Some(UnixMillis(1_700_000_000_123)));
    /// assert_eq!(UnixMillis::from_seconds_or_millis(0), None);
    /// ```
    pub fn from_seconds_or_millis(number: i64) -> Option<Self> {
        match number {
            ..=0 => None,
            1..Self::SECONDS_BELOW => Some(Self(number * 1000)),
            _ => (number <= Self::MAX.0).then_some(Self(number)),
        }
    }

    /// This time moved by `millis`, later if positive; stops at the ends of the range.
    pub const fn saturating_add(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this time; negative if `earlier` is in fact later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Reads `2026-11-20T13:24:04+0000`, the form of the Graph API's times; a colon in the offset and a fraction may be.
pub fn iso_8601(text: &str) -> Option<UnixMillis> {
    let (date, rest) = text.trim().split_once('T')?;
    let (time, offset_min) = match rest.find(['Z', '+', '-']) {
        Some(at) => (rest.get(..at)?, offset(rest.get(at..)?)?),
        None => (rest, 0),
    };
    let mut date = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut time = seconds.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    let millis = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    in_range.then(|| {
        let minutes = (days_from_1970(year, month, day) * 24 + hour) * 60 + minute - offset_min;
        UnixMillis((minutes * 60 + second) * 1000 + millis)
    })
}

/// Minutes east of UTC of `Z`, `+0000` or `+00:00`.
fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = (digits.get(..2)?.parse::<i64>().ok()?, digits.get(2..4)?.parse::<i64>().ok()?);
    Some(sign * (hours * 60 + minutes))
}

/// Days of the Gregorian calendar, counted in years that begin in March so that a leap day comes last
/// ([derivation](https://howardhinnant.github.io/date_algorithms.html#days_from_civil)).
fn days_from_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, expected) in [
            ("1970-01-01T00:00:00+0000", Some(0)),
            ("2023-11-14T22:13:20+0000", Some(1_700_000_000_000)),
            ("2023-11-14T22:13:20.123Z", Some(1_700_000_000_123)),
            ("2023-11-15T00:13:20+02:00", Some(1_700_000_000_000)),
            ("2023-11-14T17:13:20-0500", Some(1_700_000_000_000)),
            ("2024-02-29T12:00:00+0000", Some(1_709_208_000_000)),
            ("2000-03-01T00:00:00+0000", Some(951_868_800_000)),
            ("2023-13-14T22:13:20+0000", None),
            ("2023-11-14", None),
            ("soon", None),
            ("", None),
            ("99999999999999999999-11-14T22:13:20+0000", None),
        ] {
            assert_eq!(iso_8601(text), expected.map(UnixMillis), "{text}");
        }
    }
}
