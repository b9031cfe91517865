//! Whose doing an item is, and which of its two ids is the customer's.
//!
//! Meta marks what the business wrote with `is_echo`, in messages only. Its own reactions and edits carry no mark, some of its
//! messages lack it, and in some echoes the two ids stand as in a message of the customer's. The ids do not lie: the side
//! that is the account is never the customer.

use super::fault::Fault;
use super::reader::{Node, Object};
use crate::ids::{AccountId, ScopedUserId, UserRef};
use serde::{Deserialize, Serialize};

/// Whose doing an item is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The customer's, or Meta's own.
    #[default]
    Customer,
    /// The business's: through this app, another one, Meta's inbox or the phone.
    Business,
    /// The account's with itself: it is on both sides, and no customer is concerned.
    Itself,
}

impl Side {
    /// For serde, which leaves out what is usual.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(super) fn is_customer(&self) -> bool {
        *self == Self::Customer
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

/// `sender` or `recipient`, held against the ids of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Party {
    /// Not there.
    Absent,
    /// The account.
    Own,
    /// Anybody else, or an id that cannot be read.
    Other,
}

/// The key that names the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Sender,
    Recipient,
}

impl Key {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Recipient => "recipient",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Sender => Self::Recipient,
            Self::Recipient => Self::Sender,
        }
    }
}

/// The one rule. The ids decide; `is_echo` says who wrote where the customer's id stands first, and everything where neither
/// id is known to be the account's.
fn decide(sender: Party, recipient: Party, is_echo: bool) -> (Side, Key) {
    let by = if is_echo { Side::Business } else { Side::Customer };
    match (sender, recipient) {
        (Party::Own, Party::Own) => (Side::Itself, Key::Sender),
        (Party::Own, _) => (Side::Business, Key::Recipient),
        (_, Party::Own) => (by, Key::Sender),
        _ if is_echo => (by, Key::Recipient),
        _ => (by, Key::Sender),
    }
}

/// Who stands on which side of an item.
pub(super) struct Sides {
    pub(super) side: Side,
    /// Where the customer is named, or should be.
    pub(super) key: Key,
    pub(super) customer: Option<Customer>,
    pub(super) account: Option<AccountId>,
    /// The customer's side is there but cannot be read.
    pub(super) fault: Option<Fault>,
}

impl Sides {
    /// Of a call, which names both ends and no sender.
    pub(super) fn between(from: Option<AccountId>, to: Option<AccountId>, own: &[AccountId]) -> Self {
        let party = |id: &Option<AccountId>| match id {
            None => Party::Absent,
            Some(id) if own.contains(id) => Party::Own,
            Some(_) => Party::Other,
        };
        let (side, key) = decide(party(&from), party(&to), false);
        let (customer, account) = match key {
            Key::Sender => (from, to),
            Key::Recipient => (to, from),
        };
        let customer = customer
            .filter(|_| side != Side::Itself)
            .map(|id| Customer { id: Some(ScopedUserId::from(id.as_str())), user_ref: None });
        Self { side, key, customer, account, fault: None }
    }

    /// `own` are the ids the account is known by: its own, that of the Page it is linked to, and any other.
    pub(super) fn of(item: &Object<'_, '_>, is_echo: bool, own: &[AccountId]) -> Self {
        let id = |key: Key| -> Option<AccountId> {
            item.get(key.name()).and_then(|node| node.object().ok()?.get("id")?.id().ok())
        };
        let (sender, recipient) = (id(Key::Sender), id(Key::Recipient));
        let party = |key: Key, id: &Option<AccountId>| match id {
            Some(id) if own.contains(id) => Party::Own,
            None if !item.has(key.name()) => Party::Absent,
            _ => Party::Other,
        };
        let (side, key) = match (&sender, &recipient) {
            (Some(one), Some(other)) if one == other => (Side::Itself, Key::Sender),
            _ => decide(party(Key::Sender, &sender), party(Key::Recipient, &recipient), is_echo),
        };
        let account = item.optional(key.other().name(), |node| {
            let side = node.object()?;
            // A plugin's recipient and some samples name no id; that is no fault of the account's side.
            side.maybe("id", |node| node.id::<AccountId>())
        });
        let (customer, fault) = match side {
            Side::Itself => (None, None),
            _ => match item.maybe(key.name(), customer) {
                Ok(customer) => (customer, None),
                Err(fault) => (None, Some(fault)),
            },
        };
        Self { side, key, customer, account: account.flatten(), fault }
    }
}

fn customer(node: Node<'_, '_>) -> Result<Customer, Fault> {
    let side = node.object()?;
    let user_ref: Option<UserRef> = side.optional_id("user_ref");
    let id: Option<ScopedUserId> = match side.get("id") {
        Some(id) => Some(id.id()?),
        None if user_ref.is_some() => None,
        None => return Err(side.missing("id")),
    };
    Ok(Customer { id, user_ref })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Platform;
    use crate::webhook::{Channel, Event, decode_item};
    use serde_json::{Value, json};

    const OWN: &str = "17840000000000003";
    const SECOND: &str = "27840000000000003";
    const LINKED: &str = "2000000000000002";
    const PERSON: &str = "7001";

    /// Every kind of event that names two sides, with what it is called when the business did it.
    fn events() -> Vec<(Value, &'static str, &'static str)> {
        vec![
            (json!({ "message": { "mid": "m", "text": "t" } }), "message", "echo"),
            (json!({ "message": { "mid": "m", "attachments": [{ "type": "image" }] } }), "message", "echo"),
            (json!({ "message": { "mid": "m", "text": "t", "is_self": true } }), "message", "echo"),
            (json!({ "message": { "mid": "m", "is_deleted": true } }), "unsend", "unsend"),
            (json!({ "message_edit": { "mid": "m", "text": "t", "num_edit": 1 } }), "message_edit", "message_edit"),
            (json!({ "reaction": { "mid": "m", "action": "react", "emoji": "❤" } }), "reaction", "reaction"),
            (json!({ "postback": { "mid": "m", "title": "t" } }), "postback", "postback"),
            (json!({ "read": { "mid": "m" } }), "read", "read"),
            (json!({ "referral": { "ref": "r" } }), "referral", "referral"),
            (json!({ "message": "TEST_MESSAGE" }), "message", "echo"),
        ]
    }

    /// Event kind × sender × recipient × `is_echo`.
    #[test]
    fn the_ids_say_whose_side_it_is() {
        use Side::{Business, Customer, Itself};
        let (own, second, linked, person) = (Some(OWN), Some(SECOND), Some(LINKED), Some(PERSON));
        let other = Some("7002");
        for (sender, recipient, unmarked, marked) in [
            (person, own, (Customer, person), (Business, person)),
            (person, second, (Customer, person), (Business, person)),
            (person, linked, (Customer, person), (Business, person)),
            (own, person, (Business, person), (Business, person)),
            (second, person, (Business, person), (Business, person)),
            (linked, person, (Business, person), (Business, person)),
            (own, own, (Itself, None), (Itself, None)),
            (own, second, (Itself, None), (Itself, None)),
            (linked, own, (Itself, None), (Itself, None)),
            // An account under an id that is not known: the flag has to do.
            (person, other, (Customer, person), (Business, other)),
            (person, person, (Itself, None), (Itself, None)),
            (person, None, (Customer, person), (Business, None)),
            (own, None, (Business, None), (Business, None)),
            (None, own, (Customer, None), (Business, None)),
            (None, person, (Customer, None), (Business, person)),
            (None, None, (Customer, None), (Business, None)),
        ] {
            for (event, by_customer, by_business) in events() {
                for is_echo in [None, Some(false), Some(true)] {
                    let mut item = event.clone();
                    for (key, id) in [("sender", sender), ("recipient", recipient)] {
                        if let Some(id) = id {
                            item[key] = json!({ "id": id });
                        }
                    }
                    let is_marked = is_echo == Some(true) && item["message"].is_object();
                    if let (Some(is_echo), Some(message)) = (is_echo, item["message"].as_object_mut()) {
                        message.insert("is_echo".to_owned(), is_echo.into());
                    }
                    let own = [OWN, SECOND, LINKED].map(AccountId::from);
                    let decoded = decode_item(Platform::Instagram, Channel::Messaging, &own, &item.to_string());
                    let (side, customer) = if is_marked { marked } else { unmarked };
                    let found = decoded.customer_id().map(ScopedUserId::as_str);
                    assert_eq!((decoded.side, found), (side, customer), "{item}");
                    let name = if side == Customer { by_customer } else { by_business };
                    // An edit that names neither side still names the message.
                    let nobody = customer.is_none() && side != Itself && by_customer != "message_edit";
                    assert_eq!(decoded.event.name(), if nobody { "malformed" } else { name }, "{item}");
                    if let Event::Unsend(unsend) = &decoded.event {
                        assert_eq!(unsend.by_business, side != Customer, "{item}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_flag_that_is_none_costs_nothing() {
        let item = json!({ "sender": { "id": PERSON }, "recipient": { "id": OWN },
            "message": { "mid": "m", "text": "t", "is_echo": "perhaps", "is_deleted": 7, "is_unsupported": [] } });
        let item = decode_item(Platform::Instagram, Channel::Messaging, &[OWN.into()], &item.to_string());
        assert_eq!((item.event.name(), item.side), ("message", Side::Customer));
        assert_eq!(item.notes.len(), 3);
    }
}
