//! How the marks that the app has put on messages are stored, so that they can be taken off again.

use crate::error::CoreError;
use crate::host::Host;
use crate::store::archives::day_key;
use crate::store::keys::state_key;
use crate::store::message_records::shard;
use crate::store::{Record, Records};
use omni_domain::conversation::ConversationId;
use omni_domain::timing::DAY_MS;

pub use omni_domain::customer_reaction::CustomerReaction;
pub use omni_domain::receipts::{Receipt, Receipts};

impl Record for CustomerReaction {
    const KIND: &'static str = "mark";

    fn keys(&self) -> Vec<String> {
        let day = day_key(self.made_at.div_euclid(DAY_MS), shard(&self.conversation));
        vec![mark_key(&self.message_id), day]
    }
}

fn mark_key(message_id: &str) -> String {
    format!("mark:{message_id}")
}

impl Record for Receipts {
    const KIND: &'static str = "receipts";

    fn keys(&self) -> Vec<String> {
        vec![receipts_key(&self.conversation), state_key(&self.conversation)]
    }
}

fn receipts_key(id: &ConversationId) -> String {
    format!("receipts:{id}")
}

service! {
    /// Stores the reactions and receipts that the app has put on messages, so that they can be taken off again.
    pub(crate) ReactionRecords {
        records: Records,
    }
}

impl<H: Host> ReactionRecords<H> {
    pub(crate) async fn mark_of(&self, message_id: &str) -> Result<Option<CustomerReaction>, CoreError> {
        self.records.read_one(&mark_key(message_id)).await
    }

    pub(crate) async fn receipts_of(&self, id: &ConversationId) -> Result<Receipts, CoreError> {
        let found = self.records.read_one(&receipts_key(id)).await?;
        Ok(found.unwrap_or_else(|| Receipts { conversation: id.clone(), delivered: None, read: None }))
    }
}
