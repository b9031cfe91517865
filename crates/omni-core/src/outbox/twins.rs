//! Two records of one message: which of them goes out.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::notes::Notes;
use crate::host::Host;
use crate::outbox::agent_notices::AgentNotices;
use crate::outbox::attempt::SendAttempts;
use crate::outbox::own_words::OwnWords;
use crate::store::Records;
use crate::store::accounts::Accounts;
use crate::store::archives::Archives;
use crate::store::load::Conversations;
use crate::thread::drive::Threads;
use omni_domain::conversation::Conversation;
use omni_domain::message_record::{MessageRecord, MessageState};
use omni_domain::outgoing::{OutgoingMessage, PartState};
use omni_domain::send_error::SendError;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// How long a process may go without a heartbeat before others believe it gone, in milliseconds. Longer than the host
/// lets a handler run.
pub(crate) const WORKER_MS: i64 = 40_000;

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct OutboxQueueMemory {
    /// Outgoing message records that this process stored and that no request to Meta was made for yet, with the time of storing.
    pub(crate) fresh: RefCell<HashMap<String, i64>>,
    /// Conversations that are on the list of those with something waiting.
    pub(crate) queues: RefCell<HashSet<String>>,
}

service! {
    /// Sends a conversation's outgoing messages in order, each once, of all processes that stored them.
    pub(crate) OutboxQueue {
        accounts: Accounts,
        agent_notices: AgentNotices,
        archives: Archives,
        cx: Context,
        conversations: Conversations,
        notes: Notes,
        own_words: OwnWords,
        records: Records,
        send_attempts: SendAttempts,
        threads: Threads,
    } remembers OutboxQueueMemory
}

impl<H: Host> OutboxQueue<H> {
    /// What of the message has not gone out stays here, and its author is told why.
    pub(crate) async fn refuse(&self, mut entry: MessageRecord, code: &str) -> Result<(), CoreError> {
        let MessageState::Outgoing(outbox) = &mut entry.state else { return Ok(()) };
        outbox.set_rest(&PartState::Refused { code: code.to_owned() });
        outbox.next_at = 0;
        outbox.told = Some(code.to_owned());
        self.records.put_record(&entry).await?;
        self.agent_notices.tell_failed(&entry, &SendError::new(code)).await;
        Ok(())
    }

    /// The host may tell a message twice, to this process or to two, which each store it. One of those twins goes out, by rules
    /// that hold in whichever order a process reads them: a record that has begun or waits goes before one that has not
    /// begun; of two that have not, the process that stored the younger one removes it, and the elder one waits until the
    /// other is gone or has left.
    pub(crate) async fn drop_repeats(&self, conversation: &mut Conversation) -> Result<(), CoreError> {
        let is_repeat = |entry: &&MessageRecord| self.is_repeat(conversation, entry);
        let repeats: Vec<MessageRecord> = conversation.entries.iter().filter(is_repeat).cloned().collect();
        for entry in repeats {
            self.memory.fresh.borrow_mut().remove(&entry.entry_id);
            self.records.remove_record(&entry).await?;
            conversation.entries.retain(|known| known.entry_id != entry.entry_id);
        }
        Ok(())
    }

    /// Whether a twin of it goes out, or went, in its stead.
    pub(crate) fn is_repeat(&self, conversation: &Conversation, entry: &MessageRecord) -> bool {
        let MessageState::Outgoing(outbox) = &entry.state else { return false };
        if !outbox.is_unsent() || outbox.mids().next().is_some() || self.is_at_work_elsewhere(entry).is_some() {
            return false;
        }
        let fresh = self.is_fresh(entry);
        twins(conversation, entry).any(|(twin, its)| {
            let elder = twin.by_age(entry).is_lt();
            let alive = self.is_at_work_elsewhere(twin).is_some() || self.is_fresh(twin);
            match (its.is_unsent() && its.mids().next().is_none(), fresh) {
                (false, _) => true,
                (true, true) if its.is_in_flight() => alive && elder,
                (true, true) => true,
                // Whether Meta has this one is found out first.
                (true, false) => !alive && !outbox.is_in_flight() && (elder || its.is_in_flight()),
            }
        })
    }

    /// The twin of a message that has not begun which a process left behind in the midst: what became of it is found out first.
    pub(crate) fn twin_to_settle(&self, conversation: &Conversation, entry: &MessageRecord) -> Option<MessageRecord> {
        let left = |twin: &MessageRecord| self.is_at_work_elsewhere(twin).is_none() && !self.is_fresh(twin);
        let mut twins = twins(conversation, entry).filter(|(twin, its)| its.is_in_flight() && left(twin));
        if self.is_fresh(entry) { twins.next().map(|(twin, _)| twin.clone()) } else { None }
    }

    /// Until when another process that has a twin of a message that has not begun is believed alive.
    pub(crate) fn twin_at_work(&self, conversation: &Conversation, entry: &MessageRecord) -> Option<i64> {
        let at_work = twins(conversation, entry).filter_map(|(twin, _)| self.is_at_work_elsewhere(twin)).max();
        at_work.filter(|_| self.is_fresh(entry))
    }

    /// Whether this process stored it and has not touched it since.
    pub(crate) fn is_fresh(&self, entry: &MessageRecord) -> bool {
        self.memory.fresh.borrow().contains_key(&entry.entry_id)
    }

    /// A message behind one that waits: nothing of it has left, which is to be seen from outside.
    pub(crate) async fn put_aside(&self, mut entry: MessageRecord) -> Result<(), CoreError> {
        if let MessageState::Outgoing(outbox) = &mut entry.state {
            outbox.set_rest(&PartState::Waiting);
            self.agent_notices.tell_waits(outbox, "behind-another", false).await;
        }
        self.records.put_record(&entry).await?;
        self.memory.fresh.borrow_mut().remove(&entry.entry_id);
        Ok(())
    }

    /// Until when another process that works on it is believed alive.
    pub(crate) fn is_at_work_elsewhere(&self, entry: &MessageRecord) -> Option<i64> {
        let MessageState::Outgoing(outbox) = &entry.state else { return None };
        let elsewhere = outbox.lease.is_held_elsewhere(self.cx.worker(), self.cx.now_ms(), WORKER_MS);
        // A millisecond later it is believed gone.
        (outbox.is_in_flight() && elsewhere)
            .then_some(outbox.lease.renewed_at.saturating_add(WORKER_MS).saturating_add(1))
    }
}

/// The other records of the same message.
pub(crate) fn twins<'a>(
    conversation: &'a Conversation,
    entry: &'a MessageRecord,
) -> impl Iterator<Item = (&'a MessageRecord, &'a OutgoingMessage)> {
    let is_twin = |twin: &&MessageRecord| twin.identity == entry.identity && twin.entry_id != entry.entry_id;
    conversation.entries.iter().filter(is_twin).filter_map(|twin| match &twin.state {
        MessageState::Outgoing(outbox) => Some((twin, outbox)),
        _ => None,
    })
}
