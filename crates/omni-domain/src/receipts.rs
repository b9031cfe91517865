//! How far the customer has got: delivered, and read.

use crate::conversation::ConversationId;
use crate::message_record::Link;
use crate::timing::RECEIPT_SKEW_MS;
use meta_wire::ids::Mid;
use meta_wire::time::UnixMillis;
use meta_wire::webhook::{Event, Item};
use serde::{Deserialize, Serialize};

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

impl Receipts {
    /// Takes note of how far receipts go, delivered and read: neither goes back.
    pub fn advance(&mut self, (delivered, read): (Option<Receipt>, Option<Receipt>)) {
        self.read = later(self.read.take(), read);
        self.delivered = later(self.delivered.take(), delivered);
        // What is read was delivered: one mark says both.
        let read_at = self.read.as_ref().map(|read| read.at);
        if self.delivered.as_ref().is_some_and(|delivered| Some(delivered.at) <= read_at) {
            self.delivered = None;
        }
    }
}

/// How far the receipts go among these messages: delivered, and read.
pub fn reached(items: &[Item], links: &[Link]) -> (Option<Receipt>, Option<Receipt>) {
    let (mut delivered, mut seen) = (None, None);
    for item in items {
        match &item.event {
            Event::Delivery(delivery) => {
                delivered = later(delivered, newest(links, &delivery.mids, delivery.watermark));
            }
            Event::Read(read) => {
                seen = later(seen, newest(links, read.mid.as_slice(), read.watermark));
            }
            _ => {}
        }
    }
    (delivered, seen)
}

/// The newest of our messages that is named, or went out before the watermark.
fn newest(links: &[Link], mids: &[Mid], watermark: Option<UnixMillis>) -> Option<Receipt> {
    let until = watermark.map(|at| at.0.saturating_add(RECEIPT_SKEW_MS));
    let reached = |link: &Link| {
        let named = link.mids.iter().any(|mid| mids.contains(mid));
        let before = !link.mids.is_empty() && until.is_some_and(|until| link.event_at <= until);
        let message_id = link.message_ids.first().filter(|_| link.outgoing && (named || before))?;
        Some(Receipt { message_id: message_id.clone(), at: link.event_at })
    };
    links.iter().filter_map(reached).fold(None, |newest, found| later(newest, Some(found)))
}

fn later(one: Option<Receipt>, other: Option<Receipt>) -> Option<Receipt> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.at > one.at { other } else { one }),
        (one, other) => one.or(other),
    }
}
