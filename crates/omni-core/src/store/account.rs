//! A connected account: an Instagram professional account or a Facebook Page.

use super::Record;
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;
use meta_wire::ids::{AccountId, AppId, PageId};
use meta_wire::token::Token;
use meta_wire::webhook::{Item, decode_item};
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
#[serde(rename_all = "snake_case")]
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
    /// Asked after a conversation, to be answered with 1 to 5; empty for not at all.
    pub survey: String,
    /// When somebody is there, in the account's own words, for messages that name it.
    pub hours: String,
    /// Rules by which conversations find their department when they begin.
    pub rules: Vec<super::Rule>,
}

/// A connected account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Ours, random: tells two records of one account apart.
    #[serde(default)]
    pub record_id: String,
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
    /// When it was given, Unix milliseconds.
    #[serde(default)]
    pub token_at: i64,
    /// When Meta stops to show data of the person who granted it, Unix milliseconds; `None` for never or unknown.
    #[serde(default)]
    pub data_access_expires_at: Option<i64>,
    /// The end that was spoken of in advance, Unix milliseconds.
    #[serde(default)]
    pub reminded_of: Option<i64>,
    /// Permissions that were granted for this account.
    pub scopes: Vec<String>,
    /// Our Meta app, as the token's issuer.
    pub app_id: AppId,
    /// Whether its events are wanted.
    pub subscribed: bool,
    /// They are wanted and Meta did not turn them on: tried again each day.
    #[serde(default)]
    pub events_failing: bool,
    /// Meta refuses to hand over single messages; it was said.
    #[serde(default)]
    pub reads_refused: bool,
    /// Webhook fields that Meta refuses for it: not asked for again until it is authorized anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_fields: Vec<String>,
    /// Rocket.Chat user who connected it.
    pub connected_by: String,
    /// App-scoped Meta user who granted it: what a deauthorize callback names.
    pub meta_user_id: String,
    /// When, Unix milliseconds.
    pub connected_at: i64,
    /// What an administrator edits.
    pub config: AccountConfig,
    /// The message in the setup channel that shows the account, rewritten when something changes.
    #[serde(default)]
    pub card: Option<String>,
}

impl Record for Account {
    const KIND: &'static str = "account";

    fn keys(&self) -> Vec<String> {
        // The last one finds this very record, so that the loser of a race can be removed by itself.
        vec![ALL.into(), account_key(self.channel, &self.id), format!("account-record:{}", self.record_id)]
    }
}

const ALL: &str = "accounts";

fn account_key(channel: Channel, id: &AccountId) -> String {
    format!("account:{}:{id}", channel.as_str())
}

/// Past this nobody who connected an account is still at it, in milliseconds: twice what the host gives a handler.
const SETTLED_MS: i64 = 60_000;

impl Account {
    /// An account that was granted just now and of which the rest is still to be filled in.
    pub fn new(record_id: String, channel: Channel, id: AccountId, route: LoginRoute, token: Token, at: i64) -> Self {
        Self {
            record_id,
            channel,
            name: id.to_string(),
            id,
            username: None,
            page_id: None,
            page_name: None,
            route,
            token,
            token_state: TokenState::Valid,
            token_expires_at: None,
            token_at: at,
            data_access_expires_at: None,
            reminded_of: None,
            scopes: Vec::new(),
            app_id: AppId::new(""),
            subscribed: false,
            events_failing: false,
            reads_refused: false,
            refused_fields: Vec::new(),
            connected_by: String::new(),
            meta_user_id: String::new(),
            connected_at: at,
            config: AccountConfig::default(),
            card: None,
        }
    }

    /// Every id under which an event may name it: with Instagram Login the one that only our Meta app knows, otherwise that
    /// of the Page it is linked to.
    pub fn own_ids(&self) -> Vec<AccountId> {
        let scoped = (self.channel == Channel::Instagram && self.route == LoginRoute::Instagram)
            .then(|| AccountId::from(self.meta_user_id.as_str()));
        let page = self.page_id.as_ref().map(|page| AccountId::from(page.as_str()));
        let other = scoped.into_iter().chain(page).filter(|id| !id.as_str().is_empty() && *id != self.id);
        std::iter::once(self.id.clone()).chain(other).collect()
    }

    /// An event of this account, from the account's side.
    pub fn read(&self, event: &super::Kept) -> Item {
        decode_item(self.channel.platform(), event.channel, &self.own_ids(), event.raw.as_str())
    }

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

    /// All connected accounts as stored this moment.
    pub(crate) async fn accounts_anew(&self) -> Result<Rc<Vec<Account>>, CoreError> {
        let (accounts, _) = self.account_records().await?;
        let accounts = Rc::new(accounts);
        self.keep(&self.memory.accounts, &accounts);
        Ok(accounts)
    }

    /// The connected accounts of a network, as stored this moment.
    pub(crate) async fn accounts_of(&self, channel: Channel) -> Result<Vec<Account>, CoreError> {
        let all = self.accounts_anew().await?;
        Ok(all.iter().filter(|account| account.channel == channel).cloned().collect())
    }

    /// The account, looked for anew when the cache does not know it: it may have been connected on another instance.
    pub(crate) async fn account(&self, channel: Channel, id: &AccountId) -> Result<Option<Account>, CoreError> {
        let find = |accounts: &[Account]| accounts.iter().find(|a| a.channel == channel && a.id == *id).cloned();
        match find(&self.accounts().await?) {
            Some(account) => Ok(Some(account)),
            None => Ok(find(&self.accounts_anew().await?)),
        }
    }

    /// Whether a record of the account is stored that this version does not read.
    pub(crate) async fn is_unreadable_account(&self, channel: Channel, id: &AccountId) -> Result<bool, CoreError> {
        let (_, unreadable) = self.read_readable::<Account>(&account_key(channel, id)).await?;
        Ok(unreadable > 0)
    }

    /// The records that count, and those that do not: two instances that connected the same account at once left two,
    /// of which the one connected last counts, everywhere.
    async fn account_records(&self) -> Result<(Vec<Account>, Vec<Account>), CoreError> {
        let mut records: Vec<Account> = self.read_records(ALL).await?;
        records.sort_by(|a, b| {
            (a.channel, &a.id, b.connected_at, &b.record_id).cmp(&(b.channel, &b.id, a.connected_at, &a.record_id))
        });
        let mut accounts: Vec<Account> = Vec::with_capacity(records.len());
        let mut surplus = Vec::new();
        for record in records {
            match accounts.last() {
                Some(first) if first.channel == record.channel && first.id == record.id => surplus.push(record),
                _ => accounts.push(record),
            }
        }
        Ok((accounts, surplus))
    }

    /// Removes records that do not count and are old enough that nobody is still writing them.
    pub(crate) async fn remove_surplus_accounts(&self) -> Result<(), CoreError> {
        let (_, surplus) = self.account_records().await?;
        for record in surplus.iter().filter(|record| self.now_ms() - record.connected_at > SETTLED_MS) {
            self.remove_record(record).await?;
        }
        Ok(())
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
