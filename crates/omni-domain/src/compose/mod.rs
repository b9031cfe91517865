//! What an agent writes, as the networks take it.

pub mod choices;
pub mod emoji;
mod plain;
pub mod plan;
pub mod request;

pub use plain::plain;
