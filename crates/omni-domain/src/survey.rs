//! The question how it was, after a conversation: answered with 1 to 5.

use crate::conversation::{Conversation, ConversationId};
use crate::key;
use crate::message_record::MessageRecord;
use crate::texts::Translator;
use crate::timing::{DAY_MS, moment};
use meta_wire::webhook::Message;
use serde::{Deserialize, Serialize};

/// What the payload of an answer begins with; the mark and the room follow.
const PAYLOAD: &str = "omni-direct:rate:";

/// The marks a customer may give.
const MARKS: std::ops::RangeInclusive<u8> = 1..=5;

/// How long after the question a bare number is its answer, in milliseconds. Not every app of Meta's draws what is to be
/// tapped, so some people type it.
const TYPED_MS: i64 = DAY_MS;

/// What a customer was asked about a room, and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// Whose.
    pub conversation: ConversationId,
    /// About which room.
    pub room_id: String,
    /// None of the marks while there is no answer.
    pub mark: u8,
    /// When it was given, or asked for, Unix milliseconds.
    pub at: i64,
}

/// The marks to choose from: what each shows, and what comes back.
pub fn choices(room_id: &str) -> Vec<(String, String)> {
    MARKS.map(|mark| (mark.to_string(), format!("{PAYLOAD}{mark}:{room_id}"))).collect()
}

/// Reads a payload of ours back: the mark, and the room it is about.
pub fn read(payload: &str) -> Option<(u8, &str)> {
    let (mark, room_id) = payload.strip_prefix(PAYLOAD)?.split_once(':')?;
    let mark = mark.parse().ok().filter(|mark| MARKS.contains(mark))?;
    Some((mark, room_id))
}

/// Reads a mark that was typed.
pub fn typed(text: &str) -> Option<u8> {
    text.trim().parse().ok().filter(|mark| MARKS.contains(mark))
}

/// The customer's answer, as agents read it.
pub fn rated(say: Translator<'_>, mark: u8, at: i64) -> String {
    let stars: String = MARKS.map(|star| if star <= mark { '★' } else { '☆' }).collect();
    let (mark, at) = (mark.to_string(), moment(at));
    say.text(key!("flow_rated"), &[("mark", &mark), ("stars", &stars), ("at", &at)])
}

/// The room of the question that a typed mark answers, if any: the last one, soon after it was asked, that was not answered yet.
/// `at` is when the message happened.
pub fn answered_by(
    mark: u8,
    asked: &[Rating],
    conversation: &Conversation,
    message: &Message,
    at: i64,
) -> Option<String> {
    let last = asked.iter().max_by_key(|asked| asked.at);
    let open = last.filter(|last| match last.mark {
        0 => at.saturating_sub(last.at) <= TYPED_MS,
        // Taken before by an attempt that failed behind it.
        taken => taken == mark && last.at == at,
    });
    // Behind other words it belongs to those, which may wait for an agent.
    let own = message.mid.as_ref().map(|mid| format!("message:{mid}")).unwrap_or_default();
    let spoke = |since: i64| {
        let between = |entry: &&MessageRecord| entry.event_at > since && entry.event_at <= at && entry.identity != own;
        conversation.entries.iter().filter(between).any(MessageRecord::addresses_us)
    };
    open.filter(|open| !spoke(open.at)).map(|open| open.room_id.clone())
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
