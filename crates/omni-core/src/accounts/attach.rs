//! Connecting a granted account, and turning its events on and off.

use crate::accounts::event_fields::{Subscriptions, Wanted, wanted_fields};
use crate::accounts::values::SIDE_BY_SIDE;
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::graph_pages::GraphPages;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, User};
use crate::store::accounts::Accounts;
use futures_util::stream;
use futures_util::stream::StreamExt;
use meta_wire::answer::Done;
use meta_wire::request::subscriptions;
use meta_wire::token::Token;
use omni_domain::account::candidate::Candidate;
use omni_domain::account::card::card;
use omni_domain::account::{Account, LoginRoute};
use omni_domain::channel::Channel;
use omni_domain::graph_error::GraphCallError;
use omni_domain::key;
use omni_domain::render::text::verbatim;
use omni_domain::settings::Settings;

service! {
    /// Connects a granted account, and turns its events on and off.
    pub(crate) Attachment {
        accounts: Accounts,
        cx: Context,
        graph_pages: GraphPages,
        speaker: Speaker,
        subscriptions: Subscriptions,
    }
}

impl<H: Host> Attachment<H> {
    /// Tells Meta what the account wants of its events, given all the others; answers the fields that Meta refuses.
    pub(crate) async fn settle_subscription(
        &self,
        settings: &Settings,
        account: &Account,
        all: &[Account],
    ) -> Result<Vec<String>, GraphCallError> {
        let graph = account.graph(settings);
        let business = account.business();
        let refused = match wanted_fields(account, all) {
            Wanted::Fields(fields) => {
                self.subscriptions
                    .subscribe_offered(fields, |fields| subscriptions::subscribe(&graph, &business, fields))
                    .await?
            }
            Wanted::Nothing => {
                self.graph_pages.ask::<Done>(subscriptions::unsubscribe(&graph, &business)).await?;
                Vec::new()
            }
        };
        Ok(refused.into_iter().map(ToOwned::to_owned).collect())
    }

    /// Connects what was granted, some at a time. Each has its turn, whatever becomes of the others.
    ///
    /// # Errors
    /// The first [`CoreError`] of them.
    pub(crate) async fn attach_all(
        &self,
        channel: Channel,
        user: &User,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<Account>, CoreError> {
        let work = candidates.into_iter().map(|candidate| self.attach(channel, user, candidate));
        let results: Vec<_> = stream::iter(work).buffered(SIDE_BY_SIDE).collect().await;
        results.into_iter().collect()
    }

    /// Connects a granted account, or renews it when it is connected: what an administrator edited or turned off stays.
    async fn attach(&self, channel: Channel, user: &User, candidate: Candidate) -> Result<Account, CoreError> {
        let _lock = self.cx.lock(&format!("account:{}:{}", channel.as_str(), candidate.id)).await;
        let settings = self.cx.settings().await?;
        let all = self.accounts.accounts_uncached().await?;
        let before = all.iter().find(|account| account.channel == channel && account.id == candidate.id);
        // A Page holds one Instagram account: one that it was linked to before cannot be reached over it any more
        // (https://github.com/chatwoot/chatwoot/issues/4235).
        let replaced = all.iter().find(|account| {
            channel == Channel::Instagram
                && account.channel == channel
                && account.id != candidate.id
                && account.route == LoginRoute::Facebook
                && candidate.route == LoginRoute::Facebook
                && account.page_id == candidate.page_id
        });
        let mut account = fresh(channel, user, candidate, self.cx.now_ms(), || self.cx.random_hex(12));
        // Stored as subscribed before Meta is told: its first events may come before its answer.
        account.subscribed = true;
        if let Some(known) = before.or(replaced) {
            account.config = known.config.clone();
            account.subscribed = known.subscribed;
        }
        if let Some(before) = before {
            account.record_id = before.record_id.clone();
            account.card = before.card.clone();
        }
        self.accounts.save_account(&account).await?;
        if let Some(replaced) = replaced {
            self.retire(replaced, &account).await?;
        }
        if let Some(before) = before.filter(|before| before.route != account.route) {
            // Subscribed over both login products, every event would come twice.
            let mut left = before.clone();
            left.subscribed = false;
            if let Err(trouble) = self.settle_subscription(&settings, &left, &all).await {
                self.cx.warn("old-route-still-subscribed", trouble.code());
            }
        }
        let settled = self.settle_subscription(&settings, &account, &self.accounts.accounts_uncached().await?).await;
        account.events_failing = settled.is_err();
        account.refused_fields = settled.as_ref().cloned().unwrap_or_default();
        if account.events_failing || !account.refused_fields.is_empty() {
            self.accounts.save_account(&account).await?;
        }
        if let Err(trouble) = settled {
            let lang = self.cx.workspace_lang().await;
            let values =
                [("account", &*verbatim(&account.shown())), ("reason", &*trouble.text(self.cx.translator(&lang)))];
            let text = self.cx.text(&lang, key!("account_subscribe_failed"), &values);
            self.speaker.inform(channel, text, Vec::new()).await;
        }
        self.show_account(&mut account).await?;
        Ok(account)
    }

    /// Shows the account in a new message, where people see it, and lets the old one go.
    pub(crate) async fn show_account(&self, account: &mut Account) -> Result<(), CoreError> {
        let lang = self.cx.workspace_lang().await;
        let (text, shown) = card(self.cx.translator(&lang), account);
        let old = account.card.take();
        account.card = self.speaker.inform(account.channel, text, shown).await;
        self.accounts.save_account(account).await?;
        if let Some(old) = old {
            let text = self.cx.text(&lang, key!("account_shown_below"), &[("account", &verbatim(&account.shown()))]);
            self.speaker.rewrite(&old, text, Vec::new()).await;
        }
        Ok(())
    }

    /// An account that its Page is no longer linked to.
    async fn retire(&self, old: &Account, new: &Account) -> Result<(), CoreError> {
        self.accounts.remove_account(old).await?;
        let lang = self.cx.workspace_lang().await;
        let page = new.page_name.clone().unwrap_or_default();
        let values =
            [("page", &*verbatim(&page)), ("old", &*verbatim(&old.shown())), ("new", &*verbatim(&new.shown()))];
        let text = self.cx.text(&lang, key!("account_page_moved"), &values);
        if let Some(card) = &old.card {
            self.speaker.rewrite(card, text.clone(), Vec::new()).await;
        }
        self.speaker.inform(new.channel, text, Vec::new()).await;
        Ok(())
    }
}

fn fresh(
    channel: Channel,
    user: &User,
    candidate: Candidate,
    now_ms: i64,
    record_id: impl FnOnce() -> String,
) -> Account {
    let token = candidate.token.unwrap_or_else(|| Token::new(""));
    let mut account = Account::new(record_id(), channel, candidate.id, candidate.route, token, now_ms);
    account.name = candidate.name;
    account.username = candidate.username;
    account.page_id = candidate.page_id;
    account.page_name = candidate.page_name;
    account.token_expires_at = candidate.token_expires_at;
    account.data_access_expires_at = candidate.data_access_expires_at;
    account.scopes = candidate.scopes;
    account.app_id = candidate.app_id;
    account.connected_by = user.id.clone();
    account.meta_user_id = candidate.meta_user_id;
    account
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(channel: Channel, id: &str, page: Option<&str>, subscribed: bool) -> Account {
        let route = if page.is_some() { LoginRoute::Facebook } else { LoginRoute::Instagram };
        let mut account = Account::new(id.to_owned(), channel, id.into(), route, Token::new("t"), 0);
        account.page_id = page.map(Into::into);
        account.subscribed = subscribed;
        account
    }

    #[test]
    fn a_page_and_its_instagram_account_share_one_subscription() {
        let page = |on| account(Channel::Facebook, "1", Some("1"), on);
        let linked = |on| account(Channel::Instagram, "17", Some("1"), on);
        let alone = |on| account(Channel::Instagram, "18", None, on);
        let messenger = Wanted::Fields(subscriptions::MESSENGER_FIELDS);
        let install = Wanted::Fields(subscriptions::PAGE_INSTALL_FIELDS);
        let instagram = Wanted::Fields(subscriptions::INSTAGRAM_FIELDS);
        for (account, all, expected) in [
            (page(true), vec![], messenger),
            (page(true), vec![linked(true)], messenger),
            (page(false), vec![linked(true)], install),
            (page(false), vec![linked(false)], Wanted::Nothing),
            (linked(true), vec![], install),
            (linked(true), vec![page(true)], messenger),
            (linked(false), vec![page(true)], messenger),
            (linked(false), vec![linked(true)], Wanted::Nothing),
            (alone(true), vec![page(true)], instagram),
            (alone(false), vec![page(true), linked(true)], Wanted::Nothing),
        ] {
            assert_eq!(wanted_fields(&account, &all), expected, "{account:?} among {all:?}");
        }
    }
}
