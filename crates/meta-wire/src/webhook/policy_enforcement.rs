//! `policy_enforcement`: Meta warns a Page, blocks it, or lifts the block.
//!
//! Source: [`messaging_policy_enforcement`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messaging_policy_enforcement).

use super::fault::Fault;
use super::reader::Node;
use serde::{Deserialize, Serialize};

/// Meta acted against the account, or stopped to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyEnforcement {
    /// `warning`, `block` or `unblock`.
    pub action: String,
    /// Why, in Meta's words; absent on `unblock`.
    pub reason: Option<String>,
}

impl PolicyEnforcement {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let policy = node.object()?;
        Ok(Self { action: policy.need("action")?.text()?, reason: policy.optional_text("reason") })
    }
}
