//! Claims: who of several processes does something that must be done once.
//!
//! Persistence shows every instance the same order of records, so the first claim that is still good wins everywhere. A
//! claim ends by itself: whoever held it may be gone.

use super::Record;
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;
use serde::{Deserialize, Serialize};

/// Somebody's wish to be the one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// Ours, random.
    claim_id: String,
    /// What is claimed.
    name: String,
    /// Good until then, Unix milliseconds.
    until: i64,
}

impl Record for Claim {
    const KIND: &'static str = "claim";

    fn keys(&self) -> Vec<String> {
        vec![ALL.into(), key(&self.name), format!("claim-record:{}", self.claim_id)]
    }
}

const ALL: &str = "claims";

fn key(name: &str) -> String {
    format!("claim:{name}")
}

impl<H: Host> Session<H> {
    /// Claims a name for that many milliseconds; `None` when another process holds it. Processes that ask at the same
    /// moment may all be refused but one.
    pub(crate) async fn claim(&self, name: &str, lease_ms: i64) -> Result<Option<Claim>, CoreError> {
        let claim_id = self.random_hex(8);
        let mine = Claim { claim_id, name: name.to_owned(), until: self.now_ms().saturating_add(lease_ms) };
        self.create_record(&mine).await?;
        let mut first = None;
        for claim in self.read_records::<Claim>(&key(name)).await? {
            if claim.until <= self.now_ms() {
                self.remove_record(&claim).await?;
            } else if first.is_none() {
                first = Some(claim);
            }
        }
        if first.as_ref() == Some(&mine) {
            return Ok(Some(mine));
        }
        self.release(&mine).await?;
        Ok(None)
    }

    /// Holds a claim longer once half of its time is over.
    pub(crate) async fn prolong(&self, claim: &mut Claim, lease_ms: i64) -> Result<(), CoreError> {
        if claim.until.saturating_sub(self.now_ms()) > lease_ms / 2 {
            return Ok(());
        }
        claim.until = self.now_ms().saturating_add(lease_ms);
        self.put_record(claim).await
    }

    /// Lets others have it.
    pub(crate) async fn release(&self, claim: &Claim) -> Result<(), CoreError> {
        self.remove_record(claim).await
    }

    /// Removes claims of processes that are gone, where nobody has claimed the same since.
    pub(crate) async fn remove_ended_claims(&self) -> Result<(), CoreError> {
        for claim in self.read_records::<Claim>(ALL).await? {
            if claim.until <= self.now_ms() {
                self.remove_record(&claim).await?;
            }
        }
        Ok(())
    }
}
