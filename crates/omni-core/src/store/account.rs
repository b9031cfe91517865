//! A connected account: an Instagram professional account or a Facebook Page.

use super::Record;
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;
use meta_wire::ids::{AccountId, AppId, PageId};
use meta_wire::token::Token;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// Which of Meta's two login products connected the account: they differ in host, secret and token life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginRoute {
    /// Facebook Login: Pages, and Instagram accounts linked to one.
    Facebook,
    /// Instagram Login: an Instagram account without a Page.
    Instagram,
}

/// Whether the token still opens doors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TokenState {
    /// As far as we know.
    Valid,
    /// Meta refused it; what is to be sent is held until somebody authorizes again.
    Dead {
        /// Since when, Unix milliseconds.
        since: i64,
        /// Meta's code and subcode.
        code: i64,
        /// Meta's subcode.
        subcode: Option<i64>,
    },
}

/// What an administrator edits for one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountConfig {
    /// Department of new conversations; none leaves the choice to the server.
    pub department: Option<String>,
    /// Sent once at the start of a conversation; empty for none.
    pub welcome: String,
    /// Sent when a conversation is closed; empty for none.
    pub finished: String,
    /// Sent when nobody can serve; empty for none.
    pub offline: String,
}

/// A connected account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its network.
    pub channel: Channel,
    /// Page id, or Instagram professional account id: `entry.id` of its webhooks.
    pub id: AccountId,
    /// As people read it.
    pub name: String,
    /// Instagram handle without `@`; Pages may have one too.
    pub username: Option<String>,
    /// The Page itself, or the one an Instagram account is linked to.
    pub page_id: Option<PageId>,
    /// Name of that Page.
    pub page_name: Option<String>,
    /// How it was connected.
    pub route: LoginRoute,
    /// The Page token, or the Instagram user token.
    pub token: Token,
    /// Whether it works.
    pub token_state: TokenState,
    /// When it ends, Unix milliseconds; `None` for never.
    pub token_expires_at: Option<i64>,
    /// Permissions that were granted for this account.
    pub scopes: Vec<String>,
    /// Our Meta app, as the token's issuer.
    pub app_id: AppId,
    /// Whether Meta sends us its events.
    pub subscribed: bool,
    /// Rocket.Chat user who connected it.
    pub connected_by: String,
    /// App-scoped Meta user who granted it: what a deauthorize callback names.
    pub meta_user_id: String,
    /// When, Unix milliseconds.
    pub connected_at: i64,
    /// What an administrator edits.
    pub config: AccountConfig,
}

impl Record for Account {
    const KIND: &'static str = "account";

    fn keys(&self) -> Vec<String> {
        vec![ALL.into(), format!("account:{}:{}", self.channel.as_str(), self.id)]
    }
}

const ALL: &str = "accounts";

impl Account {
    /// Handle where there is one, name otherwise: how people tell accounts apart.
    pub fn shown(&self) -> String {
        match &self.username {
            Some(username) if self.channel == Channel::Instagram => format!("@{username}"),
            _ => self.name.clone(),
        }
    }
}

impl<H: Host> Session<H> {
    /// All connected accounts, possibly as of half a minute ago.
    pub(crate) async fn accounts(&self) -> Result<Rc<Vec<Account>>, CoreError> {
        match self.fresh(&self.memory.accounts) {
            Some(value) => Ok(value),
            None => self.accounts_anew().await,
        }
    }

    /// All connected accounts as stored this moment. Two instances that connected the same account at once left two
    /// records: the one connected last counts.
    pub(crate) async fn accounts_anew(&self) -> Result<Rc<Vec<Account>>, CoreError> {
        let mut accounts: Vec<Account> = self.read_records(ALL).await?;
        accounts.sort_by(|a, b| (a.channel, &a.id, b.connected_at).cmp(&(b.channel, &b.id, a.connected_at)));
        accounts.dedup_by(|later, first| later.channel == first.channel && later.id == first.id);
        let accounts = Rc::new(accounts);
        self.keep(&self.memory.accounts, &accounts);
        Ok(accounts)
    }

    /// The account, looked for anew when the cache does not know it: it may have been connected on another instance.
    pub(crate) async fn account(&self, channel: Channel, id: &AccountId) -> Result<Option<Account>, CoreError> {
        let find = |accounts: &[Account]| accounts.iter().find(|a| a.channel == channel && a.id == *id).cloned();
        match find(&self.accounts().await?) {
            Some(account) => Ok(Some(account)),
            None => Ok(find(&self.accounts_anew().await?)),
        }
    }

    /// Stores the account and forgets the cached list.
    pub(crate) async fn save_account(&self, account: &Account) -> Result<(), CoreError> {
        self.memory.accounts.replace(None);
        self.put_record(account).await?;
        self.memory.accounts.replace(None);
        Ok(())
    }

    /// Removes the account; its conversations stay.
    pub(crate) async fn remove_account(&self, account: &Account) -> Result<(), CoreError> {
        self.remove_record(account).await?;
        self.memory.accounts.replace(None);
        Ok(())
    }
}
