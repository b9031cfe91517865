//! The bodies that a body handed over by the host may have been.
//!
//! The host gives the parsed body, so that what `JSON.parse` and the way into the app change is gone: integers and
//! fractions (see [`numbers`](super::numbers)), and a byte order mark at the start of a long string, which the codec
//! between server and app drops. What can be put right at a bounded cost is tried; the rest cannot be verified.

use super::numbers::{integers, is_rounded, with_exponents};
use super::scalars::{is_string, scalars};
use std::borrow::Cow;
use std::ops::Range;

/// Most bodies tried.
const MAX_ALTERNATIVES: usize = 48;

/// Most different numbers and strings varied: each doubles the alternatives at least.
const MAX_VARIED: usize = 6;

/// From this length on, in bytes of UTF-8, the host's codec decodes a string with `TextDecoder`, which drops a leading
/// U+FEFF. What stands in the body is three bytes shorter.
const MARKED_BYTES: usize = 201;

const MARK: char = '\u{feff}';

/// A body that the host may have turned into another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Original {
    pub(super) body: String,
    /// It holds other integers, not only other forms of the same numbers.
    pub(super) rounded_integers: bool,
}

/// What stands in the body, and what it may have been: itself first.
struct Choice {
    printed: String,
    originals: Vec<String>,
}

/// The bodies this one may come from, without this one itself. Equal numbers are taken to come from equal ones, equal
/// strings from equal ones.
pub(super) fn originals(body: &str) -> impl Iterator<Item = Original> {
    let printed = body;
    let body = with_exponents(printed);
    let varies = |place: &Range<usize>| {
        body.get(place.clone())
            .is_some_and(|text| if is_string(&body, place) { may_lack_mark(text) } else { is_rounded(text) })
    };
    let places: Vec<_> = scalars(&body).into_iter().filter(varies).collect();
    let mut choices: Vec<Choice> = Vec::new();
    let texts = || places.iter().filter_map(|place| body.get(place.clone()));
    // Words come first: addresses and ids are as long, and begin with no mark.
    for text in texts().filter(|text| !is_of_meta(text)).chain(texts().filter(|text| is_of_meta(text))) {
        if choices.len() == MAX_VARIED {
            break;
        }
        if choices.iter().all(|known| known.printed != text) {
            let originals = match text.strip_prefix('"') {
                Some(rest) => vec![text.to_owned(), format!("\"{MARK}{rest}")],
                None => integers(text),
            };
            if originals.len() > 1 {
                choices.push(Choice { printed: text.to_owned(), originals });
            }
        }
    }
    let combinations = choices.iter().fold(1_usize, |all, choice| all.saturating_mul(choice.originals.len()));
    // Combination 0 takes the first choice everywhere, which is the body with nothing but its exponents changed.
    let first = usize::from(matches!(body, Cow::Borrowed(_)));
    (first..combinations.min(MAX_ALTERNATIVES + 1))
        .map(move |combination| replace(&body, &places, &choices, combination))
}

fn replace(body: &str, places: &[Range<usize>], choices: &[Choice], combination: usize) -> Original {
    let chosen = |text: &str| {
        let mut rest = combination;
        for choice in choices {
            let radix = choice.originals.len();
            if choice.printed == text {
                return choice.originals.get(rest % radix).map(String::as_str);
            }
            rest /= radix;
        }
        None
    };
    let mut original = Original { body: String::with_capacity(body.len()), rounded_integers: false };
    let mut copied = 0;
    for place in places {
        let (Some(between), Some(text)) = (body.get(copied..place.start), body.get(place.clone())) else { continue };
        let written = chosen(text).unwrap_or(text);
        original.body.push_str(between);
        original.body.push_str(written);
        original.rounded_integers |= written != text && !text.starts_with('"');
        copied = place.end;
    }
    original.body.push_str(body.get(copied..).unwrap_or_default());
    original
}

/// Whether the string is so long that a mark before it would have been dropped.
fn may_lack_mark(string: &str) -> bool {
    // Escapes make the printed text longer than what the codec read, never shorter.
    string.len() >= MARKED_BYTES - MARK.len_utf8() + 2
}

/// Whether Meta made it: a number, or a string that is an address or an id.
fn is_of_meta(text: &str) -> bool {
    let id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=' | b':' | b'.' | b'$' | b'"');
    text.starts_with("\"https:") || text.bytes().all(id)
}

#[cfg(test)]
mod tests {
    use super::{MAX_ALTERNATIVES, Original, originals};

    #[track_caller]
    fn check(body: &str, expected: &[&str]) {
        let originals: Vec<_> = originals(body).map(|original| original.body).collect();
        assert_eq!(originals, expected, "{body}");
    }

    #[test]
    fn every_integer_that_rounds_the_same_is_tried() {
        // Exact, in a string, negative, with a fraction: nothing to put right.
        check("[9007199254740991,\"17918195224117852\",-17918195224117852,1.5,{\"a\\\"\":1700000000123}]", &[]);
        // 2^53 … 2^54: doubles are even; an odd number between two of them goes to the one divisible by 4.
        check("[17918195224117852]", &["[17918195224117851]", "[17918195224117853]"]);
        check("[17918195224117850]", &[]);
        // Digits JSON.stringify never prints were not rounded.
        check("[17918195224117851]", &[]);
        // Equal numbers move together.
        check(
            "[17918195224117852,17918195224117852]",
            &["[17918195224117851,17918195224117851]", "[17918195224117853,17918195224117853]"],
        );
    }

    #[test]
    fn small_fractions_get_the_exponent_meta_writes() {
        // As JSON.stringify prints them, all changed at once.
        check(
            "[0.000035137828891136,-0.000025,0.00001,1e-7,1.5e-7,{\"a\":0.000035137828891136}]",
            &["[3.5137828891136e-5,-2.5e-5,1.0e-5,1.0e-7,1.5e-7,{\"a\":3.5137828891136e-5}]"],
        );
        // Not small enough, none, in a string, already so, not a number.
        check("[0.0001,0.99,0,0.0,-0,\"0.00001\",3.5e-5,-0.0.0001,1700000000123]", &[]);
        // With a rounded integer: first the fraction alone, then both.
        let expected = [
            ("[1.0e-5,17918195224117852]", false),
            ("[1.0e-5,17918195224117851]", true),
            ("[1.0e-5,17918195224117853]", true),
        ];
        let expected = expected.map(|(body, rounded_integers)| Original { body: body.to_owned(), rounded_integers });
        assert_eq!(originals("[0.00001,17918195224117852]").collect::<Vec<_>>(), expected);
    }

    #[test]
    fn many_rounded_integers_stay_bounded() {
        let body: Vec<u64> = (0..50).map(|n| 17_918_195_224_117_852 + n * 4).collect();
        let body = format!("{body:?}").replace(' ', "");
        assert_eq!(originals(&body).count(), MAX_ALTERNATIVES);
    }

    #[test]
    fn a_string_that_never_ends_is_left_alone() {
        check("[\"17918195224117852\\", &[]);
    }

    #[test]
    fn long_words_may_have_begun_with_a_mark() {
        let (words, address) = ("é ".repeat(66), format!("https://x.example/{}", "a".repeat(200)));
        let body = format!("{{\"url\":\"{address}\",\"text\":\"{words}\",\"id\":17918195224117852}}");
        let originals: Vec<_> = originals(&body).collect();
        // Two strings and a number of three: all but the body itself.
        assert_eq!(originals.len(), 2 * 2 * 3 - 1);
        let first = originals.first().unwrap();
        assert_eq!(first.body, body.replace(&words, &format!("\u{feff}{words}")));
        assert!(!first.rounded_integers);
        assert_eq!(originals.iter().filter(|original| original.rounded_integers).count(), 2 * 2 * 2);
        // The codec keeps the mark of a string of 200 bytes, it included.
        check(&format!("[\"{}\"]", "a".repeat(197)), &[]);
        check(&format!("[\"{}\"]", "a".repeat(198)), &[&format!("[\"\u{feff}{}\"]", "a".repeat(198))]);
    }
}
