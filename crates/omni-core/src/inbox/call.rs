//! Calls in Messenger.

use crate::error::CoreError;
use crate::host::Host;
use crate::inbox::cards::EventCards;
use crate::inbox::showing::{Delivered, DeliveryContext, Disposition};
use meta_wire::webhook::{CallPermission, Calls};
use omni_domain::render::call::{call_lines, permission_text};
use omni_domain::render::voice::Voice;

impl<H: Host> EventCards<H> {
    /// One line for each call of the customer's that ended.
    pub(crate) async fn show_calls(
        &self,
        showing: &mut DeliveryContext<'_>,
        calls: &Calls,
    ) -> Result<Disposition, CoreError> {
        let lines = call_lines(self.cx.translator(&self.cx.room_lang().await), showing.item, calls);
        if lines.is_empty() {
            return Ok(Disposition::Delivered(Delivered::nothing()));
        }
        if !self.rooms.enter_open_room(showing).await? {
            return Ok(Disposition::AwaitingRoom);
        }
        for (voice, text) in lines {
            if !self.delivery.note(showing, voice, text, Vec::new()).await? {
                return Ok(Disposition::AwaitingRoom);
            }
        }
        Ok(showing.finish(None))
    }

    pub(crate) async fn show_call_permission(
        &self,
        showing: &mut DeliveryContext<'_>,
        permission: &CallPermission,
    ) -> Result<Disposition, CoreError> {
        let text = permission_text(self.cx.translator(&self.cx.room_lang().await), permission);
        self.delivery.note(showing, Voice::Customer, text, Vec::new()).await?;
        Ok(showing.finish(None))
    }
}
