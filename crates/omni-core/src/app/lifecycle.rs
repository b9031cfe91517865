//! The app's own life.

use crate::api::LifecycleInput;
use crate::app::App;
use crate::error::CoreError;
use crate::host::Host;

impl<H: Host> App<H> {
    /// The app is about to go, or had a setting changed.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn lifecycle(&self, input: LifecycleInput) -> Result<(), CoreError> {
        self.accounts.forget_cached();
        match input {
            // Other instances run this as well, and none is given what it takes to act: the next tick does.
            LifecycleInput::SettingSaved { .. } => Ok(()),
            LifecycleInput::Uninstalling => self.account_manager.say_goodbye().await,
        }
    }
}
