//! What the app says of its own accord: welcome, offline, finished, and the question how it was. Each once.

pub(crate) mod auto_messages;
pub(crate) mod left_behind;
pub(crate) mod origin;
pub(crate) mod survey;
