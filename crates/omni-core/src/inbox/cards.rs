//! Events that are shown as a card or a line of their own.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::Host;
use crate::inbox::deliver::Delivery;
use crate::inbox::quote::Quotes;
use crate::inbox::room::Rooms;
use crate::inbox::showing::{DeliveryContext, Disposition};
use crate::thread::banner::ThreadBanners;
use meta_wire::webhook::{AccountLinking, Form, Lead, MessagingFeedback, Optin, Order, ResponseFeedback};
use omni_domain::render::cards;
use omni_domain::render::text::harmless;
use omni_domain::render::voice::Voice;

service! {
    /// Shows events that are a card or a line of their own.
    pub(crate) EventCards {
        cx: Context,
        delivery: Delivery,
        quotes: Quotes,
        rooms: Rooms,
        thread_banners: ThreadBanners,
    }
}

impl<H: Host> EventCards<H> {
    pub(crate) async fn show_order(
        &self,
        showing: &mut DeliveryContext<'_>,
        order: &Order,
    ) -> Result<Disposition, CoreError> {
        let card = cards::order_card(self.cx.translator(&self.cx.room_lang().await), order);
        let note = order.note.as_deref().map(harmless).unwrap_or_default();
        self.delivery.say(showing, note, vec![card]).await?;
        Ok(showing.finish(None))
    }

    pub(crate) async fn show_lead(
        &self,
        showing: &mut DeliveryContext<'_>,
        lead: &Lead,
    ) -> Result<Disposition, CoreError> {
        let card = cards::lead_card(self.cx.translator(&self.cx.room_lang().await), lead);
        self.delivery.say(showing, String::new(), vec![card]).await?;
        Ok(showing.finish(None))
    }

    pub(crate) async fn show_form(
        &self,
        showing: &mut DeliveryContext<'_>,
        form: &Form,
    ) -> Result<Disposition, CoreError> {
        let card = cards::form_card(self.cx.translator(&self.cx.room_lang().await), form);
        self.delivery.say(showing, String::new(), vec![card]).await?;
        Ok(showing.finish(None))
    }

    pub(crate) async fn show_feedback(
        &self,
        showing: &mut DeliveryContext<'_>,
        feedback: &MessagingFeedback,
    ) -> Result<Disposition, CoreError> {
        let card = cards::feedback_card(self.cx.translator(&self.cx.room_lang().await), feedback);
        self.delivery.note(showing, Voice::Customer, String::new(), vec![card]).await?;
        Ok(showing.finish(None))
    }

    pub(crate) async fn show_rating(
        &self,
        showing: &mut DeliveryContext<'_>,
        feedback: &ResponseFeedback,
    ) -> Result<Disposition, CoreError> {
        let lang = self.cx.room_lang().await;
        let quoted = match &feedback.mid {
            Some(mid) => self.quotes.quoted_card(showing, &lang, mid).await?,
            None => None,
        };
        let text = cards::rating_text(self.cx.translator(&lang), feedback);
        self.delivery.note(showing, Voice::Customer, text, quoted.into_iter().collect()).await?;
        Ok(showing.finish(None))
    }

    pub(crate) async fn show_optin(
        &self,
        showing: &mut DeliveryContext<'_>,
        optin: &Optin,
    ) -> Result<Disposition, CoreError> {
        let (text, cards) = cards::optin_words(self.cx.translator(&self.cx.room_lang().await), optin);
        self.delivery.note(showing, Voice::Customer, text, cards).await?;
        Ok(showing.finish(None))
    }

    pub(crate) async fn show_account_linking(
        &self,
        showing: &mut DeliveryContext<'_>,
        linking: &AccountLinking,
    ) -> Result<Disposition, CoreError> {
        let text = cards::account_linking_text(self.cx.translator(&self.cx.room_lang().await), linking);
        self.delivery.note(showing, Voice::Customer, text, Vec::new()).await?;
        Ok(showing.finish(None))
    }
}
