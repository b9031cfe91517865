//! A message of Rocket.Chat as it is recorded before it leaves.

use crate::context::Context;
use crate::host::{Host, Message, User};
use omni_domain::conversation::ConversationId;
use omni_domain::lease::Lease;
use omni_domain::message_record::{MessageRecord, MessageState};
use omni_domain::outgoing::{OutgoingMessage, Part, PartState};

service! {
    /// Makes the record of a message before it leaves.
    pub(crate) OutgoingRecords {
        cx: Context,
    }
}

impl<H: Host> OutgoingRecords<H> {
    /// A message record for a message of Rocket.Chat, about to leave.
    pub(crate) fn outgoing(
        &self,
        id: &ConversationId,
        message: &Message,
        sender: Option<&User>,
        parts: Vec<Part>,
    ) -> MessageRecord {
        let mut outbox = self.outbox(message.id.clone(), message.room_id.clone());
        outbox.sender_id = sender.map(|sender| sender.id.clone());
        outbox.lang = sender.map(|sender| sender.language.clone()).unwrap_or_default();
        outbox.parts = parts;
        outbox.set(0, PartState::InFlight);
        MessageRecord { identity: format!("agent:{}", message.id), ..self.outgoing_entry(id, message.at, outbox) }
    }

    pub(crate) fn outgoing_entry(&self, id: &ConversationId, event_at: i64, outbox: OutgoingMessage) -> MessageRecord {
        MessageRecord {
            entry_id: self.cx.new_entry_id(),
            conversation: id.clone(),
            identity: String::new(),
            stored_at: self.cx.now_ms(),
            event_at,
            opens_window: false,
            segment: None,
            state: MessageState::Outgoing(outbox),
        }
    }

    pub(crate) fn outbox(&self, message_id: String, room_id: String) -> OutgoingMessage {
        let lease = Lease::new(self.cx.worker(), self.cx.now_ms());
        OutgoingMessage { message_id, room_id, lease, ..OutgoingMessage::default() }
    }
}
