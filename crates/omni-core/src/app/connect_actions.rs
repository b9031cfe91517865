//! Connecting accounts: Meta's login, what it granted, subscriptions, and the health of it all.

use crate::accounts::choose::Choices;
use crate::accounts::config::AccountConfigs;
use crate::accounts::health::AccountHealth;
use crate::accounts::manage::AccountManager;
use crate::accounts::page::Logins;
use crate::accounts::secrets::SecretKeeper;
use crate::accounts::settings_screen::SettingsScreen;
use crate::accounts::setup::SetupChannels;
use crate::accounts::signed_request::SignedRequests;
use crate::accounts::values::channel_of;
use crate::accounts::webhook_watch::WebhookWatch;
use crate::api::{UiAnswer, UiInput};
use crate::app::doctor::threads::Doctor;
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, ModalView, User};
use crate::store::accounts::Accounts;
use omni_domain::account::config::Values;
use omni_domain::account::views::{note_view, unauthorize_view};
use omni_domain::blocks;
use omni_domain::channel::Channel;
use omni_domain::permissions::may_administer;

service! {
    /// Carries out what administrators press and submit about accounts, and what accounts need each minute and day.
    pub(crate) ConnectActions {
        account_configs: AccountConfigs,
        account_health: AccountHealth,
        account_manager: AccountManager,
        accounts: Accounts,
        choices: Choices,
        cx: Context,
        doctor: Doctor,
        logins: Logins,
        secret_keeper: SecretKeeper,
        settings_screen: SettingsScreen,
        setup_channels: SetupChannels,
        signed_requests: SignedRequests,
        speaker: Speaker,
        webhook_watch: WebhookWatch,
    }
}

impl<H: Host> ConnectActions<H> {
    pub(crate) async fn connect_action(&self, action: &str, input: UiInput) -> Result<UiAnswer, CoreError> {
        let (UiInput::Action { user, .. } | UiInput::Submit { user, .. }) = &input;
        if !may_administer(user) {
            // Whoever sees a message can press its buttons.
            let lang = self.speaker.lang_of(user).await;
            let view = note_view(self.cx.translator(&lang), &self.logins.refusal(&lang));
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
            Some(("choose", id)) => self.choices.choose(user, id, values).await,
            Some(("config", account)) => self.account_configs.save_config(user, account, values).await,
            Some(("disconnect", account)) => self.account_manager.disconnect(user, account).await,
            Some(("unauthorize", channel)) => self.account_manager.unauthorize(user, channel, values).await,
            _ => Ok(UiAnswer::Done),
        }
    }

    /// What to show whoever pressed or submitted something that the server did not let happen.
    async fn failure_view(&self, user: &User, error: &CoreError) -> ModalView {
        let lang = self.speaker.lang_of(user).await;
        note_view(self.cx.translator(&lang), &self.logins.failed(&lang, error))
    }

    async fn connect_button(
        &self,
        action: &str,
        user: &User,
        value: &str,
        room_id: Option<String>,
    ) -> Result<UiAnswer, CoreError> {
        match action {
            "choose" => self.choices.open_choice(user, value).await,
            "subscribe" => self.account_manager.set_events(user, value, true).await,
            "unsubscribe" => self.account_manager.set_events(user, value, false).await,
            "edit" => self.account_configs.open_config(user, value).await,
            "disconnect" => self.account_manager.ask_disconnect(user, value).await,
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
        let lang = self.speaker.lang_of(user).await;
        if action == "unauthorize" {
            let view = unauthorize_view(self.cx.translator(&lang), channel, &self.accounts.accounts_of(channel).await?);
            return Ok(UiAnswer::Open { view });
        }
        let room_id = match room_id {
            Some(room_id) => room_id,
            None => self.speaker.ensure_setup_room(channel, Some(user)).await?,
        };
        if action == "doctor" {
            let text = self.doctor.doctor(&lang, channel).await?;
            let shown = vec![blocks::section(&text)];
            self.speaker.tell(channel, user, &room_id, text, shown).await?;
        } else {
            self.logins.offer_login(channel, user, &room_id, action == "rerequest").await?;
            self.setup_channels.register_now().await?;
        }
        Ok(UiAnswer::Done)
    }

    pub(crate) async fn connect_tick(&self) -> Result<(), CoreError> {
        let results = [
            self.setup_channels.ensure_setup().await,
            self.secret_keeper.keep_secrets().await,
            self.settings_screen.tell_about_settings().await,
            self.setup_channels.register_when_new().await,
            self.webhook_watch.write_seen().await,
            self.signed_requests.remove_old_logins().await,
            self.account_health.check_after_rejections().await,
        ];
        self.webhook_watch.tell_omitted();
        results.into_iter().collect()
    }

    pub(crate) async fn connect_daily(&self) -> Result<(), CoreError> {
        let results = [
            self.accounts.remove_surplus_accounts().await,
            self.setup_channels.register_if_lost().await,
            self.account_health.check_accounts().await,
            self.webhook_watch.forget_seen().await,
            self.signed_requests.remove_old_deletions().await,
        ];
        results.into_iter().collect()
    }
}
