//! What happens to a message afterwards: edited, or taken back.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::notes::Notes;
use crate::host::{Card, Host, Message as RoomMessage, MessageDelete, MessageEdit as EditMessage, MessageFind};
use crate::inbox::deliver::Delivery;
use crate::inbox::quote::Quotes;
use crate::inbox::room::Rooms;
use crate::inbox::showing::{Delivered, DeliveryContext, Disposition};
use crate::store::Records;
use crate::store::archives::Archives;
use crate::waiting::entries::WaitingEntries;
use meta_wire::ids::Mid;
use meta_wire::webhook::{Event, Item, MessageEdit, Unsend};
use omni_domain::identity::{edit_prefix, is_outdated};
use omni_domain::key;
use omni_domain::message_record::{Link, MessageRecord, MessageState};
use omni_domain::render::cards::plain_card;
use omni_domain::render::text::{done, harmless};
use omni_domain::render::voice::Voice;
use omni_domain::settings::UnsendAction;
use omni_domain::texts::Lang;

service! {
    /// Shows what happens to a message afterwards: edited, or taken back.
    pub(crate) Edits {
        archives: Archives,
        cx: Context,
        delivery: Delivery,
        notes: Notes,
        quotes: Quotes,
        records: Records,
        rooms: Rooms,
        waiting_entries: WaitingEntries,
    }
}

impl<H: Host> Edits<H> {
    /// The mirrored message gets the new text. Where it is gone, the new text is said.
    pub(crate) async fn show_edit(
        &self,
        showing: &mut DeliveryContext<'_>,
        edit: &MessageEdit,
    ) -> Result<Disposition, CoreError> {
        // Without a new text nothing is known to have changed.
        let Some(text) = edit.new_text().filter(|_| !is_outdated(&showing.conversation.entries, showing.entry, edit))
        else {
            return Ok(Disposition::Delivered(Delivered::nothing()));
        };
        let text = harmless(text);
        let link = self.archives.find_link_by_mid(showing.conversation, &edit.mid).await?;
        if link.as_ref().is_some_and(|link| link.room_id.is_none() && link.message_ids.is_empty()) {
            // Taken back before anybody saw it.
            return Ok(Disposition::Delivered(Delivered::nothing()));
        }
        if let Some(link) = link.filter(|link| !link.outgoing)
            && let Some(message) = self.text_message(&link).await?
        {
            let text = Some(text);
            self.cx.call(EditMessage { message_id: message.id, text, attachments: None, blocks: None }).await?;
            return Ok(Disposition::Delivered(Delivered { room_id: link.room_id, ..Delivered::nothing() }));
        }
        // Nobody has seen the words yet.
        if !self.rooms.enter_room(showing).await? {
            return Ok(Disposition::AwaitingAgent);
        }
        let lang = self.cx.room_lang().await;
        let card = plain_card(self.cx.translator(&lang), key!("in_edited"), None);
        self.delivery.say(showing, text, vec![card]).await?;
        Ok(showing.finish(None))
    }

    /// What becomes of a message that was taken back is a setting. Files are copies too.
    pub(crate) async fn show_unsend(
        &self,
        showing: &mut DeliveryContext<'_>,
        unsend: &Unsend,
    ) -> Result<Disposition, CoreError> {
        self.forget_unseen(showing, &unsend.mid).await?;
        self.forget_event(showing, &unsend.mid).await?;
        let Some(link) = self.archives.find_link_by_mid(showing.conversation, &unsend.mid).await? else {
            return Ok(Disposition::Delivered(Delivered::nothing()));
        };
        let lang = self.cx.room_lang().await;
        let network = showing.account.channel.label();
        let key = if unsend.by_business { key!("in_unsent_by_business") } else { key!("in_unsent") };
        let note = done(&self.cx.text(&lang, key, &[("network", network)]));
        // An agent's message is the agent's: it stays, with a note.
        let action = if link.outgoing { UnsendAction::Keep } else { self.cx.settings().await?.unsend };
        match action {
            UnsendAction::Keep => {
                let card = self.quotes.quote_of(&link, &lang).await?;
                let voice = if unsend.by_business { Voice::App } else { Voice::Customer };
                return self.remark(showing, voice, &link, note, card).await;
            }
            UnsendAction::CustomerReaction => self.mark_unsent(showing, &link, &note).await?,
            UnsendAction::Delete => {
                for message_id in &link.message_ids {
                    self.cx.call(MessageDelete { message_id: message_id.clone() }).await?;
                }
            }
        }
        Ok(Disposition::Delivered(Delivered { room_id: link.room_id, ..Delivered::nothing() }))
    }

    /// The first message keeps its place and says what happened; the others, and files, go.
    async fn mark_unsent(&self, showing: &mut DeliveryContext<'_>, link: &Link, note: &str) -> Result<(), CoreError> {
        let mut marked = false;
        for message_id in &link.message_ids {
            let message_id = message_id.clone();
            let Some(message) = self.cx.call(MessageFind { message_id: message_id.clone() }).await? else { continue };
            if marked {
                self.cx.call(MessageDelete { message_id }).await?;
                continue;
            }
            marked = true;
            if message.files.is_empty() {
                let (text, attachments) = (Some(note.to_owned()), Some(Vec::new()));
                self.cx.call(EditMessage { message_id, text, attachments, blocks: None }).await?;
            } else {
                // An edit would leave the file in store.
                self.cx.call(MessageDelete { message_id }).await?;
                if self.rooms.enter_open_room(showing).await?
                    && showing.place.as_ref().is_some_and(|place| place.room_id == message.room_id)
                {
                    self.delivery.note(showing, Voice::Customer, note.to_owned(), Vec::new()).await?;
                } else {
                    self.notes.note_in_room(&message.room_id, note.to_owned(), Vec::new()).await?;
                }
            }
        }
        Ok(())
    }

    /// Says something about a message: in the open room, else in the room the message is in.
    pub(crate) async fn remark(
        &self,
        showing: &mut DeliveryContext<'_>,
        voice: Voice,
        link: &Link,
        text: String,
        card: Option<Card>,
    ) -> Result<Disposition, CoreError> {
        if !self.rooms.enter_open_room(showing).await? {
            let Some(room_id) = link.room_id.clone() else { return Ok(Disposition::AwaitingRoom) };
            showing.place = Some(crate::inbox::showing::Place { room_id, visitor: None });
        }
        let written = self.delivery.note(showing, voice, text, card.into_iter().collect()).await?;
        Ok(if written { showing.finish(None) } else { Disposition::AwaitingRoom })
    }

    /// The message of a link that holds its words.
    async fn text_message(&self, link: &Link) -> Result<Option<RoomMessage>, CoreError> {
        let Some(message_id) = link.message_ids.first() else { return Ok(None) };
        let found = self.cx.call(MessageFind { message_id: message_id.clone() }).await?;
        Ok(found.filter(|message| message.files.is_empty() && message.system_type.is_none()))
    }

    /// A message that waits for a room and was taken back before anybody saw it is not shown at all.
    async fn forget_unseen(&self, showing: &mut DeliveryContext<'_>, mid: &Mid) -> Result<(), CoreError> {
        let identities = [format!("message:{mid}"), format!("postback:{mid}"), format!("echo:{mid}")];
        let edit = edit_prefix(mid);
        let account = showing.account;
        let about = |entry: &MessageRecord| match entry.event().map(|event| account.read(event)) {
            Some(Item { event: Event::Reaction(reaction), .. }) => reaction.mid == *mid,
            _ => identities.contains(&entry.identity) || entry.identity.starts_with(&edit),
        };
        let unseen = |entry: &&MessageRecord| {
            matches!(entry.state, MessageState::AwaitingAgent { .. } | MessageState::AwaitingRoom { .. })
                && about(entry)
        };
        let unseen: Vec<MessageRecord> = showing.conversation.entries.iter().filter(unseen).cloned().collect();
        for entry in unseen {
            let state =
                MessageState::Delivered { mid: Some(mid.clone()), room_id: None, message_ids: Vec::new(), kept: None };
            let entry = MessageRecord { state, ..entry };
            self.records.put_record(&entry).await?;
            showing.conversation.put(entry);
        }
        if showing.conversation.entries.iter().any(MessageRecord::is_held) {
            self.waiting_entries.waiting_changed(showing.conversation).await?;
        }
        Ok(())
    }

    /// Drops the stored event of a message: what was taken back must not stay as raw JSON.
    async fn forget_event(&self, showing: &mut DeliveryContext<'_>, mid: &Mid) -> Result<(), CoreError> {
        let holds = |entry: &&MessageRecord| matches!(&entry.state, MessageState::Delivered { mid: Some(known), kept: Some(_), .. } if known == mid);
        let Some(mut entry) = showing.conversation.entries.iter().find(holds).cloned() else {
            return self.archives.forget_archived_event(showing.conversation, mid).await;
        };
        if let MessageState::Delivered { kept, .. } = &mut entry.state {
            *kept = None;
        }
        self.records.put_record(&entry).await?;
        showing.conversation.put(entry);
        Ok(())
    }
}

impl<H: Host> Edits<H> {
    /// What is said about an event whose message is nowhere to be found.
    pub(crate) async fn remark_alone(
        &self,
        showing: &mut DeliveryContext<'_>,
        voice: Voice,
        lang: &Lang,
        text: String,
    ) -> Result<Disposition, CoreError> {
        if !self.rooms.enter_open_room(showing).await? {
            return Ok(Disposition::AwaitingRoom);
        }
        let card = plain_card(self.cx.translator(lang), key!("in_quote_unknown"), None);
        let written = self.delivery.note(showing, voice, text, vec![card]).await?;
        Ok(if written { showing.finish(None) } else { Disposition::AwaitingRoom })
    }
}
