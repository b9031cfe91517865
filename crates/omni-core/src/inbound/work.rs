//! Working entries off: one conversation's in order, each once, whoever stored them.

use super::intake::Taken;
use super::show::{Along, Became, Showing, Shown};
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Host, LogLevel, RoomCreate};
use crate::key;
use crate::session::Session;
use crate::store::{Account, Claim, Conversation, ConversationId, Entry, EntryState};
use crate::texts::Key;
use futures_util::future::join_all;
use meta_wire::webhook::Item;
use omni_domain::conversation::turn::{Next, Process, TRIES, WORKER_MS};
use omni_domain::retry::Backoff;
use omni_domain::timing::{DAY_MS, HOUR_MS, MINUTE_MS};
use omni_domain::waiting::Hold;

/// Pause before what was shown is noted again, in milliseconds.
const NOTE_AGAIN_MS: u32 = 250;

/// How long an event that cannot be shown in any form is tried again, in milliseconds.
const GIVE_UP_MS: i64 = DAY_MS;

/// How long the server may refuse a room for a reason that is not known before it counts as one that nobody can serve, in
/// milliseconds: what passes at once is not worth a message to the customer.
const REFUSED_MS: i64 = 60_000;

/// How often in a row an event may be what a process was at when it ended, before it is not tried again as it is.
const MOST_TAKEOVERS: u32 = 5;

/// How long the events of an account that was disconnected wait for it to be connected again, in milliseconds: as long as
/// an agent can answer at all.
const RECONNECT_MS: i64 = 7 * DAY_MS;

/// How often people are told at most that events were given up, in milliseconds.
const TELL_MS: i64 = HOUR_MS;

/// Events delivered later than this after they happened, in milliseconds, may have been filed meanwhile: filing waits
/// twice as long.
pub(super) const LATE_MS: i64 = 10 * MINUTE_MS;

/// How many events that waited are shown at once, the latest.
const MOST_ASIDES: usize = 20;

/// How many events of one conversation are shown before others have their turn.
const TURN: usize = 20;

/// How long a conversation with a backlog that nobody could serve is not tried again for each event that comes, in
/// milliseconds.
const UNSERVED_MS: i64 = 10_000;

/// From so many settled messages on the older half is filed at once, and from so many bytes.
const MOST_SETTLED: usize = 100;

const MOST_SETTLED_BYTES: usize = 128 * 1024;

/// How many events that came while no room was open wait for one: of more only the latest were shown.
const MOST_ASIDES_KEPT: usize = 50;

/// Whether something is left to do in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing that is ours to do now.
    Over,
    /// It goes on in the next turn.
    More,
}

/// Whether the conversation goes on after an entry.
enum Onward {
    Next,
    /// The entry still waits, and those behind it wait for it.
    Stop,
}

impl<H: Host> Session<H> {
    /// Works off what was taken. Whatever fails is stored and logged: there is nobody to tell.
    pub(crate) async fn work_off_taken(&self, taken: Taken) {
        let mut result = Ok(());
        match self.is_resting(&taken.id).await {
            // The minute's job tries it again.
            Ok(true) => return,
            Ok(false) if taken.stored => result = self.work_off(&taken.id).await,
            Ok(false) if taken.queued => result = self.work_off_queued(&taken.id).await,
            Ok(false) => {}
            Err(error) => result = Err(error),
        }
        if !taken.receipts.is_empty() {
            result = result.and(self.apply_receipts(&taken.id, &taken.receipts).await);
        }
        if let Err(error) = result {
            self.host.log(LogLevel::Error, "inbound-unfinished", error.code());
        }
    }

    /// Shows everything of the conversation that waits, oldest first: what this process stored, what others left
    /// behind, what was held. Between turns others may work on it.
    pub(crate) async fn work_off(&self, id: &ConversationId) -> Result<(), CoreError> {
        while self.work_a_turn(id).await? == Turn::More {
            self.host.sleep(0).await;
        }
        Ok(())
    }

    /// The same after events were put behind what waits: once for all that come before it begins.
    async fn work_off_queued(&self, id: &ConversationId) -> Result<(), CoreError> {
        let name = id.to_string();
        let unserved = self.memory.unserved.borrow().get(&name).copied();
        let rests = unserved.is_some_and(|at| self.now_ms().saturating_sub(at).saturating_abs() < UNSERVED_MS);
        if rests || !self.memory.wanted.borrow_mut().insert(name) {
            return Ok(());
        }
        self.work_off(id).await
    }

    /// Shows a few events.
    pub(crate) async fn work_a_turn(&self, id: &ConversationId) -> Result<Turn, CoreError> {
        let name = id.to_string();
        let _lock = self.lock(&name).await;
        self.memory.wanted.borrow_mut().remove(&name);
        let mut claim = None;
        let result = self.work_through(id, &mut claim).await;
        if let Some(claim) = claim {
            self.release(&claim).await?;
        }
        result
    }

    async fn work_through(&self, id: &ConversationId, claim: &mut Option<Claim>) -> Result<Turn, CoreError> {
        let mut conversation = self.conversation(id).await?;
        // Whether a delivery of this process repeats an event that another one has stored: it is then seen through.
        let mut lent = false;
        let mut nobody_online = false;
        let mut looks = 0;
        let mut taken = 0;
        // Another process may have begun a backlog since the conversation was read.
        let mut had_backlog = false;
        loop {
            self.queue_strays(&mut conversation).await?;
            had_backlog |= conversation.has_backlog();
            if claim.is_some() && !nobody_online && conversation.has_backlog() && !waits_at_hand(&conversation) {
                self.pull(&mut conversation, self.reader()).await?;
            }
            match self.process(|process| process.next(&conversation, nobody_online)) {
                Next::Done if claim.is_some() && !conversation.waits() => {
                    if std::mem::take(&mut had_backlog) {
                        self.refresh(&mut conversation).await?;
                        continue;
                    }
                    self.waits_no_longer(&conversation).await?;
                    return Ok(Turn::Over);
                }
                Next::Done if self.process(|process| process.has_fresh_echo(&conversation)) => {
                    self.host.sleep(Backoff::OTHER_PROCESS.next(&mut looks)).await;
                    self.refresh(&mut conversation).await?;
                }
                Next::Done if claim.is_none() && !nobody_online && conversation.has_backlog() => {
                    *claim = self.claim(&format!("held:{id}"), WORKER_MS).await?;
                    if claim.is_none() {
                        return Ok(Turn::Over);
                    }
                    conversation = self.conversation(id).await?;
                }
                Next::Done => {
                    if nobody_online && conversation.has_backlog() {
                        self.note_unserved(id);
                        self.waiting_changed(&conversation).await?;
                    }
                    return Ok(Turn::Over);
                }
                Next::Repeated(entry) => {
                    self.drop_repeat(&mut conversation, &entry).await?;
                    lent = true;
                }
                Next::Take(_) if taken >= TURN => return Ok(Turn::More),
                // What is held is nobody's in particular: whoever has the claim takes it.
                Next::Take(entry) if claim.is_none() && entry.is_held() => {
                    *claim = self.claim(&format!("held:{id}"), WORKER_MS).await?;
                    if claim.is_none() {
                        if !self.process(|process| process.has_pending(&conversation)) {
                            return Ok(Turn::Over);
                        }
                        self.host.sleep(Backoff::OTHER_PROCESS.next(&mut looks)).await;
                    }
                    conversation = self.conversation(id).await?;
                }
                Next::Take(entry) => {
                    if let Some(claim) = claim.as_ref() {
                        self.prolong(claim).await?;
                    }
                    taken = taken.saturating_add(1);
                    match self.take_up(&mut conversation, entry, &mut nobody_online).await? {
                        Onward::Next => self.make_room(&mut conversation).await?,
                        Onward::Stop => return Ok(Turn::Over),
                    }
                }
                Next::Wait if lent || self.process(|process| process.has_own(&conversation)) => {
                    self.host.sleep(Backoff::OTHER_PROCESS.next(&mut looks)).await;
                    self.refresh(&mut conversation).await?;
                }
                Next::Wait => return Ok(Turn::Over),
            }
        }
    }

    /// This process as it is now.
    fn process<T>(&self, ask: impl FnOnce(Process<'_>) -> T) -> T {
        let begun = self.memory.incoming.borrow();
        ask(Process { name: self.worker(), now: self.now_ms(), begun: &begun })
    }

    /// Whether an entry is nobody else's at this moment.
    pub(super) fn is_mine_to_take(&self, entry: &Entry) -> bool {
        self.process(|process| process.is_mine_to_take(entry))
    }

    fn note_unserved(&self, id: &ConversationId) {
        let now = self.now_ms();
        let mut unserved = self.memory.unserved.borrow_mut();
        unserved.retain(|_, at| now.saturating_sub(*at).saturating_abs() < UNSERVED_MS);
        unserved.insert(id.to_string(), now);
    }

    /// Files the older half of what is settled, where that is more than should be read with every message.
    async fn make_room(&self, conversation: &mut Conversation) -> Result<(), CoreError> {
        let is_settled = |entry: &&Entry| entry.segment.is_none() && entry.is_settled();
        let settled: Vec<&Entry> = conversation.entries.iter().filter(is_settled).collect();
        let bytes: usize = settled.iter().filter_map(|entry| entry.event()).map(|event| event.raw.as_str().len()).sum();
        if settled.len() <= MOST_SETTLED && bytes <= MOST_SETTLED_BYTES {
            return Ok(());
        }
        let older: Vec<Entry> = settled.iter().take(settled.len().div_ceil(2)).map(|entry| (*entry).clone()).collect();
        self.file_early(conversation, &older).await?;
        for removed in join_all(older.iter().map(|entry| self.remove_record(entry))).await {
            removed?;
        }
        conversation.entries.retain(|entry| !older.iter().any(|gone| gone.entry_id == entry.entry_id));
        Ok(())
    }

    /// The same for a conversation in which agents or the app wrote.
    pub(crate) async fn make_room_in(&self, id: &ConversationId) -> Result<(), CoreError> {
        let _lock = self.lock(&id.to_string()).await;
        let mut conversation = self.conversation(id).await?;
        self.make_room(&mut conversation).await
    }

    async fn take_up(
        &self,
        conversation: &mut Conversation,
        mut entry: Entry,
        nobody_online: &mut bool,
    ) -> Result<Onward, CoreError> {
        let id = entry.conversation.clone();
        let Some(event) = entry.event().cloned() else { return Ok(Onward::Next) };
        let Some(account) = self.account(id.channel, &id.account).await? else {
            // Whoever disconnects an account to connect it anew finds everything there.
            if self.now_ms().saturating_sub(entry.stored_at) < RECONNECT_MS {
                return Ok(Onward::Stop);
            }
            let code = "account-disconnected".to_owned();
            if entry.addresses_us() && !id.is_of_account() {
                self.tell_given_up(id.channel, id.account.as_str(), key!("in_given_up_disconnected"), &code).await;
            }
            return self.settle(conversation, entry, EntryState::Parked { event, code }).await;
        };
        let item = account.read(&event);
        let late = item.timestamp.is_none_or(|at| entry.stored_at.saturating_sub(at.0).saturating_abs() > LATE_MS);
        // What is filed before its time, as it is behind a backlog, is not at hand either.
        let early = conversation.filed_early.as_ref().is_some_and(|early| entry.event_at <= early.until);
        let may_be_filed = late || early || entry.segment.is_some();
        if may_be_filed && self.was_filed(&id, &entry.identity).await? {
            self.drop_repeat(conversation, &entry).await?;
            return Ok(Onward::Next);
        }
        if self.take_over(conversation, &mut entry).await? > MOST_TAKEOVERS {
            return self.show_poison(conversation, &account, entry, &item, "process-ended", nobody_online).await;
        }
        let mut attempts = entry.attempts();
        loop {
            let result = self.attempt(conversation, &account, &entry, &item, *nobody_online).await;
            let error = match result {
                Ok(became) => return self.became(conversation, &account, entry, &item, became, nobody_online).await,
                Err(error) => error,
            };
            // What was noted in memory during the attempt may be wrong: the room closed, or another one.
            let before = conversation.head.room_id.take();
            self.refresh(conversation).await?;
            for room_id in before.iter().chain(&conversation.head.room_id) {
                self.memory.rooms_seen_open.borrow_mut().remove(room_id);
            }
            // So may be what is stored: a visitor that an administrator removed, a room of somebody else.
            conversation.head.visitor = None;
            if matches!(&error, CoreError::Host(error) if error.is_nobody_online()) {
                return self.became(conversation, &account, entry, &item, Became::Held, nobody_online).await;
            }
            self.warn("inbound-attempt-failed", &format!("{}: {error}", item.event.name()));
            if error.code() == "error-contact-channel-blocked" {
                let code = error.code().to_owned();
                return self.settle(conversation, entry, EntryState::Parked { event, code }).await;
            }
            attempts = attempts.saturating_add(1);
            // What is held stays so until it is shown: whoever has its claim tries it.
            if !entry.is_held() {
                self.sign_pending(conversation, &mut entry, attempts, 0).await?;
            }
            if attempts < TRIES {
                self.host.sleep(Backoff::SHOW.after(attempts)).await;
                continue;
            }
            return self.show_poison(conversation, &account, entry, &item, error.code(), nobody_online).await;
        }
    }

    async fn attempt(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        entry: &Entry,
        item: &Item,
        nobody_online: bool,
    ) -> Result<Became, CoreError> {
        // What came aside told who has the thread when it came.
        if !matches!(entry.state, EntryState::Aside { .. }) {
            self.thread_event(conversation, account, item).await?;
        }
        let mut showing = Showing::new(conversation, account, entry, item, nobody_online);
        // An earlier attempt may have got part of the way: by this process, or by one that is gone.
        let known = self.memory.incoming.borrow_mut().insert(entry.entry_id.clone(), true);
        let untouched = match known {
            Some(tried) => !tried,
            // What is read in order from a backlog was shown to no end by the process that read before at most.
            None => entry.segment.is_some() && !showing.conversation.half_shown,
        };
        if !untouched {
            showing.look_for_leftovers();
        }
        let became = self.show(&mut showing).await?;
        let along = std::mem::take(&mut showing.along);
        self.settle_along(conversation, along).await?;
        Ok(became)
    }

    /// Takes along what is shown with the customer's message: when it was written, and what came meanwhile and waits.
    pub(super) async fn take_along(&self, showing: &mut Showing<'_>) {
        if showing.gathered.is_some() {
            return;
        }
        showing.along = self.when_written(showing).await.into_iter().collect();
        let asides = asides(showing.conversation);
        let skip = asides.len().saturating_sub(MOST_ASIDES);
        for (at, aside) in asides.into_iter().enumerate().filter(|(_, aside)| aside.entry_id != showing.entry.entry_id)
        {
            let Some(event) = aside.event() else { continue };
            let about = showing.account.read(event);
            let mut other = Showing::new(showing.conversation, showing.account, &aside, &about, showing.nobody_online);
            other.gathered = Some(Vec::new());
            let became = match at < skip {
                true => Ok(Became::Shown(Shown::nothing())),
                false => Box::pin(self.show(&mut other)).await,
            };
            let cards = other.gathered.take().unwrap_or_default();
            match became {
                Ok(Became::Shown(shown)) => {
                    let room_id = showing.place.as_ref().map(|place| place.room_id.clone());
                    let shown = Shown { room_id, message_ids: Vec::new(), ..shown };
                    let is_written = cards.is_empty();
                    showing.along.push(Along { cards, aside: Some((aside, shown)), is_written });
                }
                Ok(_) => {}
                Err(error) => self.warn("inbound-aside", error.code()),
            }
        }
    }

    /// What went along is done.
    async fn settle_along(&self, conversation: &mut Conversation, along: Vec<Along>) -> Result<(), CoreError> {
        for (aside, shown) in along.into_iter().filter(|along| along.is_written).filter_map(|along| along.aside) {
            let Some(event) = aside.event().cloned() else { continue };
            self.settle(conversation, aside, shown.into_state(event)).await?;
        }
        Ok(())
    }

    /// Shows what waited for an agent's answer.
    pub(crate) async fn show_asides(&self, id: &ConversationId) -> Result<(), CoreError> {
        let _lock = self.lock(&id.to_string()).await;
        let Some(account) = self.account(id.channel, &id.account).await? else { return Ok(()) };
        let mut conversation = self.conversation(id).await?;
        let asides = asides(&conversation);
        let skip = asides.len().saturating_sub(MOST_ASIDES);
        for (at, aside) in asides.into_iter().enumerate() {
            let Some(event) = aside.event().cloned() else { continue };
            let about = account.read(&event);
            let mut showing = Showing::new(&mut conversation, &account, &aside, &about, false);
            showing.look_for_leftovers();
            let became = match at < skip {
                true => Ok(Became::Shown(Shown::nothing())),
                false => self.show(&mut showing).await,
            };
            match became {
                Ok(Became::Shown(shown)) => {
                    self.settle(&mut conversation, aside.clone(), shown.into_state(event)).await?;
                }
                Ok(_) => {}
                Err(error) => self.warn("inbound-aside", error.code()),
            }
        }
        Ok(())
    }

    /// An event that fails again and again is shown as a note. When not even that works, the fault is the server's and
    /// not the event's: it waits, on the ledger if it was there or if no room is made for it.
    async fn show_poison(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        entry: Entry,
        item: &Item,
        code: &str,
        nobody_online: &mut bool,
    ) -> Result<Onward, CoreError> {
        let mut showing = Showing::new(conversation, account, &entry, item, *nobody_online);
        showing.look_for_leftovers();
        match self.show_failure(&mut showing, code).await {
            Ok(became) => self.became(conversation, account, entry, item, became, nobody_online).await,
            Err(error) if self.belongs_on_ledger(&entry, &error) => {
                self.host.log(LogLevel::Error, "inbound-held", error.code());
                self.became(conversation, account, entry, item, Became::Held, nobody_online).await
            }
            Err(error) if self.now_ms().saturating_sub(entry.stored_at) > GIVE_UP_MS => {
                self.host.log(LogLevel::Error, "inbound-parked", error.code());
                let Some(event) = entry.event().cloned() else { return Ok(Onward::Next) };
                let code = error.code().to_owned();
                self.tell_given_up(account.channel, &account.shown(), key!("in_given_up"), &code).await;
                self.settle(conversation, entry, EntryState::Parked { event, code }).await
            }
            Err(error) => {
                self.host.log(LogLevel::Error, "inbound-waits", error.code());
                Ok(Onward::Stop)
            }
        }
    }

    /// Whether an event that cannot be shown in any form counts as one that nobody can serve.
    fn belongs_on_ledger(&self, entry: &Entry, error: &CoreError) -> bool {
        if entry.is_held() {
            return true;
        }
        let CoreError::Host(error) = error else { return false };
        let lasts = self.now_ms().saturating_sub(entry.stored_at) > REFUSED_MS;
        error.is_nobody_online() || (error.is_of::<RoomCreate>() && lasts)
    }

    /// Those who look after the account learn that customers' messages are in no room.
    async fn tell_given_up(&self, channel: Channel, account: &str, key: Key, code: &str) {
        let told_at = self.memory.given_up_told_at.get();
        if told_at.is_some_and(|at| self.now_ms().saturating_sub(at).saturating_abs() < TELL_MS) {
            return;
        }
        self.memory.given_up_told_at.set(Some(self.now_ms()));
        let shown = omni_domain::render::text::verbatim(account);
        let values = [("account", &*shown), ("network", channel.label()), ("code", code)];
        let text = self.text(&self.workspace_lang().await, key, &values);
        if let Err(error) = self.announce(channel, text, Vec::new()).await {
            self.warn("inbound-parked-untold", error.code());
        }
    }

    async fn became(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        entry: Entry,
        item: &Item,
        became: Became,
        nobody_online: &mut bool,
    ) -> Result<Onward, CoreError> {
        let Some(event) = entry.event().cloned() else { return Ok(Onward::Next) };
        let state = match became {
            Became::Shown(shown) => shown.into_state(event),
            Became::Aside => EntryState::Aside { event },
            Became::Later => return Ok(Onward::Next),
            Became::Held => {
                *nobody_online = true;
                let again = entry.is_held();
                let hold = match again {
                    true if entry.segment.is_none() => Hold::Keep,
                    // Nobody may have known yet that nobody is there.
                    true => {
                        self.hold_for_later(conversation, account, &entry, item).await?;
                        Hold::Keep
                    }
                    false => self.hold_for_later(conversation, account, &entry, item).await?,
                };
                match hold {
                    Hold::Keep => EntryState::Held { event },
                    Hold::File => EntryState::Parked { event, code: "nobody-online".to_owned() },
                }
            }
        };
        let room_id = match &state {
            EntryState::Shown { room_id, .. } => room_id.clone(),
            _ => None,
        };
        let addresses_us = entry.addresses_us();
        let came_aside = entry.opens_window && !entry.is_held() && !matches!(state, EntryState::Held { .. });
        let onward = self.settle(conversation, entry, state).await?;
        if let Some(room_id) = room_id.filter(|_| addresses_us) {
            self.message_shown(&conversation.head.id, &room_id);
        }
        if came_aside && conversation.entries.iter().any(|entry| entry.is_held() && entry.segment.is_none()) {
            self.waiting_changed(conversation).await?;
        }
        self.limit_asides(conversation).await?;
        Ok(onward)
    }

    /// Of what came while no room was open the latest is shown: what is older need not wait for one.
    async fn limit_asides(&self, conversation: &mut Conversation) -> Result<(), CoreError> {
        let is_aside = |entry: &&Entry| matches!(entry.state, EntryState::Aside { .. });
        let asides = conversation.entries.iter().filter(is_aside);
        let surplus = asides.clone().count().saturating_sub(MOST_ASIDES_KEPT);
        for entry in asides.take(surplus).cloned().collect::<Vec<_>>() {
            let (mid, room_id, message_ids, kept) = (None, None, Vec::new(), None);
            self.settle(conversation, entry, EntryState::Shown { mid, room_id, message_ids, kept }).await?;
        }
        Ok(())
    }

    async fn settle(
        &self,
        conversation: &mut Conversation,
        entry: Entry,
        state: EntryState,
    ) -> Result<Onward, CoreError> {
        let mut done = Entry { state, ..entry };
        if matches!(done.state, EntryState::Aside { .. }) && done.segment.is_some() {
            // The segment goes before a room is opened again.
            let behind = done.clone();
            (done.segment, done.stored_at) = (None, self.now_ms());
            self.create_record(&done).await?;
            self.remove_record(&behind).await?;
            conversation.put(done);
            return Ok(Onward::Next);
        }
        if let Err(error) = self.put_record(&done).await {
            // It is shown: not to know that costs a search of the room later.
            self.warn("inbound-not-settled", error.code());
            self.host.sleep(NOTE_AGAIN_MS).await;
            self.put_record(&done).await?;
        }
        self.memory.incoming.borrow_mut().remove(&done.entry_id);
        conversation.put(done);
        Ok(Onward::Next)
    }

    /// Removes an entry for an event that another one stands for.
    async fn drop_repeat(&self, conversation: &mut Conversation, entry: &Entry) -> Result<(), CoreError> {
        self.remove_record(entry).await?;
        self.memory.incoming.borrow_mut().remove(&entry.entry_id);
        conversation.entries.retain(|known| known.entry_id != entry.entry_id);
        Ok(())
    }

    /// Notes that an event is taken over from a process that ended without a word, before it is tried: the event may be
    /// what ended it. Answers how often in a row that happened; 0 for an event of this process.
    async fn take_over(&self, conversation: &mut Conversation, entry: &mut Entry) -> Result<u32, CoreError> {
        let EntryState::Pending { attempts, takeovers, .. } = entry.state else { return Ok(0) };
        if self.memory.incoming.borrow().contains_key(&entry.entry_id) {
            return Ok(0);
        }
        let takeovers = takeovers.saturating_add(1);
        self.sign_pending(conversation, entry, attempts, takeovers).await?;
        Ok(takeovers)
    }

    /// Writes down that this process works on the entry.
    async fn sign_pending(
        &self,
        conversation: &mut Conversation,
        entry: &mut Entry,
        attempts: u32,
        takeovers: u32,
    ) -> Result<(), CoreError> {
        let Some(event) = entry.event().cloned() else { return Ok(()) };
        let worker = self.worker().to_owned();
        entry.state = EntryState::Pending { event, worker, taken_at: self.now_ms(), attempts, takeovers };
        self.put_record(entry).await?;
        conversation.put(entry.clone());
        Ok(())
    }

    /// Tells other instances that this one is still at it, before something that takes long.
    pub(super) async fn sign_of_life(&self, entry: &Entry) -> Result<(), CoreError> {
        // What is held has none of its own: whoever has claimed it shows it.
        self.prolong_claims().await?;
        let mut entry = entry.clone();
        if let EntryState::Pending { taken_at, worker, .. } = &mut entry.state {
            *taken_at = self.now_ms();
            *worker = self.worker().to_owned();
            self.put_record(&entry).await?;
        }
        Ok(())
    }
}

/// Whether anything waits that is read with the conversation.
fn waits_at_hand(conversation: &Conversation) -> bool {
    conversation.entries.iter().any(|entry| entry.waits() && entry.segment.is_none())
}

/// What waits to be shown with something else, oldest first.
fn asides(conversation: &Conversation) -> Vec<Entry> {
    conversation.entries.iter().filter(|entry| entry.is_aside()).cloned().collect()
}
