//! What the app says by itself, each once: welcome, offline, finished, and the question how it was.

pub(crate) mod auto_messages;
pub(crate) mod left_behind;
pub(crate) mod origin;
pub(crate) mod survey;
