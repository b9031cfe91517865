//! What the app has put on messages as a reaction, so that it can be taken off again.

use super::archive::day_key;
use super::entry::shard;
use super::{ConversationId, Record};
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;
use omni_domain::timing::DAY_MS;
use serde::{Deserialize, Serialize};

/// The customer's reaction to one message, as the app shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Whose conversation.
    pub conversation: ConversationId,
    /// The message.
    pub message_id: String,
    /// When the first one was set, Unix milliseconds.
    pub made_at: i64,
    /// The customer's reaction, as `:heart:`.
    pub customer: Option<String>,
}

impl Mark {
    pub(crate) fn new(conversation: &ConversationId, message_id: &str, now: i64) -> Self {
        Self { conversation: conversation.clone(), message_id: message_id.to_owned(), made_at: now, customer: None }
    }
}

impl Record for Mark {
    const KIND: &'static str = "mark";

    fn keys(&self) -> Vec<String> {
        let day = day_key(self.made_at.div_euclid(DAY_MS), shard(&self.conversation));
        vec![mark_key(&self.message_id), day]
    }
}

fn mark_key(message_id: &str) -> String {
    format!("mark:{message_id}")
}

/// How far the customer has got in a conversation, and where that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The agent's message that carries the mark for delivered.
    pub delivered: Option<Receipt>,
    /// The agent's message that carries the mark for read.
    pub read: Option<Receipt>,
}

/// One receipt as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The message that carries the mark.
    pub message_id: String,
    /// When it was written, Unix milliseconds: a mark only moves forward.
    pub at: i64,
}

impl Record for Receipts {
    const KIND: &'static str = "receipts";

    fn keys(&self) -> Vec<String> {
        vec![receipts_key(&self.conversation), self.conversation.state_key()]
    }
}

fn receipts_key(id: &ConversationId) -> String {
    format!("receipts:{id}")
}

impl<H: Host> Session<H> {
    pub(crate) async fn mark_of(&self, message_id: &str) -> Result<Option<Mark>, CoreError> {
        self.read_one(&mark_key(message_id)).await
    }

    pub(crate) async fn receipts_of(&self, id: &ConversationId) -> Result<Receipts, CoreError> {
        let found = self.read_one(&receipts_key(id)).await?;
        Ok(found.unwrap_or_else(|| Receipts { conversation: id.clone(), delivered: None, read: None }))
    }
}
