//! What a refusal means to the caller.

use super::reason::{Holder, Invalid, Permission, Restriction, Then, TokenProblem, Unreachable};

/// What to do about a refused call. Decided by code and subcode only: Meta's texts are translated and do not always name the code
/// they come with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// Temporary, and the call had no effect: repeat a few times, waiting longer each time.
    RetryLater {
        /// What it usually is when repeating does not help.
        then: Then,
    },
    /// Too many calls. Calls made while limited prolong the limit.
    RateLimited {
        /// Seconds to wait, as far as Meta said.
        retry_after_s: Option<u64>,
    },
    /// The token is dead: nothing works until somebody connects the account again.
    TokenDead(TokenProblem),
    /// A permission, feature or setting is missing: an administrator has to act.
    PermissionMissing(Permission),
    /// The messaging window is closed.
    OutsideWindow,
    /// This person cannot be written to.
    Unreachable(Unreachable),
    /// Another app has the thread. Who, only [`thread_owner`](crate::request::thread::thread_owner) tells.
    NotThreadOwner(Holder),
    /// The call itself is wrong: repeating it never helps.
    Invalid(Invalid),
    /// The business is restricted.
    Restricted(Restriction),
    /// The message may have been delivered. Do not repeat it; wait for its echo.
    MaybeSent,
    /// The answer is not what Meta documents. No message was sent.
    Unreadable,
    /// A code this crate has not met; [`Refusal::code`](super::Refusal::code) keeps it.
    Unknown,
}

impl Class {
    /// A word that stays the same across versions.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RetryLater { .. } => "meta-retry-later",
            Self::RateLimited { .. } => "meta-rate-limited",
            Self::TokenDead(_) => "meta-token-dead",
            Self::PermissionMissing(_) => "meta-permission-missing",
            Self::OutsideWindow => "meta-outside-window",
            Self::Unreachable(_) => "meta-unreachable",
            Self::NotThreadOwner(_) => "meta-not-thread-owner",
            Self::Invalid(_) => "meta-invalid-request",
            Self::Restricted(_) => "meta-restricted",
            Self::MaybeSent => "meta-maybe-sent",
            Self::Unreadable => "meta-unreadable",
            Self::Unknown => "meta-unknown",
        }
    }

    /// What exactly, as a word that stays the same across versions, for the classes that know more.
    pub const fn detail(&self) -> Option<&'static str> {
        match self {
            Self::RetryLater { then } => Some(then.code()),
            Self::TokenDead(problem) => Some(problem.code()),
            Self::PermissionMissing(permission) => Some(permission.code()),
            Self::Unreachable(why) => Some(why.code()),
            Self::NotThreadOwner(holder) => Some(holder.code()),
            Self::Invalid(what) => Some(what.code()),
            Self::Restricted(how) => Some(how.code()),
            Self::RateLimited { .. } | Self::OutsideWindow | Self::MaybeSent | Self::Unreadable | Self::Unknown => None,
        }
    }
}
