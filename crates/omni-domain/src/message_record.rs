//! One message of a conversation, either way: the proof that it was taken, the link between its two sides, the work
//! still to do.

use crate::conversation::ConversationId;
use crate::lease::Lease;
use crate::outgoing::OutgoingMessage;
use crate::raw_event::RawEvent;
use crate::timing::DAY_MS;
use meta_wire::ids::Mid;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What came while no room was open waits this long for one, in milliseconds: as long as an agent can answer at all.
pub const ASIDE_MS: i64 = 7 * DAY_MS;

/// What was said in a thread that others answer is not worth showing after this long, in milliseconds.
const ASIDE_TALK_MS: i64 = DAY_MS;

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageRecord {
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
    /// Where in the backlog it is; `None` where it is read with the rest of its conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<Segment>,
    /// What became of it.
    pub state: MessageState,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// A customer's event that is stored and not yet shown.
    Pending {
        /// The event.
        event: RawEvent,
        /// Which process works on it; another one may take over when that one is gone.
        lease: Lease,
        /// How often showing it failed.
        attempts: u32,
        /// How often in a row a process took it over from one that ended without a word.
        #[serde(default)]
        takeovers: u32,
    },
    /// A customer's event that waits for an agent who can serve.
    AwaitingAgent {
        /// The event.
        event: RawEvent,
    },
    /// Something to know that came while no room was open: shown when one is.
    AwaitingRoom {
        /// The event.
        event: RawEvent,
    },
    /// A customer's event that is shown.
    Delivered {
        /// Meta's id of the message.
        mid: Option<Mid>,
        /// The room it is in.
        room_id: Option<String>,
        /// The messages it became, in order; none when it only changed something.
        message_ids: Vec<String>,
        /// The event, when it was not understood: a later version may.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<RawEvent>,
    },
    /// A customer's event that the server refuses for good.
    DeadLetter {
        /// The event.
        event: RawEvent,
        /// The server's word for why.
        code: String,
    },
    /// An agent's message.
    Outgoing(OutgoingMessage),
}

/// Where a record of the backlog is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Whose.
    pub stream_id: String,
    /// Which one of the stream, from 0 on.
    pub number: u64,
}

/// The two sides of one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// As in [`MessageRecord::identity`].
    pub identity: String,
    /// Meta's ids: several for an agent's message that was cut.
    pub mids: Vec<Mid>,
    /// The room it is in.
    pub room_id: Option<String>,
    /// Rocket.Chat's ids: several for a customer's message with files.
    pub message_ids: Vec<String>,
    /// When it happened, Unix milliseconds.
    pub event_at: i64,
    /// Written by an agent.
    pub outgoing: bool,
    /// The event, when it was not understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<RawEvent>,
}

/// What `metadata` of our own messages begins with: Messenger's echo repeats it, and Instagram's may.
const METADATA: &str = "omni-direct:";

impl MessageRecord {
    /// What goes with each request to Meta as `metadata`, so that its echo is known for ours.
    pub fn metadata(&self) -> String {
        format!("{METADATA}{}", self.entry_id)
    }

    /// The entry an echo's `metadata` names; `None` when it is not one of ours.
    pub fn id_in_metadata(metadata: &str) -> Option<&str> {
        metadata.strip_prefix(METADATA)
    }

    /// The order in which entries were stored, the same for every process: persistence promises none.
    pub fn by_age(&self, other: &Self) -> Ordering {
        (self.stored_at, &self.entry_id).cmp(&(other.stored_at, &other.entry_id))
    }

    /// The customer's event, where it is still at hand.
    pub fn event(&self) -> Option<&RawEvent> {
        match &self.state {
            MessageState::Pending { event, .. }
            | MessageState::AwaitingAgent { event }
            | MessageState::AwaitingRoom { event }
            | MessageState::DeadLetter { event, .. } => Some(event),
            MessageState::Delivered { kept, .. } => kept.as_ref(),
            MessageState::Outgoing(_) => None,
        }
    }

    /// Whether the customer turns to the business with it: with words, a tap, an order, or what we do not understand; not
    /// with a reaction, an edit, or a link that was followed.
    pub fn addresses_us(&self) -> bool {
        let kind = self.identity.split(':').next().unwrap_or_default();
        ["message", "postback", "order", "lead", "form", "unknown", "malformed"].contains(&kind)
    }

    /// Whether it is what the business wrote, as Meta repeats it.
    pub fn is_echo(&self) -> bool {
        self.identity.starts_with("echo:")
    }

    /// How often showing it failed.
    pub fn attempts(&self) -> u32 {
        match &self.state {
            MessageState::Pending { attempts, .. } => *attempts,
            _ => 0,
        }
    }

    /// Whether it waits for an agent who can serve.
    pub fn is_held(&self) -> bool {
        matches!(self.state, MessageState::AwaitingAgent { .. })
    }

    /// Whether it is something to know that is shown with something else, or after it.
    pub fn is_aside(&self) -> bool {
        matches!(self.state, MessageState::AwaitingRoom { .. })
    }

    /// Whether it is a customer's event that is stored and not yet shown.
    pub fn is_pending(&self) -> bool {
        matches!(self.state, MessageState::Pending { .. })
    }

    /// Whether it is an agent's message of which something still has to go out.
    pub fn is_unsent(&self) -> bool {
        matches!(&self.state, MessageState::Outgoing(outbox) if outbox.is_unsent())
    }

    /// Whether it is something to know that is not worth showing any more.
    pub fn is_stale_aside(&self, now: i64) -> bool {
        let talk = ["message:", "echo:", "postback:"].iter().any(|kind| self.identity.starts_with(kind));
        let most = if talk { ASIDE_TALK_MS } else { ASIDE_MS };
        self.is_aside() && now.saturating_sub(self.stored_at) > most
    }

    /// Whether it still has to be shown to an agent.
    pub fn waits(&self) -> bool {
        matches!(self.state, MessageState::Pending { .. } | MessageState::AwaitingAgent { .. })
    }

    /// Whether the customer took it back before an agent saw it.
    pub fn is_withdrawn(&self) -> bool {
        matches!(&self.state, MessageState::Delivered { room_id: None, message_ids, .. } if message_ids.is_empty())
    }

    /// Whether nothing is left to do, so that it can be filed.
    pub fn is_settled(&self) -> bool {
        match &self.state {
            MessageState::Pending { .. } | MessageState::AwaitingAgent { .. } | MessageState::AwaitingRoom { .. } => {
                false
            }
            MessageState::Delivered { .. } | MessageState::DeadLetter { .. } => true,
            MessageState::Outgoing(outbox) => !outbox.is_unsent(),
        }
    }

    /// Both sides of the message, as far as it has them.
    pub fn link(&self) -> Link {
        let (mids, room_id, message_ids) = match &self.state {
            MessageState::Delivered { mid, room_id, message_ids, .. } => {
                (mid.iter().cloned().collect(), room_id.clone(), message_ids.clone())
            }
            MessageState::Outgoing(outbox) => {
                let filled = |id: &String| Some(id.clone()).filter(|id| !id.is_empty());
                let message_ids = filled(&outbox.message_id).into_iter().collect();
                (outbox.mids().cloned().collect(), filled(&outbox.room_id), message_ids)
            }
            MessageState::Pending { .. }
            | MessageState::AwaitingAgent { .. }
            | MessageState::AwaitingRoom { .. }
            | MessageState::DeadLetter { .. } => (Vec::new(), None, Vec::new()),
        };
        Link {
            identity: self.identity.clone(),
            mids,
            room_id,
            message_ids,
            event_at: self.event_at,
            outgoing: matches!(self.state, MessageState::Outgoing(_)),
            kept: self.event().cloned(),
        }
    }
}

/// What became of a message of Rocket.Chat, while that is still at hand.
pub fn entry_of<'a>(entries: &'a [MessageRecord], message_id: &str) -> Option<&'a MessageRecord> {
    let is_it = |entry: &&MessageRecord| matches!(&entry.state, MessageState::Outgoing(outbox) if outbox.message_id == message_id);
    entries.iter().find(is_it)
}
