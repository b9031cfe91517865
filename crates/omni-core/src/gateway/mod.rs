//! Asks Meta by way of the Graph API, and speaks to people by way of messages, whispers and notes.

pub(crate) mod graph;
pub(crate) mod graph_pages;
pub(crate) mod message_reader;
pub(crate) mod notes;
pub(crate) mod people;
pub(crate) mod profile_reader;
pub(crate) mod report;
pub(crate) mod setup_channel;
pub(crate) mod speaker;
