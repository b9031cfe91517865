//! Words that call everybody. Servers refuse a message with them from anybody who may not: visitors, apps and bots
//! ([BeforeSavePreventMention](https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/server/services/messages/hooks/BeforeSavePreventMention.ts)).

/// Stands where it breaks a meaning without being seen.
pub const BREAK: char = '\u{200B}';

/// Whether what follows an `@` makes it call everybody.
pub fn calls_everybody(after_at: &str) -> bool {
    let word: String = after_at.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')).collect();
    matches!(word.trim_end_matches('.').to_lowercase().as_str(), "all" | "here" | "everyone")
}

/// Breaks words that call everybody.
pub fn spare(text: &mut String) {
    let calls = |&(at, sign): &(usize, &str)| {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + sign.len()..).unwrap_or_default());
        !before.chars().next_back().is_some_and(char::is_alphanumeric) && calls_everybody(after)
    };
    let places: Vec<usize> = text.match_indices('@').filter(calls).map(|(at, sign)| at + sign.len()).collect();
    for at in places.into_iter().rev() {
        text.insert(at, BREAK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_calls_everybody_is_broken() {
        for (text, expected) in [
            ("@all and @here", "@\u{200B}all and @\u{200B}here"),
            ("(@all) >@here", "(@\u{200B}all) >@\u{200B}here"),
            ("é@all", "é@all"),
            ("me@all.example @allan @", "me@all.example @allan @"),
            ("@\u{200B}all", "@\u{200B}all"),
        ] {
            let mut broken = text.to_owned();
            spare(&mut broken);
            assert_eq!(broken, expected);
        }
    }
}
