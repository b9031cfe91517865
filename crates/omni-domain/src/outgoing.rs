//! An agent's message on its way to Meta.

use crate::lease::Lease;
use crate::rocket_chat::FileRef;
use meta_wire::ids::Mid;
use serde::{Deserialize, Serialize};

/// An agent's message on its way: what has to be known to go on with it after this process is gone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OutgoingMessage {
    /// The message in Rocket.Chat; empty for a reaction, and for a text of ours that no room shows.
    pub message_id: String,
    /// Its room; empty when there is none.
    pub room_id: String,
    /// Who wrote it and is told when something goes wrong; `None` for the app itself.
    pub sender_id: Option<String>,
    /// The language to tell it in.
    pub lang: String,
    /// Whether a person wrote it: only those may answer after 24 hours.
    pub human: bool,
    /// The message in Rocket.Chat that it answers, or reacts to.
    pub about: Option<String>,
    /// What it was cut into, in order.
    pub parts: Vec<Part>,
    /// Which process works on it.
    pub lease: Lease,
    /// How often it failed in a way that may pass.
    pub tries: u32,
    /// Not to be tried before, Unix milliseconds; [`NEVER`] for what waits for another's doing.
    pub next_at: i64,
    /// What the agent was told last.
    pub told: Option<String>,
    /// Its author deleted it: what has not left by then stays here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

/// A time that does not come: the largest number that JavaScript keeps exactly.
pub const NEVER: i64 = meta_wire::time::UnixMillis::MAX.0;

/// One request to Meta.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Text, where it is one.
    pub text: String,
    /// Answers to choose from, or buttons: under the text.
    pub choices: Vec<Choice>,
    /// Files: one, or several images for Instagram.
    pub files: Vec<FileRef>,
    /// An emoji set on the message it is about; empty to take it back.
    pub reaction: Option<String>,
    /// How far it got.
    pub state: PartState,
}

/// An answer to choose from, or a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What it shows.
    pub title: String,
    /// What comes back when it is tapped; for a link, where it leads.
    pub payload: String,
    /// Whether it leads somewhere: a web address, or a telephone number with `+`.
    pub link: bool,
}

/// How far one request got.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// Meta does not have it.
    #[default]
    Waiting,
    /// Recorded; whether Meta has it is not known until it becomes something else.
    InFlight,
    /// Meta took it.
    Sent {
        /// Meta's id of the message.
        mid: Mid,
    },
    /// Meta took it, and it is no message.
    Done,
    /// Meta refused it, or it was refused here; nothing was sent.
    Refused {
        /// Stable word for the reason.
        code: String,
    },
}

impl OutgoingMessage {
    /// Meta's ids of what went out.
    pub fn mids(&self) -> impl Iterator<Item = &Mid> {
        self.parts.iter().filter_map(|part| match &part.state {
            PartState::Sent { mid } => Some(mid),
            _ => None,
        })
    }

    /// What it says, where it is a text of the app's own that its room does not show.
    pub fn unshown_text(&self) -> Option<String> {
        let is_unshown = self.sender_id.is_none() && self.message_id.is_empty() && !self.room_id.is_empty();
        is_unshown.then(|| self.parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n"))
    }

    /// Whether Meta may have a part of it of which nothing is known yet.
    pub fn is_in_flight(&self) -> bool {
        self.parts.iter().any(|part| part.state == PartState::InFlight)
    }

    /// Whether something of it still has to go out, when another app or a person has done something about it.
    pub fn waits_for_somebody(&self) -> bool {
        self.next_at == NEVER && self.is_unsent()
    }

    /// Whether something of it still has to go out.
    pub fn is_unsent(&self) -> bool {
        self.unsent().is_some()
    }

    /// Whether something of it does not go out unless a person has it tried again.
    pub fn is_refused(&self) -> bool {
        self.parts.iter().any(|part| matches!(part.state, PartState::Refused { .. }))
    }

    /// The first part that still has to go out.
    pub fn unsent(&self) -> Option<usize> {
        self.parts.iter().position(|part| matches!(part.state, PartState::Waiting | PartState::InFlight))
    }

    /// Whether none of it went out, or may have.
    pub fn is_all_here(&self) -> bool {
        self.parts.iter().all(|part| matches!(part.state, PartState::Waiting | PartState::Refused { .. }))
    }

    /// Nothing more of it goes out: its author deleted it.
    pub fn withdraw(&mut self) {
        self.withdrawn = true;
        self.set_rest(&PartState::Refused { code: "deleted".into() });
    }

    /// Notes how far a part got.
    pub fn set(&mut self, at: usize, state: PartState) {
        if let Some(part) = self.parts.get_mut(at) {
            part.state = state;
        }
    }

    /// Makes of a part with several files as many parts with one.
    pub fn divide(&mut self, at: usize) {
        let Some(part) = self.parts.get_mut(at) else { return };
        let files = part.files.split_off(1.min(part.files.len()));
        let single = |file| Part { files: vec![file], ..Part::default() };
        let behind = at.saturating_add(1).min(self.parts.len());
        self.parts.splice(behind..behind, files.into_iter().map(single));
    }

    /// Puts every part that did not go out into this state.
    pub fn set_rest(&mut self, state: &PartState) {
        for part in &mut self.parts {
            if !matches!(part.state, PartState::Sent { .. } | PartState::Done) {
                part.state = state.clone();
            }
        }
    }
}

/// What the customer reads of it.
pub fn says(parts: &[Part]) -> Vec<(&str, &[Choice])> {
    parts.iter().map(|part| (part.text.as_str(), part.choices.as_slice())).collect()
}
