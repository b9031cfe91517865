//! The app secrets that Meta may sign with, as far as the app has to remember them itself.

use super::Record;
use meta_wire::secret::Secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whose secret it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretOf {
    /// The Meta app's.
    MetaApp,
    /// That of its Instagram Login product.
    Instagram,
}

/// The secrets as the settings held them when they were last looked at, and those from before that are still good for webhooks
/// on their way. A setting is overwritten by each Save; this is not.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Secrets {
    /// What the settings held.
    pub current: BTreeMap<SecretOf, Secret>,
    /// What they held before, oldest first.
    pub former: Vec<FormerSecret>,
}

/// A secret that was replaced.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FormerSecret {
    /// Whose it was.
    pub of: SecretOf,
    /// The secret.
    pub secret: Secret,
    /// When another one was seen in the settings, Unix milliseconds.
    pub replaced_at: i64,
    /// Webhooks that it signed are accepted until then, Unix milliseconds.
    pub until: i64,
}

impl Record for Secrets {
    const KIND: &'static str = "secrets";

    fn keys(&self) -> Vec<String> {
        vec![SECRETS.into()]
    }
}

/// Key of the only such record.
pub(crate) const SECRETS: &str = "secrets";
