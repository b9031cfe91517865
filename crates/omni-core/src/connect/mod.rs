//! Connecting accounts: Meta's login, what it granted, subscriptions, and the health of it all.

use crate::entry::{UiAnswer, UiInput, WebAnswer, WebRequest};
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;

impl<H: Host> Session<H> {
    /// A browser comes back from Meta's login.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn oauth_callback(&self, _request: WebRequest) -> Result<WebAnswer, CoreError> {
        Ok(WebAnswer::error(404, "not-found"))
    }

    /// Meta says that somebody removed the app.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn deauthorize(&self, _request: WebRequest) -> Result<WebAnswer, CoreError> {
        Ok(WebAnswer::error(404, "not-found"))
    }

    /// Meta asks for somebody's data to be deleted.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn data_deletion(&self, _request: WebRequest) -> Result<WebAnswer, CoreError> {
        Ok(WebAnswer::error(404, "not-found"))
    }

    /// Somebody looks up what became of a deletion.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn data_deletion_status(&self, _request: WebRequest) -> Result<WebAnswer, CoreError> {
        Ok(WebAnswer::error(404, "not-found"))
    }

    pub(crate) async fn connect_action(&self, _action: &str, _input: UiInput) -> Result<UiAnswer, CoreError> {
        Ok(UiAnswer::Done)
    }

    pub(crate) async fn connect_daily(&self) -> Result<(), CoreError> {
        Ok(())
    }
}
