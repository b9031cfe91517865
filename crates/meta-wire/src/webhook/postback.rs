//! `postback`: somebody tapped a button, Get Started, an ice breaker or a menu entry.
//!
//! Source: [`messaging_postbacks`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messaging_postbacks).

use super::fault::Fault;
use super::reader::Node;
use super::referral::Referral;
use crate::ids::Mid;
use crate::private::Private;
use serde::{Deserialize, Serialize};

/// A tapped button.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Postback {
    /// The message this tap is; absent on Instagram with webhook versions before v11.
    pub mid: Option<Mid>,
    /// What was written on the button: shown as the customer's words.
    pub title: Option<Private>,
    /// What the app that made the button put into it; other apps do not get it.
    pub payload: Option<String>,
    /// How the person came here, when this opens the thread.
    pub referral: Option<Referral>,
}

impl Postback {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let postback = node.object()?;
        Ok(Self {
            mid: postback.optional_id("mid"),
            title: postback.optional_private("title"),
            payload: postback.optional_text("payload"),
            referral: postback.optional("referral", |node| Referral::read(node, &postback)),
        })
    }
}
