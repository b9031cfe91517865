//! Messages that an event names and does not tell. Instagram sends `message_edit` without a text beside most messages, and
//! at times in the place of one. Such a message is either known, or Meta is asked for it, with the account's own token;
//! what it answers goes the way of every other message, as the same event.
//!
//! So it is with deliveries that cannot be verified, because the host may have changed them beyond repair: which messages
//! they name is stored, and nothing is shown but what Meta answers ([`quarantine`](Session::quarantine)).

use super::Incoming;
use crate::connect::Omitted;
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Host, LogLevel};
use crate::key;
use crate::session::Session;
use crate::store::{Account, ConversationId, Entry, Named, Unconfirmed};
use futures_util::future::join_all;
use meta_wire::answer::{Call, Class, Invalid, Participant, Refusal, StoredMessage};
use meta_wire::ids::{AccountId, Mid};
use meta_wire::request::conversations::{self, MessageDetail};
use meta_wire::webhook::{Channel as Part, ClaimedMessage, Event, Item, claims, edit_of_stored, item_of_stored};
use omni_domain::account::card::account_value;
use omni_domain::graph_error::Trouble;
use omni_domain::retry::Backoff;
use omni_domain::unconfirmed::{is_account, is_unknown};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// How long the message itself may take to come before Meta is asked for it, in milliseconds.
const GRACE_MS: i64 = 12_000;

/// A record that is so late belongs to a process that is gone, in milliseconds.
const LEFT_MS: i64 = 30_000;

/// Longest pause between two looks at what waits, in milliseconds: what comes meanwhile has its grace time.
const LOOK_MS: i64 = GRACE_MS;

/// What is due later than this is left to the minute's job, in milliseconds.
const FAR_MS: i64 = 60_000;

/// Pause between two questions in the name of one account, in milliseconds: Meta allows two a second
/// ([conversations](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations)).
const PACE_MS: u32 = 600;

/// How many messages that unsigned deliveries name wait for one account at most.
const MOST_UNSIGNED: usize = 200;

/// How many of the messages taken last a process remembers: more than come within the grace time.
const MOST_REMEMBERED: usize = 5_000;

/// What the process knows without asking.
#[derive(Debug, Default)]
pub(crate) struct Confirming {
    /// Messages that it stored, in the order they came.
    taken: RefCell<(VecDeque<Mid>, HashSet<Mid>)>,
    /// Something was stored since its worker looked last: signed, unsigned.
    more: [Cell<bool>; 2],
    /// Messages of unsigned deliveries that Meta did not know in a row, by account, and when the next one may be asked for.
    unsigned: RefCell<HashMap<AccountId, (u32, i64)>>,
    /// How much of a message Meta lets an account read, where that is less than everything.
    details: RefCell<HashMap<AccountId, MessageDetail>>,
}

impl Confirming {
    pub(super) fn took(&self, item: &Item) {
        let mid = match &item.event {
            Event::Message(message) => &message.mid,
            Event::Echo(echo) => &echo.mid,
            Event::Postback(postback) => &postback.mid,
            _ => return,
        };
        let Some(mid) = mid else { return };
        let (order, known) = &mut *self.taken.borrow_mut();
        if known.insert(mid.clone()) {
            order.push_back(mid.clone());
        }
        if order.len() > MOST_REMEMBERED
            && let Some(oldest) = order.pop_front()
        {
            known.remove(&oldest);
        }
    }

    fn has(&self, mid: &Mid) -> bool {
        self.taken.borrow().1.contains(mid)
    }

    fn more_of(&self, signed: bool) -> &Cell<bool> {
        let [of_signed, of_unsigned] = &self.more;
        if signed { of_signed } else { of_unsigned }
    }

    /// When a record's next message may be asked for.
    fn due_at(&self, record: &Unconfirmed) -> i64 {
        let not_before = self.unsigned.borrow().get(&record.account).map(|(_, at)| *at);
        record.due_at.max(not_before.filter(|_| !record.signed).unwrap_or(record.due_at))
    }

    /// Meta knew a message that an unsigned delivery named, or did not.
    fn asked_unsigned(&self, account: &AccountId, known: bool, now: i64) {
        let mut all = self.unsigned.borrow_mut();
        let before = all.get(account).map_or(0, |(unknown, _)| *unknown);
        let unknown = if known { 0 } else { before.saturating_add(1) };
        let pause = Backoff::UNSIGNED.after(unknown.saturating_add(1));
        all.insert(account.clone(), (unknown, now.saturating_add(pause.into())));
    }
}

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

/// What Meta answered.
enum Answer {
    /// Nothing: it was not asked.
    Known,
    /// What the message is.
    Told,
    /// Meta has no such message, or no longer shows it.
    Gone,
    Refused(Refusal),
}

impl<H: Host> Session<H> {
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
        messages.retain(|named| named.num_edit.is_some() || !self.memory.confirming.has(&named.mid));
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
        let now = self.now_ms();
        let record = Unconfirmed {
            record_id: self.random_hex(12),
            channel,
            account,
            messages,
            signed,
            stored_at: now,
            due_at: if signed { now.saturating_add(GRACE_MS) } else { now },
            worker: self.worker().to_owned(),
            tries: 0,
        };
        self.create_record(&record).await?;
        self.memory.confirming.more_of(signed).set(true);
        self.confirm_in_background();
        Ok(())
    }

    /// Stores which messages a delivery names whose signature fits nothing: the host may have changed the body, or an App
    /// Secret is wrong, or somebody forged it. Nothing else of it is kept; Meta says which of them there are.
    ///
    /// # Errors
    /// [`CoreError`] when it could not be stored.
    pub(crate) async fn quarantine(&self, body: &str) -> Result<Quarantined, CoreError> {
        let Some(claims) = claims(body) else { return Ok(Quarantined::Foreign) };
        let channel = Channel::of(claims.platform);
        let accounts = self.accounts().await?;
        let mut found: BTreeMap<AccountId, Vec<Named>> = BTreeMap::new();
        let mut others = 0_usize;
        for claim in claims.entries {
            let means = |account: &Account| account.own_ids().iter().any(|id| claim.may_mean(id.as_str()));
            let mut ours = accounts.iter().filter(|account| account.channel == channel && account.subscribed);
            let ours = ours.find(|account| means(account));
            let Some(account) = ours else { continue };
            others = others.saturating_add(claim.others);
            let messages = found.entry(account.id.clone()).or_default();
            messages.extend(
                claim.messages.into_iter().filter(|message| !self.memory.confirming.has(&message.mid)).map(
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
        let waiting = self.unconfirmed(false).await?;
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
        self.count_omitted(channel, Omitted::Unconfirmed, others);
        Ok(Quarantined::Stored(channel))
    }

    /// Asks Meta for what is due, unless this process is at it. What is signed waits for nothing that is not.
    pub(crate) fn confirm_in_background(&self) {
        self.once_in_background(worker_of(true), async move |session| session.confirm(true).await);
        self.once_in_background(worker_of(false), async move |session| session.confirm(false).await);
    }

    async fn confirm(&self, signed: bool) -> Result<(), CoreError> {
        let confirming = &self.memory.confirming;
        loop {
            confirming.more_of(signed).set(false);
            let now = self.now_ms();
            // It may be at it for hours, and is not stuck.
            self.memory.under_way.borrow_mut().insert(worker_of(signed), now);
            let mut all = self.unconfirmed(signed).await?;
            all.retain(|record| record.worker == self.worker() || now.saturating_sub(record.due_at) > LEFT_MS);
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
                    self.host.sleep(u32::try_from((at - now).min(LOOK_MS)).unwrap_or(PACE_MS)).await;
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

    /// One account's, one after the other.
    async fn confirm_of(
        &self,
        (channel, id): (Channel, AccountId),
        records: Vec<Unconfirmed>,
    ) -> Result<(), CoreError> {
        for mut record in records {
            let Some(account) = self.account(channel, &id).await? else {
                // Nobody may read it any more.
                self.remove_record(&record).await?;
                continue;
            };
            if !record.signed && record.is_late(self.now_ms()) {
                self.count_omitted(channel, Omitted::Unconfirmed, record.messages.len());
                self.remove_record(&record).await?;
                continue;
            }
            while let Some(named) = record.messages.first().cloned() {
                // Another record of the same account may have used up its turn.
                if self.memory.confirming.due_at(&record) > self.now_ms() {
                    break;
                }
                let answer = self.find_out(&account, &named).await?;
                match &answer {
                    Answer::Known => {}
                    _ if record.signed => self.host.sleep(PACE_MS).await,
                    _ => self.memory.confirming.asked_unsigned(&id, matches!(answer, Answer::Told), self.now_ms()),
                }
                match &answer {
                    Answer::Known | Answer::Told => {}
                    // Not to be told from one that was forged.
                    Answer::Refused(refusal) if !record.signed && is_unknown(refusal) => {
                        self.count_omitted(channel, Omitted::Unconfirmed, 1);
                    }
                    Answer::Gone if !record.signed => self.count_omitted(channel, Omitted::Unconfirmed, 1),
                    Answer::Gone => self.warn("message-gone", channel.as_str()),
                    Answer::Refused(refusal) => {
                        self.warn("message-not-read", &refusal.to_string());
                        record.tries = record.tries.saturating_add(1);
                        if !record.is_hopeless(refusal, self.now_ms()) {
                            record.due_at = self.now_ms().saturating_add(Backoff::READ_BACK.after(record.tries).into());
                            record.worker = self.worker().to_owned();
                            self.put_record(&record).await?;
                            break;
                        }
                        self.tell_unreadable(&account, refusal).await?;
                    }
                }
                record.tries = 0;
                record.messages.remove(0);
                match record.messages.is_empty() {
                    true => self.remove_record(&record).await?,
                    false => self.put_record(&record).await?,
                }
            }
        }
        Ok(())
    }

    /// Whether the message is known, and if not what Meta says it is: shown on return.
    async fn find_out(&self, account: &Account, named: &Named) -> Result<Answer, CoreError> {
        let of = |person| ConversationId { channel: account.channel, account: account.id.clone(), person };
        if named.num_edit.is_none() {
            if self.memory.confirming.has(&named.mid) {
                return Ok(Answer::Known);
            }
            if let Some(person) = named.person.clone()
                && self.is_known(&of(person), &named.mid).await?
            {
                return Ok(Answer::Known);
            }
        }
        let stored = match self.read_message(account, &named.mid).await {
            Ok(stored) => stored,
            Err(refusal) if matches!(refusal.class, Class::Invalid(Invalid::MessageGone)) => return Ok(Answer::Gone),
            Err(refusal) => {
                if matches!(refusal.class, Class::TokenDead(_)) {
                    self.token_died(account, &refusal).await?;
                }
                return Ok(Answer::Refused(refusal));
            }
        };
        self.reads_again(account).await?;
        let platform = account.platform();
        let own = |side: &Participant| is_account(account, side);
        let new = item_of_stored(platform, named.part, &account.id, own, &stored);
        let Some((new, person)) = new.and_then(|item| item.customer_id().cloned().map(|person| (item, person))) else {
            self.warn("message-of-nobody", "Meta's answer does not say who the customer is");
            return Ok(Answer::Gone);
        };
        let id = of(person);
        let known = match named.num_edit {
            Some(number) if self.is_known(&id, &named.mid).await? => {
                edit_of_stored(platform, named.part, &account.id, own, &stored, number)
            }
            _ => Some(new),
        };
        if let Some(item) = known {
            let taken = self.store_events(id, vec![Incoming::new(item, None)]).await?;
            self.work_off_taken(taken).await;
        }
        Ok(Answer::Told)
    }

    /// Whether the message is shown, held, queued or filed, by whichever side it was written.
    async fn is_known(&self, id: &ConversationId, mid: &Mid) -> Result<bool, CoreError> {
        let conversation = self.conversation(id).await?;
        let identities = ["message", "postback", "echo"].map(|kind| format!("{kind}:{mid}"));
        let is_it = |entry: &Entry| identities.contains(&entry.identity);
        Ok(conversation.entries.iter().any(is_it)
            || (conversation.has_backlog() && self.waiting_about(id, mid).await?.iter().any(is_it))
            || self.find_link_by_mid(&conversation, mid).await?.is_some())
    }

    /// Reads one message from Meta: all of it, or as much as Meta knows the fields of.
    pub(super) async fn read_message(&self, account: &Account, mid: &Mid) -> Result<StoredMessage, Refusal> {
        let details = &self.memory.confirming.details;
        let mut detail = details.borrow().get(&account.id).copied().unwrap_or_default();
        loop {
            let settings = self.settings().await.map_err(|_| Refusal::no_answer(Call::Repeatable))?;
            let request = conversations::message(&account.graph(&settings), account.platform(), mid, detail);
            let request = request.map_err(|error| {
                self.host.log(LogLevel::Error, "meta-request-impossible", &error.to_string());
                Refusal::no_answer(Call::Repeatable)
            })?;
            match self.meta::<StoredMessage>(Call::Repeatable, request).await {
                // A field that is not known there: not to be told from a wrong id, which fails with fewer fields too.
                Err(refusal) if refusal.class == Class::Invalid(Invalid::Parameter) => match detail.less() {
                    Some(less) => detail = less,
                    None => return Err(refusal),
                },
                Err(refusal) => return Err(refusal),
                Ok(stored) => {
                    details.borrow_mut().insert(account.id.clone(), detail);
                    // What was asked for is what later events name it by.
                    return Ok(StoredMessage { id: mid.clone(), ..stored });
                }
            }
        }
    }

    /// Says once in the setup channel that Meta lets nobody read the account's messages.
    async fn tell_unreadable(&self, account: &Account, refusal: &Refusal) -> Result<(), CoreError> {
        if !self.set_reads_refused(account, true).await? {
            return Ok(());
        }
        let lang = self.workspace_lang().await;
        let shown = omni_domain::render::text::verbatim(&account.shown());
        let reason = Trouble::Refused(refusal.clone()).text(self.translator(&lang));
        let values = [("account", &*shown), ("network", account.channel.label()), ("reason", &*reason)];
        self.inform(account.channel, self.text(&lang, key!("account_messages_unreadable"), &values), Vec::new()).await;
        Ok(())
    }

    async fn reads_again(&self, account: &Account) -> Result<(), CoreError> {
        if account.reads_refused {
            self.set_reads_refused(account, false).await?;
        }
        Ok(())
    }

    /// Answers whether that is news.
    async fn set_reads_refused(&self, account: &Account, refused: bool) -> Result<bool, CoreError> {
        let value = account_value(account);
        let _lock = self.lock(&format!("account:{value}")).await;
        let Some(mut stored) = self.account_named(&value).await? else { return Ok(false) };
        let news = stored.reads_refused != refused;
        if news {
            stored.reads_refused = refused;
            self.save_account(&stored).await?;
        }
        Ok(news)
    }
}

fn worker_of(signed: bool) -> &'static str {
    if signed { "confirm" } else { "confirm-unsigned" }
}
