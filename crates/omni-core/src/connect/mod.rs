//! Connecting accounts: Meta's login, what it granted, subscriptions, and the health of it all.

mod ask;
mod attach;
mod card;
mod choose;
mod grant;
mod health;
mod login;
mod page;
mod register;
mod say;
mod setup;
mod state;
mod tell;
mod watch;

pub(crate) use say::{blocks, may_administer, verbatim};
pub(crate) use watch::Watch;

use crate::entry::{Channel, UiAnswer, UiInput, WebAnswer, WebRequest};
use crate::error::CoreError;
use crate::host::{Host, User};
use crate::session::Session;

/// Reads a network's word.
pub(crate) fn channel_of(word: &str) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| channel.as_str() == word)
}

impl<H: Host> Session<H> {
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

    pub(crate) async fn connect_action(&self, action: &str, input: UiInput) -> Result<UiAnswer, CoreError> {
        match input {
            UiInput::Action { user, value, room_id, .. } => {
                if !may_administer(&user) {
                    let lang = self.lang_of(&user).await;
                    return Ok(UiAnswer::Open { view: self.note_view(&lang, self.refusal(&lang)) });
                }
                self.connect_button(action, &user, &value, room_id).await
            }
            UiInput::Submit { user, values, .. } => {
                if !may_administer(&user) {
                    let lang = self.lang_of(&user).await;
                    return Ok(UiAnswer::Update { view: self.note_view(&lang, self.refusal(&lang)) });
                }
                match action.split_once(':') {
                    Some(("choose", id)) => self.choose(&user, id, &values).await,
                    _ => Ok(UiAnswer::Done),
                }
            }
        }
    }

    async fn connect_button(
        &self,
        action: &str,
        user: &User,
        value: &str,
        room_id: Option<String>,
    ) -> Result<UiAnswer, CoreError> {
        match action {
            "authorize" | "rerequest" => {
                let Some(channel) = channel_of(value) else { return Ok(UiAnswer::Done) };
                let room_id = match room_id {
                    Some(room_id) => room_id,
                    None => self.setup_room(channel).await?,
                };
                self.register_when_new().await?;
                self.offer_login(channel, user, &room_id, action == "rerequest").await?;
                Ok(UiAnswer::Done)
            }
            "choose" => self.open_choice(user, value).await,
            _ => Ok(UiAnswer::Done),
        }
    }

    pub(crate) async fn connect_tick(&self) -> Result<(), CoreError> {
        let results = [self.ensure_setup(None).await, self.register_when_new().await];
        results.into_iter().collect()
    }

    pub(crate) async fn connect_daily(&self) -> Result<(), CoreError> {
        self.remove_surplus_accounts().await
    }
}
