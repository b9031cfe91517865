//! The fake host: Rocket.Chat, Meta and time around one or more instances of the core.
//!
//! ```ignore
//! let world = World::new().connected();
//! let app = world.instance();
//! app.webhook(&delivery("page", PAGE, &text_item("6001", PAGE, "m_1", world.now(), "Hello")));
//! assert_eq!(world.rocket_chat().in_room("room-1")[0].text, "Hello");
//! app.agent_says("agent", "room-1", "Hi");
//! assert_eq!(world.meta().texts(), ["Anna Agent: Hi"]);
//! ```
// A tool box: each test takes what it needs, and none needs all of it. Nothing outside this test binary can reach it.
#![allow(dead_code, unreachable_pub)]

mod clock;
mod executor;
mod faults;
mod fixtures;
mod host;
mod instance;
mod meta;
mod multipart;
mod random;
mod rocket_chat;
mod world;

#[allow(unused_imports)] // as above
pub use self::{
    executor::Pending, faults::Faults, fixtures::*, host::FakeHost, instance::*, meta::*, rocket_chat::*, world::*,
};
