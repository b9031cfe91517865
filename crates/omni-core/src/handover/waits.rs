//! Messages that wait for control: found each minute, sent or given up in time.

use super::drive::{Actor, CLOSED, Turn};
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;
use crate::store::{Conversation, EntryState, ThreadWait};
use omni_domain::thread::machine::{Input, Waiting};
use omni_domain::timing::{MINUTE_MS, in_turn};

/// How many conversations one tick looks at; which ones, goes round.
const PER_TICK: usize = 100;

/// Whether something of the conversation waits for control.
pub(super) fn any(conversation: &Conversation) -> bool {
    conversation.entries.iter().any(|entry| match &entry.state {
        EntryState::Outgoing(outbox) => outbox.waits_for_somebody(),
        _ => false,
    })
}

impl<H: Host> Session<H> {
    /// Each minute: requests that nobody answered in time, and messages whose turn came while nobody was there to send
    /// them.
    pub(crate) async fn handover_tick(&self) -> Result<(), CoreError> {
        let waits: Vec<ThreadWait> = self.read_records(ThreadWait::ALL).await?;
        let mut result = Ok(());
        for wait in in_turn(waits.iter(), waits.len(), PER_TICK, self.now_ms().div_euclid(MINUTE_MS)) {
            let looked = self.look_after(wait).await;
            result = result.and(looked);
        }
        result
    }

    async fn look_after(&self, wait: &ThreadWait) -> Result<(), CoreError> {
        let id = &wait.conversation;
        let mut conversation = self.conversation(id).await?;
        let Some(account) = self.account(id.channel, &id.account).await? else { return self.remove_record(wait).await };
        if !any(&conversation) && conversation.thread.asked_at.is_none() {
            return self.remove_record(wait).await;
        }
        if conversation.head.room_id.is_none() && conversation.thread.asked_at.is_none() {
            return self.settle_waiting(id, Waiting::GiveUp, CLOSED).await;
        }
        let settings = self.settings().await?;
        let now = self.now_ms();
        self.drive(&mut Turn::new(&mut conversation, &account, settings, Actor::Clock, now), Input::Overdue).await?;
        Ok(())
    }
}
