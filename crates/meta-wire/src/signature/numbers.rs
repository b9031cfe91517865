//! Numbers that `JSON.parse` and `JSON.stringify` do not give back as they were.
//!
//! Meta writes some ids as numbers, and Instagram's have 17 digits: beyond 2^53 - 1 neighbouring integers share one
//! double, and the body printed again holds another number than the one signed. The original is one of the few integers
//! that round to the same double. And a fraction below 0.0001, as the confidence of something found in a text may be, is
//! written by Meta with an exponent, as PHP does (`3.5e-5`, `1.0e-5`), but printed by `JSON.stringify` as
//! `0.000035`.

use crate::ids::may_be_rounded;
use crate::{json_string, number};
use std::borrow::Cow;
use std::ops::Range;

/// Most bodies tried.
const MAX_ALTERNATIVES: usize = 48;

/// Most different numbers varied: each doubles the alternatives at least.
const MAX_NUMBERS: usize = 6;

/// Most integers taken for one number: covers everything below 2^58.
const MAX_PER_NUMBER: u64 = 32;

/// A body that `JSON.stringify(JSON.parse(…))` may have turned into another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Original {
    pub(super) body: String,
    /// It holds other integers, not only other forms of the same numbers.
    pub(super) rounded_integers: bool,
}

/// The bodies this one may come from, without this one itself. Equal numbers are taken to come from equal ones.
pub(super) fn originals(body: &str) -> impl Iterator<Item = Original> {
    let printed = body;
    let body = with_exponents(printed);
    let places: Vec<_> =
        numbers(&body).into_iter().filter(|place| body.get(place.clone()).is_some_and(is_rounded)).collect();
    let mut choices: Vec<(String, Vec<String>)> = Vec::new();
    for digits in places.iter().filter_map(|place| body.get(place.clone())) {
        if choices.len() == MAX_NUMBERS {
            break;
        }
        if choices.iter().all(|(known, _)| known != digits) {
            let originals = integers(digits);
            if originals.len() > 1 {
                choices.push((digits.to_owned(), originals));
            }
        }
    }
    let combinations = choices.iter().fold(1_usize, |all, (_, originals)| all.saturating_mul(originals.len()));
    // Combination 0 takes the first choice everywhere, which is the body with nothing but its exponents changed.
    let first = usize::from(matches!(body, Cow::Borrowed(_)));
    (first..combinations.min(MAX_ALTERNATIVES + 1)).map(move |combination| Original {
        body: replace(&body, &places, &choices, combination),
        rounded_integers: combination > 0,
    })
}

fn replace(body: &str, places: &[Range<usize>], choices: &[(String, Vec<String>)], combination: usize) -> String {
    let chosen = |digits: &str| {
        let mut rest = combination;
        for (number, originals) in choices {
            let radix = originals.len();
            if number == digits {
                return originals.get(rest % radix).cloned();
            }
            rest /= radix;
        }
        None
    };
    let mut text = String::with_capacity(body.len());
    let mut copied = 0;
    for place in places {
        let (Some(between), Some(digits)) = (body.get(copied..place.start), body.get(place.clone())) else { continue };
        text.push_str(between);
        match chosen(digits) {
            Some(original) => text.push_str(&original),
            None => text.push_str(digits),
        }
        copied = place.end;
    }
    text.push_str(body.get(copied..).unwrap_or_default());
    text
}

/// The integers that read as the same double: `digits` first, then by distance from the double.
fn integers(digits: &str) -> Vec<String> {
    let mut originals = vec![digits.to_owned()];
    let Some(double) = number::read(digits) else { return originals };
    // Rounded integers lie beyond 2^53, where doubles are integers; a cast saturates.
    let centre = double as u64;
    let mut distance = 0;
    let same = |number: Option<u64>| number.filter(|&number| number as f64 == double && number < u64::MAX);
    while distance <= MAX_PER_NUMBER / 2 {
        let (below, above) = (same(centre.checked_sub(distance)), same(centre.checked_add(distance)));
        if below.is_none() && above.is_none() {
            break;
        }
        for number in [below, above].into_iter().flatten() {
            let number = number.to_string();
            if !originals.contains(&number) {
                originals.push(number);
            }
        }
        distance += 1;
    }
    originals
}

fn is_rounded(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit()) && may_be_rounded(number)
}

/// The body with all fractions below 0.0001 as PHP writes them.
fn with_exponents(body: &str) -> Cow<'_, str> {
    let mut text = String::new();
    let mut copied = 0;
    for place in numbers(body) {
        let Some(written) = body.get(place.clone()).and_then(with_exponent) else { continue };
        text.push_str(body.get(copied..place.start).unwrap_or_default());
        text.push_str(&written);
        copied = place.end;
    }
    if copied == 0 {
        return Cow::Borrowed(body);
    }
    text.push_str(body.get(copied..).unwrap_or_default());
    Cow::Owned(text)
}

/// A fraction below 0.0001 as PHP writes it, where that is another text than this one.
fn with_exponent(number: &str) -> Option<String> {
    let value = number::read(number)?;
    if value == 0.0 || value.abs() >= 1e-4 {
        return None;
    }
    let mut written = format!("{value:e}");
    if !written.contains('.') {
        written = written.replacen('e', ".0e", 1);
    }
    Some(written).filter(|written| written != number)
}

/// Where in the body, outside strings, numbers stand.
fn numbers(body: &str) -> Vec<Range<usize>> {
    let bytes = body.as_bytes();
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => (at, _) = json_string::end(bytes, at),
            b'-' | b'0'..=b'9' => {
                let start = at;
                at += 1;
                let part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
                while bytes.get(at).is_some_and(part) {
                    at += 1;
                }
                places.push(start..at);
            }
            _ => at += 1,
        }
    }
    places
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
}
