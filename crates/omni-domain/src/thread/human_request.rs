//! A customer who asks for a person while another app has the thread.

use crate::settings::Settings;
use meta_wire::webhook::{Event, Item};

/// Whether the event is one of those by which customers ask for a person: a tapped button or ice breaker, a quick reply, or
/// the same words typed. An app on standby is not told the payload of a button
/// ([standby](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/standby)),
/// so its title counts as well.
pub fn is_asked_for(settings: &Settings, item: &Item) -> bool {
    if settings.human_requests.is_empty() {
        return false;
    }
    let said: [Option<&str>; 2] = match &item.event {
        Event::Postback(postback) => [postback.payload.as_deref(), postback.title.as_deref()],
        Event::Message(message) => {
            let payload = message.quick_reply.as_ref().and_then(|reply| reply.payload.as_deref());
            [payload, message.text.as_deref()]
        }
        _ => return false,
    };
    said.into_iter().flatten().any(|said| {
        let said = said.trim().to_lowercase();
        settings.human_requests.contains(&said)
    })
}
