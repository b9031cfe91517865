//! From Rocket.Chat to Meta: what an agent writes is recorded, sent in its turn, and what became of it noted.
//!
//! [`plan`](omni_domain::compose::plan) says what a message becomes, [`queue`] in which order it leaves, [`attempt`] what Meta is asked and what its
//! answer means, [`settle`] what became of a request without an answer, [`trouble`] what agents are told. The hot path is
//! four calls to the host: the record, the conversation, the request, the record.

mod app_text;
mod attempt;
mod change;
mod queue;
mod settle;
mod trouble;
mod window;

pub(crate) use app_text::{AppText, Said};

use crate::entry::{Channel, MessageEvent, MessageInput, UiAnswer, UiInput};
use crate::error::CoreError;
use crate::host::{Host, Message, User};
use crate::key;
use crate::session::Session;
use crate::store::{ConversationId, Entry, EntryState, Outbox, Part, PartState};
use omni_domain::compose::plan::{is_for_customer, plan, quoted};
use omni_domain::permissions::is_human;
use omni_domain::send_error::Trouble;

impl<H: Host> Session<H> {
    /// Something happened to a message in a room of ours.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer; what could not be sent is told to the agent instead.
    pub async fn agent_message(&self, input: MessageInput) -> Result<(), CoreError> {
        let Some(id) = self.conversation_in(&input.room).await? else {
            self.tell_former_room(&input).await;
            return Ok(());
        };
        let for_customer = is_for_customer(&input.message, id.channel.bot());
        match &input.event {
            MessageEvent::Reacted { emoji, on } => self.relay_reaction(&id, &input, emoji, *on).await,
            MessageEvent::Sent if for_customer && input.too_large => {
                self.tell_unplanned(&id, &input.message, &Trouble::new("message-too-large")).await
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
            self.mark(&input.message.id, trouble::FAILED, true).await;
            self.tell_key(&trouble::Listener::new(sender, &input.room.id), key!("out_former_room"), "").await;
        }
    }

    /// A button under one of our words to an agent.
    pub(crate) async fn outbound_action(&self, action: &str, input: UiInput) -> Result<UiAnswer, CoreError> {
        if let (trouble::RETRY, UiInput::Action { user, value, room_id, .. }) = (action, &input) {
            self.retry(user, value, room_id.as_deref().unwrap_or_default()).await?;
        }
        Ok(UiAnswer::Done)
    }

    /// Each minute: queues that wait, and windows that close.
    pub(crate) async fn outbound_tick(&self) -> Result<(), CoreError> {
        self.tend_queues();
        self.tend_windows().await
    }

    /// A job of ours that was scheduled for now.
    pub(crate) async fn outbound_later(&self, job: &str, data: serde_json::Value) -> Result<(), CoreError> {
        match serde_json::from_value(data) {
            Ok(id) if job == queue::RESEND => self.send_waiting(&id, false).await,
            _ => Ok(()),
        }
    }

    pub(super) async fn relay_message(&self, id: &ConversationId, message: &Message) -> Result<(), CoreError> {
        let settings = self.settings().await?;
        let parts = match plan(message, &settings, id.channel.platform()) {
            Ok(parts) => parts,
            Err(trouble) => return self.tell_unplanned(id, message, &trouble).await,
        };
        let mut entry = self.outgoing(id, message, message.sender.as_ref(), parts);
        if let EntryState::Outgoing(outbox) = &mut entry.state {
            outbox.human = is_human(message);
            outbox.about = message.cards.iter().find_map(quoted).or_else(|| message.thread_id.clone());
        }
        self.send_entry(entry).await
    }

    /// Says why a message is not even tried.
    async fn tell_unplanned(&self, id: &ConversationId, message: &Message, trouble: &Trouble) -> Result<(), CoreError> {
        let entry = self.outgoing(id, message, message.sender.as_ref(), Vec::new());
        self.tell_failed(&entry, trouble).await;
        Ok(())
    }

    /// An entry for a message of Rocket.Chat, about to leave.
    fn outgoing(&self, id: &ConversationId, message: &Message, sender: Option<&User>, parts: Vec<Part>) -> Entry {
        let mut outbox = self.outbox(message.id.clone(), message.room_id.clone());
        outbox.sender_id = sender.map(|sender| sender.id.clone());
        outbox.lang = sender.map(|sender| sender.language.clone()).unwrap_or_default();
        outbox.parts = parts;
        outbox.set(0, PartState::Leaving);
        Entry { identity: format!("agent:{}", message.id), ..self.outgoing_entry(id, message.at, outbox) }
    }

    fn outgoing_entry(&self, id: &ConversationId, event_at: i64, outbox: Outbox) -> Entry {
        Entry {
            entry_id: self.new_entry_id(),
            conversation: id.clone(),
            identity: String::new(),
            stored_at: self.now_ms(),
            event_at,
            opens_window: false,
            segment: None,
            state: EntryState::Outgoing(outbox),
        }
    }

    fn outbox(&self, message_id: String, room_id: String) -> Outbox {
        let worker = self.worker().to_owned();
        Outbox { message_id, room_id, worker, taken_at: self.now_ms(), ..Outbox::default() }
    }
}
