//! Meta's messaging formats: webhooks in, Graph requests out, signatures, OAuth, errors, limits.
//!
//! Pure: no I/O, no clock, no randomness, no product decision.

pub mod answer;
pub mod ids;
pub mod limits;
pub mod platform;
pub mod private;
pub mod request;
pub mod split;
pub mod time;
pub mod token;
pub mod webhook;
pub mod window;
