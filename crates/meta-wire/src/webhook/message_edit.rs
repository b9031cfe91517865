//! `message_edit`: a message was changed after it was sent.
//!
//! Source: [`message_edits`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/message-edits),
//! [Instagram examples](https://developers.facebook.com/documentation/instagram-platform/webhooks/examples).

use super::fault::Fault;
use super::reader::Node;
use crate::ids::Mid;
use crate::private::Private;
use serde::{Deserialize, Serialize};

/// A message's new text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageEdit {
    /// The message.
    pub mid: Mid,
    /// Its text now.
    pub text: Option<Private>,
    /// How often it was edited, at most 5 by the client's rule.
    pub num_edit: Option<i64>,
}

impl MessageEdit {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let edit = node.object()?;
        Ok(Self {
            mid: edit.need("mid")?.id()?,
            text: edit.maybe("text", |node| node.private())?,
            num_edit: edit.optional("num_edit", |node| node.integer()),
        })
    }
}
