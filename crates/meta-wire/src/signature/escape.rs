//! Compact JSON in the byte forms Meta may have signed.

use super::Form;
use std::borrow::Cow;
use std::fmt::Write;

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
    let replaced = |c: char| match c {
        '/' => form != Form::AsGiven,
        '<' | '%' | '@' => matches!(form, Form::Escaped | Form::EscapedLowerCase),
        _ => !c.is_ascii() && form != Form::AsGiven,
    };
    let mut places = json.match_indices(replaced).peekable();
    if places.peek().is_none() {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + json.len() / 2);
    let mut copied = 0;
    for (at, found) in places {
        escaped.push_str(json.get(copied..at).unwrap_or_default());
        copied = at + found.len();
        match found {
            "/" => escaped.push_str(r"\/"),
            "<" if form == Form::Escaped => escaped.push_str(r"\u003C"),
            "<" => escaped.push_str(r"\u003c"),
            "%" => escaped.push_str(r"\u0025"),
            "@" => escaped.push_str(r"\u0040"),
            _ => {
                for unit in found.encode_utf16() {
                    // Writing to a String cannot fail.
                    let _ = write!(escaped, r"\u{unit:04x}");
                }
            }
        }
    }
    escaped.push_str(json.get(copied..).unwrap_or_default());
    Cow::Owned(escaped)
}

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
