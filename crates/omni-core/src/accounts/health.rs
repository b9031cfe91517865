//! Whether tokens and subscriptions still work: looked at each day and whenever Meta refuses one.

use crate::accounts::attach::Attachment;
use crate::accounts::card::AccountCards;
use crate::accounts::event_fields::Subscriptions;
use crate::accounts::manage::AccountManager;
use crate::accounts::open_rooms::DeadTokens;
use crate::accounts::values::SIDE_BY_SIDE;
use crate::accounts::webhook_watch::WebhookWatch;
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::graph_pages::GraphPages;
use crate::gateway::setup_channel::Speaker;
use crate::host::Host;
use crate::store::accounts::Accounts;
use futures_util::future::join_all;
use meta_wire::answer::{Class, DebugToken, Me, Refusal, TokenGrant, TokenProblem};
use meta_wire::platform::Platform;
use meta_wire::request::accounts::Detail;
use meta_wire::request::{accounts, oauth};
use omni_domain::account::card::account_value;
use omni_domain::account::{Account, LoginRoute, TokenState};
use omni_domain::channel::Channel;
use omni_domain::graph_error::GraphCallError;
use omni_domain::key;
use omni_domain::render::text::verbatim;
use omni_domain::settings::Settings;
use omni_domain::timing::{DAY_MS, HOUR_MS, day};

/// How long after a refused delivery subscriptions are looked at each hour, in milliseconds: Meta switches them off an hour
/// after the first.
const WATCHED_MS: i64 = 3 * HOUR_MS;

/// An Instagram token is renewed from this age on, in milliseconds: it has to be a day old
/// ([refresh](https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token/)), and lives 60.
const RENEW_AFTER_MS: i64 = 7 * DAY_MS;

/// A token, or access to a person's data, that ends within this time is spoken of, in milliseconds.
const REMIND_MS: i64 = 7 * DAY_MS;

service! {
    /// Checks whether tokens and subscriptions still work, each day and whenever Meta refuses one.
    pub(crate) AccountHealth {
        account_cards: AccountCards,
        account_manager: AccountManager,
        accounts: Accounts,
        attachment: Attachment,
        cx: Context,
        dead_tokens: DeadTokens,
        graph_pages: GraphPages,
        speaker: Speaker,
        subscriptions: Subscriptions,
        webhook_watch: WebhookWatch,
    }
}

impl<H: Host> AccountHealth<H> {
    /// Looks at every account, and renews, repairs or speaks up.
    pub(crate) async fn check_accounts(&self) -> Result<(), CoreError> {
        let settings = self.cx.settings_uncached().await?;
        let all = self.accounts.accounts_uncached().await?;
        let mut failed = Ok(());
        for some in all.chunks(SIDE_BY_SIDE) {
            for result in join_all(some.iter().map(|account| self.check_account(&settings, account, &all))).await {
                failed = failed.and(result);
            }
        }
        failed
    }

    /// While deliveries are refused Meta may switch them off at any time: subscriptions are looked at each hour, and for some
    /// time after.
    pub(crate) async fn check_after_rejections(&self) -> Result<(), CoreError> {
        let now = self.cx.now_ms();
        let within = |at: i64, ms: i64| now.saturating_sub(at).saturating_abs() < ms;
        let checked = &self.webhook_watch.memory.watch.subscriptions_at;
        let rejected = self.webhook_watch.last_rejection().await?;
        if !rejected.is_some_and(|at| within(at, WATCHED_MS)) || within(checked.get(), HOUR_MS) {
            return Ok(());
        }
        checked.set(now);
        {
            let this = self.clone();
            self.cx.once_in_background("subscriptions", async move { this.check_subscriptions().await });
        }
        Ok(())
    }

    async fn check_subscriptions(&self) -> Result<(), CoreError> {
        let settings = self.cx.settings().await?;
        let all = self.accounts.accounts_uncached().await?;
        let mut failed = Ok(());
        let served = |account: &&Account| account.subscribed && account.token_state == TokenState::Valid;
        for account in all.iter().filter(served) {
            failed = failed.and(self.check_subscription(&settings, account, &all).await);
        }
        failed
    }

    async fn check_account(&self, settings: &Settings, account: &Account, all: &[Account]) -> Result<(), CoreError> {
        if account.token_state != TokenState::Valid {
            return Ok(());
        }
        let alive = match account.route {
            LoginRoute::Facebook => self.check_page_token(settings, account).await?,
            LoginRoute::Instagram => self.renew_instagram_token(account).await?,
        };
        if !alive {
            return Ok(());
        }
        let named = self.follow_names(settings, account).await;
        if account.subscribed { named.and(self.check_subscription(settings, account, all).await) } else { named }
    }

    /// Takes over what the account, and the Page of an Instagram account, are called at Meta now.
    async fn follow_names(&self, settings: &Settings, account: &Account) -> Result<(), CoreError> {
        let graph = account.graph(settings);
        let own = match account.route {
            LoginRoute::Facebook => accounts::names(&graph, account.id.as_str(), account.platform()),
            LoginRoute::Instagram => accounts::me(&graph, Detail::Full),
        };
        // What cannot be read stays as it is: `ask` has logged why.
        let Ok(own) = self.graph_pages.ask::<Me>(own).await else { return Ok(()) };
        let page = match (account.channel, &account.page_id) {
            (Channel::Instagram, Some(page)) => {
                let request = accounts::names(&graph, page.as_str(), Platform::Messenger);
                self.graph_pages.ask::<Me>(request).await.ok().and_then(|page| page.name)
            }
            (Channel::Facebook, _) => own.name.clone(),
            (Channel::Instagram, None) => None,
        };
        let value = account_value(account);
        let _lock = self.cx.lock(&format!("account:{value}")).await;
        let Some(stored) = self.account_manager.account_named(&value).await? else { return Ok(()) };
        let mut renamed = stored.clone();
        renamed.name = own.name.filter(|name| !name.is_empty()).unwrap_or(renamed.name);
        renamed.username = own.username.filter(|name| !name.is_empty()).or(renamed.username);
        renamed.page_name = page.filter(|name| !name.is_empty()).or(renamed.page_name);
        if renamed == stored {
            return Ok(());
        }
        self.accounts.save_account(&renamed).await?;
        self.account_cards.refresh_card(&renamed).await;
        if renamed.shown() != stored.shown() {
            let lang = self.cx.workspace_lang().await;
            let values = [("old", &*verbatim(&stored.shown())), ("new", &*verbatim(&renamed.shown()))];
            self.speaker
                .inform(account.channel, self.cx.text(&lang, key!("account_renamed"), &values), Vec::new())
                .await;
        }
        Ok(())
    }

    /// Whether the Page token still works, as far as Meta says.
    async fn check_page_token(&self, settings: &Settings, account: &Account) -> Result<bool, CoreError> {
        let Some(app) = settings.meta_app() else { return Ok(true) };
        let found: Result<DebugToken, GraphCallError> =
            self.graph_pages.ask(accounts::debug_token(settings.graph_version, &app, &account.token)).await;
        let debug = match found {
            Ok(debug) => debug,
            // The app's own credentials are asked with: what Meta refuses here says nothing about the account's token.
            Err(trouble) => {
                self.cx.warn("token-not-checked", trouble.code());
                return Ok(true);
            }
        };
        if !debug.is_valid {
            self.dead_tokens.token_died(account, &dead_by_inspection()).await?;
            return Ok(false);
        }
        if let Some(ends) = debug.data_access_expires_at {
            self.remind(account, ends.0).await?;
        }
        Ok(true)
    }

    /// Speaks of an end that is near, once.
    async fn remind(&self, account: &Account, ends: i64) -> Result<(), CoreError> {
        if ends.saturating_sub(self.cx.now_ms()) > REMIND_MS || account.reminded_of == Some(ends) {
            return Ok(());
        }
        let mut noted = account.clone();
        noted.reminded_of = Some(ends);
        self.accounts.save_account(&noted).await?;
        let lang = self.cx.workspace_lang().await;
        let values = [("account", &*verbatim(&account.shown())), ("day", &*day(ends))];
        self.dead_tokens.inform_with_login(account, self.cx.text(&lang, key!("account_access_ends"), &values)).await;
        Ok(())
    }

    /// Renews an Instagram token that is old enough; answers whether the account can go on.
    async fn renew_instagram_token(&self, account: &Account) -> Result<bool, CoreError> {
        if self.cx.now_ms().saturating_sub(account.token_at) < RENEW_AFTER_MS {
            return Ok(true);
        }
        match self.graph_pages.ask::<TokenGrant>(oauth::refresh(&account.token)).await {
            Ok(grant) => {
                let _lock = self.cx.lock(&format!("account:{}", account_value(account))).await;
                let value = account_value(account);
                // Somebody may have authorized anew while Meta answered: that token stays.
                let stored =
                    self.account_manager.account_named(&value).await?.filter(|stored| stored.token == account.token);
                let Some(mut renewed) = stored else { return Ok(true) };
                renewed.token = grant.access_token;
                renewed.token_at = self.cx.now_ms();
                let lives = grant.expires_in_s.map(|seconds| seconds.saturating_mul(1000));
                renewed.token_expires_at = lives.map(|ms| self.cx.now_ms().saturating_add(ms));
                self.accounts.save_account(&renewed).await?;
                self.account_cards.refresh_card(&renewed).await;
                Ok(true)
            }
            Err(trouble) => {
                self.dead_tokens.note_trouble(account, &trouble).await?;
                if let (false, Some(ends)) = (trouble.is_dead_token(), account.token_expires_at) {
                    self.remind(account, ends).await?;
                }
                Ok(!trouble.is_dead_token())
            }
        }
    }

    /// Whether Meta delivers the account's events; it stops silently after an hour of failed deliveries.
    async fn check_subscription(
        &self,
        settings: &Settings,
        account: &Account,
        all: &[Account],
    ) -> Result<(), CoreError> {
        let missing = match self.subscriptions.missing_events(settings, account, all).await {
            Ok(missing) => missing,
            Err(trouble) => return self.dead_tokens.note_trouble(account, &trouble).await,
        };
        if missing.is_empty() && !account.events_failing {
            return Ok(());
        }
        let lang = self.cx.workspace_lang().await;
        let shown = verbatim(&account.shown());
        let settled = self.attachment.settle_subscription(settings, account, all).await;
        let Some(mut stored) = self.account_manager.account_named(&account_value(account)).await? else {
            return Ok(());
        };
        let text = match &settled {
            Ok(_) => self.cx.text(&lang, key!("account_events_restored"), &[("account", &shown)]),
            Err(trouble) => {
                let values = [("account", &*shown), ("reason", &*trouble.text(self.cx.translator(&lang)))];
                self.cx.text(&lang, key!("account_subscribe_failed"), &values)
            }
        };
        stored.events_failing = settled.is_err();
        stored.refused_fields = settled.unwrap_or_default();
        self.accounts.save_account(&stored).await?;
        self.account_cards.refresh_card(&stored).await;
        self.speaker.inform(account.channel, text, Vec::new()).await;
        Ok(())
    }
}

/// What a refusal would have said, where an inspection says that the token is invalid.
pub(crate) fn dead_by_inspection() -> Refusal {
    let mut refusal = Refusal::no_answer(meta_wire::answer::Call::Repeatable);
    refusal.class = Class::TokenDead(TokenProblem::Unspecified);
    refusal.code = Some(190);
    refusal
}
