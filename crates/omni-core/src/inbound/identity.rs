//! What makes an event the same event however often it is delivered.

use meta_wire::webhook::{Event, Item};

/// Whether the event leaves something to see, so that showing it twice would be seen too.
pub(super) fn leaves_a_trace(event: &Event) -> bool {
    !matches!(event, Event::Read(_) | Event::Delivery(_))
}

/// Kind and `mid` where there is one: a `mid` recurs in the echo, the reactions and the edits of a message. Otherwise
/// kind, time and a fingerprint of the item.
pub(super) fn of(item: &Item) -> String {
    let kind = item.event.name();
    let at = item.timestamp.map_or(0, |at| at.0);
    match &item.event {
        Event::Message(message) => message.mid.as_ref().map(|mid| format!("{kind}:{mid}")),
        Event::Echo(echo) => echo.mid.as_ref().map(|mid| format!("{kind}:{mid}")),
        Event::Unsend(unsend) => Some(format!("{kind}:{}", unsend.mid)),
        _ => None,
    }
    .unwrap_or_else(|| format!("{kind}:{at}:{:016x}", fingerprint(item.raw.as_str())))
}

/// Whether the event lets the business answer for another 24 hours
/// ([window](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages)).
pub(super) fn opens_window(item: &Item) -> bool {
    match &item.event {
        Event::Message(message) => !message.is_self,
        Event::Postback(_) | Event::Reaction(_) | Event::Referral(_) | Event::Order(_) => true,
        _ => false,
    }
}

/// FNV-1a: tells apart what differs by accident; nothing here guards against intent.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
