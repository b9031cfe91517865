//! What the app does: accounts, conversations, greetings, handover, delivery, commands.
//!
//! Async Rust over one trait, [`host::Host`]. No wasm, no JS type, no clock of its own. Each public method of
//! [`Session`] listed in [`entry_points!`] is one thing the server can ask the app to do.

mod commands;
mod connect;
pub mod entry;
mod error;
mod flows;
mod handover;
pub mod host;
mod inbound;
mod jobs;
mod lifecycle;
mod mac;
mod meta;
mod notes;
mod outbound;
mod rooms;
mod session;
pub mod store;
mod ui;
mod web;
mod webhook;

pub use error::CoreError;
pub use omni_domain::texts::Texts;
pub use omni_domain::{key, settings, texts};
pub use session::{Memory, Session};

use serde::Serialize;

/// What the shim registers with the server when the app starts.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export_to = "core.ts"))]
pub struct Manifest {
    settings: Vec<settings::SettingDef>,
    endpoints: Vec<Endpoint>,
    channels: [entry::Channel; 2],
    /// Users that the app makes and speaks as, beside its own: servers do not note whose they are.
    bots: [&'static str; 2],
    jobs: Vec<Job>,
    /// The job to schedule when the app is installed, with who did it.
    installed: &'static str,
}

/// An address of the app, and which entry point answers each method.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export_to = "core.ts"))]
struct Endpoint {
    path: &'static str,
    get: Option<&'static str>,
    post: Option<&'static str>,
    /// The status of the answer to a request that is larger than the core takes.
    too_large: u16,
}

/// A job the scheduler knows.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export_to = "core.ts"))]
struct Job {
    id: &'static str,
    /// How often it runs by itself, in the scheduler's words; `None` for one that is only ever scheduled.
    every: Option<&'static str>,
}

/// The tables behind what the shim registers.
pub fn manifest() -> Manifest {
    let endpoint = |path, get, post| Endpoint { path, get, post, too_large: 413 };
    Manifest {
        settings: settings::registered(),
        endpoints: vec![
            // Meta unsubscribes an account whose events are refused for an hour.
            Endpoint { too_large: 200, ..endpoint(path::WEBHOOK, Some("webhook_challenge"), Some("receive_webhook")) },
            endpoint(path::OAUTH, Some("oauth_callback"), None),
            endpoint(path::DEAUTHORIZE, None, Some("deauthorize")),
            endpoint(path::DELETION, Some("data_deletion_status"), Some("data_deletion")),
        ],
        channels: entry::Channel::ALL,
        bots: entry::Channel::ALL.map(entry::Channel::bot),
        jobs: vec![
            Job { id: job::TICK, every: Some("1 minute") },
            Job { id: job::DAILY, every: Some("1 day") },
            Job { id: job::LATER, every: None },
        ],
        installed: job::INSTALLED,
    }
}

/// Paths of the app's endpoints: keys of [`host::Environment::endpoints`].
pub mod path {
    /// Meta's events.
    pub const WEBHOOK: &str = "webhook";
    /// Where Meta's login comes back to.
    pub const OAUTH: &str = "oauth";
    /// Somebody removed the app at Meta.
    pub const DEAUTHORIZE: &str = "deauthorize";
    /// Somebody wants their data deleted.
    pub const DELETION: &str = "deletion";
}

/// Jobs of the scheduler.
pub mod job {
    /// Looks after what waits.
    pub const TICK: &str = "tick";
    /// Looks after tokens and old records.
    pub const DAILY: &str = "daily";
    /// Whatever was scheduled for a time: its data names the job proper.
    pub const LATER: &str = "later";
    /// Makes what an administrator finds after installing. Its data is the [`User`](crate::host::User) who installed the
    /// app, or null. A job, because the server enables the app only once its handler for installing has returned.
    pub const INSTALLED: &str = "installed";
}
