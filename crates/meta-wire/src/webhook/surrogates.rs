//! Half characters in JSON text.
//!
//! A text cut in the middle of an emoji leaves half a surrogate pair; `JSON.stringify` writes it as a `\ud83d` that no
//! Rust string can hold. A message must not be lost over half an emoji, so it is read as U+FFFD, as browsers show it.

use std::borrow::Cow;

/// Writes `\ufffd` in place of every surrogate escape without its other half. The length stays the same, so offsets
/// in the result are offsets in the original.
pub(super) fn replace_lone(json: &str) -> Cow<'_, str> {
    let lone = lone_escapes(json);
    if lone.is_empty() {
        return Cow::Borrowed(json);
    }
    let mut bytes = json.as_bytes().to_vec();
    for at in lone {
        if let Some(digits) = bytes.get_mut(at..at + 4) {
            digits.copy_from_slice(b"fffd");
        }
    }
    // ASCII replaced ASCII: this is UTF-8 still.
    String::from_utf8(bytes).map_or(Cow::Borrowed(json), Cow::Owned)
}

/// Where the four hex digits of each lone surrogate start.
fn lone_escapes(json: &str) -> Vec<usize> {
    let bytes = json.as_bytes();
    let mut lone = Vec::new();
    let mut at = 0;
    // Each step ends on a character boundary: an escape and what it escapes are ASCII, or the step ends right before.
    while let Some(found) = json.get(at..).and_then(|rest| rest.find('\\')) {
        let escape = at + found;
        match unit(bytes, escape) {
            Some(0xd800..=0xdbff) if matches!(unit(bytes, escape + 6), Some(0xdc00..=0xdfff)) => at = escape + 12,
            Some(0xd800..=0xdfff) => {
                lone.push(escape + 2);
                at = escape + 6;
            }
            // Past the escaped character, so that the second half of `\\` is not taken for an escape.
            _ if bytes.get(escape + 1).is_some_and(u8::is_ascii) => at = escape + 2,
            _ => at = escape + 1,
        }
    }
    lone
}

/// The code unit of a `\uXXXX` that starts at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at.checked_add(6)?)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::replace_lone;

    #[test]
    fn only_halves_are_replaced() {
        for (json, expected) in [
            (r#""\ud83d\udc4d""#, r#""\ud83d\udc4d""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\uDC4D\ud83d\ud83d\udc4d""#, r#""\ufffd\ufffd\ud83d\udc4d""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#""\ud83d\n""#, r#""\ufffd\n""#),
            (r#""\ud8"#, r#""\ud8"#),
            (r#""é\ud83dé""#, r#""é\ufffdé""#),
        ] {
            assert_eq!(replace_lone(json), expected);
        }
    }
}
