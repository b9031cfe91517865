//! `optin`: somebody agreed to be written to, or no longer does.
//!
//! Source: [`messaging_optins`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messaging_optins).

use super::fault::Fault;
use super::reader::Node;
use crate::ids::UserRef;
use crate::private::Private;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// Consent given or withdrawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Optin {
    /// `type`, such as `notification_messages`.
    pub optin_type: Option<String>,
    /// `ref` of the plugin.
    pub reference: Option<String>,
    /// The person, when they came from a plugin and have no scoped id yet.
    pub user_ref: Option<UserRef>,
    /// What the app put into the request.
    pub payload: Option<String>,
    /// What the person agreed to.
    pub title: Option<String>,
    /// The token to send with. A credential.
    pub notification_messages_token: Option<Private>,
    /// The person's time zone.
    pub notification_messages_timezone: Option<String>,
    /// When the token ends.
    pub token_expiry: Option<UnixMillis>,
    /// `user_token_status`, such as `NOT_REFRESHED`.
    pub user_token_status: Option<String>,
    /// `notification_messages_status`, `STOP_NOTIFICATIONS` or `RESUME_NOTIFICATIONS`; Meta writes it with spaces in
    /// places, here it always has underscores.
    pub notification_messages_status: Option<String>,
}

impl Optin {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let optin = node.object()?;
        Ok(Self {
            optin_type: optin.optional_text("type"),
            reference: optin.optional_text("ref"),
            user_ref: optin.optional_id("user_ref"),
            payload: optin.optional_text("payload"),
            title: optin.optional_text("title"),
            notification_messages_token: optin.optional_private("notification_messages_token"),
            notification_messages_timezone: optin.optional_text("notification_messages_timezone"),
            token_expiry: optin.optional_time("token_expiry_timestamp"),
            user_token_status: optin.optional_text("user_token_status"),
            notification_messages_status: optin
                .optional_text("notification_messages_status")
                .map(|status| status.replace(' ', "_")),
        })
    }
}
