//! From Meta to Rocket.Chat: each event is stored, then shown once, in order.
//!
//! An event that leaves something to see is first stored as a pending [`Entry`](crate::store::Entry); from then on it
//! survives this process, and Meta gets its answer ([`intake`]). Entries of one conversation are then worked off in the
//! order persistence shows them, which is the same for every instance: whoever finds an older one of a live worker before
//! its own waits for it ([`work`]). What an event looks like is decided in [`show`] and the modules it names; what is
//! done is filed, what was left behind is found by [`upkeep`]. What an event names without telling it Meta is asked for
//! ([`confirm`]).

mod account_event;
mod call;
mod cards;
mod change;
mod confirm;
mod deliver;
mod echo;
mod given;
mod intake;
mod media;
mod message;
mod profile;
mod quote;
mod reaction;
mod receipt;
mod room;
mod show;
mod suspect;
mod unclear;
mod upkeep;
mod work;

pub(crate) use confirm::{Confirming, Quarantined};
pub(crate) use intake::Incoming;
pub(crate) use suspect::Suspects;
pub(crate) use work::Turn;
