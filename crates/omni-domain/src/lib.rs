//! What the app decides, and the types it decides on: conversations, messages, who may answer, what is shown and what is sent.
//!
//! Pure and synchronous: no `Host`, no `async`, no clock, no randomness, no store. The caller passes in what was read, the
//! time and the texts, and carries out what comes back.

pub mod account;
pub mod auto_message;
pub mod blocks;
pub mod channel;
pub mod command;
pub mod compose;
pub mod conversation;
pub mod customer_reaction;
pub mod echo_match;
pub mod graph_error;
pub mod identity;
pub mod lease;
pub mod message_record;
pub mod outgoing;
pub mod permissions;
mod plain;
pub mod raw_event;
pub mod receipts;
pub mod render;
pub mod retry;
pub mod rocket_chat;
pub mod routing;
pub mod secrets;
pub mod send_error;
pub mod sent_match;
pub mod settings;
pub mod survey;
pub mod sweep;
pub mod texts;
pub mod thread;
pub mod timing;
pub mod unconfirmed;
pub mod waiting;
pub mod waiting_list;
pub mod web_url;
pub mod window;
