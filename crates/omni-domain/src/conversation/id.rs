//! Which conversation.

use crate::channel::Channel;
use meta_wire::ids::{AccountId, ScopedUserId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Stands for the person in the conversation of an account with itself: what Meta says of the account, not of a customer.
const ACCOUNT: &str = "@account";

/// Which conversation: the network, the account and the customer as that account sees them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConversationId {
    /// The network.
    pub channel: Channel,
    /// The business's side.
    pub account: AccountId,
    /// The customer's side.
    pub person: ScopedUserId,
}

impl ConversationId {
    /// Reads back what it is printed as.
    pub fn read(text: &str) -> Option<Self> {
        let (channel, rest) = text.split_once(':')?;
        let channel = Channel::ALL.into_iter().find(|known| known.as_str() == channel)?;
        let (account, person) = rest.split_once(':')?;
        Some(Self { channel, account: account.into(), person: person.into() })
    }

    /// Where events of the account itself are taken in order and once, like a customer's.
    pub fn of_account(channel: Channel, account: AccountId) -> Self {
        Self { channel, account, person: ACCOUNT.into() }
    }

    /// Whether no customer is meant.
    pub fn is_of_account(&self) -> bool {
        self.person.as_str() == ACCOUNT
    }

    /// What a customer is called of whom Meta does not tell the name.
    pub fn unnamed(&self) -> String {
        let digits: Vec<char> = self.person.as_str().chars().collect();
        let tail: String = digits.iter().skip(digits.len().saturating_sub(6)).collect();
        format!("{} {tail}", self.channel.label())
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.channel.as_str(), self.account, self.person)
    }
}
