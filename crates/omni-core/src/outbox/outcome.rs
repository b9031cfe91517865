//! What became of a part of a message is stored, and told.

use crate::context::area;
use crate::error::CoreError;
use crate::host::{Host, Schedule};
use crate::outbox::pass::Outcome;
use crate::outbox::twins::OutboxQueue;
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::message_record::{MessageRecord, MessageState};
use omni_domain::outgoing::{NEVER, OutgoingMessage, PartState};

/// What becomes of the conversation's queue after one message.
pub(crate) enum Next {
    /// The message is done with: on to the next one.
    Go,
    /// Nothing more until then, Unix milliseconds.
    Wait(i64),
}

/// The verb of the job that goes on with a conversation.
pub(crate) const RESEND: &str = "resend";

impl<H: Host> OutboxQueue<H> {
    pub(crate) fn renew_lease(&self, outbox: &mut OutgoingMessage) {
        outbox.lease.renew(self.cx.worker(), self.cx.now_ms());
    }

    /// Stores what became of a part, and tells whom it concerns. `None` to go on with the message.
    pub(crate) async fn note_outcome(
        &self,
        conversation: &mut Conversation,
        entry: &mut MessageRecord,
        at: usize,
        outcome: Outcome,
    ) -> Result<Option<Next>, CoreError> {
        let MessageState::Outgoing(outbox) = &mut entry.state else { return Ok(Some(Next::Go)) };
        if !matches!(outcome, Outcome::LookAgain { .. }) {
            self.renew_lease(outbox);
        }
        let mut next = Some(Next::Go);
        match outcome {
            Outcome::Sent(mid) => {
                outbox.set(at, mid.map_or(PartState::Done, |mid| PartState::Sent { mid }));
                (outbox.tries, outbox.next_at) = (0, 0);
                match outbox.unsent() {
                    Some(following) => {
                        outbox.set(following, PartState::InFlight);
                        next = None;
                    }
                    None => {
                        self.agent_notices.unmark(outbox).await;
                        if let Some(text) = outbox.unshown_text() {
                            self.notes.keep_unshown(&mut conversation.head, &outbox.room_id, text).await?;
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
                outbox.set(at, PartState::InFlight);
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
                self.agent_notices.tell_waits(outbox, &code, false).await;
                next = Some(Next::Wait(until));
            }
            Outcome::Held { code, until, say } => {
                outbox.set(at, PartState::Waiting);
                outbox.next_at = until;
                self.agent_notices.tell_waits(outbox, &code, say).await;
                next = Some(Next::Wait(until));
            }
            Outcome::Lost => {
                outbox.tries = 0;
                outbox.next_at = self.send_attempts.look_after_lost();
                next = Some(Next::Wait(outbox.next_at));
            }
            Outcome::LookAgain { until } => {
                outbox.tries = outbox.tries.saturating_add(1);
                outbox.next_at = until;
                next = Some(Next::Wait(until));
            }
            Outcome::Refused(trouble) => {
                outbox.set_rest(&PartState::Refused { code: trouble.code.clone() });
                self.agent_notices.tell_failed(entry, &trouble).await;
                if let MessageState::Outgoing(outbox) = &mut entry.state {
                    outbox.told = Some(trouble.code);
                }
            }
        }
        self.records.put_record(entry).await?;
        if let Some(known) = conversation.entries.iter_mut().find(|known| known.entry_id == entry.entry_id) {
            known.clone_from(entry);
        }
        if let Some(Next::Wait(until)) = &next
            && (self.cx.now_ms()..NEVER).contains(until)
        {
            self.schedule_resend(&entry.conversation, *until).await;
        }
        Ok(next)
    }

    /// Has the scheduler go on with a conversation. When it does not take the job, the tick finds the queue.
    pub(crate) async fn schedule_resend(&self, id: &ConversationId, at: i64) {
        let job = format!("{}:{RESEND}", area::OUTBOUND);
        let Ok(data) = serde_json::to_value(id) else { return };
        if let Err(error) = self.cx.call(Schedule { job, at, data }).await {
            self.cx.warn("resend-not-scheduled", error.code());
        }
    }
}
