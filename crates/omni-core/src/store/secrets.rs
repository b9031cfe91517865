//! How the app secrets that the app has to remember itself are stored.

use crate::store::Record;

pub use omni_domain::secrets::{FormerSecret, SecretOf, Secrets};

impl Record for Secrets {
    const KIND: &'static str = "secrets";

    fn keys(&self) -> Vec<String> {
        vec![SECRETS.into()]
    }

    fn rank(&self) -> i64 {
        self.former.iter().map(|former| former.replaced_at).max().unwrap_or_default()
    }
}

/// Key of the only such record.
pub(crate) const SECRETS: &str = "secrets";
