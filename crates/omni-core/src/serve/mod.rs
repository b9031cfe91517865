//! Serves the customers who wait once an agent is there, and lists them in the setup channels until then.

pub(crate) mod board;
pub(crate) mod serving;
