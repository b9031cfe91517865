//! What was delivered: the envelope's entries, and the items in each.

use super::event::Event;
use super::fault::Fault;
use super::side::{Customer, Side};
use crate::ids::{AccountId, ScopedUserId};
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
    /// The item as it came. With `channel`, [`decode_item`](super::decode_item) decodes it again.
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
