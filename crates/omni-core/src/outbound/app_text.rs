//! What the app says by itself: greetings, farewells, notes to the customer.

use super::queue::{LOOK_AGAIN_MS, WAIT_MS};
use crate::error::CoreError;
use crate::host::{Host, Message, RoomMessages};
use crate::notes::Noted;
use crate::session::Session;
use crate::store::{Account, Choice, Conversation, ConversationId, Entry, EntryState, Outbox, PartState};
use meta_wire::time::UnixMillis;
use meta_wire::window::{Author, Decision, decide};
use omni_domain::compose::choices::text_parts;

/// A text of ours to a customer.
#[derive(Debug, Clone)]
pub(crate) struct AppText {
    /// Names the occasion: of two texts with the same name in one conversation only the first is sent, whatever crashed
    /// or ran twice in between.
    pub(crate) occasion: String,
    /// The text.
    pub(crate) text: String,
    /// Answers to choose from.
    pub(crate) choices: Vec<Choice>,
    /// Where the agents read it: the open room, or nowhere.
    pub(crate) room_id: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// Meta has it.
    Sent,
    /// It waits and goes out by itself.
    Waiting,
    /// It was said on this occasion before.
    Before,
    /// It does not go out: the stable word for why.
    Refused(String),
}

impl<H: Host> Session<H> {
    /// Sends a text of the app's own and shows it in the room. Waits for the conversation's outgoing messages, not for its
    /// incoming ones: it may be called while those are worked on, but not from within [`Session::before_send`] and its
    /// like.
    pub(crate) async fn send_app_text(
        &self,
        account: &Account,
        conversation: &Conversation,
        said: AppText,
    ) -> Result<Said, CoreError> {
        let id = &conversation.head.id;
        let opened = conversation.opened_at().map(UnixMillis);
        if let Decision::Refused(refused) = decide(Author::App, opened, self.now(), account.platform(), false) {
            return Ok(Said::Refused(refused.reason.code().to_owned()));
        }
        let parts = text_parts(&said.text, said.choices, account.platform());
        let room_id = said.room_id.unwrap_or_default();
        let mut outbox = Outbox { parts, ..self.outbox(String::new(), room_id) };
        outbox.set(0, PartState::Leaving);
        let mut entry =
            Entry { identity: format!("app:{}", said.occasion), ..self.outgoing_entry(id, self.now_ms(), outbox) };
        {
            // Held until the room shows it: no other pass of this process may send it before.
            let _lock = self.lock(&format!("outbox:{id}")).await;
            self.create_record(&entry).await?;
            self.memory.fresh.borrow_mut().insert(entry.entry_id.clone(), entry.stored_at);
            if !self.is_first_to_say(&entry).await? {
                self.memory.fresh.borrow_mut().remove(&entry.entry_id);
                self.remove_record(&entry).await?;
                return Ok(Said::Before);
            }
            if let EntryState::Outgoing(outbox) = &mut entry.state
                && self.show_own_words(outbox, None).await?
            {
                self.put_record(&entry).await?;
            }
        }
        self.send_waiting(id, false).await?;
        self.what_became_of(id, &entry).await
    }

    /// Whether no other process says it, or has. One that found out too late that we say it takes its own record back.
    async fn is_first_to_say(&self, entry: &Entry) -> Result<bool, CoreError> {
        let id = &entry.conversation;
        let began = self.now_ms();
        loop {
            let now = self.conversation(id).await?;
            if self.is_repeat(&now, entry) || self.twin_to_settle(&now, entry).is_some() {
                return Ok(false);
            }
            if self.twin_at_work(&now, entry).is_none() {
                return Ok(!self.was_filed(id, &entry.identity).await?);
            }
            if self.now_ms() - began >= WAIT_MS {
                return Ok(false);
            }
            self.host.sleep(LOOK_AGAIN_MS).await;
        }
    }

    /// Takes back texts of the app's own, by what their occasions begin with, that wait and no part of which has left.
    pub(crate) async fn withdraw_app_texts(
        &self,
        conversation: &Conversation,
        occasion: &str,
    ) -> Result<(), CoreError> {
        let prefix = format!("app:{occasion}:");
        let waits = |entry: &&Entry| {
            let unsent = |outbox: &Outbox| outbox.is_unsent() && outbox.is_all_here();
            entry.identity.starts_with(&prefix)
                && matches!(&entry.state, EntryState::Outgoing(outbox) if unsent(outbox))
        };
        if !conversation.entries.iter().any(|entry| waits(&entry)) {
            return Ok(());
        }
        let id = &conversation.head.id;
        let _lock = self.lock(&format!("outbox:{id}")).await;
        for entry in self.conversation(id).await?.entries.iter().filter(waits) {
            self.remove_record(entry).await?;
        }
        Ok(())
    }

    /// Shows in the room what the app says there, unless that is done, or would count as an agent's answer. A process may have ended between storing the text
    /// and showing it, or between showing it and noting so: `stored_at` then says since when it may stand there.
    pub(super) async fn show_own_words(&self, outbox: &mut Outbox, stored_at: Option<i64>) -> Result<bool, CoreError> {
        let shown = !outbox.message_id.is_empty() || outbox.room_id.is_empty() || outbox.sender_id.is_some();
        if shown {
            return Ok(false);
        }
        let text = outbox.parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n");
        let mut found = None;
        if let Some(since) = stored_at {
            let recent = self.call(RoomMessages { room_id: outbox.room_id.clone(), limit: 30 }).await?;
            let is_it = |message: &Message| message.ours && message.text == text && message.at >= since;
            found = recent.into_iter().find(is_it).map(|message| message.id);
        }
        outbox.message_id = match found {
            Some(message_id) => message_id,
            None => match self.note_in_room(&outbox.room_id, text, Vec::new()).await {
                Ok(Noted::Posted(message_id)) => message_id,
                Ok(Noted::Added | Noted::Waits) => return Ok(false),
                Err(error) => {
                    // A room that was closed may take no more messages; the customer is told all the same.
                    self.warn("app-text-not-shown", error.code());
                    return Ok(false);
                }
            },
        };
        Ok(true)
    }

    async fn what_became_of(&self, id: &ConversationId, entry: &Entry) -> Result<Said, CoreError> {
        let now = self.conversation(id).await?;
        let state = now.entries.iter().find(|known| known.entry_id == entry.entry_id).map(|known| &known.state);
        let Some(EntryState::Outgoing(outbox)) = state else { return Ok(Said::Before) };
        let refused = outbox.parts.iter().find_map(|part| match &part.state {
            PartState::Refused { code } => Some(code.clone()),
            _ => None,
        });
        Ok(match refused {
            Some(code) => Said::Refused(code),
            None if outbox.is_unsent() => Said::Waiting,
            None => Said::Sent,
        })
    }

    /// Reports what was held back in a conversation, and all that waits behind it, as not sent.
    pub(crate) async fn give_up_held(&self, id: &ConversationId, code: &str) -> Result<(), CoreError> {
        let _lock = self.lock(&format!("outbox:{id}")).await;
        let conversation = self.conversation(id).await?;
        let mut behind = false;
        for entry in conversation.entries {
            let EntryState::Outgoing(outbox) = &entry.state else { continue };
            behind |= outbox.waits_for_somebody();
            // Of what is leaving Meta may have a part: that is found out in its own turn.
            if !behind || !outbox.is_unsent() || outbox.is_leaving() {
                continue;
            }
            self.refuse(entry, code).await?;
        }
        Ok(())
    }
}
