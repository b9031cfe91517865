//! graph.facebook.com, graph.instagram.com and api.instagram.com.

mod answer;
mod attachments;
mod auth;
mod conversations;
mod error;
mod handover;
mod messenger_profile;
mod nodes;
mod oauth;
mod people;
mod recipient;
mod request;
mod rows;
mod send;
mod send_rules;
mod serve;
mod subscriptions;

pub(crate) use handover::{INSTAGRAM_INBOX, PAGE_INBOX, pass, take};
pub(crate) use oauth::{deauthorize, signed_request_post};
pub(crate) use send::{post, read_event};
pub(crate) use serve::{serve, serve_media};
pub(crate) use subscriptions::{INSTAGRAM_FIELDS, verify_callback};
