//! The ledger of those who wrote while nobody could answer.
//!
//! A customer's messages wait as entries of the conversation; what is kept here says whose, since when and how urgent it
//! is. The record comes before the first entry is set aside, and goes after the last one is shown: whatever ends in
//! between leaves a record too many, never one too few.

use crate::error::CoreError;
use crate::host::{Host, StoreRemove, VisitorFind};
use crate::session::Session;
use crate::settings::OfflineAction;
use crate::store::{Account, Conversation, ConversationId, Entry, Record};
use meta_wire::webhook::Item;
use omni_domain::routing::template::Occasion;
use omni_domain::waiting::{Hold, Waiting, by_urgency, messages_held};

/// The key of everybody who waits.
const ALL: &str = "waiting";

impl Record for Waiting {
    const KIND: &'static str = "waiting";

    fn keys(&self) -> Vec<String> {
        vec![ALL.into(), key(&self.conversation), record_key(&self.waiting_id)]
    }
}

fn key(id: &ConversationId) -> String {
    format!("waiting:{id}")
}

fn record_key(waiting_id: &str) -> String {
    format!("waiting-record:{waiting_id}")
}

impl<H: Host> Session<H> {
    /// A customer's event cannot be shown, since nobody can serve: it goes on the ledger. On return that is stored; the
    /// event itself must be kept by the caller.
    pub(crate) async fn hold_for_later(
        &self,
        conversation: &Conversation,
        account: &Account,
        entry: &Entry,
        item: &Item,
    ) -> Result<Hold, CoreError> {
        let id = &conversation.head.id;
        // Whoever is in a conversation is served; that goes on as soon as the server lets it.
        let message_only =
            conversation.head.room_id.is_none() && self.settings().await?.offline == OfflineAction::Message;
        let known = self.waiting_in(id).await?;
        let tell = entry.addresses_us() && !known.as_ref().is_some_and(|known| known.told);
        // Counted, not added up: setting this one aside may be done again after a crash.
        let messages = messages_held(conversation, Some(entry));
        let opened_at = conversation.opened_at();
        let waiting = match known {
            Some(known) => Waiting {
                opened_at: opened_at.max(known.opened_at),
                messages,
                // Where something is kept the rest is kept too, whatever the setting says by now.
                message_only: message_only && known.message_only,
                told: known.told || tell,
                ..known
            },
            None => Waiting {
                waiting_id: entry.entry_id.clone(),
                conversation: id.clone(),
                name: self.known_name(conversation).await?,
                since: entry.event_at,
                opened_at,
                messages,
                origin: self.origin(account, id, item).await?,
                message_only,
                told: tell,
            },
        };
        let due = if tell { self.note_nobody_is_there(account, &waiting).await? } else { None };
        self.put_record(&waiting).await?;
        if let Some(due) = due {
            self.carry_out_due(conversation, account, &due).await?;
        }
        if waiting.message_only {
            return Ok(Hold::File);
        }
        self.show_board_soon();
        Ok(Hold::Keep)
    }

    /// Everybody who waits, most urgent first.
    pub(super) async fn waiting(&self) -> Result<Vec<Waiting>, CoreError> {
        Ok(by_urgency(self.read_records(ALL).await?, self.now_ms()))
    }

    /// Who waits in this conversation, if anybody.
    pub(super) async fn waiting_in(&self, id: &ConversationId) -> Result<Option<Waiting>, CoreError> {
        self.read_one(&key(id)).await
    }

    /// Who began to wait with this entry, if they still do.
    pub(super) async fn waiting_named(&self, waiting_id: &str) -> Result<Option<Waiting>, CoreError> {
        self.read_one(&record_key(waiting_id)).await
    }

    /// Nothing of the conversation waits any more.
    pub(crate) async fn waits_no_longer(&self, conversation: &Conversation) -> Result<(), CoreError> {
        let id = &conversation.head.id;
        self.call(StoreRemove { keys: vec![ALL.into(), key(id)] }).await?;
        // Nobody reads that nobody is there once somebody is.
        self.withdraw_app_texts(conversation, Occasion::Offline.as_str()).await?;
        self.show_board_soon();
        Ok(())
    }

    /// Something else happened while messages wait: the window was opened anew, or one of them was taken back.
    pub(crate) async fn waiting_changed(&self, conversation: &Conversation) -> Result<(), CoreError> {
        let Some(known) = self.waiting_in(&conversation.head.id).await? else { return Ok(()) };
        let opened_at = known.opened_at.max(conversation.opened_at());
        let waiting = Waiting { opened_at, messages: messages_held(conversation, None), ..known.clone() };
        if waiting != known {
            self.put_record(&waiting).await?;
            self.show_board_soon();
        }
        Ok(())
    }

    /// The customer's name as the server has it.
    pub(crate) async fn known_name(&self, conversation: &Conversation) -> Result<Option<String>, CoreError> {
        let visitor = match &conversation.head.visitor {
            Some(visitor) => Some(visitor.clone()),
            None => {
                let token = self.visitor_token(&conversation.head.id).await?;
                self.call(VisitorFind { token }).await?
            }
        };
        Ok(visitor.map(|visitor| visitor.name))
    }
}
