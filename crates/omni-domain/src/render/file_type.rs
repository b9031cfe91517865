//! What a file is, by its first bytes, and what it is called in the room.
//!
//! Who announces a file may be wrong about it, and so may the server that delivers it: redirects are followed where the app
//! cannot see them. Rocket.Chat goes by the name alone
//! ([determineFileType](https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/ee/lib/misc/determineFileType.ts)),
//! and refuses a picture by its name that is none by its bytes
//! ([FileUpload](https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/file-upload/server/lib/FileUpload.ts)).

use meta_wire::limits::{MediaKind, mime_essence};
use percent_encoding::percent_decode_str;

/// Longest file name, in characters.
const LONGEST_NAME: usize = 100;

/// The type of a file that shows none.
const UNKNOWN: &str = "application/octet-stream";

/// What office documents, apps and much else look like from outside.
const ARCHIVE: &str = "application/zip";

/// A file's type, as far as its bytes and those who announced it say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileType {
    /// Picture, film, sound or anything else.
    pub kind: MediaKind,
    /// As MIME has it.
    pub media_type: String,
}

/// What a file is that was announced as one kind, delivered as a type and begins like this. `None` for a page or a program in
/// the place of a picture, a film or sound: no person sends that by mistake.
pub fn file_type(announced: Option<MediaKind>, delivered: &str, head: &[u8]) -> Option<FileType> {
    let of = |media_type: &str| FileType { kind: MediaKind::of_mime(media_type), media_type: media_type.to_owned() };
    let delivered = mime_essence(delivered);
    Some(match sniff(head) {
        Some(found) if announced.is_some() && RUNS.contains(&found) => return None,
        // Sound comes in the containers of films: voice notes are `video/mp4` at Meta.
        Some("video/mp4" | "video/quicktime" | "video/3gpp") if announced == Some(MediaKind::Audio) => of("audio/mp4"),
        Some("video/webm") if announced == Some(MediaKind::Audio) => of("audio/webm"),
        Some(found) => of(found),
        None => {
            let kind = announced.unwrap_or_else(|| MediaKind::of_mime(&delivered));
            match kind {
                MediaKind::Image => of(UNKNOWN),
                _ if MediaKind::of_mime(&delivered) == MediaKind::Image => FileType { kind, ..of(UNKNOWN) },
                _ => FileType { kind, media_type: delivered },
            }
        }
    })
}

/// What may do something by itself when it is opened.
const RUNS: [&str; 5] =
    ["text/html", "image/svg+xml", "text/xml", "application/x-msdos-program", "application/x-executable"];

/// The type that the bytes show ([magic numbers](https://mimesniff.spec.whatwg.org/)).
fn sniff(head: &[u8]) -> Option<&'static str> {
    let holds = |word: &[u8]| head.windows(word.len()).any(|part| part == word);
    Some(match head {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', b'\r', b'\n', ..] => "image/png",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => "audio/wav",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => "video/x-msvideo",
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => "image/bmp",
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => "image/tiff",
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand {
            _ if holds(b"avif") => "image/avif",
            [b'h', b'e', ..] | [b'm', b'i', b'f', b'1', ..] | [b'm', b's', b'f', b'1', ..] => "image/heic",
            [b'M', b'4', b'A' | b'B', ..] => "audio/mp4",
            [b'q', b't', ..] => "video/quicktime",
            [b'3', b'g', ..] => "video/3gpp",
            _ => "video/mp4",
        },
        [0x1a, 0x45, 0xdf, 0xa3, ..] if holds(b"webm") => "video/webm",
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "video/x-matroska",
        [b'O', b'g', b'g', b'S', ..] if holds(b"theora") => "video/ogg",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        [b'I', b'D', b'3', ..] | [0xff, 0xf2 | 0xf3 | 0xfa | 0xfb, ..] => "audio/mpeg",
        [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9, ..] => "audio/aac",
        [b'#', b'!', b'A', b'M', b'R', ..] => "audio/amr",
        [b'f', b'L', b'a', b'C', ..] => "audio/flac",
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        [b'P', b'K', 3, 4, ..] => ARCHIVE,
        [b'M', b'Z', ..] => "application/x-msdos-program",
        [0x7f, b'E', b'L', b'F', ..] | [b'#', b'!', ..] => "application/x-executable",
        _ => return markup(head),
    })
}

fn markup(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let starts = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    match () {
        () if starts(&["<!doctype html", "<html", "<head", "<body", "<script"]) => Some("text/html"),
        () if starts(&["<svg", "<!doctype svg"]) => Some("image/svg+xml"),
        () if starts(&["<?xml"]) => Some("text/xml"),
        () => None,
    }
}

/// Types and the endings in use for each, the usual one first.
const ENDINGS: [(&str, &[&str]); 28] = [
    ("image/jpeg", &["jpg", "jpeg"]),
    ("image/png", &["png"]),
    ("image/gif", &["gif"]),
    ("image/webp", &["webp"]),
    ("image/bmp", &["bmp"]),
    ("image/tiff", &["tiff", "tif"]),
    ("image/heic", &["heic", "heif"]),
    ("image/avif", &["avif"]),
    ("image/svg+xml", &["svg"]),
    ("video/mp4", &["mp4", "m4v"]),
    ("video/quicktime", &["mov"]),
    ("video/3gpp", &["3gp"]),
    ("video/webm", &["webm"]),
    ("video/x-matroska", &["mkv"]),
    ("video/x-msvideo", &["avi"]),
    ("video/ogg", &["ogv"]),
    ("audio/mpeg", &["mp3"]),
    // By its name the server would show it as a film.
    ("audio/mp4", &["m4a"]),
    ("audio/aac", &["aac"]),
    ("audio/ogg", &["ogg", "oga", "opus"]),
    ("audio/wav", &["wav"]),
    ("audio/webm", &["weba"]),
    ("audio/amr", &["amr"]),
    ("audio/flac", &["flac"]),
    ("application/pdf", &["pdf"]),
    ("text/html", &["html", "htm"]),
    ("text/xml", &["xml"]),
    ("application/x-msdos-program", &["exe", "dll", "scr"]),
];

/// A name for the upload: Meta's where it gave one, with an ending that fits the type, since the server goes by it.
pub fn filename(given: Option<&str>, found: &FileType, index: usize) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' };
    let given: String = given.unwrap_or_default().chars().map(safe).collect();
    let given = given.trim_start_matches(['.', ' ']).trim();
    let (stem, extension) = match given.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && is_ending(extension) => (stem, extension.to_lowercase()),
        _ => (given, String::new()),
    };
    let stem: String = stem.chars().take(LONGEST_NAME).collect();
    let stem = if stem.is_empty() { format!("{}-{}", found.kind.as_str(), index.saturating_add(1)) } else { stem };
    let in_use = ENDINGS.iter().find(|(media_type, _)| *media_type == found.media_type);
    let claims_another = ENDINGS.iter().any(|(_, endings)| endings.contains(&extension.as_str()));
    let extension = match in_use {
        Some((_, endings)) if endings.contains(&extension.as_str()) => extension,
        Some((_, endings)) => endings.first().copied().unwrap_or_default().to_owned(),
        None if extension.is_empty() || claims_another => default_ending(found).to_owned(),
        None => extension,
    };
    format!("{stem}.{extension}")
}

fn default_ending(found: &FileType) -> &'static str {
    match found.kind {
        _ if found.media_type == ARCHIVE => "zip",
        _ if found.media_type == UNKNOWN => "bin",
        MediaKind::Image => "jpg",
        MediaKind::Video => "mp4",
        MediaKind::Audio => "m4a",
        MediaKind::File => "bin",
    }
}

fn is_ending(text: &str) -> bool {
    (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The name in a `Content-Disposition` header ([RFC 6266](https://www.rfc-editor.org/rfc/rfc6266)): the form that says its
/// encoding outranks the plain one.
pub fn disposition_name(header: &str) -> Option<String> {
    let value = |wanted: &str| {
        header.split(';').find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"'))
        })
    };
    let encoded = value("filename*").and_then(|value| value.rsplit_once("''")).map(|(_, name)| decoded(name));
    encoded.or_else(|| value("filename").map(ToOwned::to_owned)).filter(|name| !name.is_empty())
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The last part of the path, when it looks like a file's name.
pub fn path_name(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let name = path.rsplit('/').next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    (is_ending(extension) && !stem.is_empty()).then(|| decoded(name))
}

#[cfg(test)]
mod tests {
    use super::MediaKind::{Audio, File, Image, Video};
    use super::*;

    #[test]
    fn bytes_show_what_a_file_is() {
        for (head, expected) in [
            (b"\xff\xd8\xff\xe0....JFIF".as_slice(), Some("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n", Some("image/png")),
            (b"GIF89a", Some("image/gif")),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", Some("image/webp")),
            (b"RIFF\x00\x00\x00\x00WAVEfmt ", Some("audio/wav")),
            (b"BM\x36\x00\x0c\x00\x00\x00\x00\x00\x36", Some("image/bmp")),
            (b"\x00\x00\x00\x18ftypheic", Some("image/heic")),
            (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00avif", Some("image/avif")),
            (b"\x00\x00\x00\x18ftypisom", Some("video/mp4")),
            (b"\x00\x00\x00\x18ftypM4A ", Some("audio/mp4")),
            (b"\x00\x00\x00\x14ftypqt  ", Some("video/quicktime")),
            (b"\x1a\x45\xdf\xa3\x42\x82\x84webm", Some("video/webm")),
            (b"OggS\x00\x02........OpusHead", Some("audio/ogg")),
            (b"ID3\x03", Some("audio/mpeg")),
            (b"\xff\xfb\x90", Some("audio/mpeg")),
            (b"\xff\xf1\x50", Some("audio/aac")),
            (b"%PDF-1.7", Some("application/pdf")),
            (b"PK\x03\x04", Some("application/zip")),
            (b"MZ\x90", Some("application/x-msdos-program")),
            (b"\x7fELF", Some("application/x-executable")),
            (b"#!/bin/sh", Some("application/x-executable")),
            (b"\xef\xbb\xbf \n<!DOCTYPE HTML>", Some("text/html")),
            (b"<svg xmlns", Some("image/svg+xml")),
            (b"<?xml version", Some("text/xml")),
            (b"just words", None),
            (b"B", None),
            (b"", None),
        ] {
            assert_eq!(sniff(head), expected, "{head:?}");
        }
    }

    #[test]
    fn a_file_is_what_its_bytes_say_and_only_a_page_or_program_in_the_place_of_media_is_refused() {
        const JPEG: &[u8] = b"\xff\xd8\xff\xe0";
        const MP4: &[u8] = b"\x00\x00\x00\x18ftypisom";
        const HTML: &[u8] = b"<html>";
        for (announced, delivered, head, expected) in [
            (Some(Image), "image/jpeg", JPEG, Some((Image, "image/jpeg"))),
            (Some(Image), "image/png", JPEG, Some((Image, "image/jpeg"))),
            (Some(Image), "", b"%PDF-1.7", Some((File, "application/pdf"))),
            (Some(Image), "image/jpeg", b"no picture", Some((File, "application/octet-stream"))),
            (Some(Image), "image/jpeg", HTML, None),
            (Some(Video), "video/mp4", HTML, None),
            (Some(Audio), "audio/mp4", b"MZ\x90", None),
            (Some(Image), "image/svg+xml", b"<svg>", None),
            (Some(Audio), "video/mp4", MP4, Some((Audio, "audio/mp4"))),
            (Some(Video), "video/mp4", MP4, Some((Video, "video/mp4"))),
            (Some(Audio), "audio/ogg", b"something new", Some((Audio, "audio/ogg"))),
            (None, "text/html; charset=utf-8", HTML, Some((File, "text/html"))),
            (None, "application/vnd.ms-excel", b"something old", Some((File, "application/vnd.ms-excel"))),
            (None, "image/jpeg", b"no picture", Some((File, "application/octet-stream"))),
            (None, "application/octet-stream", JPEG, Some((Image, "image/jpeg"))),
        ] {
            let found = file_type(announced, delivered, head);
            let found = found.as_ref().map(|found| (found.kind, found.media_type.as_str()));
            assert_eq!(found, expected, "{announced:?} {delivered} {head:?}");
        }
    }

    #[test]
    fn files_get_names_that_fit() {
        for (given, kind, media_type, expected) in [
            (None, Image, "image/jpeg", "image-1.jpg"),
            (None, Audio, "audio/mp4", "audio-1.m4a"),
            (Some("audioclip-7.mp4"), Audio, "audio/mp4", "audioclip-7.m4a"),
            (Some("clip.m4v"), Video, "video/mp4", "clip.m4v"),
            (Some("Rechnung Ä 1.PDF"), File, "application/pdf", "Rechnung Ä 1.pdf"),
            (Some("../../etc/passwd"), File, "", "_.._etc_passwd.bin"),
            (Some("photo.php"), Image, "image/png", "photo.png"),
            (Some("photo.jpeg"), Image, "image/jpeg", "photo.jpeg"),
            (Some("photo.jpg"), File, "application/octet-stream", "photo.bin"),
            (Some("photo.jpg"), File, "text/html", "photo.html"),
            (Some("letter.docx"), File, "application/zip", "letter.docx"),
            (Some("photo.jpg"), File, "application/zip", "photo.zip"),
            (Some("data.xyz"), File, "application/octet-stream", "data.xyz"),
            (Some(".hidden"), File, "", "hidden.bin"),
            (Some("a\nb\".txt"), File, "text/plain", "a_b_.txt"),
        ] {
            let found = FileType { kind, media_type: media_type.to_owned() };
            assert_eq!(filename(given, &found, 0), expected);
        }
        assert_eq!(disposition_name("attachment; filename=\"a b.pdf\"").as_deref(), Some("a b.pdf"));
        assert_eq!(disposition_name("inline; filename=x; filename*=UTF-8''%C3%A4.pdf").as_deref(), Some("ä.pdf"));
        assert_eq!(disposition_name("inline"), None);
        assert_eq!(path_name("https://a.example/x/y.pdf?oe=1").as_deref(), Some("y.pdf"));
        assert_eq!(path_name("https://a.example/ig_messaging_cdn/?asset_id=1"), None);
    }
}
