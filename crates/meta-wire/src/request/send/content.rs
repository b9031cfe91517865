//! What a message holds.

use super::template::Template;
use crate::ids::{AttachmentId, PostId};
use crate::limits::{self, MediaKind};
use crate::platform::Platform;
use crate::request::RequestError;
use crate::request::error::{filled, web_url};
use serde_json::{Map, Value, json};
use std::fmt;

/// Where Meta takes a file from.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// It downloads this address within seconds: public, valid TLS, right `Content-Type`. The address is a capability.
    Url(String),
    /// An earlier upload by the same account, not older than 90 days.
    Id(AttachmentId),
}

impl Source {
    fn to_json(&self) -> Result<Value, RequestError> {
        Ok(match self {
            Self::Url(url) => {
                web_url("payload.url", url)?;
                json!({ "url": url })
            }
            Self::Id(id) => {
                filled("payload.attachment_id", id.as_str())?;
                json!({ "attachment_id": id })
            }
        })
    }
}

/// Content of one message. Text and attachment are separate messages.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// Plain text; neither platform renders Markdown.
    Text(String),
    /// One file.
    Media {
        /// What it is.
        kind: MediaKind,
        /// Where it is.
        source: Source,
    },
    /// Several images in one message (Instagram).
    Images(Vec<Source>),
    /// Text and pictures with buttons.
    Template(Template),
    /// A sticker by its id (Messenger).
    Sticker(String),
    /// The heart (Instagram).
    LikeHeart,
    /// A post of the business itself (Instagram).
    MediaShare(PostId),
}

impl Content {
    /// The word for it, without its content.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Media { kind, .. } => kind.as_str(),
            Self::Images(_) => "images",
            Self::Template(_) => "template",
            Self::Sticker(_) => "sticker",
            Self::LikeHeart => "like_heart",
            Self::MediaShare(_) => "MEDIA_SHARE",
        }
    }

    pub(super) fn to_json(&self, platform: Platform) -> Result<Map<String, Value>, RequestError> {
        let only_on = |wanted| {
            if platform == wanted { Ok(()) } else { Err(RequestError::Unsupported { field: self.kind(), platform }) }
        };
        let (field, value) = match self {
            Self::Text(text) => {
                filled("message.text", text)?;
                limits::text(platform).check(text)?;
                ("text", text.as_str().into())
            }
            Self::Media { kind, source } => ("attachment", attachment(kind.as_str(), source.to_json()?)),
            Self::Images(sources) => {
                only_on(Platform::Instagram)?;
                limits::IMAGES.check_count(sources.len())?;
                let images = sources.iter().map(|source| Ok(attachment("image", source.to_json()?))).collect::<Result<
                    Vec<_>,
                    RequestError,
                >>(
                )?;
                if images.is_empty() {
                    return Err(RequestError::Empty { field: "message.attachments" });
                }
                ("attachments", images.into())
            }
            Self::Template(template) => ("attachment", attachment("template", template.to_json(platform)?)),
            Self::Sticker(id) => {
                only_on(Platform::Messenger)?;
                filled("message.sticker_id", id)?;
                // Meta's sample shows a bare number.
                ("sticker_id", id.parse::<u64>().map_or_else(|_| id.as_str().into(), Value::from))
            }
            Self::LikeHeart => {
                only_on(Platform::Instagram)?;
                ("attachment", json!({ "type": "like_heart" }))
            }
            Self::MediaShare(post) => {
                only_on(Platform::Instagram)?;
                filled("payload.id", post.as_str())?;
                ("attachment", attachment("MEDIA_SHARE", json!({ "id": post })))
            }
        };
        Ok(Map::from_iter([(field.to_owned(), value)]))
    }
}

fn attachment(kind: &str, payload: Value) -> Value {
    Value::Object(Map::from_iter([("type".to_owned(), kind.into()), ("payload".to_owned(), payload)]))
}

// Content is the customer's and the agent's words; an address may be signed.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({})", self.kind())
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(_) => f.write_str("Url(…)"),
            Self::Id(id) => f.debug_tuple("Id").field(id).finish(),
        }
    }
}

/// An answer to choose from, gone once one is tapped
/// ([quick replies](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/quick-replies)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuickReply {
    /// A text of ours.
    Text {
        /// What it shows; comes back as the message's text.
        title: String,
        /// What comes back beside it.
        payload: String,
        /// A small picture, 24 by 24 pixels or more (Messenger).
        image_url: Option<String>,
    },
    /// The customer's own telephone number (Messenger). Instagram offers it no more since 5 October 2026
    /// ([changelog](https://developers.facebook.com/documentation/instagram-platform/changelog)).
    PhoneNumber,
    /// The customer's own e-mail address (Messenger).
    Email,
}

impl QuickReply {
    fn to_json(&self, platform: Platform) -> Result<Value, RequestError> {
        match self {
            Self::Text { title, payload, image_url } => {
                filled("quick_replies.title", title)?;
                filled("quick_replies.payload", payload)?;
                limits::QUICK_REPLY_TITLE.check(title)?;
                limits::QUICK_REPLY_PAYLOAD.check(payload)?;
                let mut reply = json!({ "content_type": "text", "title": title, "payload": payload });
                if let (Some(url), Value::Object(reply)) = (image_url, &mut reply) {
                    if platform != Platform::Messenger {
                        return Err(RequestError::Unsupported { field: "quick_replies.image_url", platform });
                    }
                    web_url("quick_replies.image_url", url)?;
                    reply.insert("image_url".into(), url.as_str().into());
                }
                Ok(reply)
            }
            Self::PhoneNumber => of_the_customer("user_phone_number", platform),
            Self::Email => of_the_customer("user_email", platform),
        }
    }
}

/// What Meta fills in for the customer, on Messenger alone.
fn of_the_customer(field: &'static str, platform: Platform) -> Result<Value, RequestError> {
    match platform {
        Platform::Messenger => Ok(json!({ "content_type": field })),
        Platform::Instagram => Err(RequestError::Unsupported { field, platform }),
    }
}

pub(super) fn add_quick_replies(
    message: &mut Map<String, Value>,
    replies: &[QuickReply],
    content: &Content,
    platform: Platform,
) -> Result<(), RequestError> {
    if replies.is_empty() {
        return Ok(());
    }
    if platform == Platform::Instagram && !matches!(content, Content::Text(_)) {
        return Err(RequestError::Conflict { field: "quick_replies", with: content.kind() });
    }
    limits::QUICK_REPLIES.check_count(replies.len())?;
    let replies = replies.iter().map(|reply| reply.to_json(platform)).collect::<Result<Vec<_>, _>>()?;
    message.insert("quick_replies".into(), replies.into());
    Ok(())
}
