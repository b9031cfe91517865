//! `multipart/form-data` around a file that the caller holds elsewhere.

use super::RequestError;
use crate::limits::mime_essence;
use crate::platform::Platform;
use std::fmt;

/// A multipart body but for the file: it is `head`, the file's bytes, `tail`.
///
/// ```
/// use meta_wire::platform::Platform;
/// use meta_wire::request::{Boundary, FilePart, Multipart};
/// let file = FilePart { name: "a.pdf", mime: "application/pdf", platform: Platform::Messenger };
/// let body = Multipart::new(&Boundary::new("0123456789abcdef")?, &[("platform", "messenger")], file)?;
/// assert!(body.to_bytes(b"%PDF").ends_with(b"%PDF\r\n--0123456789abcdef--\r\n"));
/// # Ok::<(), meta_wire::request::RequestError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Multipart {
    /// Value of the `Content-Type` header, boundary included.
    pub content_type: String,
    /// What goes before the file.
    pub head: String,
    /// What goes after the file.
    pub tail: String,
}

/// The line that parts a multipart body. Has to be random: a file that contains it would be cut there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary(String);

/// The file of a multipart body, its bytes aside.
#[derive(Clone, Copy)]
pub struct FilePart<'a> {
    /// File name as the sender knows it; any text.
    pub name: &'a str,
    /// MIME type; what is not one is sent as `application/octet-stream`.
    pub mime: &'a str,
    /// Instagram takes ASCII file names only
    /// ([upload](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/attachment-upload)).
    pub platform: Platform,
}

impl Boundary {
    /// Takes 16 to 70 letters and digits, fresh and random for each request.
    ///
    /// # Errors
    /// [`RequestError::Invalid`] for anything else, so that a boundary needs no quoting and cannot end its line.
    pub fn new(random: impl Into<String>) -> Result<Self, RequestError> {
        let random = random.into();
        if (16..=70).contains(&random.len()) && random.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(Self(random))
        } else {
            Err(RequestError::Invalid { field: "boundary", expected: "16 to 70 letters and digits" })
        }
    }
}

/// Longest file name passed on, in bytes.
const NAME_MAX: usize = 120;

impl Multipart {
    /// Puts the fields before the file, which goes as `filedata`.
    ///
    /// # Errors
    /// [`RequestError::Conflict`] when a field or the file name holds the boundary.
    pub fn new(boundary: &Boundary, fields: &[(&str, &str)], file: FilePart<'_>) -> Result<Self, RequestError> {
        let boundary = boundary.0.as_str();
        let name = file_name(file.name, file.platform);
        let mime = mime_type(file.mime);
        if fields.iter().any(|(_, value)| value.contains(boundary)) || name.contains(boundary) {
            return Err(RequestError::Conflict { field: "boundary", with: "content" });
        }
        let mut head = String::new();
        for (field, value) in fields {
            head.push_str(&format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            ));
        }
        head.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"filedata\"; filename=\"{name}\"\r\n\
             Content-Type: {mime}\r\n\r\n"
        ));
        Ok(Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            head,
            tail: format!("\r\n--{boundary}--\r\n"),
        })
    }

    /// The whole body.
    pub fn to_bytes(&self, file: &[u8]) -> Vec<u8> {
        [self.head.as_bytes(), file, self.tail.as_bytes()].concat()
    }
}

impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Multipart({} bytes around the file)", self.head.len() + self.tail.len())
    }
}

impl fmt::Debug for FilePart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart").field("mime", &mime_type(self.mime)).finish_non_exhaustive()
    }
}

/// The last path component, without what could end the quoted string or the line, cut in the middle rather than at the
/// ending the receiver's device goes by.
fn file_name(name: &str, platform: Platform) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let clean: String = last
        .trim()
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| match c {
            '"' | '%' | ';' => '_',
            c if c.is_control() => '_',
            c if platform == Platform::Instagram && !c.is_ascii() => '_',
            c => c,
        })
        .collect();
    if clean.chars().all(|c| c == '.' || c == '_' || c.is_whitespace()) {
        return "file".to_owned();
    }
    if clean.len() <= NAME_MAX {
        return clean;
    }
    let (stem, ending) = match clean.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 10 => (stem, format!(".{ending}")),
        _ => (clean.as_str(), String::new()),
    };
    let mut kept = String::new();
    for c in stem.chars() {
        if kept.len() + c.len_utf8() + ending.len() > NAME_MAX {
            break;
        }
        kept.push(c);
    }
    kept + &ending
}

/// Direction marks make `gpj.exe` read `exe.jpg`.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn mime_type(mime: &str) -> String {
    let essence = mime_essence(mime);
    let token =
        |half: &str| !half.is_empty() && half.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    match essence.split_once('/') {
        Some((top, sub)) if token(top) && token(sub) => essence,
        _ => "application/octet-stream".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn file_names() {
        for (name, messenger, instagram) in [
            ("a.pdf", "a.pdf", "a.pdf"),
            ("отчёт 1.pdf", "отчёт 1.pdf", "_____ 1.pdf"),
            ("../../etc/passwd", "passwd", "passwd"),
            (r"C:\tmp\x.png", "x.png", "x.png"),
            ("a\"; name=\"recipient\"\r\n\r\n{}", "a__ name=_recipient_____{}", "a__ name=_recipient_____{}"),
            ("exe.\u{202e}gpj", "exe.gpj", "exe.gpj"),
            ("", "file", "file"),
            ("..", "file", "file"),
            ("报告", "报告", "file"),
        ] {
            assert_eq!(file_name(name, Platform::Messenger), messenger);
            assert_eq!(file_name(name, Platform::Instagram), instagram);
        }
        let long = file_name(&format!("{}.docx", "é".repeat(300)), Platform::Messenger);
        assert!(long.len() <= NAME_MAX && long.ends_with("é.docx"), "{long}");
    }

    #[test]
    fn boundaries_cannot_be_forged() {
        for bad in ["", "short", "0123456789abcdef\r\n", "0123456789abcd\"f", &"a".repeat(71)] {
            assert!(Boundary::new(bad).is_err(), "{bad:?}");
        }
        let boundary = Boundary::new("0123456789abcdef").unwrap();
        let file = |name| FilePart { name, mime: "image/png", platform: Platform::Messenger };
        assert!(Multipart::new(&boundary, &[], file("0123456789abcdef.png")).is_err());
        assert!(Multipart::new(&boundary, &[("message", "--0123456789abcdef--")], file("a.png")).is_err());
    }

    #[test]
    fn a_bad_mime_type_is_not_passed_on() {
        for bad in ["", "image", "image/", "image/png\r\nX: y", "a b/c"] {
            assert_eq!(mime_type(bad), "application/octet-stream", "{bad:?}");
        }
        assert_eq!(mime_type("Image/SVG+xml; charset=utf-8"), "image/svg+xml");
    }

    proptest! {
        #[test]
        fn any_body_parses_back(name in ".{0,200}", mime in ".{0,30}", value in "[^\r]{0,80}", file: Vec<u8>) {
            let boundary = "Zz0123456789abcdefZz";
            let part = FilePart { name: &name, mime: &mime, platform: Platform::Messenger };
            let body = Multipart::new(&Boundary::new(boundary).unwrap(), &[("message", &value)], part).unwrap();
            let bytes = body.to_bytes(&file);
            let marker = format!("--{boundary}");
            let at: Vec<usize> =
                (0..bytes.len()).filter(|&i| bytes[i..].starts_with(marker.as_bytes())).collect();
            prop_assert_eq!(at.len(), 3, "field, file, end");
            let field = std::str::from_utf8(&bytes[at[0]..at[1]]).unwrap();
            let head = format!("{marker}\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n");
            prop_assert_eq!(field, format!("{head}{value}\r\n"));
            let section = &bytes[at[1]..at[2]];
            let gap = section.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
            prop_assert_eq!(&section[gap + 4..section.len() - 2], &file[..]);
            let headers = std::str::from_utf8(&section[..gap]).unwrap();
            prop_assert_eq!(headers.split("\r\n").count(), 3);
            prop_assert_eq!(headers.matches('"').count(), 4);
        }
    }
}
