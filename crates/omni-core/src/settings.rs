//! The app's settings: one table that the settings screen, the reading and the checking all come from.

use crate::entry::Channel;
use crate::handover::human_requests;
use crate::setting_rules::{self, Fault};
use meta_wire::request::GraphVersion;
use meta_wire::secret::Secret;
use meta_wire::time::UnixMillis;
use omni_domain::plain;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

plain! {
    /// How a setting is edited.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "camelCase")]
    pub enum SettingKind {
        /// On or off.
        Boolean,
        /// A whole number.
        Int,
        /// One line of text.
        String,
        /// One line, hidden while typing.
        Password,
        /// One of a list.
        Select,
        /// Some of a list.
        MultiSelect,
    }

    /// One of a list.
    #[derive(Eq)]
    pub struct SettingOption {
        /// What is stored.
        pub key: String,
        /// Text key of what people read.
        pub label: String,
    }

    /// One setting, as the host registers it.
    pub struct SettingDef {
        /// Its id, also the key of its stored value.
        pub id: String,
        /// How it is edited.
        pub kind: SettingKind,
        /// Value before anybody changed it.
        pub default: Value,
        /// Text key of its section.
        pub section: String,
        /// Text key of its label.
        pub label: String,
        /// Text key of its help text.
        pub help: String,
        /// The list, for the two select kinds.
        pub options: Vec<SettingOption>,
        /// Whether it is the app's own, and not on the settings screen.
        pub hidden: bool,
    }
}

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
    Mark,
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

/// What becomes of messages that come while nobody can serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OfflineAction {
    /// They wait, and the conversation is opened with all of them when somebody can serve.
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

/// A setting's id. The label, help and option texts have keys made from it: `setting_<id>`, `setting_<id>_help`,
/// `setting_<id>_<option>`.
pub(crate) mod id {
    pub(crate) const APP_ID: &str = "meta_app_id";
    pub(crate) const APP_SECRET: &str = "meta_app_secret";
    pub(crate) const INSTAGRAM_APP_ID: &str = "instagram_app_id";
    pub(crate) const INSTAGRAM_APP_SECRET: &str = "instagram_app_secret";
    pub(crate) const GRAPH_VERSION: &str = "graph_version";
    pub(crate) const AGENT_NAME: &str = "agent_display_name";
    pub(crate) const FILES_ENABLED: &str = "file_upload_enabled";
    pub(crate) const FILES_MAX_MB: &str = "file_upload_max_mb";
    pub(crate) const MEDIA_TYPES: &str = "accepted_media_types";
    pub(crate) const HUMAN_AGENT: &str = "human_agent";
    pub(crate) const UNSEND: &str = "unsend_action";
    pub(crate) const INSTAGRAM_HANDOVER: &str = "instagram_handover_action";
    pub(crate) const FACEBOOK_HANDOVER: &str = "facebook_handover_action";
    pub(crate) const HANDOVER_METADATA: &str = "handover_metadata";
    pub(crate) const OFFLINE: &str = "offline_action";
    pub(crate) const HANDOVER_ON_CLOSE: &str = "handover_on_close";
    pub(crate) const HUMAN_REQUESTS: &str = "human_request_payloads";
    pub(crate) const SIGNATURES: &str = "signature_enforcement";
    pub(crate) const RETENTION_DAYS: &str = "retention_days";
    /// Hidden: what was refused, for the handler that refuses has nothing else to write to.
    pub(crate) const REFUSED: &str = "refused_settings";
}

/// Every media type that can be accepted, with the MIME types it stands for (a type, or `type/*`).
const MEDIA_TYPES: [&str; 4] = ["image", "video", "audio", "file"];

/// Longest time that links between the two sides of a message are kept, in days.
const RETENTION_MAX_DAYS: i64 = 365;

/// Largest file that may be let through, in MB: more than Meta sends, and what the host can hold at once.
const FILES_MAX_MB: i64 = 100;

/// What a number may be.
pub(crate) fn range(setting: &str) -> (i64, i64) {
    match setting {
        id::FILES_MAX_MB => (1, FILES_MAX_MB),
        id::RETENTION_DAYS => (1, RETENTION_MAX_DAYS),
        _ => (0, i64::from(i32::MAX)),
    }
}

/// All that the server keeps for the app: the table, and what is not on the screen.
pub(crate) fn registered() -> Vec<SettingDef> {
    let refused = def("credentials", id::REFUSED, SettingKind::String, json!(""), &[]);
    let hidden = SettingDef { label: id::REFUSED.to_owned(), help: String::new(), hidden: true, ..refused };
    definitions().into_iter().chain([hidden]).collect()
}

/// The table, in the order people see it.
pub fn definitions() -> Vec<SettingDef> {
    use SettingKind::{Boolean, Int, MultiSelect, Password, Select, String};
    let credentials = |id, kind| def("credentials", id, kind, json!(""), &[]);
    vec![
        credentials(id::APP_ID, String),
        credentials(id::APP_SECRET, Password),
        credentials(id::INSTAGRAM_APP_ID, String),
        credentials(id::INSTAGRAM_APP_SECRET, Password),
        def("credentials", id::GRAPH_VERSION, String, json!(GraphVersion::default().to_string()), &[]),
        def("messages", id::AGENT_NAME, Select, json!("name"), &["name", "username", "none"]),
        def("messages", id::HUMAN_AGENT, Boolean, json!(false), &[]),
        def("messages", id::UNSEND, Select, json!("mark"), &["keep", "mark", "delete"]),
        def("messages", id::OFFLINE, Select, json!("keep"), &["keep", "message"]),
        def("media", id::FILES_ENABLED, Boolean, json!(true), &[]),
        def("media", id::FILES_MAX_MB, Int, json!(25), &[]),
        def("media", id::MEDIA_TYPES, MultiSelect, json!(MEDIA_TYPES), &MEDIA_TYPES),
        def("handover", id::INSTAGRAM_HANDOVER, Select, json!("none"), &["none", "take", "request"]),
        def("handover", id::FACEBOOK_HANDOVER, Select, json!("none"), &["none", "take", "request"]),
        def("handover", id::HANDOVER_METADATA, String, json!(""), &[]),
        def("handover", id::HANDOVER_ON_CLOSE, Select, json!("keep"), &["keep", "release", "inbox", "default_app"]),
        def("handover", id::HUMAN_REQUESTS, String, json!(""), &[]),
        def("safety", id::SIGNATURES, Select, json!("enforce"), &["enforce", "permit"]),
        def("safety", id::RETENTION_DAYS, Int, json!(30), &[]),
    ]
}

fn def(section: &str, id: &str, kind: SettingKind, default: Value, options: &[&str]) -> SettingDef {
    let option = |key: &&str| SettingOption { key: (*key).to_owned(), label: format!("setting_{id}_{key}") };
    SettingDef {
        id: id.to_owned(),
        kind,
        default,
        section: format!("section_{section}"),
        label: format!("setting_{id}"),
        help: format!("setting_{id}_help"),
        options: options.iter().map(option).collect(),
        hidden: false,
    }
}

/// A value that was not saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    /// Why; the value itself is not kept.
    pub(crate) fault: Fault,
    /// When, Unix milliseconds.
    pub(crate) at: i64,
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
    /// What becomes of messages that come while nobody can serve.
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
    pub(crate) refused: BTreeMap<String, Refusal>,
    /// What is wrong with the values that are in force, by setting.
    pub(crate) faults: BTreeMap<String, Fault>,
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
            Some((def.id.clone(), setting_rules::check(def, value.clone(), now).err()?))
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
                _ => UnsendAction::Mark,
            },
            files_enabled: value(id::FILES_ENABLED).and_then(Value::as_bool).unwrap_or(true),
            files_max: u64::try_from(number(id::FILES_MAX_MB, 25).clamp(1, FILES_MAX_MB))
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
            human_requests: human_requests(&text(id::HUMAN_REQUESTS)),
            signatures: match text(id::SIGNATURES).as_str() {
                "permit" => SignaturePolicy::Permit,
                _ => SignaturePolicy::Enforce,
            },
            retention_days: number(id::RETENTION_DAYS, 30).clamp(1, RETENTION_MAX_DAYS),
            refused: serde_json::from_str(&text(id::REFUSED)).unwrap_or_default(),
            faults: defaults.iter().filter_map(faulty).collect(),
        };
        let together = setting_rules::faults_together(&settings);
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

/// Rocket.Chat stores what the form sent: a number, or the digits as text.
pub(crate) fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}
