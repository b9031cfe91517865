//! Successful answers.

mod send;

pub use send::{Sent, SentAction, Uploaded};
