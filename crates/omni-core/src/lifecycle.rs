//! The app's own life.

use crate::entry::LifecycleInput;
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;

impl<H: Host> Session<H> {
    /// The app is about to go, or had a setting changed.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn lifecycle(&self, input: LifecycleInput) -> Result<(), CoreError> {
        self.memory.forget();
        match input {
            // Other instances run this as well, and none is given what it takes to act: the next tick does.
            LifecycleInput::SettingSaved { .. } => Ok(()),
            LifecycleInput::Uninstalling => self.say_goodbye().await,
        }
    }
}
