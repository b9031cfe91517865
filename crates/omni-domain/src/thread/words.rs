//! What people read about a thread: a sentence for each change, and buttons for what can be done about it.

use super::action::ThreadAction;
use super::machine::{ASKED_MS, Say};
use super::refusal::ThreadActionError;
use super::state::{Thread, ThreadOwner};
use crate::blocks::Look;
use crate::key;
use crate::render::text::without_bidi_controls;
use crate::texts::{Key, Translator};
use crate::timing::MINUTE_MS;
use meta_wire::ids::AppId;
use meta_wire::platform::Platform;
use meta_wire::request::thread::inbox_app;

/// Longest part of another app's note that is shown, in characters.
const NOTE_LENGTH: usize = 300;

/// What a button does, and what agents type.
pub mod verb {
    /// Take control.
    pub const TAKE: &str = "take";
    /// Ask for control.
    pub const REQUEST: &str = "request";
    /// Give control to no app.
    pub const RELEASE: &str = "release";
    /// Give control to an app: the one named by the value, or the default app.
    pub const PASS: &str = "pass";
    /// Do not send what waits.
    pub const DISCARD: &str = "discard";
}

/// Which app a sentence names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<'a> {
    /// None.
    None,
    /// The one that has the thread.
    Owner,
    /// The one that asks for it.
    Asker(Option<&'a AppId>),
}

/// Which app the sentence names.
pub fn app_in(said: &Say) -> Named<'_> {
    match said {
        Say::Wanted(by) => Named::Asker(by.as_ref()),
        Say::Theirs | Say::Passed | Say::Asked | Say::NotGranted | Say::Choice | Say::NotOurs => Named::Owner,
        _ => Named::None,
    }
}

/// A sentence in words. `app` is the one that it names, `agent` who acts, `why` what Meta's refusal means, and `note` what the
/// other app says about it.
pub fn sentence(
    say: Translator<'_>,
    said: &Say,
    app: &str,
    agent: &str,
    why: Option<&ThreadActionError>,
    note: Option<&str>,
) -> String {
    let key = match said {
        Say::Ours => key!("hand_ours"),
        Say::Theirs => key!("hand_theirs"),
        Say::Released => key!("hand_released"),
        Say::Passed => key!("hand_passed"),
        Say::Took if agent.is_empty() => key!("hand_took"),
        Say::Took => key!("hand_took_by"),
        Say::Asked => key!("hand_asked"),
        Say::NotGranted => key!("hand_not_granted"),
        Say::Choice => key!("hand_choice"),
        Say::LeadForm => key!("hand_lead_form"),
        Say::Wanted(_) => key!("hand_wanted"),
        Say::HumanWanted => key!("hand_human_wanted"),
        Say::AlreadyOurs => key!("hand_already_ours"),
        Say::AlreadyAsked => key!("hand_already_asked"),
        Say::NotOurs => key!("hand_not_ours"),
        Say::AlreadyIdle => key!("hand_already_idle"),
        Say::Denied(deed) => deed.denied(),
    };
    let (reason, code) = match (why, said) {
        (Some(why), Say::Denied(_)) => (say.text(why.key(), &[]), why.code()),
        _ => (String::new(), ""),
    };
    let minutes = (ASKED_MS / MINUTE_MS).to_string();
    let text =
        say.text(key, &[("app", app), ("agent", agent), ("reason", &reason), ("code", code), ("minutes", &minutes)]);
    match (said, note) {
        (Say::Wanted(_), Some(note)) => format!("{text}\n{}", quoted(say, note)),
        _ => text,
    }
}

/// The line for a conversation that another app handed to us, with what that app says about it.
pub fn given(say: Translator<'_>, by: Option<&str>, note: Option<&str>) -> String {
    let text = match by {
        Some(app) => say.text(key!("hand_given_by"), &[("app", app)]),
        None => say.text(key!("hand_given"), &[]),
    };
    match note.filter(|note| !note.trim().is_empty()) {
        Some(note) => format!("{text}\n{}", quoted(say, note)),
        None => text,
    }
}

/// What another app says about a change, as its words.
fn quoted(say: Translator<'_>, note: &str) -> String {
    let note: String = without_bidi_controls(note).chars().filter(|c| *c != '`').take(NOTE_LENGTH).collect();
    let note = note.split_whitespace().collect::<Vec<_>>().join(" ");
    say.text(key!("hand_note"), &[("note", &format!("`{note}`"))])
}

/// A button for something that can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it says.
    pub label: Key,
    /// What it does, one of [`verb`].
    pub verb: &'static str,
    /// With which app; empty for none.
    pub value: String,
    /// How it looks.
    pub look: Look,
}

/// What can be done about it. `waits` says whether messages wait for control.
pub fn choices(said: &Say, thread: &Thread, platform: Platform, waits: bool) -> Vec<Choice> {
    let choice = |label, verb, value: &str, look| Choice { label, verb, value: value.to_owned(), look };
    let take = || {
        let label = if waits { key!("hand_button_take_and_send") } else { key!("hand_button_take") };
        choice(label, verb::TAKE, "", Look::Primary)
    };
    let request = || choice(key!("hand_button_request"), verb::REQUEST, "", Look::Plain);
    let discard = || choice(key!("hand_button_discard"), verb::DISCARD, "", Look::Danger);
    let mut shown = match said {
        Say::Theirs | Say::Choice | Say::NotGranted | Say::Denied(_) => vec![take(), request()],
        Say::Asked | Say::LeadForm | Say::Passed => vec![take()],
        Say::Ours | Say::Took => vec![
            choice(key!("hand_button_release"), verb::RELEASE, "", Look::Plain),
            choice(key!("hand_button_inbox"), verb::PASS, inbox_app(platform), Look::Plain),
        ],
        Say::Wanted(Some(by)) => vec![choice(key!("hand_button_give"), verb::PASS, by.as_str(), Look::Primary)],
        _ => Vec::new(),
    };
    if waits && matches!(thread.owner, ThreadOwner::Other { .. }) {
        shown.push(discard());
    }
    shown
}

/// Whether it answers the agent who asked for something and concerns no other.
pub fn is_answer(say: &Say) -> bool {
    let answers = matches!(say, Say::AlreadyOurs | Say::AlreadyAsked | Say::NotOurs | Say::AlreadyIdle);
    answers
        || matches!(
            say,
            Say::Denied(
                ThreadAction::Take | ThreadAction::Request { .. } | ThreadAction::Release | ThreadAction::Pass(_)
            )
        )
}
