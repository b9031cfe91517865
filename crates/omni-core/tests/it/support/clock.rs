//! Virtual time and the timers that wait on it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// 1 March 2026, 12:00 UTC. Any fixed moment does; tests read it from [`Clock::now`].
const START: i64 = 1_772_366_400_000;

/// Time that passes only when somebody waits for it or a test moves it.
#[derive(Debug, Clone)]
pub struct Clock(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    now: Cell<i64>,
    made: Cell<u64>,
    timers: RefCell<BTreeMap<u64, (i64, Waker)>>,
}

impl Default for Clock {
    fn default() -> Self {
        Self(Rc::new(Inner { now: Cell::new(START), made: Cell::default(), timers: RefCell::default() }))
    }
}

impl Clock {
    /// Time that begins at this moment, Unix milliseconds.
    pub fn beginning(at: i64) -> Self {
        let clock = Self::default();
        clock.set(at);
        clock
    }

    /// Unix milliseconds.
    pub fn now(&self) -> i64 {
        self.0.now.get()
    }

    /// Lets time pass. Timers that come due are woken; their tasks run when the executor does.
    pub fn advance(&self, millis: i64) {
        self.set(self.now() + millis);
    }

    /// Waits.
    pub fn sleep(&self, millis: i64) -> Sleep {
        self.0.made.set(self.0.made.get() + 1);
        Sleep { clock: self.clone(), id: self.0.made.get(), until: self.now() + millis }
    }

    /// Moves to the next timer; `false` when there is none.
    pub fn skip_to_next_timer(&self) -> bool {
        let next = self.0.timers.borrow().values().map(|(at, _)| *at).min();
        if let Some(at) = next {
            self.set(at.max(self.now()));
        }
        next.is_some()
    }

    fn set(&self, now: i64) {
        self.0.now.set(now);
        self.0.timers.borrow_mut().retain(|_, (at, waker)| {
            if *at <= now {
                waker.wake_by_ref();
            }
            *at > now
        });
    }
}

/// See [`Clock::sleep`].
#[derive(Debug)]
pub struct Sleep {
    clock: Clock,
    id: u64,
    until: i64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.clock.now() >= self.until {
            return Poll::Ready(());
        }
        self.clock.0.timers.borrow_mut().insert(self.id, (self.until, context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        // Nobody waits any more: time must not pass for it.
        self.clock.0.timers.borrow_mut().remove(&self.id);
    }
}
