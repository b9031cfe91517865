//! The Conversations API: what was written before, or while webhooks were off.
//!
//! [Conversations](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations)
//! (read 2026-11-20). Two calls a second per account; only the 20 newest messages of a conversation carry more than their id;
//! Instagram leaves out conversations in *Requests* idle for 30 days.

use super::accounts::ListPart;
use super::error::filled;
use super::graph::{Business, Graph};
use super::send::on_route;
use super::{HttpRequest, RequestError};
use crate::ids::{Mid, ScopedUserId};
use crate::platform::Platform;

/// `GET /{node}/conversations`: the account's conversations, newest first, or the one with a person. Answered by
/// [`Listing`](crate::answer::Listing) of [`Conversation`](crate::answer::Conversation).
///
/// # Errors
/// [`RequestError`] for an id that is none.
pub fn conversations(
    graph: &Graph,
    business: &Business,
    person: Option<&ScopedUserId>,
    part: ListPart<'_>,
) -> Result<HttpRequest, RequestError> {
    on_route(graph, business, "conversations")?;
    let limit = part.limit.to_string();
    let mut query = vec![("platform", business.platform.as_str()), ("fields", "id,updated_time"), ("limit", &limit)];
    if let Some(person) = person {
        filled("user_id", person.as_str())?;
        query.push(("user_id", person.as_str()));
    }
    query.extend(part.after.map(|cursor| ("after", cursor)));
    graph.get(&[&business.node, "conversations"], &query)
}

/// `GET /{node}/conversations` with the newest messages of the one with a person, in one call. Meta tells more than the id of
/// 20 at most. Answered by [`Listing`](crate::answer::Listing) of
/// [`RecentMessages`](crate::answer::RecentMessages).
///
/// # Errors
/// As [`conversations`].
pub fn recent(
    graph: &Graph,
    business: &Business,
    person: &ScopedUserId,
    limit: u8,
) -> Result<HttpRequest, RequestError> {
    on_route(graph, business, "conversations")?;
    filled("user_id", person.as_str())?;
    let fields = format!("messages.limit({limit}){{id,created_time,from,message}}");
    let query = [("platform", business.platform.as_str()), ("fields", &*fields), ("user_id", person.as_str())];
    graph.get(&[&business.node, "conversations"], &query)
}

/// `GET /{conversation}/messages`: ids and times of its messages, newest first. Answered by
/// [`Listing`](crate::answer::Listing) of [`MessageStub`](crate::answer::MessageStub).
///
/// # Errors
/// As [`conversations`].
pub fn messages(graph: &Graph, conversation: &str, after: Option<&str>) -> Result<HttpRequest, RequestError> {
    let mut query = vec![("fields", "id,created_time")];
    query.extend(after.map(|cursor| ("after", cursor)));
    graph.get(&[conversation, "messages"], &query)
}

/// How much of a message is asked for, most first. One field that Meta does not know for it fails the whole call with error
/// 100: ask for less then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageDetail {
    /// Everything that can be shown.
    #[default]
    Full,
    /// Words and files.
    Files,
    /// What Meta documents for every message.
    Words,
}

impl MessageDetail {
    /// The next smaller one.
    pub const fn less(self) -> Option<Self> {
        match self {
            Self::Full => Some(Self::Files),
            Self::Files => Some(Self::Words),
            Self::Words => None,
        }
    }

    const fn fields(self, platform: Platform) -> &'static str {
        match (self, platform) {
            (Self::Full, Platform::Messenger) => "id,created_time,from,to,message,attachments,shares,sticker,reply_to",
            (Self::Full, Platform::Instagram) => {
                "id,created_time,from,to,message,attachments,shares,story,reply_to,is_unsupported"
            }
            (Self::Files, _) => "id,created_time,from,to,message,attachments",
            (Self::Words, _) => "id,created_time,from,to,message",
        }
    }
}

/// `GET /{mid}`: one message. Answered by [`StoredMessage`](crate::answer::StoredMessage). Meta answers it for the 20 newest
/// messages of a conversation; an older one counts as deleted.
///
/// # Errors
/// As [`conversations`].
pub fn message(
    graph: &Graph,
    platform: Platform,
    mid: &Mid,
    detail: MessageDetail,
) -> Result<HttpRequest, RequestError> {
    graph.get(&[mid.as_str()], &[("fields", detail.fields(platform))])
}
