//! How a conversation is stored, and read in one round trip.

use crate::error::CoreError;
use crate::host::{Host, StoreRead};
use crate::store::keys::{conversation_key, state_key};
use crate::store::load::Conversations;
use crate::store::thread_records::StoredThread;
use crate::store::{Record, kind};
use omni_domain::conversation::backlog::{BacklogCursor, BacklogStream, streams};
use omni_domain::message_record::MessageRecord;
use omni_domain::thread::state::ThreadBanner;

pub use omni_domain::conversation::{ArchivedEarly, Conversation, ConversationId, ConversationState, Unshown};

impl Record for ConversationState {
    const KIND: &'static str = "conversation";

    fn keys(&self) -> Vec<String> {
        vec![conversation_key(&self.id), state_key(&self.id)]
    }

    fn rank(&self) -> i64 {
        self.profile_at.or(self.opened_at).filter(|_| self.visitor.is_some()).unwrap_or_default()
    }
}

impl<H: Host> Conversations<H> {
    /// Reads all that is recent of a conversation, in one round trip.
    pub(crate) async fn conversation(&self, id: &ConversationId) -> Result<Conversation, CoreError> {
        let values = match self.cx.call(StoreRead { key: conversation_key(id) }).await {
            Ok(values) => values,
            Err(error) => {
                if error.code() == crate::host::TOO_LARGE {
                    self.set_overloaded(id);
                }
                return Err(error);
            }
        };
        let (mut heads, mut threads, mut notices, mut early) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut entries, mut backlog, mut cursors) = (Vec::new(), Vec::new(), Vec::new());
        for value in values {
            match kind(&value) {
                // Whatever is lost with one that does not read back is found again when it is needed.
                Some(ConversationState::KIND) => heads.push(value),
                Some(StoredThread::KIND) => threads.push(value),
                Some(ThreadBanner::KIND) => notices.push(value),
                Some(ArchivedEarly::KIND) => early.push(value),
                Some(BacklogStream::KIND) => backlog.extend(self.records.decode_or_log::<BacklogStream>(value)),
                Some(BacklogCursor::KIND) => cursors.extend(self.records.decode_or_log::<BacklogCursor>(value)),
                _ => entries.extend(self.records.decode_or_log::<MessageRecord>(value)),
            }
        }
        entries.sort_by(MessageRecord::by_age);
        let thread = self.records.only(threads).await?.map(|stored: StoredThread| stored.thread).unwrap_or_default();
        let head = self.records.only(heads).await?.unwrap_or_else(|| ConversationState::new(id.clone()));
        let (thread_notice, archived_early) = (self.records.only(notices).await?, self.records.only(early).await?);
        let backlog = streams(id, backlog, &cursors);
        let conversation =
            Conversation { head, thread, thread_notice, archived_early, backlog, half_shown: false, entries };
        self.note_load(&conversation);
        Ok(conversation)
    }

    /// Reads the conversation anew; the segments at hand stay at hand.
    pub(crate) async fn refresh(&self, conversation: &mut Conversation) -> Result<(), CoreError> {
        let before = std::mem::replace(conversation, self.conversation(&conversation.head.id.clone()).await?);
        conversation.keep_segments(before);
        Ok(())
    }
}
