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
mod attachments;
mod call;
mod challenge;
mod claims;
mod comment;
mod cut;
mod delivery;
mod envelope;
mod event;
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
pub use delivery::{Channel, Delivery, Entry, Item};
pub use envelope::decode;
pub use event::{Event, Malformed, Unknown};
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
pub use side::{Customer, Side};
pub use stored::{edit_of_stored, item_of_stored};
pub use template::{Button, Element, Receipt, Template};
pub use thread_control::{ThreadControl, ThreadControlAction};
