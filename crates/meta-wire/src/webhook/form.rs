//! `form`: somebody submitted a lead form inside the thread.
//!
//! Source: [webhook events](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events).

use super::fault::Fault;
use super::reader::Node;
use crate::ids::NumericId;
use serde::{Deserialize, Serialize};

/// A submitted form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// The form.
    pub id: Option<NumericId>,
}

impl Form {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        Ok(Self { id: node.object()?.optional_numeric_id("id") })
    }
}
