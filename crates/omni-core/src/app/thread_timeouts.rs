//! Messages that wait for control: found each minute, sent or given up in time.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::Host;
use crate::outbox::app_text::AppTexts;
use crate::outbox::twins::OutboxQueue;
use crate::store::Records;
use crate::store::accounts::Accounts;
use crate::store::load::Conversations;
use crate::store::thread_records::ThreadWait;
use crate::thread::drive::Threads;
use crate::thread::event_context::{Actor, CLOSED, ThreadEventContext, any};
use omni_domain::conversation::ConversationId;
use omni_domain::thread::machine::Input;
use omni_domain::timing::{MINUTE_MS, in_turn};

/// How many conversations one tick looks at; which ones, goes round.
const PER_TICK: usize = 100;

service! {
    /// Finds messages that wait for control of a thread; sends them, or gives them up in time.
    pub(crate) ThreadTimeouts {
        accounts: Accounts,
        app_texts: AppTexts,
        cx: Context,
        conversations: Conversations,
        outbox_queue: OutboxQueue,
        records: Records,
        threads: Threads,
    }
}

impl<H: Host> ThreadTimeouts<H> {
    /// Each minute: requests that nobody answered in time, and messages whose turn came while nobody was there to send
    /// them.
    pub(crate) async fn handover_tick(&self) -> Result<(), CoreError> {
        let waits: Vec<ThreadWait> = self.records.read_records(ThreadWait::ALL).await?;
        let mut result = Ok(());
        for wait in in_turn(waits.iter(), waits.len(), PER_TICK, self.cx.now_ms().div_euclid(MINUTE_MS)) {
            let looked = self.look_after(wait).await;
            result = result.and(looked);
        }
        result
    }

    /// Sends what waits for control, or gives it up for this reason.
    pub(crate) async fn settle_waiting(
        &self,
        id: &ConversationId,
        give_up: Option<&'static str>,
    ) -> Result<(), CoreError> {
        match give_up {
            None => self.outbox_queue.send_waiting(id, true).await?,
            Some(code) => self.app_texts.give_up_held(id, code).await?,
        }
        let conversation = self.conversations.conversation(id).await?;
        if conversation.thread.asked_at.is_none() && !any(&conversation) {
            self.records.remove_record(&ThreadWait { conversation: id.clone() }).await?;
        }
        Ok(())
    }

    async fn look_after(&self, wait: &ThreadWait) -> Result<(), CoreError> {
        let id = &wait.conversation;
        let mut conversation = self.conversations.conversation(id).await?;
        let Some(account) = self.accounts.account(id.channel, &id.account).await? else {
            return self.records.remove_record(wait).await;
        };
        if !any(&conversation) && conversation.thread.asked_at.is_none() {
            return self.records.remove_record(wait).await;
        }
        if conversation.head.room_id.is_none() && conversation.thread.asked_at.is_none() {
            return self.settle_waiting(id, Some(CLOSED)).await;
        }
        let settings = self.cx.settings().await?;
        let now = self.cx.now_ms();
        self.threads
            .drive(
                &mut ThreadEventContext::new(&mut conversation, &account, settings, Actor::Clock, now),
                Input::Overdue,
            )
            .await?;
        Ok(())
    }
}
