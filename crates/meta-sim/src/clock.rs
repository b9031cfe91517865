//! The time at Meta: the machine's, plus an offset tests may grow.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset_ms: AtomicI64,
}

impl Clock {
    /// A clock that shows `now_ms` at this moment, or the true time.
    pub(crate) fn starting_at(now_ms: Option<i64>) -> Self {
        Self { offset_ms: AtomicI64::new(now_ms.map_or(0, |now| now - real_now_ms())) }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        real_now_ms() + self.offset_ms()
    }

    pub(crate) fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::SeqCst)
    }

    pub(crate) fn advance(&self, by_ms: i64) {
        self.offset_ms.fetch_add(by_ms, Ordering::SeqCst);
    }
}

fn real_now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
