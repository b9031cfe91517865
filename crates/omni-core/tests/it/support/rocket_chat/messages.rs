//! Messages: of visitors, of the app, and what happens to them later.

use super::{APP_USER, Event, FAILED, NOTHING, Refused, RocketChat};
use omni_core::api::{Channel, MessageEvent, MessageInput};
use omni_core::host::{Card, Message, MessageEdit, Post, React, User, Visitor, VisitorMessage, Whisper};
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Debug, Clone)]
pub struct StoredMessage {
    pub message: Message,
    /// Emoji and handle.
    pub reactions: BTreeSet<(String, String)>,
    /// How often it was rewritten.
    pub edits: usize,
}

/// A message that one person saw, once.
#[derive(Debug, Clone)]
pub struct Whispered {
    pub user_id: String,
    pub room_id: String,
    /// Handle.
    pub sender: String,
    pub text: String,
    pub blocks: Vec<Value>,
}

impl RocketChat {
    pub fn message(&self, id: &str) -> Option<&StoredMessage> {
        self.messages.iter().find(|stored| stored.message.id == id)
    }

    /// Messages of a room, oldest first.
    pub fn in_room(&self, room_id: &str) -> Vec<&Message> {
        self.messages.iter().map(|stored| &stored.message).filter(|message| message.room_id == room_id).collect()
    }

    /// Texts of the visitor's messages in every room, oldest first.
    pub fn visitor_texts(&self, token: &str) -> Vec<&str> {
        let all = self.messages.iter().map(|stored| &stored.message);
        all.filter(|message| message.visitor_token.as_deref() == Some(token))
            .map(|message| message.text.as_str())
            .collect()
    }

    pub(in crate::support) fn visitor_message(&mut self, call: VisitorMessage) -> Result<String, Refused> {
        if call.visitor.token.is_empty() {
            return Err(FAILED);
        }
        check_cards(&call.attachments)?;
        check_mentions(&call.text)?;
        if !self.environment.omnichannel {
            return Err("error-omnichannel-is-disabled");
        }
        // The message converter refuses a room that does not exist before Omnichannel sees the message.
        let room = self.room(&call.room_id).ok_or(FAILED)?.clone();
        let room = if room.open { room } else { self.open_room(&call.visitor, None)? };
        if room.visitor_token != call.visitor.token {
            return Err("cannot-access-room");
        }
        let message = Message { cards: call.attachments, ..by_visitor(&room.id, &call.text, &call.visitor) };
        Ok(self.put_message(message))
    }

    pub(in crate::support) fn post(&mut self, call: Post) -> Result<String, Refused> {
        let channel = self.channels.iter().find(|channel| channel.id == call.room_id);
        if channel.is_none() && self.room(&call.room_id).is_none() {
            return Err("no-such-room");
        }
        let sender = self.speaker(&call.sender)?;
        if channel.is_some_and(|channel| !channel.members.contains(&sender.username)) {
            return Err("error-not-allowed");
        }
        check_cards(&call.attachments)?;
        check_mentions(&call.text)?;
        if call.thread_id.is_some() && !self.threads {
            return Err("error-not-allowed");
        }
        if call.text.encode_utf16().count() > 5_000 {
            return Err("error-message-size-exceeded");
        }
        if !self.is_within_limit(&call.room_id) {
            return Err("error-mac-limit-reached");
        }
        let (cards, blocks, thread_id) = (call.attachments, call.blocks, call.thread_id);
        let ours = is_ours(&sender);
        let message = Message { ours, cards, blocks, thread_id, ..blank(&call.room_id, &call.text, Some(sender)) };
        Ok(self.put_message(message))
    }

    pub(super) fn put_message(&mut self, mut message: Message) -> String {
        message.id = self.id("message");
        message.at = self.now();
        let id = message.id.clone();
        self.count(&message);
        self.messages.push(StoredMessage { message, reactions: BTreeSet::new(), edits: 0 });
        self.tell_message(MessageEvent::Sent, &id, None);
        id
    }

    pub(in crate::support) fn message_edit(&mut self, call: MessageEdit) -> Result<(), Refused> {
        call.attachments.as_deref().map_or(Ok(()), check_cards)?;
        call.text.as_deref().map_or(Ok(()), check_mentions)?;
        let editor = self.user(APP_USER).cloned();
        self.edit(&call.message_id, editor, |message| {
            message.text = call.text.unwrap_or_else(|| std::mem::take(&mut message.text));
            message.cards = call.attachments.unwrap_or_else(|| std::mem::take(&mut message.cards));
            message.blocks = call.blocks.unwrap_or_else(|| std::mem::take(&mut message.blocks));
        })
    }

    pub(super) fn edit(
        &mut self,
        id: &str,
        editor: Option<User>,
        change: impl FnOnce(&mut Message),
    ) -> Result<(), Refused> {
        let stored = self.messages.iter_mut().find(|stored| stored.message.id == id).ok_or(FAILED)?;
        change(&mut stored.message);
        stored.edits += 1;
        self.tell_message(MessageEvent::Updated, id, editor);
        Ok(())
    }

    /// Deletes the message when it is there, with its files.
    pub(in crate::support) fn delete_message(&mut self, id: &str, by: &str) {
        let Some(stored) = self.message(id) else { return };
        let gone = stored.message.clone();
        self.files.retain(|file, _| !gone.files.iter().any(|of_message| of_message.id == *file));
        let actor = self.user(by).cloned();
        self.tell_message(MessageEvent::Deleted, id, actor);
        if let Some(stored) = self.messages.iter_mut().find(|stored| stored.message.id == id && self.show_deleted) {
            let Message { id, room_id, at, sender, visitor_token, ours, .. } = gone;
            let system_type = Some("rm".to_owned());
            stored.message = Message { id, at, visitor_token, ours, system_type, ..blank(&room_id, "", sender) };
            stored.reactions.clear();
        } else {
            self.messages.retain(|stored| stored.message.id != id);
        }
    }

    pub(in crate::support) fn react(&mut self, call: &React) -> Result<(), Refused> {
        self.set_reaction(&call.message_id, APP_USER, &call.emoji, call.on)
    }

    pub(super) fn set_reaction(&mut self, id: &str, by: &str, emoji: &str, on: bool) -> Result<(), Refused> {
        let stored = self.messages.iter_mut().find(|stored| stored.message.id == id).ok_or(FAILED)?;
        let reaction = (emoji.to_owned(), by.to_owned());
        let changed = if on { stored.reactions.insert(reaction) } else { stored.reactions.remove(&reaction) };
        if changed {
            let actor = self.user(by).cloned();
            self.tell_message(MessageEvent::Reacted { emoji: emoji.to_owned(), on }, id, actor);
        }
        Ok(())
    }

    pub(in crate::support) fn room_messages(&self, room_id: &str, limit: u32) -> Vec<Message> {
        let limit = usize::try_from(limit.min(100)).unwrap_or_default();
        self.in_room(room_id).into_iter().rev().take(limit).cloned().collect()
    }

    pub(in crate::support) fn whisper(&mut self, call: Whisper) -> Result<(), Refused> {
        self.user_by_id(&call.user_id).ok_or(NOTHING)?;
        if self.room(&call.room_id).is_none() && !self.channels.iter().any(|channel| channel.id == call.room_id) {
            return Err("no-such-room");
        }
        let sender = self.speaker(&call.sender)?.username;
        let Whisper { user_id, room_id, text, blocks, .. } = call;
        self.whispers.push(Whispered { user_id, room_id, sender, text, blocks });
        Ok(())
    }

    /// What the shim hands on: messages of Omnichannel rooms that this app is the source of.
    fn tell_message(&mut self, event: MessageEvent, id: &str, actor: Option<User>) {
        let Some(message) = self.message(id).map(|stored| stored.message.clone()) else { return };
        let Some(room) = self.room(&message.room_id).filter(|room| room.ours).cloned() else { return };
        self.events.push(Event::Message(Box::new(MessageInput { event, message, room, actor, too_large: false })));
    }
}

/// A message that says this much and no more; it gets its id and time when it is stored.
pub(super) fn blank(room_id: &str, text: &str, sender: Option<User>) -> Message {
    Message {
        id: String::new(),
        room_id: room_id.to_owned(),
        text: text.to_owned(),
        at: 0,
        sender,
        visitor_token: None,
        system_type: None,
        ours: false,
        files: Vec::new(),
        cards: Vec::new(),
        blocks: Vec::new(),
        thread_id: None,
    }
}

/// A message of a visitor: the server shows its author as a user of unknown kind.
pub(super) fn by_visitor(room_id: &str, text: &str, visitor: &Visitor) -> Message {
    let sender = User {
        id: visitor.id.clone(),
        username: visitor.username.clone(),
        name: visitor.name.clone(),
        roles: Vec::new(),
        language: String::new(),
        kind: "unknown".to_owned(),
    };
    Message { visitor_token: Some(visitor.token.clone()), ..blank(room_id, text, Some(sender)) }
}

/// The app made it: its own user and its bots.
fn is_ours(user: &User) -> bool {
    user.username == APP_USER || Channel::ALL.iter().any(|channel| channel.bot() == user.username)
}

/// Neither visitors nor apps may call everybody: the server's pattern of a mention, and what it compares with.
fn check_mentions(text: &str) -> Result<(), Refused> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let calls = text.match_indices('@').any(|(at, _)| {
        let (before, sign) = text.split_at(at);
        let free = before.chars().next_back().is_none_or(|before| before.is_whitespace() || before == '>');
        let name: String = sign.chars().skip(1).take_while(|c| is_name(*c)).collect();
        free && ["all", "here"].contains(&name.as_str())
    });
    if calls { Err("error-action-not-allowed") } else { Ok(()) }
}

/// Addresses in attachments are absolute or below `/file-upload/`; any other gets the whole message refused.
fn check_cards(cards: &[Card]) -> Result<(), Refused> {
    let allowed = |url: &String| ["http://", "https://", "/file-upload/"].iter().any(|start| url.starts_with(start));
    let urls = cards.iter().flat_map(|card| [&card.image_url, &card.title_link]).flatten();
    if urls.into_iter().all(allowed) { Ok(()) } else { Err(FAILED) }
}
