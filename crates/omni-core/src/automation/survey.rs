//! The question how it was, after a conversation: answered with 1 to 5, shown in the room it was about.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, RoomField, RoomFind};
use crate::store::archives::day_key;
use crate::store::message_records::shard;
use crate::store::visitor_keys::VisitorKeys;
use crate::store::{Record, Records};
use meta_wire::webhook::Message;
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::survey::{Rating, answered_by, rated, read, typed};
use omni_domain::timing::DAY_MS;

/// The custom field of the room that holds the mark, for whoever reads rooms over the server's API.
const FIELD: &str = "omni_direct_rating";

impl Record for Rating {
    const KIND: &'static str = "rating";

    fn keys(&self) -> Vec<String> {
        // The first goes with everything else of its day when the retention setting says so.
        let day = day_key(self.at.div_euclid(DAY_MS), shard(&self.conversation));
        vec![day, all_of(&self.conversation), of_room(&self.room_id)]
    }
}

fn all_of(id: &ConversationId) -> String {
    format!("ratings:{id}")
}

fn of_room(room_id: &str) -> String {
    format!("rating:{room_id}")
}

service! {
    /// Asks how a conversation was, takes the answer from 1 to 5, and notes it at the room it was about.
    pub(crate) Surveys {
        cx: Context,
        records: Records,
        visitor_keys: VisitorKeys,
    }
}

impl<H: Host> Surveys<H> {
    /// Notes that the customer was asked about a room, unless they have answered already.
    pub(crate) async fn note_asked(&self, id: &ConversationId, room_id: &str, at: i64) -> Result<(), CoreError> {
        if !self.records.read_records::<Rating>(&of_room(room_id)).await?.is_empty() {
            return Ok(());
        }
        self.records.put_record(&Rating { conversation: id.clone(), room_id: room_id.to_owned(), mark: 0, at }).await
    }

    /// Keeps a customer's answer; what is to be shown, and in which room, unless that is gone. `None` when it answers
    /// nothing of ours, and is a message like any other.
    pub(crate) async fn take_rating(
        &self,
        conversation: &Conversation,
        message: &Message,
        standby: bool,
        at: i64,
    ) -> Result<Option<(Option<String>, String)>, CoreError> {
        let id = &conversation.head.id;
        let payload = message.quick_reply.as_ref().and_then(|reply| reply.payload.as_deref());
        let tapped = payload.and_then(read).map(|(mark, room_id)| (mark, room_id.to_owned()));
        let Some((mark, room_id)) = (match tapped {
            Some(tapped) => Some(tapped),
            // A number typed to another app answers that one.
            None if standby => None,
            None => self.typed_rating(conversation, message, at).await?,
        }) else {
            return Ok(None);
        };
        let room = self.cx.call(RoomFind { room_id: room_id.clone() }).await?;
        if let Some(room) = &room
            && self.visitor_keys.conversation_in(room).await?.as_ref() != Some(id)
        {
            return Ok(None);
        }
        self.records.put_record(&Rating { conversation: id.clone(), room_id, mark, at }).await?;
        if let Some(room) = &room {
            let field = RoomField { room_id: room.id.clone(), name: FIELD.into(), value: mark.into() };
            if let Err(error) = self.cx.call(field).await {
                self.cx.warn("rating-not-on-room", error.code());
            }
        }
        let lang = self.cx.workspace_lang().await;
        let text = rated(self.cx.translator(&lang), mark, at);
        Ok(Some((room.map(|room| room.id), text)))
    }

    /// A bare number between conversations, soon after the question, that was not answered yet.
    async fn typed_rating(
        &self,
        conversation: &Conversation,
        message: &Message,
        at: i64,
    ) -> Result<Option<(u8, String)>, CoreError> {
        let Some(mark) = message.text.as_deref().and_then(typed).filter(|_| message.attachments.is_empty()) else {
            return Ok(None);
        };
        if conversation.head.room_id.is_some() {
            return Ok(None);
        }
        let asked: Vec<Rating> = self.records.read_records(&all_of(&conversation.head.id)).await?;
        Ok(answered_by(mark, &asked, conversation, message, at).map(|room_id| (mark, room_id)))
    }
}
