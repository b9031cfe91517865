//! The question how it was, after a conversation: answered with 1 to 5, shown in the room it was about.

use crate::connect::moment;
use crate::error::CoreError;
use crate::host::{Host, RoomFind};
use crate::key;
use crate::session::Session;
use crate::store::{ConversationId, DAY_MS, Record, day_key, shard};
use meta_wire::webhook::Message;
use serde::{Deserialize, Serialize};

/// What the payload of an answer begins with; the mark and the room follow.
const PAYLOAD: &str = "omni-direct:rate:";

/// The marks a customer may give.
const MARKS: std::ops::RangeInclusive<u8> = 1..=5;

/// The answer a customer gave about a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Rating {
    conversation: ConversationId,
    room_id: String,
    mark: u8,
    /// When it was given, Unix milliseconds.
    at: i64,
}

impl Record for Rating {
    const KIND: &'static str = "rating";

    fn keys(&self) -> Vec<String> {
        // The first goes with everything else of its day when the retention setting says so.
        let day = day_key(self.at.div_euclid(DAY_MS), shard(&self.conversation));
        vec![day, format!("ratings:{}", self.conversation), format!("rating:{}", self.room_id)]
    }
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

impl<H: Host> Session<H> {
    /// Keeps a customer's answer; the room it is about, and what is to be shown there. `None` when it answers nothing of
    /// ours, and is a message like any other.
    pub(crate) async fn take_rating(
        &self,
        id: &ConversationId,
        message: &Message,
        at: i64,
    ) -> Result<Option<(String, String)>, CoreError> {
        let payload = message.quick_reply.as_ref().and_then(|reply| reply.payload.as_deref());
        let Some((mark, room_id)) = payload.and_then(read) else { return Ok(None) };
        let room = self.call(RoomFind { room_id: room_id.to_owned() }).await?;
        if room.is_none_or(|room| room.visitor_token != id.visitor_token()) {
            return Ok(None);
        }
        let rating = Rating { conversation: id.clone(), room_id: room_id.to_owned(), mark, at };
        self.put_record(&rating).await?;
        let lang = self.workspace_lang().await;
        let stars: String = MARKS.map(|star| if star <= mark { '★' } else { '☆' }).collect();
        let (mark, at) = (mark.to_string(), moment(at));
        let text = self.text(&lang, key!("flow_rated"), &[("mark", &mark), ("stars", &stars), ("at", &at)]);
        Ok(Some((rating.room_id, text)))
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
