//! Successful answers.

mod accounts;
mod list;
mod send;
mod subscriptions;

pub use accounts::{
    BusinessAccount, DebugToken, GrantedPermission, GranularScope, InstagramAccount, Me, PageAccount, TokenGrant,
};
pub use list::{Done, List, Listing};
pub use send::{Sent, SentAction, Uploaded};
pub use subscriptions::{AppWebhook, SubscribedApp};
