//! The messaging window: may this go, with which tag, until when, and why not.

use crate::key;
use crate::send_error::SendError;
use crate::texts::Translator;
use crate::timing::{HOUR_MS, MINUTE_MS};
use meta_wire::limits;
use meta_wire::platform::Platform;
use meta_wire::request::{MessagingType, Tag};
use meta_wire::time::UnixMillis;
use meta_wire::window::{Author, Decision, decide};

/// How long before the end a warning is due, in milliseconds.
const WARN_MS: i64 = 2 * HOUR_MS;

/// How often a notice is looked at while there is time, shortly before the end, and once it is over, in milliseconds.
const PAUSES_MS: (i64, i64, i64) = (HOUR_MS, 15 * MINUTE_MS, 5 * MINUTE_MS);

/// Under which label a message may go now. Of a customer whose last action is not recorded Meta is asked.
///
/// # Errors
/// [`SendError`] when it may not.
pub fn messaging_type(
    by_human: bool,
    opened_at: Option<i64>,
    now: UnixMillis,
    platform: Platform,
    human_agent: bool,
) -> Result<MessagingType, SendError> {
    let Some(opened) = opened_at else { return Ok(MessagingType::Response) };
    let author = if by_human { Author::Human } else { Author::Bot };
    match decide(author, Some(UnixMillis(opened)), now, platform, human_agent) {
        Decision::Response => Ok(MessagingType::Response),
        Decision::HumanAgent => Ok(MessagingType::MessageTag(Tag::HumanAgent)),
        Decision::Refused(refused) => Err(SendError::new(refused.reason.code())),
    }
}

/// Where in the window a moment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Answers go out until then.
    Open {
        /// Unix milliseconds.
        end: i64,
    },
    /// Only what a person writes goes out, until then.
    Humans {
        /// Unix milliseconds.
        end: i64,
    },
    /// Nothing goes out.
    Over,
}

impl Phase {
    /// Where a moment is in the window that was opened then.
    pub fn at(opened: i64, now: i64, platform: Platform, human_agent: bool) -> Self {
        let day = opened.saturating_add(limits::standard_window_ms(platform));
        let week = opened.saturating_add(limits::human_agent_window_ms(platform));
        match now {
            _ if now <= day => Self::Open { end: day },
            _ if human_agent && now <= week => Self::Humans { end: week },
            _ => Self::Over,
        }
    }

    /// When it ends, Unix milliseconds; `None` once it is over.
    pub fn end(self) -> Option<i64> {
        match self {
            Self::Open { end } | Self::Humans { end } => Some(end),
            Self::Over => None,
        }
    }

    /// How it stands, with the time that is left.
    pub fn text(self, say: Translator<'_>, left: &str) -> String {
        let key = match self {
            Self::Open { .. } => key!("out_window_open"),
            Self::Humans { .. } => key!("out_window_people"),
            Self::Over => key!("out_window_over"),
        };
        say.text(key, &[("time", left)])
    }

    /// Whether a warning is due.
    pub fn ends_soon(self, now: i64) -> bool {
        self.end().is_some_and(|end| now >= end - WARN_MS)
    }

    /// When to look again, Unix milliseconds: less often the longer the customer waits for the answer that is shown first.
    pub fn next_look(self, now: i64, waited: i64, is_shown: bool) -> i64 {
        let (often, soon, over) = PAUSES_MS;
        match self.end() {
            None => now + over,
            Some(end) if self.ends_soon(now) => (now + soon).min(end + 1),
            Some(end) if !is_shown => (now + (waited / 4).clamp(MINUTE_MS, often)).min(end - WARN_MS),
            Some(end) => (now + often).min(end - WARN_MS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::DAY_MS;
    use meta_wire::platform::Platform::Instagram;

    #[test]
    fn phases() {
        let (day, week) = (DAY_MS, 7 * DAY_MS);
        for (after, human_agent, expected) in [
            (0, false, Phase::Open { end: day }),
            (day, false, Phase::Open { end: day }),
            (day + 1, false, Phase::Over),
            (day + 1, true, Phase::Humans { end: week }),
            (week, true, Phase::Humans { end: week }),
            (week + 1, true, Phase::Over),
        ] {
            assert_eq!(Phase::at(0, after, Instagram, human_agent), expected, "{after} {human_agent}");
        }
    }
}
