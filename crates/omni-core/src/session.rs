//! One entry call at work: the host to ask, and what this process remembers between calls.
//!
//! Nothing remembered here matters: the server may run many instances and restart any of them at any moment. The
//! caches save round trips, the locks save duplicate work; persistence decides.

use crate::error::CoreError;
use crate::host::{Call, Card, Environment, Host, LogLevel, Pending, ReadEnvironment};
use crate::settings::Settings;
use crate::store::{Account, VisitorKey};
use crate::texts::{Key, Lang, Texts, Translator};
use async_lock::{Mutex, MutexGuardArc};
use meta_wire::time::UnixMillis;
use omni_domain::timing::HOUR_MS;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// How long a cached setting, account or environment is believed without asking again, in milliseconds. Another
/// server instance may have changed it meanwhile; whatever fails because of a stale value reads anew and tries again.
const CACHE_MS: i64 = 30_000;

/// With fewer locks than this none is looked for that is of no use.
const LOCKS_LOOKED_THROUGH: usize = 64;

/// What has not come back for so long never will, in milliseconds: the process lost an answer of the server's.
const STUCK_MS: i64 = HOUR_MS;

/// What the process keeps between entry calls.
#[derive(Debug, Default)]
pub struct Memory {
    pub(crate) texts: Texts,
    pub(crate) settings: RefCell<Option<Cached<Rc<Settings>>>>,
    pub(crate) environment: RefCell<Option<Cached<Rc<Environment>>>>,
    pub(crate) accounts: RefCell<Option<Cached<Rc<Vec<Account>>>>>,
    /// The keys of visitors' tokens, which stay what they are; empty until they were read.
    pub(crate) visitor_keys: RefCell<Rc<Vec<VisitorKey>>>,
    /// When a room was last seen open, so that not every message asks again.
    pub(crate) rooms_seen_open: RefCell<HashMap<String, i64>>,
    /// What was seen of webhooks and logins since it was last written down.
    pub(crate) watch: crate::connect::Watch,
    /// Incoming entries that this process stored or took up and has not settled, and whether it began to show them: an
    /// attempt may have got part of the way.
    pub(crate) incoming: RefCell<HashMap<String, bool>>,
    /// Messages that Meta is to be asked for, and those that need not be.
    pub(crate) confirming: crate::inbound::Confirming,
    /// Outgoing entries that this process stored and that no request to Meta was made for yet, with the time of storing.
    pub(crate) fresh: RefCell<HashMap<String, i64>>,
    /// Conversations that are on the list of those with something waiting.
    pub(crate) queues: RefCell<HashSet<String>>,
    /// Until when an account, by its id, makes no calls because Meta limits it.
    pub(crate) pauses: RefCell<HashMap<String, i64>>,
    /// Accounts, by their ids, that Instagram lets send no several images at once.
    pub(crate) single_images: RefCell<HashSet<String>>,
    /// What is under way in the background of this process, once each, and since when.
    pub(crate) under_way: RefCell<BTreeMap<&'static str, i64>>,
    /// When it was last said that customers' messages could not be shown.
    pub(crate) given_up_told_at: Cell<Option<i64>>,
    /// App secrets as they are noted, and when the note was last looked after.
    pub(crate) secrets: RefCell<Option<Cached<Rc<crate::store::Secrets>>>>,
    pub(crate) secrets_looked_at: Cell<Option<i64>>,
    /// When the settings screen was last saved.
    pub(crate) form_saved_at: Cell<Option<i64>>,
    /// What was last found to be told about the settings.
    pub(crate) settings_told: RefCell<Option<BTreeSet<String>>>,
    /// The month in which it was last said that the licence's contacts are used up, as `2026-11`.
    pub(crate) contacts_told: RefCell<String>,
    /// Who the customers are for whom a room was opened, by room: it goes with their first message there.
    pub(crate) introductions: RefCell<HashMap<String, Card>>,
    /// How many entries this process has made.
    entries_made: Cell<u32>,
    /// When rooms were last looked over for closings that nobody told.
    pub(crate) rooms_swept_at: Cell<Option<i64>>,
    /// How much of a conversation waits, as far as this process knows.
    pub(crate) loads: RefCell<crate::store::Loads>,
    /// Conversations that somebody in this process is about to work on, and will see whatever is stored by now.
    pub(crate) wanted: RefCell<HashSet<String>>,
    /// Conversations that are left alone since processes ended over them, once that was read.
    pub(crate) resting: RefCell<Option<HashSet<crate::store::ConversationId>>>,
    /// When nobody could serve a conversation last that has a backlog.
    pub(crate) unserved: RefCell<HashMap<String, i64>>,
    /// What this process has claimed.
    pub(crate) claims: RefCell<Vec<crate::store::HeldClaim>>,
    /// What the ledger of those who wait is at just now.
    pub(crate) ledger: crate::flows::AtWork,
    /// Random name of this process among all that work on the same records.
    worker: OnceCell<String>,
    /// Random name of this memory: a process may lose it and begin anew under the same name.
    reader: OnceCell<String>,
    locks: RefCell<HashMap<String, Arc<Mutex<()>>>>,
    /// With so many locks the map is looked through for those of no use.
    most_locks: Cell<usize>,
}

#[derive(Debug)]
pub(crate) struct Cached<T> {
    pub(crate) value: T,
    pub(crate) at: i64,
}

impl Memory {
    /// Fresh memory that speaks these texts.
    pub fn new(texts: Texts) -> Rc<Self> {
        Rc::new(Self { texts, ..Self::default() })
    }

    /// Fresh memory of a process that has a name already: whatever a former one of that name left behind is nobody's.
    pub fn named(texts: Texts, worker: String) -> Rc<Self> {
        Rc::new(Self { texts, worker: OnceCell::from(worker), ..Self::default() })
    }

    /// Forgets every cached value; the next use reads anew.
    pub fn forget(&self) {
        self.settings.replace(None);
        self.environment.replace(None);
        self.accounts.replace(None);
    }
}

/// One entry call. Cheap to clone; a clone may outlive the call in [`Host::background`].
#[derive(Debug)]
pub struct Session<H> {
    pub(crate) host: Rc<H>,
    pub(crate) memory: Rc<Memory>,
}

impl<H> Clone for Session<H> {
    fn clone(&self) -> Self {
        Self { host: Rc::clone(&self.host), memory: Rc::clone(&self.memory) }
    }
}

impl<H: Host> Session<H> {
    /// Starts a call.
    pub fn new(host: Rc<H>, memory: Rc<Memory>) -> Self {
        Self { host, memory }
    }

    pub(crate) fn call<C: Call>(&self, call: C) -> Pending<'_, C::Reply, CoreError> {
        self.host.call_or(call)
    }

    pub(crate) fn now(&self) -> UnixMillis {
        self.host.now()
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.host.now().0
    }

    /// A new entry's id: random, behind a number by which what one process stores within a millisecond is in order. Persistence
    /// keeps none.
    pub(crate) fn new_entry_id(&self) -> String {
        let number = self.memory.entries_made.get();
        self.memory.entries_made.set(number.wrapping_add(1));
        format!("{number:08x}{}", self.random_hex(8))
    }

    pub(crate) fn warn(&self, code: &str, detail: &str) {
        self.host.log(LogLevel::Warn, code, detail);
    }

    /// Lower-case hex of that many random bytes.
    pub(crate) fn random_hex(&self, bytes: usize) -> String {
        let mut buffer = vec![0; bytes];
        self.host.fill_random(&mut buffer);
        hex::encode(buffer)
    }

    /// The name of this process.
    pub(crate) fn worker(&self) -> &str {
        self.memory.worker.get_or_init(|| self.random_hex(8))
    }

    /// The name of this memory, in what it alone knows how far it got with.
    pub(crate) fn reader(&self) -> &str {
        self.memory.reader.get_or_init(|| self.random_hex(8))
    }

    /// A text in a language.
    pub(crate) fn text(&self, lang: &Lang, key: Key, values: &[(&str, &str)]) -> String {
        self.memory.texts.get(lang, key, values)
    }

    /// The texts in a language.
    pub(crate) fn translator<'a>(&'a self, lang: &'a Lang) -> Translator<'a> {
        self.memory.texts.in_lang(lang)
    }

    /// The language of the workspace, for texts that nobody in particular reads.
    pub(crate) async fn workspace_lang(&self) -> Lang {
        self.environment().await.map(|environment| Lang::new(&environment.language)).unwrap_or_default()
    }

    /// What the server says of itself.
    pub(crate) async fn environment(&self) -> Result<Rc<Environment>, CoreError> {
        if let Some(value) = self.fresh(&self.memory.environment) {
            return Ok(value);
        }
        let value = Rc::new(self.call(ReadEnvironment {}).await?);
        self.keep(&self.memory.environment, &value);
        Ok(value)
    }

    /// The settings in force.
    pub(crate) async fn settings(&self) -> Result<Rc<Settings>, CoreError> {
        match self.fresh(&self.memory.settings) {
            Some(value) => Ok(value),
            None => self.settings_anew().await,
        }
    }

    /// The settings as stored this moment: for a decision that a stale value would get wrong.
    pub(crate) async fn settings_anew(&self) -> Result<Rc<Settings>, CoreError> {
        let value = Rc::new(Settings::read(&self.call(crate::host::Settings {}).await?, self.now()));
        self.keep(&self.memory.settings, &value);
        Ok(value)
    }

    pub(crate) fn fresh<T: Clone>(&self, cell: &RefCell<Option<Cached<T>>>) -> Option<T> {
        let cell = cell.borrow();
        let cached = cell.as_ref()?;
        (self.now_ms() - cached.at).abs().lt(&CACHE_MS).then(|| cached.value.clone())
    }

    pub(crate) fn keep<T: Clone>(&self, cell: &RefCell<Option<Cached<T>>>, value: &T) {
        cell.replace(Some(Cached { value: value.clone(), at: self.now_ms() }));
    }

    /// Does in the background what may take longer than a job may, unless it is still under way in this process.
    pub(crate) fn once_in_background<F>(&self, name: &'static str, work: impl FnOnce(Self) -> F)
    where
        F: Future<Output = Result<(), CoreError>> + 'static,
        H: 'static,
    {
        let now = self.now_ms();
        let began = self.memory.under_way.borrow().get(name).copied();
        if began.is_some_and(|at| now.saturating_sub(at).saturating_abs() < STUCK_MS) {
            return;
        }
        self.memory.under_way.borrow_mut().insert(name, now);
        let (session, work) = (self.clone(), work(self.clone()));
        self.host.background(Box::pin(async move {
            if let Err(error) = work.await {
                session.host.log(LogLevel::Error, "upkeep-unfinished", &format!("{name}: {}", error.code()));
            }
            session.memory.under_way.borrow_mut().remove(name);
        }));
    }

    /// Waits until no other call of this process works under the same name.
    pub(crate) async fn lock(&self, name: &str) -> MutexGuardArc<()> {
        let lock = {
            let mut locks = self.memory.locks.borrow_mut();
            // A lock nobody holds or waits for is of no use; dropping those keeps the map as small as the work at hand. Not
            // each time: with thousands at work the looking through would be the work.
            if locks.len() >= self.memory.most_locks.get() {
                locks.retain(|_, lock| Arc::strong_count(lock) > 1);
                self.memory.most_locks.set(locks.len().saturating_mul(2).max(LOCKS_LOOKED_THROUGH));
            }
            Arc::clone(locks.entry(name.to_owned()).or_default())
        };
        lock.lock_arc().await
    }
}
