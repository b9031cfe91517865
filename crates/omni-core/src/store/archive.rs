//! Messages that are done, filed: small, found by either side's id, and removed when the retention setting says so.

use super::entry::{Kept, shard};
use super::{Conversation, ConversationId, Record};
use crate::error::CoreError;
use crate::host::{Host, StoreRead};
use crate::session::Session;
use meta_wire::ids::Mid;
use serde::{Deserialize, Serialize};

/// Filed messages are removed by days of this length, in milliseconds.
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The two sides of one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// As in [`Entry::identity`](super::Entry::identity).
    pub identity: String,
    /// Meta's ids: several for an agent's message that was cut.
    pub mids: Vec<Mid>,
    /// The room it is in.
    pub room_id: Option<String>,
    /// Rocket.Chat's ids: several for a customer's message with files.
    pub message_ids: Vec<String>,
    /// When it happened, Unix milliseconds.
    pub event_at: i64,
    /// Written by an agent.
    pub outgoing: bool,
    /// The event, when it was not understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
}

/// What was filed together: settled messages of one conversation from one bucket of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Archive {
    /// Ours, random.
    pub archive_id: String,
    /// Whose.
    pub conversation: ConversationId,
    /// When the messages were stored first, Unix milliseconds: the day they count as.
    pub stored_at: i64,
    /// The messages, oldest first.
    pub links: Vec<Link>,
}

impl Record for Archive {
    const KIND: &'static str = "archive";

    fn keys(&self) -> Vec<String> {
        let id = &self.conversation;
        let mut keys = vec![
            day_key(self.stored_at.div_euclid(DAY_MS), shard(id)),
            archive_key(id),
            format!("archive:{}", self.archive_id),
        ];
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

/// The key of everything filed that counts as a day, by its number since 1970.
pub(crate) fn day_key(day: i64, shard: u32) -> String {
    format!("day:{day}:{shard}")
}

/// The key of everything filed of a conversation.
pub(crate) fn archive_key(id: &ConversationId) -> String {
    format!("filed:{id}")
}

fn identity_key(id: &ConversationId, identity: &str) -> String {
    format!("seen:{id}:{identity}")
}

fn message_key(message_id: &str) -> String {
    format!("message:{message_id}")
}

impl<H: Host> Session<H> {
    /// Both sides of the message with this `mid`, recent or filed.
    pub(crate) async fn find_link_by_mid(
        &self,
        conversation: &Conversation,
        mid: &Mid,
    ) -> Result<Option<Link>, CoreError> {
        let has = |link: &Link| link.mids.contains(mid);
        // A reaction to a message carries the message's mid in none of the two: only messages have links with mids.
        if let Some(link) = conversation.entries.iter().map(super::Entry::link).find(has) {
            return Ok(Some(link));
        }
        self.filed(&Archive::mid_key(&conversation.head.id, mid), has).await
    }

    /// Both sides of the message with this id in Rocket.Chat, recent or filed.
    pub(crate) async fn find_link_by_message(
        &self,
        conversation: &Conversation,
        message_id: &str,
    ) -> Result<Option<Link>, CoreError> {
        let has = |link: &Link| link.message_ids.iter().any(|known| known == message_id);
        if let Some(link) = conversation.entries.iter().map(super::Entry::link).find(has) {
            return Ok(Some(link));
        }
        self.filed(&message_key(message_id), has).await
    }

    /// Whether a message of this identity was taken and filed before.
    pub(crate) async fn was_filed(&self, id: &ConversationId, identity: &str) -> Result<bool, CoreError> {
        Ok(!self.call(StoreRead { key: identity_key(id, identity) }).await?.is_empty())
    }

    async fn filed(&self, key: &str, has: impl Fn(&Link) -> bool) -> Result<Option<Link>, CoreError> {
        let archives: Vec<Archive> = self.read_records(key).await?;
        let found = archives.into_iter().flat_map(|archive| archive.links).filter(has);
        // A message that was refused, filed, and sent after all is filed twice.
        Ok(found.max_by_key(|link| !link.mids.is_empty()))
    }
}
