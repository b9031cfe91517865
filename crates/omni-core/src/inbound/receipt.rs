//! Read and delivery receipts.
//!
//! The server has no call to mark a message as read by a customer, so the app's user reacts to it: seen by every agent,
//! disturbing nobody. One mark each for delivered and read stands at the newest message it is true of and moves along, so
//! that a conversation carries two marks at most.

use crate::error::CoreError;
use crate::host::{Host, React};
use crate::session::Session;
use crate::store::{Conversation, ConversationId, Entry, EntryState, Receipt};
use meta_wire::ids::Mid;
use meta_wire::time::UnixMillis;
use meta_wire::webhook::{Event, Item};

const DELIVERED: &str = ":white_check_mark:";
const READ: &str = ":eyes:";

/// How far Meta's clock may be behind the server's, in milliseconds.
const SKEW_MS: i64 = 2_000;

impl<H: Host> Session<H> {
    /// Moves the marks to where the receipts say. Receipts repeat themselves: one that is lost does no harm.
    pub(super) async fn apply_receipts(&self, id: &ConversationId, items: &[Item]) -> Result<(), CoreError> {
        let _lock = self.lock(&id.to_string()).await;
        let conversation = self.conversation(id).await?;
        let mut reached: (Option<Receipt>, Option<Receipt>) = (None, None);
        for item in items {
            match &item.event {
                Event::Delivery(delivery) => {
                    let found = newest(&conversation, &delivery.mids, delivery.watermark);
                    reached.0 = later(reached.0, found);
                }
                Event::Read(read) => {
                    let mids: Vec<Mid> = read.mid.iter().cloned().collect();
                    reached.1 = later(reached.1, newest(&conversation, &mids, read.watermark));
                }
                _ => {}
            }
        }
        if reached == (None, None) {
            return Ok(());
        }
        let mut receipts = self.receipts_of(id).await?;
        let before = receipts.clone();
        receipts.read = later(receipts.read, reached.1);
        receipts.delivered = later(receipts.delivered, reached.0);
        // What is read was delivered: one mark says both.
        let read_at = receipts.read.as_ref().map(|read| read.at);
        if receipts.delivered.as_ref().is_some_and(|delivered| Some(delivered.at) <= read_at) {
            receipts.delivered = None;
        }
        if receipts == before {
            return Ok(());
        }
        self.move_mark(before.delivered.as_ref(), receipts.delivered.as_ref(), DELIVERED).await;
        self.move_mark(before.read.as_ref(), receipts.read.as_ref(), READ).await;
        self.put_record(&receipts).await
    }

    async fn move_mark(&self, from: Option<&Receipt>, to: Option<&Receipt>, emoji: &str) {
        if from == to {
            return;
        }
        for (receipt, on) in [(from, false), (to, true)] {
            let Some(receipt) = receipt else { continue };
            let call = React { message_id: receipt.message_id.clone(), emoji: emoji.to_owned(), on };
            if let Err(error) = self.call(call).await {
                // The message may be deleted by now, or the server may not let the app in.
                self.warn("receipt-not-shown", error.code());
            }
        }
    }
}

/// The newest of our messages that is named, or went out before the watermark.
fn newest(conversation: &Conversation, mids: &[Mid], watermark: Option<UnixMillis>) -> Option<Receipt> {
    let until = watermark.map(|at| at.0.saturating_add(SKEW_MS));
    let reached = |entry: &Entry| match &entry.state {
        EntryState::Outgoing(outbox) => {
            let named = outbox.mids().any(|mid| mids.contains(mid));
            let before = outbox.mids().next().is_some() && until.is_some_and(|until| entry.event_at <= until);
            let seen = !outbox.message_id.is_empty() && (named || before);
            seen.then(|| Receipt { message_id: outbox.message_id.clone(), at: entry.event_at })
        }
        _ => None,
    };
    conversation.entries.iter().filter_map(reached).fold(None, |newest, found| later(newest, Some(found)))
}

fn later(one: Option<Receipt>, other: Option<Receipt>) -> Option<Receipt> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.at > one.at { other } else { one }),
        (one, other) => one.or(other),
    }
}
