//! How long to wait before something is tried again: each place's figures, and the one way they grow.

use crate::timing::MINUTE_MS;

/// Pauses that grow by a factor after each failure, up to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    first_ms: u32,
    most_ms: u32,
    factor: u32,
}

impl Backoff {
    /// Between attempts to show an event, within one entry point.
    pub const SHOW: Self = Self::doubling(500, 4_000);

    /// Between looks at a conversation that another process works on.
    pub const OTHER_PROCESS: Self = Self::doubling(100, 3_000);

    /// For so long an event that cannot be shown is left alone, counted from the last of the attempts within one entry point.
    pub const SHOW_LATER: Self = Self::doubling(60_000, 5 * 60_000);

    /// After a refusal to read back a message that an event named without telling it.
    pub const READ_BACK: Self = Self { first_ms: 30_000, most_ms: 60 * 60_000, factor: 4 };

    /// Between two questions for messages of unsigned deliveries in the name of one account; a failure is one that Meta
    /// does not know. An attacker with the address can name as many as they like.
    pub const UNSIGNED: Self = Self::doubling(2_000, 10 * 60_000);

    const fn doubling(first_ms: u32, most_ms: u32) -> Self {
        Self { first_ms, most_ms, factor: 2 }
    }

    /// The pause after so many failures in a row, in milliseconds. Before any it is the first pause.
    pub fn after(self, failures: u32) -> u32 {
        let grown = self.factor.saturating_pow(failures.saturating_sub(1));
        self.first_ms.saturating_mul(grown).min(self.most_ms)
    }

    /// Counts one more failure and answers the pause after it, in milliseconds.
    pub fn next(self, failures: &mut u32) -> u32 {
        *failures = failures.saturating_add(1);
        self.after(*failures)
    }
}

/// Pauses before each further attempt, in milliseconds; after the last one there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule(&'static [i64]);

impl Schedule {
    /// Of a request to Meta. What passes does so within minutes; after the last one the agent knows better than the app
    /// what to do.
    pub const SEND: Self = Self(&[10_000, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS]);

    /// Of a look whether a message arrived, while Meta does not say.
    pub const LOOK_FOR_SENT: Self = Self(&[30_000, MINUTE_MS, 3 * MINUTE_MS, 10 * MINUTE_MS]);

    /// The pause after so many attempts beyond the first, in milliseconds; `None` when there is to be no other.
    pub fn after(self, tries: u32) -> Option<i64> {
        self.0.get(usize::try_from(tries).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_bound() {
        for (backoff, expected) in [
            (Backoff::SHOW, [500, 500, 1_000, 2_000, 4_000, 4_000]),
            (Backoff::OTHER_PROCESS, [100, 100, 200, 400, 800, 1_600]),
            (Backoff::SHOW_LATER, [60_000, 60_000, 120_000, 240_000, 300_000, 300_000]),
            (Backoff::READ_BACK, [30_000, 30_000, 120_000, 480_000, 1_920_000, 3_600_000]),
            (Backoff::UNSIGNED, [2_000, 2_000, 4_000, 8_000, 16_000, 32_000]),
        ] {
            let pauses: Vec<u32> = (0..6).map(|failures| backoff.after(failures)).collect();
            assert_eq!(pauses, expected);
            assert_eq!(backoff.after(u32::MAX), backoff.most_ms);
        }
    }

    #[test]
    fn failures_are_counted() {
        let mut failures = 0;
        let pauses: Vec<u32> = (0..7).map(|_| Backoff::OTHER_PROCESS.next(&mut failures)).collect();
        assert_eq!((pauses.as_slice(), failures), ([100, 200, 400, 800, 1_600, 3_000, 3_000].as_slice(), 7));
    }

    #[test]
    fn a_schedule_ends() {
        assert_eq!(Schedule::SEND.after(0), Some(10_000));
        assert_eq!(Schedule::SEND.after(4), Some(30 * MINUTE_MS));
        assert_eq!(Schedule::SEND.after(5), None);
        assert_eq!(Schedule::LOOK_FOR_SENT.after(3), Some(600_000));
        assert_eq!(Schedule::LOOK_FOR_SENT.after(u32::MAX), None);
    }
}
