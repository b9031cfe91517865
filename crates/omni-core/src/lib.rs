//! What the app does: accounts, conversations, greetings, handover, delivery, commands.
//!
//! Async Rust over one trait, [`host::Host`]. No wasm, no JS type, no clock of its own. Each public method of
//! [`Session`] listed in [`entry_points!`] is one thing the server can ask the app to do.


pub mod entry;
mod error;
pub mod host;
mod session;
pub mod settings;
pub mod store;
pub mod texts;

pub use error::CoreError;
pub use session::{Memory, Session};
pub use texts::Texts;

use serde::Serialize;

/// What the shim registers with the server when the app starts.
#[derive(Debug, Serialize)]
pub struct Manifest {
    settings: Vec<settings::SettingDef>,
}

/// The tables behind what the shim registers.
pub fn manifest() -> Manifest {
    Manifest { settings: settings::definitions() }
}
