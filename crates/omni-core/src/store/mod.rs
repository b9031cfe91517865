//! What the app keeps in Rocket.Chat's persistence, and how.
//!
//! Persistence has no unique index, no compare-and-set and no transaction: two server instances that read, change and
//! write the same record lose one of the changes. So what must not be lost is a record of its own, only ever created by one
//! writer ([`MessageRecord`]). What may be read, changed and written ([`Account`], [`ConversationState`]) changes rarely and heals
//! itself.

pub(crate) mod accounts;
pub(crate) mod archives;
pub(crate) mod attempt_records;
pub(crate) mod backlogs;
pub(crate) mod conversations;
pub(crate) mod installations;
pub(crate) mod keys;
pub(crate) mod leases;
pub(crate) mod load;
pub(crate) mod make_room;
pub(crate) mod message_records;
pub(crate) mod open_room_records;
pub(crate) mod reaction_records;
pub(crate) mod retry_timers;
pub(crate) mod secrets;
pub(crate) mod thread_records;
pub(crate) mod unconfirmed_records;
pub(crate) mod visitor_keys;
pub(crate) mod waiting_list;

pub use accounts::{Account, AccountConfig, LoginRoute, TokenState};
pub use archives::{Archive, ArchivedAnswers, ArchivedDay};
pub use attempt_records::Attempt;
pub use backlogs::{BacklogCursor, BacklogStream};
pub use conversations::{ArchivedEarly, Conversation, ConversationId, ConversationState, Unshown};
pub use installations::{Installation, SetupMessage};
pub use message_records::{Link, MessageRecord, MessageState, RawEvent, Segment};
pub use omni_domain::routing::{Origin, Rule, RuleKind};
pub use open_room_records::OpenRoom;
pub use reaction_records::{CustomerReaction, Receipt, Receipts};
pub use retry_timers::{Choice, NEVER, OutgoingMessage, Part, PartState, RetryTimer};
pub use secrets::{FormerSecret, SecretOf, Secrets};
pub use thread_records::{Routing, StoredThread, Thread, ThreadBanner, ThreadOwner, ThreadWait};
pub use unconfirmed_records::{Named, Unconfirmed};
pub use visitor_keys::VisitorKey;

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, StoreCreate, StoreRead, StoreRemove, StoreUpdate};
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

/// A record's rank and keys.
type Standing = (i64, Vec<String>);

service! {
    /// Reads, writes and removes records of every kind.
    pub(crate) Records {
        cx: Context,
    }
}

impl<H: Host> Records<H> {
    /// Every record of this kind under the key. One that does not read back is logged and passed over: it must not
    /// take its neighbours with it.
    pub(crate) async fn read_records<R: Record>(&self, key: &str) -> Result<Vec<R>, CoreError> {
        Ok(self.read_readable(key).await?.0)
    }

    /// The same, and how many did not read back.
    pub(crate) async fn read_readable<R: Record>(&self, key: &str) -> Result<(Vec<R>, usize), CoreError> {
        let values = self.cx.call(StoreRead { key: key.to_owned() }).await?;
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
        let mut values = self.cx.call(StoreRead { key: key.to_owned() }).await?;
        values.retain(|value| kind(value) == Some(R::KIND));
        self.only(values).await
    }

    /// The record that counts of those that were found.
    pub(crate) async fn only<R: Record>(&self, found: Vec<Value>) -> Result<Option<R>, CoreError> {
        let counts = |value: &Value| {
            let record = decode::<R>(value.clone())?.ok()?;
            Some((record.rank(), record.keys()))
        };
        Ok(self.keep_one(found, counts).await?.and_then(|value| self.decode_or_log(value)))
    }

    /// An update changes one of several records under the same keys, and the server does not say which. So the one that
    /// counts, by its rank, becomes the only one again. Not generic: the code for it exists once.
    async fn keep_one(
        &self,
        mut found: Vec<Value>,
        counts: fn(&Value) -> Option<Standing>,
    ) -> Result<Option<Value>, CoreError> {
        if found.len() < 2 {
            return Ok(found.pop());
        }
        let read = |(at, value): (usize, &Value)| counts(value).map(|(rank, keys)| (rank, value.to_string(), keys, at));
        let readable: Vec<(i64, String, Vec<String>, usize)> = found.iter().enumerate().filter_map(read).collect();
        let Some((_, _, keys, at)) = readable.iter().max() else { return Ok(found.pop()) };
        let record = found.swap_remove(*at);
        if readable.iter().filter(|(_, _, others, _)| others == keys).count() > 1 {
            self.cx.warn("record-doubled", kind(&record).unwrap_or_default());
            self.cx.call(StoreRemove { keys: keys.clone() }).await?;
            self.cx.call(StoreCreate { keys: keys.clone(), record: record.clone() }).await?;
        }
        Ok(Some(record))
    }

    fn decode_or_log<R: Record>(&self, value: Value) -> Option<R> {
        match decode(value)? {
            Ok(record) => Some(record),
            Err(error) => {
                self.cx.host.log(crate::host::LogLevel::Error, error.code(), &error.to_string());
                None
            }
        }
    }

    pub(crate) async fn create_record<R: Record>(&self, record: &R) -> Result<(), CoreError> {
        self.cx.call(StoreCreate { keys: record.keys(), record: encode(record)? }).await
    }

    /// Writes a record over the one with the same keys, or anew.
    pub(crate) async fn put_record<R: Record>(&self, record: &R) -> Result<(), CoreError> {
        self.cx.call(StoreUpdate { keys: record.keys(), record: encode(record)?, upsert: true }).await
    }

    pub(crate) async fn remove_record<R: Record>(&self, record: &R) -> Result<(), CoreError> {
        self.cx.call(StoreRemove { keys: record.keys() }).await.map(|_| ())
    }
}
