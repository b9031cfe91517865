//! What a message carries beside its text.
//!
//! Sources: [`messages` event](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages),
//! [Instagram messaging webhooks](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks).

use super::fault::{Fault, Problem, Shape};
use super::reader::{Node, Object};
use super::template::Template;
use crate::ids::NumericId;
use crate::private::{Private, RawJson};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// One attachment. URLs are signed and expire; fetch only from Meta's hosts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Attachment {
    /// A picture, video, voice note or file.
    Media(Media),
    /// A Messenger sticker, in the `sticker` form and in the older form of an `image` with a `sticker_id`.
    Sticker(Sticker),
    /// Instagram's heart; carries nothing.
    LikeHeart,
    /// A place.
    Location(Location),
    /// A link preview. The text usually holds the link already; it is not media to download.
    Fallback(Link),
    /// A shared post or reel.
    Share(Share),
    /// A story: a mention of the account in it, or a story passed on. Its media must not be stored.
    Story(Story),
    /// View-once media; never has a URL.
    Ephemeral,
    /// A template, such as a product, or the echo of one the business sent.
    Template(Template),
    /// An appointment.
    AppointmentBooking(AppointmentBooking),
    /// Meta says that it does not pass this on.
    Unsupported(Link),
    /// A `type` this crate has not met.
    Unknown(UnknownAttachment),
    /// Not an attachment at all. The message around it is decoded.
    Malformed(MalformedAttachment),
}

/// `image`, `video`, `audio`, `file` or Instagram's `media`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Media {
    /// Which of them.
    pub media: MediaKind,
    /// Where Meta serves it; absent when Meta left the payload out.
    pub url: Option<Private>,
    /// The uploaded asset it was sent from, in some echoes.
    pub attachment_id: Option<NumericId>,
}

/// The kind of a [`Media`] attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture; on Messenger also an animated GIF.
    Image,
    /// A video.
    Video,
    /// Sound, voice notes among them.
    Audio,
    /// Any other file.
    File,
    /// Instagram's `media`, listed by Meta without saying what it holds.
    Unspecified,
}

/// A Messenger sticker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sticker {
    /// Its picture.
    pub url: Option<Private>,
    /// Which sticker; a number on one page of Meta's, a string on another.
    pub sticker_id: Option<NumericId>,
}

/// A place somebody sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// What the sender's client called it.
    pub title: Option<Private>,
    /// A map page.
    pub url: Option<Private>,
}

/// A link with its title.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Where it leads.
    pub url: Option<Private>,
    /// The preview's title.
    pub title: Option<Private>,
}

/// `reel`, `ig_reel`, `post`, `ig_post` or `share`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Which of them.
    pub share: ShareKind,
    /// The post, or for some reels the video itself.
    pub url: Option<Private>,
    /// Its title or caption.
    pub title: Option<Private>,
    /// `id` or `ig_post_media_id` of a post, `reel_video_id` of a reel.
    pub id: Option<NumericId>,
}

/// The kind of a [`Share`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareKind {
    /// A Facebook reel.
    Reel,
    /// An Instagram reel.
    IgReel,
    /// A Facebook post.
    Post,
    /// An Instagram post.
    IgPost,
    /// Instagram's older form for posts and media.
    Share,
}

/// `story_mention`, `story` or `ig_story`.
///
/// Source: [story mention](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/story-mention).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// Which of them.
    pub story: StoryKind,
    /// Where the story is served while it lives, at most 24 hours. To be linked, never to be copied.
    pub url: Option<Private>,
}

/// The kind of a [`Story`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoryKind {
    /// The customer mentioned the account in their story.
    StoryMention,
    /// A story passed on.
    Story,
    /// A story passed on, in the newer wording.
    IgStory,
}

/// An appointment made in the thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppointmentBooking {
    /// The booking.
    pub booking_id: Option<NumericId>,
    /// Its state, in Meta's words.
    pub status: Option<String>,
    /// When it begins.
    pub start_time: Option<BookedTime>,
    /// When it ends.
    pub end_time: Option<BookedTime>,
    /// The time zone it was made in.
    pub timezone: Option<String>,
}

/// When an appointment begins or ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BookedTime {
    /// A moment.
    At(UnixMillis),
    /// As Meta wrote it, such as a time without a zone.
    AsWritten(String),
}

fn booked_time(node: Node<'_, '_>) -> Result<BookedTime, Fault> {
    match node.time() {
        Ok(at) => Ok(BookedTime::At(at)),
        Err(fault) if node.shape() == Shape::Text => node.text().map(BookedTime::AsWritten).map_err(|_| fault),
        Err(fault) => Err(fault),
    }
}

/// An attachment of a type this crate has not met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnknownAttachment {
    /// Meta's word for it.
    pub name: String,
    /// `url`, where most types have one.
    pub url: Option<Private>,
    /// `title`, where most types have one.
    pub title: Option<Private>,
    /// The attachment.
    pub raw: RawJson,
}

/// Something in the place of an attachment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MalformedAttachment {
    /// What was wrong, and where in the item.
    pub fault: Fault,
    /// The attachment.
    pub raw: RawJson,
}

/// Reads `attachments` of a message, and a sticker that is named without one. While Meta changes over to a new type it sends
/// the old one beside it, for apps that do not know the new one: a picture beside each `sticker` until August 2026, a
/// `share` beside each `ig_post` since November 2025. That twin is the same thing again and is left out.
///
/// Source: [Instagram Platform webhooks](https://developers.facebook.com/docs/instagram-platform/webhooks).
pub(super) fn read_all(message: &Object<'_, '_>) -> Vec<Attachment> {
    let each = |node: Node<'_, '_>| match read(node) {
        Ok((attachment, new_form)) => (attachment, new_form),
        Err(fault) => (Attachment::Malformed(MalformedAttachment { fault, raw: node.raw() }), false),
    };
    let mut all: Vec<(Attachment, bool)> = match message.get("attachments") {
        None => Vec::new(),
        Some(list) if list.shape() == Shape::Array => list.each(each).unwrap_or_default(),
        Some(one) => vec![each(one)],
    };
    sticker_beside(message, &mut all);
    let (newer, older): (Vec<_>, Vec<_>) = all.iter().partition(|(_, new_form)| *new_form);
    let newer: Vec<Attachment> = newer.into_iter().map(|(new, _)| new.clone()).collect();
    let has_twin = |new: &&Attachment| older.iter().any(|(old, _)| is_twin(old, new));
    // Each post whose twin is not known by id or address may have one that names no post.
    let posts = newer.iter().filter(|new| matches!(new, Attachment::Share(_)) && !has_twin(new));
    let mut open = posts.count();
    all.retain(|(attachment, new_form)| {
        if *new_form {
            return true;
        }
        let twin_of_a_post = open > 0 && names_no_post(attachment, &newer);
        open = open.saturating_sub(usize::from(twin_of_a_post));
        !twin_of_a_post && !newer.iter().any(|new| is_twin(attachment, new))
    });
    all.into_iter().map(|(attachment, _)| attachment).collect()
}

fn is_twin(old: &Attachment, new: &Attachment) -> bool {
    match (old, new) {
        (Attachment::Sticker(old), Attachment::Sticker(new)) => {
            same(&old.sticker_id, &new.sticker_id) || same(&old.url, &new.url)
        }
        (Attachment::Media(old), Attachment::Sticker(new)) => same(&old.url, &new.url),
        (Attachment::Share(old), Attachment::Share(new)) => {
            old.share == ShareKind::Share && (same(&old.id, &new.id) || same(&old.url, &new.url))
        }
        _ => false,
    }
}

/// Whether a share cannot be told from the posts beside it: one of the two names no id.
fn names_no_post(attachment: &Attachment, newer: &[Attachment]) -> bool {
    let Attachment::Share(Share { share: ShareKind::Share, id, .. }) = attachment else { return false };
    let named = |new: &Attachment| matches!(new, Attachment::Share(Share { id: Some(_), .. }));
    id.is_none() || !newer.iter().any(named)
}

/// Older clients of Messenger name a sticker in the message itself, beside its picture or without one.
fn sticker_beside(message: &Object<'_, '_>, attachments: &mut Vec<(Attachment, bool)>) {
    let Some(sticker_id) = message.optional_numeric_id("sticker_id") else { return };
    let sticker = |url| Attachment::Sticker(Sticker { url, sticker_id: Some(sticker_id.clone()) });
    match attachments.as_mut_slice() {
        [] => attachments.push((sticker(None), false)),
        [(only, _)] => {
            if let Attachment::Media(Media { media: MediaKind::Image, url, .. }) = only {
                *only = sticker(url.clone());
            }
        }
        _ => {}
    }
}

fn same<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
    one.is_some() && one == other
}

/// Reads one attachment; the flag says that it is of a type that may come with a twin of an older one.
fn read(node: Node<'_, '_>) -> Result<(Attachment, bool), Fault> {
    let outer = node.object()?;
    // What has no name is shown as far as it can be read.
    let kind = outer.optional_text("type").unwrap_or_default().to_ascii_lowercase();
    // Meta's page calls the payload of an echoed `fallback` a string; title and URL stand beside it then.
    let payload = match outer.get("payload") {
        Some(text) if text.shape() == Shape::Text && (kind == "fallback" || is_web_address(&text)) => None,
        _ => outer.optional("payload", Node::object),
    };
    let parts = Parts { outer: &outer, payload: payload.as_ref() };
    let media = |media| {
        let attachment_id = parts.numeric_id("attachment_id");
        Attachment::Media(Media { media, url: parts.url(), attachment_id })
    };
    let share = |share, id| Attachment::Share(Share { share, url: parts.url(), title: parts.title(), id });
    let post_id = || parts.numeric_id("id").or_else(|| parts.numeric_id("ig_post_media_id"));
    let story = |story| {
        let url = parts.url().or_else(|| parts.private("story_media_url"));
        Attachment::Story(Story { story, url })
    };
    let link = || Link { url: parts.url(), title: parts.title() };
    let attachment = match kind.as_str() {
        "image" if parts.payload.is_some_and(|payload| payload.has("sticker_id")) => sticker(&parts),
        "image" => media(MediaKind::Image),
        "video" => media(MediaKind::Video),
        "audio" => media(MediaKind::Audio),
        "file" => media(MediaKind::File),
        "media" => media(MediaKind::Unspecified),
        "sticker" => return Ok((sticker(&parts), true)),
        "like_heart" => Attachment::LikeHeart,
        "location" => location(&parts),
        "fallback" => Attachment::Fallback(link()),
        "unsupported_type" | "unsupported" => Attachment::Unsupported(link()),
        "reel" => share(ShareKind::Reel, parts.numeric_id("reel_video_id")),
        "ig_reel" => share(ShareKind::IgReel, parts.numeric_id("reel_video_id")),
        "post" => share(ShareKind::Post, parts.numeric_id("id")),
        "ig_post" => return Ok((share(ShareKind::IgPost, post_id()), true)),
        "share" => share(ShareKind::Share, post_id()),
        "story_mention" => story(StoryKind::StoryMention),
        "story" => story(StoryKind::Story),
        "ig_story" => story(StoryKind::IgStory),
        "ephemeral" => Attachment::Ephemeral,
        "template" => Attachment::Template(Template::read(parts.payload, &outer, parts.url(), parts.title())),
        "appointment_booking" => Attachment::AppointmentBooking(appointment(&parts)),
        _ => Attachment::Unknown(UnknownAttachment {
            name: super::plain_word(&kind),
            url: parts.url(),
            title: parts.title(),
            raw: node.raw(),
        }),
    };
    Ok((attachment, false))
}

/// An attachment's members: Meta writes `url` and `title` inside `payload`, and for older types beside it.
struct Parts<'n, 'a, 'p> {
    outer: &'n Object<'a, 'p>,
    payload: Option<&'n Object<'a, 'n>>,
}

impl Parts<'_, '_, '_> {
    /// Inside the payload or beside it, in capitals at times, and at times the payload itself. One of another shape is
    /// noted.
    fn url(&self) -> Option<Private> {
        let filled = |url: &Private| !url.is_empty();
        let named = ["url", "URL"].into_iter().find_map(|key| self.private(key).filter(filled));
        let payload = || {
            let text = self.outer.get("payload").filter(is_web_address)?;
            text.private().ok()
        };
        named.or_else(payload)
    }

    fn title(&self) -> Option<Private> {
        self.private("title").filter(|title| !title.is_empty())
    }

    fn private(&self, key: &'static str) -> Option<Private> {
        let inner = self.payload.and_then(|payload| payload.optional_private(key));
        inner.or_else(|| self.outer.optional_private(key))
    }

    fn numeric_id(&self, key: &'static str) -> Option<NumericId> {
        self.payload.and_then(|payload| payload.optional_numeric_id(key))
    }
}

fn is_web_address(node: &Node<'_, '_>) -> bool {
    let text = (node.shape() == Shape::Text).then(|| node.private().ok()).flatten();
    text.is_some_and(|text| text.starts_with("https://") || text.starts_with("http://"))
}

fn sticker(parts: &Parts<'_, '_, '_>) -> Attachment {
    Attachment::Sticker(Sticker { url: parts.url(), sticker_id: parts.numeric_id("sticker_id") })
}

fn location(parts: &Parts<'_, '_, '_>) -> Attachment {
    let coordinates = parts.payload.and_then(|payload| {
        payload.optional("coordinates", |node| {
            let coordinates = node.object()?;
            let degrees = |key, limit: f64| {
                let node = coordinates.need(key)?;
                let degrees = node.number()?;
                if degrees.abs() <= limit { Ok(degrees) } else { Err(node.fault(Problem::OutOfRange)) }
            };
            Ok((degrees("lat", 90.0)?, degrees("long", 180.0)?))
        })
    });
    Attachment::Location(Location {
        latitude: coordinates.map(|(latitude, _)| latitude),
        longitude: coordinates.map(|(_, longitude)| longitude),
        title: parts.title(),
        url: parts.url(),
    })
}

fn appointment(parts: &Parts<'_, '_, '_>) -> AppointmentBooking {
    let text = |key| parts.payload.and_then(|payload| payload.optional_text(key));
    let time = |key| parts.payload.and_then(|payload| payload.optional(key, booked_time));
    AppointmentBooking {
        booking_id: parts.numeric_id("booking_id"),
        status: text("status"),
        start_time: time("start_time"),
        end_time: time("end_time"),
        timezone: text("timezone"),
    }
}
