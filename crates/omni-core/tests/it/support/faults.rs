//! What goes wrong: calls that fail, answers that get lost, calls that take long.

/// Where on its way a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leg {
    /// Before it had its effect.
    There,
    /// After: the effect stays, the caller does not learn of it.
    Back,
}

#[derive(Debug)]
struct Fault {
    kind: String,
    /// Calls of the kind to let pass first.
    skip: usize,
    times: usize,
    leg: Leg,
    code: String,
}

/// Faults by kind of call. The counting starts when a fault is set; `nth` starts at 1.
#[derive(Debug, Default)]
pub struct Faults {
    faults: Vec<Fault>,
    delays: Vec<(String, i64)>,
}

impl Faults {
    /// The nth call of the kind from now on fails with the code and has no effect.
    pub fn fail(&mut self, kind: &str, nth: usize, code: &str) {
        self.set(kind, nth, 1, Leg::There, code);
    }

    /// Every call of the kind fails until [`Faults::heal`]. A missing permission is code `missing-permission`.
    pub fn fail_all(&mut self, kind: &str, code: &str) {
        self.set(kind, 1, usize::MAX, Leg::There, code);
    }

    /// The nth call of the kind from now on has its effect and still fails with the code.
    pub fn lose_answer(&mut self, kind: &str, nth: usize, code: &str) {
        self.set(kind, nth, 1, Leg::Back, code);
    }

    /// Calls of the kind take this long until [`Faults::heal`].
    pub fn delay(&mut self, kind: &str, millis: i64) {
        self.delays.push((kind.to_owned(), millis));
    }

    /// All is well again.
    pub fn heal(&mut self) {
        *self = Self::default();
    }

    fn set(&mut self, kind: &str, nth: usize, times: usize, leg: Leg, code: &str) {
        assert!(nth > 0, "the first call is number 1");
        self.faults.push(Fault { kind: kind.to_owned(), skip: nth - 1, times, leg, code: code.to_owned() });
    }

    /// What becomes of the call that is about to be made.
    pub(super) fn of_next(&mut self, kind: &str) -> Option<(Leg, String)> {
        let mut hit = None;
        for fault in self.faults.iter_mut().filter(|fault| fault.kind == kind) {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if fault.times > 0 && hit.is_none() {
                fault.times = fault.times.saturating_sub(1);
                hit = Some((fault.leg, fault.code.clone()));
            }
        }
        hit
    }

    pub(super) fn delay_of(&self, kind: &str) -> i64 {
        self.delays.iter().filter(|(delayed, _)| delayed == kind).map(|(_, millis)| millis).sum()
    }
}
