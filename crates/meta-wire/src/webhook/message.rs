//! `message`: what a customer wrote, what the business wrote elsewhere (echo), and what was taken back (unsend).
//!
//! Sources: [`messages`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages),
//! [`message_echoes`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/message-echoes),
//! [Instagram messaging webhooks](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks).

use super::attachment::Attachment;
use super::attachments;
use super::fault::{Fault, Shape};
use super::reader::{Node, Object};
use super::referral::Referral;
use crate::ids::{AppId, Mid, NumericId};
use crate::private::Private;
use serde::{Deserialize, Serialize};

/// A customer's message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The message's id. Meta documents it for every message; a message that lacks it is still a customer's words.
    pub mid: Option<Mid>,
    /// The text; for a tapped quick reply the button's title.
    pub text: Option<Private>,
    /// Attachments, in order.
    pub attachments: Vec<Attachment>,
    /// The quick reply that was tapped.
    pub quick_reply: Option<QuickReply>,
    /// What it answers.
    pub reply_to: Option<ReplyTo>,
    /// How the person came here: the first message after an ad, an ig.me link or a shop page.
    pub referral: Option<Referral>,
    /// Names of commands the person chose from the composer's menu, Messenger only.
    pub commands: Vec<String>,
    /// Instagram could not put the content into a webhook: it can only be seen in Instagram.
    pub is_unsupported: bool,
    /// The Instagram account wrote to itself.
    pub is_self: bool,
    /// Set on the summary Messenger sends after an automated lead flow.
    pub hop_context: Option<HopContext>,
}

/// A message the business sent: through this app, another app, Meta's inbox or the phone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Echo {
    /// The message's id, equal to the one the Send API answered if this app sent it.
    pub mid: Option<Mid>,
    /// The text.
    pub text: Option<Private>,
    /// Attachments, in order.
    pub attachments: Vec<Attachment>,
    /// The app that sent it, Messenger only: equal to this app's id or not is all that can be told from it.
    pub app_id: Option<AppId>,
    /// What was given as `metadata` when it was sent, Messenger only.
    pub metadata: Option<String>,
    /// What it answers.
    pub reply_to: Option<ReplyTo>,
    /// Instagram could not put the content into a webhook.
    pub is_unsupported: bool,
    /// The Instagram account wrote to itself.
    pub is_self: bool,
}

/// A message was taken back. Platform rules require deleting every copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unsend {
    /// The message.
    pub mid: Mid,
    /// The business took it back, not the customer.
    pub by_business: bool,
}

/// What the key `message` may say.
#[allow(clippy::large_enum_variant)] // becomes an `Event` at once, which is as large
pub(super) enum MessageEvent {
    /// A customer wrote.
    Message(Message),
    /// The business wrote.
    Echo(Echo),
    /// A message was taken back.
    Unsend(Unsend),
}

/// A tapped quick reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuickReply {
    /// What the sender of the button put into it.
    pub payload: Option<String>,
}

/// What a message answers: another message, or a story of the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplyTo {
    /// The message.
    pub mid: Option<Mid>,
    /// The customer answered a message of their own.
    pub is_self_reply: Option<bool>,
    /// The story.
    pub story: Option<RepliedStory>,
}

/// A story somebody answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RepliedStory {
    /// The story's id.
    pub id: Option<NumericId>,
    /// Where it is served while it lives. To be linked, never to be copied.
    pub url: Option<Private>,
}

/// Which automated flow a message sums up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HopContext {
    /// The app that ran the flow.
    pub app_id: Option<AppId>,
    /// What kind of flow, such as `messenger_lead_gen_complete`.
    pub metadata: Option<String>,
}

/// Reads `message`; `item` holds it and may carry a referral and a `hop_context` beside it. Who wrote it was decided by
/// its sides ([`Side`](super::Side)).
pub(super) fn read(node: Node<'_, '_>, item: &Object<'_, '_>, by_business: bool) -> Result<MessageEvent, Fault> {
    if node.shape() == Shape::Text {
        // A sample of Meta's puts the words where the object is due.
        return Ok(words(node.private()?, by_business));
    }
    let message = node.object()?;
    let flag = |key| message.optional(key, |node| node.boolean()).unwrap_or(false);
    // A flag of another shape says nothing, here and elsewhere, and is noted.
    let _ = flag("is_echo");
    if flag("is_deleted") {
        return Ok(MessageEvent::Unsend(Unsend { mid: message.need("mid")?.id()?, by_business }));
    }
    let mid: Option<Mid> = message.optional_id("mid");
    let text = message.optional_private("text");
    let attachments = attachments::read_all(&message);
    let is_unsupported = flag("is_unsupported");
    let quick_reply = message.optional("quick_reply", quick_reply);
    if mid.is_none() && text.is_none() && attachments.is_empty() && quick_reply.is_none() && !is_unsupported {
        return Err(message.missing("mid"));
    }
    let reply_to = message.optional("reply_to", reply_to);
    let is_self = flag("is_self");
    if by_business {
        return Ok(MessageEvent::Echo(Echo {
            mid,
            text,
            attachments,
            app_id: message.optional_id("app_id"),
            metadata: message.optional_text("metadata"),
            reply_to,
            is_unsupported,
            is_self,
        }));
    }
    let referral = |holder: &Object<'_, '_>| holder.optional("referral", |node| Referral::read(node, holder));
    let hop_context = |holder: &Object<'_, '_>| holder.optional("hop_context", hop_context);
    Ok(MessageEvent::Message(Message {
        mid,
        text,
        attachments,
        quick_reply,
        reply_to,
        referral: referral(&message).or_else(|| referral(item)),
        commands: message
            .optional("commands", |node| node.each_good(|node| node.object()?.need("name")?.text()))
            .unwrap_or_default(),
        is_unsupported,
        is_self,
        hop_context: hop_context(&message).or_else(|| hop_context_of(item)),
    }))
}

/// A message of which nothing but its words is told.
fn words(text: Private, by_business: bool) -> MessageEvent {
    let (text, attachments) = (Some(text), Vec::new());
    if by_business {
        let (mid, app_id, metadata, reply_to) = (None, None, None, None);
        let (is_unsupported, is_self) = (false, false);
        return MessageEvent::Echo(Echo {
            mid,
            text,
            attachments,
            app_id,
            metadata,
            reply_to,
            is_unsupported,
            is_self,
        });
    }
    MessageEvent::Message(Message {
        mid: None,
        text,
        attachments,
        quick_reply: None,
        reply_to: None,
        referral: None,
        commands: Vec::new(),
        is_unsupported: false,
        is_self: false,
        hop_context: None,
    })
}

fn quick_reply(node: Node<'_, '_>) -> Result<QuickReply, Fault> {
    if node.shape() == Shape::Text {
        return Ok(QuickReply { payload: Some(node.text()?) });
    }
    Ok(QuickReply { payload: node.object()?.optional_text("payload") })
}

fn hop_context_of(item: &Object<'_, '_>) -> Option<HopContext> {
    item.optional("hop_context", hop_context)
}

fn reply_to(node: Node<'_, '_>) -> Result<ReplyTo, Fault> {
    let reply_to = node.object()?;
    Ok(ReplyTo {
        mid: reply_to.optional_id("mid"),
        is_self_reply: reply_to.optional("is_self_reply", |node| node.boolean()),
        story: reply_to.optional("story", |node| {
            let story = node.object()?;
            Ok(RepliedStory { id: story.optional_numeric_id("id"), url: story.optional_private("url") })
        }),
    })
}

fn hop_context(node: Node<'_, '_>) -> Result<HopContext, Fault> {
    let context = node.object()?;
    Ok(HopContext { app_id: context.optional_id("app_id"), metadata: context.optional_text("metadata") })
}
