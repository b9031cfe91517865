//! Why a message does not reach the customer: a stable word, the sentence for the agent, and whether trying again may help.

use crate::key;
use crate::retry::Schedule;
use crate::texts::{Key, Translator};
use crate::timing::MINUTE_MS;
use meta_wire::answer::{Class, Holder, Invalid, Refusal, Then, Unreachable};

/// Why a message is not sent: a stable word, and what its text needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendError {
    /// The class of Meta's refusal, or a word of ours; behind a slash what is known of it beyond.
    pub code: String,
    values: Vec<(&'static str, String)>,
}

impl SendError {
    /// With nothing to fill in.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into(), values: Vec::new() }
    }

    /// With a value for its text.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.values.push((name, value.to_owned()));
        self
    }

    /// The sentence for the agent.
    pub fn text(&self, say: Translator<'_>) -> String {
        let mut values: Vec<(&str, &str)> = self.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        values.push(("number", "?"));
        let reason = say.text(reason(&self.code), &values);
        say.text(key!("out_failed"), &[("reason", &reason)])
    }
}

/// The reason in words, by its code: the class of Meta's refusal and, behind a slash, what is known of it beyond.
pub fn reason(code: &str) -> Key {
    match code {
        "window-closed" | "window-never-opened" | "meta-outside-window" => key!("out_window_closed"),
        "window-humans-only" => key!("out_window_humans"),
        "window-human-agent-missing" => key!("out_window_human_agent"),
        "window-human-agent-refused" => key!("out_human_agent_refused"),
        "meta-unreachable/unavailable" | "meta-retry-later/unreachable" => key!("out_unavailable"),
        "meta-unreachable/not-now" => key!("out_not_now"),
        "meta-unreachable/notifications-stopped" => key!("out_notifications_stopped"),
        "meta-unreachable/thread-gone" => key!("out_thread_gone"),
        "meta-permission-missing/app-not-live" => key!("out_app_not_live"),
        "meta-permission-missing/advanced-access" => key!("out_no_advanced_access"),
        "meta-permission-missing/instagram-message-access" => key!("out_instagram_access"),
        "meta-permission-missing/instagram-page-link" | "meta-permission-missing/page-not-linked" => {
            key!("out_instagram_link")
        }
        "meta-permission-missing/instagram-not-eligible" => key!("out_instagram_not_eligible"),
        "meta-not-thread-owner/lead-flow" => key!("out_lead_flow"),
        "meta-invalid-request/media-type" => key!("out_media_type"),
        "meta-invalid-request/media-too-large" => key!("out_media_too_large"),
        "meta-invalid-request/media-broken" => key!("out_media_broken"),
        "meta-invalid-request/message-gone" => key!("out_message_gone"),
        "meta-restricted/policy" | "meta-restricted/commerce" => key!("out_restricted_policy"),
        "meta-restricted/tag-abuse" => key!("out_restricted_person"),
        "meta-maybe-sent" => key!("out_maybe_sent"),
        "meta-unreadable" => key!("out_unreadable"),
        "meta-retry-later/outage" => key!("out_outage"),
        "meta-retry-later/link-refused" => key!("out_link_refused"),
        "meta-token-dead" => key!("out_token_dead"),
        "files-off" => key!("out_files_off"),
        "file-kind" => key!("out_file_kind"),
        "file-type" => key!("out_file_type"),
        "file-size" => key!("out_file_size"),
        "file-gone" => key!("out_file_gone"),
        "message-too-large" => key!("out_message_too_large"),
        "nothing-to-send" => key!("out_nothing_to_send"),
        "account-disconnected" => key!("out_disconnected"),
        "not-recorded" => key!("out_not_recorded"),
        "too-many-wait" => key!("out_too_many_wait"),
        "handover-not-granted" => key!("hand_not_sent"),
        "handover-discarded" => key!("hand_discarded"),
        "handover-closed" => key!("hand_closed_unsent"),
        _ => match code.split('/').next().unwrap_or(code) {
            "meta-rate-limited" => key!("out_rate_limited"),
            "meta-unreachable" => key!("out_no_such_person"),
            "meta-permission-missing" | "meta-retry-later" => key!("out_permission"),
            "meta-not-thread-owner" => key!("out_not_owner"),
            "meta-invalid-request" => key!("out_invalid"),
            "meta-restricted" => key!("out_restricted"),
            _ => key!("out_unknown"),
        },
    }
}

/// Whether sending the very same again may work, once a person has done something or time has passed.
pub fn may_help(code: &str) -> bool {
    let (class, detail) = code.split_once('/').unwrap_or((code, ""));
    match class {
        "window-human-agent-missing" | "window-human-agent-refused" => true,
        "meta-retry-later"
        | "meta-rate-limited"
        | "meta-permission-missing"
        | "meta-not-thread-owner"
        | "handover-not-granted" => true,
        "meta-maybe-sent" | "meta-unreadable" | "meta-unknown" => true,
        "account-disconnected" | "not-recorded" | "too-many-wait" => true,
        "meta-unreachable" => detail == "not-now",
        "meta-restricted" => detail == "temporary",
        "meta-invalid-request" => detail == "attachment-gone",
        _ => false,
    }
}

/// Subcode of Instagram's refusal outside the window.
const INSTAGRAM_WINDOW: i64 = 2_534_022;

/// Subcode of a person who is not available.
const UNAVAILABLE: i64 = 1_545_041;

/// How often at most where Meta's temporary fault is usually something else.
const FEW: u32 = 2;

/// Pause while Meta's lead form holds the thread, in milliseconds.
const LEAD_FLOW_MS: i64 = 5 * MINUTE_MS;

/// What Meta's refusal means for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may work later by itself.
    Later {
        /// As in [`SendError::code`].
        code: String,
        /// After how long, in milliseconds.
        after_ms: i64,
    },
    /// The account sent too much.
    RateLimited {
        /// After how long it may send again, in milliseconds.
        after_ms: i64,
        /// What it means for the message, where it was tried often enough; otherwise it goes later.
        refused: Option<SendError>,
        /// As in [`SendError::code`].
        code: String,
    },
    /// The account's token is dead.
    TokenDead,
    /// Another app has the thread; what it means where that stays so.
    NotThreadOwner(Holder, SendError),
    /// Meta may have it.
    MaybeSent,
    /// The account's images go one by one.
    OneByOne,
    /// It does not go.
    Refused(SendError),
}

/// Reads a refusal of a message: whether it went with the tag for human agents, whether the window is open by our clock, and
/// how often it was tried before.
pub fn judge(refusal: &Refusal, tagged: bool, is_open: bool, tries: u32) -> Verdict {
    let code = match refusal.class.detail() {
        Some(detail) => format!("{}/{detail}", refusal.class.code()),
        None => refusal.class.code().to_owned(),
    };
    let trouble = |code: String| {
        let number = refusal.code.map_or_else(|| "?".to_owned(), |code| code.to_string());
        let subcode = refusal.subcode.map(|code| format!("/{code}")).unwrap_or_default();
        SendError::new(code).with("number", &format!("{number}{subcode}"))
    };
    let pause = Schedule::SEND.after(tries);
    match &refusal.class {
        Class::RetryLater { then } => match pause.filter(|_| *then == Then::Outage || tries < FEW) {
            Some(after_ms) => Verdict::Later { code, after_ms },
            None => Verdict::Refused(trouble(code)),
        },
        Class::RateLimited { retry_after_s } => {
            let asked = retry_after_s.and_then(|s| i64::try_from(s.saturating_mul(1000)).ok()).unwrap_or_default();
            let after_ms = asked.max(pause.unwrap_or_default());
            let refused = if pause.is_some() { None } else { Some(trouble(code.clone())) };
            Verdict::RateLimited { after_ms, refused, code }
        }
        Class::TokenDead(_) => Verdict::TokenDead,
        Class::NotThreadOwner(Holder::LeadFlow) if pause.is_some() => Verdict::Later { code, after_ms: LEAD_FLOW_MS },
        Class::NotThreadOwner(holder) => Verdict::NotThreadOwner(*holder, trouble(code)),
        Class::MaybeSent => Verdict::MaybeSent,
        Class::Invalid(Invalid::SeveralImages) => Verdict::OneByOne,
        // Within the window by our clock: an app without Advanced Access, or not Live, is answered so on Instagram whenever
        // it writes (https://github.com/ComposioHQ/composio/issues/3604).
        Class::OutsideWindow if is_open && refusal.subcode == Some(INSTAGRAM_WINDOW) => {
            Verdict::Refused(trouble("meta-permission-missing/advanced-access".into()))
        }
        // Meta's page on sending calls this a closed window, its page on errors a person who is not there.
        Class::Unreachable(Unreachable::Unavailable) if tagged && refusal.subcode == Some(UNAVAILABLE) => {
            Verdict::Refused(trouble("meta-outside-window".into()))
        }
        Class::PermissionMissing(_) if tagged && refusal.code == Some(10) => {
            Verdict::Refused(trouble("window-human-agent-refused".into()))
        }
        _ => Verdict::Refused(trouble(code)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meta_wire::answer::{Call, HttpAnswer, classify};

    fn refusal(error: &str) -> Refusal {
        let answer = HttpAnswer::new(400, [], format!(r#"{{"error":{error}}}"#));
        classify(Call::Send, &answer).unwrap_err()
    }

    fn code(verdict: &Verdict) -> &str {
        match verdict {
            Verdict::Refused(trouble) | Verdict::NotThreadOwner(_, trouble) => &trouble.code,
            Verdict::Later { code, .. } | Verdict::RateLimited { code, .. } => code,
            Verdict::TokenDead => "token dead",
            Verdict::MaybeSent => "maybe sent",
            Verdict::OneByOne => "one by one",
        }
    }

    #[test]
    fn a_refusal_reads_by_tag_and_window() {
        for (error, tagged, is_open, expected) in [
            (r#"{"code":10,"error_subcode":2534022}"#, false, true, "meta-permission-missing/advanced-access"),
            (r#"{"code":10,"error_subcode":2534022}"#, false, false, "meta-outside-window"),
            (r#"{"code":10}"#, true, false, "window-human-agent-refused"),
            (r#"{"code":551,"error_subcode":1545041}"#, true, false, "meta-outside-window"),
            (r#"{"code":551,"error_subcode":1545041}"#, false, true, "meta-unreachable/unavailable"),
            (r#"{"code":190}"#, false, true, "token dead"),
        ] {
            assert_eq!(code(&judge(&refusal(error), tagged, is_open, 0)), expected, "{error} {tagged} {is_open}");
        }
    }

    #[test]
    fn what_may_pass_is_tried_again_until_the_pauses_end() {
        let limited = refusal(r#"{"code":613}"#);
        assert!(matches!(
            judge(&limited, false, true, 0),
            Verdict::RateLimited { after_ms: 10_000, refused: None, .. }
        ));
        assert!(matches!(judge(&limited, false, true, 5), Verdict::RateLimited { refused: Some(_), .. }));
        let silent = Refusal::no_answer(Call::Repeatable);
        assert!(matches!(judge(&silent, false, true, 1), Verdict::Later { after_ms: 60_000, .. }));
        assert!(matches!(judge(&silent, false, true, 5), Verdict::Refused(_)));
        assert_eq!(judge(&Refusal::no_answer(Call::Send), false, true, 0), Verdict::MaybeSent);
    }

    #[test]
    fn metas_numbers_go_into_the_sentence() {
        let verdict = judge(&refusal(r#"{"code":987654,"error_subcode":3}"#), false, true, 0);
        assert_eq!(verdict, Verdict::Refused(SendError::new("meta-unknown").with("number", "987654/3")));
    }
}
