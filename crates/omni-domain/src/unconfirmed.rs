//! Messages of which only the id is known for sure: Meta is asked what they are.

use crate::account::Account;
use crate::channel::Channel;
use crate::timing::DAY_MS;
use meta_wire::answer::{Class, Participant, Permission, Refusal};
use meta_wire::ids::{AccountId, Mid, ScopedUserId};
use meta_wire::webhook::{Event, Item};
use serde::{Deserialize, Serialize};

/// How often Meta may refuse a message before it counts as one that cannot be read.
const TRIES: u32 = 3;

/// How long what may pass is waited for, in milliseconds: an outage, a limit, a token to be renewed.
const GIVE_UP_MS: i64 = DAY_MS;

/// A message that an event names and does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The message.
    pub mid: Mid,
    /// Whose conversation it is said to be in. Read to find out whether the message is known, and never believed.
    pub person: Option<ScopedUserId>,
    /// Where in the delivery the event stood.
    pub part: meta_wire::webhook::Channel,
    /// How often the message was edited by then; `None` for one that is new.
    pub num_edit: Option<i64>,
}

/// Messages of one account that one delivery named. Written before Meta gets its answer, removed when Meta has said of each
/// what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unconfirmed {
    /// Ours, random.
    pub record_id: String,
    /// The network.
    pub channel: Channel,
    /// The account that is asked.
    pub account: AccountId,
    /// What is left to ask for, in the order it was named.
    pub messages: Vec<Named>,
    /// The delivery was signed by Meta. One that was not may be an attacker's: it is asked for slowly, and never told as lost.
    pub signed: bool,
    /// When it was stored, Unix milliseconds.
    pub stored_at: i64,
    /// Not before this time, Unix milliseconds.
    pub due_at: i64,
    /// The process that sees to it; others do once it is late.
    pub worker: String,
    /// How often Meta refused.
    pub tries: u32,
}

impl Unconfirmed {
    /// Whether it has waited for longer than what may pass is waited for.
    pub fn is_late(&self, now: i64) -> bool {
        now.saturating_sub(self.stored_at) > GIVE_UP_MS
    }

    /// Whether Meta will not show the message any more.
    pub fn is_hopeless(&self, refusal: &Refusal, now: i64) -> bool {
        match refusal.class {
            Class::RetryLater { .. } | Class::RateLimited { .. } | Class::TokenDead(_) | Class::MaybeSent => {
                self.is_late(now)
            }
            _ => self.tries >= TRIES,
        }
    }
}

/// The message that an event names without telling it; `None` for every other event.
pub fn named(item: &Item) -> Option<Named> {
    let Event::MessageEdit(edit) = &item.event else { return None };
    if edit.new_text().is_some() && item.customer_id().is_some() {
        return None;
    }
    let num_edit = match edit.num_edit {
        // Its number could not be read: what the message says now, Meta tells.
        None => edit.text.is_some().then_some(1),
        number => number.filter(|number| *number > 0),
    };
    let part =
        if item.is_standby() { meta_wire::webhook::Channel::Standby } else { meta_wire::webhook::Channel::Messaging };
    Some(Named { mid: edit.mid.clone(), person: item.customer_id().cloned(), part, num_edit })
}

/// Whether a side of a conversation is the account. Instagram names it by another id in some places.
pub fn is_account(account: &Account, side: &Participant) -> bool {
    let by_id = side.id.as_ref().is_some_and(|id| account.own_ids().iter().any(|own| own.as_str() == id.as_str()));
    let names = side.username.as_deref().zip(account.username.as_deref());
    by_id
        || (account.channel == Channel::Instagram && names.is_some_and(|(one, other)| one.eq_ignore_ascii_case(other)))
}

/// Whether Meta has no such message for the account, or does not say why.
pub fn is_unknown(refusal: &Refusal) -> bool {
    matches!(refusal.class, Class::PermissionMissing(Permission::ObjectAccess) | Class::Invalid(_) | Class::Unknown)
}
