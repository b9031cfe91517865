//! What belongs to whom: the word before the first colon of the id of an action or window.

pub(crate) const CONNECT: &str = "connect";
pub(crate) const OUTBOUND: &str = "outbound";
pub(crate) const FLOWS: &str = "flows";
pub(crate) const HANDOVER: &str = "handover";
