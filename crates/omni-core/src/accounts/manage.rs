//! What an administrator does with connected accounts: events on and off, disconnect one, unauthorize all.

use crate::accounts::attach::Attachment;
use crate::accounts::card::AccountCards;
use crate::accounts::open_rooms::DeadTokens;
use crate::accounts::setup::SetupChannels;
use crate::accounts::values::{SIDE_BY_SIDE, account_of, channel_of};
use crate::accounts::webhook_watch::WebhookWatch;
use crate::api::UiAnswer;
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::graph_pages::GraphPages;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, ModalView, User};
use crate::store::accounts::Accounts;
use crate::store::installations::Installations;
use futures_util::stream;
use futures_util::stream::StreamExt;
use meta_wire::answer::Done;
use meta_wire::request::accounts;
use omni_domain::account::card::account_value;
use omni_domain::account::config::Values;
use omni_domain::account::views::{REVOKE, note_view};
use omni_domain::account::{Account, LoginRoute};
use omni_domain::channel::Channel;
use omni_domain::graph_error::GraphCallError;
use omni_domain::render::text::{shortened, verbatim};
use omni_domain::settings::Settings;
use omni_domain::texts::Lang;
use omni_domain::{blocks, key};
use serde_json::Value;

service! {
    /// Does what an administrator wants of connected accounts: events on and off, disconnect one, unauthorize all.
    pub(crate) AccountManager {
        account_cards: AccountCards,
        accounts: Accounts,
        attachment: Attachment,
        cx: Context,
        dead_tokens: DeadTokens,
        graph_pages: GraphPages,
        installations: Installations,
        setup_channels: SetupChannels,
        speaker: Speaker,
        webhook_watch: WebhookWatch,
    }
}

impl<H: Host> AccountManager<H> {
    /// The account a button or window is about, as stored this moment.
    pub(crate) async fn account_named(&self, value: &str) -> Result<Option<Account>, CoreError> {
        let Some((channel, id)) = account_of(value) else { return Ok(None) };
        let all = self.accounts.accounts_uncached().await?;
        Ok(all.iter().find(|account| account.channel == channel && account.id.as_str() == id).cloned())
    }

    /// What to show about an account that is not connected any more.
    pub(crate) fn gone(&self, lang: &Lang) -> UiAnswer {
        UiAnswer::Open { view: note_view(self.cx.translator(lang), &self.cx.text(lang, key!("account_gone"), &[])) }
    }

    /// Turns the account's events on or off, at Meta and here.
    pub(crate) async fn set_events(&self, user: &User, value: &str, on: bool) -> Result<UiAnswer, CoreError> {
        let lang = self.speaker.lang_of(user).await;
        let lock = self.cx.lock(&format!("account:{value}")).await;
        let Some(mut account) = self.account_named(value).await? else { return Ok(self.gone(&lang)) };
        let before = account.clone();
        account.subscribed = on;
        account.events_failing = false;
        if on {
            // Stored first: events may come before Meta's answer.
            self.accounts.save_account(&account).await?;
        }
        let settings = self.cx.settings().await?;
        match self.attachment.settle_subscription(&settings, &account, &self.accounts.accounts_uncached().await?).await
        {
            Ok(refused) => {
                account.refused_fields = refused;
                self.accounts.save_account(&account).await?;
                self.account_cards.refresh_card(&account).await;
                Ok(UiAnswer::Done)
            }
            Err(trouble) => {
                let kept = Account { events_failing: on, subscribed: on || before.subscribed, ..account };
                self.accounts.save_account(&kept).await?;
                // A token that Meta no longer takes is noted under the same lock.
                drop(lock);
                self.dead_tokens.note_trouble(&kept, &trouble).await?;
                let values =
                    [("account", &*verbatim(&kept.shown())), ("reason", &*trouble.text(self.cx.translator(&lang)))];
                let key = if on { key!("account_subscribe_failed") } else { key!("account_unsubscribe_failed") };
                Ok(UiAnswer::Open { view: note_view(self.cx.translator(&lang), &self.cx.text(&lang, key, &values)) })
            }
        }
    }

    /// Asks before the account is disconnected.
    pub(crate) async fn ask_disconnect(&self, user: &User, value: &str) -> Result<UiAnswer, CoreError> {
        let lang = self.speaker.lang_of(user).await;
        let Some(account) = self.account_named(value).await? else { return Ok(self.gone(&lang)) };
        let text = self.cx.text(&lang, key!("account_disconnect_ask"), &[("account", &verbatim(&account.shown()))]);
        Ok(UiAnswer::Open {
            view: ModalView {
                id: format!("connect:disconnect:{value}"),
                title: self.cx.text(&lang, key!("account_disconnect"), &[]),
                submit: Some(self.cx.text(&lang, key!("account_disconnect"), &[])),
                close: self.cx.text(&lang, key!("config_cancel"), &[]),
                blocks: vec![blocks::section(&text)],
            },
        })
    }

    /// Disconnects the account after the question.
    pub(crate) async fn disconnect(&self, user: &User, value: &str) -> Result<UiAnswer, CoreError> {
        let lang = self.speaker.lang_of(user).await;
        let Some(account) = self.account_named(value).await? else {
            let text = self.cx.text(&lang, key!("account_gone"), &[]);
            return Ok(UiAnswer::Update { view: note_view(self.cx.translator(&lang), &text) });
        };
        let settings = self.cx.settings().await?;
        let (_, line) = self.take_away(&settings, &account).await?;
        let by = self.cx.text(
            &self.cx.workspace_lang().await,
            key!("account_done_by"),
            &[("user", &verbatim(&user.username))],
        );
        self.speaker.inform(account.channel, format!("{line}\n{by}"), Vec::new()).await;
        Ok(UiAnswer::Done)
    }

    /// Tells Meta and forgets the account; answers whether both halves were done, and in words what became of either. Here
    /// it is forgotten in any case: nobody is kept because Meta does not answer.
    async fn take_away(&self, settings: &Settings, account: &Account) -> Result<(bool, String), CoreError> {
        let _lock = self.cx.lock(&format!("account:{}", account_value(account))).await;
        let left = Account { subscribed: false, ..account.clone() };
        let told =
            self.attachment.settle_subscription(settings, &left, &self.accounts.accounts_uncached().await?).await;
        self.accounts.remove_account(account).await?;
        let lang = self.cx.workspace_lang().await;
        let shown = verbatim(&account.shown());
        let whole = told.is_ok();
        let line = match told {
            Ok(_) => self.cx.text(&lang, key!("account_disconnected"), &[("account", &shown)]),
            Err(trouble) => {
                let values = [("account", &*shown), ("reason", &*trouble.text(self.cx.translator(&lang)))];
                self.cx.text(&lang, key!("account_disconnected_half"), &values)
            }
        };
        if let Some(card) = &account.card {
            self.speaker.rewrite(card, line.clone(), Vec::new()).await;
        }
        Ok((whole, line))
    }

    /// Disconnects all accounts of a network after the question, and gives the permission back if asked to.
    pub(crate) async fn unauthorize(&self, user: &User, channel: &str, values: &Values) -> Result<UiAnswer, CoreError> {
        let Some(channel) = channel_of(channel) else { return Ok(UiAnswer::Done) };
        let revoke = values.get(REVOKE).and_then(|block| block.get(REVOKE)).and_then(Value::as_str) == Some("revoke");
        let settings = self.cx.settings_uncached().await?;
        let lang = self.cx.workspace_lang().await;
        let all = self.accounts.accounts_uncached().await?;
        let leaving: Vec<&Account> = all.iter().filter(|account| account.channel == channel).collect();
        let work = leaving.iter().map(|account| self.take_away(&settings, account));
        let taken: Vec<_> = stream::iter(work).buffered(SIDE_BY_SIDE).collect().await;
        let (done, half): (Vec<_>, Vec<_>) =
            taken.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().partition(|(whole, _)| *whole);
        // What is left to do by hand stands first: a long list is cut.
        let lines = shortened(self.cx.translator(&lang), half.into_iter().chain(done).map(|(_, line)| line).collect());
        let mut said = match lines.is_empty() {
            true => vec![self.cx.text(&lang, key!("account_none"), &[("channel", channel.label())])],
            false => lines,
        };
        let granted = leaving.iter().filter(|account| account.route == LoginRoute::Facebook);
        let mut people: Vec<&str> = granted.map(|account| account.meta_user_id.as_str()).collect();
        people.sort_unstable();
        people.dedup();
        for person in people.into_iter().filter(|person| revoke && !person.is_empty()) {
            said.push(match self.revoke(&settings, person).await {
                Ok(()) => self.cx.text(&lang, key!("account_revoked"), &[]),
                Err(trouble) => self.cx.text(
                    &lang,
                    key!("account_revoke_failed"),
                    &[("reason", &trouble.app_text(self.cx.translator(&lang)))],
                ),
            });
        }
        said.push(self.cx.text(&lang, key!("account_done_by"), &[("user", &verbatim(&user.username))]));
        self.speaker.inform(channel, said.join("\n"), Vec::new()).await;
        Ok(UiAnswer::Done)
    }

    /// Gives back everything a person ever granted the app. Their own token is not kept, so the app asks in its own name.
    async fn revoke(&self, settings: &Settings, person: &str) -> Result<(), GraphCallError> {
        let Some(app) = settings.meta_app() else {
            return Err(GraphCallError::Request(meta_wire::request::RequestError::Empty { field: "client_id" }));
        };
        self.graph_pages.ask::<Done>(accounts::revoke_of(settings.graph_version, &app, person)).await.map(|_| ())
    }

    /// The app goes: Meta is told to stop, as far as it listens.
    pub(crate) async fn say_goodbye(&self) -> Result<(), CoreError> {
        use futures_util::future::join_all;
        let settings = self.cx.settings_uncached().await?;
        let accounts = self.accounts.accounts_uncached().await?;
        let leaving = accounts.iter().map(|account| async {
            let left = Account { subscribed: false, ..account.clone() };
            // Nobody is left on the node: the others leave as well.
            if let Err(trouble) = self.attachment.settle_subscription(&settings, &left, &[]).await {
                self.cx.warn("unsubscribe-failed", trouble.code());
            }
        });
        join_all(leaving).await;
        if let (Some(app), Some(url)) = (settings.meta_app(), self.setup_channels.webhook_url().await?) {
            for channel in Channel::ALL {
                self.setup_channels.unregister(&settings, &app, channel.platform(), &url).await;
            }
        }
        Ok(())
    }
}
