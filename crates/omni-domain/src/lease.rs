//! Which process works on a record.

use serde::{Deserialize, Serialize};

/// A process's hold on a record, kept up by heartbeats. Persistence has no compare-and-set, so a lease is a promise that
/// others keep: they leave the record alone while its owner shows signs of being there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The name of the process.
    pub owner: String,
    /// Its last heartbeat, Unix milliseconds.
    pub renewed_at: i64,
}

impl Lease {
    /// A lease of the process, from now on.
    pub fn new(owner: &str, now: i64) -> Self {
        Self { owner: owner.to_owned(), renewed_at: now }
    }

    /// A heartbeat of the process, which takes the record over if another one had it.
    pub fn renew(&mut self, owner: &str, now: i64) {
        owner.clone_into(&mut self.owner);
        self.renewed_at = now;
    }

    /// Whether a process other than this one has it and is believed alive: its last heartbeat is no more than so many
    /// milliseconds away. One from further in the future is one of a clock that was wrong.
    pub fn is_held_elsewhere(&self, process: &str, now: i64, patience_ms: i64) -> bool {
        self.owner != process && now.saturating_sub(self.renewed_at).saturating_abs() <= patience_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_held_elsewhere_while_its_owner_is_believed_alive() {
        let lease = Lease::new("one", 1_000);
        for (process, now, held) in [
            ("two", 1_000, true),
            ("two", 1_500, true),
            ("two", 1_501, false),
            ("two", 500, true),
            ("two", 499, false),
            ("one", 1_000, false),
        ] {
            assert_eq!(lease.is_held_elsewhere(process, now, 500), held, "{process} {now}");
        }
    }

    #[test]
    fn a_heartbeat_takes_over() {
        let mut lease = Lease::new("one", 1_000);
        lease.renew("two", 2_000);
        assert!(lease.is_held_elsewhere("one", 2_000, 500) && !lease.is_held_elsewhere("two", 2_000, 500));
    }
}
