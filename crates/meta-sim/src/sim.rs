//! One stand-in, and what it is made of.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Clock;
use crate::deliverer::Deliverer;
use crate::faults::Fault;
use crate::http::Http;
use crate::world::World;

/// With what a stand-in begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// Apps, logins, Pages, Instagram accounts and customers, as the README lists them.
    #[default]
    DefaultWorld,
    /// Nothing at all.
    EmptyWorld,
}

/// One stand-in: a world, a clock, a deliverer.
#[derive(Debug)]
pub struct Sim {
    world: Mutex<World>,
    faults: Mutex<Vec<Fault>>,
    pub(crate) clock: Clock,
    pub(crate) deliverer: Deliverer,
    pub(crate) http: Http,
    start: Start,
}

impl Sim {
    /// A stand-in whose clock shows `now_ms` (Unix milliseconds) at this moment, or the machine's time.
    pub fn new(start: Start, now_ms: Option<i64>) -> Arc<Self> {
        Arc::new(Self {
            world: Mutex::new(fresh(start)),
            faults: Mutex::default(),
            clock: Clock::starting_at(now_ms),
            deliverer: Deliverer::default(),
            http: Http::new(),
            start,
        })
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Back to the beginning; the clock keeps its offset.
    pub(crate) fn reset(&self, start: Option<Start>) {
        *self.world() = fresh(start.unwrap_or(self.start));
        self.faults().clear();
        self.deliverer.reset();
    }
}

fn fresh(start: Start) -> World {
    match start {
        Start::DefaultWorld => World::with_defaults(),
        Start::EmptyWorld => World::empty(),
    }
}
