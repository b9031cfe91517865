//! What a sweep does where it comes by: finishes, files, removes.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, LogLevel, StoreRemove, TOO_LARGE};
use crate::inbox::confirm_ask::Confirmation;
use crate::inbox::settle::Inbox;
use crate::inbox::suspect::SuspectWatch;
use crate::inbox::work::Turn;
use crate::outbox::twins::OutboxQueue;
use crate::store::Records;
use crate::store::archives::{Archives, day_key};
use crate::store::backlogs::Backlogs;
use crate::store::keys::{conversation_key, state_key};
use crate::store::load::Conversations;
use crate::store::message_records::{SHARDS, bucket_key, slice_key};
use futures_util::future::join_all;
use omni_domain::conversation::turn::{is_suspect, rests};
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::message_record::{ASIDE_MS, MessageRecord};
use omni_domain::timing::DAY_MS;
use std::collections::BTreeMap;

/// How many turns such a conversation has in one run: as much as waits where it is read at once.
pub(crate) const MOST_TURNS: usize = 10;

pub(crate) fn by_conversation(entries: Vec<MessageRecord>) -> BTreeMap<ConversationId, Vec<MessageRecord>> {
    let mut conversations: BTreeMap<ConversationId, Vec<MessageRecord>> = BTreeMap::new();
    for entry in entries {
        conversations.entry(entry.conversation.clone()).or_default().push(entry);
    }
    conversations
}

/// How many conversations that a lost process left are worked on side by side.
pub(crate) const SIDE_BY_SIDE: usize = 8;

service! {
    /// Looks after what is stored: finishes what a lost process left, archives what is settled, removes what is old.
    pub(crate) Retention {
        archives: Archives,
        backlogs: Backlogs,
        confirmation: Confirmation,
        cx: Context,
        conversations: Conversations,
        inbox: Inbox,
        outbox_queue: OutboxQueue,
        records: Records,
        suspect_watch: SuspectWatch,
    }
}

impl<H: Host> Retention<H> {
    /// Finishes what still waits in a slice of time that is over; `true` when nothing of it waits any more.
    pub(crate) async fn look_over_slice(&self, slice: i64) -> Result<bool, CoreError> {
        let mut done = true;
        let suspects = self.suspect_watch.suspects().await?;
        for shard in 0..SHARDS {
            let entries: Vec<MessageRecord> = match self.records.read_records(&slice_key(slice, shard)).await {
                Err(error) if error.code() == TOO_LARGE => {
                    self.cx.host.log(LogLevel::Error, "slice-too-large", error.code());
                    done = false;
                    continue;
                }
                entries => entries?,
            };
            let conversations = by_conversation(entries);
            let having = |which: fn(&MessageRecord) -> bool| {
                conversations.iter().filter(move |(_, entries)| entries.iter().any(which))
            };
            for (id, _) in having(MessageRecord::is_unsent) {
                // From here on it is on the list of those that wait, unless that could not be written either.
                if let Err(error) = self.outbox_queue.send_waiting(id, false).await {
                    done = false;
                    self.cx.host.log(LogLevel::Error, "outbound-unfinished", error.code());
                }
            }
            let (alone, together): (Vec<_>, Vec<_>) = having(MessageRecord::is_pending)
                .partition(|(id, entries)| suspects.goes_alone(id) || entries.iter().any(is_suspect));
            for some in together.chunks(SIDE_BY_SIDE).chain(alone.chunks(1)) {
                let finishing =
                    some.iter().map(|(id, _)| self.suspect_watch.carefully(&suspects, id, self.finish_left_behind(id)));
                for finished in join_all(finishing).await {
                    // One conversation's trouble does not keep the others from their turn.
                    done &= finished.unwrap_or_else(|error| {
                        self.cx.host.log(LogLevel::Error, "inbound-unfinished", error.code());
                        None
                    }) == Some(true);
                }
            }
        }
        Ok(done)
    }

    /// `true` when nothing of the conversation waits for a process any more.
    pub(crate) async fn finish_left_behind(&self, id: &ConversationId) -> Result<bool, CoreError> {
        let now = self.cx.now_ms();
        if self.conversations.conversation(id).await?.entries.iter().any(|entry| rests(entry, now)) {
            return Ok(false);
        }
        self.cx.warn("inbound-left-behind", id.channel.as_str());
        for _ in 0..MOST_TURNS {
            match self.inbox.work_a_turn(id).await {
                Ok(Turn::More) => {}
                Ok(Turn::Over) => break,
                Err(error) => {
                    self.cx.host.log(LogLevel::Error, "inbound-unfinished", error.code());
                    break;
                }
            }
        }
        Ok(!self.conversations.conversation(id).await?.entries.iter().any(MessageRecord::is_pending))
    }

    /// Files what is settled of a bucket; `true` when that is all.
    pub(crate) async fn file_bucket(&self, bucket: i64) -> Result<bool, CoreError> {
        let mut all = true;
        for shard in 0..SHARDS {
            let key = bucket_key(bucket, shard);
            let (entries, unreadable) = match self.records.read_readable::<MessageRecord>(&key).await {
                Err(error) if error.code() == TOO_LARGE => {
                    self.cx.host.log(LogLevel::Error, "bucket-too-large", error.code());
                    all = false;
                    continue;
                }
                read => read?,
            };
            // What does not read back stays for a version that reads it.
            let at_once = (unreadable == 0).then_some(key.as_str());
            for (id, entries) in by_conversation(entries) {
                all &= self.file_entries(&id, at_once, entries).await?;
            }
        }
        Ok(all)
    }

    /// Removes what was filed of a day, and whatever else is known of conversations in which nothing happened since.
    pub(crate) async fn remove_day(&self, day: i64) -> Result<bool, CoreError> {
        for shard in 0..SHARDS {
            // A conversation's turn on the list is over last: should this process end before, it is found again.
            for archived in self.archives.archived_on(day, shard).await? {
                self.forget_dormant(&archived.conversation, day).await?;
                self.archives.remove_archived(&archived).await?;
            }
            self.cx.call(StoreRemove { keys: vec![day_key(day, shard)] }).await?;
        }
        Ok(true)
    }

    pub(crate) async fn forget_dormant(&self, id: &ConversationId, day: i64) -> Result<(), CoreError> {
        let _lock = self.cx.lock(&id.to_string()).await;
        let conversation = self.conversations.conversation(id).await?;
        let later = |at: i64| at.div_euclid(DAY_MS) > day;
        let is_empty = conversation.entries.is_empty() && !conversation.has_backlog();
        if !is_empty || conversation.opened_at().is_some_and(later) {
            return Ok(());
        }
        if self.archives.days_archived(id).await?.iter().any(|archived| *archived > day) {
            return Ok(());
        }
        let answerable = |at: i64| self.cx.now_ms().saturating_sub(at) < ASIDE_MS;
        if conversation.head.room_id.is_some() || conversation.opened_at().is_some_and(answerable) {
            // Its turn comes when nothing has happened for as long once more.
            return self.archives.note_day(id, self.cx.now_ms().div_euclid(DAY_MS)).await;
        }
        self.cx.call(StoreRemove { keys: vec![state_key(id)] }).await.map(|_| ())
    }

    /// Archives one conversation's message records of a bucket. The archive comes first: should this process end before the
    /// records are removed, they are archived twice, and found all the same.
    pub(crate) async fn file_entries(
        &self,
        id: &ConversationId,
        bucket: Option<&str>,
        entries: Vec<MessageRecord>,
    ) -> Result<bool, CoreError> {
        let _lock = self.cx.lock(&id.to_string()).await;
        let (settled, waiting): (Vec<MessageRecord>, Vec<MessageRecord>) =
            entries.into_iter().partition(|entry| entry.is_settled() || entry.is_stale_aside(self.cx.now_ms()));
        if settled.is_empty() {
            return Ok(waiting.is_empty());
        }
        self.archives.file(id, &settled).await?;
        self.fold_window(id, &settled).await?;
        match bucket.filter(|_| waiting.is_empty()) {
            Some(bucket) => {
                self.cx.call(StoreRemove { keys: vec![conversation_key(id), bucket.to_owned()] }).await?;
            }
            None => {
                for entry in &settled {
                    self.records.remove_record(entry).await?;
                }
            }
        }
        Ok(waiting.is_empty())
    }

    /// The messaging window stays open for a week in the conversation's state when its message records go.
    pub(crate) async fn fold_window(&self, id: &ConversationId, settled: &[MessageRecord]) -> Result<(), CoreError> {
        let opened = settled.iter().filter(|entry| entry.opens_window).map(|entry| entry.event_at).max();
        if opened.is_none() || id.is_of_account() {
            return Ok(());
        }
        let Conversation { mut head, .. } = self.conversations.conversation(id).await?;
        if opened > head.opened_at {
            head.opened_at = opened;
            self.records.put_record(&head).await?;
        }
        Ok(())
    }
}
