//! Read and delivery receipts.
//!
//! The server has no call to mark a message as read by a customer, so the app's user reacts to it: every agent sees
//! it, and it disturbs none. One mark each for delivered and read stands at the newest message it is true of and moves along, so
//! that a conversation carries two marks at most.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, React};
use crate::store::Records;
use crate::store::archives::Archives;
use crate::store::load::Conversations;
use crate::store::reaction_records::ReactionRecords;
use meta_wire::webhook::Item;
use omni_domain::conversation::ConversationId;
use omni_domain::message_record::{Link, MessageRecord};
use omni_domain::receipts;
use omni_domain::receipts::Receipt;

const DELIVERED: &str = ":white_check_mark:";
const READ: &str = ":eyes:";

service! {
    /// Marks messages as delivered and read.
    pub(crate) ReceiptMarks {
        archives: Archives,
        cx: Context,
        conversations: Conversations,
        reaction_records: ReactionRecords,
        records: Records,
    }
}

impl<H: Host> ReceiptMarks<H> {
    /// Moves the marks to where the receipts say. Receipts repeat themselves: one that is lost does no harm.
    pub(crate) async fn apply_receipts(&self, id: &ConversationId, items: &[Item]) -> Result<(), CoreError> {
        let _lock = self.cx.lock(&id.to_string()).await;
        let conversation = self.conversations.conversation(id).await?;
        let recent: Vec<Link> = conversation.entries.iter().map(MessageRecord::link).collect();
        let mut reached = receipts::reached(items, &recent);
        if reached == (None, None) {
            // Customers read hours later: what they read is filed by then.
            reached = receipts::reached(items, &self.archives.archived_answers(id).await?.links);
        }
        if reached == (None, None) {
            return Ok(());
        }
        let mut receipts = self.reaction_records.receipts_of(id).await?;
        let before = receipts.clone();
        receipts.advance(reached);
        if receipts == before {
            return Ok(());
        }
        self.move_mark(before.delivered.as_ref(), receipts.delivered.as_ref(), DELIVERED).await;
        self.move_mark(before.read.as_ref(), receipts.read.as_ref(), READ).await;
        self.records.put_record(&receipts).await
    }

    async fn move_mark(&self, from: Option<&Receipt>, to: Option<&Receipt>, emoji: &str) {
        if from == to {
            return;
        }
        for (receipt, on) in [(from, false), (to, true)] {
            let Some(receipt) = receipt else { continue };
            let call = React { message_id: receipt.message_id.clone(), emoji: emoji.to_owned(), on };
            if let Err(error) = self.cx.call(call).await {
                // The message may be deleted by now, or the server may not let the app in.
                self.cx.warn("receipt-not-shown", error.code());
            }
        }
    }
}
