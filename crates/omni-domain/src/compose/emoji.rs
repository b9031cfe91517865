//! Emoji shortcodes: what Rocket.Chat's picker types for the emoji people use most.
//!
//! A complete table would outweigh the rest of this module by far; a name that is not here goes out as it was typed.

/// A line for each emoji: its names parted by spaces, the one that reactions are set by first; a tab; the emoji.
const EMOJI: &str = include_str!("data/emoji.tsv");

fn known() -> impl Iterator<Item = (std::str::Split<'static, char>, &'static str)> {
    EMOJI.lines().filter_map(|line| line.split_once('\t')).map(|(names, emoji)| (names.split(' '), emoji))
}

/// The emoji of a shortcode, given without its colons. A skin tone at the end (`_tone1` to `_tone5`) is applied.
pub fn emoji(name: &str) -> Option<String> {
    let (base, tone) = match name.rsplit_once("_tone") {
        Some((base, digit)) => (base, Some(digit.parse::<u32>().ok().filter(|tone| (1..=5).contains(tone))?)),
        None => (name, None),
    };
    let (_, found) = known().find(|(names, _)| names.clone().any(|name| name == base))?;
    let mut found = found.to_owned();
    if let Some(tone) = tone.and_then(|tone| char::from_u32(0x1f3fa + tone)) {
        found = found.trim_end_matches('\u{fe0f}').to_owned();
        found.push(tone);
    }
    Some(found)
}

/// The shortcode of an emoji, whatever its skin tone.
pub fn shortcode(emoji: &str) -> Option<&'static str> {
    // Nor do the two sides agree on where a variation selector stands.
    let plain = |emoji: &str| {
        emoji.chars().filter(|c| *c != '\u{fe0f}' && !('\u{1f3fb}'..='\u{1f3ff}').contains(c)).collect::<String>()
    };
    let wanted = plain(emoji);
    known().find(|(_, emoji)| plain(emoji) == wanted)?.0.next()
}

/// The emoji of a reaction as Rocket.Chat writes it: `:heart:`.
pub fn of_reaction(shortcode: &str) -> Option<String> {
    let name = shortcode.trim_matches(':');
    // A reaction set through the API may be the character itself.
    emoji(name).or_else(|| (!name.is_ascii()).then(|| name.to_owned()))
}

/// Whether Instagram takes it through a Page: there it has hearts only
/// ([reactions](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/sender-actions)).
pub fn is_heart(emoji: &str) -> bool {
    matches!(emoji.trim_end_matches('\u{fe0f}'), "\u{2764}" | "\u{2665}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcodes() {
        for (name, expected) in [
            ("smile", Some("😄")),
            ("+1", Some("👍")),
            ("thumbsup", Some("👍")),
            ("thumbsup_tone3", Some("👍🏽")),
            ("point_up_tone1", Some("☝🏻")),
            ("thumbsup_tone9", None),
            ("thumbsup_tone", None),
            ("our_own_logo", None),
            ("", None),
        ] {
            assert_eq!(emoji(name).as_deref(), expected, "{name}");
        }
        assert_eq!(
            (shortcode("❤"), shortcode("👍🏿"), shortcode("☝🏻")),
            (Some("heart"), Some("thumbsup"), Some("point_up"))
        );
        assert_eq!((shortcode("🦄"), shortcode("")), (None, None));
        assert_eq!(of_reaction(":heart:").as_deref(), Some("❤️"));
        assert_eq!(of_reaction("🦀").as_deref(), Some("🦀"));
        assert_eq!(of_reaction(":our_own_logo:"), None);
        assert!(is_heart("❤️") && is_heart("♥") && !is_heart("💔"));
    }

    #[test]
    fn no_name_stands_for_two_emoji() {
        let names: Vec<&str> = known().flat_map(|(names, _)| names).collect();
        let unique: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        assert_eq!(known().count(), EMOJI.lines().count());
    }
}
