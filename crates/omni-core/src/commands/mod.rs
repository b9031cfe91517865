//! `/instagram` and `/facebook`.

use crate::entry::CommandInput;
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;

impl<H: Host> Session<H> {
    /// A slash command.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn run_command(&self, _input: CommandInput) -> Result<(), CoreError> {
        Ok(())
    }
}
