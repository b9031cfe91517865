//! The world around the app: one Rocket.Chat, one Meta, one clock, and any number of server instances.

use super::clock::Clock;
use super::executor::{Executor, Life};
use super::faults::{Faults, Leg};
use super::instance::Instance;
use super::meta::Meta;
use super::random::Random;
use super::rocket_chat::RocketChat;
use omni_core::host::LogLevel;
use serde_json::Value;
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::fmt;
use std::rc::Rc;

/// How far the clocks of two servers are apart at most, in milliseconds: they are set over the network.
const MOST_APART: usize = 3_000;

/// A host call as it was made.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub kind: &'static str,
    /// As it crosses the line: `{"kind": "…", …}`.
    pub call: Value,
    pub life: Life,
    pub at: i64,
    /// The code it failed with.
    pub refused: Option<String>,
}

#[derive(Debug, Clone)]
pub struct LogLine {
    pub level: LogLevel,
    pub code: String,
    pub detail: String,
    pub at: i64,
}

/// A place where a process ends.
#[derive(Debug)]
struct Crash {
    life: Life,
    kind: String,
    leg: Leg,
    skip: usize,
}

/// Cheap to clone; all clones are the same world.
#[derive(Clone)]
pub struct World(Rc<Inner>);

struct Inner {
    clock: Clock,
    random: Random,
    executor: Executor,
    rocket_chat: RefCell<RocketChat>,
    meta: RefCell<Meta>,
    faults: RefCell<Faults>,
    crashes: RefCell<Vec<Crash>>,
    calls: RefCell<Vec<Recorded>>,
    logs: RefCell<Vec<LogLine>>,
    lives: Cell<usize>,
    /// Whether what was asked is kept, beside which kind of call it was.
    keeps_calls: Cell<bool>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

impl World {
    /// A world in which tasks take turns.
    pub fn new() -> Self {
        Self::ordered(None, Clock::default())
    }

    /// The same at another time, Unix milliseconds.
    pub fn beginning(at: i64) -> Self {
        Self::ordered(None, Clock::beginning(at))
    }

    /// A world in which the next task, and how long each call is on its way, is drawn from the seed: the same seed,
    /// the same run.
    pub fn seeded(seed: u64) -> Self {
        Self::ordered(Some(seed), Clock::default())
    }

    fn ordered(seed: Option<u64>, clock: Clock) -> Self {
        Self(Rc::new(Inner {
            random: Random::new(seed.unwrap_or_default() ^ 0x6f6d_6e69),
            executor: Executor::new(clock.clone(), seed),
            rocket_chat: RefCell::new(RocketChat::new(clock.clone(), seed.unwrap_or_default())),
            clock,
            meta: RefCell::default(),
            faults: RefCell::default(),
            crashes: RefCell::default(),
            calls: RefCell::default(),
            logs: RefCell::default(),
            lives: Cell::default(),
            keeps_calls: Cell::new(true),
        }))
    }

    /// A server instance: a process with a memory of its own. The clocks of several are seconds apart.
    pub fn instance(&self) -> Instance {
        let first = self.0.lives.get() == 0;
        let ahead = if first { 0 } else { self.random().below(2 * MOST_APART) as i64 - MOST_APART as i64 };
        Instance::new(self.clone(), ahead)
    }

    /// The server as it is. Not to be held across anything that runs the app.
    pub fn rocket_chat(&self) -> Ref<'_, RocketChat> {
        self.0.rocket_chat.borrow()
    }

    /// The server, to arrange it and to act in it. Not to be held across anything that runs the app.
    pub fn rocket_chat_mut(&self) -> RefMut<'_, RocketChat> {
        self.0.rocket_chat.borrow_mut()
    }

    /// What Meta saw. Not to be held across anything that runs the app.
    pub fn meta(&self) -> Ref<'_, Meta> {
        self.0.meta.borrow()
    }

    /// Meta, to script it. Not to be held across anything that runs the app.
    pub fn meta_mut(&self) -> RefMut<'_, Meta> {
        self.0.meta.borrow_mut()
    }

    pub fn faults_mut(&self) -> RefMut<'_, Faults> {
        self.0.faults.borrow_mut()
    }

    pub fn now(&self) -> i64 {
        self.0.clock.now()
    }

    /// Lets time pass, and whatever waited for it run.
    pub fn advance(&self, millis: i64) {
        let until = self.now() + millis;
        let clock = self.clock().clone();
        let bell = Rc::new(Cell::new(false));
        let rung = Rc::clone(&bell);
        // Timers before that moment go off at their own time.
        self.executor().spawn(self.next_life(), async move {
            clock.sleep(until - clock.now()).await;
            rung.set(true);
        });
        self.executor().run_until(|| bell.get());
    }

    /// Runs everything that can still run, background work too. Fails when something waits for what nobody can give.
    pub fn settle(&self) {
        self.executor().run_until(|| false);
        let stuck = self.executor().stuck();
        assert_eq!(stuck, 0, "tasks that nobody will ever wake");
    }

    /// Every host call so far, in order.
    pub fn calls(&self) -> Vec<Recorded> {
        self.0.calls.borrow().clone()
    }

    /// Kinds of [`World::calls`]: what a budget of round trips is held against.
    pub fn kinds(&self) -> Vec<&'static str> {
        self.0.calls.borrow().iter().map(|call| call.kind).collect()
    }

    pub fn count(&self) -> usize {
        self.0.calls.borrow().len()
    }

    pub fn count_of(&self, kind: &str) -> usize {
        self.0.calls.borrow().iter().filter(|call| call.kind == kind).count()
    }

    /// Every place in the calls so far where the process could end, for [`super::Instance::crash_after`] in a run that
    /// repeats them: kind, and which call of that kind.
    pub fn crash_points(&self) -> Vec<(&'static str, usize)> {
        let kinds = self.kinds();
        let nth = |at: usize| kinds[..=at].iter().filter(|kind| **kind == kinds[at]).count();
        (0..kinds.len()).map(|at| (kinds[at], nth(at))).collect()
    }

    /// From now on calls are counted by kind only: for tests at scale.
    pub fn keep_no_calls(&self) {
        self.0.keeps_calls.set(false);
    }

    pub(super) fn keeps_calls(&self) -> bool {
        self.0.keeps_calls.get()
    }

    /// Begins counting anew.
    pub fn forget_calls(&self) {
        self.0.calls.borrow_mut().clear();
    }

    pub fn logs(&self) -> Vec<LogLine> {
        self.0.logs.borrow().clone()
    }

    pub fn logged(&self, code: &str) -> bool {
        self.0.logs.borrow().iter().any(|line| line.code == code)
    }

    /// Fails when a log line holds one of these: a token, a secret, somebody's words.
    pub fn assert_logs_hold_none_of(&self, secrets: &[&str]) {
        for line in self.logs() {
            for secret in secrets {
                let holds = line.code.contains(secret) || line.detail.contains(secret);
                assert!(!holds, "the log holds `{secret}`: {}: {}", line.code, line.detail);
            }
        }
    }

    /// Fails when the URL of a request holds one of these.
    pub fn assert_urls_hold_none_of(&self, secrets: &[&str]) {
        for request in &self.meta().requests {
            for secret in secrets {
                assert!(!request.url.contains(secret), "a URL holds `{secret}`: {} {}", request.method, request.path());
            }
        }
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(super) fn random(&self) -> &Random {
        &self.0.random
    }

    pub(super) fn executor(&self) -> &Executor {
        &self.0.executor
    }

    pub(super) fn calls_mut(&self) -> RefMut<'_, Vec<Recorded>> {
        self.0.calls.borrow_mut()
    }

    pub(super) fn logs_mut(&self) -> RefMut<'_, Vec<LogLine>> {
        self.0.logs.borrow_mut()
    }

    pub(super) fn next_life(&self) -> Life {
        self.0.lives.set(self.0.lives.get() + 1);
        Life(self.0.lives.get())
    }

    pub(super) fn set_crash(&self, life: Life, kind: &str, leg: Leg, nth: usize) {
        assert!(nth > 0, "the first call is number 1");
        self.0.crashes.borrow_mut().push(Crash { life, kind: kind.to_owned(), leg, skip: nth - 1 });
    }

    pub(super) fn crashes_at(&self, life: Life, kind: &str, leg: Leg) -> bool {
        let mut crashes = self.0.crashes.borrow_mut();
        let here = crashes.iter_mut().filter(|crash| crash.life == life && crash.kind == kind && crash.leg == leg);
        let mut now = false;
        for crash in here {
            now |= crash.skip == 0;
            crash.skip = crash.skip.saturating_sub(1);
        }
        now
    }
}
