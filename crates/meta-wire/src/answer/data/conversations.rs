//! Conversations and messages as Meta keeps them.

use super::List;
use super::profile::private;
use crate::answer::lenient::{id, maybe_id, maybe_text, maybe_truth, maybe_whole};
use crate::ids::{Mid, ScopedUserId};
use crate::private::Private;
use crate::time::{UnixMillis, iso_8601};
use crate::webhook::MediaKind;
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
    #[serde(default, deserialize_with = "maybe")]
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
    /// Posts, links and the like that were passed on.
    #[serde(default, deserialize_with = "listed")]
    pub shares: List<StoredShare>,
    /// The picture of a sticker (Messenger).
    #[serde(default, deserialize_with = "private")]
    pub sticker: Option<Private>,
    /// The story it mentions or answers to (Instagram).
    #[serde(default, deserialize_with = "maybe")]
    pub story: Option<Story>,
    /// The message it answers.
    #[serde(default, deserialize_with = "replied")]
    pub reply_to: Option<Mid>,
    /// Meta keeps more of it than it shows here (Instagram).
    #[serde(default, deserialize_with = "flag")]
    pub is_unsupported: bool,
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
    /// What it is, by the field that holds the address or the MIME type.
    pub media: MediaKind,
    /// A template instead of a file; its picture is at `url`.
    pub template: Option<StoredTemplate>,
}

/// The words of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTemplate {
    /// Its title.
    pub title: Option<Private>,
    /// What stands below.
    pub subtitle: Option<Private>,
}

/// Something that was passed on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredShare {
    /// Where it is.
    #[serde(default, rename = "link", alias = "url", deserialize_with = "private")]
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
        let text = |place: &str| value.pointer(place)?.as_str().filter(|text| !text.is_empty()).map(Private::from);
        let places = [
            ("/image_data/url", Some(MediaKind::Image)),
            ("/video_data/url", Some(MediaKind::Video)),
            ("/audio_data/url", Some(MediaKind::Audio)),
            ("/file_url", None),
            ("/url", None),
            ("/generic_template/media_url", Some(MediaKind::Image)),
        ];
        let found = places.iter().find_map(|(place, media)| Some((text(place)?, *media)));
        let by_type = wire.mime_type.as_deref().and_then(|mime| mime.split('/').next()).map(|kind| match kind {
            "image" => MediaKind::Image,
            "video" => MediaKind::Video,
            "audio" => MediaKind::Audio,
            _ => MediaKind::File,
        });
        let (url, media) = found.map_or((None, None), |(url, media)| (Some(url), media));
        let template = value.get("generic_template").map(|_| StoredTemplate {
            title: text("/generic_template/title"),
            subtitle: text("/generic_template/subtitle"),
        });
        let media = media.or(by_type).unwrap_or(MediaKind::File);
        Self { mime_type: wire.mime_type, name: wire.name, size: wire.size, url, media, template }
    }
}

/// A story, of which only the link may be kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Story {
    /// The story that mentions the business.
    #[serde(default, deserialize_with = "maybe")]
    pub mention: Option<StoryLink>,
    /// The story that was answered to.
    #[serde(default, deserialize_with = "maybe")]
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

/// Something that may be missing or of another kind: one unreadable part costs no other.
fn maybe<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(T::deserialize(Value::deserialize(deserializer)?).ok())
}

fn replied<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Mid>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.get("mid").and_then(Value::as_str).filter(|mid| !mid.is_empty()).map(Mid::from))
}

fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(maybe_truth(deserializer)?.unwrap_or(false))
}

/// `2026-11-20T13:24:04+0000`, the form of the Graph API's times, or a number.
fn date_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<UnixMillis>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => iso_8601(&text),
        Value::Number(number) => number.as_i64().and_then(UnixMillis::from_seconds_or_millis),
        _ => None,
    })
}
