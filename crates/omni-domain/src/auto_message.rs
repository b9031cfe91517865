//! What the app says of its own accord: welcome, offline, finished, and the question how it was.

use crate::account::Account;
use crate::conversation::{Conversation, ConversationId};
use crate::message_record::MessageState;
use crate::routing::Origin;
use crate::routing::rules::first_match;
use crate::routing::template::Occasion;
use serde::{Deserialize, Serialize};

/// Something the app is to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoMessage {
    /// Ours, random.
    pub due_id: String,
    /// To whom.
    pub conversation: ConversationId,
    /// On what occasion.
    pub occasion: Occasion,
    /// What it is said once for: the room, or the absence.
    pub about: String,
    /// The room, where there is one.
    pub room_id: Option<String>,
    /// How the customer came to write.
    #[serde(default)]
    pub origin: Origin,
    /// Who served, where that is over.
    pub agent: Option<String>,
    /// Which department serves, or is to.
    pub department: Option<String>,
    /// Since when, Unix milliseconds.
    pub at: i64,
}

impl AutoMessage {
    /// The occasion by which it is said once.
    pub fn occasion_name(&self) -> String {
        format!("{}:{}", self.occasion.as_str(), self.about)
    }

    /// The account's text for it.
    pub fn text<'a>(&self, account: &'a Account) -> &'a str {
        let config = &account.config;
        match self.occasion {
            Occasion::Welcome => match first_match(&config.rules, &self.origin) {
                Some(rule) if !rule.welcome.is_empty() => &rule.welcome,
                _ => &config.welcome,
            },
            Occasion::Finished => &config.finished,
            Occasion::Offline => &config.offline,
            Occasion::Survey => &config.survey,
        }
    }

    /// Whether a message of the customer is in the room already.
    pub fn is_in_room(&self, conversation: &Conversation) -> bool {
        let shown =
            |state: &MessageState| matches!(state, MessageState::Delivered { room_id, .. } if *room_id == self.room_id);
        conversation.entries.iter().any(|entry| entry.addresses_us() && shown(&entry.state))
    }
}
