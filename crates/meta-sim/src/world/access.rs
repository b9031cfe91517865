//! Who may do what: codes, tokens and what a person granted in the dialog.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Through which login an access was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Route {
    Facebook,
    Instagram,
}

/// An authorization code: single use, short-lived, bound to its redirect address.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) app_id: String,
    /// The Facebook user, or the Instagram account on the Instagram route.
    pub(crate) user_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) route: Route,
    pub(crate) expires_at: i64,
    pub(crate) used: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TokenKind {
    User,
    Page,
    App,
    Instagram,
}

impl TokenKind {
    /// As `debug_token` prints it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Page => "PAGE",
            Self::App => "APP",
            Self::Instagram => "INSTAGRAM",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) app_id: String,
    /// The person behind it; on the Instagram route the professional account id.
    pub(crate) user_id: String,
    pub(crate) page_id: Option<String>,
    pub(crate) long_lived: bool,
    pub(crate) issued_at: i64,
    /// Unix milliseconds; `None` never ends.
    pub(crate) expires_at: Option<i64>,
    /// The error subcode it answers since it died.
    pub(crate) dead: Option<i64>,
}

/// What one scope covers: some assets, or (without ids) all of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Granted {
    pub(crate) target_ids: Option<BTreeSet<String>>,
}

/// What a person gave an app.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Grant {
    pub(crate) scopes: BTreeMap<String, Granted>,
    pub(crate) declined: BTreeSet<String>,
}

impl Grant {
    /// Whether `scope` was given, and covers `target` when there is one.
    pub(crate) fn allows(&self, scope: &str, target: Option<&str>) -> bool {
        self.scopes.get(scope).is_some_and(|granted| match (&granted.target_ids, target) {
            (Some(ids), Some(target)) => ids.contains(target),
            _ => true,
        })
    }
}
