//! Works message records off: one conversation's in order, each once, of all processes that stored them.

use crate::error::CoreError;
use crate::host::{Host, LogLevel};
use crate::inbox::intake::StoredBatch;
use crate::inbox::settle::{ControlFlow, Inbox};
use crate::store::leases::NamedLease;
use omni_domain::conversation::turn::{Next, WORKER_MS};
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::retry::Backoff;

/// How many events of one conversation are shown before others have their turn.
const TURN: usize = 20;

/// How long a conversation with a backlog that no agent could serve is not tried again for each event that comes, in
/// milliseconds.
const UNSERVED_MS: i64 = 10_000;

/// Whether something is left to do in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing that is ours to do now.
    Over,
    /// It goes on in the next turn.
    More,
}

impl<H: Host> Inbox<H> {
    /// Works off what was taken. What fails is stored and logged: there is no person to tell.
    pub(crate) async fn work_off_taken(&self, taken: StoredBatch) {
        let mut result = Ok(());
        match self.suspect_watch.is_resting(&taken.id).await {
            // The minute's job tries it again.
            Ok(true) => return,
            Ok(false) if taken.stored => result = self.work_off(&taken.id).await,
            Ok(false) if taken.queued => result = self.work_off_queued(&taken.id).await,
            Ok(false) => {}
            Err(error) => result = Err(error),
        }
        if !taken.receipts.is_empty() {
            result = result.and(self.receipt_marks.apply_receipts(&taken.id, &taken.receipts).await);
        }
        if let Err(error) = result {
            self.cx.host.log(LogLevel::Error, "inbound-unfinished", error.code());
        }
    }

    /// Shows everything of the conversation that waits, oldest first: what this process stored, what others left
    /// behind, what was held. Between turns others may work on it.
    pub(crate) async fn work_off(&self, id: &ConversationId) -> Result<(), CoreError> {
        while self.work_a_turn(id).await? == Turn::More {
            self.cx.host.sleep(0).await;
        }
        Ok(())
    }

    /// The same after events were put behind what waits: once for all that come before it begins.
    async fn work_off_queued(&self, id: &ConversationId) -> Result<(), CoreError> {
        let name = id.to_string();
        let unserved = self.memory.unserved.borrow().get(&name).copied();
        let rests = unserved.is_some_and(|at| self.cx.now_ms().saturating_sub(at).saturating_abs() < UNSERVED_MS);
        if rests || !self.memory.wanted.borrow_mut().insert(name) {
            return Ok(());
        }
        self.work_off(id).await
    }

    /// Shows a few events.
    pub(crate) async fn work_a_turn(&self, id: &ConversationId) -> Result<Turn, CoreError> {
        let name = id.to_string();
        let _lock = self.cx.lock(&name).await;
        self.memory.wanted.borrow_mut().remove(&name);
        let mut lease = None;
        let result = self.work_through(id, &mut lease).await;
        if let Some(lease) = lease {
            self.leases.release(&lease).await?;
        }
        result
    }

    async fn work_through(&self, id: &ConversationId, lease: &mut Option<NamedLease>) -> Result<Turn, CoreError> {
        let mut conversation = self.conversations.conversation(id).await?;
        // Whether a delivery of this process repeats an event that another one has stored: it is then seen through.
        let mut lent = false;
        let mut nobody_online = false;
        let mut looks = 0;
        let mut taken = 0;
        // Another process may have begun a backlog since the conversation was read.
        let mut had_backlog = false;
        loop {
            self.intake.queue_strays(&mut conversation).await?;
            had_backlog |= conversation.has_backlog();
            if lease.is_some() && !nobody_online && conversation.has_backlog() && !waits_at_hand(&conversation) {
                self.backlogs.pull(&mut conversation, self.cx.reader()).await?;
            }
            match self.event_turns.process(|process| process.next(&conversation, nobody_online)) {
                Next::Done if lease.is_some() && !conversation.waits() => {
                    if std::mem::take(&mut had_backlog) {
                        self.conversations.refresh(&mut conversation).await?;
                        continue;
                    }
                    self.waiting_entries.waits_no_longer(&conversation).await?;
                    return Ok(Turn::Over);
                }
                Next::Done if self.event_turns.process(|process| process.has_fresh_echo(&conversation)) => {
                    self.cx.host.sleep(Backoff::OTHER_PROCESS.next(&mut looks)).await;
                    self.conversations.refresh(&mut conversation).await?;
                }
                Next::Done if lease.is_none() && !nobody_online && conversation.has_backlog() => {
                    *lease = self.leases.take_lease(&format!("held:{id}"), WORKER_MS).await?;
                    if lease.is_none() {
                        return Ok(Turn::Over);
                    }
                    conversation = self.conversations.conversation(id).await?;
                }
                Next::Done => {
                    if nobody_online && conversation.has_backlog() {
                        self.note_unserved(id);
                        self.waiting_entries.waiting_changed(&conversation).await?;
                    }
                    return Ok(Turn::Over);
                }
                Next::Repeated(entry) => {
                    self.drop_repeat(&mut conversation, &entry).await?;
                    lent = true;
                }
                Next::Take(_) if taken >= TURN => return Ok(Turn::More),
                // What waits for an agent is no process's own: the one with the lease takes it.
                Next::Take(entry) if lease.is_none() && entry.is_held() => {
                    *lease = self.leases.take_lease(&format!("held:{id}"), WORKER_MS).await?;
                    if lease.is_none() {
                        if !self.event_turns.process(|process| process.has_pending(&conversation)) {
                            return Ok(Turn::Over);
                        }
                        self.cx.host.sleep(Backoff::OTHER_PROCESS.next(&mut looks)).await;
                    }
                    conversation = self.conversations.conversation(id).await?;
                }
                Next::Take(entry) => {
                    if let Some(lease) = lease.as_ref() {
                        self.leases.prolong(lease).await?;
                    }
                    taken = taken.saturating_add(1);
                    match self.take_up(&mut conversation, entry, &mut nobody_online).await? {
                        ControlFlow::Next => self.archives.make_room(&mut conversation).await?,
                        ControlFlow::Stop => return Ok(Turn::Over),
                    }
                }
                Next::Wait if lent || self.event_turns.process(|process| process.has_own(&conversation)) => {
                    self.cx.host.sleep(Backoff::OTHER_PROCESS.next(&mut looks)).await;
                    self.conversations.refresh(&mut conversation).await?;
                }
                Next::Wait => return Ok(Turn::Over),
            }
        }
    }

    fn note_unserved(&self, id: &ConversationId) {
        let now = self.cx.now_ms();
        let mut unserved = self.memory.unserved.borrow_mut();
        unserved.retain(|_, at| now.saturating_sub(*at).saturating_abs() < UNSERVED_MS);
        unserved.insert(id.to_string(), now);
    }
}

/// Whether anything waits that is read with the conversation.
fn waits_at_hand(conversation: &Conversation) -> bool {
    conversation.entries.iter().any(|entry| entry.waits() && entry.segment.is_none())
}
