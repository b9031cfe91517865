//! Whose turn it is among the stored events of a conversation, and which of them are one event twice.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::Host;
use crate::store::Records;
use crate::store::leases::Leases;
use omni_domain::conversation::turn::Process;
use omni_domain::message_record::{MessageRecord, MessageState};
use std::cell::RefCell;
use std::collections::HashMap;

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct EventTurnsMemory {
    /// Incoming message records that this process stored or took up and has not settled, and whether it began to show them: an
    /// attempt may have got part of the way.
    pub(crate) incoming: RefCell<HashMap<String, bool>>,
}

service! {
    /// Knows which stored events this process has begun, whose turn it is, and gives heartbeats.
    pub(crate) EventTurns {
        cx: Context,
        leases: Leases,
        records: Records,
    } remembers EventTurnsMemory
}

impl<H: Host> EventTurns<H> {
    /// Whether a message record is no other process's at this moment.
    pub(crate) fn is_mine_to_take(&self, entry: &MessageRecord) -> bool {
        self.process(|process| process.is_mine_to_take(entry))
    }

    /// This process as it is now.
    pub(crate) fn process<T>(&self, ask: impl FnOnce(Process<'_>) -> T) -> T {
        let begun = self.memory.incoming.borrow();
        ask(Process { name: self.cx.worker(), now: self.cx.now_ms(), begun: &begun })
    }

    /// Tells other instances that this one is still at it, before something that takes long.
    pub(crate) async fn heartbeat(&self, entry: &MessageRecord) -> Result<(), CoreError> {
        // What waits for an agent has none of its own: the process with the lease shows it.
        self.leases.prolong_leases().await?;
        let mut entry = entry.clone();
        if let MessageState::Pending { lease, .. } = &mut entry.state {
            lease.renew(self.cx.worker(), self.cx.now_ms());
            self.records.put_record(&entry).await?;
        }
        Ok(())
    }
}
