//! A refused call.

use super::call::Call;
use super::class::Class;
use super::reason::Then;
use super::usage::Usage;

/// A call that did not succeed. Holds numbers and Meta's trace id, never Meta's text: that may quote what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Meta refused the call: {}, code {}, subcode {}, HTTP {http_status}, trace {}",
    class.code(), number(*code), number(*subcode), trace.as_deref().unwrap_or("none"))]
pub struct Refusal {
    /// What to do.
    pub class: Class,
    /// `error.code`; `None` when the answer held no error of Meta's.
    pub code: Option<i64>,
    /// `error.error_subcode`.
    pub subcode: Option<i64>,
    /// `error.fbtrace_id`, what Meta's support asks for.
    pub trace: Option<String>,
    /// HTTP status; 0 when no answer came at all.
    pub http_status: u16,
    /// `error.is_transient`.
    pub transient: bool,
    /// How much of the limits is used.
    pub usage: Usage,
}

fn number(n: Option<i64>) -> String {
    n.map_or_else(|| "none".to_owned(), |n| n.to_string())
}

impl Refusal {
    /// Whether a smaller call may succeed: code 1 says "reduce the amount of data", in words alone.
    pub fn is_too_much(&self) -> bool {
        self.class == Class::RetryLater { then: Then::Permission }
    }

    /// A call whose answer never came: a timeout, a broken connection.
    pub fn no_answer(call: Call) -> Self {
        Self::without_error(call.lost(), 0, Usage::default())
    }

    pub(super) fn without_error(class: Class, http_status: u16, usage: Usage) -> Self {
        Self { class, code: None, subcode: None, trace: None, http_status, transient: false, usage }
    }
}
