//! Webhook subscriptions as they are.

use crate::answer::lenient::{id, maybe_text, maybe_truth, names};
use crate::ids::AppId;
use crate::platform::Platform;
use serde::Deserialize;

/// An app that gets events of an account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SubscribedApp {
    /// The app.
    #[serde(deserialize_with = "id")]
    pub id: AppId,
    /// Its name.
    #[serde(default, deserialize_with = "maybe_text")]
    pub name: Option<String>,
    /// The fields it gets.
    #[serde(default, deserialize_with = "names")]
    pub subscribed_fields: Vec<String>,
}

/// A callback of the app.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct AppWebhook {
    /// `page`, `instagram`, or another product's word.
    pub object: String,
    /// The address events go to. Ours holds a secret.
    #[serde(default, deserialize_with = "maybe_text")]
    pub callback_url: Option<String>,
    /// The fields, whether given as names or as objects with name and version.
    #[serde(default, deserialize_with = "names")]
    pub fields: Vec<String>,
    /// Whether events are delivered.
    #[serde(default, deserialize_with = "maybe_truth")]
    pub active: Option<bool>,
}

impl AppWebhook {
    /// The platform it is for, if it is one of ours.
    pub fn platform(&self) -> Option<Platform> {
        Platform::from_webhook_object(&self.object)
    }
}

impl std::fmt::Debug for AppWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppWebhook")
            .field("object", &self.object)
            .field("fields", &self.fields)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}
