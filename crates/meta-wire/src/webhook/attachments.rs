//! Reading the attachments of a message.

use super::attachment::{
    AppointmentBooking, Attachment, BookedTime, Link, Location, MalformedAttachment, Media, MediaKind, Share,
    ShareKind, Sticker, Story, StoryKind, UnknownAttachment,
};
use super::fault::{Fault, Problem, Shape};
use super::name::plain_word;
use super::reader::{Node, Object};
use super::template::Template;
use crate::ids::NumericId;
use crate::private::Private;

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
    let members = Members { outer: &outer, payload: payload.as_ref() };
    let media = |media| {
        let attachment_id = members.numeric_id("attachment_id");
        Attachment::Media(Media { media, url: members.url(), attachment_id })
    };
    let share = |share, id| Attachment::Share(Share { share, url: members.url(), title: members.title(), id });
    let post_id = || members.numeric_id("id").or_else(|| members.numeric_id("ig_post_media_id"));
    let story = |story| {
        let url = members.url().or_else(|| members.private("story_media_url"));
        Attachment::Story(Story { story, url })
    };
    let link = || Link { url: members.url(), title: members.title() };
    let attachment = match kind.as_str() {
        "image" if members.payload.is_some_and(|payload| payload.has("sticker_id")) => sticker(&members),
        "image" => media(MediaKind::Image),
        "video" => media(MediaKind::Video),
        "audio" => media(MediaKind::Audio),
        "file" => media(MediaKind::File),
        "media" => media(MediaKind::Unspecified),
        "sticker" => return Ok((sticker(&members), true)),
        "like_heart" => Attachment::LikeHeart,
        "location" => location(&members),
        "fallback" => Attachment::Fallback(link()),
        "unsupported_type" | "unsupported" => Attachment::Unsupported(link()),
        "reel" => share(ShareKind::Reel, members.numeric_id("reel_video_id")),
        "ig_reel" => share(ShareKind::IgReel, members.numeric_id("reel_video_id")),
        "post" => share(ShareKind::Post, members.numeric_id("id")),
        "ig_post" => return Ok((share(ShareKind::IgPost, post_id()), true)),
        "share" => share(ShareKind::Share, post_id()),
        "story_mention" => story(StoryKind::StoryMention),
        "story" => story(StoryKind::Story),
        "ig_story" => story(StoryKind::IgStory),
        "ephemeral" => Attachment::Ephemeral,
        "template" => Attachment::Template(Template::read(members.payload, &outer, members.url(), members.title())),
        "appointment_booking" => Attachment::AppointmentBooking(appointment(&members)),
        _ => Attachment::Unknown(UnknownAttachment {
            name: plain_word(&kind),
            url: members.url(),
            title: members.title(),
            raw: node.raw(),
        }),
    };
    Ok((attachment, false))
}

/// An attachment's members: Meta writes `url` and `title` inside `payload`, and for older types beside it.
struct Members<'n, 'a, 'p> {
    outer: &'n Object<'a, 'p>,
    payload: Option<&'n Object<'a, 'n>>,
}

impl Members<'_, '_, '_> {
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

fn sticker(members: &Members<'_, '_, '_>) -> Attachment {
    Attachment::Sticker(Sticker { url: members.url(), sticker_id: members.numeric_id("sticker_id") })
}

fn location(members: &Members<'_, '_, '_>) -> Attachment {
    let coordinates = members.payload.and_then(|payload| {
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
        title: members.title(),
        url: members.url(),
    })
}

fn appointment(members: &Members<'_, '_, '_>) -> AppointmentBooking {
    let text = |key| members.payload.and_then(|payload| payload.optional_text(key));
    let time = |key| members.payload.and_then(|payload| payload.optional(key, booked_time));
    AppointmentBooking {
        booking_id: members.numeric_id("booking_id"),
        status: text("status"),
        start_time: time("start_time"),
        end_time: time("end_time"),
        timezone: text("timezone"),
    }
}

fn booked_time(node: Node<'_, '_>) -> Result<BookedTime, Fault> {
    match node.time() {
        Ok(at) => Ok(BookedTime::At(at)),
        Err(fault) if node.shape() == Shape::Text => node.text().map(BookedTime::AsWritten).map_err(|_| fault),
        Err(fault) => Err(fault),
    }
}
