//! What is seen of webhooks: counted in memory, so that the path of a message costs no round trip more, and written down
//! each minute and after refusals.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::setup_channel::Speaker;
use crate::host::Host;
use crate::store::accounts::Accounts;
use crate::store::{Record, Records};
use meta_wire::secret::Secret;
use meta_wire::signature;
use omni_domain::channel::Channel;
use omni_domain::secrets::{FormerSecret, SecretOf};
use omni_domain::timing::{DAY_MS, MINUTE_MS};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How often refusals are written down at most, in milliseconds: whoever sends rubbish must not fill persistence.
const WRITE_MS: i64 = 10_000;

/// After so long without a sign a process counts as gone and its counts as history, in milliseconds.
const FORGOTTEN_MS: i64 = 7 * DAY_MS;

/// So many refusals within a minute are frequent.
const FREQUENT: (usize, i64) = (10, 60_000);

/// How often a process reads what the others have seen of refusals, in milliseconds.
const LOOK_MS: i64 = 10 * MINUTE_MS;

/// Name of the field by which a self-test is known. Meta has none like it.
const SELF_TEST: &str = "omni_direct_self_test";

/// What one process has seen since it started.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    event_at: Cell<Option<i64>>,
    rejected: Cell<u64>,
    rejected_at: Cell<Option<i64>>,
    /// Former secrets that signed a delivery: whose, and when it was replaced.
    former_used: RefCell<BTreeSet<(SecretOf, i64)>>,
    /// When the refusals of the last minute were, as many as it takes to call them frequent.
    recent: RefCell<VecDeque<i64>>,
    /// When the setup channels were last told of refusals.
    pub(crate) told_at: Cell<Option<i64>>,
    /// When it was last looked up what other processes have refused, and when subscriptions were looked at for it.
    looked_at: Cell<i64>,
    rejected_at_anywhere: Cell<Option<i64>>,
    pub(crate) subscriptions_at: Cell<i64>,
    /// Events that were left out since it was said last, and when that was.
    pub(crate) omitted: RefCell<BTreeMap<(Channel, Omitted), usize>>,
    pub(crate) omitted_told_at: RefCell<BTreeMap<(Channel, Omitted), i64>>,
    written: RefCell<Option<Seen>>,
    written_at: Cell<i64>,
    /// When callbacks that anybody can repeat were last spoken of, by failure code and channel, Unix milliseconds.
    pub(crate) failures_told_at: RefCell<BTreeMap<(&'static str, Option<Channel>), i64>>,
}

impl Watch {
    fn note_refusal(&self, now: i64) {
        let mut recent = self.recent.borrow_mut();
        recent.push_back(now);
        if recent.len() > FREQUENT.0 {
            recent.pop_front();
        }
    }
}

/// What was seen of webhooks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// When the last well-signed delivery came, Unix milliseconds.
    pub(crate) event_at: Option<i64>,
    /// Deliveries whose signature fitted nothing.
    pub(crate) rejected: u64,
    /// When the last of those came, Unix milliseconds.
    pub(crate) rejected_at: Option<i64>,
    /// Former secrets that signed a delivery: whose, and when it was replaced.
    #[serde(default)]
    pub(crate) former_used: BTreeSet<(SecretOf, i64)>,
    /// When the setup channels were told of them last, Unix milliseconds.
    #[serde(default)]
    pub(crate) told_at: Option<i64>,
}

/// What one process has seen, as it wrote it down. Only that process writes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SeenBy {
    worker: String,
    written_at: i64,
    seen: Seen,
}

impl Record for SeenBy {
    const KIND: &'static str = "webhooks-seen";

    fn keys(&self) -> Vec<String> {
        vec![ALL.into(), format!("webhooks-seen:{}", self.worker)]
    }
}

const ALL: &str = "webhooks-seen";

/// Why an event is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Omitted {
    /// It came unsigned, and Meta does not confirm it.
    Unconfirmed,
    /// It came longer after it happened than Meta delivers.
    Old,
}

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct WebhookWatchMemory {
    /// What was seen of webhooks and logins since it was last written down.
    pub(crate) watch: Watch,
}

service! {
    /// Counts what is seen of webhooks, in memory, so that the path of a message costs no round trip more; writes it down each
    /// minute and after refusals.
    pub(crate) WebhookWatch {
        accounts: Accounts,
        cx: Context,
        records: Records,
        speaker: Speaker,
    } remembers WebhookWatchMemory
}

impl<H: Host> WebhookWatch<H> {
    /// A well-signed delivery came.
    pub(crate) fn saw_delivery(&self) {
        self.memory.watch.event_at.set(Some(self.cx.now_ms()));
    }

    /// A delivery came that a former secret signed.
    pub(crate) fn saw_former_secret(&self, former: &FormerSecret) {
        self.memory.watch.former_used.borrow_mut().insert((former.of, former.replaced_at));
    }

    /// A delivery came whose signature fits nothing.
    pub(crate) async fn saw_rejection(&self) -> Result<(), CoreError> {
        let watch = &self.memory.watch;
        watch.rejected.set(watch.rejected.get().saturating_add(1));
        watch.rejected_at.set(Some(self.cx.now_ms()));
        watch.note_refusal(self.cx.now_ms());
        match self.cx.now_ms().saturating_sub(watch.written_at.get()) >= WRITE_MS {
            true => self.write_seen().await,
            false => Ok(()),
        }
    }

    /// Whether refusals are so frequent that each may cost the least only.
    pub(crate) fn refuses_often(&self) -> bool {
        let recent = self.memory.watch.recent.borrow();
        let first = recent.front().filter(|_| recent.len() >= FREQUENT.0);
        first.is_some_and(|at| self.cx.now_ms().saturating_sub(*at).saturating_abs() < FREQUENT.1)
    }

    /// When a delivery was refused last, by this process or, as of some minutes ago, by another.
    pub(crate) async fn last_rejection(&self) -> Result<Option<i64>, CoreError> {
        let watch = &self.memory.watch;
        if self.cx.now_ms().saturating_sub(watch.looked_at.get()).saturating_abs() >= LOOK_MS {
            watch.looked_at.set(self.cx.now_ms());
            let seen = self.webhooks_seen().await?.rejected_at;
            watch.rejected_at_anywhere.set(seen);
        }
        Ok(watch.rejected_at.get().max(watch.rejected_at_anywhere.get()))
    }

    fn seen_here(&self) -> Seen {
        let watch = &self.memory.watch;
        Seen {
            event_at: watch.event_at.get(),
            rejected: watch.rejected.get(),
            rejected_at: watch.rejected_at.get(),
            former_used: watch.former_used.borrow().clone(),
            told_at: watch.told_at.get(),
        }
    }

    /// Writes down what this process has seen, if it is news.
    pub(crate) async fn write_seen(&self) -> Result<(), CoreError> {
        let seen = self.seen_here();
        let watch = &self.memory.watch;
        if seen == watch.written.borrow().clone().unwrap_or_default() {
            return Ok(());
        }
        watch.written.replace(Some(seen.clone()));
        watch.written_at.set(self.cx.now_ms());
        let record = SeenBy { worker: self.cx.worker().to_owned(), written_at: self.cx.now_ms(), seen };
        self.records.put_record(&record).await
    }

    /// What all processes have seen.
    pub(crate) async fn webhooks_seen(&self) -> Result<Seen, CoreError> {
        let mut all: Vec<Seen> = Vec::new();
        for record in self.records.read_records::<SeenBy>(ALL).await? {
            if record.worker != self.cx.worker() {
                all.push(record.seen);
            }
        }
        all.push(self.seen_here());
        Ok(Seen {
            event_at: all.iter().filter_map(|seen| seen.event_at).max(),
            rejected: all.iter().fold(0, |sum, seen| sum.saturating_add(seen.rejected)),
            rejected_at: all.iter().filter_map(|seen| seen.rejected_at).max(),
            former_used: all.iter().flat_map(|seen| seen.former_used.iter().copied()).collect(),
            told_at: all.iter().filter_map(|seen| seen.told_at).max(),
        })
    }

    /// Removes what processes that are long gone have seen.
    pub(crate) async fn forget_seen(&self) -> Result<(), CoreError> {
        for record in self.records.read_records::<SeenBy>(ALL).await? {
            if self.cx.now_ms().saturating_sub(record.written_at) > FORGOTTEN_MS {
                self.records.remove_record(&record).await?;
            }
        }
        Ok(())
    }
}

/// A delivery that only the app itself sends, to see that its public address leads back to it: body and signature.
pub(crate) fn self_test(nonce: &str, now_ms: i64, secret: &Secret) -> (String, String) {
    let change = json!({ "field": SELF_TEST, "value": { "nonce": nonce } });
    let body = json!({ "object": "page", "entry": [{ "id": "0", "time": now_ms, "changes": [change] }] });
    let body = signature::meta_escape(&body.to_string());
    let signed = signature::sign(body.as_bytes(), secret);
    (body, signed)
}

/// The nonce of a self-test; `None` for everything Meta sends. To be asked of well-signed bodies only.
pub(crate) fn self_test_nonce(body: &str) -> Option<String> {
    // Looked for as text first: parsing every delivery twice would cost more than the test is worth.
    if !body.contains(SELF_TEST) {
        return None;
    }
    let body: Value = serde_json::from_str(body).ok()?;
    let change = body.pointer("/entry/0/changes/0")?;
    let is_test = change.get("field").and_then(Value::as_str) == Some(SELF_TEST);
    let nonce = change.pointer("/value/nonce").and_then(Value::as_str);
    nonce.filter(|_| is_test).map(ToOwned::to_owned)
}
