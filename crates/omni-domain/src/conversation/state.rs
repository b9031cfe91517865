//! What is known of a conversation beside its messages.

use super::ConversationId;
use crate::rocket_chat::Visitor;
use serde::{Deserialize, Serialize};

/// What changes rarely about a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConversationState {
    /// Which.
    pub id: ConversationId,
    /// The visitor, as the server returned it.
    pub visitor: Option<Visitor>,
    /// The open room; `None` between conversations.
    pub room_id: Option<String>,
    /// What the app has told the customer since, and the room does not show until an agent has answered.
    #[serde(default)]
    pub unshown: Vec<Unshown>,
    /// The room before it, which tells what agents call the customer.
    pub last_room_id: Option<String>,
    /// Latest event that opened the messaging window and is older than the entries at hand, Unix milliseconds.
    pub opened_at: Option<i64>,
    /// When the profile was last read, Unix milliseconds.
    pub profile_at: Option<i64>,
}

/// A text of the app's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unshown {
    /// When it was sent, Unix milliseconds.
    pub at: i64,
    /// What it says.
    pub text: String,
}

impl ConversationState {
    /// A conversation nothing is known of.
    pub fn new(id: ConversationId) -> Self {
        Self {
            id,
            visitor: None,
            room_id: None,
            unshown: Vec::new(),
            last_room_id: None,
            opened_at: None,
            profile_at: None,
        }
    }

    /// The room is the conversation's no longer.
    pub fn leave_room(&mut self) {
        self.last_room_id = self.room_id.take().or_else(|| self.last_room_id.take());
        self.unshown.clear();
    }
}

/// Messages that were filed before their time, since there are many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedEarly {
    /// Whose.
    pub conversation: ConversationId,
    /// The latest of them by when it happened, Unix milliseconds: what happened before may be there.
    pub until: i64,
    /// The latest of them that opened the messaging window, Unix milliseconds.
    pub opened_at: Option<i64>,
}
