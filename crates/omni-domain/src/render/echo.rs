//! What the business wrote elsewhere, as agents read it.

use super::attachment::{Piece, pieces};
use super::file::file_card;
use super::text::{done, harmless};
use crate::account::Account;
use crate::key;
use crate::rocket_chat::Card;
use crate::texts::Translator;
use meta_wire::webhook::Echo;

/// The message as cards. `quoted` is the message that it answers, where that is to be found.
pub fn echo_cards(say: Translator<'_>, account: &Account, echo: &Echo, quoted: Option<Card>) -> Vec<Card> {
    let title = say.text(key!("in_echo"), &[("account", &account.shown())]);
    let text = echo.text.as_deref().map(harmless).filter(|text| !text.is_empty());
    let mut cards = vec![Card { title: Some(title), text, ..Card::default() }];
    cards.extend(quoted);
    for attachment in &echo.attachments {
        for piece in pieces(say, account.channel, attachment, echo.text.as_deref()).0 {
            cards.push(match piece {
                // What the business sent elsewhere is linked: it has the original.
                Piece::File(media, url) => file_card(say, media, &url, None),
                Piece::Words(words) => Card { text: Some(words), ..Card::default() },
                Piece::Card(card) => card,
            });
        }
    }
    let says_nothing = cards.len() == 1 && cards.iter().all(|card| card.text.is_none());
    if echo.is_unsupported || says_nothing {
        let network = account.channel.label();
        let text = done(&say.text(key!("in_echo_unsupported"), &[("network", network)]));
        cards.push(Card { text: Some(text), ..Card::default() });
    }
    cards
}
