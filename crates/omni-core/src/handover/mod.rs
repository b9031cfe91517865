//! Who may answer in a thread that several Meta apps share.

use crate::entry::{UiAnswer, UiInput};
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;
use crate::store::{Account, Conversation};

impl<H: Host> Session<H> {
    /// The conversation is over: the thread is kept, released or passed on, as the setting wants.
    pub(crate) async fn release_thread(
        &self,
        _conversation: &mut Conversation,
        _account: &Account,
    ) -> Result<(), CoreError> {
        Ok(())
    }

    pub(crate) async fn handover_action(&self, _action: &str, _input: UiInput) -> Result<UiAnswer, CoreError> {
        Ok(UiAnswer::Done)
    }

    pub(crate) async fn handover_tick(&self) -> Result<(), CoreError> {
        Ok(())
    }

    pub(crate) async fn handover_later(&self, _job: &str, _data: serde_json::Value) -> Result<(), CoreError> {
        Ok(())
    }
}
