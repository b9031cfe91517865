//! The table of settings: what the settings screen shows, and what the server keeps for the app.

use crate::plain;
use meta_wire::request::GraphVersion;
use serde_json::{Value, json};

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
        /// Value before an administrator changed it.
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

/// A setting's id. The label, help and option texts have keys made from it: `setting_<id>`, `setting_<id>_help`,
/// `setting_<id>_<option>`.
pub mod id {
    /// Id of the Meta app.
    pub const APP_ID: &str = "meta_app_id";
    /// Its secret.
    pub const APP_SECRET: &str = "meta_app_secret";
    /// Id of the Instagram Login product.
    pub const INSTAGRAM_APP_ID: &str = "instagram_app_id";
    /// Its secret.
    pub const INSTAGRAM_APP_SECRET: &str = "instagram_app_secret";
    /// Version of the Graph API.
    pub const GRAPH_VERSION: &str = "graph_version";
    /// What stands before an agent's text.
    pub const AGENT_NAME: &str = "agent_display_name";
    /// Whether files pass.
    pub const FILES_ENABLED: &str = "file_upload_enabled";
    /// Largest file, in MB.
    pub const FILES_MAX_MB: &str = "file_upload_max_mb";
    /// Media types that pass.
    pub const MEDIA_TYPES: &str = "accepted_media_types";
    /// Whether Meta granted the Human Agent feature.
    pub const HUMAN_AGENT: &str = "human_agent";
    /// What becomes of messages that are taken back.
    pub const UNSEND: &str = "unsend_action";
    /// Before an agent's message on Instagram.
    pub const INSTAGRAM_HANDOVER: &str = "instagram_handover_action";
    /// Before an agent's message on Messenger.
    pub const FACEBOOK_HANDOVER: &str = "facebook_handover_action";
    /// The note that goes with every thread-control request.
    pub const HANDOVER_METADATA: &str = "handover_metadata";
    /// What becomes of messages that come while no agent can serve.
    pub const OFFLINE: &str = "offline_action";
    /// What becomes of the thread when a conversation is closed.
    pub const HANDOVER_ON_CLOSE: &str = "handover_on_close";
    /// By which words customers ask for a person.
    pub const HUMAN_REQUESTS: &str = "human_request_payloads";
    /// What becomes of badly signed webhooks.
    pub const SIGNATURES: &str = "signature_enforcement";
    /// How long links between messages are kept, in days.
    pub const RETENTION_DAYS: &str = "retention_days";
    /// Hidden: what was refused, for the handler that refuses has nothing else to write to.
    pub const REFUSED: &str = "refused_settings";
}

/// Every media type that can be accepted, with the MIME types it stands for (a type, or `type/*`).
const MEDIA_TYPES: [&str; 4] = ["image", "video", "audio", "file"];

/// Longest time that links between the two sides of a message are kept, in days.
pub(super) const RETENTION_MAX_DAYS: i64 = 365;

/// Largest file that may be let through, in MB: more than Meta sends, and what the host can hold at once.
pub(super) const FILES_MAX_MB: i64 = 100;

/// What a number may be.
pub fn range(setting: &str) -> (i64, i64) {
    match setting {
        id::FILES_MAX_MB => (1, FILES_MAX_MB),
        id::RETENTION_DAYS => (1, RETENTION_MAX_DAYS),
        _ => (0, i64::from(i32::MAX)),
    }
}

/// All that the server keeps for the app: the table, and what is not on the screen.
pub fn registered() -> Vec<SettingDef> {
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

/// Rocket.Chat stores what the form sent: a number, or the digits as text.
pub fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}
