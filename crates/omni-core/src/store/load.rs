//! How much of each conversation waits, as far as this process knows.

use crate::context::Context;
use crate::host::Host;
use crate::store::Records;
use omni_domain::conversation::backlog::BacklogStream;
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::message_record::MessageRecord;
use std::cell::RefCell;
use std::collections::HashMap;

/// How many records a segment holds, and how many wait at most where everything is read at once.
pub(crate) const MOST_RECORDS: usize = 50;

/// The same in bytes: a single event may be as large as a delivery.
pub(crate) const MOST_BYTES: usize = 128 * 1024;

/// How many conversations are remembered by how much of them waits.
pub(crate) const MOST_REMEMBERED: usize = 10_000;

/// What this process knows of how much of a conversation waits, and the stream it appends to.
#[derive(Debug, Default)]
pub(crate) struct Load {
    pub(crate) records: usize,
    pub(crate) bytes: usize,
    /// There is a backlog: what comes goes behind it.
    pub(crate) backlog: bool,
    pub(crate) writer: Option<Writer>,
}

#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub(crate) stream: BacklogStream,
    /// Records and bytes in the segment that is written to.
    pub(crate) records: usize,
    pub(crate) bytes: usize,
}

/// By conversation.
pub(crate) type Loads = HashMap<String, Load>;

/// What an event weighs where it is read.
pub(crate) fn weight(entry: &MessageRecord) -> usize {
    // Beside the event a record has ids and times.
    entry.event().map_or(0, |event| event.raw.as_str().len()).saturating_add(500)
}

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct ConversationsMemory {
    /// How much of a conversation waits, as far as this process knows.
    pub(crate) loads: RefCell<Loads>,
}

service! {
    /// Reads all that is recent of a conversation at once, and remembers how much of it waits.
    pub(crate) Conversations {
        cx: Context,
        records: Records,
    } remembers ConversationsMemory
}

impl<H: Host> Conversations<H> {
    /// Whether what comes of the conversation belongs behind what waits already.
    pub(crate) fn has_backlog(&self, id: &ConversationId) -> bool {
        let loads = self.memory.loads.borrow();
        let full = |load: &Load| load.backlog || load.records >= MOST_RECORDS || load.bytes >= MOST_BYTES;
        loads.get(&id.to_string()).is_some_and(full)
    }

    /// Everything that comes of the conversation goes to the backlog until a read shows otherwise.
    pub(crate) fn set_overloaded(&self, id: &ConversationId) {
        self.memory.loads.borrow_mut().entry(id.to_string()).or_default().backlog = true;
    }

    /// An event is about to be stored where everything is read at once.
    pub(crate) fn count_in(&self, entry: &MessageRecord) {
        let mut loads = self.memory.loads.borrow_mut();
        if loads.len() >= MOST_REMEMBERED {
            // Without this knowledge a conversation exceeds the bound by what this process stores before it reads.
            loads.retain(|_, load| load.writer.is_some());
        }
        let load = loads.entry(entry.conversation.to_string()).or_default();
        load.records = load.records.saturating_add(1);
        load.bytes = load.bytes.saturating_add(weight(entry));
    }

    /// What a read of the conversation shows of how much waits.
    pub(crate) fn note_load(&self, conversation: &Conversation) {
        let waiting = || conversation.entries.iter().filter(|entry| entry.waits() && entry.segment.is_none());
        let (records, bytes) = (waiting().count(), waiting().map(weight).sum());
        let mut loads = self.memory.loads.borrow_mut();
        let name = conversation.head.id.to_string();
        if records == 0 && !conversation.has_backlog() {
            loads.remove(&name);
            return;
        }
        let load = loads.entry(name).or_default();
        (load.records, load.bytes, load.backlog) = (records, bytes, conversation.has_backlog());
        let is_there = |writer: &mut Writer| {
            conversation.backlog.iter().any(|one| one.stream.stream_id == writer.stream.stream_id)
        };
        load.writer = load.writer.take_if(is_there);
    }
}
