//! From Rocket.Chat to Meta: an agent's message is recorded, sent, and what became of it noted.

use crate::entry::{MessageEvent, MessageInput, UiAnswer, UiInput};
use crate::error::CoreError;
use crate::host::{Host, Message, Sender, Whisper};
use crate::key;
use crate::session::Session;
use crate::settings::{AgentName, Settings};
use crate::store::{Account, Conversation, ConversationId, Entry, EntryState, Outbox, Part, PartState};
use crate::texts::Lang;
use meta_wire::answer::{Call, Sent};
use meta_wire::limits;
use meta_wire::request::{Recipient, Send, send};
use meta_wire::split::split;
use meta_wire::time::UnixMillis;
use meta_wire::window::{Author, Decision, decide};

impl<H: Host> Session<H> {
    /// Something happened to a message in a room of ours.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer; what could not be sent is told to the agent instead.
    pub async fn agent_message(&self, input: MessageInput) -> Result<(), CoreError> {
        let Some(id) = ConversationId::from_visitor_token(&input.room.visitor_token) else { return Ok(()) };
        if !is_for_customer(&input.message, id.channel.bot()) {
            return Ok(());
        }
        match input.event {
            MessageEvent::Sent => self.send_agent_message(&id, &input.message).await,
            MessageEvent::Updated | MessageEvent::Deleted | MessageEvent::Reacted { .. } => Ok(()),
        }
    }

    pub(crate) async fn outbound_action(&self, _action: &str, _input: UiInput) -> Result<UiAnswer, CoreError> {
        Ok(UiAnswer::Done)
    }

    pub(crate) async fn outbound_tick(&self) -> Result<(), CoreError> {
        Ok(())
    }

    pub(crate) async fn outbound_later(&self, _job: &str, _data: serde_json::Value) -> Result<(), CoreError> {
        Ok(())
    }

    async fn send_agent_message(&self, id: &ConversationId, message: &Message) -> Result<(), CoreError> {
        let Some(account) = self.account(id.channel, &id.account).await? else { return Ok(()) };
        let settings = self.settings().await?;
        let text = spoken(message, &settings);
        let texts = split(&text, limits::text(id.channel.platform()));
        let mut entry = Entry {
            entry_id: self.random_hex(12),
            conversation: id.clone(),
            identity: format!("agent:{}", message.id),
            stored_at: self.now_ms(),
            event_at: message.at,
            opens_window: false,
            state: EntryState::Outgoing(Outbox {
                message_id: message.id.clone(),
                room_id: message.room_id.clone(),
                parts: texts.iter().map(|_| Part { state: PartState::Leaving }).collect(),
            }),
        };
        let _lock = self.lock(&id.to_string()).await;
        self.create_record(&entry).await?;
        let conversation = self.conversation(id).await?;
        let mut parts = Vec::new();
        for text in texts {
            let state = self.send_text(&account, &settings, &conversation, message, text).await;
            let refused = matches!(state, PartState::Refused { .. });
            parts.push(Part { state });
            if refused {
                break;
            }
        }
        if let Some(PartState::Refused { code }) = parts.last().map(|part| &part.state) {
            self.tell_agent(message, code).await?;
        }
        entry.state =
            EntryState::Outgoing(Outbox { message_id: message.id.clone(), room_id: message.room_id.clone(), parts });
        self.put_record(&entry).await
    }

    async fn send_text(
        &self,
        account: &Account,
        settings: &Settings,
        conversation: &Conversation,
        message: &Message,
        text: String,
    ) -> PartState {
        let refused = |code: &str| PartState::Refused { code: code.to_owned() };
        let person = Recipient::Id(conversation.head.id.person.clone());
        let mut wanted = Send::text(person, text);
        let opened = conversation.opened_at().map(UnixMillis);
        match decide(author(message), opened, self.now(), account.platform(), true) {
            Decision::Response => {}
            Decision::HumanAgent => wanted = wanted.human_agent(),
            Decision::Refused(why) => return refused(why.reason.code()),
        }
        let request = match send(&account.graph(settings), &account.business(), &wanted) {
            Ok(request) => request,
            Err(_) => return refused("meta-invalid-request"),
        };
        match self.meta::<Sent>(Call::Send, request).await {
            Ok(sent) => PartState::Sent { mid: sent.message_id },
            Err(refusal) => {
                self.warn("send-refused", &refusal.to_string());
                refused(refusal.class.code())
            }
        }
    }

    async fn tell_agent(&self, message: &Message, code: &str) -> Result<(), CoreError> {
        let Some(sender) = &message.sender else { return Ok(()) };
        let lang = Lang::new(&sender.language).or(&self.workspace_lang().await);
        let text = self.text(&lang, key!("send_failed"), &[("code", code)]);
        let room_id = message.room_id.clone();
        self.call(Whisper { user_id: sender.id.clone(), room_id, sender: Sender::App, text, blocks: Vec::new() }).await
    }
}

/// Whether the customer is to read it: not what they wrote themselves, not the server's notices, not ours.
fn is_for_customer(message: &Message, bot: &str) -> bool {
    let by_bot = message.sender.as_ref().is_some_and(|sender| sender.username == bot);
    message.visitor_token.is_none() && message.system_type.is_none() && !message.ours && !by_bot
}

fn author(message: &Message) -> Author {
    match message.sender.as_ref().map(|sender| sender.kind.as_str()) {
        Some("bot" | "app") => Author::Bot,
        _ => Author::Human,
    }
}

/// The text with the agent's name before it, as the setting wants.
fn spoken(message: &Message, settings: &Settings) -> String {
    let name = message.sender.as_ref().and_then(|sender| match settings.agent_name {
        AgentName::Name => Some(sender.name.as_str()),
        AgentName::Username => Some(sender.username.as_str()),
        AgentName::None => None,
    });
    match name.filter(|name| !name.is_empty()) {
        Some(name) => format!("{name}: {}", message.text),
        None => message.text.clone(),
    }
}
