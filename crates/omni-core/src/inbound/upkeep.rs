//! Looking after what is stored: what a lost process left behind is finished, what is done is filed, what is old goes.

use crate::error::CoreError;
use crate::host::{Host, LogLevel, StoreRemove};
use crate::session::Session;
use crate::store::{
    Archive, BUCKET_MS, Conversation, ConversationId, DAY_MS, Entry, EntryState, Link, Record, SHARDS, SLICE_MS,
    bucket_key, day_key, slice_key,
};
use meta_wire::ids::Mid;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A slice of time is looked over this long after it ended, in milliseconds: by then a live worker is done, or has shown a
/// sign of life.
const LOOK_OVER_MS: i64 = 60_000;

/// A bucket of time is filed this long after it ended, in milliseconds: what Meta delivers late is recognised by the
/// entries at hand, and only what comes later still is looked for among the filed.
const FILE_MS: i64 = 2 * super::work::LATE_MS;

/// What came while no room was open waits this long for one, in milliseconds: as long as an agent can answer at all.
const ASIDE_MS: i64 = 7 * DAY_MS;

/// What was said in a thread that others answer is not worth showing after this long, in milliseconds.
const ASIDE_TALK_MS: i64 = DAY_MS;

/// How many slices are looked over at most in one run, how many buckets filed, how many days removed: a server that was
/// down for a week catches up run by run.
const MOST_SLICES: usize = 120;
const MOST_BUCKETS: usize = 12;
const MOST_DAYS: usize = 30;

/// How far back the first run of a walk begins, in its own steps.
const FIRST_STEPS: i64 = 10;

/// What is gone through in order of time, each with a record of how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Walk {
    /// Slices, for what a lost process left.
    LookOver,
    /// Buckets, for what can be filed.
    File,
    /// Days, for what is old.
    Remove,
}

/// How far a walk has got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    walk: Walk,
    /// The first number not visited.
    next: i64,
    /// Those before it in which something is left to do.
    again: BTreeSet<i64>,
}

impl Record for Progress {
    const KIND: &'static str = "progress";

    fn keys(&self) -> Vec<String> {
        vec![progress_key(self.walk)]
    }
}

fn progress_key(walk: Walk) -> String {
    let name = match walk {
        Walk::LookOver => "look-over",
        Walk::File => "file",
        Walk::Remove => "remove",
    };
    format!("progress:{name}")
}

impl Progress {
    /// What to visit in this run: the oldest first, up to `end`.
    fn due(&self, end: i64, most: usize) -> Vec<i64> {
        self.again.iter().copied().chain(self.next..end).take(most).collect()
    }

    fn visited(&mut self, number: i64, done: bool) {
        self.next = self.next.max(number.saturating_add(1));
        if done {
            self.again.remove(&number);
        } else {
            self.again.insert(number);
        }
    }
}

impl<H: Host> Session<H> {
    /// Each minute: what a lost process left behind is finished, what is done is filed. Filing may take long and goes on
    /// in the background.
    pub(crate) async fn inbound_tick(&self) -> Result<(), CoreError> {
        if !self.memory.filing.replace(true) {
            let session = self.clone();
            self.host.background(Box::pin(async move {
                if let Err(error) = session.file_buckets().await {
                    session.host.log(LogLevel::Error, "inbound-not-filed", error.code());
                }
                session.memory.filing.set(false);
            }));
        }
        self.look_over().await
    }

    /// Each day: what is older than the retention setting is removed.
    pub(crate) async fn inbound_daily(&self) -> Result<(), CoreError> {
        let days = self.settings().await?.retention_days;
        let end = self.now_ms().div_euclid(DAY_MS).saturating_sub(days);
        let mut progress = self.progress(Walk::Remove, DAY_MS).await?;
        for day in progress.due(end, MOST_DAYS) {
            for shard in 0..SHARDS {
                self.call(StoreRemove { keys: vec![day_key(day, shard)] }).await?;
            }
            progress.visited(day, true);
            self.put_record(&progress).await?;
        }
        Ok(())
    }

    async fn progress(&self, walk: Walk, length_ms: i64) -> Result<Progress, CoreError> {
        let found: Option<Progress> = self.read_records(&progress_key(walk)).await?.into_iter().next();
        match found {
            Some(progress) => Ok(progress),
            None => {
                let next = self.now_ms().div_euclid(length_ms).saturating_sub(FIRST_STEPS);
                let first = Progress { walk, next, again: BTreeSet::new() };
                self.create_record(&first).await?;
                Ok(first)
            }
        }
    }

    /// Finishes what still waits in slices of time that are over.
    async fn look_over(&self) -> Result<(), CoreError> {
        let mut progress = self.progress(Walk::LookOver, SLICE_MS).await?;
        let before = progress.clone();
        let end = self.now_ms().saturating_sub(LOOK_OVER_MS).div_euclid(SLICE_MS);
        for slice in progress.due(end, MOST_SLICES) {
            let done = self.look_over_slice(slice).await?;
            progress.visited(slice, done);
        }
        if progress != before {
            self.put_record(&progress).await?;
        }
        Ok(())
    }

    /// `true` when nothing of the slice waits any more.
    async fn look_over_slice(&self, slice: i64) -> Result<bool, CoreError> {
        let mut done = true;
        for shard in 0..SHARDS {
            let entries: Vec<Entry> = self.read_records(&slice_key(slice, shard)).await?;
            let pending = |entry: &Entry| matches!(entry.state, EntryState::Pending { .. });
            let unsent: BTreeSet<ConversationId> =
                entries.iter().filter(|entry| is_unsent(entry)).map(|entry| entry.conversation.clone()).collect();
            let left: BTreeSet<ConversationId> =
                entries.into_iter().filter(pending).map(|entry| entry.conversation).collect();
            for id in unsent {
                // From here on it is on the list of those that wait, unless that could not be written either.
                if let Err(error) = self.send_waiting(&id, false).await {
                    done = false;
                    self.host.log(LogLevel::Error, "outbound-unfinished", error.code());
                }
            }
            for id in left {
                self.warn("inbound-left-behind", id.channel.as_str());
                if let Err(error) = self.work_off(&id).await {
                    self.host.log(LogLevel::Error, "inbound-unfinished", error.code());
                }
                let now = self.conversation(&id).await?;
                done &= !now.entries.iter().any(pending);
            }
        }
        Ok(done)
    }

    async fn file_buckets(&self) -> Result<(), CoreError> {
        let mut progress = self.progress(Walk::File, BUCKET_MS).await?;
        let end = self.now_ms().saturating_sub(FILE_MS).div_euclid(BUCKET_MS);
        for bucket in progress.due(end, MOST_BUCKETS) {
            let before = progress.clone();
            let done = self.file_bucket(bucket).await?;
            progress.visited(bucket, done);
            if progress != before {
                self.put_record(&progress).await?;
            }
        }
        Ok(())
    }

    /// Files what is settled; `true` when that is all.
    async fn file_bucket(&self, bucket: i64) -> Result<bool, CoreError> {
        let mut all = true;
        for shard in 0..SHARDS {
            let key = bucket_key(bucket, shard);
            let entries: Vec<Entry> = self.read_records(&key).await?;
            let mut conversations: BTreeMap<ConversationId, Vec<Entry>> = BTreeMap::new();
            for entry in entries {
                conversations.entry(entry.conversation.clone()).or_default().push(entry);
            }
            for (id, entries) in conversations {
                all &= self.file_entries(&id, &key, entries).await?;
            }
        }
        Ok(all)
    }

    /// Files one conversation's entries of a bucket. The archive comes first: should this process end before the entries
    /// are removed, they are filed twice, and found all the same.
    async fn file_entries(&self, id: &ConversationId, bucket: &str, entries: Vec<Entry>) -> Result<bool, CoreError> {
        let _lock = self.lock(&id.to_string()).await;
        let (settled, waiting): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.is_settled() || self.is_stale_aside(entry));
        let Some(first) = settled.first() else { return Ok(waiting.is_empty()) };
        let archive = Archive {
            archive_id: self.random_hex(12),
            conversation: id.clone(),
            stored_at: first.stored_at,
            links: settled.iter().map(|entry| Link { kept: kept(entry), ..entry.link() }).collect(),
        };
        self.create_record(&archive).await?;
        self.fold_window(id, &settled).await?;
        if waiting.is_empty() {
            self.call(StoreRemove { keys: vec![id.key(), bucket.to_owned()] }).await?;
        } else {
            for entry in &settled {
                self.remove_record(entry).await?;
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

    fn is_stale_aside(&self, entry: &Entry) -> bool {
        let talk = ["message:", "echo:", "postback:"].iter().any(|kind| entry.identity.starts_with(kind));
        let most = if talk { ASIDE_TALK_MS } else { ASIDE_MS };
        matches!(entry.state, EntryState::Aside { .. }) && self.now_ms().saturating_sub(entry.stored_at) > most
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

fn is_unsent(entry: &Entry) -> bool {
    matches!(&entry.state, EntryState::Outgoing(outbox) if outbox.is_unsent())
}

/// The event goes along where it was not understood, or is still wanted.
fn kept(entry: &Entry) -> Option<crate::store::Kept> {
    match entry.state {
        EntryState::Aside { .. } => None,
        _ => entry.event().cloned(),
    }
}
