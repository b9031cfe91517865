//! How a conversation is stored, and read in one round trip.

use super::backlog::{BacklogCursor, BacklogStream};
use super::entry::Entry;
use super::thread::StoredThread;
use super::{Record, StoreRead, kind};
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;
use omni_domain::conversation::backlog::streams;
use omni_domain::thread::state::Notice;

pub use omni_domain::conversation::{Conversation, ConversationId, FiledEarly, Head, Unshown};

/// The key under which everything recent of a conversation is stored.
pub(crate) fn conversation_key(id: &ConversationId) -> String {
    format!("conversation:{id}")
}

/// The key of what is known of a conversation beside its messages: it goes when the last of those does.
pub(crate) fn state_key(id: &ConversationId) -> String {
    format!("state:{id}")
}

impl Record for Head {
    const KIND: &'static str = "conversation";

    fn keys(&self) -> Vec<String> {
        vec![conversation_key(&self.id), state_key(&self.id)]
    }

    fn rank(&self) -> i64 {
        self.profile_at.or(self.opened_at).filter(|_| self.visitor.is_some()).unwrap_or_default()
    }
}

impl<H: Host> Session<H> {
    /// Reads all that is recent of a conversation, in one round trip.
    pub(crate) async fn conversation(&self, id: &ConversationId) -> Result<Conversation, CoreError> {
        let values = match self.call(StoreRead { key: conversation_key(id) }).await {
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
                Some(Head::KIND) => heads.extend(self.decode_or_log::<Head>(value)),
                Some(StoredThread::KIND) => threads.extend(self.decode_or_log::<StoredThread>(value)),
                Some(Notice::KIND) => notices.extend(self.decode_or_log::<Notice>(value)),
                Some(FiledEarly::KIND) => early.extend(self.decode_or_log::<FiledEarly>(value)),
                Some(BacklogStream::KIND) => backlog.extend(self.decode_or_log::<BacklogStream>(value)),
                Some(BacklogCursor::KIND) => cursors.extend(self.decode_or_log::<BacklogCursor>(value)),
                _ => entries.extend(self.decode_or_log::<Entry>(value)),
            }
        }
        entries.sort_by(Entry::by_age);
        let thread = self.only(threads).await?.map(|stored: StoredThread| stored.thread).unwrap_or_default();
        let head = self.only(heads).await?.unwrap_or_else(|| Head::new(id.clone()));
        let (thread_notice, filed_early) = (self.only(notices).await?, self.only(early).await?);
        let backlog = streams(id, backlog, &cursors);
        let conversation =
            Conversation { head, thread, thread_notice, filed_early, backlog, half_shown: false, entries };
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
