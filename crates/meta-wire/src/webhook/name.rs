//! Names of events.

use super::Event;

impl Event {
    /// The kind, as it is serialised: for logs, counters and keys.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Echo(_) => "echo",
            Self::Unsend(_) => "unsend",
            Self::MessageEdit(_) => "message_edit",
            Self::Reaction(_) => "reaction",
            Self::Postback(_) => "postback",
            Self::Read(_) => "read",
            Self::Delivery(_) => "delivery",
            Self::Referral(_) => "referral",
            Self::Optin(_) => "optin",
            Self::AccountLinking(_) => "account_linking",
            Self::ThreadControl(_) => "thread_control",
            Self::AppRoles(_) => "app_roles",
            Self::PolicyEnforcement(_) => "policy_enforcement",
            Self::Integrity(_) => "integrity",
            Self::Calls(_) => "calls",
            Self::CallPermission(_) => "call_permission",
            Self::CallSettings(_) => "call_settings",
            Self::MessagingFeedback(_) => "messaging_feedback",
            Self::ResponseFeedback(_) => "response_feedback",
            Self::Order(_) => "order",
            Self::Lead(_) => "lead",
            Self::Form(_) => "form",
            Self::Comment(_) => "comment",
            Self::Mention(_) => "mention",
            Self::Feed(_) => "feed",
            Self::Unknown(_) => "unknown",
            Self::Malformed(_) => "malformed",
        }
    }
}
