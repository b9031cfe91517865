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
        let mid = reaction.need("mid")?.id()?;
        let name = reaction.optional_text("reaction").filter(|name| !name.is_empty());
        let emoji = reaction.optional_text("emoji").filter(|emoji| !emoji.is_empty());
        let action = match reaction.optional_text("action").as_deref() {
            Some("react") => ReactionAction::React,
            Some("unreact") => ReactionAction::Unreact,
            Some(other) => ReactionAction::Other(other.to_owned()),
            None if name.is_some() || emoji.is_some() => ReactionAction::React,
            None => return Err(reaction.missing("action")),
        };
        let emoji = match emoji.as_deref().map(unescaped) {
            Some(word) if word.is_ascii() => by_name(&word).map(str::to_owned).or(Some(word)),
            Some(emoji) => Some(emoji),
            None => name.as_deref().and_then(by_name).map(str::to_owned),
        };
        Ok(Self { mid, action, reaction: name, emoji })
    }
}

/// Meta's names for the reactions that are one tap away. Instagram sends them without an emoji at times.
fn by_name(name: &str) -> Option<&'static str> {
    Some(match name.trim_matches(':').to_ascii_lowercase().as_str() {
        "love" | "heart" => "\u{2764}\u{FE0F}",
        "like" | "thumbsup" => "\u{1F44D}",
        "dislike" | "thumbsdown" => "\u{1F44E}",
        "laugh" | "haha" => "\u{1F602}",
        "smile" => "\u{1F60A}",
        "wow" => "\u{1F62E}",
        "sad" => "\u{1F622}",
        "angry" | "anger" => "\u{1F620}",
        _ => return None,
    })
}

/// Meta's own samples write the emoji as `\u{2764}\u{FE0F}`: eight characters and nine in the place of two.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\u{") {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let hex = escape.get(3..).and_then(|tail| tail.split_once('}'));
        let read = hex.and_then(|(hex, tail)| Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, tail)));
        let Some((c, tail)) = read else {
            out.push_str("\\u{");
            rest = escape.get(3..).unwrap_or_default();
            continue;
        };
        out.push(c);
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_what_they_stand_for() {
        for (text, expected) in [
            ("\\u{2764}\\u{FE0F}", "\u{2764}\u{FE0F}"),
            ("a\\u{1f44d}b", "a\u{1F44D}b"),
            ("\\u{110000}", "\\u{110000}"),
            ("\\u{", "\\u{"),
            ("\\u{é}", "\\u{é}"),
            ("\u{1F44D}", "\u{1F44D}"),
            ("", ""),
        ] {
            assert_eq!(unescaped(text), expected);
        }
    }
}
