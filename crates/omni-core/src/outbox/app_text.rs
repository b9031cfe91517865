//! What the app says by itself: greetings, farewells, notes to the customer.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::Host;
use crate::outbox::outgoing::OutgoingRecords;
use crate::outbox::own_words::OwnWords;
use crate::outbox::queue::{LOOK_AGAIN_MS, WAIT_MS};
use crate::outbox::twins::OutboxQueue;
use crate::store::Records;
use crate::store::archives::Archives;
use crate::store::load::Conversations;
use meta_wire::time::UnixMillis;
use meta_wire::window::{Author, Decision, decide};
use omni_domain::account::Account;
use omni_domain::compose::choices::text_parts;
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::message_record::{MessageRecord, MessageState};
use omni_domain::outgoing::{Choice, OutgoingMessage, PartState};

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
pub(crate) enum SendResult {
    /// Meta has it.
    Sent,
    /// It waits and goes out by itself.
    Waiting,
    /// It was said on this occasion before.
    Before,
    /// It does not go out: the stable word for why.
    Refused(String),
}

service! {
    /// Sends texts of the app's own to a customer, each occasion once, and takes back or gives up what waits.
    pub(crate) AppTexts {
        archives: Archives,
        cx: Context,
        conversations: Conversations,
        outbox_queue: OutboxQueue,
        outgoing_records: OutgoingRecords,
        own_words: OwnWords,
        records: Records,
    }
}

impl<H: Host> AppTexts<H> {
    /// Sends a text of the app's own and shows it in the room. Waits for the conversation's outgoing messages, not for its
    /// incoming ones: it may be called while those are worked on, but not under the lock of
    /// the outgoing ones.
    pub(crate) async fn send_app_text(
        &self,
        account: &Account,
        conversation: &Conversation,
        said: AppText,
    ) -> Result<SendResult, CoreError> {
        let id = &conversation.head.id;
        let opened = conversation.opened_at().map(UnixMillis);
        if let Decision::Refused(refused) = decide(Author::App, opened, self.cx.now(), account.platform(), false) {
            return Ok(SendResult::Refused(refused.reason.code().to_owned()));
        }
        let parts = text_parts(&said.text, said.choices, account.platform());
        let room_id = said.room_id.unwrap_or_default();
        let mut outbox = OutgoingMessage { parts, ..self.outgoing_records.outbox(String::new(), room_id) };
        outbox.set(0, PartState::InFlight);
        let mut entry = MessageRecord {
            identity: format!("app:{}", said.occasion),
            ..self.outgoing_records.outgoing_entry(id, self.cx.now_ms(), outbox)
        };
        {
            // Held until the room shows it: no other pass of this process may send it before.
            let _lock = self.cx.lock(&format!("outbox:{id}")).await;
            self.records.create_record(&entry).await?;
            self.outbox_queue.memory.fresh.borrow_mut().insert(entry.entry_id.clone(), entry.stored_at);
            if !self.is_first_to_say(&entry).await? {
                self.outbox_queue.memory.fresh.borrow_mut().remove(&entry.entry_id);
                self.records.remove_record(&entry).await?;
                return Ok(SendResult::Before);
            }
            if let MessageState::Outgoing(outbox) = &mut entry.state
                && self.own_words.show_own_words(outbox, None).await?
            {
                self.records.put_record(&entry).await?;
            }
        }
        self.outbox_queue.send_waiting(id, false).await?;
        self.what_became_of(id, &entry).await
    }

    /// Whether no other process says it, or has. One that found out too late that we say it takes its own record back.
    async fn is_first_to_say(&self, entry: &MessageRecord) -> Result<bool, CoreError> {
        let id = &entry.conversation;
        let began = self.cx.now_ms();
        loop {
            let now = self.conversations.conversation(id).await?;
            if self.outbox_queue.is_repeat(&now, entry) || self.outbox_queue.twin_to_settle(&now, entry).is_some() {
                return Ok(false);
            }
            if self.outbox_queue.twin_at_work(&now, entry).is_none() {
                return Ok(!self.archives.was_archived(id, &entry.identity).await?);
            }
            if self.cx.now_ms() - began >= WAIT_MS {
                return Ok(false);
            }
            self.cx.host.sleep(LOOK_AGAIN_MS).await;
        }
    }

    /// Takes back texts of the app's own, by what their occasions begin with, that wait and no part of which has left.
    pub(crate) async fn withdraw_app_texts(
        &self,
        conversation: &Conversation,
        occasion: &str,
    ) -> Result<(), CoreError> {
        let prefix = format!("app:{occasion}:");
        let waits = |entry: &&MessageRecord| {
            let unsent = |outbox: &OutgoingMessage| outbox.is_unsent() && outbox.is_all_here();
            entry.identity.starts_with(&prefix)
                && matches!(&entry.state, MessageState::Outgoing(outbox) if unsent(outbox))
        };
        if !conversation.entries.iter().any(|entry| waits(&entry)) {
            return Ok(());
        }
        let id = &conversation.head.id;
        let _lock = self.cx.lock(&format!("outbox:{id}")).await;
        for entry in self.conversations.conversation(id).await?.entries.iter().filter(waits) {
            self.records.remove_record(entry).await?;
        }
        Ok(())
    }

    async fn what_became_of(&self, id: &ConversationId, entry: &MessageRecord) -> Result<SendResult, CoreError> {
        let now = self.conversations.conversation(id).await?;
        let state = now.entries.iter().find(|known| known.entry_id == entry.entry_id).map(|known| &known.state);
        let Some(MessageState::Outgoing(outbox)) = state else { return Ok(SendResult::Before) };
        let refused = outbox.parts.iter().find_map(|part| match &part.state {
            PartState::Refused { code } => Some(code.clone()),
            _ => None,
        });
        Ok(match refused {
            Some(code) => SendResult::Refused(code),
            None if outbox.is_unsent() => SendResult::Waiting,
            None => SendResult::Sent,
        })
    }

    /// Reports what was held back in a conversation, and all that waits behind it, as not sent.
    pub(crate) async fn give_up_held(&self, id: &ConversationId, code: &str) -> Result<(), CoreError> {
        let _lock = self.cx.lock(&format!("outbox:{id}")).await;
        let conversation = self.conversations.conversation(id).await?;
        let mut behind = false;
        for entry in conversation.entries {
            let MessageState::Outgoing(outbox) = &entry.state else { continue };
            behind |= outbox.waits_for_somebody();
            // Of what is leaving Meta may have a part: that is found out in its own turn.
            if !behind || !outbox.is_unsent() || outbox.is_in_flight() {
                continue;
            }
            self.outbox_queue.refuse(entry, code).await?;
        }
        Ok(())
    }
}
