//! `business_integrity`: how a Page stands with Meta, and what it may not do for a while.
//!
//! Source: [Page integrity](https://developers.facebook.com/docs/pages-api/integrity-webhook).

use super::fault::Fault;
use super::name::plain_word;
use super::reader::{Node, Object};
use crate::private::Private;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// The keys that only such an item has: it names no event.
pub(super) const KEYS: [&str; 3] = ["violations", "restrictions", "action_events"];

/// How an account stands with Meta.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Integrity {
    /// `ok`, `warning`, `restricted` or `suspended`.
    pub status: Option<String>,
    /// What it is said to have done.
    pub violations: Vec<Violation>,
    /// What it may not do, or may do again.
    pub restrictions: Vec<Restriction>,
}

/// What an account is said to have done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// Meta's word for it.
    pub kind: Option<String>,
    /// In Meta's words.
    pub description: Option<Private>,
    /// Where Meta explains it.
    pub url: Option<Private>,
}

/// Something an account may not do, or may do again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Restriction {
    /// What it is about.
    pub feature: Feature,
    /// Whether it holds, or was lifted.
    pub holds: bool,
    /// In Meta's words.
    pub description: Option<Private>,
    /// When it ends by itself.
    pub until: Option<UnixMillis>,
}

/// What a restriction is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Writing to people, in Meta's inbox or through the API.
    Messaging,
    /// Publishing on the Page.
    Publishing,
    /// Anything but looking.
    ReadOnly,
    /// A word this crate has not met.
    Other(String),
}

impl Integrity {
    /// `holder` is the item, a change's value, or the entry itself, beside whose items the restrictions may stand.
    pub(super) fn read(holder: &Object<'_, '_>) -> Self {
        let status = holder.optional_text("status").map(|status| status.to_ascii_lowercase());
        let violations = holder.optional("violations", |node| node.each_good(violation));
        let restrictions = holder.optional("restrictions", |node| node.each_good(restriction));
        Self { status, violations: violations.unwrap_or_default(), restrictions: restrictions.unwrap_or_default() }
    }
}

fn violation(node: Node<'_, '_>) -> Result<Violation, Fault> {
    let violation = node.object()?;
    Ok(Violation {
        kind: violation.optional_text("type"),
        description: violation.optional_private("description"),
        url: violation.optional_private("url"),
    })
}

fn restriction(node: Node<'_, '_>) -> Result<Restriction, Fault> {
    let restriction = node.object()?;
    let feature = restriction.need("feature")?.text()?;
    let status = restriction.optional_text("status").unwrap_or_default();
    Ok(Restriction {
        feature: match feature.as_str() {
            "page_messaging" | "page_messaging_api" => Feature::Messaging,
            "page_publish" => Feature::Publishing,
            "page_read_only" => Feature::ReadOnly,
            _ => Feature::Other(plain_word(&feature)),
        },
        holds: !status.eq_ignore_ascii_case("unrestricted"),
        description: restriction.optional_private("description"),
        until: restriction.optional_time("expiration_time"),
    })
}
