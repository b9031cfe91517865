//! A single-threaded executor on virtual time, and the only source of interleaving: which ready task goes next.

use super::clock::Clock;
use super::random::Random;
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// No test needs nearly as many; more of them is a loop that feeds itself.
const MOST_STEPS: usize = 200_000;

/// One life of one server instance: a restart begins another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life(pub usize);

struct Task {
    life: Life,
    future: Pin<Box<dyn Future<Output = ()>>>,
    ready: Arc<Ready>,
}

struct Ready(AtomicBool);

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs tasks in turn, or in an order drawn from a seed.
pub struct Executor {
    clock: Clock,
    order: Option<Random>,
    tasks: RefCell<Vec<Task>>,
    ended: RefCell<Vec<Life>>,
}

impl Executor {
    pub fn new(clock: Clock, seed: Option<u64>) -> Self {
        let order = seed.map(Random::new);
        Self { clock, order, tasks: RefCell::default(), ended: RefCell::default() }
    }

    pub fn spawn(&self, life: Life, future: impl Future<Output = ()> + 'static) {
        let ready = Arc::new(Ready(AtomicBool::new(true)));
        self.tasks.borrow_mut().push(Task { life, future: Box::pin(future), ready });
    }

    /// Ends a life: its tasks are dropped where they stand.
    pub fn end(&self, life: Life) {
        self.ended.borrow_mut().push(life);
        // Dropped outside the borrow: what they hold may come back here.
        let (gone, kept): (Vec<_>, Vec<_>) = self.tasks.take().into_iter().partition(|task| task.life == life);
        self.tasks.borrow_mut().extend(kept);
        drop(gone);
    }

    pub fn has_ended(&self, life: Life) -> bool {
        self.ended.borrow().contains(&life)
    }

    /// How often a call lets others go first on each leg of its way.
    pub async fn pause(&self) {
        let mut turns = self.order.as_ref().map_or(1, |order| 1 + order.below(3));
        poll_fn(|context| {
            if turns == 0 {
                return Poll::Ready(());
            }
            turns -= 1;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Runs until `done`, or until nothing is left that could run. Time passes only when every task waits for it.
    pub fn run_until(&self, done: impl Fn() -> bool) {
        for _ in 0..MOST_STEPS {
            if done() || !(self.step() || self.clock.skip_to_next_timer()) {
                return;
            }
        }
        panic!("the work at hand does not come to an end");
    }

    /// How many tasks wait for something that nobody left can give.
    pub fn stuck(&self) -> usize {
        self.tasks.borrow().len()
    }

    fn step(&self) -> bool {
        let Some(mut task) = self.take_ready() else { return false };
        task.ready.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&task.ready));
        let pending = task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending();
        if pending && !self.has_ended(task.life) {
            self.tasks.borrow_mut().push(task);
        }
        true
    }

    fn take_ready(&self) -> Option<Task> {
        let mut tasks = self.tasks.borrow_mut();
        let ready: Vec<usize> = (0..tasks.len()).filter(|at| tasks[*at].ready.0.load(Ordering::Relaxed)).collect();
        if ready.is_empty() {
            return None;
        }
        let chosen = self.order.as_ref().map_or(0, |order| order.below(ready.len()));
        Some(tasks.remove(ready[chosen]))
    }
}

/// The outcome of a started entry call.
pub struct Pending<T>(Rc<RefCell<Option<Answered<T>>>>);

struct Answered<T> {
    value: T,
    at: i64,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<T> Clone for Pending<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Pending<T> {
    pub(super) fn answer(&self, value: T, at: i64) {
        self.0.replace(Some(Answered { value, at }));
    }

    pub fn is_done(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// The outcome; `None` while it runs, and for ever when its process crashed.
    pub fn take(self) -> Option<T> {
        self.0.take().map(|answered| answered.value)
    }

    /// When it answered, Unix milliseconds.
    pub fn answered_at(&self) -> Option<i64> {
        self.0.borrow().as_ref().map(|answered| answered.at)
    }
}
