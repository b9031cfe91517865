//! Faults on demand: which call goes wrong, and how.

use serde::{Deserialize, Serialize};

use crate::json::Json;

/// Where in a call the connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Drop {
    /// Nothing happened at Meta.
    Before,
    /// It happened; only the answer is lost.
    After,
}

/// One rule. All conditions given must hold; the effects given all apply.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) id: u64,
    /// `graph.facebook.com`, `scontent.xx.fbcdn.net`, …
    pub(crate) host: Option<String>,
    pub(crate) method: Option<String>,
    /// Part of the path after the host, such as `/messages`.
    pub(crate) path: Option<String>,
    /// A Page or Instagram account id; `me` is resolved.
    pub(crate) account: Option<String>,
    /// Part of the JSON body, so that a typing indicator need not fail with a message.
    pub(crate) body_contains: Option<String>,
    /// Let this many matching calls pass first.
    pub(crate) skip: u64,
    /// How often it strikes; missing means until removed.
    pub(crate) times: Option<u64>,

    /// Answer with this status instead of the true one.
    pub(crate) status: Option<u16>,
    /// Answer with this body: JSON, or a string sent as it is.
    pub(crate) body: Option<Json>,
    /// Shorthand for Meta's error envelope: `{"code":190,"error_subcode":463}` and what else it shall hold.
    pub(crate) error: Option<Json>,
    pub(crate) headers: Vec<(String, String)>,
    /// The call takes effect although the answer is replaced.
    pub(crate) after_effect: bool,
    /// Wait before anything happens.
    pub(crate) delay_ms: u64,
    /// Wait after the effect, before the answer.
    pub(crate) delay_answer_ms: u64,
    pub(crate) drop: Option<Drop>,
    /// Announce the whole answer, send this many bytes of it, break off.
    pub(crate) truncate: Option<usize>,

    /// Matching calls so far.
    pub(crate) seen: u64,
    /// How often it struck.
    pub(crate) struck: u64,
}

/// What a rule is asked about.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) host: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) account: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

impl Fault {
    fn matches(&self, subject: &Subject<'_>) -> bool {
        let text = |want: &Option<String>, have: &str| want.as_deref().is_none_or(|w| w.eq_ignore_ascii_case(have));
        text(&self.host, subject.host)
            && text(&self.method, subject.method)
            && self.path.as_deref().is_none_or(|p| subject.path.contains(p))
            && self.account.as_deref().is_none_or(|a| subject.account == Some(a))
            && self.body_contains.as_deref().is_none_or(|part| String::from_utf8_lossy(subject.body).contains(part))
    }

    /// Whether it replaces the answer.
    pub(crate) fn replaces(&self) -> bool {
        self.status.is_some() || self.body.is_some() || self.error.is_some()
    }
}

/// The first rule that strikes this call.
pub(crate) fn strike(faults: &mut [Fault], subject: &Subject<'_>) -> Option<Fault> {
    for fault in faults {
        if !fault.matches(subject) {
            continue;
        }
        fault.seen += 1;
        if fault.seen <= fault.skip || fault.times.is_some_and(|times| fault.struck >= times) {
            continue;
        }
        fault.struck += 1;
        return Some(fault.clone());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strikes_the_nth_matching_call_and_then_no_more() {
        let mut faults = vec![Fault {
            path: Some("/messages".to_owned()),
            skip: 1,
            times: Some(1),
            status: Some(500),
            ..Fault::default()
        }];
        let subject = |path| Subject { host: "h", method: "POST", path, account: None, body: b"" };
        let hits: Vec<bool> = ["/1/messages", "/1/other", "/1/messages", "/1/messages"]
            .map(|path| strike(&mut faults, &subject(path)).is_some())
            .into();
        assert_eq!(hits, [false, false, true, false]);
    }
}
