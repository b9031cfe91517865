//! A stand-in for Meta: Graph API, login dialogs, content hosts and the webhook deliverer, for development and tests.
//!
//! Written from Meta's documents (linked where a rule is applied). It shares no type with the code it tests, so that a
//! misreading cannot sit on both sides and pass. The README lists every route.

mod clock;
mod control;
mod crypto;
mod deliver;
mod deliverer;
mod dialog;
mod emit;
mod faults;
mod graph;
mod http;
mod json;
mod media;
mod outgoing;
mod picture;
mod reply;
mod server;
mod settings;
mod sim;
mod world;

pub use sim::{Sim, Start};
