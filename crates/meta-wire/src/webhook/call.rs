//! `calls`, `call_permission_reply` and `call_settings_update`: calls in Messenger, which ring in Meta's own apps.
//!
//! Source: [call settings](https://developers.facebook.com/documentation/business-messaging/messenger-platform/calling/callsettings).
//! Where calls stand in an entry is in no page that was read: in `messaging`, in `changes`, or as the change's value.

use super::fault::{Fault, Shape};
use super::name::plain_word;
use super::reader::{Node, Object};
use crate::ids::AccountId;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// What happened to calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// Call by call.
    pub calls: Vec<Call>,
}

/// What happened to one call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// `connect`, `terminate`, `call_status` or `media_update`.
    pub event: String,
    /// The business called, not the customer.
    pub by_business: bool,
    /// How long it was, in seconds; absent where nobody answered.
    pub duration_s: Option<i64>,
}

/// The customer allowed calls by the business, or did not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallPermission {
    /// Whether it did.
    pub allowed: bool,
    /// Until when.
    pub until: Option<UnixMillis>,
}

/// The account's call settings were changed at Meta.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallSettings {
    /// Whether customers can call.
    pub enabled: Option<bool>,
}

impl Calls {
    /// One call, or a list of them.
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let calls = match node.shape() {
            Shape::Array => node.each_good(call)?,
            _ => vec![call(node)?],
        };
        Ok(Self { calls })
    }

    /// Who calls and who is called.
    pub(super) fn ends(node: Node<'_, '_>) -> (Option<AccountId>, Option<AccountId>) {
        let ends = |node: Node<'_, '_>| {
            let call = node.object().ok()?;
            let id = |key| call.get(key).and_then(|node| node.id().ok());
            Some((id("from"), id("to")))
        };
        let first = match node.shape() {
            Shape::Array => node.each(ends).ok().and_then(|all| all.into_iter().flatten().next()),
            _ => ends(node),
        };
        first.unwrap_or_default()
    }
}

fn call(node: Node<'_, '_>) -> Result<Call, Fault> {
    let call = node.object()?;
    Ok(Call {
        event: plain_word(&call.need("event")?.text()?),
        by_business: call.optional_text("call_direction").as_deref() == Some("business_initiated"),
        duration_s: call.optional("duration", |node| node.integer()),
    })
}

impl CallPermission {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let reply = node.object()?;
        Ok(Self {
            allowed: matches!(reply.need("response")?.text()?.as_str(), "approve" | "accept"),
            until: reply.optional_time("expiration_timestamp"),
        })
    }
}

impl CallSettings {
    pub(super) fn read(settings: &Object<'_, '_>) -> Self {
        Self { enabled: settings.optional("audio_enabled", |node| node.boolean()) }
    }
}
