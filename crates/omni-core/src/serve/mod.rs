//! Customers who wait are served when an agent is there, and shown on boards until then.

pub(crate) mod board;
pub(crate) mod serving;
