//! Claims: who of several processes does something that must be done once.
//!
//! Whoever writes a claim and then finds no other has it: somebody who asks later finds this one. The order in which
//! persistence shows records does not count, for it need not be the order in which they came. A claim ends by itself:
//! whoever held it may be gone.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, StoreUpdate};
use crate::store::{Record, Records};
use omni_domain::timing::MINUTE_MS;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// Somebody's wish to be the one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// Ours, random.
    claim_id: String,
    /// What is claimed.
    name: String,
    /// Good until then, Unix milliseconds.
    until: i64,
    /// For how long at a time, in milliseconds.
    #[serde(default)]
    lease_ms: i64,
}

/// A claim that this process has.
#[derive(Debug)]
pub(crate) struct HeldClaim {
    claim: Claim,
    /// When whoever has it got on last, Unix milliseconds.
    progress_at: i64,
}

impl Record for Claim {
    const KIND: &'static str = "claim";

    fn keys(&self) -> Vec<String> {
        vec![ALL.into(), key(&self.name), format!("claim-record:{}", self.claim_id)]
    }
}

const ALL: &str = "claims";

/// How long a sign of life of this process counts for one that does not get on, in milliseconds: it may wait for an answer
/// that was lost.
const NO_PROGRESS_MS: i64 = 15 * MINUTE_MS;

/// How often one asks who meets others that ask at the same moment.
const TRIES: usize = 4;

/// Pause before asking again at least, in milliseconds.
const PAUSE_MS: u32 = 50;

fn key(name: &str) -> String {
    format!("claim:{name}")
}

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct LeasesMemory {
    /// What this process has claimed.
    pub(crate) claims: RefCell<Vec<HeldClaim>>,
}

service! {
    /// Claims: who of several processes does something that must be done once.
    pub(crate) Leases {
        cx: Context,
        records: Records,
    } remembers LeasesMemory
}

impl<H: Host> Leases<H> {
    /// Claims a name for that many milliseconds; `None` when another process holds it, or too many ask at once.
    pub(crate) async fn claim(&self, name: &str, lease_ms: i64) -> Result<Option<Claim>, CoreError> {
        for _ in 0..TRIES {
            let claim_id = self.cx.random_hex(8);
            let until = self.cx.now_ms().saturating_add(lease_ms);
            let mine = Claim { claim_id, name: name.to_owned(), until, lease_ms };
            self.records.create_record(&mine).await?;
            let mut others = self.claims(name).await?;
            others.retain(|claim| claim.claim_id != mine.claim_id);
            if others.is_empty() {
                let held = HeldClaim { claim: mine.clone(), progress_at: self.cx.now_ms() };
                self.memory.claims.borrow_mut().push(held);
                return Ok(Some(mine));
            }
            self.release(&mine).await?;
            // Whoever only asked at the same moment takes its claim back, as we do, and comes again with another one.
            self.cx.host.sleep(self.pause_ms()).await;
            if self.claims(name).await?.iter().any(|claim| others.iter().any(|other| other.claim_id == claim.claim_id))
            {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// The claims to a name that are good; those that ended are removed.
    async fn claims(&self, name: &str) -> Result<Vec<Claim>, CoreError> {
        let mut good = Vec::new();
        for claim in self.records.read_records::<Claim>(&key(name)).await? {
            if claim.until <= self.cx.now_ms() {
                self.records.remove_record(&claim).await?;
            } else {
                good.push(claim);
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

    /// Whoever has the claim gets on, and so holds it longer.
    pub(crate) async fn prolong(&self, claim: &Claim) -> Result<(), CoreError> {
        let now = self.cx.now_ms();
        for held in self.memory.claims.borrow_mut().iter_mut().filter(|held| held.claim.claim_id == claim.claim_id) {
            held.progress_at = now;
        }
        self.prolong_claims().await
    }

    /// A sign of life: what this process has claimed it holds longer, once half of the time is over.
    pub(crate) async fn prolong_claims(&self) -> Result<(), CoreError> {
        let now = self.cx.now_ms();
        let ends = |held: &&mut HeldClaim| {
            let ends = held.claim.until.saturating_sub(now) <= held.claim.lease_ms / 2;
            ends && now.saturating_sub(held.progress_at) < NO_PROGRESS_MS
        };
        let prolonged: Vec<Claim> = {
            let mut claims = self.memory.claims.borrow_mut();
            let ending = claims.iter_mut().filter(ends);
            ending
                .map(|held| {
                    held.claim.until = now.saturating_add(held.claim.lease_ms);
                    held.claim.clone()
                })
                .collect()
        };
        for claim in &prolonged {
            // Not made anew: it may just have been let go.
            let record = crate::store::encode(claim)?;
            self.cx.call(StoreUpdate { keys: claim.keys(), record, upsert: false }).await?;
        }
        Ok(())
    }

    /// Lets others have it.
    pub(crate) async fn release(&self, claim: &Claim) -> Result<(), CoreError> {
        self.memory.claims.borrow_mut().retain(|held| held.claim.claim_id != claim.claim_id);
        self.records.remove_record(claim).await
    }

    /// Removes claims of processes that are gone, where nobody has claimed the same since.
    pub(crate) async fn remove_ended_claims(&self) -> Result<(), CoreError> {
        for claim in self.records.read_records::<Claim>(ALL).await? {
            if claim.until <= self.cx.now_ms() {
                self.records.remove_record(&claim).await?;
            }
        }
        Ok(())
    }
}
