//! Attempts at a conversation that other processes left: what ends a process ends it again and again, unless it is counted.

use crate::error::CoreError;
use crate::host::Host;
use crate::store::{Record, Records};
use omni_domain::conversation::ConversationId;
use serde::{Deserialize, Serialize};

/// A process is about to work on a conversation. The record goes when it has; one that stays tells of a process that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which conversation.
    pub conversation: ConversationId,
    /// How many processes ended while they worked on it, in a row.
    pub endings: u32,
    /// When the last one began, Unix milliseconds.
    pub at: i64,
    /// The process, and the memory it has.
    pub worker: String,
    /// The same, see `Context::reader`.
    pub reader: String,
    /// People were told.
    pub told: bool,
}

/// The key of all of them.
const ALL: &str = "attempts";

impl Record for Attempt {
    const KIND: &'static str = "attempt";

    fn keys(&self) -> Vec<String> {
        vec![ALL.into(), format!("attempt:{}", self.conversation)]
    }
}

service! {
    /// Stores attempts at conversations that other processes left.
    pub(crate) AttemptRecords {
        records: Records,
    }
}

impl<H: Host> AttemptRecords<H> {
    /// Attempts that are under way, or were when their process ended.
    pub(crate) async fn attempts(&self) -> Result<Vec<Attempt>, CoreError> {
        self.records.read_records(ALL).await
    }
}
