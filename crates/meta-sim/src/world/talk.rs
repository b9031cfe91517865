//! What happens once people talk: threads, messages, files, and the records tests read.

use std::collections::VecDeque;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::objects::Platform;
use crate::json::Json;

/// The app that holds a thread, until when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Owner {
    pub(crate) app_id: String,
    /// Unix milliseconds.
    pub(crate) expires_at: i64,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Thread {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) person: String,
    /// The person's PSID or IGSID.
    pub(crate) scoped: String,
    /// The last thing the customer did that opens the window.
    pub(crate) last_customer_at: Option<i64>,
    /// The customer has written or tapped at least once: the profile may be read.
    pub(crate) consented: bool,
    pub(crate) owner: Option<Owner>,
    pub(crate) messages: VecDeque<String>,
    pub(crate) updated_at: i64,
}

impl Thread {
    /// Who holds it now; control that ran out is nobody's.
    pub(crate) fn owner_at(&self, now: i64) -> Option<&Owner> {
        self.owner.as_ref().filter(|owner| owner.expires_at > now)
    }
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Message {
    pub(crate) mid: String,
    pub(crate) account: String,
    pub(crate) person: String,
    pub(crate) platform: Platform,
    pub(crate) from_customer: bool,
    /// The app that sent it for the business.
    pub(crate) app_id: Option<String>,
    pub(crate) at: i64,
    /// The `message` object of the webhook, without its `mid`.
    pub(crate) content: Json,
    pub(crate) edits: i64,
    pub(crate) deleted: bool,
    /// The emoji on it: the customer's first, then the business's.
    pub(crate) reactions: [Option<String>; 2],
    /// When the customer read it.
    pub(crate) read_at: Option<i64>,
}

/// A file saved through `message_attachments`; ids die after 90 days.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) page: String,
    pub(crate) platform: Platform,
    pub(crate) kind: String,
    pub(crate) url: String,
    pub(crate) expires_at: i64,
}

/// A file on one of Meta's content hosts, and what goes wrong with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Media {
    pub(crate) host: String,
    pub(crate) content_type: String,
    pub(crate) file_name: Option<String>,
    pub(crate) bytes: Bytes,
    pub(crate) fault: Option<MediaFault>,
}

/// How a content host misbehaves for one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MediaFault {
    /// Waits this many milliseconds before the first byte.
    SlowMs(u64),
    /// Sends the head at once, then the body in steps over this many milliseconds.
    TrickleMs(u64),
    NotFound,
    /// 403 with the text of an expired signature.
    Expired,
    ServerError,
    /// Serves this content type instead of the true one.
    WrongType(String),
    /// Serves a web page in its place, as the file it was to be.
    Page,
    /// Serves this many bytes, with their true length announced.
    Oversized(u64),
    /// As `oversized`, without announcing a length.
    OversizedChunked(u64),
    /// Redirects to this address.
    Redirect(String),
    /// Announces the whole length, then breaks off half-way.
    Truncated,
    Empty,
}

/// One call to the Send API, as it came and what became of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sent {
    pub(crate) serial: u64,
    pub(crate) at: i64,
    pub(crate) app_id: String,
    pub(crate) account: Option<String>,
    pub(crate) person: Option<String>,
    pub(crate) recipient_id: Option<String>,
    /// `message`, `sender_action`, `private_reply`, or the edge of a thread-control call.
    pub(crate) kind: String,
    pub(crate) body: Json,
    /// The file of a multipart send: name, type, size and SHA-256.
    pub(crate) file: Option<Json>,
    pub(crate) ok: bool,
    pub(crate) message_id: Option<String>,
    pub(crate) attachment_id: Option<String>,
    pub(crate) error: Option<Json>,
}

/// One HTTP call to a Meta host. Never holds a query or a token.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CallRecord {
    pub(crate) serial: u64,
    pub(crate) at: i64,
    pub(crate) host: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Zero when the connection was dropped.
    pub(crate) status: u16,
    pub(crate) code: Option<i64>,
    pub(crate) subcode: Option<i64>,
    pub(crate) proof: bool,
    pub(crate) ms: u64,
    pub(crate) fault: bool,
}
