//! What a message carries beside its text.
//!
//! Sources: [`messages` event](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages),
//! [Instagram messaging webhooks](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks).

use super::fault::Fault;
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
