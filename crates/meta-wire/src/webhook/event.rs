//! What an item says that happened.

use super::account_linking::AccountLinking;
use super::app_roles::AppRoles;
use super::call::{CallPermission, CallSettings, Calls};
use super::comment::Comment;
use super::fault::Fault;
use super::feed::FeedChange;
use super::feedback::{MessagingFeedback, ResponseFeedback};
use super::form::Form;
use super::integrity::Integrity;
use super::lead::Lead;
use super::mention::Mention;
use super::message::{Echo, Message, MessageEvent, Unsend};
use super::message_edit::MessageEdit;
use super::optin::Optin;
use super::order::Order;
use super::policy_enforcement::PolicyEnforcement;
use super::postback::Postback;
use super::reaction::Reaction;
use super::receipts::{DeliveryReceipt, ReadReceipt};
use super::referral::Referral;
use super::thread_control::ThreadControl;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A customer wrote.
    Message(Message),
    /// The business wrote: with this app, another one, or in Meta's own inbox.
    Echo(Echo),
    /// A message was taken back.
    Unsend(Unsend),
    /// A message was changed.
    MessageEdit(MessageEdit),
    /// A reaction was put on or taken off.
    Reaction(Reaction),
    /// A button was tapped.
    Postback(Postback),
    /// The customer has read messages.
    Read(ReadReceipt),
    /// Messages have arrived at the customer's device.
    Delivery(DeliveryReceipt),
    /// Somebody came back into an existing thread through a link or ad.
    Referral(Referral),
    /// Consent given or withdrawn.
    Optin(Optin),
    /// An account was linked or unlinked.
    AccountLinking(AccountLinking),
    /// Which app may answer the thread changes.
    ThreadControl(ThreadControl),
    /// The roles of apps on the account.
    AppRoles(AppRoles),
    /// Meta acted against the account.
    PolicyEnforcement(PolicyEnforcement),
    /// How the account stands with Meta.
    Integrity(Integrity),
    /// Calls began or ended.
    Calls(Calls),
    /// Calls by the business were allowed or declined.
    CallPermission(CallPermission),
    /// The account's call settings were changed.
    CallSettings(CallSettings),
    /// A customer feedback template was filled in.
    MessagingFeedback(MessagingFeedback),
    /// A message was rated.
    ResponseFeedback(ResponseFeedback),
    /// A cart was sent.
    Order(Order),
    /// A lead ad was answered, without a referral beside it.
    Lead(Lead),
    /// A lead form was submitted.
    Form(Form),
    /// A comment.
    Comment(Comment),
    /// The account was named in a comment or post.
    Mention(Mention),
    /// Something else on a Page's wall.
    Feed(FeedChange),
    /// A kind this crate has not met: acknowledge it, keep the raw item, count it.
    Unknown(Unknown),
    /// A kind this crate knows, in a shape it does not: keep the raw item and correct the crate.
    Malformed(Malformed),
}

impl Event {
    /// The kind, as it is serialised: for logs, counters and keys.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Echo(_) => "echo",
            Self::Unsend(_) => "unsend",
            Self::MessageEdit(_) => "message_edit",
            Self::Reaction(_) => "reaction",
            Self::Postback(_) => "postback",
            Self::Read(_) => "read",
            Self::Delivery(_) => "delivery",
            Self::Referral(_) => "referral",
            Self::Optin(_) => "optin",
            Self::AccountLinking(_) => "account_linking",
            Self::ThreadControl(_) => "thread_control",
            Self::AppRoles(_) => "app_roles",
            Self::PolicyEnforcement(_) => "policy_enforcement",
            Self::Integrity(_) => "integrity",
            Self::Calls(_) => "calls",
            Self::CallPermission(_) => "call_permission",
            Self::CallSettings(_) => "call_settings",
            Self::MessagingFeedback(_) => "messaging_feedback",
            Self::ResponseFeedback(_) => "response_feedback",
            Self::Order(_) => "order",
            Self::Lead(_) => "lead",
            Self::Form(_) => "form",
            Self::Comment(_) => "comment",
            Self::Mention(_) => "mention",
            Self::Feed(_) => "feed",
            Self::Unknown(_) => "unknown",
            Self::Malformed(_) => "malformed",
        }
    }
}

impl From<MessageEvent> for Event {
    fn from(event: MessageEvent) -> Self {
        match event {
            MessageEvent::Message(message) => Self::Message(message),
            MessageEvent::Echo(echo) => Self::Echo(echo),
            MessageEvent::Unsend(unsend) => Self::Unsend(unsend),
        }
    }
}

/// An item of a kind this crate has not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    /// The `field` of a change, or the item's keys apart from sender, recipient and timestamp: at most eight, and `?`
    /// for one that is not a plain word.
    pub names: Vec<String>,
    /// It is known to be nothing that anybody says: a game, a payment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub aside: bool,
}

/// An item of a kind this crate knows, in a shape it does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Malformed {
    /// The key that says what it is, such as `message`; the `field` of a change; `item` or `entry` if it is not even an
    /// object.
    pub name: String,
    /// What was wrong, and where.
    pub fault: Fault,
    /// It is nothing that anybody says: a receipt, a reaction, a message that was taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub aside: bool,
}
