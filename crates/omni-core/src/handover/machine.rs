//! What follows from what: a pure function from the state of a thread and what happened to the next state, the call to
//! make and what to say. Everything that is decided about control is decided here.

use crate::settings::{HandoverAction, OnClose};
use crate::store::{Thread, ThreadOwner};
use meta_wire::answer::Holder;
use meta_wire::ids::AppId;
use meta_wire::request::thread::LEAD_FORM_APP;

/// How long control lasts without a message of the customer, in milliseconds
/// ([routing](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing)).
pub(super) const CONTROL_MS: i64 = 24 * 60 * 60 * 1000;

/// How long an answer to a request for control is waited for, in milliseconds: a customer waits too.
pub(super) const ASKED_MS: i64 = 5 * 60 * 1000;

/// An app that has or gets a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Party {
    /// Our app.
    Us,
    /// Another one; Meta names it only to some.
    App(Option<AppId>),
    /// Nobody.
    Nobody,
}

/// A call that changes who has the thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    /// Take control.
    Take,
    /// Ask for control; when Meta refuses even to be asked, take it.
    Request {
        /// Whether to.
        or_take: bool,
    },
    /// Give control to nobody.
    Release,
    /// Give control to an app, or to the default app.
    Pass(Option<AppId>),
}

/// What an agent wants done, by button or command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// One of the calls.
    Do(Deed),
    /// The messages that wait are not to be sent.
    Discard,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// Meta says that control changed hands.
    Given(Party),
    /// Meta says that an app asks for control.
    Wanted {
        /// Which.
        by: Option<AppId>,
        /// Whether a conversation is open, so that somebody can decide.
        open: bool,
    },
    /// Something came in the way it does for whoever may answer.
    Heard,
    /// Something came as context for an app that may not answer; an echo may name the app that may.
    Overheard(Option<AppId>),
    /// The customer asks for a human.
    HumanWanted(HandoverAction),
    /// A message is about to go out.
    Writes(HandoverAction),
    /// Meta took a message.
    Accepted,
    /// Meta refused a message because of the thread's owner.
    Refused {
        /// Who that is, as far as the refusal tells.
        holder: Holder,
        /// What the setting wants done about it; nothing once it was tried for this message.
        action: HandoverAction,
    },
    /// An agent wants something.
    Wish(Wish),
    /// The conversation is closed.
    Closed {
        /// What the setting wants.
        then: OnClose,
        /// Meta's inbox on this network.
        inbox: AppId,
    },
    /// Meta did it.
    Done(Deed),
    /// Meta refused it.
    Denied(Deed),
    /// Meta says, being asked, who has the thread.
    Owner(Party),
    /// An answer to our request is overdue, or control has expired.
    Overdue,
}

/// What to say in the room; replies to whoever wished for something are the driver's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Say {
    /// We have the thread.
    Ours,
    /// Another app has it.
    Theirs,
    /// Nobody has it any more, by our doing.
    Released,
    /// Another app has it, by our doing.
    Passed,
    /// We took it.
    Took,
    /// We asked for it and wait.
    Asked,
    /// Our request was not answered in time.
    NotGranted,
    /// A message waits: another app has the thread, and nothing is to be asked of it by itself.
    Choice,
    /// A message waits until Meta's lead form is through.
    LeadForm,
    /// An app asks us for the thread.
    Wanted(Option<AppId>),
    /// The customer asks for a human, and control was asked for or taken.
    HumanWanted,
    /// What was tried did not work; why, the driver knows.
    Denied(Deed),
    /// It is ours already.
    AlreadyOurs,
    /// It was asked for already.
    AlreadyAsked,
    /// Only whoever has the thread can do that.
    NotOurs,
    /// Nobody has it already.
    AlreadyIdle,
}

/// What becomes of messages that wait for control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Waiting {
    /// They go on waiting.
    #[default]
    Wait,
    /// They go out now, in order.
    Send,
    /// They are reported as not sent.
    GiveUp,
}

/// What is to become of a message on its way out, as far as the thread's control goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clearance {
    /// Send it.
    Go,
    /// Keep it: it goes out when control arrives or is given up; the agents have been told.
    Held,
    /// Do not send it: nobody wrote it, and another app has the thread.
    No,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The next state.
    pub(super) thread: Thread,
    /// What to ask of Meta; the answer is the next input.
    pub(super) call: Option<Deed>,
    /// What to say.
    pub(super) say: Option<Say>,
    /// What becomes of waiting messages.
    pub(super) waiting: Waiting,
    /// What becomes of the message at hand.
    pub(super) clearance: Option<Clearance>,
}

impl Thread {
    /// The state at a moment: control that nobody renewed has expired. `opened_at` is the customer's latest message.
    pub(crate) fn at(&self, now: i64, opened_at: Option<i64>) -> Thread {
        let held = matches!(self.owner, ThreadOwner::Ours | ThreadOwner::Other { .. });
        match self.expires_at(opened_at) {
            Some(end) if held && end <= now => {
                Thread { owner: ThreadOwner::Idle, until: None, asked_at: None, ..self.clone() }
            }
            _ => self.clone(),
        }
    }

    /// When control ends unless the customer writes again.
    pub(crate) fn expires_at(&self, opened_at: Option<i64>) -> Option<i64> {
        let renewed = self.owner_at.max(opened_at).map(|at| at.saturating_add(CONTROL_MS));
        self.owner_at?;
        self.until.max(renewed)
    }

    fn owned_by(&self, owner: ThreadOwner, now: i64) -> Thread {
        Thread { owner, owner_at: Some(now), until: None, asked_at: None }
    }
}

impl Step {
    fn stay(thread: &Thread) -> Self {
        Self { thread: thread.clone(), call: None, say: None, waiting: Waiting::Wait, clearance: None }
    }

    fn say(self, say: Say) -> Self {
        Self { say: Some(say), ..self }
    }

    fn call(self, deed: Deed) -> Self {
        Self { call: Some(deed), ..self }
    }

    /// Asks for control. That it was asked for is known before it is: the answer may come to another instance first.
    fn ask(mut self, or_take: bool, now: i64) -> Self {
        self.thread.asked_at = Some(now);
        self.call(Deed::Request { or_take })
    }

    fn waiting(self, waiting: Waiting) -> Self {
        Self { waiting, ..self }
    }

    fn clear(self, clearance: Clearance) -> Self {
        Self { clearance: Some(clearance), ..self }
    }

    fn held(self) -> Self {
        self.clear(Clearance::Held)
    }
}

/// What follows from `input` in the state `thread`, which is that of the moment ([`Thread::at`]). `now` is when it
/// happened: by Meta's clock for what Meta tells.
pub(super) fn step(thread: &Thread, input: &Input, now: i64) -> Step {
    match input {
        Input::Given(party) | Input::Owner(party) => owned(thread, party, now),
        Input::Wanted { by, open } => wanted(thread, by.as_ref(), *open),
        Input::Heard => match thread.owner {
            ThreadOwner::Other { .. } => ours(thread, now).say(Say::Ours),
            // Whoever hears it may answer it, and the customer's message is what gave the thread to us.
            ThreadOwner::Idle => ours(thread, now),
            ThreadOwner::Unknown | ThreadOwner::Ours => Step::stay(thread),
        },
        Input::Overheard(app) => overheard(thread, app.as_ref(), now),
        Input::HumanWanted(action) => match (&thread.owner, thread.asked_at) {
            (ThreadOwner::Other { .. }, None) => {
                let step = Step::stay(thread).say(Say::HumanWanted);
                match action {
                    HandoverAction::Take => step.call(Deed::Take),
                    HandoverAction::None | HandoverAction::Request => step.ask(true, now),
                }
            }
            _ => Step::stay(thread),
        },
        Input::Writes(action) => writes(thread, *action, now),
        Input::Accepted => match thread.owner {
            ThreadOwner::Other { .. } => ours(thread, now).say(Say::Ours),
            _ => Step::stay(thread),
        },
        Input::Refused { holder, action } => refused(thread, *holder, *action, now),
        Input::Wish(wish) => wish_of(thread, wish, now),
        Input::Closed { then, inbox } => closed(thread, *then, inbox),
        Input::Done(deed) => done(thread, deed, now),
        Input::Denied(deed) => denied(thread, deed),
        Input::Overdue => overdue(thread, now),
    }
}

fn ours(thread: &Thread, now: i64) -> Step {
    Step::stay(&thread.owned_by(ThreadOwner::Ours, now)).waiting(Waiting::Send)
}

/// Another app has it now. A request of ours stays open: whoever has the thread may still answer it.
fn theirs(thread: &Thread, app_id: Option<AppId>, now: i64) -> Step {
    let asked_at = thread.asked_at;
    Step::stay(&Thread { asked_at, ..thread.owned_by(ThreadOwner::Other { app_id }, now) })
}

fn owned(thread: &Thread, party: &Party, now: i64) -> Step {
    match (party, &thread.owner) {
        (Party::Us, ThreadOwner::Ours) => ours(thread, now).clear(Clearance::Go),
        (Party::Us, _) => ours(thread, now).clear(Clearance::Go).say(Say::Ours),
        // The owner is known better than it is told here.
        (Party::App(None), ThreadOwner::Other { .. }) => Step::stay(thread),
        (Party::App(app), ThreadOwner::Other { app_id }) if app == app_id => Step::stay(thread),
        (Party::App(app), _) => theirs(thread, app.clone(), now).say(Say::Theirs),
        (Party::Nobody, ThreadOwner::Idle) => Step::stay(thread),
        (Party::Nobody, _) => Step::stay(&thread.owned_by(ThreadOwner::Idle, now)).waiting(Waiting::Send),
    }
}

fn wanted(thread: &Thread, by: Option<&AppId>, open: bool) -> Step {
    match (&thread.owner, by) {
        (ThreadOwner::Other { .. }, _) => Step::stay(thread),
        (_, by) if open => Step::stay(thread).say(Say::Wanted(by.cloned())),
        // Nobody is at work here: whoever asks is.
        (_, Some(by)) => Step::stay(thread).call(Deed::Pass(Some(by.clone()))),
        (_, None) => Step::stay(thread),
    }
}

fn overheard(thread: &Thread, app: Option<&AppId>, now: i64) -> Step {
    match (&thread.owner, app) {
        (ThreadOwner::Other { .. }, None) => Step::stay(thread),
        (ThreadOwner::Other { app_id }, Some(app)) if app_id.as_ref() == Some(app) => Step::stay(thread),
        // It was another app's before, and is now known by name.
        (ThreadOwner::Other { app_id: None }, Some(app)) => theirs(thread, Some(app.clone()), now),
        (_, app) => theirs(thread, app.cloned(), now).say(Say::Theirs),
    }
}

fn writes(thread: &Thread, action: HandoverAction, now: i64) -> Step {
    let step = Step::stay(thread);
    match (&thread.owner, thread.asked_at, action) {
        (ThreadOwner::Other { .. }, _, HandoverAction::Take) => step.call(Deed::Take),
        (ThreadOwner::Other { .. }, Some(_), _) => step.held(),
        (ThreadOwner::Other { .. }, None, HandoverAction::Request) => step.ask(false, now),
        // Sending is how to find out; Meta refuses when it may not be.
        _ => step.clear(Clearance::Go),
    }
}

fn refused(thread: &Thread, holder: Holder, action: HandoverAction, now: i64) -> Step {
    let lead = ThreadOwner::Other { app_id: Some(AppId::new(LEAD_FORM_APP)) };
    let known = thread.owner == lead;
    if holder == Holder::LeadFlow {
        let next = Thread { asked_at: Some(now), ..thread.owned_by(lead, now) };
        let step = Step::stay(&next).held();
        return if known { step } else { step.say(Say::LeadForm) };
    }
    let step = match &thread.owner {
        ThreadOwner::Other { .. } if !known => Step::stay(thread),
        _ => Step::stay(&thread.owned_by(ThreadOwner::Other { app_id: None }, now)),
    };
    match (action, step.thread.asked_at) {
        (HandoverAction::Take, _) => step.call(Deed::Take),
        (_, Some(_)) => step.held(),
        (HandoverAction::Request, None) => step.ask(false, now),
        (HandoverAction::None, None) => step.held().say(Say::Choice),
    }
}

fn wish_of(thread: &Thread, wish: &Wish, now: i64) -> Step {
    let step = Step::stay(thread);
    let deed = match wish {
        Wish::Discard => {
            return Step::stay(&Thread { asked_at: None, ..thread.clone() }).waiting(Waiting::GiveUp);
        }
        Wish::Do(deed) => deed.clone(),
    };
    match (&deed, &thread.owner) {
        (Deed::Take | Deed::Request { .. }, ThreadOwner::Ours) => step.waiting(Waiting::Send).say(Say::AlreadyOurs),
        (Deed::Request { .. }, _) if thread.asked_at.is_some() => step.say(Say::AlreadyAsked),
        (Deed::Release | Deed::Pass(_), ThreadOwner::Other { .. }) => step.say(Say::NotOurs),
        (Deed::Request { or_take }, _) => step.ask(*or_take, now),
        (Deed::Release, ThreadOwner::Idle) => step.say(Say::AlreadyIdle),
        _ => step.call(deed),
    }
}

fn closed(thread: &Thread, then: OnClose, inbox: &AppId) -> Step {
    let step = Step::stay(&Thread { asked_at: None, ..thread.clone() }).waiting(Waiting::GiveUp);
    match (&thread.owner, then) {
        (ThreadOwner::Other { .. }, _) | (_, OnClose::Keep) | (ThreadOwner::Idle, OnClose::Release) => step,
        (_, OnClose::Release) => step.call(Deed::Release),
        (_, OnClose::Inbox) => step.call(Deed::Pass(Some(inbox.clone()))),
        (_, OnClose::DefaultApp) => step.call(Deed::Pass(None)),
    }
}

fn done(thread: &Thread, deed: &Deed, now: i64) -> Step {
    match deed {
        Deed::Take => ours(thread, now).clear(Clearance::Go).say(Say::Took),
        // It was given while we asked.
        Deed::Request { .. } if thread.owner == ThreadOwner::Ours => ours(thread, now).clear(Clearance::Go),
        // Whatever ended the waiting meanwhile, the message waits for whoever decides.
        Deed::Request { .. } if thread.asked_at.is_none() => Step::stay(thread).held(),
        Deed::Request { .. } => {
            // Only what has an owner can be asked for; who that is will be told with the answer.
            let step = match &thread.owner {
                ThreadOwner::Other { .. } => Step::stay(thread),
                _ => theirs(thread, None, now),
            };
            step.held().say(Say::Asked)
        }
        Deed::Release => Step::stay(&thread.owned_by(ThreadOwner::Idle, now)).say(Say::Released),
        Deed::Pass(target) => {
            let other = ThreadOwner::Other { app_id: target.clone() };
            Step::stay(&thread.owned_by(other, now)).say(Say::Passed)
        }
    }
}

fn denied(thread: &Thread, deed: &Deed) -> Step {
    let asked_at = if let Deed::Request { .. } = deed { None } else { thread.asked_at };
    let step = Step::stay(&Thread { asked_at, ..thread.clone() });
    match deed {
        Deed::Take | Deed::Request { .. } if thread.owner == ThreadOwner::Ours => {
            step.waiting(Waiting::Send).clear(Clearance::Go)
        }
        Deed::Request { or_take: true } => step.call(Deed::Take),
        Deed::Take | Deed::Request { or_take: false } => step.held().say(Say::Denied(deed.clone())),
        Deed::Release | Deed::Pass(_) => step.say(Say::Denied(deed.clone())),
    }
}

fn overdue(thread: &Thread, now: i64) -> Step {
    let next = Step::stay(&Thread { asked_at: None, ..thread.clone() });
    match (&thread.owner, thread.asked_at) {
        (_, Some(at)) if now.saturating_sub(at) < ASKED_MS => Step::stay(thread),
        // The form lets go by itself and tells nobody.
        (ThreadOwner::Other { app_id: Some(app) }, Some(_)) if app.as_str() == LEAD_FORM_APP => {
            next.waiting(Waiting::Send)
        }
        (ThreadOwner::Other { .. }, Some(_)) => next.waiting(Waiting::GiveUp).say(Say::NotGranted),
        (ThreadOwner::Other { .. }, None) => next,
        // It expired or came to us while something waited.
        _ => next.waiting(Waiting::Send),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    const NOW: i64 = 1_800_000_000_000;
    const INBOX: &str = "263902037430900";
    const BOT: &str = "1000000000000002";

    fn app(id: &str) -> Option<AppId> {
        Some(AppId::new(id))
    }

    fn other(app_id: Option<AppId>) -> ThreadOwner {
        ThreadOwner::Other { app_id }
    }

    fn states() -> Vec<(&'static str, Thread)> {
        let state = |owner: ThreadOwner, asked: Option<i64>| Thread {
            owner_at: (owner != ThreadOwner::Unknown).then_some(NOW - 1_000),
            owner,
            asked_at: asked.map(|ago| NOW - ago),
            ..Thread::default()
        };
        vec![
            ("unknown", state(ThreadOwner::Unknown, None)),
            ("ours", state(ThreadOwner::Ours, None)),
            ("idle", state(ThreadOwner::Idle, None)),
            ("inbox", state(other(app(INBOX)), None)),
            ("bot", state(other(app(BOT)), None)),
            ("someone", state(other(None), None)),
            ("lead form", state(other(app(LEAD_FORM_APP)), None)),
            ("bot, asked", state(other(app(BOT)), Some(1_000))),
            ("bot, overdue", state(other(app(BOT)), Some(ASKED_MS))),
            ("lead form, overdue", state(other(app(LEAD_FORM_APP)), Some(ASKED_MS))),
        ]
    }

    fn inputs() -> Vec<(&'static str, Input)> {
        use HandoverAction::{None as Nothing, Request, Take};
        let refused = |holder, action| Input::Refused { holder, action };
        let wish = |deed| Input::Wish(Wish::Do(deed));
        let closed = |then| Input::Closed { then, inbox: AppId::new(INBOX) };
        let request = |or_take| Deed::Request { or_take };
        vec![
            ("given to us", Input::Given(Party::Us)),
            ("given to the bot", Input::Given(Party::App(app(BOT)))),
            ("given to the inbox", Input::Given(Party::App(app(INBOX)))),
            ("given to someone", Input::Given(Party::App(None))),
            ("wanted by the bot", Input::Wanted { by: app(BOT), open: true }),
            ("wanted by the bot, closed", Input::Wanted { by: app(BOT), open: false }),
            ("wanted by someone, closed", Input::Wanted { by: None, open: false }),
            ("heard", Input::Heard),
            ("overheard", Input::Overheard(None)),
            ("overheard the bot", Input::Overheard(app(BOT))),
            ("overheard the inbox", Input::Overheard(app(INBOX))),
            ("human wanted", Input::HumanWanted(Nothing)),
            ("human wanted, take", Input::HumanWanted(Take)),
            ("human wanted, request", Input::HumanWanted(Request)),
            ("writes", Input::Writes(Nothing)),
            ("writes, take", Input::Writes(Take)),
            ("writes, request", Input::Writes(Request)),
            ("accepted", Input::Accepted),
            ("refused", refused(Holder::AnotherApp, Nothing)),
            ("refused, take", refused(Holder::AnotherApp, Take)),
            ("refused, request", refused(Holder::AnotherApp, Request)),
            ("refused for the lead form", refused(Holder::LeadFlow, Nothing)),
            ("wish: take", wish(Deed::Take)),
            ("wish: request", wish(request(false))),
            ("wish: release", wish(Deed::Release)),
            ("wish: pass", wish(Deed::Pass(None))),
            ("wish: pass to the inbox", wish(Deed::Pass(app(INBOX)))),
            ("wish: discard", Input::Wish(Wish::Discard)),
            ("closed, keep", closed(OnClose::Keep)),
            ("closed, release", closed(OnClose::Release)),
            ("closed, inbox", closed(OnClose::Inbox)),
            ("closed, default app", closed(OnClose::DefaultApp)),
            ("done: take", Input::Done(Deed::Take)),
            ("done: request", Input::Done(request(false))),
            ("done: release", Input::Done(Deed::Release)),
            ("done: pass", Input::Done(Deed::Pass(None))),
            ("done: pass to the inbox", Input::Done(Deed::Pass(app(INBOX)))),
            ("denied: take", Input::Denied(Deed::Take)),
            ("denied: request", Input::Denied(request(false))),
            ("denied: request, or take", Input::Denied(request(true))),
            ("denied: release", Input::Denied(Deed::Release)),
            ("denied: pass", Input::Denied(Deed::Pass(None))),
            ("asked Meta: us", Input::Owner(Party::Us)),
            ("asked Meta: the bot", Input::Owner(Party::App(app(BOT)))),
            ("asked Meta: someone", Input::Owner(Party::App(None))),
            ("asked Meta: nobody", Input::Owner(Party::Nobody)),
            ("overdue", Input::Overdue),
        ]
    }

    /// A step as the table shows it: the next state where it differs, then the call, what is said, what becomes of
    /// waiting messages and of the one at hand.
    fn shown(before: &Thread, step: &Step) -> String {
        let mut parts = Vec::new();
        let name = |id: &AppId| match id.as_str() {
            INBOX => "inbox".to_owned(),
            BOT => "bot".to_owned(),
            LEAD_FORM_APP => "lead form".to_owned(),
            id => id.to_owned(),
        };
        let owner = |owner: &ThreadOwner| match owner {
            ThreadOwner::Unknown => "unknown".to_owned(),
            ThreadOwner::Ours => "ours".to_owned(),
            ThreadOwner::Idle => "idle".to_owned(),
            ThreadOwner::Other { app_id } => app_id.as_ref().map_or("someone".to_owned(), name),
        };
        if step.thread.owner != before.owner {
            parts.push(format!("-> {}", owner(&step.thread.owner)));
        }
        match (before.asked_at, step.thread.asked_at) {
            (None, Some(_)) => parts.push("wait".to_owned()),
            (Some(_), None) => parts.push("stop waiting".to_owned()),
            _ => {}
        }
        let deed = |deed: &Deed| match deed {
            Deed::Take => "take".to_owned(),
            Deed::Request { or_take: false } => "request".to_owned(),
            Deed::Request { or_take: true } => "request or take".to_owned(),
            Deed::Release => "release".to_owned(),
            Deed::Pass(None) => "pass".to_owned(),
            Deed::Pass(Some(to)) => format!("pass to {}", name(to)),
        };
        parts.extend(step.call.as_ref().map(|call| format!("call {}", deed(call))));
        parts.extend(step.say.as_ref().map(|say| match say {
            Say::Wanted(by) => format!("say wanted by {}", by.as_ref().map_or("someone".to_owned(), name)),
            Say::Denied(what) => format!("say denied {}", deed(what)),
            say => format!("say {say:?}"),
        }));
        match step.waiting {
            Waiting::Wait => {}
            Waiting::Send => parts.push("send waiting".to_owned()),
            Waiting::GiveUp => parts.push("give up waiting".to_owned()),
        }
        parts.extend(step.clearance.map(|clearance| format!("{clearance:?}").to_lowercase()));
        if parts.is_empty() { "-".to_owned() } else { parts.join(", ") }
    }

    /// Every pair of state and input, each with what follows: a change of this table is a change of behaviour.
    #[test]
    fn every_pair_of_state_and_input() {
        let mut table = String::new();
        for (event, input) in inputs() {
            writeln!(table, "{event}").unwrap();
            for (name, thread) in states() {
                let step = step(&thread, &input, NOW);
                writeln!(table, "    {name}: {}", shown(&thread, &step)).unwrap();
            }
        }
        let expected = include_str!("machine.table");
        for (line, (is, should)) in table.lines().zip(expected.lines()).enumerate() {
            assert_eq!(is, should, "machine.table, line {}", line + 1);
        }
        assert_eq!(table.lines().count(), expected.lines().count());
    }
}
