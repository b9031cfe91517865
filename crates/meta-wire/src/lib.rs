//! Meta's messaging formats: webhooks in, Graph requests out, signatures, OAuth, errors, limits.
//!
//! Pure: no I/O, no clock, no randomness, no product decision.

pub mod answer;
mod hmac_sha256;
pub mod ids;
mod json_string;
pub mod limits;
mod number;
pub mod platform;
pub mod private;
pub mod proof;
pub mod request;
pub mod secret;
pub mod signature;
pub mod signed_request;
pub mod split;
pub mod time;
pub mod token;
pub mod webhook;
pub mod window;
