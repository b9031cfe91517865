//! Conversations and messages as Meta keeps them.

use super::List;
use super::profile::private;
use crate::answer::lenient::{id, maybe_id, maybe_text, maybe_truth, maybe_whole};
use crate::ids::{Mid, ScopedUserId};
use crate::private::Private;
use crate::time::{UnixMillis, iso_8601};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Conversation {
    /// Its id, known to this API alone.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Its last change.
    #[serde(default, deserialize_with = "date_time")]
    pub updated_time: Option<UnixMillis>,
    /// Whether our app has the thread.
    #[serde(default, deserialize_with = "maybe_truth")]
    pub is_owner: Option<bool>,
}

/// A conversation as its newest messages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RecentMessages {
    /// Newest first.
    #[serde(default, deserialize_with = "listed")]
    pub messages: List<StoredMessage>,
}

/// A message of a conversation's list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MessageStub {
    /// The message.
    #[serde(deserialize_with = "id")]
    pub id: Mid,
    /// When it was sent.
    #[serde(default, deserialize_with = "date_time")]
    pub created_time: Option<UnixMillis>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredMessage {
    /// The message.
    #[serde(deserialize_with = "id")]
    pub id: Mid,
    /// When it was sent.
    #[serde(default, deserialize_with = "date_time")]
    pub created_time: Option<UnixMillis>,
    /// Who wrote it: the customer or the business.
    #[serde(default)]
    pub from: Option<Participant>,
    /// Whom to.
    #[serde(default, deserialize_with = "listed")]
    pub to: List<Participant>,
    /// Its text.
    #[serde(default, deserialize_with = "private")]
    pub message: Option<Private>,
    /// Its files.
    #[serde(default, deserialize_with = "listed")]
    pub attachments: List<StoredAttachment>,
    /// The story it mentions or answers to (Instagram).
    #[serde(default)]
    pub story: Option<Story>,
}

/// Somebody in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Participant {
    /// The person, or the business.
    #[serde(default, deserialize_with = "maybe_id")]
    pub id: Option<ScopedUserId>,
    /// Name (Messenger).
    #[serde(default, deserialize_with = "private")]
    pub name: Option<Private>,
    /// Handle (Instagram).
    #[serde(default, deserialize_with = "private")]
    pub username: Option<Private>,
}

/// A file of a message. Addresses are signed and end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Value")]
pub struct StoredAttachment {
    /// MIME type.
    pub mime_type: Option<String>,
    /// File name.
    pub name: Option<Private>,
    /// Size in bytes.
    pub size: Option<i64>,
    /// Where it can be downloaded, whichever of Meta's fields holds it.
    pub url: Option<Private>,
}

#[derive(Deserialize, Default)]
struct AttachmentWire {
    #[serde(default, deserialize_with = "maybe_text")]
    mime_type: Option<String>,
    #[serde(default, deserialize_with = "private")]
    name: Option<Private>,
    #[serde(default, deserialize_with = "maybe_whole")]
    size: Option<i64>,
}

impl From<Value> for StoredAttachment {
    fn from(value: Value) -> Self {
        let wire = AttachmentWire::deserialize(&value).unwrap_or_default();
        let places = ["/image_data/url", "/video_data/url", "/audio_data/url", "/file_url", "/url"];
        let url = places.iter().find_map(|place| value.pointer(place)?.as_str().filter(|url| !url.is_empty()));
        Self { mime_type: wire.mime_type, name: wire.name, size: wire.size, url: url.map(Private::from) }
    }
}

/// A story, of which only the link may be kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Story {
    /// The story that mentions the business.
    #[serde(default)]
    pub mention: Option<StoryLink>,
    /// The story that was answered to.
    #[serde(default)]
    pub reply_to: Option<StoryLink>,
}

/// Where a story is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoryLink {
    /// Its id.
    #[serde(default, deserialize_with = "maybe_id")]
    pub id: Option<String>,
    /// Its address on Meta's servers, as long as it lives.
    #[serde(default, deserialize_with = "private")]
    pub link: Option<Private>,
}

/// A list inside a node, `{"data":[…]}`, that may be missing.
fn listed<'de, D, T>(deserializer: D) -> Result<List<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let mut value = Value::deserialize(deserializer)?;
    let data = value.get_mut("data").map(Value::take).unwrap_or_default();
    Ok(List::deserialize(data).unwrap_or_default())
}

/// `2026-11-20T13:24:04+0000`, the form of the Graph API's times, or a number.
fn date_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<UnixMillis>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => iso_8601(&text),
        Value::Number(number) => number.as_i64().and_then(UnixMillis::from_seconds_or_millis),
        _ => None,
    })
}
