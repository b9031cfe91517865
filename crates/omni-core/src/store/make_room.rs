//! Files settled messages early, where they are more than should be read with every message.

use crate::error::CoreError;
use crate::host::Host;
use crate::store::archives::Archives;
use futures_util::future::join_all;
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::message_record::MessageRecord;

/// From so many settled messages on the older half is filed at once, and from so many bytes.
pub(crate) const MOST_SETTLED: usize = 100;

pub(crate) const MOST_SETTLED_BYTES: usize = 128 * 1024;

impl<H: Host> Archives<H> {
    /// Files the older half of what is settled, where that is more than should be read with every message.
    pub(crate) async fn make_room(&self, conversation: &mut Conversation) -> Result<(), CoreError> {
        let is_settled = |entry: &&MessageRecord| entry.segment.is_none() && entry.is_settled();
        let settled: Vec<&MessageRecord> = conversation.entries.iter().filter(is_settled).collect();
        let bytes: usize = settled.iter().filter_map(|entry| entry.event()).map(|event| event.raw.as_str().len()).sum();
        if settled.len() <= MOST_SETTLED && bytes <= MOST_SETTLED_BYTES {
            return Ok(());
        }
        let older: Vec<MessageRecord> =
            settled.iter().take(settled.len().div_ceil(2)).map(|entry| (*entry).clone()).collect();
        self.file_early(conversation, &older).await?;
        for removed in join_all(older.iter().map(|entry| self.records.remove_record(entry))).await {
            removed?;
        }
        conversation.entries.retain(|entry| !older.iter().any(|gone| gone.entry_id == entry.entry_id));
        Ok(())
    }

    /// The same for a conversation in which agents or the app wrote.
    pub(crate) async fn make_room_in(&self, id: &ConversationId) -> Result<(), CoreError> {
        let _lock = self.cx.lock(&id.to_string()).await;
        let mut conversation = self.conversations.conversation(id).await?;
        self.make_room(&mut conversation).await
    }
}
