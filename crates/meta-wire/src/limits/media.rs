//! Media per platform and direction: kinds, sizes, MIME types.

use super::{Limit, LimitExceeded, Unit};
use crate::platform::Platform;

const MB: usize = 1024 * 1024;

/// The `type` of a media attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Sound, voice notes included.
    Audio,
    /// Any other document.
    File,
}

impl MediaKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Image, Self::Video, Self::Audio, Self::File];

    /// Meta's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::File => "file",
        }
    }

    /// The kind a MIME type belongs to by its first half; what is neither image, video nor audio is a file.
    pub fn of_mime(mime: &str) -> Self {
        let essence = mime_essence(mime);
        match essence.split_once('/').map(|(top, _)| top) {
            Some("image") => Self::Image,
            Some("video") => Self::Video,
            Some("audio") => Self::Audio,
            _ => Self::File,
        }
    }
}

/// How the bytes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Out: Meta downloads them from an address of ours.
    ByUrl,
    /// Out: we upload them.
    Upload,
    /// In: we download what a customer sent.
    Received,
}

/// What is accepted of one kind of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaRule {
    /// The most bytes.
    pub size: Limit,
    /// MIME types accepted; `audio/*` stands for every one of its half, `*/*` for all.
    pub mime: &'static [&'static str],
}

/// Media that would be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MediaRefusal {
    /// Too many bytes.
    #[error(transparent)]
    Size(#[from] LimitExceeded),
    /// Not a type the platform takes as this kind.
    #[error("this type of {kind} is not accepted; accepted are {}", accepted.join(", "))]
    Mime {
        /// The kind asked for.
        kind: &'static str,
        /// What would be accepted.
        accepted: &'static [&'static str],
    },
}

impl MediaRefusal {
    /// A word that stays the same across versions.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Size(_) => "media-too-large",
            Self::Mime { .. } => "media-type-not-accepted",
        }
    }
}

const ANY: &[&str] = &["*/*"];
const IMAGES: &[&str] = &["image/*"];
const VIDEOS: &[&str] = &["video/*"];
const AUDIOS: &[&str] = &["audio/*"];
// Instagram's upload page lists formats by file ending; each is given here with the MIME types in use for it.
const INSTAGRAM_IMAGES: &[&str] = &["image/png", "image/jpeg", "image/gif"];
const INSTAGRAM_VIDEOS: &[&str] =
    &["video/mp4", "video/ogg", "video/avi", "video/x-msvideo", "video/msvideo", "video/quicktime", "video/webm"];
const INSTAGRAM_AUDIOS: &[&str] = &[
    "audio/aac",
    "audio/x-aac",
    "audio/aacp",
    "audio/m4a",
    "audio/x-m4a",
    "audio/mp4",
    "audio/wav",
    "audio/x-wav",
    "audio/wave",
    "audio/vnd.wave",
];
const INSTAGRAM_FILES: &[&str] = &["application/pdf"];

/// What `platform` accepts of `kind`.
///
/// Messenger takes 25 MB of everything, images by URL 8 MB
/// ([saving assets](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/saving-assets));
/// Instagram's table is on its
/// [upload page](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/attachment-upload).
/// For what customers send no limit is documented: any type, and the largest size of the platform's own apps is unknown,
/// so 100 MB guards the receiver.
pub const fn media(platform: Platform, kind: MediaKind, direction: Direction) -> MediaRule {
    let size = match (direction, platform, kind) {
        (Direction::Received, _, _) => 100 * MB,
        (_, Platform::Instagram, MediaKind::Image) | (Direction::ByUrl, Platform::Messenger, MediaKind::Image) => {
            8 * MB
        }
        (Direction::ByUrl | Direction::Upload, _, _) => 25 * MB,
    };
    let mime = match (direction, platform, kind) {
        (Direction::Received, _, _) | (_, Platform::Messenger, MediaKind::File) => ANY,
        (_, Platform::Messenger, MediaKind::Image) => IMAGES,
        (_, Platform::Messenger, MediaKind::Video) => VIDEOS,
        (_, Platform::Messenger, MediaKind::Audio) => AUDIOS,
        (_, Platform::Instagram, MediaKind::Image) => INSTAGRAM_IMAGES,
        (_, Platform::Instagram, MediaKind::Video) => INSTAGRAM_VIDEOS,
        (_, Platform::Instagram, MediaKind::Audio) => INSTAGRAM_AUDIOS,
        (_, Platform::Instagram, MediaKind::File) => INSTAGRAM_FILES,
    };
    MediaRule { size: Limit { field: kind.as_str(), max: size, unit: Unit::Bytes }, mime }
}

impl MediaRule {
    /// Checks one file.
    ///
    /// # Errors
    /// [`MediaRefusal`] says what is wrong and what would be accepted.
    ///
    /// ```
    /// use meta_wire::limits::{Direction, MediaKind, media};
    /// use meta_wire::platform::Platform;
    /// let rule = media(Platform::Instagram, MediaKind::File, Direction::Upload);
    /// assert!(rule.check("application/pdf", 1_000).is_ok());
    /// assert_eq!(rule.check("text/plain", 1_000).unwrap_err().code(), "media-type-not-accepted");
    /// ```
    pub fn check(&self, mime: &str, bytes: usize) -> Result<(), MediaRefusal> {
        if !self.accepts(mime) {
            return Err(MediaRefusal::Mime { kind: self.size.field, accepted: self.mime });
        }
        Ok(self.size.check_count(bytes)?)
    }

    /// Whether a MIME type, parameters or not, is on the list.
    pub fn accepts(&self, mime: &str) -> bool {
        let essence = mime_essence(mime);
        self.mime.iter().any(|accepted| match accepted.strip_suffix('*') {
            Some("*/") => true,
            Some(half) => essence.starts_with(half),
            None => essence == *accepted,
        })
    }
}

/// Names that programs and servers use for a type, and the one that is registered for it.
const MIME_ALIASES: &[(&str, &str)] = &[
    ("image/jpg", "image/jpeg"),
    ("image/pjpeg", "image/jpeg"),
    ("image/x-png", "image/png"),
    ("audio/mp3", "audio/mpeg"),
    ("audio/mpeg3", "audio/mpeg"),
    ("audio/x-mp3", "audio/mpeg"),
    ("audio/x-mpeg", "audio/mpeg"),
    ("audio/x-mpeg-3", "audio/mpeg"),
    ("video/x-mp4", "video/mp4"),
    ("video/x-m4v", "video/mp4"),
    ("video/m4v", "video/mp4"),
    ("application/x-pdf", "application/pdf"),
    ("application/acrobat", "application/pdf"),
];

/// A MIME type without its parameters, in lower case, under its registered name: `image/jpg` is `image/jpeg`.
pub fn mime_essence(mime: &str) -> String {
    let essence = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match MIME_ALIASES.iter().find(|(alias, _)| *alias == essence) {
        Some((_, registered)) => (*registered).to_owned(),
        None => essence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_documented() {
        use Direction::{ByUrl, Upload};
        use MediaKind::{Audio, File, Image, Video};
        use Platform::{Instagram, Messenger};
        for (platform, kind, direction, mb) in [
            (Messenger, Image, ByUrl, 8),
            (Messenger, Image, Upload, 25),
            (Messenger, Video, ByUrl, 25),
            (Messenger, Audio, Upload, 25),
            (Messenger, File, Upload, 25),
            (Instagram, Image, ByUrl, 8),
            (Instagram, Image, Upload, 8),
            (Instagram, Video, Upload, 25),
            (Instagram, Audio, ByUrl, 25),
            (Instagram, File, ByUrl, 25),
        ] {
            assert_eq!(media(platform, kind, direction).size.max, mb * MB, "{platform:?} {kind:?} {direction:?}");
        }
    }

    #[test]
    fn a_type_goes_by_any_of_its_names() {
        let image = media(Platform::Instagram, MediaKind::Image, Direction::Upload);
        for mime in ["image/jpg", "IMAGE/PJPEG", "image/x-png"] {
            assert!(image.accepts(mime), "{mime}");
        }
        assert!(!image.accepts("image/webp"));
        assert!(media(Platform::Instagram, MediaKind::File, Direction::Upload).accepts("application/x-pdf"));
        for (alias, registered) in MIME_ALIASES {
            assert_eq!(mime_essence(alias), *registered);
            assert_eq!(mime_essence(registered), *registered, "an alias of an alias");
        }
    }

    #[test]
    fn types_are_compared_without_parameters_and_case() {
        let rule = media(Platform::Instagram, MediaKind::Audio, Direction::ByUrl);
        assert!(rule.accepts("Audio/MP4; codecs=opus"));
        assert!(!rule.accepts("audio/ogg"));
        assert!(media(Platform::Messenger, MediaKind::Audio, Direction::ByUrl).accepts("audio/ogg"));
        assert!(!media(Platform::Messenger, MediaKind::Audio, Direction::ByUrl).accepts("application/ogg"));
        assert!(media(Platform::Messenger, MediaKind::File, Direction::ByUrl).accepts(""));
    }
}
