//! How accounts are stored and found.

use crate::context::{Cached, Context};
use crate::error::CoreError;
use crate::host::Host;
use crate::store::{Record, Records};
use meta_wire::ids::AccountId;
use omni_domain::channel::Channel;
use std::cell::RefCell;
use std::rc::Rc;

pub use omni_domain::account::{Account, AccountConfig, LoginRoute, TokenState};

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

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct AccountsMemory {
    pub(crate) accounts: RefCell<Option<Cached<Rc<Vec<Account>>>>>,
}

service! {
    /// Stores accounts, and finds them, from a cache where that will do.
    pub(crate) Accounts {
        cx: Context,
        records: Records,
    } remembers AccountsMemory
}

impl<H: Host> Accounts<H> {
    /// Forgets every cached value; the next use reads anew.
    pub(crate) fn forget_cached(&self) {
        self.cx.memory.settings.replace(None);
        self.cx.memory.environment.replace(None);
        self.memory.accounts.replace(None);
    }

    /// All connected accounts, possibly as of half a minute ago.
    pub(crate) async fn accounts(&self) -> Result<Rc<Vec<Account>>, CoreError> {
        match self.cx.fresh(&self.memory.accounts) {
            Some(value) => Ok(value),
            None => self.accounts_uncached().await,
        }
    }

    /// All connected accounts as stored this moment.
    pub(crate) async fn accounts_uncached(&self) -> Result<Rc<Vec<Account>>, CoreError> {
        let (accounts, _) = self.account_records().await?;
        let accounts = Rc::new(accounts);
        self.cx.keep(&self.memory.accounts, &accounts);
        Ok(accounts)
    }

    /// The connected accounts of a network, as stored this moment.
    pub(crate) async fn accounts_of(&self, channel: Channel) -> Result<Vec<Account>, CoreError> {
        let all = self.accounts_uncached().await?;
        Ok(all.iter().filter(|account| account.channel == channel).cloned().collect())
    }

    /// The account, looked for anew when the cache does not know it: it may have been connected on another instance.
    pub(crate) async fn account(&self, channel: Channel, id: &AccountId) -> Result<Option<Account>, CoreError> {
        let find = |accounts: &[Account]| accounts.iter().find(|a| a.channel == channel && a.id == *id).cloned();
        match find(&self.accounts().await?) {
            Some(account) => Ok(Some(account)),
            None => Ok(find(&self.accounts_uncached().await?)),
        }
    }

    /// Whether a record of the account is stored that this version does not read.
    pub(crate) async fn is_unreadable_account(&self, channel: Channel, id: &AccountId) -> Result<bool, CoreError> {
        let (_, unreadable) = self.records.read_readable::<Account>(&account_key(channel, id)).await?;
        Ok(unreadable > 0)
    }

    /// The records that count, and those that do not: two instances that connected the same account at once left two,
    /// of which the one connected last counts, everywhere.
    async fn account_records(&self) -> Result<(Vec<Account>, Vec<Account>), CoreError> {
        let mut records: Vec<Account> = self.records.read_records(ALL).await?;
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
        for record in surplus.iter().filter(|record| self.cx.now_ms() - record.connected_at > SETTLED_MS) {
            self.records.remove_record(record).await?;
        }
        Ok(())
    }

    /// Stores the account and forgets the cached list.
    pub(crate) async fn save_account(&self, account: &Account) -> Result<(), CoreError> {
        self.memory.accounts.replace(None);
        self.records.put_record(account).await?;
        self.memory.accounts.replace(None);
        Ok(())
    }

    /// Removes the account; its conversations stay.
    pub(crate) async fn remove_account(&self, account: &Account) -> Result<(), CoreError> {
        self.records.remove_record(account).await?;
        self.memory.accounts.replace(None);
        Ok(())
    }
}
