//! Successful answers.

mod accounts;
mod conversations;
mod list;
mod profile;
mod send;
mod subscriptions;
mod thread;

pub use accounts::{
    BusinessAccount, DebugToken, GrantedPermission, GranularScope, InstagramAccount, Me, PageAccount, TokenGrant,
};
pub use conversations::{
    Conversation, MessageStub, Participant, RecentMessages, StoredAttachment, StoredMessage, StoredShare,
    StoredTemplate, Story, StoryLink,
};
pub use list::{Done, List, Listing};
pub use profile::{MessengerProfile, Profile};
pub use send::{Sent, SentAction, Uploaded};
pub use subscriptions::{AppWebhook, SubscribedApp};
pub use thread::{FeatureStatus, ThreadOwner};
