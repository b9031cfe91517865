//! Which command was meant. Case and blanks are forgiven; a wrong word gets the nearest one named.

/// A command for those who administer accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
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
pub(super) enum Parsed {
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
pub(super) fn parse(args: &[String]) -> (Parsed, Vec<String>) {
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
    let nearest = known.map(|word| (distance(&first, word), word)).min();
    match nearest {
        // A third of the letters may be wrong; beyond that a guess is no help.
        Some((wrong, word)) if wrong * 3 <= word.len().max(3) => (Parsed::Near(word), rest),
        _ => (Parsed::Unknown, rest),
    }
}

/// Whether the word is one for agents in a conversation's room.
pub(super) fn is_handover(word: &str) -> bool {
    HANDOVER_VERBS.contains(&word)
}

/// How many letters have to be put in, taken out, replaced or swapped with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(32).collect(), b.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&last, j) + usize::from(ca != cb);
            let mut best = replaced.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let before = |list: &[char], index: usize| index.checked_sub(1).and_then(|i| list.get(i)).copied();
            if before(&a, i) == Some(*cb) && before(&b, j) == Some(*ca) {
                best = best.min(at(&before_last, j.saturating_sub(1)) + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
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
