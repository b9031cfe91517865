//! From Rocket.Chat to Meta: what an agent writes is recorded, sent in its turn, and what became of it noted.
//!
//! [`plan`](omni_domain::compose::plan) says what a message becomes, [`queue`](super::queue) in which order it leaves,
//! [`attempt`](super::attempt) what Meta is asked and what its answer means, [`settle`](super::settle) what became of a request
//! without an answer, [`send_error`](omni_domain::send_error) what agents are told. The hot path is four calls to the host: the
//! record, the conversation, the request, the record.

use crate::api::{MessageEvent, MessageInput, UiAnswer, UiInput};
use crate::error::CoreError;
use crate::host::Host;
use crate::outbox::relay::AgentMessages;
use omni_domain::channel::Channel;
use omni_domain::compose::plan::is_for_customer;
use omni_domain::key;
use omni_domain::send_error::SendError;

impl<H: Host> AgentMessages<H> {
    /// Something happened to a message in a room of ours.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer; what could not be sent is told to the agent instead.
    pub(crate) async fn agent_message(&self, input: MessageInput) -> Result<(), CoreError> {
        let Some(id) = self.visitor_keys.conversation_in(&input.room).await? else {
            self.tell_former_room(&input).await;
            return Ok(());
        };
        let for_customer = is_for_customer(&input.message, id.channel.bot());
        match &input.event {
            MessageEvent::Reacted { emoji, on } => self.relay_reaction(&id, &input, emoji, *on).await,
            MessageEvent::Sent if for_customer && input.too_large => {
                self.tell_unplanned(&id, &input.message, &SendError::new("message-too-large")).await
            }
            // What it says now is not known; what went out stays.
            MessageEvent::Updated if input.too_large => Ok(()),
            MessageEvent::Sent if for_customer => self.relay_message(&id, &input.message).await,
            MessageEvent::Updated if for_customer => self.relay_edit(&id, &input).await,
            MessageEvent::Deleted if for_customer => self.relay_deletion(&id, &input).await,
            MessageEvent::Sent | MessageEvent::Updated | MessageEvent::Deleted => Ok(()),
        }
    }

    /// A room of this app that the present installation did not open: its customer is not known, so the agent is told that an
    /// answer in it reaches no one.
    async fn tell_former_room(&self, input: &MessageInput) {
        let answers = input.event == MessageEvent::Sent
            && Channel::ALL.iter().all(|channel| is_for_customer(&input.message, channel.bot()));
        if let (true, true, Some(sender)) = (input.room.ours, answers, &input.message.sender) {
            self.agent_notices.mark(&input.message.id, crate::outbox::agent_notices::FAILED, true).await;
            self.agent_notices
                .tell_key(
                    &crate::outbox::agent_notices::Recipient::new(sender, &input.room.id),
                    key!("out_former_room"),
                    "",
                )
                .await;
        }
    }

    /// A button under one of our words to an agent.
    pub(crate) async fn outbound_action(&self, action: &str, input: UiInput) -> Result<UiAnswer, CoreError> {
        if let (crate::outbox::agent_notices::RETRY, UiInput::Action { user, value, room_id, .. }) = (action, &input) {
            self.retry(user, value, room_id.as_deref().unwrap_or_default()).await?;
        }
        Ok(UiAnswer::Done)
    }

    /// Each minute: queues that wait, and windows that close.
    pub(crate) async fn outbound_tick(&self) -> Result<(), CoreError> {
        self.outbox_queue.tend_queues();
        self.window_banners.tend_windows().await
    }

    /// A job of ours that was scheduled for now.
    pub(crate) async fn outbound_later(&self, job: &str, data: serde_json::Value) -> Result<(), CoreError> {
        match serde_json::from_value(data) {
            Ok(id) if job == crate::outbox::outcome::RESEND => self.outbox_queue.send_waiting(&id, false).await,
            _ => Ok(()),
        }
    }
}
