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
