//! Meta's error codes, each with its class.
//!
//! [Messenger error codes](https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes)
//! (page of 25 June 2026), [Graph error handling](https://developers.facebook.com/docs/graph-api/guides/error-handling); read
//! 2026-11-20. Rows Meta does not list say where they come from.

use super::class::Class;
use super::reason::{Holder, Invalid, Permission, Restriction, Then, TokenProblem, Unreachable};

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `error.code`; `None` for any.
    pub code: Option<i64>,
    /// `error.error_subcode`; `None` for one that has no line of its own, or none.
    pub subcode: Option<i64>,
    /// What it means.
    pub class: Class,
}

const fn code(code: i64, class: Class) -> Row {
    Row { code: Some(code), subcode: None, class }
}

const fn pair(code: i64, subcode: i64, class: Class) -> Row {
    Row { code: Some(code), subcode: Some(subcode), class }
}

/// Meta prints some of these as codes, some as subcodes: they are matched in either place.
const fn sub(subcode: i64, class: Class) -> Row {
    Row { code: None, subcode: Some(subcode), class }
}

const RATE: Class = Class::RateLimited { retry_after_s: None };
const OUTAGE: Class = Class::RetryLater { then: Then::Outage };
const PERMISSION: Class = Class::PermissionMissing(Permission::Unspecified);
const NO_PERSON: Class = Class::Unreachable(Unreachable::NoSuchPerson);
const UNAVAILABLE: Class = Class::Unreachable(Unreachable::Unavailable);
const ANOTHER_APP: Class = Class::NotThreadOwner(Holder::AnotherApp);

/// Every code known. A line with code and subcode goes before a line with a subcode alone, that before a code alone.
pub const TABLE: &[Row] = &[
    code(1, Class::RetryLater { then: Then::Permission }),
    pair(1, 99, Class::RetryLater { then: Then::Permission }),
    // "Invalid JSON reply": the message was sent all the same.
    pair(1, 1_357_046, Class::MaybeSent),
    sub(2_018_382, Class::Invalid(Invalid::LeadForm)),
    // Also seen when the customer blocked the Page.
    code(2, Class::RetryLater { then: Then::Unreachable }),
    // A third-party report.
    sub(1_545_133, OUTAGE),
    sub(2_018_344, Class::PermissionMissing(Permission::LabelTerms)),
    code(3, PERMISSION),
    code(4, RATE),
    pair(4, 2_018_354, Class::Invalid(Invalid::MarketingFrequency)),
    pair(9, 2_018_352, Class::Invalid(Invalid::MarketingFrequency)),
    code(10, PERMISSION),
    sub(2_018_278, Class::OutsideWindow),
    sub(2_534_022, Class::OutsideWindow),
    sub(2_018_065, Class::OutsideWindow),
    sub(2_018_108, Class::Unreachable(Unreachable::NotNow)),
    sub(2_018_300, ANOTHER_APP),
    sub(2_018_321, Class::NotThreadOwner(Holder::LeadFlow)),
    sub(2_534_077, Class::PermissionMissing(Permission::InstagramPageLink)),
    sub(1_893_063, Class::Restricted(Restriction::Temporary)),
    sub(1_404_170, Class::Restricted(Restriction::Temporary)),
    sub(1_893_015, Class::Unreachable(Unreachable::NotificationsStopped)),
    code(17, RATE),
    code(32, RATE),
    code(100, Class::Invalid(Invalid::Parameter)),
    pair(100, 33, Class::PermissionMissing(Permission::ObjectAccess)),
    sub(2_018_001, NO_PERSON),
    sub(2_018_008, Class::Invalid(Invalid::MediaUnreachable)),
    sub(2_018_047, Class::Invalid(Invalid::MediaType)),
    sub(2_018_074, Class::Invalid(Invalid::AttachmentGone)),
    sub(2_018_109, Class::Invalid(Invalid::MediaTooLarge)),
    sub(2_018_294, Class::Invalid(Invalid::MediaBroken)),
    sub(2_018_014, Class::Invalid(Invalid::MessageWithAction)),
    sub(2_018_164, Class::Invalid(Invalid::AppId)),
    sub(2_534_013, Class::PermissionMissing(Permission::PageNotLinked)),
    sub(2_534_014, NO_PERSON),
    sub(2_534_015, Class::Invalid(Invalid::MessageData)),
    sub(2_534_025, Class::Invalid(Invalid::CommentNotEligible)),
    sub(2_534_029, Class::Restricted(Restriction::InstagramMessaging)),
    sub(2_534_037, ANOTHER_APP),
    // https://developers.facebook.com/documentation/business-messaging/messenger-platform/changelog (3 November 2025)
    sub(2_534_068, Class::Invalid(Invalid::SeveralImages)),
    // "Link can not be shared", in no page of Meta's; two public code bases meet it, with code 508 and `is_transient`.
    sub(2_534_122, Class::RetryLater { then: Then::LinkRefused }),
    // A third-party report, without its code.
    sub(2_534_001, Class::Unreachable(Unreachable::ThreadGone)),
    // 102 has the same subcodes, see `class_of`.
    code(102, Class::TokenDead(TokenProblem::Unspecified)),
    code(190, Class::TokenDead(TokenProblem::Unspecified)),
    pair(190, 458, Class::TokenDead(TokenProblem::AppRemoved)),
    pair(190, 459, Class::TokenDead(TokenProblem::Checkpoint)),
    pair(190, 460, Class::TokenDead(TokenProblem::PasswordChanged)),
    pair(190, 463, Class::TokenDead(TokenProblem::Expired)),
    pair(190, 464, Class::TokenDead(TokenProblem::Unconfirmed)),
    pair(190, 467, Class::TokenDead(TokenProblem::Invalidated)),
    pair(190, 492, Class::TokenDead(TokenProblem::RoleLost)),
    // 200 itself is one of the range 200 to 299, see `class_of`. Meta's send page calls 1545041 a closed window; its error page
    // and captures say the person is unavailable.
    sub(1_545_041, UNAVAILABLE),
    sub(2_018_028, Class::PermissionMissing(Permission::AppNotLive)),
    sub(2_018_027, Class::PermissionMissing(Permission::PhoneMatching)),
    sub(2_018_021, Class::PermissionMissing(Permission::PhoneMatching)),
    sub(2_534_041, Class::PermissionMissing(Permission::InstagramMessageAccess)),
    code(230, Class::Unreachable(Unreachable::ProfileConsent)),
    code(341, RATE),
    code(368, Class::Restricted(Restriction::Policy)),
    code(551, UNAVAILABLE),
    code(613, RATE),
    sub(2_534_040, RATE),
    sub(2_018_338, Class::Restricted(Restriction::TagAbuse)),
    pair(613, 1996, RATE),
    sub(1_893_016, Class::Invalid(Invalid::DuplicateOptIn)),
    // Long known, in no page read.
    code(1200, OUTAGE),
    code(2022, Class::Restricted(Restriction::Commerce)),
    sub(2_018_218, Class::Unreachable(Unreachable::NoProfile)),
    sub(2_018_247, Class::PermissionMissing(Permission::UserProfile)),
    sub(2_018_171, ANOTHER_APP),
    sub(2_018_234, ANOTHER_APP),
    code(9_000_001, Class::Invalid(Invalid::MessageGone)),
    // A third-party report has 36008 for a code exchanged with another redirect address; 36007 and 36009 are long known, in no
    // page read. Older answers have a bare 100 for all three.
    sub(36_007, Class::Invalid(Invalid::LoginCode)),
    sub(36_008, Class::Invalid(Invalid::LoginCode)),
    sub(36_009, Class::Invalid(Invalid::LoginCode)),
    // https://github.com/fbsamples/original-coast-clothing/issues/84
    code(2200, Class::Invalid(Invalid::CallbackVerification)),
    // https://github.com/chatwoot/chatwoot/pull/11773
    code(9010, NO_PERSON),
    code(36_103, Class::PermissionMissing(Permission::InstagramNotEligible)),
    code(80_001, RATE),
    code(80_002, RATE),
    code(80_006, RATE),
];

/// The class of a code and subcode. `is_transient` decides only where the numbers leave the reason open.
pub(super) fn class_of(code: Option<i64>, subcode: Option<i64>, transient: bool) -> Class {
    let row = |code: Option<i64>, subcode: Option<i64>| {
        TABLE.iter().find(|row| row.code == code && row.subcode == subcode).map(|row| row.class.clone())
    };
    let pair_code = if code == Some(102) { Some(190) } else { code };
    if pair_code.is_some()
        && subcode.is_some()
        && let Some(class) = row(pair_code, subcode)
    {
        return class;
    }
    for printed in [subcode, code] {
        if printed.is_some()
            && let Some(class) = row(None, printed)
        {
            return class;
        }
    }
    let by_code = code.and_then(|number| match row(code, None) {
        None if (200..300).contains(&number) => Some(PERMISSION),
        class => class,
    });
    match by_code {
        None | Some(Class::Invalid(Invalid::Parameter)) if transient => OUTAGE,
        None => Class::Unknown,
        Some(class) => class,
    }
}
