//! From Rocket.Chat to Meta: an agent's messages, one conversation's one after the other.

pub(crate) mod agent_messages;
pub(crate) mod agent_notices;
pub(crate) mod app_text;
pub(crate) mod attempt;
pub(crate) mod change;
pub(crate) mod outcome;
pub(crate) mod outgoing;
pub(crate) mod own_words;
pub(crate) mod pass;
pub(crate) mod queue;
pub(crate) mod relay;
pub(crate) mod retry;
pub(crate) mod settle;
pub(crate) mod twins;
pub(crate) mod window_banner;
