//! Messages that an event names and does not tell. Instagram sends `message_edit` without a text beside most messages, and
//! at times in the place of one. Such a message is either known, or Meta is asked for it, with the account's own token;
//! what it answers goes the way of every other message, as the same event.
//!
//! So it is with deliveries that cannot be verified, because the host may have changed them beyond repair: which messages
//! they name is stored, and nothing is shown but what Meta answers ([`quarantine`](Confirmation::quarantine)).

use crate::accounts::webhook_watch::Omitted;
use crate::error::CoreError;
use crate::host::Host;
use crate::inbox::confirm_ask::{Confirmation, PACE_MS};
use futures_util::future::join_all;
use meta_wire::ids::{AccountId, Mid};
use meta_wire::webhook::{Channel as Part, ClaimedMessage, claims};
use omni_domain::account::Account;
use omni_domain::channel::Channel;
use omni_domain::unconfirmed::{Named, Unconfirmed};
use std::collections::{BTreeMap, HashSet};

/// How long the message itself may take to come before Meta is asked for it, in milliseconds.
const GRACE_MS: i64 = 12_000;

/// A record that is so late belongs to a process that is gone, in milliseconds.
const LEFT_MS: i64 = 30_000;

/// Longest pause between two looks at what waits, in milliseconds: what comes meanwhile has its grace time.
const LOOK_MS: i64 = GRACE_MS;

/// What is due later than this is left to the minute's job, in milliseconds.
const FAR_MS: i64 = 60_000;

/// How many messages that unsigned deliveries name wait for one account at most.
const MOST_UNSIGNED: usize = 200;

/// What becomes of a delivery that cannot be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quarantined {
    /// It names no account of ours.
    Foreign,
    /// The messages it names are stored, and Meta is asked for them.
    Stored(Channel),
    /// Too many wait already: nothing of it is stored.
    Full(Channel),
}

impl<H: Host> Confirmation<H> {
    /// Stores what Meta is to be asked for. On return it is safe, and Meta can have its answer.
    ///
    /// # Errors
    /// [`CoreError`] when it could not be stored.
    pub(crate) async fn ask_for(
        &self,
        channel: Channel,
        account: AccountId,
        mut messages: Vec<Named>,
    ) -> Result<(), CoreError> {
        messages.retain(|named| named.num_edit.is_some() || !self.intake.memory.confirming.has(&named.mid));
        if messages.is_empty() {
            return Ok(());
        }
        self.store_unconfirmed(channel, account, messages, true).await
    }

    async fn store_unconfirmed(
        &self,
        channel: Channel,
        account: AccountId,
        messages: Vec<Named>,
        signed: bool,
    ) -> Result<(), CoreError> {
        let now = self.cx.now_ms();
        let record = Unconfirmed {
            record_id: self.cx.random_hex(12),
            channel,
            account,
            messages,
            signed,
            stored_at: now,
            due_at: if signed { now.saturating_add(GRACE_MS) } else { now },
            worker: self.cx.worker().to_owned(),
            tries: 0,
        };
        self.records.create_record(&record).await?;
        self.intake.memory.confirming.more_of(signed).set(true);
        self.confirm_in_background();
        Ok(())
    }

    /// Stores which messages a delivery names whose signature fits nothing: the host may have changed the body, or an App
    /// Secret is wrong, or somebody forged it. Nothing else of it is kept; Meta says which of them there are.
    ///
    /// # Errors
    /// [`CoreError`] when it could not be stored.
    pub(crate) async fn quarantine(&self, body: &str) -> Result<Quarantined, CoreError> {
        let Some(leases) = claims(body) else { return Ok(Quarantined::Foreign) };
        let channel = Channel::of(leases.platform);
        let accounts = self.accounts.accounts().await?;
        let mut found: BTreeMap<AccountId, Vec<Named>> = BTreeMap::new();
        let mut others = 0_usize;
        for lease in leases.entries {
            let means = |account: &Account| account.own_ids().iter().any(|id| lease.may_mean(id.as_str()));
            let mut ours = accounts.iter().filter(|account| account.channel == channel && account.subscribed);
            let ours = ours.find(|account| means(account));
            let Some(account) = ours else { continue };
            others = others.saturating_add(lease.others);
            let messages = found.entry(account.id.clone()).or_default();
            messages.extend(
                lease.messages.into_iter().filter(|message| !self.intake.memory.confirming.has(&message.mid)).map(
                    |ClaimedMessage { mid, person, standby }| {
                        let part = if standby { Part::Standby } else { Part::Messaging };
                        Named { mid, person, part, num_edit: None }
                    },
                ),
            );
        }
        if found.is_empty() {
            return Ok(Quarantined::Foreign);
        }
        let waiting = self.unconfirmed_records.unconfirmed(false).await?;
        for (account, messages) in &mut found {
            let of = |record: &&Unconfirmed| record.channel == channel && record.account == *account;
            let named: HashSet<&Mid> =
                waiting.iter().filter(of).flat_map(|record| &record.messages).map(|named| &named.mid).collect();
            messages.retain(|message| !named.contains(&message.mid));
            if named.len().saturating_add(messages.len()) > MOST_UNSIGNED {
                return Ok(Quarantined::Full(channel));
            }
        }
        for (account, messages) in found.into_iter().filter(|(_, messages)| !messages.is_empty()) {
            self.store_unconfirmed(channel, account, messages, false).await?;
        }
        self.webhook_watch.count_omitted(channel, Omitted::Unconfirmed, others);
        Ok(Quarantined::Stored(channel))
    }

    /// Asks Meta for what is due, unless this process is at it. What is signed waits for nothing that is not.
    pub(crate) fn confirm_in_background(&self) {
        {
            let this = self.clone();
            self.cx.once_in_background(worker_of(true), async move { this.confirm(true).await });
        }
        let this = self.clone();
        self.cx.once_in_background(worker_of(false), async move { this.confirm(false).await });
    }

    async fn confirm(&self, signed: bool) -> Result<(), CoreError> {
        let confirming = &self.intake.memory.confirming;
        loop {
            confirming.more_of(signed).set(false);
            let now = self.cx.now_ms();
            // It may be at it for hours, and is not stuck.
            self.cx.note_under_way(worker_of(signed));
            let mut all = self.unconfirmed_records.unconfirmed(signed).await?;
            all.retain(|record| record.worker == self.cx.worker() || now.saturating_sub(record.due_at) > LEFT_MS);
            all.sort_by_key(|record| record.due_at);
            let next = all.iter().map(|record| confirming.due_at(record)).min();
            let mut due: BTreeMap<(Channel, AccountId), Vec<Unconfirmed>> = BTreeMap::new();
            for record in all.into_iter().filter(|record| confirming.due_at(record) <= now) {
                due.entry((record.channel, record.account.clone())).or_default().push(record);
            }
            match next {
                // The minute's job begins anew.
                Some(at) if at.saturating_sub(now) > FAR_MS && !confirming.more_of(signed).get() => return Ok(()),
                Some(at) if at > now => {
                    self.cx.host.sleep(u32::try_from((at - now).min(LOOK_MS)).unwrap_or(PACE_MS)).await;
                }
                None if confirming.more_of(signed).get() => {}
                None => return Ok(()),
                Some(_) => {
                    let asking = due.into_iter().map(|(of, records)| self.confirm_of(of, records));
                    join_all(asking).await.into_iter().collect::<Result<Vec<()>, CoreError>>()?;
                }
            }
        }
    }
}

fn worker_of(signed: bool) -> &'static str {
    if signed { "confirm" } else { "confirm-unsigned" }
}
