//! Calls in Messenger: they ring in Meta's own apps, and are context here.

use super::deliver::Voice;
use super::show::{Became, Showing, Shown};
use crate::error::CoreError;
use crate::host::Host;
use crate::key;
use crate::session::Session;
use meta_wire::webhook::{Call, CallPermission, Calls, Side};
use omni_domain::render::text::done;
use omni_domain::timing::moment;

impl<H: Host> Session<H> {
    /// One line for each call of the customer's that ended.
    pub(super) async fn show_calls(&self, showing: &mut Showing<'_>, calls: &Calls) -> Result<Became, CoreError> {
        let by_customer = |call: &&Call| call.event == "terminate" && !call.by_business;
        let ended: Vec<&Call> = calls.calls.iter().filter(by_customer).collect();
        if showing.item.side != Side::Customer || ended.is_empty() {
            return Ok(Became::Shown(Shown::nothing()));
        }
        if !self.enter_open_room(showing).await? {
            return Ok(Became::Aside);
        }
        let lang = self.room_lang().await;
        for call in ended {
            // A call that was taken is an answer; one that was missed waits for one.
            let (voice, text) = match call.duration_s.filter(|seconds| *seconds > 0) {
                Some(seconds) => {
                    let minutes = seconds.saturating_add(59).div_euclid(60).to_string();
                    (Voice::Business, self.text(&lang, key!("in_call_answered"), &[("minutes", &minutes)]))
                }
                None => (Voice::Customer, self.text(&lang, key!("in_call_missed"), &[])),
            };
            if !self.note(showing, voice, done(&text), Vec::new()).await? {
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
        let lang = self.room_lang().await;
        let until = permission.until.map(|until| moment(until.0)).unwrap_or_default();
        let key = match (permission.allowed, until.is_empty()) {
            (true, false) => key!("in_call_allowed_until"),
            (true, true) => key!("in_call_allowed"),
            (false, _) => key!("in_call_declined"),
        };
        let text = done(&self.text(&lang, key, &[("until", &until)]));
        self.note(showing, Voice::Customer, text, Vec::new()).await?;
        Ok(showing.finish(None))
    }
}
