//! Messages of which only the id is known for sure: Meta is asked what they are.

use super::Record;
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;
use meta_wire::ids::{AccountId, Mid, ScopedUserId};
use serde::{Deserialize, Serialize};

/// A message that an event names and does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The message.
    pub mid: Mid,
    /// Whose conversation it is said to be in. Read to find out whether the message is known, and never believed.
    pub person: Option<ScopedUserId>,
    /// Where in the delivery the event stood.
    pub part: meta_wire::webhook::Channel,
    /// How often the message was edited by then; `None` for one that is new.
    pub num_edit: Option<i64>,
}

/// Messages of one account that one delivery named. Written before Meta gets its answer, removed when Meta has said of each
/// what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unconfirmed {
    /// Ours, random.
    pub record_id: String,
    /// The network.
    pub channel: Channel,
    /// The account that is asked.
    pub account: AccountId,
    /// What is left to ask for, in the order it was named.
    pub messages: Vec<Named>,
    /// The delivery was signed by Meta. One that was not may be anybody's: it is asked for slowly, and never told as lost.
    pub signed: bool,
    /// When it was stored, Unix milliseconds.
    pub stored_at: i64,
    /// Not before this time, Unix milliseconds.
    pub due_at: i64,
    /// The process that sees to it; others do once it is late.
    pub worker: String,
    /// How often Meta refused.
    pub tries: u32,
}

impl Record for Unconfirmed {
    const KIND: &'static str = "unconfirmed";

    fn keys(&self) -> Vec<String> {
        vec![all_key(self.signed).into(), format!("unconfirmed:{}", self.record_id)]
    }
}

fn all_key(signed: bool) -> &'static str {
    if signed { "unconfirmed" } else { "unconfirmed-unsigned" }
}

impl<H: Host> Session<H> {
    /// Everything that Meta is still to be asked for, of signed deliveries or of the others.
    pub(crate) async fn unconfirmed(&self, signed: bool) -> Result<Vec<Unconfirmed>, CoreError> {
        self.read_records(all_key(signed)).await
    }
}
