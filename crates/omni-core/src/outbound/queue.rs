//! The way out: what agents wrote, one conversation's messages one after the other.
//!
//! Each message is stored before it leaves and says of itself how far it got, so whoever comes next, on this instance or
//! another, goes on where it stopped. At any time at most one request of a message may have reached Meta without our
//! knowing; what became of that one is looked up before anything else ([`settle`](super::settle)).

use super::attempt::Outcome;
use crate::error::CoreError;
use crate::host::{Host, Schedule};
use crate::session::Session;
use crate::settings::Settings;
use crate::store::{
    Account, Conversation, ConversationId, Entry, EntryState, NEVER, Outbox, PartState, Queue, TokenState,
};
use crate::ui::area;
use futures_util::future::join_all;
use meta_wire::request::{Business, Graph};
use omni_domain::send_error::Trouble;
use std::rc::Rc;

/// How long a process may go without a sign of life before others believe it gone, in milliseconds. Longer than the host
/// lets a handler run.
const WORKER_MS: i64 = 40_000;

/// How often an instance that waits for another one looks again, in milliseconds.
pub(super) const LOOK_AGAIN_MS: u32 = 250;

/// How long it waits at most, in milliseconds; the scheduler goes on from there.
pub(super) const WAIT_MS: i64 = 5_000;

/// How long a claim stands before it counts, in milliseconds: persistence has no compare-and-set, so of two instances that
/// took up the same message at once both wait for this long, and the one that wrote first sees that the other one has it.
const CLAIM_MS: u32 = 400;

/// How many conversations are gone on with at once when many wait.
const AT_ONCE: usize = 8;

/// How many messages of one conversation wait to go out at most: all of them are read with each.
const MOST_UNSENT: usize = 100;

/// With more entries at hand than this some may be filed before their time.
const MANY: usize = 150;

/// The verb of the job that goes on with a conversation.
pub(super) const RESEND: &str = "resend";

/// Everything that one pass over a conversation works with.
pub(super) struct Trip {
    pub(super) account: Account,
    pub(super) settings: Rc<Settings>,
    pub(super) graph: Graph,
    pub(super) business: Business,
}

/// What becomes of the conversation's queue after one message.
enum Next {
    /// The message is done with: on to the next one.
    Go,
    /// Nothing more until then, Unix milliseconds.
    Wait(i64),
}

impl<H: Host> Session<H> {
    /// Records a message and sends it in its turn.
    pub(super) async fn send_entry(&self, entry: Entry) -> Result<(), CoreError> {
        self.memory.fresh.borrow_mut().insert(entry.entry_id.clone(), entry.stored_at);
        let stored = self.create_record(&entry).await;
        if stored.is_err() {
            self.memory.fresh.borrow_mut().remove(&entry.entry_id);
            // It may be stored all the same, its answer lost: it must not go out beside what the agent writes anew.
            if let Err(error) = self.remove_record(&entry).await {
                self.warn("outbound-unrecorded", error.code());
            }
            self.tell_failed(&entry, &Trouble::new("not-recorded")).await;
            return stored;
        }
        // What waits for control of the thread is tried again: whoever writes wants to know how it stands.
        self.send_waiting(&entry.conversation, true).await
    }

    /// Sends whatever of the conversation waits and is due, oldest first; with `held_too` also what waits for somebody
    /// else's doing.
    pub(crate) async fn send_waiting(&self, id: &ConversationId, held_too: bool) -> Result<(), CoreError> {
        let _lock = self.lock(&format!("outbox:{id}")).await;
        let result = self.pass(id, held_too).await;
        let waits = match &result {
            Ok(waits) => *waits,
            // Whatever was interrupted is looked into once this process is done with it.
            Err(_) => Some(self.now_ms() + WORKER_MS),
        };
        let noted = self.note_queue(id, waits).await;
        result.and(noted)
    }

    /// Answers until when something waits.
    async fn pass(&self, id: &ConversationId, held_too: bool) -> Result<Option<i64>, CoreError> {
        let Some(account) = self.account(id.channel, &id.account).await? else { return self.report_all(id).await };
        let settings = self.settings().await?;
        let (graph, business) = (account.graph(&settings), account.business());
        let trip = Trip { account, settings, graph, business };
        let mut conversation = self.conversation(id).await?;
        let began = self.now_ms();
        let mut done: Vec<String> = Vec::new();
        let mut waits = None;
        loop {
            self.drop_repeats(&mut conversation).await?;
            let Some(entry) = next_unsent(&conversation, &done) else { break };
            let entry = self
                .twin_to_settle(&conversation, &entry)
                .filter(|twin| !done.contains(&twin.entry_id))
                .unwrap_or(entry);
            let (entry_id, fresh) = (entry.entry_id.clone(), self.is_fresh(&entry));
            if fresh && unsent(&conversation) > MOST_UNSENT {
                self.memory.fresh.borrow_mut().remove(&entry_id);
                self.refuse(entry, "too-many-wait").await?;
            } else if waits.is_some() {
                if fresh {
                    self.put_aside(entry).await?;
                }
            } else if let Some(until) =
                self.is_at_work_elsewhere(&entry).or_else(|| self.twin_at_work(&conversation, &entry))
            {
                if self.now_ms() - began < WAIT_MS {
                    self.host.sleep(LOOK_AGAIN_MS).await;
                    conversation = self.conversation(id).await?;
                    continue;
                }
                if fresh {
                    self.put_aside(entry).await?;
                }
                waits = Some(until);
            } else if let Next::Wait(until) = self.advance(&trip, &mut conversation, entry, fresh, held_too).await? {
                waits = Some(until);
            }
            done.push(entry_id);
        }
        let by_agent = |entry: &Entry| match &entry.state {
            EntryState::Outgoing(outbox) => outbox.sender_id.is_some() && done.contains(&entry.entry_id),
            _ => false,
        };
        if conversation.entries.iter().any(by_agent) {
            self.catch_up(&conversation);
        }
        if conversation.entries.len() > MANY {
            let (session, id) = (self.clone(), id.clone());
            self.host.background(Box::pin(async move {
                if let Err(error) = session.make_room_in(&id).await {
                    session.warn("entries-not-filed", error.code());
                }
            }));
        }
        Ok(waits)
    }

    /// The account is not connected any more: nothing of the conversation goes out, which whoever wrote it is told.
    async fn report_all(&self, id: &ConversationId) -> Result<Option<i64>, CoreError> {
        let mut conversation = self.conversation(id).await?;
        self.drop_repeats(&mut conversation).await?;
        let mut waits = None;
        for entry in conversation.entries {
            let fresh = self.is_fresh(&entry);
            match &entry.state {
                EntryState::Outgoing(outbox) if outbox.is_unsent() => {
                    if let Some(until) = self.is_at_work_elsewhere(&entry) {
                        waits = Some(until);
                        continue;
                    }
                    self.memory.fresh.borrow_mut().remove(&entry.entry_id);
                    let lost = outbox.is_leaving() && !fresh;
                    self.refuse(entry, if lost { "meta-maybe-sent" } else { "account-disconnected" }).await?;
                }
                _ => {}
            }
        }
        Ok(waits)
    }

    /// What of the message has not gone out stays here, and whoever wrote it is told why.
    pub(super) async fn refuse(&self, mut entry: Entry, code: &str) -> Result<(), CoreError> {
        let EntryState::Outgoing(outbox) = &mut entry.state else { return Ok(()) };
        outbox.set_rest(&PartState::Refused { code: code.to_owned() });
        outbox.next_at = 0;
        outbox.told = Some(code.to_owned());
        self.put_record(&entry).await?;
        self.tell_failed(&entry, &Trouble::new(code)).await;
        Ok(())
    }

    /// The host may tell a message twice, to this process or to two, which each store it. One of those twins goes out, by rules
    /// that hold whichever a process sees first: whatever has begun or waits goes before what has not begun; of two that
    /// have not, the younger is removed by the process that stored it, and the elder waits until it is gone or has left.
    async fn drop_repeats(&self, conversation: &mut Conversation) -> Result<(), CoreError> {
        let is_repeat = |entry: &&Entry| self.is_repeat(conversation, entry);
        let repeats: Vec<Entry> = conversation.entries.iter().filter(is_repeat).cloned().collect();
        for entry in repeats {
            self.memory.fresh.borrow_mut().remove(&entry.entry_id);
            self.remove_record(&entry).await?;
            conversation.entries.retain(|known| known.entry_id != entry.entry_id);
        }
        Ok(())
    }

    /// Whether a twin of it goes out, or went, in its stead.
    pub(super) fn is_repeat(&self, conversation: &Conversation, entry: &Entry) -> bool {
        let EntryState::Outgoing(outbox) = &entry.state else { return false };
        if !outbox.is_unsent() || outbox.mids().next().is_some() || self.is_at_work_elsewhere(entry).is_some() {
            return false;
        }
        let fresh = self.is_fresh(entry);
        twins(conversation, entry).any(|(twin, its)| {
            let elder = twin.by_age(entry).is_lt();
            let alive = self.is_at_work_elsewhere(twin).is_some() || self.is_fresh(twin);
            match (its.is_unsent() && its.mids().next().is_none(), fresh) {
                (false, _) => true,
                (true, true) if its.is_leaving() => alive && elder,
                (true, true) => true,
                // Whether Meta has this one is found out first.
                (true, false) => !alive && !outbox.is_leaving() && (elder || its.is_leaving()),
            }
        })
    }

    /// The twin of a message that has not begun which a process left behind in the midst: what became of it is found out first.
    pub(super) fn twin_to_settle(&self, conversation: &Conversation, entry: &Entry) -> Option<Entry> {
        let left = |twin: &Entry| self.is_at_work_elsewhere(twin).is_none() && !self.is_fresh(twin);
        let mut twins = twins(conversation, entry).filter(|(twin, its)| its.is_leaving() && left(twin));
        if self.is_fresh(entry) { twins.next().map(|(twin, _)| twin.clone()) } else { None }
    }

    /// Until when another process that has a twin of a message that has not begun is believed alive.
    pub(super) fn twin_at_work(&self, conversation: &Conversation, entry: &Entry) -> Option<i64> {
        let at_work = twins(conversation, entry).filter_map(|(twin, _)| self.is_at_work_elsewhere(twin)).max();
        at_work.filter(|_| self.is_fresh(entry))
    }

    /// Whether this process stored it and has not touched it since.
    fn is_fresh(&self, entry: &Entry) -> bool {
        self.memory.fresh.borrow().contains_key(&entry.entry_id)
    }

    /// A message behind one that waits: nothing of it has left, which is to be seen from outside.
    async fn put_aside(&self, mut entry: Entry) -> Result<(), CoreError> {
        if let EntryState::Outgoing(outbox) = &mut entry.state {
            outbox.set_rest(&PartState::Waiting);
            self.tell_waits(outbox, "behind-another", false).await;
        }
        self.put_record(&entry).await?;
        self.memory.fresh.borrow_mut().remove(&entry.entry_id);
        Ok(())
    }

    /// Until when another process that works on it is believed alive.
    pub(super) fn is_at_work_elsewhere(&self, entry: &Entry) -> Option<i64> {
        let EntryState::Outgoing(outbox) = &entry.state else { return None };
        let until = outbox.taken_at.saturating_add(WORKER_MS);
        (outbox.is_leaving() && outbox.worker != self.worker() && self.now_ms() < until).then_some(until)
    }

    /// Takes one message as far as it goes.
    async fn advance(
        &self,
        trip: &Trip,
        conversation: &mut Conversation,
        mut entry: Entry,
        fresh: bool,
        held_too: bool,
    ) -> Result<Next, CoreError> {
        // From here on Meta may have it.
        self.memory.fresh.borrow_mut().remove(&entry.entry_id);
        if !fresh {
            let due = match &entry.state {
                EntryState::Outgoing(outbox) if held_too && outbox.next_at == NEVER => 0,
                EntryState::Outgoing(outbox) => outbox.next_at,
                _ => return Ok(Next::Go),
            };
            if due > self.now_ms() {
                return Ok(Next::Wait(due));
            }
            if let Some(next) = self.resume(trip, conversation, &mut entry).await? {
                return Ok(next);
            }
        }
        while let Some(at) = next_part(&entry) {
            let outcome = self.send_part(trip, conversation, &entry, at).await?;
            let taken = matches!(outcome, Outcome::Sent(_));
            let next = self.note_outcome(conversation, &mut entry, at, outcome).await?;
            if taken {
                self.thread_sent(conversation, &trip.account).await?;
            }
            if let Some(next) = next {
                self.mark_seen(trip, conversation, &entry);
                return Ok(next);
            }
        }
        Ok(Next::Go)
    }

    /// Takes up a message that was left: finds out what became of the part that may have reached Meta, and says that this
    /// process works on it now.
    async fn resume(
        &self,
        trip: &Trip,
        conversation: &mut Conversation,
        entry: &mut Entry,
    ) -> Result<Option<Next>, CoreError> {
        let EntryState::Outgoing(outbox) = &mut entry.state else { return Ok(Some(Next::Go)) };
        if outbox.is_leaving() {
            let outcome = self.settle_part(trip, conversation, outbox).await;
            let at = outbox.unsent().unwrap_or_default();
            let next = self.note_outcome(conversation, entry, at, outcome).await?;
            self.look_at_echoes(conversation);
            if next.is_some() {
                return Ok(next);
            }
        }
        let EntryState::Outgoing(outbox) = &mut entry.state else { return Ok(Some(Next::Go)) };
        let Some(at) = outbox.unsent() else { return Ok(Some(Next::Go)) };
        if outbox.withdrawn {
            outbox.withdraw();
            self.put_record(entry).await?;
            return Ok(Some(Next::Go));
        }
        self.show_own_words(outbox, Some(entry.stored_at)).await?;
        outbox.set(at, PartState::Leaving);
        self.sign(outbox);
        self.put_record(entry).await?;
        self.host.sleep(CLAIM_MS).await;
        *conversation = self.conversation(&entry.conversation).await?;
        let stored = conversation.entries.iter().find(|known| known.entry_id == entry.entry_id);
        match stored.map(|known| &known.state) {
            Some(EntryState::Outgoing(outbox)) if outbox.worker == self.worker() => Ok(None),
            Some(_) => Ok(Some(Next::Wait(self.now_ms() + WORKER_MS))),
            None => Ok(Some(Next::Go)),
        }
    }

    fn sign(&self, outbox: &mut Outbox) {
        self.worker().clone_into(&mut outbox.worker);
        outbox.taken_at = self.now_ms();
    }

    /// Stores what became of a part, and tells whom it concerns. `None` to go on with the message.
    async fn note_outcome(
        &self,
        conversation: &mut Conversation,
        entry: &mut Entry,
        at: usize,
        outcome: Outcome,
    ) -> Result<Option<Next>, CoreError> {
        let EntryState::Outgoing(outbox) = &mut entry.state else { return Ok(Some(Next::Go)) };
        if !matches!(outcome, Outcome::LookAgain { .. }) {
            self.sign(outbox);
        }
        let mut next = Some(Next::Go);
        match outcome {
            Outcome::Sent(mid) => {
                outbox.set(at, mid.map_or(PartState::Done, |mid| PartState::Sent { mid }));
                (outbox.tries, outbox.next_at) = (0, 0);
                match outbox.unsent() {
                    Some(following) => {
                        outbox.set(following, PartState::Leaving);
                        next = None;
                    }
                    None => {
                        self.unmark(outbox).await;
                        if let Some(text) = outbox.unshown_text() {
                            self.keep_unshown(&mut conversation.head, &outbox.room_id, text).await?;
                        }
                    }
                }
            }
            Outcome::NotSent => {
                outbox.set(at, PartState::Waiting);
                outbox.tries = 0;
                next = None;
            }
            Outcome::OneByOne => {
                outbox.divide(at);
                outbox.set(at, PartState::Leaving);
                next = None;
            }
            Outcome::Again => {
                outbox.tries = outbox.tries.saturating_add(1);
                next = None;
            }
            Outcome::Later { code, until } => {
                outbox.set(at, PartState::Waiting);
                outbox.tries = outbox.tries.saturating_add(1);
                outbox.next_at = until;
                self.tell_waits(outbox, &code, false).await;
                next = Some(Next::Wait(until));
            }
            Outcome::Held { code, until, say } => {
                outbox.set(at, PartState::Waiting);
                outbox.next_at = until;
                self.tell_waits(outbox, &code, say).await;
                next = Some(Next::Wait(until));
            }
            Outcome::Lost => {
                outbox.tries = 0;
                outbox.next_at = self.look_after_lost();
                next = Some(Next::Wait(outbox.next_at));
            }
            Outcome::LookAgain { until } => {
                outbox.tries = outbox.tries.saturating_add(1);
                outbox.next_at = until;
                next = Some(Next::Wait(until));
            }
            Outcome::Refused(trouble) => {
                outbox.set_rest(&PartState::Refused { code: trouble.code.clone() });
                self.tell_failed(entry, &trouble).await;
                if let EntryState::Outgoing(outbox) = &mut entry.state {
                    outbox.told = Some(trouble.code);
                }
            }
        }
        self.put_record(entry).await?;
        if let Some(known) = conversation.entries.iter_mut().find(|known| known.entry_id == entry.entry_id) {
            known.clone_from(entry);
        }
        if let Some(Next::Wait(until)) = &next
            && (self.now_ms()..NEVER).contains(until)
        {
            self.schedule_resend(&entry.conversation, *until).await;
        }
        Ok(next)
    }

    /// Has the scheduler go on with a conversation. When it does not take the job, the tick finds the queue.
    async fn schedule_resend(&self, id: &ConversationId, at: i64) {
        let job = format!("{}:{RESEND}", area::OUTBOUND);
        let Ok(data) = serde_json::to_value(id) else { return };
        if let Err(error) = self.call(Schedule { job, at, data }).await {
            self.warn("resend-not-scheduled", error.code());
        }
    }

    /// Keeps the list of queues: a conversation is on it while something of it waits.
    async fn note_queue(&self, id: &ConversationId, waits: Option<i64>) -> Result<(), CoreError> {
        let name = id.to_string();
        let known = self.memory.queues.borrow().contains(&name);
        match waits {
            // Written also where this process knows it so: another one may have taken it off the list since.
            Some(next_at) => {
                self.memory.queues.borrow_mut().insert(name);
                self.put_record(&Queue { conversation: id.clone(), next_at }).await
            }
            None if known => {
                self.remove_record(&Queue { conversation: id.clone(), next_at: 0 }).await?;
                self.memory.queues.borrow_mut().remove(&name);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Each minute: what waits is looked after, also when the scheduler or the process that sent it is gone. In the
    /// background: after an outage of Meta's it may be much.
    pub(super) fn tend_queues(&self) {
        self.once_in_background("queues", async move |session| session.send_due().await);
    }

    async fn send_due(&self) -> Result<(), CoreError> {
        let mut due = Vec::new();
        for queue in self.read_records::<Queue>(Queue::ALL).await? {
            let id = &queue.conversation;
            let is_due = match self.account(id.channel, &id.account).await? {
                Some(account) => queue.next_at <= self.now_ms() && account.token_state == TokenState::Valid,
                // Whatever it waits for will not come.
                None => true,
            };
            if is_due {
                self.memory.queues.borrow_mut().insert(id.to_string());
                due.push(queue.conversation);
            }
        }
        let mut result = Ok(());
        for some in due.chunks(AT_ONCE) {
            // One conversation's trouble does not keep the others from their turn.
            let sent = join_all(some.iter().map(|id| self.send_waiting(id, false))).await;
            result = sent.into_iter().fold(result, Result::and);
        }
        result
    }
}

fn unsent(conversation: &Conversation) -> usize {
    let unsent = |entry: &&Entry| matches!(&entry.state, EntryState::Outgoing(outbox) if outbox.is_unsent());
    conversation.entries.iter().filter(unsent).count()
}

/// Among what is not done with, the message that was written first: rooms show them in this order.
fn next_unsent(conversation: &Conversation, done: &[String]) -> Option<Entry> {
    let unsent = |entry: &&Entry| matches!(&entry.state, EntryState::Outgoing(outbox) if outbox.is_unsent());
    let left = conversation.entries.iter().filter(unsent).filter(|entry| !done.contains(&entry.entry_id));
    left.min_by(|a, b| a.event_at.cmp(&b.event_at).then_with(|| a.by_age(b))).cloned()
}

/// The other records of the same message.
fn twins<'a>(conversation: &'a Conversation, entry: &'a Entry) -> impl Iterator<Item = (&'a Entry, &'a Outbox)> {
    let is_twin = |twin: &&Entry| twin.identity == entry.identity && twin.entry_id != entry.entry_id;
    conversation.entries.iter().filter(is_twin).filter_map(|twin| match &twin.state {
        EntryState::Outgoing(outbox) => Some((twin, outbox)),
        _ => None,
    })
}

fn next_part(entry: &Entry) -> Option<usize> {
    match &entry.state {
        EntryState::Outgoing(outbox) => outbox.unsent(),
        _ => None,
    }
}
