//! How the state of a thread, and what is known of the apps that share it, are stored.

use crate::store::Record;
use crate::store::keys::{conversation_key, state_key};
use meta_wire::ids::AccountId;
use omni_domain::channel::Channel;
use omni_domain::conversation::ConversationId;
use serde::{Deserialize, Serialize};

pub use omni_domain::thread::apps::Routing;
pub use omni_domain::thread::state::{Thread, ThreadBanner, ThreadOwner};

impl Record for ThreadBanner {
    const KIND: &'static str = "thread-notice";

    fn keys(&self) -> Vec<String> {
        let id = &self.conversation;
        vec![conversation_key(id), state_key(id), format!("thread-notice:{id}")]
    }

    fn rank(&self) -> i64 {
        self.at
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
        vec![conversation_key(id), state_key(id), format!("thread:{id}")]
    }

    fn rank(&self) -> i64 {
        self.thread.owner_at.unwrap_or_default()
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

/// Where what is known of the apps that share an account's threads is stored.
pub(crate) fn routing_key(channel: Channel, account: &AccountId) -> String {
    format!("routing:{}:{account}", channel.as_str())
}

impl Record for Routing {
    const KIND: &'static str = "routing";

    fn keys(&self) -> Vec<String> {
        vec![routing_key(self.channel, &self.account)]
    }
}
