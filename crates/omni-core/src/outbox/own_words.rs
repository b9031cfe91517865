//! The app's own words to a customer, shown in the room.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::notes::{Noted, Notes};
use crate::host::{Host, Message, RoomMessages};
use omni_domain::outgoing::OutgoingMessage;

service! {
    /// Shows in the room what the app says to a customer.
    pub(crate) OwnWords {
        cx: Context,
        notes: Notes,
    }
}

impl<H: Host> OwnWords<H> {
    /// Shows in the room what the app says there, unless that is done, or would count as an agent's answer. A process may have ended between storing the text
    /// and showing it, or between showing it and noting so: `stored_at` then says since when it may stand there.
    pub(crate) async fn show_own_words(
        &self,
        outbox: &mut OutgoingMessage,
        stored_at: Option<i64>,
    ) -> Result<bool, CoreError> {
        let shown = !outbox.message_id.is_empty() || outbox.room_id.is_empty() || outbox.sender_id.is_some();
        if shown {
            return Ok(false);
        }
        let text = outbox.parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n");
        let mut found = None;
        if let Some(since) = stored_at {
            let recent = self.cx.call(RoomMessages { room_id: outbox.room_id.clone(), limit: 30 }).await?;
            let is_it = |message: &Message| message.ours && message.text == text && message.at >= since;
            found = recent.into_iter().find(is_it).map(|message| message.id);
        }
        outbox.message_id = match found {
            Some(message_id) => message_id,
            None => match self.notes.note_in_room(&outbox.room_id, text, Vec::new()).await {
                Ok(Noted::Posted(message_id)) => message_id,
                Ok(Noted::Added | Noted::Waits) => return Ok(false),
                Err(error) => {
                    // A room that was closed may take no more messages; the customer is told all the same.
                    self.cx.warn("app-text-not-shown", error.code());
                    return Ok(false);
                }
            },
        };
        Ok(true)
    }
}
