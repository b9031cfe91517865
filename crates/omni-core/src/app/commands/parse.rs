//! Which command was meant. Case and blanks are forgiven; a wrong word gets the nearest one named.

/// A command for those who administer accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Setup,
    Authorize,
    Unauthorize,
    Edit,
    Help,
    List,
    Status,
    Doctor,
}

/// What was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parsed {
    Verb(Verb),
    /// A command about the thread at hand.
    Handover(&'static str),
    /// None, but close to this one.
    Near(&'static str),
    /// None.
    Unknown,
}

const VERBS: [(&str, Verb); 8] = [
    ("setup", Verb::Setup),
    ("authorize", Verb::Authorize),
    ("unauthorize", Verb::Unauthorize),
    ("edit", Verb::Edit),
    ("help", Verb::Help),
    ("list", Verb::List),
    ("status", Verb::Status),
    ("doctor", Verb::Doctor),
];

const HANDOVER_VERBS: [&str; 5] = ["take", "request", "release", "pass", "owner"];

/// Reads the words behind `/instagram`: what to do, and with what.
pub(crate) fn parse(args: &[String]) -> (Parsed, Vec<String>) {
    let words: Vec<&str> = args.iter().flat_map(|arg| arg.split_whitespace()).collect();
    let Some((first, rest)) = words.split_first() else { return (Parsed::Verb(Verb::Help), Vec::new()) };
    let rest = rest.iter().map(|word| (*word).to_owned()).collect();
    let first = first.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if let Some((_, verb)) = VERBS.iter().find(|(word, _)| *word == first) {
        return (Parsed::Verb(*verb), rest);
    }
    if let Some(verb) = HANDOVER_VERBS.iter().find(|word| **word == first) {
        return (Parsed::Handover(verb), rest);
    }
    let known = VERBS.iter().map(|(word, _)| *word).chain(HANDOVER_VERBS);
    // No command is as long, and a comparison costs the product of both lengths.
    let typed: String = first.chars().take(32).collect();
    // Letters put in, taken out, replaced, or swapped with their neighbour.
    let nearest = known.map(|word| (strsim::osa_distance(&typed, word), word)).min();
    match nearest {
        // A third of the letters may be wrong; beyond that a guess is no help.
        Some((wrong, word)) if wrong * 3 <= word.len().max(3) => (Parsed::Near(word), rest),
        _ => (Parsed::Unknown, rest),
    }
}

/// Whether the word is one for agents in a conversation's room.
pub(crate) fn is_handover(word: &str) -> bool {
    HANDOVER_VERBS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Parsed, String) {
        let args: Vec<String> = text.split(' ').map(ToOwned::to_owned).collect();
        let (parsed, rest) = parse(&args);
        (parsed, rest.join(" "))
    }

    #[test]
    fn words_are_read_whatever_their_case_and_blanks() {
        for (text, expected, rest) in [
            ("", Parsed::Verb(Verb::Help), ""),
            ("   ", Parsed::Verb(Verb::Help), ""),
            ("authorize", Parsed::Verb(Verb::Authorize), ""),
            ("  AUTHORIZE  ", Parsed::Verb(Verb::Authorize), ""),
            ("Edit   @Acme_Shop", Parsed::Verb(Verb::Edit), "@Acme_Shop"),
            ("edit 1784 0001", Parsed::Verb(Verb::Edit), "1784 0001"),
            ("take", Parsed::Handover("take"), ""),
            ("PASS inbox", Parsed::Handover("pass"), "inbox"),
            ("autorize", Parsed::Near("authorize"), ""),
            ("authorise", Parsed::Near("authorize"), ""),
            ("unauthorise", Parsed::Near("unauthorize"), ""),
            ("lsit", Parsed::Near("list"), ""),
            ("docter", Parsed::Near("doctor"), ""),
            ("stauts x", Parsed::Near("status"), "x"),
            ("ed", Parsed::Unknown, ""),
            ("hello", Parsed::Unknown, ""),
            ("❤", Parsed::Unknown, ""),
            ("?", Parsed::Unknown, ""),
            ("--help", Parsed::Verb(Verb::Help), ""),
            ("/instagram", Parsed::Unknown, ""),
            ("\"Doctor\"!", Parsed::Verb(Verb::Doctor), ""),
            ("set-up", Parsed::Near("setup"), ""),
            ("\u{a0}list\u{a0}", Parsed::Verb(Verb::List), ""),
        ] {
            assert_eq!(parsed(text), (expected, rest.to_owned()), "{text:?}");
        }
    }
}
