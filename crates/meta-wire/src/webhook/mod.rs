//! Webhooks in: the verification request, the envelope, and every messaging event in it.
//!
//! [`decode`] turns a body into a [`Delivery`]. Nothing in a body is lost: each item becomes an [`Item`] that keeps its
//! raw JSON, whether it was decoded, is of a kind this crate has not met ([`Event::Unknown`]), or has a shape this crate
//! models differently ([`Event::Malformed`], which says where). [`decode_item`] decodes one stored item again.
//!
//! ```
//! use meta_wire::webhook::{self, Event};
//!
//! let body = r#"{"object":"page","entry":[{"id":"1111","time":1700000000123,"messaging":[
//!     {"sender":{"id":"2222"},"recipient":{"id":"1111"},"timestamp":1700000000001,
//!      "message":{"mid":"m_1","text":"hello"}}]}]}"#;
//! let delivery = webhook::decode(body)?;
//! for entry in &delivery.entries {
//!     for item in &entry.items {
//!         match &item.event {
//!             Event::Message(message) => assert_eq!(message.text.as_deref(), Some("hello")),
//!             Event::Unknown(_) | Event::Malformed(_) => { /* keep item.raw, count, carry on */ }
//!             _ => {}
//!         }
//!     }
//! }
//! # Ok::<(), webhook::DecodeError>(())
//! ```
//!
//! Sources: [Messenger webhooks](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks),
//! [Instagram messaging webhooks](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks),
//! [Graph webhooks](https://developers.facebook.com/docs/graph-api/webhooks/getting-started).

mod account_linking;
mod app_roles;
mod attachment;
mod call;
mod challenge;
mod claims;
mod comment;
mod cut;
mod envelope;
mod fault;
mod feed;
mod feedback;
mod form;
mod integrity;
mod item;
mod lead;
mod mention;
mod message;
mod message_edit;
mod name;
mod optin;
mod order;
mod policy_enforcement;
mod postback;
mod reaction;
mod reader;
mod receipts;
mod referral;
mod side;
mod stored;
mod surrogates;
mod template;
mod thread_control;

pub use account_linking::AccountLinking;
pub use app_roles::{AppRole, AppRoles};
pub use attachment::{
    AppointmentBooking, Attachment, BookedTime, Link, Location, MalformedAttachment, Media, MediaKind, Share,
    ShareKind, Sticker, Story, StoryKind, UnknownAttachment,
};
pub use call::{Call, CallPermission, CallSettings, Calls};
pub use challenge::{ChallengeError, verify_challenge};
pub use claims::{Claim, ClaimedMessage, Claims, claims};
pub use comment::{Author, Comment, CommentedMedia};
pub use envelope::decode;
pub use fault::{DecodeError, Fault, JsonErrorKind, Problem, Shape};
pub use feed::FeedChange;
pub use feedback::{FeedbackAnswer, FeedbackQuestion, FeedbackScreen, MessagingFeedback, ResponseFeedback};
pub use form::Form;
pub use integrity::{Feature, Integrity, Restriction, Violation};
pub use item::decode_item;
pub use lead::{Lead, LeadAnswer};
pub use mention::Mention;
pub use message::{Echo, HopContext, Message, QuickReply, RepliedStory, ReplyTo, Unsend};
pub use message_edit::MessageEdit;
pub use optin::Optin;
pub use order::{Order, OrderedProduct};
pub use policy_enforcement::PolicyEnforcement;
pub use postback::Postback;
pub use reaction::{Reaction, ReactionAction};
pub use receipts::{DeliveryReceipt, ReadReceipt};
pub use referral::{AdsContext, Referral};
pub use side::Side;
pub use stored::{edit_of_stored, item_of_stored};
pub use template::{Button, Element, Receipt, Template};
pub use thread_control::{ThreadControl, ThreadControlAction};

use crate::ids::{AccountId, ScopedUserId, UserRef};
use crate::platform::Platform;
use crate::private::RawJson;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// One webhook body: everything Meta delivered in one POST.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The platform `object` names.
    pub platform: Platform,
    /// Entries in order; several accounts may share a body.
    pub entries: Vec<Entry>,
}

impl Delivery {
    /// All items of all entries, each with the entry it came in.
    pub fn items(&self) -> impl Iterator<Item = (&Entry, &Item)> {
        self.entries.iter().flat_map(|entry| entry.items.iter().map(move |item| (entry, item)))
    }
}

/// What one delivery holds for one account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The Page or Instagram account, from `entry.id`; where Meta leaves that out, from the first item that names it.
    pub account: Option<AccountId>,
    /// When Meta sent it.
    pub time: Option<UnixMillis>,
    /// Items in order: those of `messaging`, then `standby`, then `changes`.
    pub items: Vec<Item>,
}

/// One item of an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Where in the entry it stood.
    pub channel: Channel,
    /// `field`, for an item of `changes`.
    pub field: Option<String>,
    /// Whose doing it is.
    #[serde(default, skip_serializing_if = "Side::is_customer")]
    pub side: Side,
    /// The customer: the one of sender and recipient that is not the account. Absent where nobody in particular is meant
    /// ([`Event::PolicyEnforcement`], [`Event::AppRoles`], comments), in edits that Instagram sends without,
    /// and best effort in a malformed item.
    pub customer: Option<Customer>,
    /// The account as the item names it, opposite the customer.
    pub account: Option<AccountId>,
    /// When it happened. Absent in some delivery receipts; the entry's time is the next best.
    pub timestamp: Option<UnixMillis>,
    /// What happened.
    pub event: Event,
    /// Parts the event could do without and that did not have the expected shape: left out of `event`, and worth a
    /// look, since they show where this crate and Meta differ.
    pub notes: Vec<Fault>,
    /// The item as it came. With `channel`, [`decode_item`] decodes it again.
    pub raw: RawJson,
}

impl Item {
    /// Whether the thread is another app's: such an item is context to be shown, not to be answered.
    pub fn is_standby(&self) -> bool {
        self.channel == Channel::Standby || self.field.as_deref() == Some("standby")
    }

    /// Whether it holds words, or what stands for them, in a shape that cannot be read.
    pub fn has_unread_words(&self) -> bool {
        self.notes.iter().any(|fault| ["message.text", "message.quick_reply", "postback.title"].contains(&&*fault.path))
    }

    /// The customer's scoped id, if there is one.
    pub fn customer_id(&self) -> Option<&ScopedUserId> {
        self.customer.as_ref()?.id.as_ref()
    }
}

/// The customer of an item. At least one field is set.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Customer {
    /// Their id as the account sees it: PSID or IGSID.
    pub id: Option<ScopedUserId>,
    /// The name a chat plugin gave them, alone or beside the id.
    pub user_ref: Option<UserRef>,
}

/// Where in an entry an item stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// `messaging`: the account's own threads.
    Messaging,
    /// `standby`: threads another app owns.
    Standby,
    /// `changes`, or `field` and `value` in the entry itself (Instagram Login); raw is the object of the two.
    Changes,
    /// The entry itself, when it has none of the above; raw is the entry.
    Entry,
}

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

/// A name Meta gave something, fit for a log line: as it is if it is a plain word of at most 64 characters, otherwise
/// `?`, since it might be content in the wrong place.
fn plain_word(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let fits = (1..=64).contains(&name.len()) && name.bytes().all(plain);
    if fits { name.to_owned() } else { "?".to_owned() }
}
