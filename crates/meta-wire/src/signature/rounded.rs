//! Integers that `JSON.parse` has rounded.
//!
//! Meta writes some ids as numbers, and Instagram's have 17 digits: beyond 2^53 - 1 neighbouring integers share one
//! double, and the body printed again holds another number than the one signed. The original is one of the few integers
//! that round to the same double.

use crate::ids::may_be_rounded;
use std::ops::Range;

/// Most bodies tried.
const MAX_ALTERNATIVES: usize = 48;

/// Most different numbers varied: each doubles the alternatives at least.
const MAX_NUMBERS: usize = 6;

/// Most integers taken for one number: covers everything below 2^58.
const MAX_PER_NUMBER: u64 = 32;

/// The bodies that `JSON.stringify(JSON.parse(…))` may have turned into this one, without this one itself. Equal numbers
/// are taken to come from equal ones.
pub(super) fn alternatives(body: &str) -> impl Iterator<Item = String> {
    let places = rounded_numbers(body);
    let mut choices: Vec<(&str, Vec<String>)> = Vec::new();
    for digits in places.iter().filter_map(|place| body.get(place.clone())) {
        if choices.len() == MAX_NUMBERS {
            break;
        }
        if choices.iter().all(|(known, _)| *known != digits) {
            let originals = originals(digits);
            if originals.len() > 1 {
                choices.push((digits, originals));
            }
        }
    }
    let combinations = choices.iter().fold(1_usize, |all, (_, originals)| all.saturating_mul(originals.len()));
    // Combination 0 takes the first choice everywhere, which is the body as it is.
    (1..combinations.min(MAX_ALTERNATIVES + 1)).map(move |combination| replace(body, &places, &choices, combination))
}

fn replace(body: &str, places: &[Range<usize>], choices: &[(&str, Vec<String>)], combination: usize) -> String {
    let chosen = |digits: &str| {
        let mut rest = combination;
        for (number, originals) in choices {
            let radix = originals.len();
            if *number == digits {
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
fn originals(digits: &str) -> Vec<String> {
    let mut originals = vec![digits.to_owned()];
    let Ok(double) = digits.parse::<f64>() else { return originals };
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

/// Where in the body, outside strings, integers stand that may have been rounded.
fn rounded_numbers(body: &str) -> Vec<Range<usize>> {
    let bytes = body.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at),
            b'-' | b'0'..=b'9' => {
                let start = at;
                at += 1;
                let part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
                while bytes.get(at).is_some_and(part) {
                    at += 1;
                }
                let digits = body.get(start..at).filter(|_| (start..at).all(is_digit));
                if digits.is_some_and(may_be_rounded) {
                    places.push(start..at);
                }
            }
            _ => at += 1,
        }
    }
    places
}

/// Past the closing quote of the string that opens at `at`.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    at += 1;
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b'\\' => 2,
            b'"' => return at + 1,
            _ => 1,
        };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{MAX_ALTERNATIVES, alternatives};

    fn check(body: &str, expected: &[&str]) {
        assert_eq!(alternatives(body).collect::<Vec<_>>(), expected, "{body}");
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
    fn many_rounded_integers_stay_bounded() {
        let body: Vec<u64> = (0..50).map(|n| 17_918_195_224_117_852 + n * 4).collect();
        let body = format!("{body:?}").replace(' ', "");
        assert_eq!(alternatives(&body).count(), MAX_ALTERNATIVES);
    }

    #[test]
    fn a_string_that_never_ends_is_left_alone() {
        check("[\"17918195224117852\\", &[]);
    }
}
