//! A customer's message or button tap: text, cards and files, in the order they came.

use super::attachment::{Piece, pieces};
use super::cards::{payload_card, plain_card, referral_card, story_link};
use super::text::{done, harmless};
use crate::channel::Channel;
use crate::key;
use crate::rocket_chat::Card;
use crate::texts::Translator;
use meta_wire::private::Private;
use meta_wire::webhook::{Item, MediaKind, Message, Postback, Referral, ReplyTo};

/// One thing to write.
#[derive(Debug)]
pub enum Step {
    /// A message with text and cards.
    Say {
        /// The text.
        text: String,
        /// The cards under it.
        cards: Vec<Card>,
    },
    /// A file.
    File(File),
}

/// A file of a message.
#[derive(Debug, Clone)]
pub struct File {
    /// What Meta says it is.
    pub media: MediaKind,
    /// Where Meta serves it.
    pub url: Private,
    /// Its place among the files of the message, from 0.
    pub index: usize,
}

/// Steps in the making: text and cards gather in one message until a file comes.
#[derive(Debug, Default)]
pub struct Steps {
    done: Vec<Step>,
    text: Vec<String>,
    cards: Vec<Card>,
    files: usize,
    /// Something in the message was not understood.
    pub unclear: bool,
}

impl Steps {
    /// Adds words.
    pub fn text(&mut self, text: String) {
        if !text.is_empty() {
            self.text.push(text);
        }
    }

    /// Adds a card.
    pub fn card(&mut self, card: Card) {
        self.cards.push(card);
    }

    fn file(&mut self, media: MediaKind, url: Private) {
        self.flush();
        self.done.push(Step::File(File { media, url, index: self.files }));
        self.files = self.files.saturating_add(1);
    }

    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.done.is_empty() && self.text.is_empty() && self.cards.is_empty()
    }

    fn flush(&mut self) {
        if !self.text.is_empty() || !self.cards.is_empty() {
            let text = std::mem::take(&mut self.text).join("\n");
            self.done.push(Step::Say { text, cards: std::mem::take(&mut self.cards) });
        }
    }

    /// The steps, in order.
    pub fn finish(mut self) -> Vec<Step> {
        self.flush();
        self.done
    }
}

/// A message of bare text, which needs neither look-up nor translation; `None` for any other.
pub fn plain_text(item: &Item, message: &Message) -> Option<String> {
    if !is_plain(message) || item.is_standby() || !item.notes.is_empty() {
        return None;
    }
    message.text.as_deref().map(harmless).filter(|text| !text.is_empty())
}

/// What a message answers, as cards. `quoted` is the message that it quotes, where that is to be found.
pub fn quotes(say: Translator<'_>, reply_to: &ReplyTo, quoted: Option<Card>) -> Vec<Card> {
    let story = reply_to.story.as_ref();
    let story = story.map(|story| story_link(say, key!("in_story_reply"), story.url.as_deref()));
    let unknown = || plain_card(say, key!("in_quote_unknown"), None);
    let message = reply_to.mid.as_ref().map(|_| quoted.unwrap_or_else(unknown));
    story.into_iter().chain(message).collect()
}

/// What is written for a message that answers what `quoted` shows.
pub fn message_steps(
    say: Translator<'_>,
    channel: Channel,
    item: &Item,
    message: &Message,
    quoted: Vec<Card>,
) -> Steps {
    let mut steps = Steps::default();
    if let Some(referral) = &message.referral {
        steps.card(referral_card(say, referral));
    }
    for card in quoted {
        steps.card(card);
    }
    let text = message.text.as_deref().map(harmless).unwrap_or_default();
    match &message.quick_reply {
        // Meta leaves the button's words out at times.
        Some(_) if text.is_empty() => steps.text(done(&say.text(key!("in_button"), &[]))),
        _ => steps.text(text),
    }
    if let Some(payload) = message.quick_reply.as_ref().and_then(|reply| reply.payload.as_deref()) {
        steps.card(payload_card(say, payload));
    }
    if !message.commands.is_empty() {
        let commands = harmless(&message.commands.join(", "));
        steps.card(plain_card(say, key!("in_command"), Some(commands)));
    }
    for attachment in &message.attachments {
        let (pieces, unclear) = pieces(say, channel, attachment, message.text.as_deref());
        steps.unclear |= unclear;
        for piece in pieces {
            match piece {
                Piece::File(media, url) => steps.file(media, url),
                Piece::Words(words) => steps.text(words),
                Piece::Card(card) => steps.card(card),
            }
        }
    }
    if message.hop_context.is_some() {
        steps.card(plain_card(say, key!("in_lead_summary"), None));
    }
    if message.is_unsupported {
        let network = channel.label();
        steps.text(done(&say.text(key!("in_unsupported"), &[("network", network)])));
        steps.unclear = true;
    }
    say_what_is_missing(say, channel, item, &mut steps);
    steps
}

/// What is written for a button that was tapped.
pub fn postback_steps(say: Translator<'_>, channel: Channel, item: &Item, postback: &Postback) -> Steps {
    let mut steps = Steps::default();
    if let Some(referral) = &postback.referral {
        steps.card(referral_card(say, referral));
    }
    let title = postback.title.as_deref().map(harmless).filter(|title| !title.is_empty());
    steps.text(title.unwrap_or_else(|| done(&say.text(key!("in_button"), &[]))));
    if let Some(payload) = postback.payload.as_deref() {
        steps.card(payload_card(say, payload));
    }
    say_what_is_missing(say, channel, item, &mut steps);
    steps
}

/// What is written where the customer came back over a link.
pub fn referral_steps(say: Translator<'_>, referral: &Referral) -> Steps {
    let mut steps = Steps::default();
    steps.text(done(&say.text(key!("in_came_back"), &[])));
    steps.card(referral_card(say, referral));
    steps
}

/// Words that are there and cannot be read are told of.
fn say_what_is_missing(say: Translator<'_>, channel: Channel, item: &Item, steps: &mut Steps) {
    if !item.has_unread_words() {
        return;
    }
    let key = if steps.is_empty() { key!("in_not_understood") } else { key!("in_part_unread") };
    let network = channel.label();
    steps.text(done(&say.text(key, &[("network", network)])));
    steps.unclear = true;
}

fn is_plain(message: &Message) -> bool {
    message.text.is_some()
        && message.attachments.is_empty()
        && message.quick_reply.is_none()
        && message.reply_to.is_none()
        && message.referral.is_none()
        && message.commands.is_empty()
        && message.hop_context.is_none()
        && !message.is_unsupported
}
