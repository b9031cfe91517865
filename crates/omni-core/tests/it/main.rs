//! The core against the fake host: everything it does, without a server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod commands;
mod connect;
mod fake;
mod flows;
mod handover;
mod inbound;
mod outbound;
mod support;
mod visitors;
