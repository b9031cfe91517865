//! Which of Meta's two messaging platforms something belongs to.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A messaging platform, told apart in webhooks by `object`: `page` is Messenger, `instagram` is Instagram.
///
/// Source: [Graph webhooks](https://developers.facebook.com/docs/graph-api/webhooks/getting-started).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Facebook Messenger: conversations of a Page.
    Messenger,
    /// Instagram Direct: conversations of an Instagram professional account.
    Instagram,
}

impl Platform {
    /// Both platforms.
    pub const ALL: [Self; 2] = [Self::Messenger, Self::Instagram];

    /// The word in a webhook's `object`, and in an app subscription.
    pub const fn webhook_object(self) -> &'static str {
        match self {
            Self::Messenger => "page",
            Self::Instagram => "instagram",
        }
    }

    /// The platform a webhook's `object` names, if it is one of ours.
    pub fn from_webhook_object(object: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.webhook_object() == object)
    }

    /// The word Graph calls use, such as `platform=instagram` of the Conversations API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Messenger => "messenger",
            Self::Instagram => "instagram",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
