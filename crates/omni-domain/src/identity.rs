//! What makes an event the same event however often it is delivered.

use crate::message_record::MessageRecord;
use meta_wire::webhook::{Event, Item, Malformed, MessageEdit, Side, Unknown};

/// What identities of edits begin with; the message's `mid` and the number of the edit follow.
pub const EDIT: &str = "message_edit:";

/// Kind and `mid` where there is one: a `mid` recurs in the echo, the reactions and the edits of a message. Otherwise
/// kind, time and a fingerprint of the item.
pub fn of(item: &Item) -> String {
    let kind = match &item.event {
        Event::Echo(_) | Event::Unsend(_) | Event::MessageEdit(_) | Event::Reaction(_) => item.event.name(),
        // Nothing of the customer's, of any kind.
        _ if item.side == Side::Business => "business",
        Event::Unknown(Unknown { aside: true, .. }) | Event::Malformed(Malformed { aside: true, .. }) => "aside",
        event => event.name(),
    };
    let at = item.timestamp.map_or(0, |at| at.0);
    let by_mid = match &item.event {
        Event::Message(message) => message.mid.as_ref(),
        Event::Echo(echo) => echo.mid.as_ref(),
        Event::Postback(postback) => postback.mid.as_ref(),
        Event::Unsend(unsend) => Some(&unsend.mid),
        Event::MessageEdit(edit) => {
            if let Some(number) = edit.num_edit {
                return format!("{}{number}", edit_prefix(&edit.mid));
            }
            None
        }
        _ => None,
    };
    match by_mid {
        Some(mid) => format!("{kind}:{mid}"),
        None => format!("{kind}:{at}:{:016x}", fingerprint(item.raw.as_str())),
    }
}

/// What identities of all edits of one message begin with; the number of the edit follows.
pub fn edit_prefix(mid: &meta_wire::ids::Mid) -> String {
    format!("{EDIT}{mid}:")
}

/// Whether the event lets the business answer for another 24 hours
/// ([window](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages)).
pub fn opens_window(item: &Item) -> bool {
    match &item.event {
        _ if item.side != Side::Customer => false,
        Event::Message(message) => !message.is_self,
        Event::Postback(_) | Event::Reaction(_) | Event::Referral(_) | Event::Order(_) => true,
        _ => false,
    }
}

/// FNV-1a: tells apart what differs by accident; nothing here guards against intent.
pub fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Whether a later edit of the same message is in place already.
pub fn is_outdated(entries: &[MessageRecord], of: &MessageRecord, edit: &MessageEdit) -> bool {
    let Some(number) = edit.num_edit else { return false };
    let prefix = edit_prefix(&edit.mid);
    entries.iter().any(|entry| {
        let other = entry.identity.strip_prefix(&prefix).and_then(|other| other.parse::<i64>().ok());
        entry.entry_id != of.entry_id && entry.is_settled() && other.is_some_and(|other| other > number)
    })
}
