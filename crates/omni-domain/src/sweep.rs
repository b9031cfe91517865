//! Going through what is stored in order of time, each time a part of it, and coming back to what is left.

use crate::timing::in_turn;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many numbers not visited before are visited at most in one run: each costs a read a shard. A server that was down
/// for a week catches up run by run, within half an hour.
const MOST_NEW: usize = 600;

/// How many of those in which something is left to do are visited in one run. Which ones, goes round: what waits for
/// weeks must not keep what came after it from its turn.
pub const MOST_AGAIN: usize = 60;

/// What is gone through in order of time, each with a record of how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sweep {
    /// Slices, for what a lost process left.
    LookOver,
    /// Buckets, for what can be filed.
    File,
    /// Days, for what is old.
    Remove,
}

impl Sweep {
    /// The word in keys and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::LookOver => "look-over",
            Self::File => "file",
            Self::Remove => "remove",
        }
    }
}

/// How far a walk has got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Which.
    pub walk: Sweep,
    /// The first number not visited.
    pub next: i64,
    /// Those before it in which something is left to do.
    pub again: BTreeSet<i64>,
}

impl Progress {
    /// What to visit in a run: those not visited before `end`, and some of the others, by the number of the run.
    pub fn due(&mut self, end: i64, run: i64) -> Vec<i64> {
        // A clock that was ahead has led beyond the present; what comes now must be visited all the same.
        self.next = self.next.min(end);
        let again = in_turn(self.again.iter(), self.again.len(), MOST_AGAIN, run);
        again.copied().chain((self.next..end).take(MOST_NEW)).collect()
    }

    /// Takes note that a number was visited, and whether nothing is left to do in it.
    pub fn visited(&mut self, number: i64, done: bool) {
        self.next = self.next.max(number.saturating_add(1));
        if done {
            self.again.remove(&number);
        } else {
            self.again.insert(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_ahead_skips_nothing() {
        let mut progress = Progress { walk: Sweep::File, next: 10, again: BTreeSet::new() };
        assert_eq!(progress.due(13, 0), [10, 11, 12]);
        progress.visited(999, true);
        assert_eq!(progress.due(13, 0), [0_i64; 0]);
        assert_eq!(progress.due(14, 0), [13]);
    }

    #[test]
    fn each_of_many_has_its_turn_again() {
        let mut progress = Progress { walk: Sweep::LookOver, next: 1000, again: (0..150).collect() };
        let seen: BTreeSet<i64> = (0..3).flat_map(|run| progress.due(1001, run)).collect();
        assert_eq!(seen, (0..150).chain([1000]).collect());
        assert_eq!(progress.due(1001, 1).len(), MOST_AGAIN + 1);
    }
}
