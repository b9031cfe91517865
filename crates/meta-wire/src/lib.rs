//! Meta's messaging formats: webhooks in, Graph requests out, signatures, OAuth, errors, limits.
//!
//! Pure: no I/O, no clock, no randomness, no product decision.

pub mod ids;
pub mod platform;
pub mod time;
