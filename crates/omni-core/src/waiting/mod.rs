//! Customers who wrote while no agent could answer.

pub(crate) mod entries;
