//! Compact JSON in the byte forms Meta may have signed.

use super::form::Form;
use std::borrow::Cow;

/// Turns `JSON.stringify` text, or other compact JSON without needless escapes, into the bytes Meta would send.
///
/// ```
/// let sent = meta_wire::signature::meta_escape(r#"{"text":"50% <b>a/b</b> x@y.z é👍"}"#);
/// assert_eq!(sent, r#"{"text":"50\u0025 \u003Cb>a\/b\u003C\/b> x\u0040y.z \u00e9\ud83d\udc4d"}"#);
/// ```
pub fn meta_escape(json: &str) -> String {
    escape(json, Form::Escaped).into_owned()
}

/// `json` in one form; borrowed if the form changes nothing.
///
/// The characters concerned occur in JSON text only inside strings, and `JSON.stringify` never escapes them, so replacing
/// them wherever they stand is right.
pub(super) fn escape(json: &str, form: Form) -> Cow<'_, str> {
    let wanted = match form {
        Form::AsGiven => 0,
        Form::SlashAndUnicode => SLASH | BEYOND_ASCII,
        Form::Escaped | Form::EscapedLowerCase => SLASH | SIGN | BEYOND_ASCII,
    };
    let replaced = |byte: &u8| CLASSES.get(usize::from(*byte)).is_some_and(|class| class & wanted != 0);
    let bytes = json.as_bytes();
    let next = |from: usize| bytes.get(from..)?.iter().position(replaced).map(|ahead| from + ahead);
    let Some(mut at) = next(0) else { return Cow::Borrowed(json) };
    let mut escaped = String::with_capacity(json.len() + json.len() / 2);
    let mut copied = 0;
    // What is replaced starts a character, so that each cut is between two.
    while let Some(found) = json.get(at..).and_then(|rest| rest.chars().next()) {
        escaped.push_str(json.get(copied..at).unwrap_or_default());
        copied = at + found.len_utf8();
        match found {
            '/' => escaped.push_str(r"\/"),
            '<' if form == Form::Escaped => escaped.push_str(r"\u003C"),
            _ => {
                for unit in found.encode_utf16(&mut [0; 2]) {
                    escaped.push_str(r"\u");
                    escaped.extend(
                        [12, 8, 4, 0].map(|shift| char::from_digit(u32::from(*unit >> shift & 15), 16).unwrap_or('0')),
                    );
                }
            }
        }
        let Some(place) = next(copied) else { break };
        at = place;
    }
    escaped.push_str(json.get(copied..).unwrap_or_default());
    Cow::Owned(escaped)
}

const SLASH: u8 = 1;
const SIGN: u8 = 2;
const BEYOND_ASCII: u8 = 4;

/// What each byte is. Bodies are looked through byte by byte once per form, and nearly all bytes are nothing special.
#[allow(clippy::indexing_slicing)] // evaluated by the compiler: an index out of range would not build
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'/' => SLASH,
            b'<' | b'%' | b'@' => SIGN,
            0x80.. => BEYOND_ASCII,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

#[cfg(test)]
mod tests {
    use super::{Form, escape};

    #[test]
    fn each_form_escapes_what_it_says() {
        let text = "a/<%@>&'\u{7f}\u{80}\u{a0}é\u{2028}\u{ffff}👍\\ud83d";
        for (form, expected) in [
            (
                Form::Escaped,
                r"a\/\u003C\u0025\u0040>&'".to_owned() + "\u{7f}" + r"\u0080\u00a0\u00e9\u2028\uffff\ud83d\udc4d\ud83d",
            ),
            (
                Form::EscapedLowerCase,
                r"a\/\u003c\u0025\u0040>&'".to_owned() + "\u{7f}" + r"\u0080\u00a0\u00e9\u2028\uffff\ud83d\udc4d\ud83d",
            ),
            (
                Form::SlashAndUnicode,
                r"a\/<%@>&'".to_owned() + "\u{7f}" + r"\u0080\u00a0\u00e9\u2028\uffff\ud83d\udc4d\ud83d",
            ),
            (Form::AsGiven, text.to_owned()),
        ] {
            assert_eq!(escape(text, form), expected);
        }
    }
}
