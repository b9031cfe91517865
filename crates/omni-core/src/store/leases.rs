//! Leases: which of several processes does something that must be done once.
//!
//! The process that writes a lease and then finds no other one has it: a process that asks later finds this one. The order in which
//! persistence shows records does not count, for it need not be the order in which they came. A lease ends by itself:
//! its holder may be gone.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, StoreUpdate};
use crate::store::{Record, Records};
use omni_domain::timing::MINUTE_MS;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// A process has something to itself, or asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NamedLease {
    /// Ours, random.
    lease_id: String,
    /// What is leased.
    name: String,
    /// Good until then, Unix milliseconds.
    until: i64,
    /// For how long at a time, in milliseconds.
    #[serde(default)]
    lease_ms: i64,
}

/// A lease that this process has.
#[derive(Debug)]
pub(crate) struct HeldLease {
    lease: NamedLease,
    /// When its holder got on last, Unix milliseconds.
    progress_at: i64,
}

impl Record for NamedLease {
    const KIND: &'static str = "lease";

    fn keys(&self) -> Vec<String> {
        vec![ALL.into(), key(&self.name), format!("lease-record:{}", self.lease_id)]
    }
}

const ALL: &str = "leases";

/// How long a heartbeat of this process counts for one that does not get on, in milliseconds: it may wait for an answer
/// that was lost.
const NO_PROGRESS_MS: i64 = 15 * MINUTE_MS;

/// How often a process asks that meets others which ask at the same moment.
const TRIES: usize = 4;

/// Pause before asking again at least, in milliseconds.
const PAUSE_MS: u32 = 50;

fn key(name: &str) -> String {
    format!("lease:{name}")
}

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct LeasesMemory {
    /// What this process has leased.
    pub(crate) leases: RefCell<Vec<HeldLease>>,
}

service! {
    /// Leases names to one process at a time.
    pub(crate) Leases {
        cx: Context,
        records: Records,
    } remembers LeasesMemory
}

impl<H: Host> Leases<H> {
    /// Leases a name for that many milliseconds; `None` when another process holds it, or too many ask at once.
    pub(crate) async fn take_lease(&self, name: &str, lease_ms: i64) -> Result<Option<NamedLease>, CoreError> {
        for _ in 0..TRIES {
            let lease_id = self.cx.random_hex(8);
            let until = self.cx.now_ms().saturating_add(lease_ms);
            let mine = NamedLease { lease_id, name: name.to_owned(), until, lease_ms };
            self.records.create_record(&mine).await?;
            let mut others = self.leases(name).await?;
            others.retain(|lease| lease.lease_id != mine.lease_id);
            if others.is_empty() {
                let held = HeldLease { lease: mine.clone(), progress_at: self.cx.now_ms() };
                self.memory.leases.borrow_mut().push(held);
                return Ok(Some(mine));
            }
            self.release(&mine).await?;
            // A process that only asked at the same moment takes its lease back, as we do, and comes again with another one.
            self.cx.host.sleep(self.pause_ms()).await;
            if self.leases(name).await?.iter().any(|lease| others.iter().any(|other| other.lease_id == lease.lease_id))
            {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// The leases to a name that are good; those that ended are removed.
    async fn leases(&self, name: &str) -> Result<Vec<NamedLease>, CoreError> {
        let mut good = Vec::new();
        for lease in self.records.read_records::<NamedLease>(&key(name)).await? {
            if lease.until <= self.cx.now_ms() {
                self.records.remove_record(&lease).await?;
            } else {
                good.push(lease);
            }
        }
        Ok(good)
    }

    /// Of different length for each, so that those who met do not meet again.
    fn pause_ms(&self) -> u32 {
        let mut bytes = [0];
        self.cx.host.fill_random(&mut bytes);
        let [byte] = bytes;
        PAUSE_MS.saturating_add(byte.into())
    }

    /// The holder of the lease gets on, and so holds it longer.
    pub(crate) async fn prolong(&self, lease: &NamedLease) -> Result<(), CoreError> {
        let now = self.cx.now_ms();
        for held in self.memory.leases.borrow_mut().iter_mut().filter(|held| held.lease.lease_id == lease.lease_id) {
            held.progress_at = now;
        }
        self.prolong_leases().await
    }

    /// A heartbeat: what this process has leased it holds longer, once half of the time is over.
    pub(crate) async fn prolong_leases(&self) -> Result<(), CoreError> {
        let now = self.cx.now_ms();
        let ends = |held: &&mut HeldLease| {
            let ends = held.lease.until.saturating_sub(now) <= held.lease.lease_ms / 2;
            ends && now.saturating_sub(held.progress_at) < NO_PROGRESS_MS
        };
        let prolonged: Vec<NamedLease> = {
            let mut leases = self.memory.leases.borrow_mut();
            let ending = leases.iter_mut().filter(ends);
            ending
                .map(|held| {
                    held.lease.until = now.saturating_add(held.lease.lease_ms);
                    held.lease.clone()
                })
                .collect()
        };
        for lease in &prolonged {
            // Not made anew: it may just have been let go.
            let record = crate::store::encode(lease)?;
            self.cx.call(StoreUpdate { keys: lease.keys(), record, upsert: false }).await?;
        }
        Ok(())
    }

    /// Lets others have it.
    pub(crate) async fn release(&self, lease: &NamedLease) -> Result<(), CoreError> {
        self.memory.leases.borrow_mut().retain(|held| held.lease.lease_id != lease.lease_id);
        self.records.remove_record(lease).await
    }

    /// Removes leases of processes that are gone, where no process has leased the same since.
    pub(crate) async fn remove_ended_leases(&self) -> Result<(), CoreError> {
        for lease in self.records.read_records::<NamedLease>(ALL).await? {
            if lease.until <= self.cx.now_ms() {
                self.records.remove_record(&lease).await?;
            }
        }
        Ok(())
    }
}
