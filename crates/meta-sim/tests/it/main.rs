//! The stand-in held against Meta's documents, over its HTTP face.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
mod connect;
mod conversation;
mod deliver;
mod events;
mod faults;
mod handover;
mod rules;
