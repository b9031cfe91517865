//! Sending what the app says of its own accord, once.

use crate::error::CoreError;
use crate::host::{Host, Post, Sender};
use crate::session::Session;
use crate::store::{Account, Conversation, Entry, EntryState, Outbox, Part, PartState};
use meta_wire::answer::{Call, Sent};
use meta_wire::request::send::QuickReply;
use meta_wire::request::{Recipient, Send, send};

/// A text of the app for a customer.
#[derive(Debug, Clone)]
pub(super) struct AppText {
    /// What makes it the same text: under one identity it is sent once.
    pub(super) identity: String,
    /// The room that shows it, where there is one.
    pub(super) room_id: Option<String>,
    /// The text.
    pub(super) text: String,
    /// Answers to choose from: what each shows, and what comes back.
    pub(super) choices: Vec<(String, String)>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Meta has it, or will: it is in good hands.
    Done,
    /// Meta refused it.
    Refused {
        /// Stable word for the reason.
        code: String,
    },
}

impl<H: Host> Session<H> {
    pub(super) async fn send_app_text(
        &self,
        account: &Account,
        conversation: &mut Conversation,
        wanted: AppText,
    ) -> Result<Said, CoreError> {
        let mut entry = Entry {
            entry_id: self.random_hex(12),
            conversation: conversation.head.id.clone(),
            identity: wanted.identity.clone(),
            stored_at: self.now_ms(),
            event_at: self.now_ms(),
            opens_window: false,
            state: EntryState::Outgoing(Outbox {
                message_id: String::new(),
                room_id: wanted.room_id.clone().unwrap_or_default(),
                parts: vec![Part { state: PartState::Leaving }],
            }),
        };
        self.create_record(&entry).await?;
        *conversation = self.conversation(&entry.conversation).await?;
        let first = conversation.entries.iter().find(|known| known.identity == entry.identity);
        if first.is_some_and(|first| first.entry_id != entry.entry_id) {
            self.remove_record(&entry).await?;
            return Ok(Said::Done);
        }
        let reply = |(title, payload): (String, String)| QuickReply::Text { title, payload, image_url: None };
        let person = Recipient::Id(conversation.head.id.person.clone());
        let message = Send::text(person, wanted.text.clone());
        let message = message.quick_replies(wanted.choices.into_iter().map(reply).collect());
        let settings = self.settings().await?;
        let state = match send(&account.graph(&settings), &account.business(), &message) {
            Ok(request) => match self.meta::<Sent>(Call::Send, request).await {
                Ok(sent) => PartState::Sent { mid: sent.message_id },
                Err(refusal) => PartState::Refused { code: refusal.class.code().to_owned() },
            },
            Err(_) => PartState::Refused { code: "meta-invalid-request".to_owned() },
        };
        let mut message_id = String::new();
        if let (PartState::Sent { .. }, Some(room_id)) = (&state, wanted.room_id.clone()) {
            let sender = Sender::User { username: account.channel.bot().to_owned() };
            let post = Post { room_id, sender, text: wanted.text, attachments: Vec::new(), blocks: Vec::new(), thread_id: None };
            message_id = self.call(post).await?;
        }
        let code = match &state {
            PartState::Refused { code } => Some(code.clone()),
            _ => None,
        };
        let room_id = wanted.room_id.unwrap_or_default();
        entry.state = EntryState::Outgoing(Outbox { message_id, room_id, parts: vec![Part { state }] });
        self.put_record(&entry).await?;
        conversation.put(entry);
        Ok(code.map_or(Said::Done, |code| Said::Refused { code }))
    }
}
