//! Which customers wrote while no agent could serve.
//!
//! A customer's messages wait as message records of the conversation. A `Waiting` says whose they are, since when they wait and
//! how urgent it is. It is written before the first message record waits for an agent, and goes after the last one is shown: a
//! process that ends in between leaves one too many, never one too few.

use crate::automation::auto_messages::AutoMessages;
use crate::automation::origin::Origins;
use crate::context::{Context, FollowUp};
use crate::error::CoreError;
use crate::gateway::people::People;
use crate::host::{Host, StoreRemove};
use crate::outbox::app_text::AppTexts;
use crate::store::Records;
use crate::store::waiting_list::{ALL, WaitingList, key};
use meta_wire::webhook::Item;
use omni_domain::account::Account;
use omni_domain::conversation::Conversation;
use omni_domain::message_record::MessageRecord;
use omni_domain::routing::template::Occasion;
use omni_domain::settings::OfflineAction;
use omni_domain::waiting::{Hold, Waiting, messages_held};

service! {
    /// Notes which customers wrote while no agent could serve, since when, and how urgent it is.
    pub(crate) WaitingEntries {
        app_texts: AppTexts,
        auto_messages: AutoMessages,
        cx: Context,
        origins: Origins,
        people: People,
        records: Records,
        waiting_list: WaitingList,
    }
}

impl<H: Host> WaitingEntries<H> {
    /// A customer's event cannot be shown, since no agent can serve: the customer waits. On return that is stored; the
    /// event itself must be kept by the caller.
    pub(crate) async fn hold_for_later(
        &self,
        conversation: &Conversation,
        account: &Account,
        entry: &MessageRecord,
        item: &Item,
    ) -> Result<Hold, CoreError> {
        let id = &conversation.head.id;
        // A customer whose conversation is open is served; that goes on as soon as the server lets it.
        let message_only =
            conversation.head.room_id.is_none() && self.cx.settings().await?.offline == OfflineAction::Message;
        let known = self.waiting_list.waiting_in(id).await?;
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
                name: self.people.known_name(conversation).await?,
                since: entry.event_at,
                opened_at,
                messages,
                origin: self.origins.origin(account, id, item).await?,
                message_only,
                told: tell,
            },
        };
        let due = if tell { self.auto_messages.note_nobody_is_there(account, &waiting).await? } else { None };
        self.records.put_record(&waiting).await?;
        if let Some(due) = due {
            self.auto_messages.carry_out_due(conversation, account, &due).await?;
        }
        if waiting.message_only {
            return Ok(Hold::File);
        }
        self.cx.follow_later(FollowUp::Waiting, "board-not-shown");
        Ok(Hold::Keep)
    }

    /// Nothing of the conversation waits any more.
    pub(crate) async fn waits_no_longer(&self, conversation: &Conversation) -> Result<(), CoreError> {
        let id = &conversation.head.id;
        self.cx.call(StoreRemove { keys: vec![ALL.into(), key(id)] }).await?;
        // No customer reads that no agent is there once one is.
        self.app_texts.withdraw_app_texts(conversation, Occasion::Offline.as_str()).await?;
        self.cx.follow_later(FollowUp::Waiting, "board-not-shown");
        Ok(())
    }

    /// Something else happened while messages wait: the window was opened anew, or one of them was taken back.
    pub(crate) async fn waiting_changed(&self, conversation: &Conversation) -> Result<(), CoreError> {
        let Some(known) = self.waiting_list.waiting_in(&conversation.head.id).await? else { return Ok(()) };
        let opened_at = known.opened_at.max(conversation.opened_at());
        let waiting = Waiting { opened_at, messages: messages_held(conversation, None), ..known.clone() };
        if waiting != known {
            self.records.put_record(&waiting).await?;
            self.cx.follow_later(FollowUp::Waiting, "board-not-shown");
        }
        Ok(())
    }
}
