//! A message of a room as a quote.

use super::text::{beginning, harmless};
use crate::key;
use crate::rocket_chat::{Card, Message};
use crate::texts::Translator;

/// The message as a card that leads to it. `site` is the server's address, empty where it has none.
pub fn quoted_card(say: Translator<'_>, message: Message, site: &str) -> Card {
    let card_text = message.cards.iter().find_map(|card| card.text.clone().or_else(|| card.title.clone()));
    let file = message.files.first().map(|file| file.name.clone());
    let text = Some(message.text).filter(|text| !text.trim().is_empty()).or(card_text).or(file);
    let unknown = || say.text(key!("in_quote_unknown"), &[]);
    Card {
        author: message.sender.map(|sender| sender.name).filter(|name| !name.is_empty()),
        text: Some(text.map_or_else(unknown, |text| beginning(&harmless(&text)))),
        // The server refuses a relative address.
        message_link: (!site.is_empty()).then(|| format!("{site}/live/{}?msg={}", message.room_id, message.id)),
        ..Card::default()
    }
}
