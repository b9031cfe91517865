//! Lengths of time, moments as people read them, and whose turn it is.

/// A minute, in milliseconds.
pub const MINUTE_MS: i64 = 60_000;

/// An hour, in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;

/// A day, in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// How far the clocks of this process, of another one, of the server and of Meta may be apart, in milliseconds.
pub const CLOCK_SKEW_MS: i64 = MINUTE_MS;

/// How far Meta's clock may be behind ours when it says when a message of ours came, in milliseconds; it tells whole seconds.
pub const META_SKEW_MS: i64 = 30_000;

/// How far Meta's clock may be behind the server's in what a customer has read, in milliseconds.
pub const RECEIPT_SKEW_MS: i64 = 2_000;

/// How far Meta's clock and ours may be apart in the order of events about a thread, in milliseconds: what happened longer
/// than this before the state was learnt is old news.
pub const THREAD_SKEW_MS: i64 = 5_000;

/// A day as people of any language read it.
pub fn day(unix_ms: i64) -> String {
    // Days to a civil date, proleptic Gregorian (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let days = unix_ms.div_euclid(DAY_MS) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}")
}

/// A moment, in universal time.
pub fn moment(unix_ms: i64) -> String {
    let minutes = unix_ms.rem_euclid(DAY_MS) / MINUTE_MS;
    format!("{} {:02}:{:02} UTC", day(unix_ms), minutes / 60, minutes % 60)
}

/// A length of time in the units that need no translation, rounded down: what is promised holds.
pub fn length(millis: i64) -> String {
    match millis.max(0) {
        ms if ms >= 2 * DAY_MS => format!("{} d", ms / DAY_MS),
        ms if ms >= 2 * HOUR_MS => format!("{} h", ms / HOUR_MS),
        ms => format!("{} min", ms / MINUTE_MS),
    }
}

/// At most so many of all, others each run: those that cannot be helped yet must not keep the rest from their turn.
pub fn in_turn<I: Iterator + Clone>(all: I, count: usize, most: usize, run: i64) -> impl Iterator<Item = I::Item> {
    let first = usize::try_from(run).unwrap_or_default().wrapping_mul(most).checked_rem(count).unwrap_or_default();
    all.cycle().skip(first).take(most.min(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_the_calendars() {
        for (ms, expected) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_868_799_999, "2000-02-29 23:59 UTC"),
            (1_709_164_800_000, "2024-02-29 00:00 UTC"),
            (1_735_689_599_999, "2024-12-31 23:59 UTC"),
            (4_107_542_400_000, "2100-03-01 00:00 UTC"),
            (-1, "1969-12-31 23:59 UTC"),
        ] {
            assert_eq!(moment(ms), expected);
        }
    }

    #[test]
    fn lengths() {
        for (millis, expected) in [
            (-5, "0 min"),
            (59 * MINUTE_MS, "59 min"),
            (119 * MINUTE_MS, "119 min"),
            (2 * HOUR_MS, "2 h"),
            (DAY_MS, "24 h"),
            (2 * DAY_MS - 1, "47 h"),
            (7 * DAY_MS, "7 d"),
        ] {
            assert_eq!(length(millis), expected);
        }
    }
}
