//! The only way out of the core.
//!
//! Everything the core wants done is a [`HostCall`]: plain data the host carries out and answers. One list of calls
//! ([`calls`]) gives the request types, the reply types and the TypeScript the shim is checked against.

mod calls;
mod data;

pub use calls::*;
pub use data::*;

use meta_wire::time::UnixMillis;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;

/// Work that goes on after the entry point that started it has answered.
pub type Background = Pin<Box<dyn Future<Output = ()>>>;

/// A request to the host, tied to the type of its answer.
pub trait Call: Into<HostCall> {
    /// What the host answers.
    type Reply: DeserializeOwned;
}

/// Rocket.Chat, as far as the core can see it. Implemented by the wasm edge over the shim, and by a fake in tests.
///
/// Each [`Host::call`] is a round trip to the server process: the number of calls is the cost that counts.
#[allow(async_fn_in_trait)] // single-threaded on purpose: no `Send` bound is wanted
pub trait Host: 'static {
    /// Carries out one call.
    ///
    /// # Errors
    /// [`HostError`] when the host refused or could not be reached; the code is the host's own where it gave one.
    async fn call<C: Call>(&self, call: C) -> Result<C::Reply, HostError>;

    /// The current time.
    fn now(&self) -> UnixMillis;

    /// Fills the buffer with unpredictable bytes fit for secrets.
    fn fill_random(&self, bytes: &mut [u8]);

    /// Writes one line to the app's log. `code` is stable; `detail` must hold no token, no secret and nobody's words.
    fn log(&self, level: LogLevel, code: &str, detail: &str);

    /// Lets work run on after the current entry point has answered.
    fn background(&self, work: Background);

    /// Waits.
    async fn sleep(&self, millis: u32);
}

/// Why the host did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the host answered `{code}` to {call}")]
pub struct HostError {
    /// The call that failed, by its kind.
    pub call: String,
    /// Rocket.Chat's error code (`no-agent-online`, `error-room-closed`), or one of the shim's: `missing-permission`,
    /// `network`, `timeout`, `failed`.
    pub code: String,
}

impl HostError {
    /// Whether Rocket.Chat refused to make a room because nobody can serve.
    pub fn is_nobody_online(&self) -> bool {
        matches!(self.code.as_str(), "no-agent-online" | "error-omnichannel-is-disabled" | "error-app-prevented")
    }
}
