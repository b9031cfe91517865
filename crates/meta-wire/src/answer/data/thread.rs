//! Who has a thread.

use crate::answer::lenient::{maybe_id, maybe_time, truth};
use crate::ids::AppId;
use crate::time::UnixMillis;
use serde::Deserialize;
use serde_json::Value;

/// Owner of a thread
/// ([routing](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing)).
/// Both fields `None`: the thread is idle.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "Value")]
pub struct ThreadOwner {
    /// The app; Meta names it only to the owner itself and to the default app.
    pub app_id: Option<AppId>,
    /// When the thread goes idle.
    pub expires_at: Option<UnixMillis>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default, deserialize_with = "maybe_id")]
    app_id: Option<AppId>,
    #[serde(default, deserialize_with = "maybe_time")]
    expiration: Option<UnixMillis>,
}

impl TryFrom<Value> for ThreadOwner {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, &'static str> {
        let data = value.get("data").and_then(Value::as_array).ok_or("no data")?;
        let Some(owner) = data.first().and_then(|first| first.get("thread_owner")).filter(|owner| !owner.is_null())
        else {
            return Ok(Self::default());
        };
        let wire = Wire::deserialize(owner).map_err(|_| "no thread_owner")?;
        Ok(Self { app_id: wire.app_id, expires_at: wire.expiration })
    }
}

/// Which kind of routing an account uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "Value")]
pub struct FeatureStatus {
    /// Handover protocol, second version.
    pub hop_v2: Option<bool>,
    /// Conversation routing on Messenger.
    pub msgr_multi_app: Option<bool>,
    /// Conversation routing on Instagram.
    pub ig_multi_app: Option<bool>,
}

impl From<Value> for FeatureStatus {
    /// Meta shows the object by itself; asked for as a field it comes under the field's name.
    fn from(value: Value) -> Self {
        let status = value.get("messaging_feature_status").unwrap_or(&value);
        let read = |name: &str| status.get(name).and_then(truth);
        Self { hop_v2: read("hop_v2"), msgr_multi_app: read("msgr_multi_app"), ig_multi_app: read("ig_multi_app") }
    }
}
