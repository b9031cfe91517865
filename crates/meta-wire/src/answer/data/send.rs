//! Answers of the Send and the upload API.

use crate::answer::lenient::{id, maybe_id};
use crate::ids::{AttachmentId, Mid, ScopedUserId};
use serde::Deserialize;

/// A message Meta took
/// ([send API](https://developers.facebook.com/documentation/business-messaging/messenger-platform/reference/send-api)).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sent {
    /// The new message.
    #[serde(deserialize_with = "id")]
    pub message_id: Mid,
    /// The person; missing for recipients known by another name than their id.
    #[serde(default, deserialize_with = "maybe_id")]
    pub recipient_id: Option<ScopedUserId>,
    /// The reusable upload, if one was asked for.
    #[serde(default, deserialize_with = "maybe_id")]
    pub attachment_id: Option<AttachmentId>,
}

/// A sender action Meta took.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SentAction {
    /// The person.
    #[serde(default, deserialize_with = "maybe_id")]
    pub recipient_id: Option<ScopedUserId>,
}

/// A stored upload, good for [90 days](crate::limits::ATTACHMENT_ID_LIFE_MS).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Uploaded {
    /// Its id.
    #[serde(deserialize_with = "id")]
    pub attachment_id: AttachmentId,
}
