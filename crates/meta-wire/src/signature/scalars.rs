//! The strings and numbers in JSON text.

use crate::json_string;
use std::ops::Range;

/// Where in the body strings and numbers stand, names of members among them.
pub(super) fn scalars(body: &str) -> Vec<Range<usize>> {
    let bytes = body.as_bytes();
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        match byte {
            b'"' => (at, _) = json_string::end(bytes, at),
            b'-' | b'0'..=b'9' => {
                at += 1;
                let part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
                while bytes.get(at).is_some_and(part) {
                    at += 1;
                }
            }
            _ => {
                at += 1;
                continue;
            }
        }
        places.push(start..at);
    }
    places
}

/// Whether what stands there is a string.
pub(super) fn is_string(body: &str, place: &Range<usize>) -> bool {
    body.as_bytes().get(place.start) == Some(&b'"')
}
