//! What one pass over the outgoing messages of a conversation works with.

use meta_wire::ids::Mid;
use meta_wire::request::{Business, Graph};
use omni_domain::account::Account;
use omni_domain::send_error::SendError;
use omni_domain::settings::Settings;
use std::rc::Rc;

/// Everything that one pass over a conversation works with.
pub(crate) struct SendContext {
    pub(crate) account: Account,
    pub(crate) settings: Rc<Settings>,
    pub(crate) graph: Graph,
    pub(crate) business: Business,
}

/// What became of one request.
pub(crate) enum Outcome {
    /// Meta took it; a message has an id.
    Sent(Option<Mid>),
    /// It turned out that Meta never had it.
    NotSent,
    /// It may go at once now.
    Again,
    /// Its images go one by one.
    OneByOne,
    /// It may work later by itself.
    Later { code: String, until: i64 },
    /// It waits for somebody's doing; `until` is when to try once that is done.
    Held { code: String, until: i64, say: bool },
    /// Meta may have it.
    Lost,
    /// What became of it is not known yet.
    LookAgain { until: i64 },
    /// It does not go.
    Refused(SendError),
}
