//! One customer's thread with one account, and all the main paths need of it in a single read.

pub mod backlog;
mod id;
mod state;
pub mod turn;

pub use id::ConversationId;
pub use state::{ArchivedEarly, ConversationState, Unshown};

use crate::message_record::MessageRecord;
use crate::thread::state::{Thread, ThreadBanner};
use backlog::Stream;

/// A conversation as one read shows it.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// What changes rarely.
    pub head: ConversationState,
    /// Who may answer.
    pub thread: Thread,
    /// The line in the room that shows it.
    pub thread_notice: Option<ThreadBanner>,
    /// What was filed before its time.
    pub archived_early: Option<ArchivedEarly>,
    /// What waits beyond the entries at hand, oldest stream first.
    pub backlog: Vec<Stream>,
    /// Another process read the segments at hand before: it may have ended in the midst of a message.
    pub half_shown: bool,
    /// Recent messages both ways, by [`MessageRecord::by_age`]; behind them those of the segments at hand.
    pub entries: Vec<MessageRecord>,
}

impl Conversation {
    /// Latest event that opened the messaging window, Unix milliseconds.
    pub fn opened_at(&self) -> Option<i64> {
        let recent = self.entries.iter().filter(|entry| entry.opens_window).map(|entry| entry.event_at).max();
        let early = self.archived_early.as_ref().and_then(|early| early.opened_at);
        let waiting = self.backlog.iter().filter_map(|one| one.stream.opened_at).max();
        recent.max(early).max(waiting).max(self.head.opened_at)
    }

    /// Whether anything of it still has to be shown to an agent.
    pub fn waits(&self) -> bool {
        self.has_backlog() || self.entries.iter().any(MessageRecord::waits)
    }

    /// Takes note of what became of an entry that is stored like this by now.
    pub fn put(&mut self, entry: MessageRecord) {
        match self.entries.iter_mut().find(|known| known.entry_id == entry.entry_id) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }

    /// The state of the thread at this moment.
    pub fn thread_at(&self, now: i64) -> Thread {
        self.thread.at(now, self.opened_at())
    }

    /// Whether something waits in segments.
    pub fn has_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Since when there is a backlog, Unix milliseconds.
    pub fn backlog_since(&self) -> Option<i64> {
        self.backlog.iter().map(|one| one.stream.since).min()
    }

    /// How many messages of the customer wait in segments.
    pub fn messages_in_backlog(&self) -> u64 {
        let (mut there, mut gone) = (0_u64, 0_u64);
        for Stream { stream, cursor, .. } in &self.backlog {
            there = there.saturating_add(stream.messages);
            gone = gone.saturating_add(cursor.done).saturating_add(stream.withdrawn);
        }
        there.saturating_sub(gone)
    }

    /// Takes over the segments that were at hand when it was read before.
    pub fn keep_segments(&mut self, before: Self) {
        let pulled: Vec<MessageRecord> = before.entries.into_iter().filter(|entry| entry.segment.is_some()).collect();
        for old in before.backlog.into_iter().filter(|old| old.pulled.is_some()) {
            match self.backlog.iter_mut().find(|one| one.stream.stream_id == old.stream.stream_id) {
                Some(one) => {
                    (one.pulled, one.complete, one.unreadable) = (old.pulled, old.complete, old.unreadable);
                    one.cursor = old.cursor;
                }
                // Not to be lost sight of while it is being read: the lease to it is this process's.
                None => self.backlog.push(old),
            }
        }
        self.half_shown = before.half_shown;
        self.entries.extend(pulled);
    }
}
