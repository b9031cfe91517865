//! Rules by which a conversation finds its department when it begins.

use serde::{Deserialize, Serialize};

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// The `ref` of a link, a QR code or an advertisement.
    Ref,
    /// The advertisement's id.
    Ad,
    /// The payload of an ice breaker, a menu item, a button or a quick reply.
    Payload,
    /// The story that was answered.
    Story,
    /// The customer's language, where Meta tells it.
    Language,
}

impl RuleKind {
    /// All of them, in the order people read them.
    pub const ALL: [Self; 5] = [Self::Ref, Self::Ad, Self::Payload, Self::Story, Self::Language];

    /// The word an administrator types.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ref => "ref",
            Self::Ad => "ad",
            Self::Payload => "payload",
            Self::Story => "story",
            Self::Language => "language",
        }
    }
}

/// One rule. The first that fits decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What it looks at.
    pub kind: RuleKind,
    /// What that must be; `*` stands for anything.
    pub value: String,
    /// The department's id; none leaves the account's.
    pub department: Option<String>,
    /// Sent instead of the account's welcome message; empty leaves that one.
    pub welcome: String,
}

/// How a customer came to write, as far as the first event tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// As in [`RuleKind::Ref`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// As in [`RuleKind::Ad`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ad: Option<String>,
    /// As in [`RuleKind::Payload`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// As in [`RuleKind::Story`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub story: Option<String>,
    /// As in [`RuleKind::Language`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl Origin {
    /// What a rule of this kind looks at.
    pub fn get(&self, kind: RuleKind) -> Option<&str> {
        match kind {
            RuleKind::Ref => self.reference.as_deref(),
            RuleKind::Ad => self.ad.as_deref(),
            RuleKind::Payload => self.payload.as_deref(),
            RuleKind::Story => self.story.as_deref(),
            RuleKind::Language => self.language.as_deref(),
        }
    }
}
