//! One message of a conversation, either way: the proof that it was taken, the link between its two sides, the work
//! still to do. Each is a record of its own with a single writer, so that no two instances overwrite each other.

use super::{ConversationId, Record};
use meta_wire::ids::Mid;
use serde::{Deserialize, Serialize};

/// Entries are stored in buckets of this length, in milliseconds, so that old ones are found and removed together.
pub(crate) const BUCKET_MS: i64 = 10 * 60 * 1000;

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Ours, random: tells two entries for the same message apart.
    pub entry_id: String,
    /// Where it belongs.
    pub conversation: ConversationId,
    /// What makes it the same message however often it comes: kind and `mid`, or a fingerprint.
    pub identity: String,
    /// When we stored it, Unix milliseconds.
    pub stored_at: i64,
    /// When it happened by Meta's or Rocket.Chat's clock, Unix milliseconds.
    pub event_at: i64,
    /// Whether it opened the messaging window.
    pub opens_window: bool,
    /// What became of it.
    pub state: EntryState,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// A customer's event that is stored and not yet shown.
    Pending {
        /// The event as Meta sent it.
        raw: String,
        /// Where in the delivery it stood.
        channel: meta_wire::webhook::Channel,
        /// The process that works on it; another one may take over when that one is gone.
        worker: String,
    },
    /// A customer's event that is shown.
    Shown {
        /// Meta's id of the message.
        mid: Option<Mid>,
        /// The room it is in.
        room_id: Option<String>,
        /// The messages it became, in order; none when it only changed something.
        message_ids: Vec<String>,
    },
    /// An agent's message.
    Outgoing(Outbox),
}

/// An agent's message on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outbox {
    /// The message in Rocket.Chat.
    pub message_id: String,
    /// Its room.
    pub room_id: String,
    /// What it was cut into, in order.
    pub parts: Vec<Part>,
}

/// One request to Meta.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// How far it got.
    pub state: PartState,
}

/// How far one request got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// Recorded; whether Meta has it is not known until it becomes something else.
    Leaving,
    /// Meta took it.
    Sent {
        /// Meta's id of the message.
        mid: Mid,
    },
    /// Meta refused it, or it was refused here; nothing was sent.
    Refused {
        /// Stable word for the reason.
        code: String,
    },
}

impl Record for Entry {
    const KIND: &'static str = "entry";

    fn keys(&self) -> Vec<String> {
        vec![self.conversation.key(), bucket_key(self.stored_at), format!("entry:{}", self.entry_id)]
    }
}

/// The key of the bucket that holds entries stored at this time.
pub(crate) fn bucket_key(stored_at: i64) -> String {
    format!("bucket:{}", stored_at.div_euclid(BUCKET_MS))
}
