//! The list of conversations of which something waits to go out.

use crate::store::Record;
use omni_domain::conversation::ConversationId;
use serde::{Deserialize, Serialize};

pub use omni_domain::outgoing::{Choice, NEVER, OutgoingMessage, Part, PartState};

/// Says that something of a conversation waits to go out, so that it is found without searching.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetryTimer {
    /// Which conversation.
    pub conversation: ConversationId,
    /// When to look, Unix milliseconds.
    pub next_at: i64,
}

impl RetryTimer {
    /// The key of all of them.
    pub(crate) const ALL: &'static str = "outbox-queues";
}

impl Record for RetryTimer {
    const KIND: &'static str = "queue";

    fn keys(&self) -> Vec<String> {
        vec![Self::ALL.into(), format!("outbox-queue:{}", self.conversation)]
    }
}
