//! Every state of a thread with everything that can happen to it, and what follows.

use super::action::{AgentRequest, Party, ThreadAction};
use super::machine::{ASKED_MS, Input, Say, Step, Waiting, step};
use super::state::{Thread, ThreadOwner};
use crate::settings::{HandoverAction, OnClose};
use meta_wire::answer::Holder;
use meta_wire::ids::AppId;
use meta_wire::request::thread::LEAD_FORM_APP;
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
    let wish = |deed| Input::AgentRequest(AgentRequest::Do(deed));
    let closed = |then| Input::Closed { then, inbox: AppId::new(INBOX) };
    let request = |or_take| ThreadAction::Request { or_take };
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
        ("wish: take", wish(ThreadAction::Take)),
        ("wish: request", wish(request(false))),
        ("wish: release", wish(ThreadAction::Release)),
        ("wish: pass", wish(ThreadAction::Pass(None))),
        ("wish: pass to the inbox", wish(ThreadAction::Pass(app(INBOX)))),
        ("wish: discard", Input::AgentRequest(AgentRequest::Discard)),
        ("closed, keep", closed(OnClose::Keep)),
        ("closed, release", closed(OnClose::Release)),
        ("closed, inbox", closed(OnClose::Inbox)),
        ("closed, default app", closed(OnClose::DefaultApp)),
        ("done: take", Input::Done(ThreadAction::Take)),
        ("done: request", Input::Done(request(false))),
        ("done: release", Input::Done(ThreadAction::Release)),
        ("done: pass", Input::Done(ThreadAction::Pass(None))),
        ("done: pass to the inbox", Input::Done(ThreadAction::Pass(app(INBOX)))),
        ("denied: take", Input::Denied(ThreadAction::Take)),
        ("denied: request", Input::Denied(request(false))),
        ("denied: request, or take", Input::Denied(request(true))),
        ("denied: release", Input::Denied(ThreadAction::Release)),
        ("denied: pass", Input::Denied(ThreadAction::Pass(None))),
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
    let deed = |deed: &ThreadAction| match deed {
        ThreadAction::Take => "take".to_owned(),
        ThreadAction::Request { or_take: false } => "request".to_owned(),
        ThreadAction::Request { or_take: true } => "request or take".to_owned(),
        ThreadAction::Release => "release".to_owned(),
        ThreadAction::Pass(None) => "pass".to_owned(),
        ThreadAction::Pass(Some(to)) => format!("pass to {}", name(to)),
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
