//! `reaction`: somebody put an emoji on a message, or took it off.
//!
//! Source: [`message_reactions`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/message-reactions).

use super::fault::Fault;
use super::reader::Node;
use crate::ids::Mid;
use serde::{Deserialize, Serialize};

/// A reaction to a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reaction {
    /// The message reacted to.
    pub mid: Mid,
    /// Put on or taken off.
    pub action: ReactionAction,
    /// Meta's name for it, such as `love` or `other`; the emoji says more. Absent when taken off.
    pub reaction: Option<String>,
    /// The emoji. Absent when taken off.
    pub emoji: Option<String>,
}

/// Whether a reaction was put on or taken off.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReactionAction {
    /// Put on; replaces an earlier one of the same person.
    React,
    /// Taken off.
    Unreact,
    /// A word this crate has not met.
    Other(String),
}

impl Reaction {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let reaction = node.object()?;
        let action = reaction.need("action")?.text()?;
        Ok(Self {
            mid: reaction.need("mid")?.id()?,
            action: match action.as_str() {
                "react" => ReactionAction::React,
                "unreact" => ReactionAction::Unreact,
                _ => ReactionAction::Other(action),
            },
            reaction: reaction.optional_text("reaction"),
            emoji: reaction.optional_text("emoji"),
        })
    }
}
