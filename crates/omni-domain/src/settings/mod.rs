//! The app's settings: one table that the settings screen, the reading and the checking all come from.

mod check;
mod definitions;
pub mod note;
pub mod problems;

pub use check::{Fault, check};
pub use definitions::{SettingDef, SettingKind, SettingOption, definitions, id, range, registered, whole_number};

use crate::channel::Channel;
use meta_wire::request::GraphVersion;
use meta_wire::request::oauth::AppCredentials;
use meta_wire::secret::Secret;
use meta_wire::time::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What `Agents Display Name` puts before an agent's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AgentName {
    /// The agent's full name.
    #[default]
    Name,
    /// The agent's handle.
    Username,
    /// Nothing.
    None,
}

/// What becomes of a mirrored message that the customer takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnsendAction {
    /// It stays, with a note.
    Keep,
    /// Its content is replaced by a note.
    #[default]
    CustomerReaction,
    /// It is deleted, files too.
    Delete,
}

/// What is asked of Meta before an agent's message, when another app holds the thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HandoverAction {
    /// Nothing.
    #[default]
    None,
    /// Take thread control.
    Take,
    /// Request thread control.
    Request,
}

/// What becomes of messages that come while no agent can serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OfflineAction {
    /// They wait, and the conversation is opened with all of them when an agent can serve.
    #[default]
    Keep,
    /// The customer is told, and that is all.
    Message,
}

/// What becomes of the thread when a conversation is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnClose {
    /// It stays as it is.
    #[default]
    Keep,
    /// Control is released.
    Release,
    /// Control goes to Meta's inbox.
    Inbox,
    /// Control goes to the default app.
    DefaultApp,
}

/// What becomes of a webhook whose signature does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignaturePolicy {
    /// It is refused.
    #[default]
    Enforce,
    /// It is accepted and counted: the secret path of the address is then the only proof.
    Permit,
}

/// A value that was not saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why; the value itself is not kept.
    pub fault: Fault,
    /// When, Unix milliseconds.
    pub at: i64,
}

/// The settings in force. What is missing or unreadable counts as its default.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Id of the business's Meta app; empty until it is entered.
    pub app_id: String,
    /// Its secret.
    pub app_secret: Option<Secret>,
    /// Id of the app's Instagram Login product.
    pub instagram_app_id: String,
    /// Its secret.
    pub instagram_app_secret: Option<Secret>,
    /// Version of the Graph API.
    pub graph_version: GraphVersion,
    /// What stands before an agent's text.
    pub agent_name: AgentName,
    /// Whether Meta granted the Human Agent feature: people may then answer for 7 days.
    pub human_agent: bool,
    /// What becomes of messages that are taken back.
    pub unsend: UnsendAction,
    /// Whether files pass at all.
    pub files_enabled: bool,
    /// Largest file, in bytes.
    pub files_max: u64,
    /// Media types that pass.
    pub media_types: Vec<String>,
    /// Before an agent's message on Instagram.
    pub instagram_handover: HandoverAction,
    /// Before an agent's message on Messenger.
    pub facebook_handover: HandoverAction,
    /// Goes with every thread-control request.
    pub handover_metadata: String,
    /// What becomes of messages that come while no agent can serve.
    pub offline: OfflineAction,
    /// What becomes of the thread when a conversation is closed.
    pub handover_on_close: OnClose,
    /// Payloads and words by which customers ask for a person, in lower case.
    pub human_requests: Vec<String>,
    /// What becomes of badly signed webhooks.
    pub signatures: SignaturePolicy,
    /// How long links between messages are kept, in days.
    pub retention_days: i64,
    /// Values that were not saved, by setting, until a good one is.
    pub refused: BTreeMap<String, Refusal>,
    /// What is wrong with the values that are in force, by setting.
    pub faults: BTreeMap<String, Fault>,
}

impl Settings {
    /// What is asked of Meta before an agent's message.
    pub fn handover_action(&self, channel: Channel) -> HandoverAction {
        match channel {
            Channel::Instagram => self.instagram_handover,
            Channel::Facebook => self.facebook_handover,
        }
    }

    /// The secrets Meta signs with, most likely first.
    pub fn webhook_secrets(&self) -> Vec<Secret> {
        [&self.app_secret, &self.instagram_app_secret].into_iter().flatten().cloned().collect()
    }

    /// The same where they are others than those that were tried already: a signature that fitted none of these may fit one of
    /// them, and is not to be held against the same ones twice.
    pub fn webhook_secrets_but(&self, tried: &[Secret]) -> Option<Vec<Secret>> {
        let secrets = self.webhook_secrets();
        let others = secrets.iter().map(Secret::expose).ne(tried.iter().map(Secret::expose));
        others.then_some(secrets)
    }

    /// The Meta app, when both halves are entered.
    pub fn meta_app(&self) -> Option<AppCredentials> {
        let secret = self.app_secret.clone()?;
        (!self.app_id.is_empty()).then(|| AppCredentials::new(self.app_id.as_str(), secret))
    }

    /// The Instagram Login app, when both halves are entered.
    pub fn instagram_app(&self) -> Option<AppCredentials> {
        let secret = self.instagram_app_secret.clone()?;
        (!self.instagram_app_id.is_empty()).then(|| AppCredentials::new(self.instagram_app_id.as_str(), secret))
    }

    /// Reads what the host has stored; what is wrong with it may depend on the time.
    pub fn read(stored: &BTreeMap<String, Value>, now: UnixMillis) -> Self {
        let defaults = definitions();
        let value = |id: &str| -> Option<&Value> {
            stored
                .get(id)
                .filter(|value| !value.is_null())
                .or_else(|| defaults.iter().find(|def| def.id == id).map(|def| &def.default))
        };
        let text = |id: &str| value(id).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let secret = |id: &str| Secret::new(text(id)).ok();
        let number = |id: &str, otherwise: i64| value(id).and_then(whole_number).unwrap_or(otherwise);
        let faulty = |def: &SettingDef| {
            let value = stored.get(&def.id).filter(|value| !value.is_null())?;
            Some((def.id.clone(), check(def, value.clone(), now).err()?))
        };
        let mut settings = Self {
            app_id: text(id::APP_ID),
            app_secret: secret(id::APP_SECRET),
            instagram_app_id: text(id::INSTAGRAM_APP_ID),
            instagram_app_secret: secret(id::INSTAGRAM_APP_SECRET),
            graph_version: text(id::GRAPH_VERSION).parse().unwrap_or_default(),
            agent_name: match text(id::AGENT_NAME).as_str() {
                "username" => AgentName::Username,
                "none" => AgentName::None,
                _ => AgentName::Name,
            },
            human_agent: value(id::HUMAN_AGENT).and_then(Value::as_bool).unwrap_or(false),
            unsend: match text(id::UNSEND).as_str() {
                "keep" => UnsendAction::Keep,
                "delete" => UnsendAction::Delete,
                _ => UnsendAction::CustomerReaction,
            },
            files_enabled: value(id::FILES_ENABLED).and_then(Value::as_bool).unwrap_or(true),
            files_max: u64::try_from(number(id::FILES_MAX_MB, 25).clamp(1, definitions::FILES_MAX_MB))
                .unwrap_or_default()
                .saturating_mul(1024 * 1024),
            media_types: value(id::MEDIA_TYPES)
                .and_then(Value::as_array)
                .map(|types| types.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect())
                .unwrap_or_default(),
            instagram_handover: handover(&text(id::INSTAGRAM_HANDOVER)),
            facebook_handover: handover(&text(id::FACEBOOK_HANDOVER)),
            handover_metadata: text(id::HANDOVER_METADATA),
            offline: match text(id::OFFLINE).as_str() {
                "message" => OfflineAction::Message,
                _ => OfflineAction::Keep,
            },
            handover_on_close: match text(id::HANDOVER_ON_CLOSE).as_str() {
                "release" => OnClose::Release,
                "inbox" => OnClose::Inbox,
                "default_app" => OnClose::DefaultApp,
                _ => OnClose::Keep,
            },
            human_requests: words(&text(id::HUMAN_REQUESTS)),
            signatures: match text(id::SIGNATURES).as_str() {
                "permit" => SignaturePolicy::Permit,
                _ => SignaturePolicy::Enforce,
            },
            retention_days: number(id::RETENTION_DAYS, 30).clamp(1, definitions::RETENTION_MAX_DAYS),
            refused: serde_json::from_str(&text(id::REFUSED)).unwrap_or_default(),
            faults: defaults.iter().filter_map(faulty).collect(),
        };
        let together = faults_together(&settings);
        settings.faults.extend(together.into_iter().map(|(id, fault)| (id.to_owned(), fault)));
        settings
    }
}

fn handover(text: &str) -> HandoverAction {
    match text {
        "take" => HandoverAction::Take,
        "request" => HandoverAction::Request,
        _ => HandoverAction::None,
    }
}

/// The list of a setting: words or phrases between commas, semicolons or line ends, compared without regard to case.
fn words(text: &str) -> Vec<String> {
    text.split([',', ';', '\n']).map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty()).collect()
}

/// What is wrong with settings that are good one by one.
fn faults_together(settings: &Settings) -> Vec<(&'static str, Fault)> {
    let mut faults = Vec::new();
    let text = |secret: &Option<Secret>| secret.as_ref().map(Secret::expose).unwrap_or_default().to_owned();
    let (secret, instagram_secret) = (text(&settings.app_secret), text(&settings.instagram_app_secret));
    let is_id =
        |text: &str| !text.is_empty() && [&settings.app_id, &settings.instagram_app_id].iter().any(|id| *id == text);
    if is_id(&secret) {
        faults.push((id::APP_SECRET, Fault::IdAsSecret));
    }
    if is_id(&instagram_secret) {
        faults.push((id::INSTAGRAM_APP_SECRET, Fault::IdAsSecret));
    } else if !secret.is_empty() && secret == instagram_secret {
        faults.push((id::INSTAGRAM_APP_SECRET, Fault::Same));
    }
    if !settings.app_id.is_empty() && settings.app_id == settings.instagram_app_id {
        faults.push((id::INSTAGRAM_APP_ID, Fault::Same));
    }
    faults
}
