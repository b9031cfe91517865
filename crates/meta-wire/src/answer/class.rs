//! What a refusal means to the caller.

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
}

/// What a failure that does not pass turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// An outage.
    Outage,
    /// A missing permission.
    Permission,
    /// A customer who blocked the Page.
    Unreachable,
}

/// Why a token no longer works
/// ([error handling](https://developers.facebook.com/docs/graph-api/guides/error-handling)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenProblem {
    /// Not said, or not understood.
    Unspecified,
    /// The person removed the app.
    AppRemoved,
    /// The person has to log in on Facebook and clear a check.
    Checkpoint,
    /// The person changed the password.
    PasswordChanged,
    /// It expired.
    Expired,
    /// The person's Facebook account is not confirmed.
    Unconfirmed,
    /// The person logged out, or the token was never valid.
    Invalidated,
    /// The person lost the role on the Page.
    RoleLost,
}

/// What is missing, as far as the code tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// A permission of the call; Meta does not say which by number.
    Unspecified,
    /// The object does not exist or is not among those granted.
    ObjectAccess,
    /// While the app is in development only people with a role on it can be written to.
    AppNotLive,
    /// Matching customers by telephone number.
    PhoneMatching,
    /// Reading the profile of people: Business Asset User Profile Access.
    UserProfile,
    /// In the Instagram app: Settings, Messages and story replies, Message controls, Connected tools, Allow access to messages.
    InstagramMessageAccess,
    /// The link between the Instagram account and its Page cannot be verified: link again, or settle two-factor login.
    InstagramPageLink,
    /// The Page has no Instagram account linked.
    PageNotLinked,
    /// The Instagram account cannot be used through the API: not professional, or not eligible.
    InstagramNotEligible,
    /// The terms of labels are not accepted.
    LabelTerms,
}

/// Why a person cannot be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// Blocked the business, or deactivated the account.
    Unavailable,
    /// Cannot receive messages now.
    NotNow,
    /// No such person for this account.
    NoSuchPerson,
    /// Asked not to be notified.
    NotificationsStopped,
    /// The thread is archived or deleted.
    ThreadGone,
    /// The profile cannot be read until the person has written; messages are not concerned.
    ProfileConsent,
    /// The person has no profile, as with a telephone-number account; messages are not concerned.
    NoProfile,
}

/// Who has the thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Some other app, often Meta's own inbox.
    AnotherApp,
    /// Meta's lead form; it lets go by itself, so trying again later helps.
    LeadFlow,
}

/// What is wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// Some parameter.
    Parameter,
    /// The file's address could not be read: not public, no valid TLS, too slow.
    MediaUnreachable,
    /// The file's type is not the type announced.
    MediaType,
    /// The file is too large.
    MediaTooLarge,
    /// The film is broken or took too long.
    MediaBroken,
    /// The attachment id is expired or another account's: upload again.
    AttachmentGone,
    /// A message and a sender action in one call.
    MessageWithAction,
    /// The app id is wrong.
    AppId,
    /// The message's data.
    MessageData,
    /// The comment has its private reply already, or may not get one.
    CommentNotEligible,
    /// The message is deleted.
    MessageGone,
    /// The lead form's id.
    LeadForm,
    /// Marketing messages to this person are too frequent.
    MarketingFrequency,
    /// The person was asked to opt in already.
    DuplicateOptIn,
    /// The login code is used, expired, or made for another redirect address.
    LoginCode,
}

/// How a business is restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restriction {
    /// May not send for a while.
    Temporary,
    /// Blocked for breaking a policy.
    Policy,
    /// May not message on Instagram.
    InstagramMessaging,
    /// Warned for misuse of tags: stop writing to this person.
    TagAbuse,
    /// Its commerce messages are switched off.
    Commerce,
}
