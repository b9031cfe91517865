//! What a process saw of webhooks and logins, counted in memory and written down now and then.

use std::cell::Cell;

/// Counted since the last time it was written down.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// When the last well-signed delivery came, Unix milliseconds.
    pub(crate) event_at: Cell<Option<i64>>,
    /// Deliveries whose signature fitted nothing.
    pub(crate) rejected: Cell<u32>,
    /// When the last of those came, Unix milliseconds.
    pub(crate) rejected_at: Cell<Option<i64>>,
    /// When a forged login was last spoken of, Unix milliseconds.
    pub(crate) forged_told_at: Cell<Option<i64>>,
}
