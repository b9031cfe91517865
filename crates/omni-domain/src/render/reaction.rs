//! Reactions, as agents read them.

use super::text::{done, harmless};
use crate::compose::emoji::shortcode;
use crate::key;
use crate::texts::Translator;
use meta_wire::webhook::Reaction;

/// That the customer reacted.
pub fn reaction_text(say: Translator<'_>, reaction: &Reaction) -> String {
    done(&say.text(key!("in_reacted"), &[("emoji", &shown_emoji(reaction))]))
}

/// The emoji as people read it, or Meta's name for it.
pub fn shown_emoji(reaction: &Reaction) -> String {
    reaction.emoji.as_deref().or(reaction.reaction.as_deref()).map(harmless).unwrap_or_default()
}

/// What the app itself marks agents' messages with: delivered, read, not sent. As a reaction of the customer's it would
/// be taken for that.
const TAKEN: [&str; 3] = ["white_check_mark", "eyes", "warning"];

/// Rocket.Chat's name for the emoji, where the app may set it in the customer's place.
pub fn short_name(reaction: &Reaction) -> Option<&'static str> {
    let name = reaction.emoji.as_deref().and_then(shortcode);
    name.filter(|name| !TAKEN.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use meta_wire::ids::Mid;
    use meta_wire::webhook::ReactionAction;

    #[test]
    fn emoji_have_the_servers_names() {
        for (emoji, name, expected) in [
            (Some("❤️"), Some("love"), Some("heart")),
            (Some("❤"), None, Some("heart")),
            (Some("👍🏽"), None, Some("thumbsup")),
            (Some("👍"), Some("like"), Some("thumbsup")),
            (Some("👎"), Some("dislike"), Some("thumbsdown")),
            (Some("😂"), Some("laugh"), Some("joy")),
            (Some("😊"), Some("smile"), Some("blush")),
            (Some("😮"), Some("wow"), Some("open_mouth")),
            (Some("😢"), Some("sad"), Some("cry")),
            (Some("😠"), Some("angry"), Some("angry")),
            (Some("🦄"), Some("other"), None),
            (Some("👀"), None, None),
            (None, Some("other"), None),
            (None, None, None),
        ] {
            let reaction = Reaction {
                mid: Mid::from("m"),
                action: ReactionAction::React,
                reaction: name.map(ToOwned::to_owned),
                emoji: emoji.map(ToOwned::to_owned),
            };
            assert_eq!(short_name(&reaction), expected, "{emoji:?} {name:?}");
        }
    }
}
