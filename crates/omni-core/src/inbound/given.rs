//! A thread that another app handed to us: the customer waits for an answer, though no word of theirs came with it.

use super::deliver::Voice;
use super::show::{Became, Showing, Shown};
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;
use crate::store::Entry;
use meta_wire::webhook::ThreadControl;
use omni_domain::render::text::done;

impl<H: Host> Session<H> {
    /// Says in the room that was opened for it who handed it over, and that app's note. Where something stood already, the
    /// line that shows the thread's state says it, or the serving agent was told.
    pub(super) async fn show_given(
        &self,
        showing: &mut Showing<'_>,
        control: &ThreadControl,
    ) -> Result<Became, CoreError> {
        let Some(place) = &showing.place else { return Ok(Became::Shown(Shown::nothing())) };
        let notice = showing.conversation.thread_notice.as_ref();
        let stands = |other: &Entry| {
            let link = other.link();
            link.room_id.as_ref() == Some(&place.room_id) && !link.message_ids.is_empty()
        };
        if notice.is_some_and(|notice| notice.room_id == place.room_id)
            || showing.conversation.entries.iter().any(stands)
        {
            return Ok(Became::Shown(Shown::nothing()));
        }
        let lang = self.room_lang().await;
        let (from, note) = (control.previous_owner.as_ref(), control.metadata.as_deref());
        let text = self.given_text(&lang, showing.account, from, note).await?;
        self.note(showing, Voice::Customer, done(&text), Vec::new()).await?;
        Ok(showing.finish(None))
    }
}
