//! Connecting accounts: Meta's login, what it granted, subscriptions, and the health of it all.

mod ask;
mod attach;
mod card;
mod choose;
mod config;
mod doctor;
mod entered;
mod fields;
mod grant;
mod health;
mod login;
mod manage;
mod page;
mod refused;
mod register;
mod rooms;
mod say;
mod secrets;
mod setup;
mod signed;
mod state;
mod status;
mod tell;
mod watch;

pub(crate) use doctor::{Mark, Report};
use omni_domain::account::config::Values;
use omni_domain::account::views::{note_view, unauthorize_view};
use omni_domain::blocks;
pub(crate) use refused::Omitted;
pub(crate) use watch::{Watch, self_test_nonce};

use crate::entry::{Channel, UiAnswer, UiInput};
use crate::error::CoreError;
use crate::host::{Host, ModalView, User};
use crate::session::Session;
use omni_domain::permissions::may_administer;

/// How many accounts are worked on side by side: each takes some Graph calls and round trips, the host gives a handler 30 s,
/// and Meta counts what an app asks.
const SIDE_BY_SIDE: usize = 8;

/// Reads a network's word.
fn channel_of(word: &str) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| channel.as_str() == word)
}

/// Reads `instagram:178…`.
fn account_of(value: &str) -> Option<(Channel, &str)> {
    let (channel, id) = value.split_once(':')?;
    Some((channel_of(channel)?, id))
}

impl<H: Host> Session<H> {
    pub(crate) async fn connect_action(&self, action: &str, input: UiInput) -> Result<UiAnswer, CoreError> {
        let (UiInput::Action { user, .. } | UiInput::Submit { user, .. }) = &input;
        if !may_administer(user) {
            // Whoever sees a message can press its buttons.
            let lang = self.lang_of(user).await;
            let view = note_view(self.translator(&lang), &self.refusal(&lang));
            return Ok(match input {
                UiInput::Action { .. } => UiAnswer::Open { view },
                UiInput::Submit { .. } => UiAnswer::Update { view },
            });
        }
        match input {
            UiInput::Action { user, value, room_id, .. } => {
                match self.connect_button(action, &user, &value, room_id).await {
                    Err(error) => Ok(UiAnswer::Open { view: self.failure_view(&user, &error).await }),
                    answer => answer,
                }
            }
            UiInput::Submit { user, values, .. } => match self.connect_window(action, &user, &values).await {
                Err(error) => Ok(UiAnswer::Update { view: self.failure_view(&user, &error).await }),
                answer => answer,
            },
        }
    }

    async fn connect_window(&self, action: &str, user: &User, values: &Values) -> Result<UiAnswer, CoreError> {
        match action.split_once(':') {
            Some(("choose", id)) => self.choose(user, id, values).await,
            Some(("config", account)) => self.save_config(user, account, values).await,
            Some(("disconnect", account)) => self.disconnect(user, account).await,
            Some(("unauthorize", channel)) => self.unauthorize(user, channel, values).await,
            _ => Ok(UiAnswer::Done),
        }
    }

    /// What to show whoever pressed or submitted something that the server did not let happen.
    async fn failure_view(&self, user: &User, error: &CoreError) -> ModalView {
        let lang = self.lang_of(user).await;
        note_view(self.translator(&lang), &self.failed(&lang, error))
    }

    async fn connect_button(
        &self,
        action: &str,
        user: &User,
        value: &str,
        room_id: Option<String>,
    ) -> Result<UiAnswer, CoreError> {
        match action {
            "choose" => self.open_choice(user, value).await,
            "subscribe" => self.set_events(user, value, true).await,
            "unsubscribe" => self.set_events(user, value, false).await,
            "edit" => self.open_config(user, value).await,
            "disconnect" => self.ask_disconnect(user, value).await,
            "authorize" | "rerequest" | "doctor" | "unauthorize" => {
                let Some(channel) = channel_of(value) else { return Ok(UiAnswer::Done) };
                self.channel_button(action, user, channel, room_id).await
            }
            // A link was opened, or a choice changed: nothing to do until it is sent.
            _ => Ok(UiAnswer::Done),
        }
    }

    async fn channel_button(
        &self,
        action: &str,
        user: &User,
        channel: Channel,
        room_id: Option<String>,
    ) -> Result<UiAnswer, CoreError> {
        let lang = self.lang_of(user).await;
        if action == "unauthorize" {
            let view = unauthorize_view(self.translator(&lang), channel, &self.accounts_of(channel).await?);
            return Ok(UiAnswer::Open { view });
        }
        let room_id = match room_id {
            Some(room_id) => room_id,
            None => self.ensure_setup_room(channel, Some(user)).await?,
        };
        if action == "doctor" {
            let text = self.doctor(&lang, channel).await?;
            let shown = vec![blocks::section(&text)];
            self.tell(channel, user, &room_id, text, shown).await?;
        } else {
            self.offer_login(channel, user, &room_id, action == "rerequest").await?;
            self.register_now().await?;
        }
        Ok(UiAnswer::Done)
    }

    pub(crate) async fn connect_tick(&self) -> Result<(), CoreError> {
        let results = [
            self.ensure_setup().await,
            self.keep_secrets().await,
            self.tell_about_settings().await,
            self.register_when_new().await,
            self.write_seen().await,
            self.remove_old_logins().await,
            self.check_after_rejections().await,
        ];
        self.tell_omitted();
        results.into_iter().collect()
    }

    pub(crate) async fn connect_daily(&self) -> Result<(), CoreError> {
        let results = [
            self.remove_surplus_accounts().await,
            self.register_if_lost().await,
            self.check_accounts().await,
            self.forget_seen().await,
            self.remove_old_deletions().await,
        ];
        results.into_iter().collect()
    }
}
