//! What the app does: accounts, conversations, greetings, thread control, delivery, commands.
//!
//! Async Rust over one trait, [`host::Host`]. No wasm, no JS type, no clock of its own. Each public method of
//! [`App`] listed in [`entry_points!`] is one thing the server can ask the app to do. The folders are rooms, from `app` on top to
//! `host` at the bottom: each imports only what lies below it.

/// A service: a struct of what it stands on, shared and cheap to clone, and its constructor. With `remembers` it keeps
/// what a process knows between calls.
macro_rules! service {
    ($(#[$doc:meta])* $vis:vis $name:ident { $($field:ident: $on:ident,)* } $(remembers $memory:ident)?) => {
        $(#[$doc])*
        $vis struct $name<H> {
            $(pub(crate) $field: std::rc::Rc<$on<H>>,)*
            $(pub(crate) memory: std::rc::Rc<$memory>,)?
        }

        impl<H> Clone for $name<H> {
            fn clone(&self) -> Self {
                Self {
                    $($field: std::rc::Rc::clone(&self.$field),)*
                    $(memory: std::rc::Rc::<$memory>::clone(&self.memory),)?
                }
            }
        }

        impl<H> $name<H> {
            #[allow(clippy::too_many_arguments, reason = "it names all it stands on")]
            pub(crate) fn new(
                $($field: &std::rc::Rc<$on<H>>,)*
                $(memory: &std::rc::Rc<$memory>,)?
            ) -> std::rc::Rc<Self> {
                std::rc::Rc::new(Self {
                    $($field: std::rc::Rc::clone($field),)*
                    $(memory: std::rc::Rc::<$memory>::clone(memory),)?
                })
            }
        }
    };
}

mod accounts;
pub mod api;
mod app;
mod automation;
mod context;
mod error;
mod gateway;
pub mod host;
mod inbox;
mod outbox;
mod serve;
pub mod store;
mod thread;
mod waiting;
mod web;

pub use app::App;
pub use app::memory::Memory;
pub use error::CoreError;
pub use omni_domain::texts::Texts;
pub use omni_domain::{key, settings, texts};

use serde::Serialize;

/// What the shim registers with the server when the app starts.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export_to = "core.ts"))]
pub struct Manifest {
    settings: Vec<settings::SettingDef>,
    endpoints: Vec<Endpoint>,
    channels: [api::Channel; 2],
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
        channels: api::Channel::ALL,
        bots: api::Channel::ALL.map(api::Channel::bot),
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
    /// A person removed the app at Meta.
    pub const DEAUTHORIZE: &str = "deauthorize";
    /// A person wants their data deleted.
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
