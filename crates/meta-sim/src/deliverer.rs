//! What the deliverer holds: POSTs under way, those that wait, and the records a test reads.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::{Notify, Semaphore, oneshot};

use crate::outgoing::Outgoing;

/// A POST as `GET /_sim/deliveries` shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Record {
    pub(crate) id: u64,
    pub(crate) app_id: String,
    pub(crate) object: String,
    pub(crate) accounts: Vec<String>,
    pub(crate) updates: usize,
    pub(crate) state: State,
    pub(crate) at: i64,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) body: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Pending,
    Retrying,
    Delivered,
    /// 36 hours of attempts, or a raw delivery, which is tried once.
    Failed,
    /// The webhook was switched off meanwhile.
    Disabled,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Attempt {
    pub(crate) at: i64,
    pub(crate) status: Option<u16>,
    pub(crate) ms: u64,
    pub(crate) error: Option<&'static str>,
}

/// One POST, with all that its attempts need.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) id: u64,
    pub(crate) callback: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) app_id: String,
    pub(crate) accounts: Vec<String>,
    pub(crate) retry: bool,
    pub(crate) done_once: Option<oneshot::Sender<u64>>,
}

/// An update collected for a batch, and who wants to know that it was tried.
pub(crate) type Waiting = (Outgoing, Option<oneshot::Sender<u64>>);

/// When an app stopped answering for an account: real time, and the virtual offset then.
pub(crate) type FailingSince = HashMap<(String, String), (Instant, i64)>;

#[derive(Debug, Default)]
pub(crate) struct Deliverer {
    records: Mutex<BTreeMap<u64, Record>>,
    pub(crate) lanes: Mutex<HashMap<String, VecDeque<Post>>>,
    pub(crate) waiting: Mutex<HashMap<String, Vec<Waiting>>>,
    pub(crate) failing: Mutex<FailingSince>,
    slots: Mutex<Option<(usize, Arc<Semaphore>)>>,
    pub(crate) serial: AtomicU64,
    pub(crate) delivered: AtomicU64,
    pub(crate) pending: AtomicUsize,
    changed: Notify,
    pub(crate) hurry: Notify,
}

impl Deliverer {
    pub(crate) fn pending(&self) -> usize {
        self.pending.load(Ordering::SeqCst)
    }

    /// Waits until nothing is under way or scheduled; false when time ran out.
    pub(crate) async fn idle(&self, timeout: Duration) -> bool {
        let until = tokio::time::Instant::now() + timeout;
        loop {
            let changed = self.changed.notified();
            if self.pending() == 0 {
                return true;
            }
            if tokio::time::timeout_at(until, changed).await.is_err() {
                return self.pending() == 0;
            }
        }
    }

    /// Ends every pause between retries now.
    pub(crate) fn hurry(&self) {
        self.hurry.notify_waiters();
    }

    /// The records newer than `after` that `wanted` lets through.
    pub(crate) fn records(&self, after: u64, wanted: impl Fn(&Record) -> bool) -> Vec<Record> {
        lock(&self.records).range(after + 1..).map(|(_, r)| r).filter(|r| wanted(r)).cloned().collect()
    }

    pub(crate) fn record(&self, id: u64) -> Option<Record> {
        lock(&self.records).get(&id).cloned()
    }

    /// Keeps a record, and forgets the oldest beyond `history`.
    pub(crate) fn keep(&self, record: Record, history: usize) {
        let mut records = lock(&self.records);
        records.insert(record.id, record);
        while records.len() > history {
            records.pop_first();
        }
    }

    pub(crate) fn reset(&self) {
        lock(&self.records).clear();
        lock(&self.failing).clear();
    }

    pub(crate) fn semaphore(&self, size: usize) -> Arc<Semaphore> {
        let mut slots = lock(&self.slots);
        match &*slots {
            Some((current, semaphore)) if *current == size => Arc::clone(semaphore),
            _ => {
                let semaphore = Arc::new(Semaphore::new(size.max(1)));
                *slots = Some((size, Arc::clone(&semaphore)));
                semaphore
            }
        }
    }

    pub(crate) fn finish(&self) {
        self.pending.fetch_sub(1, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    pub(crate) fn update_record(&self, id: u64, change: impl FnOnce(&mut Record)) {
        if let Some(record) = lock(&self.records).get_mut(&id) {
            change(record);
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
