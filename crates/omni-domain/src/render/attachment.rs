//! What stands beside the words of a message: the same for a customer's and for the business's.

use super::cards::{appointment_card, link_card, location_card, share_card, story_card, template_cards};
use super::text::{done, link, link_at};
use crate::channel::Channel;
use crate::key;
use crate::rocket_chat::Card;
use crate::texts::Translator;
use meta_wire::private::Private;
use meta_wire::webhook::{Attachment, MediaKind};

/// What an attachment is shown as.
#[derive(Debug)]
pub enum Piece {
    /// A file that Meta serves.
    File(MediaKind, Private),
    /// Words.
    Words(String),
    /// A card.
    Card(Card),
}

/// Messenger's thumb in its three sizes
/// ([observed](https://github.com/nyaruka/courier/blob/main/handlers/meta/handlers.go)).
const THUMBS: [&str; 3] = ["369239263222822", "369239343222814", "369239383222810"];

/// Everything of an attachment that can be read; the flag says that a later version may read more. `text` is what the
/// message says beside it.
pub fn pieces(
    say: Translator<'_>,
    channel: Channel,
    attachment: &Attachment,
    text: Option<&str>,
) -> (Vec<Piece>, bool) {
    let network = channel.label();
    let words = |key| Piece::Words(done(&say.text(key, &[("network", network)])));
    let one = |piece| (vec![piece], false);
    match attachment {
        Attachment::Media(media) => match &media.url {
            Some(url) => one(Piece::File(media.media, url.clone())),
            None => (vec![words(key!("in_file_without_address"))], true),
        },
        Attachment::Sticker(sticker) => {
            let is_thumb = sticker.sticker_id.as_ref().is_some_and(|id| THUMBS.contains(&id.as_str()));
            one(match &sticker.url {
                _ if is_thumb => Piece::Words("👍".to_owned()),
                Some(url) => Piece::File(MediaKind::Image, url.clone()),
                None => words(key!("in_sticker")),
            })
        }
        Attachment::LikeHeart => one(Piece::Words("❤️".to_owned())),
        Attachment::Location(location) => one(Piece::Card(location_card(say, location))),
        Attachment::Fallback(preview) => {
            let url = preview.url.as_deref().and_then(|url| link_at(url, channel.site()));
            let repeats = text.zip(url.as_deref()).is_some_and(|(text, url)| text.contains(url));
            match (&url, &preview.title) {
                // The text holds the link already, and the server draws a preview of its own.
                (Some(_), None) if repeats => (Vec::new(), false),
                (None, None) if text.is_some_and(|text| !text.is_empty()) => (Vec::new(), false),
                (None, None) => (vec![words(key!("in_content_elsewhere"))], true),
                (_, title) => one(Piece::Card(link_card(say, key!("in_link"), url, title.as_deref()))),
            }
        }
        Attachment::Share(share) => one(Piece::Card(share_card(say, share))),
        Attachment::Story(story) => one(Piece::Card(story_card(say, story))),
        Attachment::Ephemeral => one(words(key!("in_ephemeral"))),
        Attachment::Template(template) => match template_cards(say, channel, template) {
            cards if cards.is_empty() => (vec![words(key!("in_content_elsewhere"))], true),
            cards => (cards.into_iter().map(Piece::Card).collect(), false),
        },
        Attachment::AppointmentBooking(booking) => one(Piece::Card(appointment_card(say, booking))),
        Attachment::Unsupported(about) => {
            let url = about.url.as_deref().and_then(|url| link_at(url, channel.site()));
            let told = url.is_some() || about.title.is_some();
            let card = || Piece::Card(link_card(say, key!("in_link"), url.clone(), about.title.as_deref()));
            (std::iter::once(words(key!("in_unsupported"))).chain(told.then(card)).collect(), true)
        }
        Attachment::Unknown(unknown) => {
            let url = unknown.url.as_deref().and_then(link);
            let title = unknown.title.as_deref().or(Some(&*unknown.name)).filter(|title| *title != "?");
            (vec![Piece::Card(link_card(say, key!("in_attachment"), url, title))], true)
        }
        Attachment::Malformed(_) => (vec![words(key!("in_not_understood"))], true),
    }
}
