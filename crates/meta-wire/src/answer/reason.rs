//! What exactly stands behind a class, as far as Meta's numbers tell.

/// What a failure that does not pass turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// An outage.
    Outage,
    /// A missing permission.
    Permission,
    /// A customer who blocked the Page.
    Unreachable,
    /// A link in the text that Instagram does not let anybody share.
    LinkRefused,
}

impl Then {
    /// A word that stays the same across versions.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Permission => "permission",
            Self::Unreachable => "unreachable",
            Self::LinkRefused => "link-refused",
        }
    }
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

impl TokenProblem {
    /// A word that stays the same across versions.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::AppRemoved => "app-removed",
            Self::Checkpoint => "checkpoint",
            Self::PasswordChanged => "password-changed",
            Self::Expired => "expired",
            Self::Unconfirmed => "unconfirmed",
            Self::Invalidated => "invalidated",
            Self::RoleLost => "role-lost",
        }
    }
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

impl Permission {
    /// A word that stays the same across versions.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::ObjectAccess => "object-access",
            Self::AppNotLive => "app-not-live",
            Self::PhoneMatching => "phone-matching",
            Self::UserProfile => "user-profile",
            Self::InstagramMessageAccess => "instagram-message-access",
            Self::InstagramPageLink => "instagram-page-link",
            Self::PageNotLinked => "page-not-linked",
            Self::InstagramNotEligible => "instagram-not-eligible",
            Self::LabelTerms => "label-terms",
        }
    }
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

impl Unreachable {
    /// A word that stays the same across versions.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::NotNow => "not-now",
            Self::NoSuchPerson => "no-such-person",
            Self::NotificationsStopped => "notifications-stopped",
            Self::ThreadGone => "thread-gone",
            Self::ProfileConsent => "profile-consent",
            Self::NoProfile => "no-profile",
        }
    }
}

/// Who has the thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Some other app, often Meta's own inbox.
    AnotherApp,
    /// Meta's lead form; it lets go by itself, so trying again later helps.
    LeadFlow,
}

impl Holder {
    /// A word that stays the same across versions.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AnotherApp => "another-app",
            Self::LeadFlow => "lead-flow",
        }
    }
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
    /// Several images in one message, which is not enabled for this Instagram account: they go one by one.
    SeveralImages,
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
    /// Our callback did not answer Meta's verification as it must.
    CallbackVerification,
}

impl Invalid {
    /// A word that stays the same across versions.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::MediaUnreachable => "media-unreachable",
            Self::MediaType => "media-type",
            Self::MediaTooLarge => "media-too-large",
            Self::MediaBroken => "media-broken",
            Self::AttachmentGone => "attachment-gone",
            Self::MessageWithAction => "message-with-action",
            Self::AppId => "app-id",
            Self::MessageData => "message-data",
            Self::CommentNotEligible => "comment-not-eligible",
            Self::SeveralImages => "several-images",
            Self::MessageGone => "message-gone",
            Self::LeadForm => "lead-form",
            Self::MarketingFrequency => "marketing-frequency",
            Self::DuplicateOptIn => "duplicate-opt-in",
            Self::LoginCode => "login-code",
            Self::CallbackVerification => "callback-verification",
        }
    }
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

impl Restriction {
    /// A word that stays the same across versions.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Temporary => "temporary",
            Self::Policy => "policy",
            Self::InstagramMessaging => "instagram-messaging",
            Self::TagAbuse => "tag-abuse",
            Self::Commerce => "commerce",
        }
    }
}
