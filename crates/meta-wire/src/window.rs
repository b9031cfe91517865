//! The messaging window: may this message still be sent, and under which label.
//!
//! Within 24 hours of the customer's last action anybody may write; up to 7 days a human may, with the `HUMAN_AGENT` tag and
//! Meta's Human Agent feature; after that nobody
//! ([send messages](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages),
//! [human agent](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/human-agent),
//! read 2026-11-20).

use crate::limits;
use crate::platform::Platform;
use crate::time::UnixMillis;

/// Who wrote the words that are to be sent. Stamping a bot's words `HUMAN_AGENT` breaks Meta's policy
/// ([chatwoot #15887](https://github.com/chatwoot/chatwoot/issues/15887)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// A person typed them.
    Human,
    /// An automatic answerer.
    Bot,
    /// This program by itself: a greeting, a notice.
    App,
}

/// What may be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Send as `messaging_type` `RESPONSE`, untagged.
    Response,
    /// Send as `MESSAGE_TAG` with tag `HUMAN_AGENT`.
    HumanAgent,
    /// Do not send.
    Refused(Refused),
}

/// Why nothing may be sent, since when, and what changes that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// The moment the last way that was open to this author closed; `None` when none ever was open.
    pub closed_at: Option<UnixMillis>,
    /// What would make sending possible again.
    pub reopens: Reopens,
}

/// Why a message may not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The customer has never acted towards this account.
    NeverOpened,
    /// Over 24 hours, and the words are not a person's.
    OnlyHumansAfterWindow,
    /// Over 24 hours, and the Meta app lacks the Human Agent feature.
    HumanAgentNotGranted,
    /// Over 7 days.
    TooLate,
}

impl Reason {
    /// A word that stays the same across versions.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NeverOpened => "window-never-opened",
            Self::OnlyHumansAfterWindow => "window-humans-only",
            Self::HumanAgentNotGranted => "window-human-agent-missing",
            Self::TooLate => "window-closed",
        }
    }
}

/// What opens the window again. The customer's next action always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reopens {
    /// Only the customer: a message, a tapped button, a reaction, a link with a referral.
    CustomerActs,
    /// Until the given moment a person may still answer.
    CustomerActsOrHumanAnswers {
        /// End of the 7 days.
        until: UnixMillis,
    },
    /// Until the given moment Meta's grant of the Human Agent feature would help as well.
    CustomerActsOrFeatureGranted {
        /// End of the 7 days.
        until: UnixMillis,
    },
}

/// Decides whether `author` may write now.
///
/// `last_opening` is the time of the customer's last window-opening action; both ends are inclusive, and an action dated after
/// `now` (the clocks of two machines differ) counts as just done. `human_agent` says whether Meta granted the feature to the app.
/// A comment opens no window; see [`private_reply`].
///
/// ```
/// use meta_wire::{platform::Platform, time::UnixMillis, window::{Author, Decision, decide}};
/// let wrote = UnixMillis(1_700_000_000_000);
/// let two_days_on = UnixMillis(wrote.0 + 2 * 86_400_000);
/// assert_eq!(decide(Author::Human, Some(wrote), two_days_on, Platform::Instagram, true), Decision::HumanAgent);
/// assert!(matches!(decide(Author::Bot, Some(wrote), two_days_on, Platform::Instagram, true), Decision::Refused(_)));
/// ```
pub fn decide(
    author: Author,
    last_opening: Option<UnixMillis>,
    now: UnixMillis,
    platform: Platform,
    human_agent: bool,
) -> Decision {
    let Some(opened) = last_opening else {
        return Decision::Refused(Refused {
            reason: Reason::NeverOpened,
            closed_at: None,
            reopens: Reopens::CustomerActs,
        });
    };
    let day = UnixMillis(opened.0.saturating_add(limits::standard_window_ms(platform)));
    let week = UnixMillis(opened.0.saturating_add(limits::human_agent_window_ms(platform)));
    let refused =
        |reason, closed_at, reopens| Decision::Refused(Refused { reason, closed_at: Some(closed_at), reopens });
    if now.0 <= day.0 {
        return Decision::Response;
    }
    if now.0 > week.0 {
        let closed_at = if author == Author::Human && human_agent { week } else { day };
        return refused(Reason::TooLate, closed_at, Reopens::CustomerActs);
    }
    match (author, human_agent) {
        (Author::Human, true) => Decision::HumanAgent,
        (Author::Human, false) => {
            refused(Reason::HumanAgentNotGranted, day, Reopens::CustomerActsOrFeatureGranted { until: week })
        }
        (Author::Bot | Author::App, true) => {
            refused(Reason::OnlyHumansAfterWindow, day, Reopens::CustomerActsOrHumanAnswers { until: week })
        }
        (Author::Bot | Author::App, false) => refused(Reason::OnlyHumansAfterWindow, day, Reopens::CustomerActs),
    }
}

/// Whether a comment made at `commented` may still get its one private reply; `Err` holds the moment that ended
/// ([private replies](https://developers.facebook.com/documentation/business-messaging/messenger-platform/discovery/private-replies)).
///
/// # Errors
/// The closing time, when `now` is past it.
pub fn private_reply(commented: UnixMillis, now: UnixMillis) -> Result<(), UnixMillis> {
    let closes = UnixMillis(commented.0.saturating_add(limits::PRIVATE_REPLY_WINDOW_MS));
    if now.0 <= closes.0 { Ok(()) } else { Err(closes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Author::{App, Bot, Human};

    const OPENED: i64 = 1_700_000_000_000;

    fn check(author: Author, after_ms: i64, human_agent: bool, expected: Decision) {
        for platform in [Platform::Messenger, Platform::Instagram] {
            let found = decide(author, Some(UnixMillis(OPENED)), UnixMillis(OPENED + after_ms), platform, human_agent);
            assert_eq!(found, expected, "{author:?} after {after_ms} ms on {platform:?}, feature {human_agent}");
        }
    }

    fn refused(reason: Reason, closed_after: i64, reopens: Reopens) -> Decision {
        Decision::Refused(Refused { reason, closed_at: Some(UnixMillis(OPENED + closed_after)), reopens })
    }

    #[test]
    fn boundaries() {
        let day = limits::standard_window_ms(Platform::Messenger);
        let week = limits::human_agent_window_ms(Platform::Messenger);
        assert_eq!((day, week), (86_400_000, 604_800_000));
        let until = UnixMillis(OPENED + week);
        for author in [Human, Bot, App] {
            for granted in [true, false] {
                for inside in [-60_000, 0, 1, day - 1, day] {
                    check(author, inside, granted, Decision::Response);
                }
            }
        }
        for after in [day + 1, week - 1, week] {
            check(Human, after, true, Decision::HumanAgent);
            let reopens = Reopens::CustomerActsOrFeatureGranted { until };
            check(Human, after, false, refused(Reason::HumanAgentNotGranted, day, reopens));
            for author in [Bot, App] {
                let reopens = Reopens::CustomerActsOrHumanAnswers { until };
                check(author, after, true, refused(Reason::OnlyHumansAfterWindow, day, reopens));
                check(author, after, false, refused(Reason::OnlyHumansAfterWindow, day, Reopens::CustomerActs));
            }
        }
        for after in [week + 1, 10 * week] {
            check(Human, after, true, refused(Reason::TooLate, week, Reopens::CustomerActs));
            check(Human, after, false, refused(Reason::TooLate, day, Reopens::CustomerActs));
            check(Bot, after, true, refused(Reason::TooLate, day, Reopens::CustomerActs));
        }
    }

    #[test]
    fn never_opened_and_extreme_times() {
        let never = decide(Human, None, UnixMillis(0), Platform::Messenger, true);
        let expected = Refused { reason: Reason::NeverOpened, closed_at: None, reopens: Reopens::CustomerActs };
        assert_eq!(never, Decision::Refused(expected));
        let far = decide(Bot, Some(UnixMillis(i64::MAX)), UnixMillis(i64::MIN), Platform::Messenger, true);
        assert_eq!(far, Decision::Response);
    }

    #[test]
    fn a_private_reply_has_seven_days() {
        let week = limits::PRIVATE_REPLY_WINDOW_MS;
        assert_eq!(private_reply(UnixMillis(5), UnixMillis(5 + week)), Ok(()));
        assert_eq!(private_reply(UnixMillis(5), UnixMillis(6 + week)), Err(UnixMillis(5 + week)));
    }
}
