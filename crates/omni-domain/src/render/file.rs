//! Files of customers: what is accepted, and what stands in the place of one that is not in the room.

use super::cards::plain_card;
use super::media_url::is_metas;
use super::text::link;
use crate::key;
use crate::rocket_chat::Card;
use crate::settings::Settings;
use crate::texts::Translator;
use meta_wire::limits;
use meta_wire::private::Private;
use meta_wire::webhook::MediaKind;

/// Why a file is not in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Uploads are off, in the app's settings or the server's.
    Disabled,
    /// Its type is not accepted.
    Type,
    /// It is larger than accepted.
    Size,
    /// Its address is none of Meta's.
    Address,
    /// A page or a program came in its place.
    Another,
    /// It could not be fetched.
    Fetch,
}

/// A card in the place of a file. What is not accepted is not linked either.
pub fn file_card(say: Translator<'_>, media: MediaKind, url: &Private, missing: Option<Missing>) -> Card {
    let title = match media {
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
        Some(Missing::Another) => Some(key!("in_file_another")),
        Some(Missing::Fetch) => Some(key!("in_file_fetch")),
    };
    let linked = matches!(missing, None | Some(Missing::Size | Missing::Fetch)) && is_metas(url);
    let card = plain_card(say, title, text.map(|text| say.text(text, &[])));
    Card { title_link: if linked { link(url) } else { None }, ..card }
}

/// The kind by Meta's word; none where Meta does not say.
pub fn declared(media: MediaKind) -> Option<limits::MediaKind> {
    match media {
        MediaKind::Image => Some(limits::MediaKind::Image),
        MediaKind::Video => Some(limits::MediaKind::Video),
        MediaKind::Audio => Some(limits::MediaKind::Audio),
        MediaKind::File | MediaKind::Unspecified => None,
    }
}

/// Whether the settings let files of the kind pass.
pub fn accepts(settings: &Settings, kind: limits::MediaKind) -> bool {
    settings.media_types.iter().any(|accepted| accepted == kind.as_str())
}
