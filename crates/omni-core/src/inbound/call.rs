//! Calls in Messenger.

use super::deliver::Voice;
use super::show::{Became, Showing, Shown};
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;
use meta_wire::webhook::{CallPermission, Calls};
use omni_domain::render::call::{call_lines, permission_text};

impl<H: Host> Session<H> {
    /// One line for each call of the customer's that ended.
    pub(super) async fn show_calls(&self, showing: &mut Showing<'_>, calls: &Calls) -> Result<Became, CoreError> {
        let lines = call_lines(self.translator(&self.room_lang().await), showing.item, calls);
        if lines.is_empty() {
            return Ok(Became::Shown(Shown::nothing()));
        }
        if !self.enter_open_room(showing).await? {
            return Ok(Became::Aside);
        }
        for (voice, text) in lines {
            if !self.note(showing, voice, text, Vec::new()).await? {
                return Ok(Became::Aside);
            }
        }
        Ok(showing.finish(None))
    }

    pub(super) async fn show_call_permission(
        &self,
        showing: &mut Showing<'_>,
        permission: &CallPermission,
    ) -> Result<Became, CoreError> {
        let text = permission_text(self.translator(&self.room_lang().await), permission);
        self.note(showing, Voice::Customer, text, Vec::new()).await?;
        Ok(showing.finish(None))
    }
}
