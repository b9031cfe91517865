//! Cuts a text into messages that fit.

use crate::limits::Limit;
use unicode_segmentation::UnicodeSegmentation;

/// Cuts `text` into parts of at most `limit` each. The parts put together are exactly `text`.
///
/// A part ends after a paragraph where one ends within the limit, else after a line, a sentence, a word, and only then between
/// two graphemes; the white space after it stays with it. What the reader sees as one character is never cut, unless it alone is
/// larger than the limit: then it is cut between code points, and a code point larger than the limit is a part by itself. Parts
/// may hold nothing but white space when the text holds that much of it.
///
/// ```
/// use meta_wire::{limits::{Limit, Unit}, split::split};
/// let limit = Limit { field: "message.text", max: 12, unit: Unit::Bytes };
/// assert_eq!(split("One. Two words", limit), ["One. ", "Two words"]);
/// assert!(split("", limit).is_empty());
/// ```
pub fn split(text: &str, limit: Limit) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, tail) = rest.split_at(part_len(rest, limit));
        parts.push(part.to_owned());
        rest = tail;
    }
    parts
}

/// Length in bytes of the first part of a text that is not empty; never 0, always on a character boundary.
fn part_len(text: &str, limit: Limit) -> usize {
    let Some(window) = window(text, limit) else { return text.len() };
    match room(window, limit) {
        0 => piece_of_grapheme(window, limit),
        room => best_break(window, room).unwrap_or(room),
    }
}

/// The start of the text up to the first character that does not fit, included: what follows it has no say in where to cut,
/// and a grapheme of a million marks is not read a thousand times. `None` if all of the text fits.
fn window(text: &str, Limit { max, unit, .. }: Limit) -> Option<&str> {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += unit.measure_char(c);
        if used > max {
            return text.get(..at + c.len_utf8());
        }
    }
    None
}

/// How many bytes of whole graphemes fit.
fn room(window: &str, Limit { max, unit, .. }: Limit) -> usize {
    let mut used = 0;
    for (at, grapheme) in window.grapheme_indices(true) {
        used += unit.measure(grapheme);
        if used > max {
            return at;
        }
    }
    window.len()
}

fn piece_of_grapheme(text: &str, Limit { max, unit, .. }: Limit) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += unit.measure_char(c);
        if used > max {
            return if at == 0 { c.len_utf8() } else { at };
        }
    }
    text.len()
}

/// How good a place to cut is; later variants are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Break {
    Word,
    Sentence,
    Line,
    Paragraph,
}

/// The last of the best breaks at or before `room`, as an offset in bytes; white space alone is no part.
fn best_break(text: &str, room: usize) -> Option<usize> {
    let mut best: Option<(Break, usize)> = None;
    let mut seen = Seen::default();
    for (at, grapheme) in text.grapheme_indices(true) {
        if at > room {
            break;
        }
        let space = grapheme.chars().all(char::is_whitespace);
        if !space {
            let found = seen.break_before(grapheme);
            if let Some(found) = found.filter(|_| at > 0)
                && best.is_none_or(|(kind, _)| found >= kind)
            {
                best = Some((found, at));
            }
        }
        seen.push(grapheme, space);
    }
    best.map(|(_, at)| at)
}

/// What stands before the place looked at.
#[derive(Default)]
struct Seen {
    any_word: bool,
    newlines: usize,
    spaces: usize,
    sentence_end: Option<End>,
}

#[derive(Clone, Copy)]
enum End {
    /// A mark that ends a sentence only before white space: a dot may be part of a number or an address.
    BeforeSpace,
    /// A full-width mark; the scripts that use them put no space after it.
    Always,
}

impl Seen {
    fn break_before(&self, grapheme: &str) -> Option<Break> {
        if !self.any_word {
            return None;
        }
        match (self.newlines, self.spaces, self.sentence_end) {
            (2.., _, _) => Some(Break::Paragraph),
            (1, _, _) => Some(Break::Line),
            (0, 1.., Some(_)) => Some(Break::Sentence),
            (0, 0, Some(End::Always)) if closes(grapheme) || ends(grapheme).is_some() => None,
            (0, 0, Some(End::Always)) => Some(Break::Sentence),
            (0, 1.., None) => Some(Break::Word),
            (0, 0, _) => None,
        }
    }

    fn push(&mut self, grapheme: &str, space: bool) {
        if space {
            self.spaces += 1;
            self.newlines += usize::from(grapheme.contains(['\n', '\r', '\u{2028}', '\u{0085}']));
            if grapheme.contains('\u{2029}') {
                self.newlines += 2;
            }
            return;
        }
        if self.spaces > 0 {
            self.sentence_end = None;
        }
        (self.spaces, self.newlines, self.any_word) = (0, 0, true);
        if !closes(grapheme) {
            self.sentence_end = ends(grapheme);
        }
    }
}

fn ends(grapheme: &str) -> Option<End> {
    match grapheme {
        "." | "!" | "?" | "…" | "؟" | "۔" | "।" | "॥" | "։" | "‼" | "⁇" | "⁈" | "⁉" => {
            Some(End::BeforeSpace)
        }
        "。" | "！" | "？" | "｡" | "．" => Some(End::Always),
        _ => None,
    }
}

/// Closing quotes and brackets belong to the sentence they end.
fn closes(grapheme: &str) -> bool {
    matches!(grapheme, ")" | "]" | "}" | "\"" | "'" | "”" | "’" | "»" | "」" | "』" | "）" | "】" | "》")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Unit;
    use proptest::prelude::*;

    fn bytes(max: usize) -> Limit {
        Limit { field: "t", max, unit: Unit::Bytes }
    }

    #[test]
    fn prefers_paragraph_then_line_then_sentence_then_word() {
        for (text, max, expected) in [
            ("all of it", 20, vec!["all of it"]),
            ("A. B\n\nC. D e f", 12, vec!["A. B\n\n", "C. D e f"]),
            ("A. B\nC. D e f", 11, vec!["A. B\n", "C. D e f"]),
            ("A b c. D e f", 9, vec!["A b c. ", "D e f"]),
            ("He said \"no.\" Then left", 18, vec!["He said \"no.\" ", "Then left"]),
            ("costs 3.50 today", 9, vec!["costs ", "3.50 ", "today"]),
            ("word wordword", 8, vec!["word ", "wordword"]),
            ("wordwordword", 5, vec!["wordw", "ordwo", "rd"]),
            ("你好。再见！好", 12, vec!["你好。", "再见！好"]),
            ("「你好。」再见", 18, vec!["「你好。」", "再见"]),
            ("a\r\n\r\nb c d", 8, vec!["a\r\n\r\n", "b c d"]),
        ] {
            assert_eq!(split(text, bytes(max)), expected, "{text:?} at {max}");
        }
    }

    #[test]
    fn a_break_exactly_at_the_limit_is_used() {
        assert_eq!(split("12345 789", bytes(6)), ["12345 ", "789"]);
        assert_eq!(split("12345 789", bytes(5)), ["12345", " 789"]);
    }

    #[test]
    fn a_grapheme_is_kept_whole_if_it_fits_at_all() {
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(split(&format!("ab{family}"), bytes(family.len())), ["ab", family]);
        let parts = split(family, bytes(7));
        assert_eq!(parts.concat(), family);
        assert!(parts.iter().all(|part| part.len() <= 7), "{parts:?}");
        assert_eq!(split("👍a", bytes(1)), ["👍", "a"]);
        assert_eq!(split("ab", bytes(0)), ["a", "b"]);
    }

    #[test]
    fn other_scripts_and_signs_are_kept_whole_too() {
        for grapheme in ["🇩🇪", "1️⃣", "👍🏽", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "क्षि", "กำ", "بَّ", "한", "\r\n"]
        {
            let text = grapheme.repeat(3);
            for max in grapheme.len()..2 * grapheme.len() {
                assert_eq!(split(&text, bytes(max)), [grapheme; 3], "{grapheme:?} at {max}");
            }
        }
    }

    #[test]
    fn a_grapheme_of_a_million_marks_is_cut_in_no_time() {
        let text = format!("a{}", "\u{301}".repeat(1_000_000));
        let parts = split(&text, bytes(1000));
        assert_eq!(parts.len(), 2001);
        assert_eq!(parts.concat(), text);
    }

    proptest! {
        #[test]
        fn joined_parts_are_the_text(
            text in r"(\PC|[ \n.!?]|👨‍👩‍👧|e\u{301}|🇩🇪|1️⃣|क्षि|กำ|بَّ|\r\n){0,200}",
            max in 1usize..80,
            unit in prop_oneof![Just(Unit::Bytes), Just(Unit::Characters)],
        ) {
            let limit = Limit { field: "t", max, unit };
            let parts = split(&text, limit);
            prop_assert_eq!(parts.concat(), text.clone());
            let boundaries: Vec<usize> =
                text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
            let largest = text.graphemes(true).map(|g| unit.measure(g)).max().unwrap_or(0);
            let mut at = 0;
            for part in &parts {
                prop_assert!(!part.is_empty());
                prop_assert!(unit.measure(part) <= max.max(4));
                at += part.len();
                if largest <= max {
                    prop_assert!(unit.measure(part) <= max);
                    prop_assert!(boundaries.contains(&at), "cut inside a grapheme at {}", at);
                }
            }
        }

        #[test]
        fn no_two_neighbours_would_have_fit_in_one_when_words_are_all_there_is(
            words in proptest::collection::vec("[a-z]{1,8}", 1..60), max in 10usize..40,
        ) {
            let parts = split(&words.join(" "), bytes(max));
            for pair in parts.windows(2) {
                let next_word = pair[1].split_inclusive(' ').next().unwrap();
                prop_assert!(pair[0].len() + next_word.len() > max);
            }
        }
    }
}
