//! The question how it was, after a conversation: answered with 1 to 5, shown in the room it was about.

use crate::error::CoreError;
use crate::host::{Host, RoomField, RoomFind};
use crate::key;
use crate::session::Session;
use crate::store::{Conversation, ConversationId, Entry, Record, day_key, shard};
use meta_wire::webhook::Message;
use omni_domain::timing::{DAY_MS, moment};
use serde::{Deserialize, Serialize};

/// What the payload of an answer begins with; the mark and the room follow.
const PAYLOAD: &str = "omni-direct:rate:";

/// The custom field of the room that holds the mark, for whoever reads rooms over the server's API.
const FIELD: &str = "omni_direct_rating";

/// The marks a customer may give.
const MARKS: std::ops::RangeInclusive<u8> = 1..=5;

/// How long after the question a bare number is its answer, in milliseconds. Not every app of Meta's draws what is to be
/// tapped, so some people type it.
const TYPED_MS: i64 = DAY_MS;

/// What a customer was asked about a room, and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Rating {
    conversation: ConversationId,
    room_id: String,
    /// None of the marks while there is no answer.
    mark: u8,
    /// When it was given, or asked for, Unix milliseconds.
    at: i64,
}

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

/// The marks to choose from: what each shows, and what comes back.
pub(super) fn choices(room_id: &str) -> Vec<(String, String)> {
    MARKS.map(|mark| (mark.to_string(), format!("{PAYLOAD}{mark}:{room_id}"))).collect()
}

/// Reads a payload of ours back: the mark, and the room it is about.
fn read(payload: &str) -> Option<(u8, &str)> {
    let (mark, room_id) = payload.strip_prefix(PAYLOAD)?.split_once(':')?;
    let mark = mark.parse().ok().filter(|mark| MARKS.contains(mark))?;
    Some((mark, room_id))
}

/// Reads a mark that was typed.
fn typed(text: &str) -> Option<u8> {
    text.trim().parse().ok().filter(|mark| MARKS.contains(mark))
}

impl<H: Host> Session<H> {
    /// Notes that the customer was asked about a room, unless they have answered already.
    pub(super) async fn note_asked(&self, id: &ConversationId, room_id: &str, at: i64) -> Result<(), CoreError> {
        if !self.read_records::<Rating>(&of_room(room_id)).await?.is_empty() {
            return Ok(());
        }
        self.put_record(&Rating { conversation: id.clone(), room_id: room_id.to_owned(), mark: 0, at }).await
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
        let room = self.call(RoomFind { room_id: room_id.clone() }).await?;
        if let Some(room) = &room
            && self.conversation_in(room).await?.as_ref() != Some(id)
        {
            return Ok(None);
        }
        self.put_record(&Rating { conversation: id.clone(), room_id, mark, at }).await?;
        if let Some(room) = &room {
            let field = RoomField { room_id: room.id.clone(), name: FIELD.into(), value: mark.into() };
            if let Err(error) = self.call(field).await {
                self.warn("rating-not-on-room", error.code());
            }
        }
        let lang = self.workspace_lang().await;
        let stars: String = MARKS.map(|star| if star <= mark { '★' } else { '☆' }).collect();
        let (mark, at) = (mark.to_string(), moment(at));
        let text = self.text(&lang, key!("flow_rated"), &[("mark", &mark), ("stars", &stars), ("at", &at)]);
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
        let asked: Vec<Rating> = self.read_records(&all_of(&conversation.head.id)).await?;
        let last = asked.into_iter().max_by_key(|asked| asked.at);
        let open = last.filter(|last| match last.mark {
            0 => at.saturating_sub(last.at) <= TYPED_MS,
            // Taken before by an attempt that failed behind it.
            taken => taken == mark && last.at == at,
        });
        // Behind other words it belongs to those, which may wait for somebody who can serve.
        let own = message.mid.as_ref().map(|mid| format!("message:{mid}")).unwrap_or_default();
        let spoke = |since: i64| {
            let between = |entry: &&Entry| entry.event_at > since && entry.event_at <= at && entry.identity != own;
            conversation.entries.iter().filter(between).any(Entry::addresses_us)
        };
        Ok(open.filter(|open| !spoke(open.at)).map(|open| (mark, open.room_id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_reads_back() {
        let payloads: Vec<String> = choices("room:1").into_iter().map(|(_, payload)| payload).collect();
        let marks: Vec<_> = payloads.iter().map(|payload| read(payload)).collect();
        let expected: Vec<_> = (1..=5).map(|mark| Some((mark, "room:1"))).collect();
        assert_eq!(marks, expected);
        for foreign in ["", "rate:3", "omni-direct:rate:6:r", "omni-direct:rate:0:r", "omni-direct:rate:3"] {
            assert_eq!(read(foreign), None, "{foreign}");
        }
    }
}
