//! What the app keeps in Rocket.Chat's persistence, and how.
//!
//! Persistence has no unique index, no compare-and-set and no transaction: two server instances that read, change and
//! write the same record lose one of the changes. So whatever must not be lost is a record of its own, only ever
//! created by one writer ([`Entry`]); what may be read, changed and written ([`Account`], [`Head`]) changes rarely and
//! heals itself.

mod account;
mod archive;
mod attempt;
mod backlog;
mod claim;
mod conversation;
mod entry;
mod installation;
mod mark;
mod open_room;
mod outbox;
mod secrets;
mod thread;
mod unconfirmed;
mod visitor_key;

pub use account::{Account, AccountConfig, LoginRoute, TokenState};
pub(crate) use archive::day_key;
pub use archive::{Archive, FiledAnswers, FiledDay};
pub use attempt::Attempt;
pub(crate) use backlog::{Appended, Loads};
pub use backlog::{BacklogCursor, BacklogStream};
pub(crate) use claim::{Claim, HeldClaim};
pub use conversation::{Conversation, ConversationId, FiledEarly, Head, Unshown};
pub(crate) use conversation::{conversation_key, state_key};
pub(crate) use entry::{BUCKET_MS, SHARDS, SLICE_MS, bucket_key, shard, slice_key};
pub use entry::{Entry, EntryState, Kept, Link, Segment};
pub use installation::{Installation, SetupMessage};
pub use mark::{Mark, Receipt, Receipts};
pub use omni_domain::routing::{Origin, Rule, RuleKind};
pub use open_room::OpenRoom;
pub use outbox::{Choice, NEVER, Outbox, Part, PartState, Queue};
pub(crate) use secrets::SECRETS;
pub use secrets::{FormerSecret, SecretOf, Secrets};
pub(crate) use thread::routing_key;
pub use thread::{Notice, Routing, StoredThread, Thread, ThreadOwner, ThreadWait};
pub use unconfirmed::{Named, Unconfirmed};
pub use visitor_key::VisitorKey;

use crate::error::CoreError;
use crate::host::{Host, StoreCreate, StoreRead, StoreRemove, StoreUpdate};
use crate::session::Session;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A kind of record: its name in errors, and the keys it is written under.
pub trait Record: Serialize + DeserializeOwned {
    /// Names the kind in errors and in the stored data.
    const KIND: &'static str;

    /// The keys, in the one order that updates must repeat.
    fn keys(&self) -> Vec<String>;

    /// Two processes that make a record under the same keys at once leave two. The one that is higher by this counts.
    fn rank(&self) -> i64 {
        0
    }
}

fn encode<R: Record>(record: &R) -> Result<Value, CoreError> {
    let mut value = serde_json::to_value(record).map_err(|_| CoreError::Encode { kind: R::KIND })?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("kind".into(), R::KIND.into());
    }
    Ok(value)
}

/// Which kind of record it is.
fn kind(value: &Value) -> Option<&str> {
    value.get("kind").and_then(Value::as_str)
}

/// Reads a record back when it is of this kind; `None` for another kind.
fn decode<R: Record>(value: Value) -> Option<Result<R, CoreError>> {
    (kind(&value) == Some(R::KIND))
        .then(|| serde_json::from_value(value).map_err(|error| CoreError::record(R::KIND, &error)))
}

impl<H: Host> Session<H> {
    /// Every record of this kind under the key. One that does not read back is logged and passed over: it must not
    /// take its neighbours with it.
    pub(crate) async fn read_records<R: Record>(&self, key: &str) -> Result<Vec<R>, CoreError> {
        Ok(self.read_readable(key).await?.0)
    }

    /// The same, and how many did not read back.
    pub(crate) async fn read_readable<R: Record>(&self, key: &str) -> Result<(Vec<R>, usize), CoreError> {
        let values = self.call(StoreRead { key: key.to_owned() }).await?;
        let of_kind = values.into_iter().filter(|value| kind(value) == Some(R::KIND));
        let mut unreadable = 0_usize;
        let records = of_kind.filter_map(|value| {
            let record = self.decode_or_log(value);
            unreadable = unreadable.saturating_add(usize::from(record.is_none()));
            record
        });
        let records = records.collect();
        Ok((records, unreadable))
    }

    /// The one record of this kind under the key.
    pub(crate) async fn read_one<R: Record>(&self, key: &str) -> Result<Option<R>, CoreError> {
        self.only(self.read_records(key).await?).await
    }

    /// The record that counts of those that were found. An update changes one of several under the same keys, and the server
    /// does not say which, so it becomes the only one again.
    async fn only<R: Record>(&self, mut found: Vec<R>) -> Result<Option<R>, CoreError> {
        if found.len() < 2 {
            return Ok(found.pop());
        }
        let text = |record: &R| encode(record).map(|value| value.to_string()).unwrap_or_default();
        let Some(at) = found.iter().enumerate().max_by_key(|(_, one)| (one.rank(), text(one))).map(|(at, _)| at) else {
            return Ok(None);
        };
        let record = found.swap_remove(at);
        let keys = record.keys();
        if found.iter().any(|other| other.keys() == keys) {
            self.warn("record-doubled", R::KIND);
            self.remove_record(&record).await?;
            self.create_record(&record).await?;
        }
        Ok(Some(record))
    }

    fn decode_or_log<R: Record>(&self, value: Value) -> Option<R> {
        match decode(value)? {
            Ok(record) => Some(record),
            Err(error) => {
                self.host.log(crate::host::LogLevel::Error, error.code(), &error.to_string());
                None
            }
        }
    }

    pub(crate) async fn create_record<R: Record>(&self, record: &R) -> Result<(), CoreError> {
        self.call(StoreCreate { keys: record.keys(), record: encode(record)? }).await
    }

    /// Writes a record over the one with the same keys, or anew.
    pub(crate) async fn put_record<R: Record>(&self, record: &R) -> Result<(), CoreError> {
        self.call(StoreUpdate { keys: record.keys(), record: encode(record)?, upsert: true }).await
    }

    pub(crate) async fn remove_record<R: Record>(&self, record: &R) -> Result<(), CoreError> {
        self.call(StoreRemove { keys: record.keys() }).await.map(|_| ())
    }
}
