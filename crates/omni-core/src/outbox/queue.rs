//! One conversation's outgoing messages, sent one after the other.
//!
//! Each message is stored before it leaves and says of itself how far it got, so the next process that takes it up goes on
//! where it stopped. At any time at most one request of a message may have reached Meta without our
//! knowing; what became of that one is looked up before anything else ([`settle`](super::settle)).

use crate::context::FollowUp;
use crate::error::CoreError;
use crate::host::Host;
use crate::outbox::outcome::Next;
use crate::outbox::pass::{Outcome, SendContext};
use crate::outbox::twins::{OutboxQueue, WORKER_MS};
use crate::store::retry_timers::RetryTimer;
use futures_util::future::join_all;
use omni_domain::account::TokenState;
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::message_record::{MessageRecord, MessageState};
use omni_domain::outgoing::{NEVER, PartState};
use omni_domain::send_error::SendError;

/// How often an instance that waits for another one looks again, in milliseconds.
pub(crate) const LOOK_AGAIN_MS: u32 = 250;

/// How long it waits at most, in milliseconds; the scheduler goes on from there.
pub(crate) const WAIT_MS: i64 = 5_000;

/// How long a lease stands before it counts, in milliseconds: persistence has no compare-and-set, so of two instances that
/// took up the same message at once both wait for this long, and the one that wrote first sees that the other one has it.
const LEASE_SETTLES_MS: u32 = 400;

/// How many conversations are gone on with at once when many wait.
const AT_ONCE: usize = 8;

/// How many messages of one conversation wait to go out at most: all of them are read with each.
const MOST_UNSENT: usize = 100;

/// With more message records at hand than this some may be archived before their time.
const MANY: usize = 150;

impl<H: Host> OutboxQueue<H> {
    /// Records a message and sends it in its turn.
    pub(crate) async fn send_entry(&self, entry: MessageRecord) -> Result<(), CoreError> {
        self.memory.fresh.borrow_mut().insert(entry.entry_id.clone(), entry.stored_at);
        let stored = self.records.create_record(&entry).await;
        if stored.is_err() {
            self.memory.fresh.borrow_mut().remove(&entry.entry_id);
            // It may be stored all the same, its answer lost: it must not go out beside what the agent writes anew.
            if let Err(error) = self.records.remove_record(&entry).await {
                self.cx.warn("outbound-unrecorded", error.code());
            }
            self.agent_notices.tell_failed(&entry, &SendError::new("not-recorded")).await;
            return stored;
        }
        // What waits for control of the thread is tried again: an agent who writes wants to know how it stands.
        self.send_waiting(&entry.conversation, true).await
    }

    /// Sends whatever of the conversation waits and is due, oldest first; with `held_too` also what waits for another's
    /// doing.
    pub(crate) async fn send_waiting(&self, id: &ConversationId, held_too: bool) -> Result<(), CoreError> {
        let _lock = self.cx.lock(&format!("outbox:{id}")).await;
        let result = self.pass(id, held_too).await;
        let waits = match &result {
            Ok(waits) => *waits,
            // Whatever was interrupted is looked into once this process is done with it.
            Err(_) => Some(self.cx.now_ms() + WORKER_MS),
        };
        let noted = self.note_queue(id, waits).await;
        result.and(noted)
    }

    /// Answers until when something waits.
    async fn pass(&self, id: &ConversationId, held_too: bool) -> Result<Option<i64>, CoreError> {
        let Some(account) = self.accounts.account(id.channel, &id.account).await? else {
            return self.report_all(id).await;
        };
        let settings = self.cx.settings().await?;
        let (graph, business) = (account.graph(&settings), account.business());
        let trip = SendContext { account, settings, graph, business };
        let mut conversation = self.conversations.conversation(id).await?;
        let began = self.cx.now_ms();
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
                if self.cx.now_ms() - began < WAIT_MS {
                    self.cx.host.sleep(LOOK_AGAIN_MS).await;
                    conversation = self.conversations.conversation(id).await?;
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
        let by_agent = |entry: &MessageRecord| match &entry.state {
            MessageState::Outgoing(outbox) => outbox.sender_id.is_some() && done.contains(&entry.entry_id),
            _ => false,
        };
        if conversation.entries.iter().any(by_agent) {
            self.notes.catch_up(&conversation);
        }
        if conversation.entries.len() > MANY {
            let (this, id) = (self.clone(), id.clone());
            self.cx.host.background(Box::pin(async move {
                if let Err(error) = this.archives.make_room_in(&id).await {
                    this.cx.warn("entries-not-filed", error.code());
                }
            }));
        }
        Ok(waits)
    }

    /// The account is not connected any more: nothing of the conversation goes out, and each author is told.
    async fn report_all(&self, id: &ConversationId) -> Result<Option<i64>, CoreError> {
        let mut conversation = self.conversations.conversation(id).await?;
        self.drop_repeats(&mut conversation).await?;
        let mut waits = None;
        for entry in conversation.entries {
            let fresh = self.is_fresh(&entry);
            match &entry.state {
                MessageState::Outgoing(outbox) if outbox.is_unsent() => {
                    if let Some(until) = self.is_at_work_elsewhere(&entry) {
                        waits = Some(until);
                        continue;
                    }
                    self.memory.fresh.borrow_mut().remove(&entry.entry_id);
                    let lost = outbox.is_in_flight() && !fresh;
                    self.refuse(entry, if lost { "meta-maybe-sent" } else { "account-disconnected" }).await?;
                }
                _ => {}
            }
        }
        Ok(waits)
    }

    /// Takes one message as far as it goes.
    async fn advance(
        &self,
        trip: &SendContext,
        conversation: &mut Conversation,
        mut entry: MessageRecord,
        fresh: bool,
        held_too: bool,
    ) -> Result<Next, CoreError> {
        // From here on Meta may have it.
        self.memory.fresh.borrow_mut().remove(&entry.entry_id);
        if !fresh {
            let due = match &entry.state {
                MessageState::Outgoing(outbox) if held_too && outbox.next_at == NEVER => 0,
                MessageState::Outgoing(outbox) => outbox.next_at,
                _ => return Ok(Next::Go),
            };
            if due > self.cx.now_ms() {
                return Ok(Next::Wait(due));
            }
            if let Some(next) = self.resume(trip, conversation, &mut entry).await? {
                return Ok(next);
            }
        }
        while let Some(at) = next_part(&entry) {
            let outcome = self.send_attempts.send_part(trip, conversation, &entry, at).await?;
            let taken = matches!(outcome, Outcome::Sent(_));
            let next = self.note_outcome(conversation, &mut entry, at, outcome).await?;
            if taken {
                self.threads.thread_sent(conversation, &trip.account).await?;
            }
            if let Some(next) = next {
                self.send_attempts.mark_seen(trip, conversation, &entry);
                return Ok(next);
            }
        }
        Ok(Next::Go)
    }

    /// Takes up a message that was left: finds out what became of the part that may have reached Meta, and says that this
    /// process works on it now.
    async fn resume(
        &self,
        trip: &SendContext,
        conversation: &mut Conversation,
        entry: &mut MessageRecord,
    ) -> Result<Option<Next>, CoreError> {
        let MessageState::Outgoing(outbox) = &mut entry.state else { return Ok(Some(Next::Go)) };
        if outbox.is_in_flight() {
            let outcome = self.send_attempts.settle_part(trip, conversation, outbox).await;
            let at = outbox.unsent().unwrap_or_default();
            let next = self.note_outcome(conversation, entry, at, outcome).await?;
            self.look_at_echoes(conversation);
            if next.is_some() {
                return Ok(next);
            }
        }
        let MessageState::Outgoing(outbox) = &mut entry.state else { return Ok(Some(Next::Go)) };
        let Some(at) = outbox.unsent() else { return Ok(Some(Next::Go)) };
        if outbox.withdrawn {
            outbox.withdraw();
            self.records.put_record(entry).await?;
            return Ok(Some(Next::Go));
        }
        self.own_words.show_own_words(outbox, Some(entry.stored_at)).await?;
        outbox.set(at, PartState::InFlight);
        self.renew_lease(outbox);
        self.records.put_record(entry).await?;
        self.cx.host.sleep(LEASE_SETTLES_MS).await;
        *conversation = self.conversations.conversation(&entry.conversation).await?;
        let stored = conversation.entries.iter().find(|known| known.entry_id == entry.entry_id);
        match stored.map(|known| &known.state) {
            Some(MessageState::Outgoing(outbox)) if outbox.lease.owner == self.cx.worker() => Ok(None),
            Some(_) => Ok(Some(Next::Wait(self.cx.now_ms() + WORKER_MS))),
            None => Ok(Some(Next::Go)),
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
                self.records.put_record(&RetryTimer { conversation: id.clone(), next_at }).await
            }
            None if known => {
                self.records.remove_record(&RetryTimer { conversation: id.clone(), next_at: 0 }).await?;
                self.memory.queues.borrow_mut().remove(&name);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Each minute: what waits is looked after, also when the scheduler or the process that sent it is gone. In the
    /// background: after an outage of Meta's it may be much.
    pub(crate) fn tend_queues(&self) {
        let this = self.clone();
        self.cx.once_in_background("queues", async move { this.send_due().await });
    }

    async fn send_due(&self) -> Result<(), CoreError> {
        let mut due = Vec::new();
        for queue in self.records.read_records::<RetryTimer>(RetryTimer::ALL).await? {
            let id = &queue.conversation;
            let is_due = match self.accounts.account(id.channel, &id.account).await? {
                Some(account) => queue.next_at <= self.cx.now_ms() && account.token_state == TokenState::Valid,
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

    /// What became of a message is known now: echoes that waited for that have their turn.
    pub(crate) fn look_at_echoes(&self, conversation: &Conversation) {
        if !conversation.entries.iter().any(|entry| entry.waits() && entry.is_echo()) {
            return;
        }
        self.cx.follow_later(FollowUp::Settled(conversation.head.id.clone()), "echo-unfinished");
    }
}

fn unsent(conversation: &Conversation) -> usize {
    let unsent = |entry: &&MessageRecord| matches!(&entry.state, MessageState::Outgoing(outbox) if outbox.is_unsent());
    conversation.entries.iter().filter(unsent).count()
}

/// Among what is not done with, the message that was written first: rooms show them in this order.
fn next_unsent(conversation: &Conversation, done: &[String]) -> Option<MessageRecord> {
    let unsent = |entry: &&MessageRecord| matches!(&entry.state, MessageState::Outgoing(outbox) if outbox.is_unsent());
    let left = conversation.entries.iter().filter(unsent).filter(|entry| !done.contains(&entry.entry_id));
    left.min_by(|a, b| a.event_at.cmp(&b.event_at).then_with(|| a.by_age(b))).cloned()
}

fn next_part(entry: &MessageRecord) -> Option<usize> {
    match &entry.state {
        MessageState::Outgoing(outbox) => outbox.unsent(),
        _ => None,
    }
}
