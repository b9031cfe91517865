//! What waits of a conversation beyond the records that are read at once: streams of segments, one for each process that
//! appended.

use super::ConversationId;
use crate::message_record::{MessageRecord, Segment};
use serde::{Deserialize, Serialize};

/// What one process appended to the backlog of a conversation. Written by that process only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacklogStream {
    /// Ours, random.
    pub stream_id: String,
    /// Which conversation.
    pub conversation: ConversationId,
    /// When its first record was stored, Unix milliseconds.
    pub since: i64,
    /// The segment that is written to.
    pub last: u64,
    /// How many messages of the customer were appended.
    pub messages: u64,
    /// How many that wait were taken back by the customer, as this process learnt.
    #[serde(default)]
    pub withdrawn: u64,
    /// Latest event in it that opened the messaging window, Unix milliseconds.
    pub opened_at: Option<i64>,
}

/// How far a stream was read. Written by the process with the lease to the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacklogCursor {
    /// Which stream.
    pub stream_id: String,
    /// Which conversation.
    pub conversation: ConversationId,
    /// The segment to read.
    pub segment: u64,
    /// How many messages of the customer were in those before.
    pub done: u64,
    /// Who reads: a process that finds another one's name here may find a message that is half shown.
    pub reader: String,
}

/// One stream of a conversation, as a read shows it.
#[derive(Debug, Clone)]
pub struct Stream {
    /// The stream.
    pub stream: BacklogStream,
    /// How far it was read.
    pub cursor: BacklogCursor,
    /// The segment that is at hand.
    pub pulled: Option<u64>,
    /// Whether all of it is: its process had gone on to the next one before it was read.
    pub complete: bool,
    /// Some of it does not read back.
    pub unreadable: bool,
}

impl Stream {
    /// One of its segments.
    pub fn segment(&self, number: u64) -> Segment {
        Segment { stream_id: self.stream.stream_id.clone(), number }
    }

    /// Whether the record is in the segment that is at hand.
    pub fn is_of(&self, entry: &MessageRecord) -> bool {
        let here =
            |segment: &Segment| segment.stream_id == self.stream.stream_id && Some(segment.number) == self.pulled;
        entry.segment.as_ref().is_some_and(here)
    }
}

/// Puts streams and cursors together, oldest stream first. Two records of one stream say the same at different times.
pub fn streams(id: &ConversationId, streams: Vec<BacklogStream>, cursors: &[BacklogCursor]) -> Vec<Stream> {
    let mut found: Vec<Stream> = Vec::with_capacity(streams.len());
    for stream in streams {
        if let Some(known) = found.iter_mut().find(|known| known.stream.stream_id == stream.stream_id) {
            if stream.last >= known.stream.last && stream.messages >= known.stream.messages {
                known.stream = stream;
            }
            continue;
        }
        let cursor = cursors.iter().filter(|cursor| cursor.stream_id == stream.stream_id);
        let cursor = cursor.max_by_key(|cursor| cursor.segment).cloned().unwrap_or_else(|| BacklogCursor {
            stream_id: stream.stream_id.clone(),
            conversation: id.clone(),
            segment: 0,
            done: 0,
            reader: String::new(),
        });
        found.push(Stream { stream, cursor, pulled: None, complete: false, unreadable: false });
    }
    // The process that was about to end a stream ended itself: it is looked at once more.
    for cursor in cursors {
        if !found.iter().any(|known| known.stream.stream_id == cursor.stream_id) {
            let (stream_id, conversation) = (cursor.stream_id.clone(), id.clone());
            let (since, last, messages, withdrawn, opened_at) = (i64::MAX, cursor.segment, cursor.done, 0, None);
            let stream = BacklogStream { stream_id, conversation, since, last, messages, withdrawn, opened_at };
            found.push(Stream { stream, cursor: cursor.clone(), pulled: None, complete: false, unreadable: false });
        }
    }
    found.sort_by(|a, b| (a.stream.since, &a.stream.stream_id).cmp(&(b.stream.since, &b.stream.stream_id)));
    found
}
