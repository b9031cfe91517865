//! How messages are stored: each is a record of its own with a single writer, so that no two instances overwrite each other.

use crate::store::Record;
use crate::store::keys::conversation_key;
use omni_domain::conversation::ConversationId;
use omni_domain::identity::EDIT;

pub use omni_domain::message_record::{Link, MessageRecord, MessageState, Segment};
pub use omni_domain::raw_event::RawEvent;

/// Message records are stored in slices of this length, in milliseconds, in which those that a lost process left are looked for.
pub(crate) const SLICE_MS: i64 = 60_000;

/// Message records are archived by buckets of this length, in milliseconds.
pub(crate) const BUCKET_MS: i64 = 10 * SLICE_MS;

/// Slices and buckets are split by conversation, so that one read of a busy workspace stays a read of some megabytes.
pub(crate) const SHARDS: u32 = 16;

impl Record for MessageRecord {
    const KIND: &'static str = "entry";

    fn keys(&self) -> Vec<String> {
        let (id, entry) = (&self.conversation, format!("entry:{}", self.entry_id));
        let identity = identity_key(id, &self.identity);
        if let Some(segment) = &self.segment {
            // What it edits may be taken back before its turn comes.
            return [segment_key(segment), identity, entry].into_iter().chain(edits_key_of(self)).collect();
        }
        let shard = shard(id);
        vec![
            conversation_key(id),
            slice_key(self.stored_at.div_euclid(SLICE_MS), shard),
            bucket_key(self.stored_at.div_euclid(BUCKET_MS), shard),
            entry,
            identity,
        ]
    }
}

/// The key of a record that edits a message.
fn edits_key_of(entry: &MessageRecord) -> Option<String> {
    let (mid, _) = entry.identity.strip_prefix(EDIT)?.rsplit_once(':')?;
    Some(edits_key(&entry.conversation, mid))
}

/// The key of a segment of the backlog.
pub(crate) fn segment_key(segment: &Segment) -> String {
    format!("segment:{}:{}", segment.stream_id, segment.number)
}

/// The key of what waits in the backlog and edits the message with this `mid`: a few at most, Meta counts them.
pub(crate) fn edits_key(id: &ConversationId, mid: &str) -> String {
    format!("edits:{id}:{mid}")
}

/// The key of the record, in the backlog or not, of the event with this identity.
pub(crate) fn identity_key(id: &ConversationId, identity: &str) -> String {
    format!("seen:{id}:{identity}")
}

/// Which part of the slices and buckets a conversation's message records are in.
pub(crate) fn shard(id: &ConversationId) -> u32 {
    let hash =
        id.to_string().bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % SHARDS
}

/// The key of the message records stored in a slice of time, by its number since 1970.
pub(crate) fn slice_key(slice: i64, shard: u32) -> String {
    format!("slice:{slice}:{shard}")
}

/// The key of the message records stored in a bucket of time, by its number since 1970.
pub(crate) fn bucket_key(bucket: i64, shard: u32) -> String {
    format!("bucket:{bucket}:{shard}")
}
