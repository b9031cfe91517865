//! What was asked of Meta.

use super::class::Class;
use super::reason::Then;

/// What was asked, as far as it matters for a lost answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// A message, which a second try would deliver twice.
    Send,
    /// Anything else: a second try finds or makes the same state.
    Repeatable,
}

impl Call {
    /// The class of a call of which it is unknown whether it took effect.
    pub(super) const fn lost(self) -> Class {
        match self {
            Self::Send => Class::MaybeSent,
            Self::Repeatable => Class::RetryLater { then: Then::Outage },
        }
    }
}
