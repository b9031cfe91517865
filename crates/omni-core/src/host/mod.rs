//! The only way out of the core.
//!
//! Everything the core wants done is a [`HostCall`]: plain data the host carries out and answers. One list of calls
//! (`host/calls.rs`) gives the request types, the reply types and the TypeScript the shim is checked against.

pub(crate) mod calls;
pub(crate) mod data;
pub(crate) mod mentions;

pub use calls::*;
pub use data::*;

use meta_wire::time::UnixMillis;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Work that goes on after the entry point that started it has answered.
pub type Background = Pin<Box<dyn Future<Output = ()>>>;

/// A request to the host, tied to the type of its answer.
pub trait Call: Into<HostCall> {
    /// The word by which logs and errors name it.
    const KIND: &'static str;
    /// What the host answers.
    type Reply: DeserializeOwned;
}

/// An answer on its way, as JSON.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, HostError>> + 'a>>;

/// Rocket.Chat, as far as the core can see it. Implemented by the wasm edge over the shim, and by a fake in tests.
///
/// Each [`Host::perform`] is a round trip to the server process: the number of calls is the cost that counts.
#[allow(async_fn_in_trait)] // single-threaded on purpose: no `Send` bound is wanted
pub trait Host: 'static {
    /// Carries out one call. Behind a box, and with untyped JSON, so that the code for it exists once and not once per
    /// kind of call.
    fn perform(&self, call: HostCall) -> Answer<'_>;

    /// Carries out one call and reads its answer.
    fn call<C: Call>(&self, call: C) -> Pending<'_, C::Reply, HostError> {
        self.call_or(call)
    }

    /// The same, with a refusal as another error.
    fn call_or<C: Call, E: From<HostError>>(&self, call: C) -> Pending<'_, C::Reply, E> {
        let call = call.into().sparing();
        Pending { kind: call.kind(), answer: self.perform(call), outcome: PhantomData }
    }

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

/// An answer on its way, as the type that the call promises; a refusal as the error the caller works with.
pub struct Pending<'a, R, E> {
    kind: &'static str,
    answer: Answer<'a>,
    outcome: PhantomData<fn() -> (R, E)>,
}

impl<R: DeserializeOwned, E: From<HostError>> Future for Pending<'_, R, E> {
    type Output = Result<R, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.answer.as_mut().poll(context).map(|answer| {
            serde_json::from_value(answer?)
                .map_err(|_| HostError { call: this.kind.to_owned(), code: BAD_REPLY.to_owned() }.into())
        })
    }
}

/// The host answered something else than the call promises.
const BAD_REPLY: &str = "bad-reply";

/// The answer would not fit the memory of wasm: it was read, and not handed over.
pub const TOO_LARGE: &str = "reply-too-large";

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
    /// Whether Rocket.Chat refused because nobody can serve: a room, or while Omnichannel is off a message in one that is
    /// open.
    pub fn is_nobody_online(&self) -> bool {
        match self.code.as_str() {
            "no-agent-online" | "error-omnichannel-is-disabled" => true,
            // Of another app: it may object to a single message, too, which others do not wait for.
            "error-app-prevented" => self.is_of::<RoomCreate>(),
            _ => false,
        }
    }

    /// Whether it is the answer to a call of this kind.
    pub(crate) fn is_of<C: Call>(&self) -> bool {
        self.call == C::KIND
    }
}
