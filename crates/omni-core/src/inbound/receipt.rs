//! Read and delivery receipts.
//!
//! The server has no call to mark a message as read by a customer, so the app's user reacts to it: seen by every agent,
//! disturbing nobody. One mark each for delivered and read stands at the newest message it is true of and moves along, so
//! that a conversation carries two marks at most.

use crate::error::CoreError;
use crate::host::{Host, React};
use crate::session::Session;
use crate::store::{ConversationId, Entry, Link, Receipt};
use meta_wire::ids::Mid;
use meta_wire::time::UnixMillis;
use meta_wire::webhook::{Event, Item};
use omni_domain::timing::RECEIPT_SKEW_MS;

const DELIVERED: &str = ":white_check_mark:";
const READ: &str = ":eyes:";

impl<H: Host> Session<H> {
    /// Moves the marks to where the receipts say. Receipts repeat themselves: one that is lost does no harm.
    pub(super) async fn apply_receipts(&self, id: &ConversationId, items: &[Item]) -> Result<(), CoreError> {
        let _lock = self.lock(&id.to_string()).await;
        let conversation = self.conversation(id).await?;
        let recent: Vec<Link> = conversation.entries.iter().map(Entry::link).collect();
        let mut reached = reached(items, &recent);
        if reached == (None, None) {
            // Customers read hours later: what they read is filed by then.
            reached = self::reached(items, &self.filed_answers(id).await?.links);
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

/// How far the receipts go among these messages: delivered, and read.
fn reached(items: &[Item], links: &[Link]) -> (Option<Receipt>, Option<Receipt>) {
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
