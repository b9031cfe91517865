//! Numbers that `JSON.parse` and `JSON.stringify` do not give back as they were.
//!
//! Meta writes some ids as numbers, and Instagram's have 17 digits: beyond 2^53 - 1 neighbouring integers share one
//! double, and the body printed again holds another number than the one signed. The original is one of the few integers
//! that round to the same double. And a fraction below 0.0001, as the confidence of something found in a text may be, is
//! written by Meta with an exponent, as PHP does (`3.5e-5`, `1.0e-5`), but printed by `JSON.stringify` as
//! `0.000035`.

use super::scalars::{is_string, scalars};
use crate::ids::may_be_rounded;
use crate::number;
use std::borrow::Cow;

/// Most integers taken for one number: covers everything below 2^58.
const MAX_PER_NUMBER: u64 = 32;

/// The integers that read as the same double: `digits` first, then by distance from the double.
pub(super) fn integers(digits: &str) -> Vec<String> {
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

pub(super) fn is_rounded(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit()) && may_be_rounded(number)
}

/// The body with all fractions below 0.0001 as PHP writes them.
pub(super) fn with_exponents(body: &str) -> Cow<'_, str> {
    let mut text = String::new();
    let mut copied = 0;
    for place in scalars(body).into_iter().filter(|place| !is_string(body, place)) {
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
