//! Looking after what is stored: what a lost process left behind is finished, what is done is filed, what is old goes.

use super::work::Turn;
use crate::error::CoreError;
use crate::host::{Host, LogLevel, StoreRemove, TOO_LARGE};
use crate::session::Session;
use crate::store::{
    Archive, BUCKET_MS, Conversation, ConversationId, Entry, Record, SHARDS, SLICE_MS, bucket_key, conversation_key,
    day_key, slice_key, state_key,
};
use futures_util::future::join_all;
use meta_wire::ids::Mid;
use omni_domain::conversation::turn::{is_suspect, rests};
use omni_domain::message_record::ASIDE_MS;
use omni_domain::sweep::{MOST_AGAIN, Progress, Walk};
use omni_domain::timing::{DAY_MS, in_turn};
use std::collections::{BTreeMap, BTreeSet};

/// A slice of time is looked over this long after it ended, in milliseconds: by then a live worker is done, or has shown a
/// sign of life.
const LOOK_OVER_MS: i64 = 60_000;

/// A bucket of time is filed this long after it ended, in milliseconds: what Meta delivers late is recognised by the
/// entries at hand, and only what comes later still is looked for among the filed.
const FILE_MS: i64 = 2 * super::work::LATE_MS;

/// How far back the first run of a walk begins, in its own steps.
const FIRST_STEPS: i64 = 10;

/// How many conversations that a lost process left are worked on side by side.
const SIDE_BY_SIDE: usize = 8;

/// How many turns such a conversation has in one run: as much as waits where it is read at once.
const MOST_TURNS: usize = 10;

impl Record for Progress {
    const KIND: &'static str = "progress";

    fn keys(&self) -> Vec<String> {
        vec![progress_key(self.walk)]
    }

    fn rank(&self) -> i64 {
        // What was visited before is visited once more.
        -self.next
    }
}

/// How much time one number stands for, in milliseconds.
fn step_ms(walk: Walk) -> i64 {
    match walk {
        Walk::LookOver => SLICE_MS,
        Walk::File => BUCKET_MS,
        Walk::Remove => DAY_MS,
    }
}

fn progress_key(walk: Walk) -> String {
    format!("progress:{}", walk.name())
}

impl<H: Host> Session<H> {
    /// Each minute: what a lost process left behind is finished, what is done is filed.
    pub(crate) fn inbound_tick(&self) {
        self.confirm_in_background();
        self.begin(Walk::LookOver);
        self.begin(Walk::File);
        self.once_in_background("backlogs", async move |session| session.tend_backlogs().await);
    }

    /// Each day: what is older than the retention setting is removed.
    pub(crate) fn inbound_daily(&self) {
        self.begin(Walk::Remove);
    }

    fn begin(&self, walk: Walk) {
        self.once_in_background(walk.name(), async move |session| session.go(walk).await);
    }

    async fn go(&self, walk: Walk) -> Result<(), CoreError> {
        let mut progress = self.progress(walk).await?;
        let now = self.now_ms();
        let end = match walk {
            Walk::LookOver => now.saturating_sub(LOOK_OVER_MS).div_euclid(SLICE_MS),
            Walk::File => now.saturating_sub(FILE_MS).div_euclid(BUCKET_MS),
            Walk::Remove => now.div_euclid(DAY_MS).saturating_sub(self.settings().await?.retention_days),
        };
        for number in progress.due(end, now.div_euclid(SLICE_MS)) {
            let before = progress.clone();
            let visit = match walk {
                Walk::LookOver => self.look_over_slice(number).await,
                Walk::File => self.file_bucket(number).await,
                Walk::Remove => self.remove_day(number).await,
            };
            // What fails is come back to, and does not keep the others from their turn for ever.
            progress.visited(number, matches!(visit, Ok(true)));
            if progress != before {
                self.put_record(&progress).await?;
            }
            visit?;
        }
        Ok(())
    }

    async fn progress(&self, walk: Walk) -> Result<Progress, CoreError> {
        let found: Option<Progress> = self.read_one(&progress_key(walk)).await?;
        match found {
            Some(progress) => Ok(progress),
            None => {
                let next = self.now_ms().div_euclid(step_ms(walk)).saturating_sub(FIRST_STEPS);
                let first = Progress { walk, next, again: BTreeSet::new() };
                self.create_record(&first).await?;
                Ok(first)
            }
        }
    }

    /// Finishes what still waits in a slice of time that is over; `true` when nothing of it waits any more.
    async fn look_over_slice(&self, slice: i64) -> Result<bool, CoreError> {
        let mut done = true;
        let suspects = self.suspects().await?;
        for shard in 0..SHARDS {
            let entries: Vec<Entry> = match self.read_records(&slice_key(slice, shard)).await {
                Err(error) if error.code() == TOO_LARGE => {
                    self.host.log(LogLevel::Error, "slice-too-large", error.code());
                    done = false;
                    continue;
                }
                entries => entries?,
            };
            let conversations = by_conversation(entries);
            let having =
                |which: fn(&Entry) -> bool| conversations.iter().filter(move |(_, entries)| entries.iter().any(which));
            for (id, _) in having(Entry::is_unsent) {
                // From here on it is on the list of those that wait, unless that could not be written either.
                if let Err(error) = self.send_waiting(id, false).await {
                    done = false;
                    self.host.log(LogLevel::Error, "outbound-unfinished", error.code());
                }
            }
            let (alone, together): (Vec<_>, Vec<_>) = having(Entry::is_pending)
                .partition(|(id, entries)| suspects.goes_alone(id) || entries.iter().any(is_suspect));
            for some in together.chunks(SIDE_BY_SIDE).chain(alone.chunks(1)) {
                let finishing = some.iter().map(|(id, _)| self.carefully(&suspects, id, self.finish_left_behind(id)));
                for finished in join_all(finishing).await {
                    // One conversation's trouble does not keep the others from their turn.
                    done &= finished.unwrap_or_else(|error| {
                        self.host.log(LogLevel::Error, "inbound-unfinished", error.code());
                        None
                    }) == Some(true);
                }
            }
        }
        Ok(done)
    }

    /// `true` when nothing of the conversation waits for a process any more.
    async fn finish_left_behind(&self, id: &ConversationId) -> Result<bool, CoreError> {
        let now = self.now_ms();
        if self.conversation(id).await?.entries.iter().any(|entry| rests(entry, now)) {
            return Ok(false);
        }
        self.warn("inbound-left-behind", id.channel.as_str());
        for _ in 0..MOST_TURNS {
            match self.work_a_turn(id).await {
                Ok(Turn::More) => {}
                Ok(Turn::Over) => break,
                Err(error) => {
                    self.host.log(LogLevel::Error, "inbound-unfinished", error.code());
                    break;
                }
            }
        }
        Ok(!self.conversation(id).await?.entries.iter().any(Entry::is_pending))
    }

    /// Each minute: conversations of which much waits go on, of any process, a few messages of each at a time.
    async fn tend_backlogs(&self) -> Result<(), CoreError> {
        let all = self.backlogs().await?;
        let suspects = self.suspects().await?;
        let began = self.now_ms();
        let mut ids: Vec<ConversationId> =
            in_turn(all.iter(), all.len(), MOST_AGAIN, began.div_euclid(SLICE_MS)).cloned().collect();
        while !ids.is_empty() && self.now_ms().saturating_sub(began) < SLICE_MS {
            let mut again = Vec::new();
            let (alone, together): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| suspects.goes_alone(id));
            for some in together.chunks(SIDE_BY_SIDE).chain(alone.chunks(1)) {
                let turns = some.iter().map(|id| self.carefully(&suspects, id, self.work_a_turn(id)));
                let turns = join_all(turns).await;
                for (id, turn) in some.iter().zip(turns) {
                    match turn {
                        Ok(Some(Turn::More)) => again.push(id.clone()),
                        Ok(Some(Turn::Over) | None) => {}
                        // One conversation's trouble does not keep the others from their turn.
                        Err(error) => self.host.log(LogLevel::Error, "inbound-unfinished", error.code()),
                    }
                }
            }
            ids = again;
        }
        Ok(())
    }

    /// Files what is settled of a bucket; `true` when that is all.
    async fn file_bucket(&self, bucket: i64) -> Result<bool, CoreError> {
        let mut all = true;
        for shard in 0..SHARDS {
            let key = bucket_key(bucket, shard);
            let (entries, unreadable) = match self.read_readable::<Entry>(&key).await {
                Err(error) if error.code() == TOO_LARGE => {
                    self.host.log(LogLevel::Error, "bucket-too-large", error.code());
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
    async fn remove_day(&self, day: i64) -> Result<bool, CoreError> {
        for shard in 0..SHARDS {
            // A conversation's turn on the list is over last: should this process end before, it is found again.
            for filed in self.filed_on(day, shard).await? {
                self.forget_dormant(&filed.conversation, day).await?;
                self.remove_filed(&filed).await?;
            }
            self.call(StoreRemove { keys: vec![day_key(day, shard)] }).await?;
        }
        Ok(true)
    }

    async fn forget_dormant(&self, id: &ConversationId, day: i64) -> Result<(), CoreError> {
        let _lock = self.lock(&id.to_string()).await;
        let conversation = self.conversation(id).await?;
        let later = |at: i64| at.div_euclid(DAY_MS) > day;
        let is_empty = conversation.entries.is_empty() && !conversation.has_backlog();
        if !is_empty || conversation.opened_at().is_some_and(later) {
            return Ok(());
        }
        if self.days_filed(id).await?.iter().any(|filed| *filed > day) {
            return Ok(());
        }
        let answerable = |at: i64| self.now_ms().saturating_sub(at) < ASIDE_MS;
        if conversation.head.room_id.is_some() || conversation.opened_at().is_some_and(answerable) {
            // Its turn comes when nothing has happened for as long once more.
            return self.note_day(id, self.now_ms().div_euclid(DAY_MS)).await;
        }
        self.call(StoreRemove { keys: vec![state_key(id)] }).await.map(|_| ())
    }

    /// Files one conversation's entries of a bucket. The archive comes first: should this process end before the entries
    /// are removed, they are filed twice, and found all the same.
    async fn file_entries(
        &self,
        id: &ConversationId,
        bucket: Option<&str>,
        entries: Vec<Entry>,
    ) -> Result<bool, CoreError> {
        let _lock = self.lock(&id.to_string()).await;
        let (settled, waiting): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.is_settled() || entry.is_stale_aside(self.now_ms()));
        if settled.is_empty() {
            return Ok(waiting.is_empty());
        }
        self.file(id, &settled).await?;
        self.fold_window(id, &settled).await?;
        match bucket.filter(|_| waiting.is_empty()) {
            Some(bucket) => {
                self.call(StoreRemove { keys: vec![conversation_key(id), bucket.to_owned()] }).await?;
            }
            None => {
                for entry in &settled {
                    self.remove_record(entry).await?;
                }
            }
        }
        Ok(waiting.is_empty())
    }

    /// The messaging window stays open for a week in the head when its entries go.
    async fn fold_window(&self, id: &ConversationId, settled: &[Entry]) -> Result<(), CoreError> {
        let opened = settled.iter().filter(|entry| entry.opens_window).map(|entry| entry.event_at).max();
        if opened.is_none() || id.is_of_account() {
            return Ok(());
        }
        let Conversation { mut head, .. } = self.conversation(id).await?;
        if opened > head.opened_at {
            head.opened_at = opened;
            self.put_record(&head).await?;
        }
        Ok(())
    }

    /// Drops the stored event of a message that is filed.
    pub(super) async fn forget_filed_event(&self, conversation: &Conversation, mid: &Mid) -> Result<(), CoreError> {
        let key = Archive::mid_key(&conversation.head.id, mid);
        for mut archive in self.read_records::<Archive>(&key).await? {
            let mut changed = false;
            for link in archive.links.iter_mut().filter(|link| link.mids.contains(mid) && link.kept.is_some()) {
                link.kept = None;
                changed = true;
            }
            if changed {
                self.put_record(&archive).await?;
            }
        }
        Ok(())
    }
}

fn by_conversation(entries: Vec<Entry>) -> BTreeMap<ConversationId, Vec<Entry>> {
    let mut conversations: BTreeMap<ConversationId, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        conversations.entry(entry.conversation.clone()).or_default().push(entry);
    }
    conversations
}
