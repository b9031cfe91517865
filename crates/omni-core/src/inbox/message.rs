//! A customer's message or button tap.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Card, Host};
use crate::inbox::deliver::Delivery;
use crate::inbox::media::MediaRelay;
use crate::inbox::quote::Quotes;
use crate::inbox::showing::{DeliveryContext, Disposition, kept};
use meta_wire::webhook::{Attachment, Message, Postback, Referral};
use omni_domain::key;
use omni_domain::render::file::file_card;
use omni_domain::render::message::{self as render, Step, Steps};
use omni_domain::render::text::done;
use omni_domain::render::voice::Voice;
use omni_domain::texts::Lang;

service! {
    /// Shows a customer's message or button tap.
    pub(crate) MessageEvents {
        cx: Context,
        delivery: Delivery,
        media_relay: MediaRelay,
        quotes: Quotes,
    }
}

impl<H: Host> MessageEvents<H> {
    pub(crate) async fn show_message(
        &self,
        showing: &mut DeliveryContext<'_>,
        message: &Message,
    ) -> Result<Disposition, CoreError> {
        // The main path.
        if let Some(text) = render::plain_text(showing.item, message) {
            self.delivery.say(showing, text, Vec::new()).await?;
            return Ok(showing.finish(message.mid.as_ref()));
        }
        let lang = self.cx.room_lang().await;
        let say = self.cx.translator(&lang);
        let quoted = match &message.reply_to {
            Some(reply_to) => {
                let quoted = match &reply_to.mid {
                    Some(mid) => self.quotes.quoted_card(showing, &lang, mid).await?,
                    None => None,
                };
                render::quotes(say, reply_to, quoted)
            }
            None => Vec::new(),
        };
        self.warn_of_malformed(&message.attachments);
        let steps = render::message_steps(say, showing.account.channel, showing.item, message, quoted);
        self.carry_out(showing, &lang, steps, message.mid.as_ref()).await
    }

    pub(crate) fn warn_of_malformed(&self, attachments: &[Attachment]) {
        for attachment in attachments {
            if let Attachment::Malformed(malformed) = attachment {
                self.cx.warn("webhook-malformed", &format!("attachment: {}", malformed.fault));
            }
        }
    }

    pub(crate) async fn show_postback(
        &self,
        showing: &mut DeliveryContext<'_>,
        postback: &Postback,
    ) -> Result<Disposition, CoreError> {
        let lang = self.cx.room_lang().await;
        let steps = render::postback_steps(self.cx.translator(&lang), showing.account.channel, showing.item, postback);
        self.carry_out(showing, &lang, steps, postback.mid.as_ref()).await
    }

    pub(crate) async fn show_referral(
        &self,
        showing: &mut DeliveryContext<'_>,
        referral: &Referral,
    ) -> Result<Disposition, CoreError> {
        let lang = self.cx.room_lang().await;
        let steps = render::referral_steps(self.cx.translator(&lang), referral);
        self.carry_out(showing, &lang, steps, None).await
    }

    /// Writes the steps. In a thread that another app holds they are context: nobody is asked to answer.
    pub(crate) async fn carry_out(
        &self,
        showing: &mut DeliveryContext<'_>,
        lang: &Lang,
        mut steps: Steps,
        mid: Option<&meta_wire::ids::Mid>,
    ) -> Result<Disposition, CoreError> {
        let unclear = steps.unclear;
        let standby = showing.item.is_standby();
        if steps.is_empty() {
            steps.text(done(&self.cx.text(lang, key!("in_empty"), &[])));
        }
        for step in steps.finish() {
            match step {
                Step::Say { text, cards } if standby => {
                    let title = self.cx.text(lang, key!("in_standby"), &[]);
                    let text = (!text.is_empty()).then_some(text);
                    let card = Card { title: Some(title), text, ..Card::default() };
                    let cards = std::iter::once(card).chain(cards).collect();
                    self.delivery.note(showing, Voice::Customer, String::new(), cards).await?;
                }
                Step::Say { text, cards } => self.delivery.say(showing, text, cards).await?,
                Step::File(file) if standby => {
                    let card = file_card(self.cx.translator(lang), file.media, &file.url, None);
                    self.delivery.note(showing, Voice::Customer, String::new(), vec![card]).await?;
                }
                Step::File(file) => self.media_relay.show_file(showing, lang, &file).await?,
            }
        }
        let became = showing.finish(mid);
        Ok(if unclear { kept(became) } else { became })
    }
}
