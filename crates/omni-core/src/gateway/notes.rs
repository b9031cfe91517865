//! What the app writes into an Omnichannel room of its own accord.
//!
//! Rocket.Chat takes every message there that is neither a visitor's nor the server's own for an agent's answer: response
//! times, the licence's monthly contacts and the clock of abandoned conversations start with it, and the one of the
//! automatic transfer stops
//! ([hooks](https://github.com/RocketChat/Rocket.Chat/tree/develop/apps/meteor/app/livechat/server/hooks)). So the app
//! writes nothing while a customer waits for an answer, unless the server is set to leave it out. Rewriting a message
//! counts for nothing, and what one person alone is shown does neither.

use crate::context::{Context, FollowUp};
use crate::error::CoreError;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Card, Host, Message, MessageEdit, Post, Room, RoomFind, RoomMessages, Sender, Whisper};
use crate::store::Records;
use crate::store::accounts::Accounts;
use crate::store::installations::Installations;
use crate::store::load::Conversations;
use omni_domain::conversation::{Conversation, ConversationId, ConversationState, Unshown};
use omni_domain::key;
use omni_domain::message_record::MessageRecord;
use omni_domain::timing::moment;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The server's word for it that the licence's monthly contacts are used up: in rooms of further ones only visitors write.
pub(crate) const CONTACTS_USED_UP: &str = "error-mac-limit-reached";

/// How many of a room's newest messages are searched for the app's last note.
const LOOK_BACK: u32 = 100;

/// How many texts of the app's own are kept until they are shown.
const MOST_UNSHOWN: usize = 10;

/// What became of a note.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// It is a message with this id.
    Posted(String),
    /// It stands under an earlier note.
    Added,
    /// It has to wait: for an answer, for the customer's next message, or for the licence.
    Waits,
}

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct NotesMemory {
    /// The month in which it was last said that the licence's contacts are used up, as `2026-11`.
    pub(crate) contacts_told: RefCell<String>,
}

service! {
    /// Writes into Omnichannel rooms what the app has to say there, so that none of it counts as an agent's answer.
    pub(crate) Notes {
        accounts: Accounts,
        cx: Context,
        conversations: Conversations,
        installations: Installations,
        records: Records,
        speaker: Speaker,
    } remembers NotesMemory
}

impl<H: Host> Notes<H> {
    /// The room, if its customer waits for an answer and a note would count as one.
    pub(crate) async fn awaits_answer(&self, room_id: &str) -> Result<Option<Room>, CoreError> {
        if !self.cx.environment().await?.counts_notes() {
            return Ok(None);
        }
        let room = self.cx.call(RoomFind { room_id: room_id.to_owned() }).await?;
        Ok(room.filter(|room| room.waiting))
    }

    /// Writes a note for all to read.
    pub(crate) async fn note_in_room(&self, room_id: &str, text: String, cards: Vec<Card>) -> Result<Noted, CoreError> {
        match self.awaits_answer(room_id).await? {
            Some(room) => self.add_to_closed(&room, &text, cards).await,
            None => Ok(self.post_in_room(room_id, text, cards, Vec::new()).await?.map_or(Noted::Waits, Noted::Posted)),
        }
    }

    /// In a room that was closed without an answer to the customer's last words a note goes under the app's last one.
    async fn add_to_closed(&self, room: &Room, text: &str, cards: Vec<Card>) -> Result<Noted, CoreError> {
        if room.open {
            return Ok(Noted::Waits);
        }
        let messages = self.cx.call(RoomMessages { room_id: room.id.clone(), limit: LOOK_BACK }).await?;
        let is_note =
            |message: &Message| message.ours && message.system_type.is_none() && message.visitor_token.is_none();
        let Some(last) = messages.into_iter().find(is_note) else { return Ok(Noted::Waits) };
        let text = Some(text.to_owned()).filter(|text| !text.is_empty());
        let new: Vec<Card> =
            text.map(|text| Card { text: Some(text), ..Card::default() }).into_iter().chain(cards).collect();
        // An attempt that failed behind it may have added it.
        if !new.iter().all(|card| last.cards.iter().any(|known| known.text == card.text && known.title == card.title)) {
            let attachments = Some(last.cards.into_iter().chain(new).collect());
            self.cx.call(MessageEdit { message_id: last.id, text: None, attachments, blocks: None }).await?;
        }
        Ok(Noted::Added)
    }

    /// Writes as the app, whatever it counts as; `None` where the licence lets nobody write.
    pub(crate) async fn post_in_room(
        &self,
        room_id: &str,
        text: String,
        attachments: Vec<Card>,
        blocks: Vec<Value>,
    ) -> Result<Option<String>, CoreError> {
        let room_id = room_id.to_owned();
        match self.cx.call(Post { room_id, sender: Sender::App, text, attachments, blocks, thread_id: None }).await {
            Err(error) if error.code() == CONTACTS_USED_UP => {
                self.tell_contacts_used_up().await;
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// Tells the agents of a room something: for all to read, where its id is answered. While the customer waits only one of
    /// them is told: `user`, otherwise the serving agent.
    pub(crate) async fn tell_in_room(
        &self,
        room_id: &str,
        user: Option<&str>,
        text: String,
        blocks: Vec<Value>,
    ) -> Result<Option<String>, CoreError> {
        let Some(room) = self.awaits_answer(room_id).await? else {
            return self.post_in_room(room_id, text, Vec::new(), blocks).await;
        };
        if self.add_to_closed(&room, &text, Vec::new()).await? == Noted::Added {
            return Ok(None);
        }
        let user_id = user.map(ToOwned::to_owned).or(room.served_by.map(|agent| agent.id));
        match user_id {
            Some(user_id) => {
                self.cx.call(Whisper { user_id, room_id: room.id, sender: Sender::App, text, blocks }).await?;
            }
            // It is told when it matters, or stands in the log.
            None => self.cx.warn("room-not-told", "nobody serves it yet"),
        }
        Ok(None)
    }

    /// Administrators learn once a month that the licence keeps agents from answering.
    pub(crate) async fn tell_contacts_used_up(&self) {
        let month = moment(self.cx.now_ms()).chars().take(7).collect::<String>();
        if self.memory.contacts_told.replace(month.clone()) == month {
            return;
        }
        let told = async {
            let mut is_news = false;
            self.installations
                .update_installation(|installation| {
                    is_news = installation.contacts_told.as_ref() != Some(&month);
                    installation.contacts_told = Some(month.clone());
                })
                .await?;
            if !is_news {
                return Ok(());
            }
            let text = self.cx.text(&self.cx.workspace_lang().await, key!("contacts_used_up"), &[]);
            let channels: BTreeSet<_> = self.accounts.accounts().await?.iter().map(|account| account.channel).collect();
            for channel in channels {
                self.speaker.inform(channel, text.clone(), Vec::new()).await;
            }
            Ok::<_, CoreError>(())
        };
        if let Err(error) = told.await {
            self.cx.warn("contacts-untold", error.code());
        }
    }

    /// An agent answered: what had to wait for that is shown, behind whatever is at hand.
    pub(crate) fn catch_up(&self, conversation: &Conversation) {
        let waits = conversation.entries.iter().any(MessageRecord::is_aside) || !conversation.head.unshown.is_empty();
        if !waits || conversation.head.room_id.is_none() {
            return;
        }
        self.cx.follow_later(FollowUp::Answered(conversation.head.id.clone()), "notes-not-caught-up");
    }

    /// The customer has a text of the app's own that the room does not show: it is kept for when somebody has answered.
    pub(crate) async fn keep_unshown(
        &self,
        head: &mut ConversationState,
        room_id: &str,
        text: String,
    ) -> Result<(), CoreError> {
        if head.room_id.as_deref() != Some(room_id) || head.unshown.len() >= MOST_UNSHOWN {
            return Ok(());
        }
        head.unshown.push(Unshown { at: self.cx.now_ms(), text });
        self.records.put_record(head).await
    }

    /// Shows what the app had told the customer before an agent answered, with the time.
    pub(crate) async fn show_unshown(&self, id: &ConversationId) -> Result<(), CoreError> {
        let _lock = self.cx.lock(&id.to_string()).await;
        let mut head = self.conversations.conversation(id).await?.head;
        let Some(room_id) = head.room_id.clone() else { return Ok(()) };
        let lang = self.cx.workspace_lang().await;
        let card = |said: &Unshown| Card {
            title: Some(self.cx.text(&lang, key!("out_said_at"), &[("at", &moment(said.at))])),
            text: Some(said.text.clone()),
            ..Card::default()
        };
        let cards: Vec<Card> = head.unshown.iter().map(card).collect();
        if cards.is_empty() || self.note_in_room(&room_id, String::new(), cards).await? == Noted::Waits {
            return Ok(());
        }
        head.unshown.clear();
        self.records.put_record(&head).await
    }
}
