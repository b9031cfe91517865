//! Files: fetched from Meta while they can be, and put into the room as the visitor's own.

use super::message::File;
use super::show::{Place, Showing};
use super::words::link;
use crate::error::CoreError;
use crate::host::{
    Blob, Card, Host, HostError, Http, HttpBody, HttpReply, Message as RoomMessage, RoomMessages, VisitorUpload,
};
use crate::key;
use crate::outbound::{AppText, Said};
use crate::session::Session;
use crate::settings::Settings;
use crate::store::{Entry, shard};
use crate::texts::Lang;
use async_lock::MutexGuardArc;
use futures_util::future::{Either, select};

use meta_wire::limits;
use meta_wire::private::Private;

use meta_wire::webhook::{Event, MediaKind};
use percent_encoding::percent_decode_str;
use std::pin::pin;

/// Where Meta serves media: these names and what is below them. Anything else is refused, whoever signed the event.
const HOSTS: [&str; 3] = ["fbcdn.net", "fbsbx.com", "cdninstagram.com"];

/// Longest wait for one file, in milliseconds.
const DOWNLOAD_MS: u32 = 20_000;

/// How many files are moved at once.
const LANES: u32 = 8;

/// How often a process that waits to move a file gives a sign of life, in milliseconds.
const STILL_WAITS_MS: u32 = 15_000;

/// Longest file name, in characters.
const LONGEST_NAME: usize = 100;

/// How many of a room's newest messages are searched for the one the server makes of an upload.
const LOOK_BACK: u32 = 20;

/// Whether the address is one of Meta's media servers, reached the plain way: `https`, no user, no port, nothing that two
/// programs could read in two ways.
pub(super) fn is_metas(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let plain =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let unambiguous = !url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\');
    let host = host.to_ascii_lowercase();
    let below = |known: &&str| {
        host.strip_suffix(*known).is_some_and(|above| above.is_empty() || (above.len() > 1 && above.ends_with('.')))
    };
    plain && unambiguous && HOSTS.iter().any(below)
}

/// Why a file is not in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Uploads are off, in the app's settings or the server's.
    Disabled,
    /// Its type is not accepted.
    Type,
    /// It is larger than accepted.
    Size,
    /// Its address is none of Meta's.
    Address,
    /// It could not be fetched.
    Fetch,
}

impl<H: Host> Session<H> {
    /// Puts a file into the room; where that cannot be, a note with the link, so that nothing is missing without a word.
    pub(super) async fn show_file(&self, showing: &mut Showing<'_>, lang: &Lang, file: &File) -> Result<(), CoreError> {
        let url = link(&file.url);
        let is_it = |message: &RoomMessage| {
            let linked = message.cards.iter().any(|card| url.is_some() && card.title_link == url);
            message.visitor_token.is_some() && (!message.files.is_empty() || linked)
        };
        if let Some(message) = self.leftover(showing, is_it).await? {
            showing.message_ids.push(message.id);
            return Ok(());
        }
        self.say_what_goes_along(showing).await?;
        let _lane = self.media_lane(showing.entry).await?;
        let settings = self.settings().await?;
        let missing = match self.fetch(showing, &settings, file).await? {
            Ok(fetched) => match self.upload(showing, fetched).await? {
                None => return Ok(()),
                Some(missing) => missing,
            },
            Err(missing) => missing,
        };
        let card = self.file_link(lang, file, Some(missing));
        self.say(showing, String::new(), vec![card]).await?;
        match missing {
            Missing::Disabled | Missing::Type | Missing::Size => self.tell_held_back(showing, lang, missing).await,
            Missing::Address | Missing::Fetch => {}
        }
        Ok(())
    }

    /// Waits for a turn to move a file: each is held in memory as a whole, and after an outage hundreds come at once.
    async fn media_lane(&self, entry: &Entry) -> Result<MutexGuardArc<()>, CoreError> {
        let name = format!("media:{}", shard(&entry.conversation) % LANES);
        let mut turn = pin!(self.lock(&name));
        loop {
            // Nobody else may take over while this one waits, nor while it is at it.
            self.sign_of_life(entry).await?;
            match select(turn.as_mut(), pin!(self.host.sleep(STILL_WAITS_MS))).await {
                Either::Left((guard, _)) => return Ok(guard),
                Either::Right(_) => {}
            }
        }
    }

    /// A card in the place of a file. What is not accepted is not linked either.
    pub(super) fn file_link(&self, lang: &Lang, file: &File, missing: Option<Missing>) -> Card {
        let title = match file.media {
            MediaKind::Image => key!("in_file_image"),
            MediaKind::Video => key!("in_file_video"),
            MediaKind::Audio => key!("in_file_audio"),
            MediaKind::File | MediaKind::Unspecified => key!("in_file_file"),
        };
        let text = match missing {
            None => None,
            Some(Missing::Disabled) => Some(key!("in_file_disabled")),
            Some(Missing::Type) => Some(key!("in_file_type")),
            Some(Missing::Size) => Some(key!("in_file_size")),
            Some(Missing::Address) => Some(key!("in_file_address")),
            Some(Missing::Fetch) => Some(key!("in_file_fetch")),
        };
        let linked = matches!(missing, None | Some(Missing::Size | Missing::Fetch)) && is_metas(&file.url);
        let card = self.plain_card(lang, title, text.map(|text| self.text(lang, text, &[])));
        Card { title_link: if linked { link(&file.url) } else { None }, ..card }
    }

    async fn fetch(
        &self,
        showing: &Showing<'_>,
        settings: &Settings,
        file: &File,
    ) -> Result<Result<Fetched, Missing>, CoreError> {
        let environment = self.environment().await?;
        if !settings.files_enabled || !environment.uploads {
            return Ok(Err(Missing::Disabled));
        }
        if declared(file.media).is_some_and(|kind| !accepts(settings, kind)) {
            return Ok(Err(Missing::Type));
        }
        let mut found = self.download(&file.url).await;
        if let Err(Missing::Fetch) = found {
            // The address may have ended, or the network failed for a moment.
            let url = self.address_anew(showing, file).await.unwrap_or_else(|| file.url.clone());
            found = self.download(&url).await;
        }
        let (blob, name) = match found {
            Ok(found) => found,
            Err(missing) => return Ok(Err(missing)),
        };
        let size = u64::from(blob.size);
        let most = u64::try_from(environment.max_upload).map_or(settings.files_max, |max| max.min(settings.files_max));
        if size > most {
            return Ok(Err(Missing::Size));
        }
        if size == 0 {
            return Ok(Err(Missing::Fetch));
        }
        // What Meta calls a file may be anything; what it calls by a kind is believed: voice notes come as `video/mp4`.
        let kind = declared(file.media).unwrap_or_else(|| limits::MediaKind::of_mime(&blob.media_type));
        if !accepts(settings, kind) {
            return Ok(Err(Missing::Type));
        }
        let filename = filename(name.as_deref(), kind, &blob.media_type, file.index);
        Ok(Ok(Fetched { blob, filename }))
    }

    /// The bytes, and the name Meta gives them.
    async fn download(&self, url: &Private) -> Result<(Blob, Option<String>), Missing> {
        if !is_metas(url) {
            self.warn("media-host-refused", "the address of a file is none of Meta's");
            return Err(Missing::Address);
        }
        let request = Http {
            method: "GET".to_owned(),
            url: url.as_str().to_owned(),
            headers: Vec::new(),
            body: HttpBody::None,
            timeout_ms: DOWNLOAD_MS,
            as_blob: true,
            foreign: true,
        };
        let reply: HttpReply = self.call(request).await.map_err(|error| {
            self.warn("media-not-fetched", error.code());
            Missing::Fetch
        })?;
        if reply.url.as_deref().is_some_and(|url| !is_metas(url)) {
            self.warn("media-host-refused", "a file was redirected away from Meta");
            return Err(Missing::Address);
        }
        if !(200..300).contains(&reply.status) {
            self.warn("media-not-fetched", &format!("HTTP {}", reply.status));
            return Err(Missing::Fetch);
        }
        let name = reply.headers.get("content-disposition").and_then(|header| disposition_name(header));
        let name = name.or_else(|| path_name(url));
        reply.blob.map(|blob| (blob, name)).ok_or(Missing::Fetch)
    }

    /// The present address of a file whose first one has ended
    /// ([conversations](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations)).
    async fn address_anew(&self, showing: &Showing<'_>, file: &File) -> Option<Private> {
        let Event::Message(message) = &showing.item.event else { return None };
        let stored = self.read_message(showing.account, message.mid.as_ref()?).await;
        let stored = stored.map_err(|refusal| self.warn("media-address", &refusal.to_string())).ok()?;
        stored.attachments.items.into_iter().nth(file.index)?.url
    }

    /// Uploads as the visitor. The server makes the message itself, if the room is open; when it was closed in between,
    /// the file goes into the next one.
    async fn upload(&self, showing: &mut Showing<'_>, fetched: Fetched) -> Result<Option<Missing>, CoreError> {
        for _ in 0..2 {
            let Some(Place { room_id, visitor: Some(visitor) }) = showing.place.clone() else { break };
            let Fetched { blob, filename } = fetched.clone();
            let upload = VisitorUpload { room_id: room_id.clone(), visitor, blob, filename };
            let file_id = match self.call(upload).await {
                Ok(upload) => upload.id,
                Err(CoreError::Host(error)) => match refused(&error) {
                    Some(missing) => {
                        self.warn("media-upload-refused", &error.code);
                        return Ok(Some(missing));
                    }
                    None => return Err(error.into()),
                },
                Err(error) => return Err(error),
            };
            let messages = self.call(RoomMessages { room_id: room_id.clone(), limit: LOOK_BACK }).await?;
            let message = messages.into_iter().find(|message| message.files.iter().any(|file| file.id == file_id));
            if let Some(message) = message {
                showing.message_ids.push(message.id);
                return Ok(None);
            }
            self.warn("media-without-message", "the server made no message of an upload");
            self.memory.rooms_seen_open.borrow_mut().remove(&room_id);
            if !self.enter_room(showing).await? || showing.place.as_ref().is_some_and(|place| place.room_id == room_id)
            {
                break;
            }
        }
        Ok(Some(Missing::Fetch))
    }

    /// Says politely to the customer that a file did not arrive, once per message and not in a thread that others hold.
    async fn tell_held_back(&self, showing: &Showing<'_>, lang: &Lang, missing: Missing) {
        let key = match missing {
            Missing::Size => key!("in_customer_file_size"),
            _ => key!("in_customer_file_type"),
        };
        if !self.may_answer_automatically(showing.conversation) {
            return;
        }
        let said = AppText {
            occasion: format!("held-back:{}", showing.entry.identity),
            text: self.text(lang, key, &[]),
            choices: Vec::new(),
            room_id: showing.place.as_ref().map(|place| place.room_id.clone()),
        };
        match self.send_app_text(showing.account, showing.conversation, said).await {
            Ok(Said::Refused(code)) => self.warn("customer-not-told", &code),
            Ok(Said::Sent | Said::Waiting | Said::Before) => {}
            // The agent knows; the message must not wait for it.
            Err(error) => self.warn("customer-not-told", error.code()),
        }
    }
}

/// A file at hand.
#[derive(Debug, Clone)]
struct Fetched {
    blob: Blob,
    filename: String,
}

/// The kind by Meta's word; none where Meta does not say.
fn declared(media: MediaKind) -> Option<limits::MediaKind> {
    match media {
        MediaKind::Image => Some(limits::MediaKind::Image),
        MediaKind::Video => Some(limits::MediaKind::Video),
        MediaKind::Audio => Some(limits::MediaKind::Audio),
        MediaKind::File | MediaKind::Unspecified => None,
    }
}

fn accepts(settings: &Settings, kind: limits::MediaKind) -> bool {
    settings.media_types.iter().any(|accepted| accepted == kind.as_str())
}

/// What the server's refusal of an upload means; `None` for a failure that may pass.
fn refused(error: &HostError) -> Option<Missing> {
    match error.code.as_str() {
        "error-file-upload-disabled" | "error-file-upload-disabled-in-direct-messages" => Some(Missing::Disabled),
        "error-invalid-file-type" => Some(Missing::Type),
        "error-file-too-large" => Some(Missing::Size),
        "error-app-prevented" | "missing-permission" => Some(Missing::Fetch),
        _ => None,
    }
}

/// The name in a `Content-Disposition` header ([RFC 6266](https://www.rfc-editor.org/rfc/rfc6266)): the form that says its
/// encoding outranks the plain one.
fn disposition_name(header: &str) -> Option<String> {
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
fn path_name(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let name = path.rsplit('/').next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    (is_ending(extension) && !stem.is_empty()).then(|| decoded(name))
}

fn is_ending(text: &str) -> bool {
    (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A name for the upload: Meta's where it gave one, with an ending that fits, since the server goes by it.
fn filename(given: Option<&str>, kind: limits::MediaKind, media_type: &str, index: usize) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' };
    let given: String = given.unwrap_or_default().chars().map(safe).collect();
    let given = given.trim_start_matches(['.', ' ']).trim();
    let (stem, extension) = match given.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && is_ending(extension) => (stem, extension.to_lowercase()),
        _ => (given, String::new()),
    };
    let stem: String = stem.chars().take(LONGEST_NAME).collect();
    let stem = if stem.is_empty() { format!("{}-{}", kind.as_str(), index.saturating_add(1)) } else { stem };
    let known = ending(media_type);
    let extension = match known {
        // One of the endings in use for the type stays.
        Some((first, all)) => {
            if all.contains(&extension.as_str()) {
                extension
            } else {
                first.to_owned()
            }
        }
        None if extension.is_empty() => default_ending(kind).to_owned(),
        None => extension,
    };
    format!("{stem}.{extension}")
}

/// The usual ending for a type, and all that are in use for it.
fn ending(media_type: &str) -> Option<(&'static str, &'static [&'static str])> {
    Some(match limits::mime_essence(media_type).as_str() {
        "image/jpeg" => ("jpg", &["jpg", "jpeg"]),
        "image/png" => ("png", &["png"]),
        "image/gif" => ("gif", &["gif"]),
        "image/webp" => ("webp", &["webp"]),
        "video/mp4" => ("mp4", &["mp4", "m4v", "m4a"]),
        "video/quicktime" => ("mov", &["mov"]),
        "video/webm" => ("webm", &["webm"]),
        "audio/mpeg" => ("mp3", &["mp3"]),
        "audio/mp4" | "audio/x-m4a" | "audio/m4a" => ("m4a", &["m4a", "mp4"]),
        "audio/aac" => ("aac", &["aac"]),
        "audio/ogg" => ("ogg", &["ogg", "oga", "opus"]),
        "audio/wav" | "audio/x-wav" => ("wav", &["wav"]),
        "application/pdf" => ("pdf", &["pdf"]),
        _ => return None,
    })
}

fn default_ending(kind: limits::MediaKind) -> &'static str {
    match kind {
        limits::MediaKind::Image => "jpg",
        limits::MediaKind::Video => "mp4",
        limits::MediaKind::Audio => "m4a",
        limits::MediaKind::File => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_metas_hosts() {
        for good in [
            "https://scontent.xx.fbcdn.net/v/t1/a.jpg?oe=1&oh=2",
            "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature=x",
            "https://cdn.fbsbx.com/x",
            "https://scontent-fra3-1.cdninstagram.com/v/x",
            "https://SCONTENT.XX.FBCDN.NET/x",
            "https://fbcdn.net",
            "https://a.fbcdn.net?x",
        ] {
            assert!(is_metas(good), "{good}");
        }
        for bad in [
            "http://scontent.fbcdn.net/x",
            "https://evilfbcdn.net/x",
            "https://fbcdn.net.evil.example/x",
            "https://evil.example/fbcdn.net",
            "https://evil.example#.fbcdn.net",
            "https://evil.example?.fbcdn.net",
            "https://user@scontent.fbcdn.net/x",
            "https://scontent.fbcdn.net@evil.example/x",
            "https://scontent.fbcdn.net:8443/x",
            "https://evil.example\\.fbcdn.net/x",
            "https://evil.example\\@a.fbcdn.net/x",
            "https://a.fbcdn.net\t.evil.example/x",
            " https://a.fbcdn.net/x",
            "https://a.fbcdn.net./x",
            "https://.fbcdn.net/x",
            "https://[::1].fbcdn.net/x",
            "https://127.0.0.1/x",
            "https:///fbcdn.net",
            "//a.fbcdn.net/x",
            "file:///etc/passwd",
            "",
        ] {
            assert!(!is_metas(bad), "{bad}");
        }
    }

    #[test]
    fn files_get_names_that_fit() {
        use limits::MediaKind::{Audio, File, Image};
        for (given, kind, media_type, expected) in [
            (None, Image, "image/jpeg", "image-1.jpg"),
            (None, Image, "", "image-1.jpg"),
            (None, Audio, "video/mp4", "audio-1.mp4"),
            (Some("Rechnung Ä 1.PDF"), File, "application/pdf", "Rechnung Ä 1.pdf"),
            (Some("../../etc/passwd"), File, "", "_.._etc_passwd.bin"),
            (Some("photo.php"), Image, "image/png", "photo.png"),
            (Some("photo.jpeg"), Image, "image/jpeg", "photo.jpeg"),
            (Some("data.xyz"), File, "application/octet-stream", "data.xyz"),
            (Some(".hidden"), File, "", "hidden.bin"),
            (Some("a\nb\".txt"), File, "text/plain", "a_b_.txt"),
        ] {
            assert_eq!(filename(given, kind, media_type, 0), expected);
        }
        assert_eq!(disposition_name("attachment; filename=\"a b.pdf\"").as_deref(), Some("a b.pdf"));
        assert_eq!(disposition_name("inline; filename=x; filename*=UTF-8''%C3%A4.pdf").as_deref(), Some("ä.pdf"));
        assert_eq!(disposition_name("inline"), None);
        assert_eq!(path_name("https://a.example/x/y.pdf?oe=1").as_deref(), Some("y.pdf"));
        assert_eq!(path_name("https://a.example/ig_messaging_cdn/?asset_id=1"), None);
    }
}
