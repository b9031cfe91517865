//! A thread that another app handed to us: the customer waits for an answer, though no word of theirs came with it.

use crate::error::CoreError;
use crate::host::Host;
use crate::inbox::cards::EventCards;
use crate::inbox::showing::{Delivered, DeliveryContext, Disposition};
use meta_wire::webhook::ThreadControl;
use omni_domain::message_record::MessageRecord;
use omni_domain::render::text::done;
use omni_domain::render::voice::Voice;

impl<H: Host> EventCards<H> {
    /// Says in the room that was opened for it who handed it over, and that app's note. Where something stood already, the
    /// line that shows the thread's state says it, or the serving agent was told.
    pub(crate) async fn show_given(
        &self,
        showing: &mut DeliveryContext<'_>,
        control: &ThreadControl,
    ) -> Result<Disposition, CoreError> {
        let Some(place) = &showing.place else { return Ok(Disposition::Delivered(Delivered::nothing())) };
        let notice = showing.conversation.thread_notice.as_ref();
        let stands = |other: &MessageRecord| {
            let link = other.link();
            link.room_id.as_ref() == Some(&place.room_id) && !link.message_ids.is_empty()
        };
        if notice.is_some_and(|notice| notice.room_id == place.room_id)
            || showing.conversation.entries.iter().any(stands)
        {
            return Ok(Disposition::Delivered(Delivered::nothing()));
        }
        let lang = self.cx.room_lang().await;
        let (from, note) = (control.previous_owner.as_ref(), control.metadata.as_deref());
        let text = self.thread_banners.given_text(&lang, showing.account, from, note).await?;
        self.delivery.note(showing, Voice::Customer, done(&text), Vec::new()).await?;
        Ok(showing.finish(None))
    }
}
