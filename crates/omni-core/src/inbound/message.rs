//! A customer's message or button tap: text, cards and files, in the order they came.

use super::attachment::Piece;
use super::deliver::Voice;
use super::show::{Became, Showing, kept};
use crate::error::CoreError;
use crate::host::{Card, Host};
use crate::key;
use crate::session::Session;
use crate::texts::Lang;
use meta_wire::private::Private;
use meta_wire::webhook::{MediaKind, Message, Postback, Referral};
use omni_domain::render::text::{done, harmless};

/// One thing to write.
#[derive(Debug)]
pub(super) enum Step {
    /// A message with text and cards.
    Say { text: String, cards: Vec<Card> },
    /// A file.
    File(File),
}

/// A file of a message.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// What Meta says it is.
    pub(super) media: MediaKind,
    /// Where Meta serves it.
    pub(super) url: Private,
    /// Its place among the files of the message, from 0.
    pub(super) index: usize,
}

/// Steps in the making: text and cards gather in one message until a file comes.
#[derive(Debug, Default)]
pub(super) struct Steps {
    done: Vec<Step>,
    text: Vec<String>,
    cards: Vec<Card>,
    files: usize,
    /// Something in the message was not understood.
    pub(super) unclear: bool,
}

impl Steps {
    pub(super) fn text(&mut self, text: String) {
        if !text.is_empty() {
            self.text.push(text);
        }
    }

    pub(super) fn card(&mut self, card: Card) {
        self.cards.push(card);
    }

    fn file(&mut self, media: MediaKind, url: Private) {
        self.flush();
        self.done.push(Step::File(File { media, url, index: self.files }));
        self.files = self.files.saturating_add(1);
    }

    fn is_empty(&self) -> bool {
        self.done.is_empty() && self.text.is_empty() && self.cards.is_empty()
    }

    fn flush(&mut self) {
        if !self.text.is_empty() || !self.cards.is_empty() {
            let text = std::mem::take(&mut self.text).join("\n");
            self.done.push(Step::Say { text, cards: std::mem::take(&mut self.cards) });
        }
    }

    pub(super) fn finish(mut self) -> Vec<Step> {
        self.flush();
        self.done
    }
}

impl<H: Host> Session<H> {
    pub(super) async fn show_message(&self, showing: &mut Showing<'_>, message: &Message) -> Result<Became, CoreError> {
        let mut steps = Steps::default();
        // The main path: a bare text needs neither look-up nor translation.
        if is_plain(message) && !showing.item.is_standby() && showing.item.notes.is_empty() {
            let text = message.text.as_deref().map(harmless).filter(|text| !text.is_empty());
            if let Some(text) = text {
                self.say(showing, text, Vec::new()).await?;
                return Ok(showing.finish(message.mid.as_ref()));
            }
        }
        let lang = self.room_lang().await;
        if let Some(referral) = &message.referral {
            steps.card(self.referral_card(&lang, referral));
        }
        if let Some(reply_to) = &message.reply_to {
            self.quote(showing, &lang, reply_to, &mut steps).await?;
        }
        let text = message.text.as_deref().map(harmless).unwrap_or_default();
        match &message.quick_reply {
            // Meta leaves the button's words out at times.
            Some(_) if text.is_empty() => steps.text(done(&self.text(&lang, key!("in_button"), &[]))),
            _ => steps.text(text),
        }
        if let Some(payload) = message.quick_reply.as_ref().and_then(|reply| reply.payload.as_deref()) {
            steps.card(self.payload_card(&lang, payload));
        }
        if !message.commands.is_empty() {
            let commands = harmless(&message.commands.join(", "));
            steps.card(self.plain_card(&lang, key!("in_command"), Some(commands)));
        }
        for attachment in &message.attachments {
            let (pieces, unclear) = self.pieces(showing.account.channel, &lang, attachment, message.text.as_deref());
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
            steps.card(self.plain_card(&lang, key!("in_lead_summary"), None));
        }
        if message.is_unsupported {
            let network = showing.account.channel.label();
            steps.text(done(&self.text(&lang, key!("in_unsupported"), &[("network", network)])));
            steps.unclear = true;
        }
        self.say_what_is_missing(showing, &lang, &mut steps);
        self.carry_out(showing, &lang, steps, message.mid.as_ref()).await
    }

    /// Words that are there and cannot be read are told of.
    fn say_what_is_missing(&self, showing: &Showing<'_>, lang: &Lang, steps: &mut Steps) {
        if !showing.item.has_unread_words() {
            return;
        }
        let key = if steps.is_empty() { key!("in_not_understood") } else { key!("in_part_unread") };
        let network = showing.account.channel.label();
        steps.text(done(&self.text(lang, key, &[("network", network)])));
        steps.unclear = true;
    }

    pub(super) async fn show_postback(
        &self,
        showing: &mut Showing<'_>,
        postback: &Postback,
    ) -> Result<Became, CoreError> {
        let lang = self.room_lang().await;
        let mut steps = Steps::default();
        if let Some(referral) = &postback.referral {
            steps.card(self.referral_card(&lang, referral));
        }
        let title = postback.title.as_deref().map(harmless).filter(|title| !title.is_empty());
        steps.text(title.unwrap_or_else(|| done(&self.text(&lang, key!("in_button"), &[]))));
        if let Some(payload) = postback.payload.as_deref() {
            steps.card(self.payload_card(&lang, payload));
        }
        self.say_what_is_missing(showing, &lang, &mut steps);
        self.carry_out(showing, &lang, steps, postback.mid.as_ref()).await
    }

    pub(super) async fn show_referral(
        &self,
        showing: &mut Showing<'_>,
        referral: &Referral,
    ) -> Result<Became, CoreError> {
        let lang = self.room_lang().await;
        let mut steps = Steps::default();
        steps.text(done(&self.text(&lang, key!("in_came_back"), &[])));
        steps.card(self.referral_card(&lang, referral));
        self.carry_out(showing, &lang, steps, None).await
    }

    /// Writes the steps. In a thread that another app holds they are context: nobody is asked to answer.
    pub(super) async fn carry_out(
        &self,
        showing: &mut Showing<'_>,
        lang: &Lang,
        mut steps: Steps,
        mid: Option<&meta_wire::ids::Mid>,
    ) -> Result<Became, CoreError> {
        let unclear = steps.unclear;
        let standby = showing.item.is_standby();
        if steps.is_empty() {
            steps.text(done(&self.text(lang, key!("in_empty"), &[])));
        }
        for step in steps.finish() {
            match step {
                Step::Say { text, cards } if standby => {
                    let title = self.text(lang, key!("in_standby"), &[]);
                    let text = (!text.is_empty()).then_some(text);
                    let card = Card { title: Some(title), text, ..Card::default() };
                    let cards = std::iter::once(card).chain(cards).collect();
                    self.note(showing, Voice::Customer, String::new(), cards).await?;
                }
                Step::Say { text, cards } => self.say(showing, text, cards).await?,
                Step::File(file) if standby => {
                    let card = self.file_link(lang, &file, None);
                    self.note(showing, Voice::Customer, String::new(), vec![card]).await?;
                }
                Step::File(file) => self.show_file(showing, lang, &file).await?,
            }
        }
        let became = showing.finish(mid);
        Ok(if unclear { kept(became) } else { became })
    }
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
