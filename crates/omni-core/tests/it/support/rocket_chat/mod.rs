//! Rocket.Chat in memory, as far as the host's calls reach it.
//!
//! It behaves as the server's own bridges do where an app can tell the difference, and is never more convenient: see
//! the sections on livechat and persistence of the Apps-Engine notes. What it leaves out: business hours, contact
//! verification, message custom fields, threads beyond their id and switch.

mod agents;
mod files;
mod livechat;
mod messages;
mod people;
mod store;

pub use files::StoredFile;
pub use livechat::{Contact, Routing, StoredRoom, StoredVisitor};
pub use messages::{StoredMessage, Whispered};
pub use people::{Modal, StoredChannel};
#[allow(unused_imports)]
pub use store::{MOST_READ, Records, StoredRecord};

use super::clock::Clock;
use super::random::Random;
use omni_core::api::{MessageInput, RoomInput, StatusInput};
use omni_core::host::{Department, Environment, HostCall, User};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Why the server does not do it: Rocket.Chat's or the shim's error code.
pub type Refused = &'static str;

/// An error without a code of its own, as the shim reports it.
pub const FAILED: Refused = "failed";

/// An answer of nothing at all, as the shim reports it.
pub const NOTHING: Refused = "missing-permission";

/// What the server tells the app by itself, in the order it happened.
#[derive(Debug, Clone)]
pub enum Event {
    Message(Box<MessageInput>),
    Room(RoomInput),
    Status(StatusInput),
}

/// A department with its agents.
#[derive(Debug, Clone)]
pub struct DepartmentSetup {
    pub department: Department,
    pub enabled: bool,
    /// Handles.
    pub agents: BTreeSet<String>,
    /// Id of the department that stands in when nobody here is online.
    pub fallback: Option<String>,
}

/// A job that waits for its time.
#[derive(Debug, Clone)]
pub struct ScheduledJob {
    pub job: String,
    pub at: i64,
    pub data: Value,
}

/// What a look-up just before a write saw: the server looks first and writes then, and others may come in between.
#[derive(Debug, Clone, Copy, Default)]
pub struct Looked {
    pub absent: bool,
}

/// The server's whole state. Fields are public: a test arranges and inspects it directly.
#[derive(Debug)]
pub struct RocketChat {
    clock: Clock,
    made: BTreeMap<&'static str, usize>,
    pub records: Records,
    /// How many bytes each read of records answered, since a test began to count.
    pub reads: Vec<usize>,
    /// Whether leases are read newest first: nobody promises an order between two instances.
    pub newest_lease_first: bool,
    /// Draws the order in which each read shows its records.
    read_order: Random,
    /// Values that somebody saved; the others have their default.
    pub settings: BTreeMap<String, Value>,
    pub environment: Environment,
    pub users: Vec<User>,
    /// Handles of agents who are online.
    pub online: BTreeSet<String>,
    /// Handles of users that are Omnichannel agents.
    pub agents: BTreeSet<String>,
    pub departments: Vec<DepartmentSetup>,
    /// `Livechat_accept_chats_with_no_agents`.
    pub accept_with_no_agents: bool,
    /// `Livechat_request_comment_when_closing_conversation`.
    pub comment_required: bool,
    /// The department wants a tag that nobody defined: conversations cannot be closed.
    pub tags_missing: bool,
    /// Somebody closes the room just when the next upload is stored.
    pub closes_during_upload: bool,
    /// `Threads_enabled`.
    pub threads: bool,
    /// `Message_ShowDeletedStatus`: a deleted message stays as an empty notice.
    pub show_deleted: bool,
    pub routing: Routing,
    /// Names of the visitor custom fields that an administrator has defined.
    pub visitor_fields: BTreeSet<String>,
    /// Those whose pattern no value fits.
    pub unfit_fields: BTreeSet<String>,
    /// MIME types that uploads may not have.
    pub blocked_media_types: BTreeSet<String>,
    pub visitors: Vec<StoredVisitor>,
    /// By their visitor's token.
    pub contacts: BTreeMap<String, Contact>,
    pub rooms: Vec<StoredRoom>,
    pub messages: Vec<StoredMessage>,
    pub files: BTreeMap<String, StoredFile>,
    /// Tokens of visitors for whom another app lets no room be made.
    pub objected: BTreeSet<String>,
    pub channels: Vec<StoredChannel>,
    pub whispers: Vec<Whispered>,
    pub modals: Vec<Modal>,
    pub jobs: Vec<ScheduledJob>,
    /// How many contacts the licence allows a month.
    pub contact_limit: Option<usize>,
    /// Tokens of visitors whose contacts count this month.
    pub active: BTreeSet<String>,
    /// Not yet told to the app.
    pub events: Vec<Event>,
}

/// Handle of the app's own user.
pub const APP_USER: &str = "omni-direct.bot";

impl RocketChat {
    /// A workspace with an administrator (`admin`), one agent (`agent`, online) and Omnichannel on.
    pub fn new(clock: Clock, seed: u64) -> Self {
        let site = "https://chat.example.com";
        let endpoint = |path: &str| (path.to_owned(), format!("{site}/api/apps/private/app-id/private-hash/{path}"));
        let mut server = Self {
            clock,
            made: BTreeMap::new(),
            records: Records::default(),
            reads: Vec::new(),
            newest_lease_first: false,
            read_order: Random::new(seed),
            settings: BTreeMap::new(),
            environment: Environment {
                site_url: site.to_owned(),
                endpoints: ["webhook", "oauth", "deauthorize", "deletion"].map(endpoint).into(),
                language: "en".to_owned(),
                omnichannel: true,
                without_agents: false,
                uploads: true,
                max_upload: 100 * 1024 * 1024,
                ignores_bots: false,
                transfers_unanswered: false,
                app_user: APP_USER.to_owned(),
                app_roles: Vec::new(),
                app_version: "0.1.0".to_owned(),
            },
            users: Vec::new(),
            online: BTreeSet::new(),
            agents: BTreeSet::new(),
            departments: Vec::new(),
            accept_with_no_agents: false,
            comment_required: false,
            tags_missing: false,
            closes_during_upload: false,
            threads: true,
            show_deleted: false,
            routing: Routing::Auto,
            visitor_fields: BTreeSet::new(),
            unfit_fields: BTreeSet::new(),
            blocked_media_types: BTreeSet::new(),
            visitors: Vec::new(),
            contacts: BTreeMap::new(),
            rooms: Vec::new(),
            messages: Vec::new(),
            files: BTreeMap::new(),
            objected: BTreeSet::new(),
            channels: Vec::new(),
            whispers: Vec::new(),
            modals: Vec::new(),
            jobs: Vec::new(),
            contact_limit: None,
            active: BTreeSet::new(),
            events: Vec::new(),
        };
        server.add_user(APP_USER, "Omni Direct", &["app"], "app");
        server.add_user("admin", "Ada Admin", &["admin", "user"], "user");
        server.add_agent("agent", "Anna Agent");
        server
    }

    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    fn id(&mut self, what: &'static str) -> String {
        let made = self.made.entry(what).or_default();
        *made += 1;
        format!("{what}-{made}")
    }

    pub(super) fn read_environment(&self) -> Environment {
        let app_roles = self.user(APP_USER).map(|user| user.roles.clone()).unwrap_or_default();
        Environment { app_roles, ..self.environment.clone() }
    }

    /// The look-up that goes before some writes.
    pub(super) fn look(&self, call: &HostCall) -> Looked {
        let absent = match call {
            HostCall::StoreUpdate(call) => self.exact_record(&call.keys).is_none(),
            HostCall::VisitorSave(call) => self.visitor(&call.token).is_none(),
            HostCall::BotEnsure(call) => self.user(&call.username).is_none(),
            _ => false,
        };
        Looked { absent }
    }

    pub(super) fn app_settings(&self) -> BTreeMap<String, Value> {
        let value = |id: &str, default: &Value| match self.settings.get(id) {
            None | Some(Value::Null) => default.clone(),
            Some(value) => value.clone(),
        };
        let definitions = registered_settings();
        definitions.iter().map(|(id, default, _)| (id.clone(), value(id, default))).collect()
    }

    /// What the settings screen shows and posts, in its order.
    pub fn settings_form(&self) -> Vec<(String, Value)> {
        let shown = registered_settings().into_iter().filter(|(_, _, hidden)| !hidden);
        shown.map(|(id, default, _)| (id.clone(), self.settings.get(&id).cloned().unwrap_or(default))).collect()
    }

    /// Takes the jobs whose time has come, soonest first.
    pub(super) fn take_due_jobs(&mut self) -> Vec<ScheduledJob> {
        let now = self.now();
        let (mut due, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.jobs).into_iter().partition(|job| job.at <= now);
        self.jobs = waiting;
        due.sort_by_key(|job| job.at);
        due
    }
}

/// Settings as the app registers them with the server: id, default, and whether the screen leaves it out.
pub(super) fn registered_settings() -> Vec<(String, Value, bool)> {
    let manifest = serde_json::to_value(omni_core::manifest()).expect("the manifest is JSON");
    let settings = manifest["settings"].as_array().expect("a list of settings");
    let row = |setting: &Value| {
        let id = setting["id"].as_str().expect("an id").to_owned();
        (id, setting["default"].clone(), setting["hidden"] == true)
    };
    settings.iter().map(row).collect()
}
