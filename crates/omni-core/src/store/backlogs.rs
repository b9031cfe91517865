//! What waits of a conversation beyond the records that are read at once: a backlog in segments of bounded size.
//!
//! Persistence answers everything under a key or nothing, so what is under one key must be bounded. Each process appends to
//! a stream of its own, segment by segment, and is the only one that writes there: a segment is full exactly when it should
//! be, though there is no compare-and-set. The process with the lease to the conversation reads the streams side by side, oldest
//! event first, and notes how far it got in a cursor, which no other process writes.
//!
//! A stream ends when its last segment is read to the end. The process that appends announces the stream after each record
//! again, and the process that ends it looks once more afterwards: whichever of the two comes last finds the record.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, StoreRead, StoreRemove};
use crate::store::archives::Archives;
use crate::store::keys::conversation_key;
use crate::store::load::{Conversations, MOST_BYTES, MOST_RECORDS, Writer, weight};
use crate::store::message_records::{edits_key, identity_key, segment_key};
use crate::store::{Record, Records, kind};
use meta_wire::ids::Mid;
use omni_domain::conversation::backlog::Stream;
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::message_record::{MessageRecord, MessageState, Segment};
use serde_json::Value;

pub use omni_domain::conversation::backlog::{BacklogCursor, BacklogStream};

/// How many streams are read side by side: more processes than this that write at once get out of step.
const SIDE_BY_SIDE: usize = 8;

/// The key of all streams and cursors.
const STREAMS: &str = "backlogs";

fn stream_key(stream_id: &str) -> String {
    format!("backlog:{stream_id}")
}

fn cursor_key(stream_id: &str) -> String {
    format!("backlog-cursor:{stream_id}")
}

impl Record for BacklogStream {
    const KIND: &'static str = "backlog";

    fn keys(&self) -> Vec<String> {
        vec![STREAMS.into(), conversation_key(&self.conversation), stream_key(&self.stream_id)]
    }
}

impl Record for BacklogCursor {
    const KIND: &'static str = "backlog-cursor";

    fn keys(&self) -> Vec<String> {
        vec![STREAMS.into(), conversation_key(&self.conversation), cursor_key(&self.stream_id)]
    }
}

/// What became of an event that was to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appended {
    /// It waits in the backlog.
    Stored,
    /// It was taken before.
    Repeated,
}

service! {
    /// Stores what waits of a conversation beyond what is read at once, in segments of bounded size.
    pub(crate) Backlogs {
        archives: Archives,
        cx: Context,
        conversations: Conversations,
        records: Records,
    }
}

impl<H: Host> Backlogs<H> {
    /// Appends an event to the backlog of its conversation, unless it was taken before: by another record than `original`,
    /// in whose place this one comes.
    pub(crate) async fn append(&self, mut entry: MessageRecord, original: &str) -> Result<Appended, CoreError> {
        let name = entry.conversation.to_string();
        // One after the other: a segment is complete before the next one begins.
        let _lock = self.cx.lock(&format!("backlog:{name}")).await;
        let known = self.cx.call(StoreRead { key: identity_key(&entry.conversation, &entry.identity) }).await?;
        let is_other = |value: &Value| value.get("entry_id").and_then(Value::as_str) != Some(original);
        if let Some(known) = known.into_iter().find(is_other) {
            self.announce_stream_of(known).await?;
            return Ok(Appended::Repeated);
        }
        let size = weight(&entry);
        let writer = self.conversations.memory.loads.borrow().get(&name).and_then(|load| load.writer.clone());
        let mut writer = match writer {
            Some(writer) => writer,
            None => {
                let stream_id = self.cx.random_hex(8);
                let (conversation, since) = (entry.conversation.clone(), self.cx.now_ms());
                let stream = BacklogStream {
                    stream_id,
                    conversation,
                    since,
                    last: 0,
                    messages: 0,
                    withdrawn: 0,
                    opened_at: None,
                };
                self.records.put_record(&stream).await?;
                Writer { stream, records: 0, bytes: 0 }
            }
        };
        if writer.records >= MOST_RECORDS || (writer.records > 0 && writer.bytes.saturating_add(size) > MOST_BYTES) {
            writer.stream.last = writer.stream.last.saturating_add(1);
            (writer.records, writer.bytes) = (0, 0);
        }
        writer.records = writer.records.saturating_add(1);
        writer.bytes = writer.bytes.saturating_add(size);
        if entry.addresses_us() {
            writer.stream.messages = writer.stream.messages.saturating_add(1);
        }
        if entry.opens_window {
            writer.stream.opened_at = writer.stream.opened_at.max(Some(entry.event_at));
        }
        entry.segment = Some(Segment { stream_id: writer.stream.stream_id.clone(), number: writer.stream.last });
        self.remember_writer(&name, &writer);
        let stored = self.records.create_record(&entry).await;
        if stored.is_err() {
            // It may be stored all the same, and late: this segment is never taken for complete.
            if let Some(load) = self.conversations.memory.loads.borrow_mut().get_mut(&name) {
                load.writer = None;
            }
        }
        stored?;
        self.records.put_record(&writer.stream).await?;
        Ok(Appended::Stored)
    }

    fn remember_writer(&self, name: &str, writer: &Writer) {
        let mut loads = self.conversations.memory.loads.borrow_mut();
        let load = loads.entry(name.to_owned()).or_default();
        load.backlog = true;
        load.writer = Some(writer.clone());
    }

    /// A record may be stored whose stream is not: the process ended in between.
    async fn announce_stream_of(&self, value: Value) -> Result<(), CoreError> {
        let Some(entry) = (kind(&value) == Some(MessageRecord::KIND))
            .then(|| self.records.decode_or_log::<MessageRecord>(value))
            .flatten()
        else {
            return Ok(());
        };
        let Some(segment) = entry.segment else { return Ok(()) };
        if !self.cx.call(StoreRead { key: stream_key(&segment.stream_id) }).await?.is_empty() {
            return Ok(());
        }
        let (stream_id, conversation) = (segment.stream_id, entry.conversation);
        // One that is there says how far the stream was read: the process that read it ended before it took up the rest.
        if self.cx.call(StoreRead { key: cursor_key(&stream_id) }).await?.is_empty() {
            let cursor = BacklogCursor {
                stream_id: stream_id.clone(),
                conversation: conversation.clone(),
                segment: segment.number,
                done: 0,
                reader: String::new(),
            };
            self.records.put_record(&cursor).await?;
        }
        let (since, last, opened_at) = (entry.stored_at, segment.number, None);
        let stream = BacklogStream { stream_id, conversation, since, last, messages: 1, withdrawn: 0, opened_at };
        self.records.put_record(&stream).await
    }

    /// Conversations with a backlog.
    pub(crate) async fn backlogs(&self) -> Result<Vec<ConversationId>, CoreError> {
        let values = self.cx.call(StoreRead { key: STREAMS.to_owned() }).await?;
        let mut ids: Vec<ConversationId> = Vec::new();
        for value in values {
            match kind(&value) {
                Some(BacklogStream::KIND) => {
                    ids.extend(self.records.decode_or_log::<BacklogStream>(value).map(|one| one.conversation));
                }
                _ => ids.extend(self.records.decode_or_log::<BacklogCursor>(value).map(|one| one.conversation)),
            }
        }
        ids.sort();
        ids.dedup();
        Ok(ids)
    }

    /// Whatever waits, in the backlog or not, and is the message with this `mid` or edits it.
    pub(crate) async fn waiting_about(&self, id: &ConversationId, mid: &Mid) -> Result<Vec<MessageRecord>, CoreError> {
        let mut found = Vec::new();
        let keys = ["message", "postback", "echo"].map(|kind| identity_key(id, &format!("{kind}:{mid}")));
        for key in keys.into_iter().chain([edits_key(id, mid.as_str())]) {
            let entries: Vec<MessageRecord> = self.records.read_records(&key).await?;
            let waits = |entry: &MessageRecord| {
                matches!(entry.state, MessageState::AwaitingAgent { .. } | MessageState::AwaitingRoom { .. })
            };
            found.extend(entries.into_iter().filter(waits));
        }
        Ok(found)
    }

    /// Notes that messages in the backlog were taken back.
    pub(crate) async fn note_withdrawn(&self, id: &ConversationId, count: u64) -> Result<(), CoreError> {
        let name = id.to_string();
        let _lock = self.cx.lock(&format!("backlog:{name}")).await;
        let writer = self.conversations.memory.loads.borrow().get(&name).and_then(|load| load.writer.clone());
        let Some(mut writer) = writer else { return Ok(()) };
        writer.stream.withdrawn = writer.stream.withdrawn.saturating_add(count);
        self.remember_writer(&name, &writer);
        self.records.put_record(&writer.stream).await
    }

    /// Sees to it that the segments whose turn it is are at hand: those that are done are filed. The caller has the lease
    /// to the conversation.
    pub(crate) async fn pull(&self, conversation: &mut Conversation, reader: &str) -> Result<(), CoreError> {
        let mut at = 0;
        while at < conversation.backlog.len().min(SIDE_BY_SIDE) {
            let Some(mut one) = conversation.backlog.get(at).cloned() else { break };
            let Some(pulled) = one.pulled else {
                if one.cursor.reader != reader {
                    // It may have ended in the midst of a message.
                    conversation.half_shown |= !one.cursor.reader.is_empty();
                    reader.clone_into(&mut one.cursor.reader);
                    self.records.put_record(&one.cursor).await?;
                }
                let (mut entries, unreadable) =
                    self.records.read_readable::<MessageRecord>(&segment_key(&one.segment(one.cursor.segment))).await?;
                (one.pulled, one.unreadable) = (Some(one.cursor.segment), unreadable > 0);
                // As the stream was before the segment was read.
                one.complete = one.cursor.segment < one.stream.last;
                conversation.backlog.splice(at..=at, [one]);
                entries.sort_by(MessageRecord::by_age);
                conversation.entries.extend(entries);
                continue;
            };
            if conversation.entries.iter().any(|entry| one.is_of(entry) && entry.waits()) {
                at = at.saturating_add(1);
                continue;
            }
            let last = if pulled < one.stream.last { Some(one.stream.last) } else { self.look_once_more(&one).await? };
            one = self.leave_segment(conversation, one, last).await?;
            match last {
                Some(_) => {
                    conversation.backlog.splice(at..=at, [one]);
                }
                None => {
                    conversation.backlog.remove(at);
                    self.forget_stream(conversation, &one);
                }
            }
        }
        Ok(())
    }

    /// The stream was read to its end: it goes, unless something was appended meanwhile. Answers the segment that is
    /// written to by then.
    async fn look_once_more(&self, one: &Stream) -> Result<Option<u64>, CoreError> {
        // From here on nothing says that there is more, unless the process that appends says so again.
        self.records.remove_record(&one.stream).await?;
        let mut last = None;
        for number in [one.cursor.segment, one.cursor.segment.saturating_add(1)] {
            let entries: Vec<MessageRecord> = self.records.read_records(&segment_key(&one.segment(number))).await?;
            if entries.iter().any(MessageRecord::waits) {
                last = Some(number);
            }
        }
        if let Some(last) = last
            && self.cx.call(StoreRead { key: stream_key(&one.stream.stream_id) }).await?.is_empty()
        {
            self.records.put_record(&BacklogStream { last, ..one.stream.clone() }).await?;
        }
        Ok(last)
    }

    /// Files a segment in which nothing waits any more. `last` is the one that is written to, if any is.
    async fn leave_segment(
        &self,
        conversation: &mut Conversation,
        mut one: Stream,
        last: Option<u64>,
    ) -> Result<Stream, CoreError> {
        let entries: Vec<MessageRecord> =
            conversation.entries.iter().filter(|entry| one.is_of(entry)).cloned().collect();
        self.archives.file_early(conversation, &entries).await?;
        let segment = one.cursor.segment;
        // Its process appends to no segment before the last one. One that was the last when it was read may have grown since:
        // it is read again, without what is done.
        let closed = one.complete;
        if closed && !one.unreadable {
            self.cx.call(StoreRemove { keys: vec![segment_key(&one.segment(segment))] }).await?;
        } else {
            for entry in &entries {
                self.records.remove_record(entry).await?;
            }
        }
        conversation.entries.retain(|entry| !one.is_of(entry));
        let counts = |entry: &&MessageRecord| entry.addresses_us() && !entry.is_withdrawn();
        let done = u64::try_from(entries.iter().filter(counts).count()).unwrap_or_default();
        one.pulled = None;
        one.cursor.done = one.cursor.done.saturating_add(done);
        one.cursor.segment = segment.saturating_add(u64::from(closed));
        match last {
            Some(last) => {
                one.stream.last = last;
                self.records.put_record(&one.cursor).await?;
            }
            None => self.records.remove_record(&one.cursor).await?,
        }
        Ok(one)
    }

    fn forget_stream(&self, conversation: &Conversation, gone: &Stream) {
        let mut loads = self.conversations.memory.loads.borrow_mut();
        if let Some(load) = loads.get_mut(&conversation.head.id.to_string()) {
            load.writer = load.writer.take_if(|writer| writer.stream.stream_id != gone.stream.stream_id);
            load.backlog = conversation.has_backlog();
        }
    }
}
