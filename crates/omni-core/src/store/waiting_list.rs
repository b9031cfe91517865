//! Customers who wait for an agent, as they are stored.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::Host;
use crate::store::{Record, Records};
use omni_domain::conversation::ConversationId;
use omni_domain::waiting::{Waiting, by_urgency};

/// The key of all customers who wait.
pub(crate) const ALL: &str = "waiting";

pub(crate) fn key(id: &ConversationId) -> String {
    format!("waiting:{id}")
}

pub(crate) fn record_key(waiting_id: &str) -> String {
    format!("waiting-record:{waiting_id}")
}

impl Record for Waiting {
    const KIND: &'static str = "waiting";

    fn keys(&self) -> Vec<String> {
        vec![ALL.into(), key(&self.conversation), record_key(&self.waiting_id)]
    }
}

service! {
    /// Stores the customers who wait for an agent.
    pub(crate) WaitingList {
        cx: Context,
        records: Records,
    }
}

impl<H: Host> WaitingList<H> {
    /// All customers who wait, most urgent first.
    pub(crate) async fn waiting(&self) -> Result<Vec<Waiting>, CoreError> {
        Ok(by_urgency(self.records.read_records(ALL).await?, self.cx.now_ms()))
    }

    /// The customer who waits in this conversation.
    pub(crate) async fn waiting_in(&self, id: &ConversationId) -> Result<Option<Waiting>, CoreError> {
        self.records.read_one(&key(id)).await
    }

    /// The customer who began to wait with this message record, if they still do.
    pub(crate) async fn waiting_named(&self, waiting_id: &str) -> Result<Option<Waiting>, CoreError> {
        self.records.read_one(&record_key(waiting_id)).await
    }
}
