//! What a process knows of messages that Meta is asked for.

use meta_wire::ids::{AccountId, Mid};
use meta_wire::webhook::{Event, Item};
use omni_domain::retry::Backoff;
use omni_domain::unconfirmed::Unconfirmed;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet, VecDeque};

/// What the process knows without asking.
#[derive(Debug, Default)]
pub(crate) struct Confirming {
    /// Messages that it stored, in the order they came.
    pub(crate) taken: RefCell<(VecDeque<Mid>, HashSet<Mid>)>,
    /// Something was stored since its worker looked last: signed, unsigned.
    pub(crate) more: [Cell<bool>; 2],
    /// Messages of unsigned deliveries that Meta did not know in a row, by account, and when the next one may be asked for.
    pub(crate) unsigned: RefCell<HashMap<AccountId, (u32, i64)>>,
}

impl Confirming {
    pub(crate) fn took(&self, item: &Item) {
        let mid = match &item.event {
            Event::Message(message) => &message.mid,
            Event::Echo(echo) => &echo.mid,
            Event::Postback(postback) => &postback.mid,
            _ => return,
        };
        let Some(mid) = mid else { return };
        let (order, known) = &mut *self.taken.borrow_mut();
        if known.insert(mid.clone()) {
            order.push_back(mid.clone());
        }
        if order.len() > MOST_REMEMBERED
            && let Some(oldest) = order.pop_front()
        {
            known.remove(&oldest);
        }
    }

    pub(crate) fn has(&self, mid: &Mid) -> bool {
        self.taken.borrow().1.contains(mid)
    }

    pub(crate) fn more_of(&self, signed: bool) -> &Cell<bool> {
        let [of_signed, of_unsigned] = &self.more;
        if signed { of_signed } else { of_unsigned }
    }

    /// When a record's next message may be asked for.
    pub(crate) fn due_at(&self, record: &Unconfirmed) -> i64 {
        let not_before = self.unsigned.borrow().get(&record.account).map(|(_, at)| *at);
        record.due_at.max(not_before.filter(|_| !record.signed).unwrap_or(record.due_at))
    }

    /// Meta knew a message that an unsigned delivery named, or did not.
    pub(crate) fn asked_unsigned(&self, account: &AccountId, known: bool, now: i64) {
        let mut all = self.unsigned.borrow_mut();
        let before = all.get(account).map_or(0, |(unknown, _)| *unknown);
        let unknown = if known { 0 } else { before.saturating_add(1) };
        let pause = Backoff::UNSIGNED.after(unknown.saturating_add(1));
        all.insert(account.clone(), (unknown, now.saturating_add(pause.into())));
    }
}

/// How many of the messages taken last a process remembers: more than come within the grace time.
pub(crate) const MOST_REMEMBERED: usize = 5_000;
