//! `account_linking`: somebody linked their account with the business, or unlinked it.
//!
//! Source: [`messaging_account_linking`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messaging_account_linking).

use super::fault::Fault;
use super::reader::Node;
use crate::private::Private;
use serde::{Deserialize, Serialize};

/// An account was linked or unlinked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountLinking {
    /// `linked` or `unlinked`.
    pub status: String,
    /// The code the business's login page gave. A credential.
    pub authorization_code: Option<Private>,
}

impl AccountLinking {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let linking = node.object()?;
        Ok(Self {
            status: linking.need("status")?.text()?,
            authorization_code: linking.optional_private("authorization_code"),
        })
    }
}
