//! The calls that change who has a thread, and who wants them.

use crate::key;
use crate::texts::Key;
use meta_wire::ids::AppId;
use meta_wire::request::thread::Control;

/// An app that has or gets a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// Our app.
    Us,
    /// Another one; Meta names it only to some.
    App(Option<AppId>),
    /// No app.
    Nobody,
}

/// A call that changes who has the thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThreadAction {
    /// Take control.
    Take,
    /// Ask for control; when Meta refuses even to be asked, take it.
    Request {
        /// Whether to.
        or_take: bool,
    },
    /// Give control to no app.
    Release,
    /// Give control to an app, or to the default app.
    Pass(Option<AppId>),
}

/// What an agent wants done, by button or command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentRequest {
    /// One of the calls.
    Do(ThreadAction),
    /// The messages that wait are not to be sent.
    Discard,
}

impl ThreadAction {
    /// Meta's word for the call, for log lines.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Take => "take_thread_control",
            Self::Request { .. } => "request_thread_control",
            Self::Release => "release_thread_control",
            Self::Pass(_) => "pass_thread_control",
        }
    }

    /// The sentence that says it did not work, with `{reason}` and `{code}`.
    pub fn denied(&self) -> Key {
        match self {
            Self::Take => key!("hand_take_denied"),
            Self::Request { .. } => key!("hand_request_denied"),
            Self::Release => key!("hand_release_denied"),
            Self::Pass(_) => key!("hand_pass_denied"),
        }
    }

    /// The call in Meta's terms.
    pub fn control(&self) -> Control {
        match self {
            Self::Take => Control::Take,
            Self::Request { .. } => Control::Request,
            Self::Release => Control::Release,
            Self::Pass(target) => Control::Pass { target: target.clone() },
        }
    }

    /// Whether it is to get control.
    pub fn asks(&self) -> bool {
        matches!(self, Self::Take | Self::Request { .. })
    }
}
