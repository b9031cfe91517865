//! Sender actions: typing, seen, reactions.
//!
//! [Sender actions](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/sender-actions);
//! on Instagram since 23 September 2025
//! ([changelog](https://developers.facebook.com/documentation/business-messaging/messenger-platform/changelog)), there with
//! any emoji since 2 December 2025 where the account is connected with Instagram Login
//! ([changelog](https://developers.facebook.com/docs/instagram-platform/changelog)).

use super::{Recipient, on_route};
use crate::ids::Mid;
use crate::platform::Platform;
use crate::request::error::filled;
use crate::request::{Business, Graph, HttpRequest, RequestError, Route};
use serde_json::json;

/// Something shown to the customer that is no message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Shows that somebody types; Meta hides it after some seconds or with the next message.
    TypingOn,
    /// Hides it.
    TypingOff,
    /// Marks the customer's messages as seen.
    MarkSeen,
    /// Sets our reaction to a message; a second one replaces the first.
    React {
        /// The message.
        mid: Mid,
        /// An emoji. For Instagram accounts reached through a Page Meta documents one value, `love`: any red heart is sent
        /// as that.
        reaction: String,
    },
    /// Takes our reaction back.
    Unreact {
        /// The message.
        mid: Mid,
    },
}

/// `POST /{node}/messages` with an action and nothing else. Answered by [`Sent`](crate::answer::Sent) without a message id.
///
/// # Errors
/// [`RequestError`] for an empty recipient, message id or reaction.
pub fn sender_action(
    graph: &Graph,
    business: &Business,
    recipient: &Recipient,
    action: &Action,
) -> Result<HttpRequest, RequestError> {
    on_route(graph, business, "messages")?;
    let recipient = recipient.to_json(business.platform)?;
    let body = match action {
        Action::TypingOn => json!({ "recipient": recipient, "sender_action": "typing_on" }),
        Action::TypingOff => json!({ "recipient": recipient, "sender_action": "typing_off" }),
        Action::MarkSeen => json!({ "recipient": recipient, "sender_action": "mark_seen" }),
        Action::React { mid, reaction } => {
            filled("payload.message_id", mid.as_str())?;
            filled("payload.reaction", reaction)?;
            let reaction = match (business.platform, graph.route) {
                (Platform::Instagram, Route::FacebookLogin) if is_heart(reaction) => "love",
                _ => reaction.as_str(),
            };
            let payload = json!({ "message_id": mid, "reaction": reaction });
            json!({ "recipient": recipient, "sender_action": "react", "payload": payload })
        }
        Action::Unreact { mid } => {
            filled("payload.message_id", mid.as_str())?;
            json!({ "recipient": recipient, "sender_action": "unreact", "payload": { "message_id": mid } })
        }
    };
    graph.post_json(&[&business.node, "messages"], &body)
}

fn is_heart(reaction: &str) -> bool {
    matches!(reaction.trim_end_matches('\u{fe0f}'), "\u{2764}" | "\u{2665}")
}
