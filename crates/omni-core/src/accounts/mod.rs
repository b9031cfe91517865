//! Connected accounts: Meta's login, what it granted, subscriptions, settings, and the health of tokens and webhooks.

pub(crate) mod attach;
pub(crate) mod card;
pub(crate) mod choose;
pub(crate) mod config;
pub(crate) mod dead_token;
pub(crate) mod event_fields;
pub(crate) mod grant;
pub(crate) mod health;
pub(crate) mod login;
pub(crate) mod manage;
pub(crate) mod open_rooms;
pub(crate) mod page;
pub(crate) mod refused;
pub(crate) mod register;
pub(crate) mod secrets;
pub(crate) mod settings_screen;
pub(crate) mod setup;
pub(crate) mod signed_request;
pub(crate) mod state;
pub(crate) mod status;
pub(crate) mod tell;
pub(crate) mod values;
pub(crate) mod webhook_watch;
