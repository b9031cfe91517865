//! Who may answer in a thread that several Meta apps share, as far as Meta told us.

use super::{ConversationId, Record};
use crate::entry::Channel;
use meta_wire::ids::{AccountId, AppId};
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
}

/// The line in a room that shows the state of its thread: a record of its own, since it is written after the state and
/// must not overwrite what was learnt meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The message.
    pub message_id: String,
    /// Its room.
    pub room_id: String,
    /// When it was written first, Unix milliseconds.
    pub at: i64,
}

impl Record for Notice {
    const KIND: &'static str = "thread-notice";

    fn keys(&self) -> Vec<String> {
        let id = &self.conversation;
        vec![id.key(), id.state_key(), format!("thread-notice:{id}")]
    }
}

/// The state of a conversation's thread: a record of its own, so that whoever notes who may answer and whoever notes
/// anything else of the conversation do not overwrite each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredThread {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The state.
    pub thread: Thread,
}

impl Record for StoredThread {
    const KIND: &'static str = "thread";

    fn keys(&self) -> Vec<String> {
        let id = &self.conversation;
        vec![id.key(), id.state_key(), format!("thread:{id}")]
    }
}

/// Says that messages of a conversation wait for control of its thread, so that they are found without searching.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadWait {
    /// Which conversation.
    pub conversation: ConversationId,
}

impl ThreadWait {
    /// The key of all of them.
    pub(crate) const ALL: &'static str = "thread-waits";
}

impl Record for ThreadWait {
    const KIND: &'static str = "thread-wait";

    fn keys(&self) -> Vec<String> {
        vec![Self::ALL.into(), format!("thread-wait:{}", self.conversation)]
    }
}

/// What is known of the apps that share an account's threads. Written when Meta tells something new, which is rare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// The network.
    pub channel: Channel,
    /// The account.
    pub account: AccountId,
    /// The default app, in old words the primary receiver.
    #[serde(default)]
    pub default_app: Option<AppId>,
    /// Apps by id and name; an empty name is one Meta does not tell.
    #[serde(default)]
    pub names: Vec<(AppId, String)>,
    /// Whether Meta let us take control when last tried, and when that was, Unix milliseconds.
    #[serde(default)]
    pub took: Option<(bool, i64)>,
}

impl Routing {
    /// Nothing known.
    pub fn new(channel: Channel, account: AccountId) -> Self {
        Self { channel, account, default_app: None, names: Vec::new(), took: None }
    }

    /// Where it is stored.
    pub(crate) fn key(channel: Channel, account: &AccountId) -> String {
        format!("routing:{}:{account}", channel.as_str())
    }
}

impl Record for Routing {
    const KIND: &'static str = "routing";

    fn keys(&self) -> Vec<String> {
        vec![Self::key(self.channel, &self.account)]
    }
}
