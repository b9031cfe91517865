//! `policy_enforcement`: Meta warns a Page, blocks it, or lifts the block.
//!
//! Source: [`messaging_policy_enforcement`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messaging_policy_enforcement).

use super::fault::Fault;
use super::reader::Node;
use serde::{Deserialize, Serialize};

/// Meta acted against the account, or stopped to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyEnforcement {
    /// `warning`, `block` or `unblock`; empty where Meta leaves it out.
    pub action: String,
    /// Why, in Meta's words; absent on `unblock`.
    pub reason: Option<String>,
}

impl PolicyEnforcement {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let policy = node.object()?;
        let (action, reason) = (policy.optional_text("action"), policy.optional_text("reason"));
        if action.is_none() && reason.is_none() {
            return Err(policy.missing("action"));
        }
        Ok(Self { action: action.unwrap_or_default(), reason })
    }
}
