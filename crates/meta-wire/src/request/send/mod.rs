//! The Send API: `POST /{page or Instagram account}/messages`.
//!
//! [Messenger](https://developers.facebook.com/documentation/business-messaging/messenger-platform/reference/send-api),
//! [Instagram](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/send-message)
//! (read 2026-11-20). Meta offers no idempotency key: repeating a send whose answer was lost may deliver twice.

mod action;
mod content;
mod template;

pub use action::{Action, sender_action};
pub use content::{Content, QuickReply, Source};
pub use template::{Button, Element, MediaSource, Template};

use super::RequestError;
use super::error::filled;
use super::graph::{Business, Graph, Route};
use super::http::{Body, HttpRequest, Method};
use super::multipart::{Boundary, FilePart, Multipart};
use crate::ids::{AppId, CommentId, Mid, PostId, ScopedUserId};
use crate::limits::{self, MediaKind};
use crate::platform::Platform;
use crate::token::Token;
use serde_json::{Map, Value, json};

/// Whom a message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A person in a thread: PSID or IGSID.
    Id(ScopedUserId),
    /// A person known only from a plugin on a web page (Messenger).
    UserRef(String),
    /// The author of a comment: a private reply, one per comment
    /// ([private replies](https://developers.facebook.com/documentation/business-messaging/messenger-platform/discovery/private-replies)).
    Comment(CommentId),
    /// The author of a visitor's post: a private reply (Messenger).
    Post(PostId),
    /// A subscriber to notification messages (Messenger).
    NotificationToken(Token),
}

impl Recipient {
    pub(crate) fn to_json(&self, platform: Platform) -> Result<Value, RequestError> {
        let (field, text) = match self {
            Self::Id(id) => ("id", id.as_str()),
            Self::UserRef(text) => ("user_ref", text.as_str()),
            Self::Comment(id) => ("comment_id", id.as_str()),
            Self::Post(id) => ("post_id", id.as_str()),
            Self::NotificationToken(token) => ("notification_messages_token", token.expose()),
        };
        let only_messenger = !matches!(self, Self::Id(_) | Self::Comment(_));
        if only_messenger && platform != Platform::Messenger {
            return Err(RequestError::Unsupported { field, platform });
        }
        filled("recipient", text)?;
        Ok(json!({ field: text }))
    }

    fn is_in_a_thread(&self) -> bool {
        matches!(self, Self::Id(_) | Self::UserRef(_))
    }
}

/// The label that says why a message may be sent outside the 24-hour window.
///
/// `CONFIRMED_EVENT_UPDATE`, `ACCOUNT_UPDATE` and `POST_PURCHASE_UPDATE` are refused with code 100 since 27 April 2026
/// ([changelog](https://developers.facebook.com/documentation/business-messaging/messenger-platform/changelog)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// A person answers within 7 days.
    HumanAgent,
}

/// Why a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessagingType {
    /// In answer to the customer, within 24 hours of their last action.
    Response,
    /// On our own account, within the same 24 hours.
    Update,
    /// Outside them, under a tag.
    MessageTag(Tag),
}

/// What happens to the thread's control with the message
/// ([routing](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThreadControl {
    /// To another app; `None` is the default app.
    Pass(Option<AppId>),
    /// To nobody: the thread goes idle.
    Release,
}

/// One message to send. A sender action is another call: [`sender_action`].
#[derive(Clone, PartialEq, Eq)]
pub struct Send {
    /// To whom.
    pub recipient: Recipient,
    /// Why; `None` where Meta's own samples leave it out: private replies and notification messages.
    pub messaging_type: Option<MessagingType>,
    /// What.
    pub content: Content,
    /// Answers to choose from, shown under the message.
    pub quick_replies: Vec<QuickReply>,
    /// Our own note, given back in the message's echo on Messenger; Instagram's echo lacks it
    /// ([chatwoot #10341](https://github.com/chatwoot/chatwoot/issues/10341)).
    pub metadata: Option<String>,
    /// The message answered to, by either side.
    pub reply_to: Option<Mid>,
    /// The thread's control, on accounts that use conversation routing.
    pub thread_control: Option<ThreadControl>,
    /// Name and picture the message appears under (Messenger).
    pub persona_id: Option<String>,
}

impl Send {
    /// A message, as [`MessagingType::Response`] if it goes to a thread.
    pub fn new(recipient: Recipient, content: Content) -> Self {
        let messaging_type = recipient.is_in_a_thread().then_some(MessagingType::Response);
        Self {
            recipient,
            messaging_type,
            content,
            quick_replies: Vec::new(),
            metadata: None,
            reply_to: None,
            thread_control: None,
            persona_id: None,
        }
    }

    /// A text.
    pub fn text(recipient: Recipient, text: impl Into<String>) -> Self {
        Self::new(recipient, Content::Text(text.into()))
    }

    /// A file by its address or by the id of an upload.
    pub fn media(recipient: Recipient, kind: MediaKind, source: Source) -> Self {
        Self::new(recipient, Content::Media { kind, source })
    }

    /// Labels the message.
    #[must_use]
    pub fn messaging_type(self, messaging_type: MessagingType) -> Self {
        Self { messaging_type: Some(messaging_type), ..self }
    }

    /// Labels the message `HUMAN_AGENT`. Only for words a person wrote, only outside the 24 hours.
    #[must_use]
    pub fn human_agent(self) -> Self {
        self.messaging_type(MessagingType::MessageTag(Tag::HumanAgent))
    }

    /// Adds our own note.
    #[must_use]
    pub fn metadata(self, metadata: impl Into<String>) -> Self {
        Self { metadata: Some(metadata.into()), ..self }
    }

    /// Answers to one message of the thread.
    #[must_use]
    pub fn reply_to(self, mid: Mid) -> Self {
        Self { reply_to: Some(mid), ..self }
    }

    /// Adds answers to choose from.
    #[must_use]
    pub fn quick_replies(self, quick_replies: Vec<QuickReply>) -> Self {
        Self { quick_replies, ..self }
    }

    /// Hands over the thread's control with the message.
    #[must_use]
    pub fn thread_control(self, thread_control: ThreadControl) -> Self {
        Self { thread_control: Some(thread_control), ..self }
    }

    fn message(&self, platform: Platform) -> Result<Value, RequestError> {
        let mut message = self.content.to_json(platform)?;
        content::add_quick_replies(&mut message, &self.quick_replies, &self.content, platform)?;
        if let Some(metadata) = &self.metadata {
            limits::METADATA.check(metadata)?;
            message.insert("metadata".into(), metadata.as_str().into());
        }
        Ok(Value::Object(message))
    }

    /// The fields beside `message`.
    fn envelope(&self, platform: Platform) -> Result<Map<String, Value>, RequestError> {
        envelope(&self.recipient, self.messaging_type, self.reply_to.as_ref(), self.thread_control.as_ref(), platform)
            .and_then(|mut fields| {
                if let Some(persona) = &self.persona_id {
                    if platform != Platform::Messenger {
                        return Err(RequestError::Unsupported { field: "persona_id", platform });
                    }
                    filled("persona_id", persona)?;
                    fields.insert("persona_id".into(), persona.as_str().into());
                }
                Ok(fields)
            })
    }
}

impl std::fmt::Debug for Send {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Send")
            .field("recipient", &self.recipient)
            .field("messaging_type", &self.messaging_type)
            .field("content", &self.content)
            .field("reply_to", &self.reply_to)
            .finish_non_exhaustive()
    }
}

fn envelope(
    recipient: &Recipient,
    messaging_type: Option<MessagingType>,
    reply_to: Option<&Mid>,
    thread_control: Option<&ThreadControl>,
    platform: Platform,
) -> Result<Map<String, Value>, RequestError> {
    let mut fields = Map::new();
    fields.insert("recipient".into(), recipient.to_json(platform)?);
    if let Some(messaging_type) = messaging_type {
        let (name, tag) = match messaging_type {
            MessagingType::Response => ("RESPONSE", None),
            MessagingType::Update => ("UPDATE", None),
            MessagingType::MessageTag(Tag::HumanAgent) => ("MESSAGE_TAG", Some("HUMAN_AGENT")),
        };
        fields.insert("messaging_type".into(), name.into());
        if let Some(tag) = tag {
            if !recipient.is_in_a_thread() {
                return Err(RequestError::Conflict { field: "tag", with: "recipient" });
            }
            fields.insert("tag".into(), tag.into());
        }
    }
    if let Some(mid) = reply_to {
        if !recipient.is_in_a_thread() {
            return Err(RequestError::Conflict { field: "reply_to", with: "recipient" });
        }
        filled("reply_to.mid", mid.as_str())?;
        fields.insert("reply_to".into(), json!({ "mid": mid }));
    }
    if let Some(control) = thread_control {
        let mut object = Map::new();
        let (control_type, app) = match control {
            ThreadControl::Pass(app) => ("pass", app.as_ref()),
            ThreadControl::Release => ("release", None),
        };
        object.insert("control_type".into(), control_type.into());
        if let Some(app) = app {
            filled("thread_control.app_id", app.as_str())?;
            object.insert("app_id".into(), app.as_str().into());
        }
        fields.insert("thread_control".into(), Value::Object(object));
    }
    Ok(fields)
}

/// The Messenger routes of Instagram Login do not exist.
pub(crate) fn on_route(graph: &Graph, business: &Business, call: &'static str) -> Result<(), RequestError> {
    if graph.route == Route::InstagramLogin && business.platform == Platform::Messenger {
        return Err(RequestError::WrongRoute { call, route: graph.route.name() });
    }
    Ok(())
}

/// `POST /{node}/messages`: sends one message. Answered by [`Sent`](crate::answer::Sent).
///
/// # Errors
/// [`RequestError`] for what Meta is known to refuse: a field too large, empty, or missing on the platform.
pub fn send(graph: &Graph, business: &Business, send: &Send) -> Result<HttpRequest, RequestError> {
    on_route(graph, business, "messages")?;
    let mut body = send.envelope(business.platform)?;
    body.insert("message".into(), send.message(business.platform)?);
    graph.post_json(&[&business.node, "messages"], &body)
}

/// A file to send without uploading it first.
#[derive(Debug, Clone)]
pub struct SendFile<'a> {
    /// To whom.
    pub recipient: Recipient,
    /// Why.
    pub messaging_type: Option<MessagingType>,
    /// What it is.
    pub kind: MediaKind,
    /// Its name and type.
    pub file: FilePart<'a>,
    /// Our own note, see [`Send::metadata`].
    pub metadata: Option<String>,
    /// The message answered to.
    pub reply_to: Option<Mid>,
}

/// `POST /{node}/messages` as a form: uploads a file and sends it in one call
/// ([saving assets](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/saving-assets)).
/// Answered by [`Sent`](crate::answer::Sent).
///
/// # Errors
/// As [`send`]; and when the boundary occurs in the fields.
pub fn send_file(
    graph: &Graph,
    business: &Business,
    send: &SendFile<'_>,
    boundary: &Boundary,
) -> Result<HttpRequest, RequestError> {
    on_route(graph, business, "messages")?;
    let platform = business.platform;
    let mut message = json!({ "attachment": { "type": send.kind.as_str(), "payload": {} } });
    if let Some(metadata) = &send.metadata {
        limits::METADATA.check(metadata)?;
        if let Value::Object(message) = &mut message {
            message.insert("metadata".into(), metadata.as_str().into());
        }
    }
    let mut fields = envelope(&send.recipient, send.messaging_type, send.reply_to.as_ref(), None, platform)?;
    fields.insert("message".into(), message);
    form(graph, &[&business.node, "messages"], fields, FilePart { platform, ..send.file }, boundary)
}

/// A multipart call: objects go as JSON texts, words bare.
pub(crate) fn form(
    graph: &Graph,
    path: &[&str],
    fields: Map<String, Value>,
    file: FilePart<'_>,
    boundary: &Boundary,
) -> Result<HttpRequest, RequestError> {
    let texts: Vec<(String, String)> = fields
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(text) => (name, text),
            value => (name, value.to_string()),
        })
        .collect();
    let pairs: Vec<(&str, &str)> = texts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = Body::Multipart(Multipart::new(boundary, &pairs, file)?);
    graph.request(Method::Post, path, &[], body)
}
