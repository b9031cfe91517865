//! The customer's reaction, as the app has put it on a message in the customer's place.

use crate::conversation::ConversationId;
use serde::{Deserialize, Serialize};

/// The customer's reaction to one message, as the app shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerReaction {
    /// Whose conversation.
    pub conversation: ConversationId,
    /// The message.
    pub message_id: String,
    /// When the first one was set, Unix milliseconds.
    pub made_at: i64,
    /// The customer's reaction, as `:heart:`.
    pub customer: Option<String>,
}

impl CustomerReaction {
    /// No reaction yet.
    pub fn new(conversation: &ConversationId, message_id: &str, now: i64) -> Self {
        Self { conversation: conversation.clone(), message_id: message_id.to_owned(), made_at: now, customer: None }
    }
}
