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
    /// Incoming entries that this process stored or took up and has not settled, and whether it began to show them: an
    /// attempt may have got part of the way.
    pub(crate) incoming: RefCell<HashMap<String, bool>>,
}

service! {
    /// Whose turn it is among the stored events of a conversation, and which of them are one event twice.
    pub(crate) EventTurns {
        cx: Context,
        leases: Leases,
        records: Records,
    } remembers EventTurnsMemory
}

impl<H: Host> EventTurns<H> {
    /// Whether an entry is nobody else's at this moment.
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
        // What is held has none of its own: whoever has claimed it shows it.
        self.leases.prolong_leases().await?;
        let mut entry = entry.clone();
        if let MessageState::Pending { taken_at, worker, .. } = &mut entry.state {
            *taken_at = self.cx.now_ms();
            *worker = self.cx.worker().to_owned();
            self.records.put_record(&entry).await?;
        }
        Ok(())
    }
}
