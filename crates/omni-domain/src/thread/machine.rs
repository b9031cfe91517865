//! What follows from what: a pure function from the state of a thread and what happened to the next state, the call to
//! make and what to say. Everything that is decided about control is decided here.

use super::action::{AgentRequest, Party, ThreadAction};
use super::state::{Thread, ThreadOwner};
use crate::settings::{HandoverAction, OnClose};
use crate::timing::MINUTE_MS;
use meta_wire::answer::Holder;
use meta_wire::ids::AppId;
use meta_wire::request::thread::LEAD_FORM_APP;

/// How long an answer to a request for control is waited for, in milliseconds: a customer waits too.
pub const ASKED_MS: i64 = 5 * MINUTE_MS;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Meta says that control changed hands.
    Given(Party),
    /// Meta says that an app asks for control.
    Wanted {
        /// Which.
        by: Option<AppId>,
        /// Whether a conversation is open, so that an agent can decide.
        open: bool,
    },
    /// Something came in the way it does for an app that may answer.
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
    AgentRequest(AgentRequest),
    /// The conversation is closed.
    Closed {
        /// What the setting wants.
        then: OnClose,
        /// Meta's inbox on this network.
        inbox: AppId,
    },
    /// Meta did it.
    Done(ThreadAction),
    /// Meta refused it.
    Denied(ThreadAction),
    /// Meta says, being asked, who has the thread.
    Owner(Party),
    /// An answer to our request is overdue, or control has expired.
    Overdue,
}

/// What to say in the room; replies to the agent who wished for something are the driver's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Say {
    /// We have the thread.
    Ours,
    /// Another app has it.
    Theirs,
    /// No app has it any more, by our doing.
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
    Denied(ThreadAction),
    /// It is ours already.
    AlreadyOurs,
    /// It was asked for already.
    AlreadyAsked,
    /// Only the app that has the thread can do that.
    NotOurs,
    /// No app has it already.
    AlreadyIdle,
}

/// What becomes of messages that wait for control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Waiting {
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
pub enum SendPermission {
    /// Send it.
    Go,
    /// Keep it: it goes out when control arrives or is given up; the agents have been told.
    Held,
    /// Do not send it: no person wrote it, and another app has the thread.
    No,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The next state.
    pub thread: Thread,
    /// What to ask of Meta; the answer is the next input.
    pub call: Option<ThreadAction>,
    /// What to say.
    pub say: Option<Say>,
    /// What becomes of waiting messages.
    pub waiting: Waiting,
    /// What becomes of the message at hand.
    pub clearance: Option<SendPermission>,
}

impl Step {
    fn stay(thread: &Thread) -> Self {
        Self { thread: thread.clone(), call: None, say: None, waiting: Waiting::Wait, clearance: None }
    }

    fn say(self, say: Say) -> Self {
        Self { say: Some(say), ..self }
    }

    fn call(self, deed: ThreadAction) -> Self {
        Self { call: Some(deed), ..self }
    }

    /// Asks for control. That it was asked for is known before it is: the answer may come to another instance first.
    fn ask(mut self, or_take: bool, now: i64) -> Self {
        self.thread.asked_at = Some(now);
        self.call(ThreadAction::Request { or_take })
    }

    fn waiting(self, waiting: Waiting) -> Self {
        Self { waiting, ..self }
    }

    fn clear(self, clearance: SendPermission) -> Self {
        Self { clearance: Some(clearance), ..self }
    }

    fn held(self) -> Self {
        self.clear(SendPermission::Held)
    }
}

/// What follows from `input` in the state `thread`, which is that of the moment ([`Thread::at`]). `now` is when it
/// happened: by Meta's clock for what Meta tells.
pub fn step(thread: &Thread, input: &Input, now: i64) -> Step {
    match input {
        Input::Given(party) | Input::Owner(party) => owned(thread, party, now),
        Input::Wanted { by, open } => wanted(thread, by.as_ref(), *open),
        Input::Heard => match thread.owner {
            ThreadOwner::Other { .. } => ours(thread, now).say(Say::Ours),
            // An app that hears it may answer it, and the customer's message is what gave the thread to us.
            ThreadOwner::Idle => ours(thread, now),
            ThreadOwner::Unknown | ThreadOwner::Ours => Step::stay(thread),
        },
        Input::Overheard(app) => overheard(thread, app.as_ref(), now),
        Input::HumanWanted(action) => match (&thread.owner, thread.asked_at) {
            (ThreadOwner::Other { .. }, None) => {
                let step = Step::stay(thread).say(Say::HumanWanted);
                match action {
                    HandoverAction::Take => step.call(ThreadAction::Take),
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
        Input::AgentRequest(wish) => wish_of(thread, wish, now),
        Input::Closed { then, inbox } => closed(thread, *then, inbox),
        Input::Done(deed) => done(thread, deed, now),
        Input::Denied(deed) => denied(thread, deed),
        Input::Overdue => overdue(thread, now),
    }
}

fn ours(thread: &Thread, now: i64) -> Step {
    Step::stay(&thread.owned_by(ThreadOwner::Ours, now)).waiting(Waiting::Send)
}

/// Another app has it now. A request of ours stays open: the app that has the thread may still answer it.
fn theirs(thread: &Thread, app_id: Option<AppId>, now: i64) -> Step {
    let asked_at = thread.asked_at;
    Step::stay(&Thread { asked_at, ..thread.owned_by(ThreadOwner::Other { app_id }, now) })
}

fn owned(thread: &Thread, party: &Party, now: i64) -> Step {
    match (party, &thread.owner) {
        (Party::Us, ThreadOwner::Ours) => ours(thread, now).clear(SendPermission::Go),
        (Party::Us, _) => ours(thread, now).clear(SendPermission::Go).say(Say::Ours),
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
        // No agent is at work here: the app that asks is.
        (_, Some(by)) => Step::stay(thread).call(ThreadAction::Pass(Some(by.clone()))),
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
        (ThreadOwner::Other { .. }, _, HandoverAction::Take) => step.call(ThreadAction::Take),
        (ThreadOwner::Other { .. }, Some(_), _) => step.held(),
        (ThreadOwner::Other { .. }, None, HandoverAction::Request) => step.ask(false, now),
        // Sending is how to find out; Meta refuses when it may not be.
        _ => step.clear(SendPermission::Go),
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
        (HandoverAction::Take, _) => step.call(ThreadAction::Take),
        (_, Some(_)) => step.held(),
        (HandoverAction::Request, None) => step.ask(false, now),
        (HandoverAction::None, None) => step.held().say(Say::Choice),
    }
}

fn wish_of(thread: &Thread, wish: &AgentRequest, now: i64) -> Step {
    let step = Step::stay(thread);
    let deed = match wish {
        AgentRequest::Discard => {
            return Step::stay(&Thread { asked_at: None, ..thread.clone() }).waiting(Waiting::GiveUp);
        }
        AgentRequest::Do(deed) => deed.clone(),
    };
    match (&deed, &thread.owner) {
        (ThreadAction::Take | ThreadAction::Request { .. }, ThreadOwner::Ours) => {
            step.waiting(Waiting::Send).say(Say::AlreadyOurs)
        }
        (ThreadAction::Request { .. }, _) if thread.asked_at.is_some() => step.say(Say::AlreadyAsked),
        (ThreadAction::Release | ThreadAction::Pass(_), ThreadOwner::Other { .. }) => step.say(Say::NotOurs),
        (ThreadAction::Request { or_take }, _) => step.ask(*or_take, now),
        (ThreadAction::Release, ThreadOwner::Idle) => step.say(Say::AlreadyIdle),
        _ => step.call(deed),
    }
}

fn closed(thread: &Thread, then: OnClose, inbox: &AppId) -> Step {
    let step = Step::stay(&Thread { asked_at: None, ..thread.clone() }).waiting(Waiting::GiveUp);
    match (&thread.owner, then) {
        (ThreadOwner::Other { .. }, _) | (_, OnClose::Keep) | (ThreadOwner::Idle, OnClose::Release) => step,
        (_, OnClose::Release) => step.call(ThreadAction::Release),
        (_, OnClose::Inbox) => step.call(ThreadAction::Pass(Some(inbox.clone()))),
        (_, OnClose::DefaultApp) => step.call(ThreadAction::Pass(None)),
    }
}

fn done(thread: &Thread, deed: &ThreadAction, now: i64) -> Step {
    match deed {
        ThreadAction::Take => ours(thread, now).clear(SendPermission::Go).say(Say::Took),
        // It was given while we asked.
        ThreadAction::Request { .. } if thread.owner == ThreadOwner::Ours => {
            ours(thread, now).clear(SendPermission::Go)
        }
        // What ended the waiting meanwhile does not matter: the message waits for an agent to decide.
        ThreadAction::Request { .. } if thread.asked_at.is_none() => Step::stay(thread).held(),
        ThreadAction::Request { .. } => {
            // Only what has an owner can be asked for; who that is will be told with the answer.
            let step = match &thread.owner {
                ThreadOwner::Other { .. } => Step::stay(thread),
                _ => theirs(thread, None, now),
            };
            step.held().say(Say::Asked)
        }
        ThreadAction::Release => Step::stay(&thread.owned_by(ThreadOwner::Idle, now)).say(Say::Released),
        ThreadAction::Pass(target) => {
            let other = ThreadOwner::Other { app_id: target.clone() };
            Step::stay(&thread.owned_by(other, now)).say(Say::Passed)
        }
    }
}

fn denied(thread: &Thread, deed: &ThreadAction) -> Step {
    let asked_at = if let ThreadAction::Request { .. } = deed { None } else { thread.asked_at };
    let step = Step::stay(&Thread { asked_at, ..thread.clone() });
    match deed {
        ThreadAction::Take | ThreadAction::Request { .. } if thread.owner == ThreadOwner::Ours => {
            step.waiting(Waiting::Send).clear(SendPermission::Go)
        }
        ThreadAction::Request { or_take: true } => step.call(ThreadAction::Take),
        ThreadAction::Take | ThreadAction::Request { or_take: false } => step.held().say(Say::Denied(deed.clone())),
        ThreadAction::Release | ThreadAction::Pass(_) => step.say(Say::Denied(deed.clone())),
    }
}

fn overdue(thread: &Thread, now: i64) -> Step {
    let next = Step::stay(&Thread { asked_at: None, ..thread.clone() });
    match (&thread.owner, thread.asked_at) {
        (_, Some(at)) if now.saturating_sub(at) < ASKED_MS => Step::stay(thread),
        // The form lets go by itself and tells no app.
        (ThreadOwner::Other { app_id: Some(app) }, Some(_)) if app.as_str() == LEAD_FORM_APP => {
            next.waiting(Waiting::Send)
        }
        (ThreadOwner::Other { .. }, Some(_)) => next.waiting(Waiting::GiveUp).say(Say::NotGranted),
        (ThreadOwner::Other { .. }, None) => next,
        // It expired or came to us while something waited.
        _ => next.waiting(Waiting::Send),
    }
}

/// Whether nothing follows from it: most of what happens changes nothing, and then costs nothing.
pub fn is_idle(thread: &Thread, input: &Input, now: i64) -> bool {
    let step = step(thread, input, now);
    let still = step.thread.owner == thread.owner && step.thread.asked_at == thread.asked_at;
    let quiet = step.call.is_none() && step.say.is_none();
    still && quiet && step.waiting == Waiting::Wait && step.clearance.is_none_or(|clear| clear == SendPermission::Go)
}
