//! From Meta to Rocket.Chat: each event is stored, then shown once, in order.
//!
//! An event that leaves something to see is first stored as a pending
//! [`MessageRecord`](omni_domain::message_record::MessageRecord); from then on it survives this process, and Meta gets its
//! answer ([`intake`]). The message records of one conversation are then worked off in the order of Meta's clock: a process
//! that finds an older one of a live process before its own waits for it ([`work`]). What an event looks like is decided in
//! [`show`] and the modules it names. What an event names without telling it Meta is asked for ([`confirm`]).

pub(crate) mod account_event;
pub(crate) mod call;
pub(crate) mod cards;
pub(crate) mod change;
pub(crate) mod confirm;
pub(crate) mod confirm_ask;
pub(crate) mod confirming;
pub(crate) mod deliver;
pub(crate) mod echo;
pub(crate) mod given;
pub(crate) mod intake;
pub(crate) mod media;
pub(crate) mod message;
pub(crate) mod open;
pub(crate) mod quote;
pub(crate) mod reaction;
pub(crate) mod receipt;
pub(crate) mod room;
pub(crate) mod settle;
pub(crate) mod show;
pub(crate) mod showing;
pub(crate) mod suspect;
pub(crate) mod take_up;
pub(crate) mod turn;
pub(crate) mod unclear;
pub(crate) mod work;
