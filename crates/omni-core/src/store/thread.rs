//! Who may answer in a thread that several Meta apps share, as far as Meta told us.

use meta_wire::ids::AppId;
use serde::{Deserialize, Serialize};

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
    /// Nobody: control was released or expired. Only the default app may send, if there is one.
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
    /// The line in the room that shows the state.
    pub notice: Option<Notice>,
}

/// A line in a room that shows the state of its thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The message.
    pub message_id: String,
    /// Its room.
    pub room_id: String,
    /// When it was written first, Unix milliseconds.
    pub at: i64,
}
