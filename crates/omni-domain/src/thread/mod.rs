//! Who may answer in a thread that several Meta apps share: conversation routing, formerly the handover protocol.

pub mod action;
pub mod apps;
pub mod event;
pub mod human_request;
pub mod machine;
#[cfg(test)]
mod machine_table;
pub mod refusal;
pub mod state;
pub mod words;
