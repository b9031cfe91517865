//! What is made once per installation.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::Host;
use crate::store::{Record, Records};
use omni_domain::channel::Channel;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is made once per installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// Ours, random.
    pub record_id: String,
    /// Proves to Meta that the webhook address is ours; made by the app, shown in the setup channels.
    pub verify_token: String,
    /// Key under which login states are signed; never shown.
    pub state_key: String,
    /// When it was made, Unix milliseconds.
    pub made_at: i64,
    /// Ids of the setup channels.
    #[serde(default)]
    pub setup_rooms: BTreeMap<Channel, String>,
    /// Their names, where the usual one is another channel's.
    #[serde(default)]
    pub setup_names: BTreeMap<Channel, String>,
    /// The messages in them that show the steps to take.
    #[serde(default)]
    pub setup_messages: BTreeMap<Channel, SetupMessage>,
    /// Which credentials and address the app's webhooks were last registered with, as a fingerprint.
    #[serde(default)]
    pub registered: Option<String>,
    /// Servers that a webhook of the app points to instead, as far as administrators were told.
    #[serde(default)]
    pub taken_by: BTreeMap<Channel, String>,
    /// Webhook fields that Meta does not offer the app.
    #[serde(default)]
    pub refused_fields: BTreeMap<Channel, Vec<String>>,
    /// What administrators were told about the settings, as far as it still is so.
    #[serde(default)]
    pub settings_told: BTreeSet<String>,
    /// The month in which administrators were last told that the licence's contacts are used up, as `2026-11`.
    #[serde(default)]
    pub contacts_told: Option<String>,
}

/// A message that shows the steps to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupMessage {
    /// Its id.
    pub message_id: String,
    /// Digest of its text: another one is to be shown when the steps read otherwise.
    #[serde(default)]
    pub digest: String,
}

impl Record for Installation {
    const KIND: &'static str = "installation";

    fn keys(&self) -> Vec<String> {
        vec![KEY.into(), format!("{KEY}:{}", self.record_id)]
    }

    fn rank(&self) -> i64 {
        // The one made first.
        -self.made_at
    }
}

const KEY: &str = "installation";

service! {
    /// Stores what is made once per installation.
    pub(crate) Installations {
        cx: Context,
        records: Records,
    }
}

impl<H: Host> Installations<H> {
    /// The installation's record, made when there is none. Two processes that make one at once leave two: the one
    /// that is older by itself counts for both, in whichever order they are read.
    pub(crate) async fn installation(&self) -> Result<Installation, CoreError> {
        if let Some(found) = self.stored_installation().await? {
            return Ok(found);
        }
        let fresh = Installation {
            record_id: self.cx.random_hex(8),
            verify_token: self.cx.random_hex(16),
            state_key: self.cx.random_hex(32),
            made_at: self.cx.now_ms(),
            setup_rooms: BTreeMap::new(),
            setup_names: BTreeMap::new(),
            setup_messages: BTreeMap::new(),
            registered: None,
            taken_by: BTreeMap::new(),
            refused_fields: BTreeMap::new(),
            settings_told: BTreeSet::new(),
            contacts_told: None,
        };
        self.records.create_record(&fresh).await?;
        Ok(self.stored_installation().await?.unwrap_or(fresh))
    }

    /// Changes the record as it is stored this moment: several of its parts change at the same time, each by itself.
    pub(crate) async fn update_installation(&self, change: impl FnOnce(&mut Installation)) -> Result<(), CoreError> {
        let _lock = self.cx.lock(KEY).await;
        let mut installation = self.installation().await?;
        change(&mut installation);
        self.records.put_record(&installation).await
    }

    async fn stored_installation(&self) -> Result<Option<Installation>, CoreError> {
        self.records.read_one(KEY).await
    }
}
