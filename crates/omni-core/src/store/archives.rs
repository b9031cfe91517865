//! Messages that are done, filed: small, found by either side's id, and removed when the retention setting says so.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, StoreRemove};
use crate::store::keys::{conversation_key, state_key};
use crate::store::load::Conversations;
use crate::store::message_records::{identity_key, shard};
use crate::store::{Record, Records};
use meta_wire::ids::Mid;
use omni_domain::conversation::{ArchivedEarly, Conversation, ConversationId};
use omni_domain::message_record::{Link, MessageRecord, MessageState};
use omni_domain::raw_event::RawEvent;
use omni_domain::timing::DAY_MS;
use serde::{Deserialize, Serialize};

/// What was filed together: settled messages of one conversation from one bucket of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Archive {
    /// Ours, random.
    pub archive_id: String,
    /// Whose.
    pub conversation: ConversationId,
    /// When the messages were stored first, Unix milliseconds: the day they count as.
    pub stored_at: i64,
    /// The page of that day it is on.
    pub page: u32,
    /// The messages, oldest first.
    pub links: Vec<Link>,
}

impl Record for Archive {
    const KIND: &'static str = "archive";

    fn keys(&self) -> Vec<String> {
        let id = &self.conversation;
        let day = self.stored_at.div_euclid(DAY_MS);
        let mut keys =
            vec![day_key(day, shard(id)), page_key(id, day, self.page), format!("archive:{}", self.archive_id)];
        for link in &self.links {
            keys.push(identity_key(id, &link.identity));
            keys.extend(link.mids.iter().map(|mid| Self::mid_key(id, mid)));
            keys.extend(link.message_ids.iter().map(|message| message_key(message)));
        }
        keys
    }
}

impl Archive {
    /// The key of what is filed of the message with this `mid`.
    pub(crate) fn mid_key(id: &ConversationId, mid: &Mid) -> String {
        format!("mid:{id}:{mid}")
    }
}

/// Says that something of a conversation counts as a day, so that the day is looked through without reading the messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedDay {
    /// Whose.
    pub conversation: ConversationId,
    /// By its number since 1970.
    pub day: i64,
    /// How many archives there are.
    pub archives: u32,
}

impl Record for ArchivedDay {
    const KIND: &'static str = "filed-day";

    fn keys(&self) -> Vec<String> {
        let id = &self.conversation;
        vec![days_of_all(self.day, shard(id)), days_of(id), Self::key(id, self.day)]
    }

    fn rank(&self) -> i64 {
        self.archives.into()
    }
}

impl ArchivedDay {
    fn key(id: &ConversationId, day: i64) -> String {
        format!("filed-day:{id}:{day}")
    }
}

/// The newest messages of agents that are filed: receipts come hours later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArchivedAnswers {
    /// Whose conversation.
    pub conversation: ConversationId,
    /// The messages, oldest first.
    pub links: Vec<Link>,
}

impl Record for ArchivedAnswers {
    const KIND: &'static str = "filed-answers";

    fn keys(&self) -> Vec<String> {
        vec![answers_key(&self.conversation), state_key(&self.conversation)]
    }

    fn rank(&self) -> i64 {
        self.links.iter().map(|link| link.event_at).max().unwrap_or_default()
    }
}

impl Record for ArchivedEarly {
    const KIND: &'static str = "filed-early";

    fn keys(&self) -> Vec<String> {
        let id = &self.conversation;
        vec![conversation_key(id), state_key(id), format!("filed-early:{id}")]
    }

    fn rank(&self) -> i64 {
        self.until
    }
}

/// How many messages an archive holds at most, and in bytes of what was kept of them.
const MOST_LINKS: usize = 50;
const MOST_BYTES: usize = 128 * 1024;

/// How many archives are removed at a time.
const PAGE: u32 = 16;

/// How many of the agents' messages are remembered for receipts.
const MOST_ANSWERS: usize = 50;

/// The key of everything filed that counts as a day, by its number since 1970.
pub(crate) fn day_key(day: i64, shard: u32) -> String {
    format!("day:{day}:{shard}")
}

fn page_key(id: &ConversationId, day: i64, page: u32) -> String {
    format!("filed:{id}:{day}:{page}")
}

fn days_of_all(day: i64, shard: u32) -> String {
    format!("filed-days:{day}:{shard}")
}

fn days_of(id: &ConversationId) -> String {
    format!("filed-days-of:{id}")
}

fn answers_key(id: &ConversationId) -> String {
    format!("filed-answers:{id}")
}

fn message_key(message_id: &str) -> String {
    format!("message:{message_id}")
}

service! {
    /// Archives messages that are done: small, found by either side's id, removed when the retention setting says so.
    pub(crate) Archives {
        cx: Context,
        conversations: Conversations,
        records: Records,
    }
}

impl<H: Host> Archives<H> {
    /// Both sides of the message with this `mid`, recent or filed.
    pub(crate) async fn find_link_by_mid(
        &self,
        conversation: &Conversation,
        mid: &Mid,
    ) -> Result<Option<Link>, CoreError> {
        let has = |link: &Link| link.mids.contains(mid);
        // A reaction to a message carries the message's mid in none of the two: only messages have links with mids.
        if let Some(link) = conversation.entries.iter().map(MessageRecord::link).find(has) {
            return Ok(Some(link));
        }
        self.archived(&Archive::mid_key(&conversation.head.id, mid), has).await
    }

    /// Both sides of the message with this id in Rocket.Chat, recent or filed.
    pub(crate) async fn find_link_by_message(
        &self,
        conversation: &Conversation,
        message_id: &str,
    ) -> Result<Option<Link>, CoreError> {
        let has = |link: &Link| link.message_ids.iter().any(|known| known == message_id);
        if let Some(link) = conversation.entries.iter().map(MessageRecord::link).find(has) {
            return Ok(Some(link));
        }
        self.archived(&message_key(message_id), has).await
    }

    /// Whether a message of this identity was taken and filed before.
    pub(crate) async fn was_archived(&self, id: &ConversationId, identity: &str) -> Result<bool, CoreError> {
        let archived: Vec<Archive> = self.records.read_records(&identity_key(id, identity)).await?;
        Ok(!archived.is_empty())
    }

    /// Files messages in which nothing is left to do. Their own records stay: should this process end before those are
    /// removed, the messages are filed twice, and found all the same.
    pub(crate) async fn file(&self, id: &ConversationId, settled: &[MessageRecord]) -> Result<(), CoreError> {
        let mut rest = settled;
        while let Some(first) = rest.first() {
            let mut bytes = 0_usize;
            let fits = |entry: &&MessageRecord| {
                bytes = bytes.saturating_add(kept(entry).map_or(0, |kept| kept.raw.as_str().len()));
                bytes <= MOST_BYTES
            };
            let count = rest.iter().take(MOST_LINKS).take_while(fits).count().max(1);
            let (some, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            rest = others;
            let day = first.stored_at.div_euclid(DAY_MS);
            let mut archived = self.archived_day(id, day).await?;
            let page = archived.archives / PAGE;
            archived.archives = archived.archives.saturating_add(1);
            self.records.put_record(&archived).await?;
            let links = some.iter().map(|entry| Link { kept: kept(entry), ..entry.link() }).collect();
            let (archive_id, conversation) = (self.cx.random_hex(12), id.clone());
            self.records
                .create_record(&Archive { archive_id, conversation, stored_at: first.stored_at, page, links })
                .await?;
        }
        self.note_answers(id, settled).await
    }

    async fn archived_day(&self, id: &ConversationId, day: i64) -> Result<ArchivedDay, CoreError> {
        let found = self.records.read_one(&ArchivedDay::key(id, day)).await?;
        Ok(found.unwrap_or_else(|| ArchivedDay { conversation: id.clone(), day, archives: 0 }))
    }

    async fn note_answers(&self, id: &ConversationId, settled: &[MessageRecord]) -> Result<(), CoreError> {
        let links = settled.iter().map(MessageRecord::link).filter(|link| link.outgoing && !link.mids.is_empty());
        let links: Vec<Link> = links.collect();
        if links.is_empty() {
            return Ok(());
        }
        let mut answers = self.archived_answers(id).await?;
        answers.links.extend(links);
        answers.links.sort_by_key(|link| link.event_at);
        answers.links.drain(..answers.links.len().saturating_sub(MOST_ANSWERS));
        self.records.put_record(&answers).await
    }

    /// The newest messages of agents that are filed.
    pub(crate) async fn archived_answers(&self, id: &ConversationId) -> Result<ArchivedAnswers, CoreError> {
        let found = self.records.read_one(&answers_key(id)).await?;
        Ok(found.unwrap_or_else(|| ArchivedAnswers { conversation: id.clone(), links: Vec::new() }))
    }

    /// Files messages of which others come so fast that they cannot stay at hand.
    pub(crate) async fn file_early(
        &self,
        conversation: &mut Conversation,
        settled: &[MessageRecord],
    ) -> Result<(), CoreError> {
        let Some(until) = settled.iter().map(|entry| entry.event_at).max() else { return Ok(()) };
        let id = conversation.head.id.clone();
        self.file(&id, settled).await?;
        let opened = settled.iter().filter(|entry| entry.opens_window).map(|entry| entry.event_at).max();
        let known = conversation.archived_early.as_ref();
        let until = known.map_or(until, |known| known.until.max(until));
        let opened_at = known.and_then(|known| known.opened_at).max(opened);
        let early = ArchivedEarly { conversation: id, until, opened_at };
        if known != Some(&early) {
            self.records.put_record(&early).await?;
            conversation.archived_early = Some(early);
        }
        Ok(())
    }

    /// Conversations of which something counts as the day.
    pub(crate) async fn archived_on(&self, day: i64, shard: u32) -> Result<Vec<ArchivedDay>, CoreError> {
        self.records.read_records(&days_of_all(day, shard)).await
    }

    /// The days as which something of the conversation counts.
    pub(crate) async fn days_archived(&self, id: &ConversationId) -> Result<Vec<i64>, CoreError> {
        let days: Vec<ArchivedDay> = self.records.read_records(&days_of(id)).await?;
        Ok(days.into_iter().map(|archived| archived.day).collect())
    }

    /// The conversation is come back to a day later, though nothing of it is filed as that.
    pub(crate) async fn note_day(&self, id: &ConversationId, day: i64) -> Result<(), CoreError> {
        let archived = self.archived_day(id, day).await?;
        self.records.put_record(&archived).await
    }

    /// Removes what was filed of a conversation as a day.
    pub(crate) async fn remove_archived(&self, archived: &ArchivedDay) -> Result<(), CoreError> {
        // Two processes that filed at once may have counted one page too few.
        for page in 0..=(archived.archives / PAGE).saturating_add(1) {
            self.cx.call(StoreRemove { keys: vec![page_key(&archived.conversation, archived.day, page)] }).await?;
        }
        self.records.remove_record(archived).await
    }

    async fn archived(&self, key: &str, has: impl Fn(&Link) -> bool) -> Result<Option<Link>, CoreError> {
        let archives: Vec<Archive> = self.records.read_records(key).await?;
        let found = archives.into_iter().flat_map(|archive| archive.links).filter(has);
        // A message that was refused, filed, and sent after all is filed twice.
        Ok(found.max_by_key(|link| !link.mids.is_empty()))
    }

    /// Drops the stored event of a message that is filed.
    pub(crate) async fn forget_archived_event(&self, conversation: &Conversation, mid: &Mid) -> Result<(), CoreError> {
        let key = Archive::mid_key(&conversation.head.id, mid);
        for mut archive in self.records.read_records::<Archive>(&key).await? {
            let mut changed = false;
            for link in archive.links.iter_mut().filter(|link| link.mids.contains(mid) && link.kept.is_some()) {
                link.kept = None;
                changed = true;
            }
            if changed {
                self.records.put_record(&archive).await?;
            }
        }
        Ok(())
    }
}

/// The event goes along where it was not understood, or is still wanted.
fn kept(entry: &MessageRecord) -> Option<RawEvent> {
    match entry.state {
        MessageState::AwaitingRoom { .. } => None,
        _ => entry.event().cloned(),
    }
}
