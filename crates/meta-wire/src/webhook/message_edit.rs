//! `message_edit`: a message was changed after it was sent.
//!
//! Instagram also sends it for messages that were not changed: with `num_edit` 0 and without a text, beside the message or
//! in its place, at times without sender and recipient. Such an event names a message and says nothing of it.
//!
//! Source: [`message_edits`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/message-edits),
//! [Instagram examples](https://developers.facebook.com/documentation/instagram-platform/webhooks/examples).

use super::fault::Fault;
use super::reader::Node;
use crate::ids::Mid;
use crate::private::Private;
use serde::{Deserialize, Serialize};

/// A message's new text, or the mere name of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageEdit {
    /// The message.
    pub mid: Mid,
    /// Its text now; an empty one counts as none, since nobody can edit a message to nothing.
    pub text: Option<Private>,
    /// How often it was edited, at most 5 by the client's rule.
    pub num_edit: Option<i64>,
}

impl MessageEdit {
    /// The new text, if the event tells one: a text that belongs to an edit by its number.
    pub fn new_text(&self) -> Option<&Private> {
        self.text.as_ref().filter(|_| self.num_edit.is_some_and(|number| number > 0))
    }

    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let edit = node.object()?;
        Ok(Self {
            mid: edit.need("mid")?.id()?,
            text: edit.maybe("text", |node| node.private())?.filter(|text| !text.is_empty()),
            num_edit: edit.optional("num_edit", |node| node.integer()),
        })
    }
}
