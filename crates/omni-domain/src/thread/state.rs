//! Who may answer in a thread that several Meta apps share, as far as Meta told us.

use crate::conversation::ConversationId;
use crate::timing::DAY_MS;
use meta_wire::ids::AppId;
use serde::{Deserialize, Serialize};

/// How long control lasts without a message of the customer, in milliseconds
/// ([routing](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing)).
const CONTROL_MS: i64 = DAY_MS;

/// Who may answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadOwner {
    /// Nothing was said: with a single app, ours.
    #[default]
    Unknown,
    /// Our app.
    Ours,
    /// Another app; Meta names it only to some.
    Other {
        /// Its id.
        app_id: Option<AppId>,
    },
    /// No app: control was released or expired. Only the default app may send, if there is one.
    Idle,
}

/// The state of a thread.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thread {
    /// Who may answer.
    pub owner: ThreadOwner,
    /// When that was learnt, Unix milliseconds.
    pub owner_at: Option<i64>,
    /// When control ends as Meta said, Unix milliseconds; each message of the customer moves it.
    pub until: Option<i64>,
    /// When control was asked for and not yet given or given up, Unix milliseconds.
    pub asked_at: Option<i64>,
}

/// The line in a room that shows the state of its thread: a record of its own, since it is written after the state and
/// must not overwrite what was learnt meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadBanner {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The message.
    pub message_id: String,
    /// Its room.
    pub room_id: String,
    /// When it was written first, Unix milliseconds.
    pub at: i64,
}

impl Thread {
    /// The state at a moment: control that no message renewed has expired. `opened_at` is the customer's latest message.
    pub fn at(&self, now: i64, opened_at: Option<i64>) -> Thread {
        let held = matches!(self.owner, ThreadOwner::Ours | ThreadOwner::Other { .. });
        match self.expires_at(opened_at) {
            Some(end) if held && end <= now => {
                Thread { owner: ThreadOwner::Idle, until: None, asked_at: None, ..self.clone() }
            }
            _ => self.clone(),
        }
    }

    /// When control ends unless the customer writes again.
    pub fn expires_at(&self, opened_at: Option<i64>) -> Option<i64> {
        let renewed = self.owner_at.max(opened_at).map(|at| at.saturating_add(CONTROL_MS));
        self.owner_at?;
        self.until.max(renewed)
    }

    pub(super) fn owned_by(&self, owner: ThreadOwner, now: i64) -> Thread {
        Thread { owner, owner_at: Some(now), until: None, asked_at: None }
    }

    /// Whether the app may say something of its own accord: not while another app has the thread. It is that of the moment,
    /// see [`Thread::at`].
    pub fn is_free(&self) -> bool {
        !matches!(self.owner, ThreadOwner::Other { .. })
    }
}
