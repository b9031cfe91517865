//! One entry call at work: the host to ask, and what this process remembers between calls.
//!
//! Nothing remembered here matters: the server may run many instances and restart any of them at any moment. The
//! caches save round trips, the locks save duplicate work; persistence decides.

pub(crate) mod area;
pub(crate) mod mac;

use crate::error::CoreError;
use crate::host::{Call, Environment, Host, LogLevel, Pending, ReadEnvironment};
use async_lock::{Mutex, MutexGuardArc};
use meta_wire::time::UnixMillis;
use omni_domain::conversation::ConversationId;
use omni_domain::settings::Settings;
use omni_domain::texts::{Key, Lang, Texts, Translator};
use omni_domain::timing::HOUR_MS;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

/// How long a cached setting, account or environment is believed without asking again, in milliseconds. Another
/// server instance may have changed it meanwhile; whatever fails because of a stale value reads anew and tries again.
const CACHE_MS: i64 = 30_000;

/// With fewer locks than this none is looked for that is of no use.
const LOCKS_LOOKED_THROUGH: usize = 64;

/// What has not come back for so long never will, in milliseconds: the process lost an answer of the server's.
const STUCK_MS: i64 = HOUR_MS;

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct ContextMemory {
    pub(crate) texts: Texts,
    pub(crate) settings: RefCell<Option<Cached<Rc<Settings>>>>,
    pub(crate) environment: RefCell<Option<Cached<Rc<Environment>>>>,
    /// What is under way in the background of this process, once each, and since when.
    pub(crate) under_way: RefCell<BTreeMap<&'static str, i64>>,
    /// How many message records this process has made.
    pub(crate) entries_made: Cell<u32>,
    /// Random name of this process among all that work on the same records.
    pub(crate) worker: OnceCell<String>,
    /// Random name of this memory: a process may lose it and begin anew under the same name.
    pub(crate) reader: OnceCell<String>,
    pub(crate) locks: RefCell<HashMap<String, Arc<Mutex<()>>>>,
    /// With so many locks the map is looked through for those of no use.
    pub(crate) most_locks: Cell<usize>,
}

#[derive(Debug)]
pub(crate) struct Cached<T> {
    pub(crate) value: T,
    pub(crate) at: i64,
}

/// What an act of the outbox or of a thread calls for in what stands above them.
#[derive(Debug)]
pub(crate) enum FollowUp {
    /// An agent's message went out: what waited for an answer is shown.
    Answered(ConversationId),
    /// What became of a message is known: echoes that waited for that have their turn.
    Settled(ConversationId),
    /// Messages that wait for control of the thread are sent, or given up for this reason.
    Control(ConversationId, Option<&'static str>),
    /// Whom an agent has to serve has changed.
    Waiting,
    /// An agent may be there to serve.
    MayServe,
}

/// A follow-up on its way.
pub(crate) type Following = Pin<Box<dyn Future<Output = Result<(), CoreError>>>>;

/// Carries out follow-ups.
pub(crate) type Follow = Rc<dyn Fn(FollowUp) -> Following>;

/// One entry call. Cheap to clone; a clone may outlive the call in [`Host::background`].
pub(crate) struct Context<H> {
    pub(crate) host: Rc<H>,
    pub(crate) memory: Rc<ContextMemory>,
    /// Carries out follow-ups.
    pub(crate) follow: Follow,
}

impl<H> Clone for Context<H> {
    fn clone(&self) -> Self {
        Self { host: Rc::clone(&self.host), memory: Rc::clone(&self.memory), follow: Rc::clone(&self.follow) }
    }
}

impl<H: Host> Context<H> {
    /// Carries out a follow-up.
    pub(crate) async fn follow_up(&self, follow_up: FollowUp) -> Result<(), CoreError> {
        (self.follow)(follow_up).await
    }

    /// Carries out a follow-up in the background.
    pub(crate) fn follow_later(&self, follow_up: FollowUp, code: &'static str) {
        let (session, following) = (self.clone(), (self.follow)(follow_up));
        self.host.background(Box::pin(async move {
            if let Err(error) = following.await {
                session.warn(code, error.code());
            }
        }));
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

    /// A new message record's id: random, behind a number by which what one process stores within a millisecond is in order.
    /// Persistence keeps none.
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

    /// The language of the workspace, for texts that no one person reads.
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
            None => self.settings_uncached().await,
        }
    }

    /// The settings as stored this moment: for a decision that a stale value would get wrong.
    pub(crate) async fn settings_uncached(&self) -> Result<Rc<Settings>, CoreError> {
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
    pub(crate) fn once_in_background(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<(), CoreError>> + 'static,
    ) {
        let now = self.now_ms();
        let began = self.memory.under_way.borrow().get(name).copied();
        if began.is_some_and(|at| now.saturating_sub(at).saturating_abs() < STUCK_MS) {
            return;
        }
        self.memory.under_way.borrow_mut().insert(name, now);
        let session = self.clone();
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

    /// What is under way under this name still gets on.
    pub(crate) fn note_under_way(&self, name: &'static str) {
        self.memory.under_way.borrow_mut().insert(name, self.now_ms());
    }

    /// The language of what stands in rooms, where many read it.
    pub(crate) async fn room_lang(&self) -> Lang {
        self.workspace_lang().await
    }
}
