//! From status, headers and body to success or refusal.

use super::call::Call;
use super::class::Class;
use super::lenient::{truth, whole};
use super::reason::Invalid;
use super::refusal::Refusal;
use super::table;
use super::usage::Usage;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;

/// An HTTP answer as it came. Printing it shows no content.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in any case.
    pub headers: Vec<(String, String)>,
    /// Body as text.
    pub body: String,
}

impl HttpAnswer {
    /// Puts an answer together.
    pub fn new(status: u16, headers: impl IntoIterator<Item = (String, String)>, body: impl Into<String>) -> Self {
        Self { status, headers: headers.into_iter().collect(), body: body.into() }
    }
}

impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpAnswer(HTTP {}, {} bytes)", self.status, self.body.len())
    }
}

/// Reads a successful answer as `T`.
///
/// # Errors
/// [`Refusal`] as of [`classify`]; and when the answer succeeds but is no `T`: [`Class::MaybeSent`] for a send, otherwise
/// [`Class::Unreadable`].
pub fn read<T: DeserializeOwned>(call: Call, answer: &HttpAnswer) -> Result<T, Refusal> {
    let value = classify(call, answer)?;
    T::deserialize(value).map_err(|_| {
        let class = match call {
            Call::Send => Class::MaybeSent,
            Call::Repeatable => Class::Unreadable,
        };
        Refusal::without_error(class, answer.status, Usage::from_headers(&answer.headers))
    })
}

/// Tells success, whose body it returns, from refusal.
///
/// # Errors
/// [`Refusal`] for an error of Meta's whatever the HTTP status, for a status other than 2xx, and for a body that is no JSON.
/// Where the answer does not tell whether a send took effect, its class is [`Class::MaybeSent`].
pub fn classify(call: Call, answer: &HttpAnswer) -> Result<Value, Refusal> {
    let usage = Usage::from_headers(&answer.headers);
    match serde_json::from_str::<Value>(&answer.body) {
        Ok(body) => match MetaError::find(&body) {
            Some(error) => Err(error.refusal(call, answer.status, usage)),
            None if (200..300).contains(&answer.status) => Ok(body),
            None => Err(no_error(call, answer.status, usage)),
        },
        Err(_) => Err(no_error(call, answer.status, usage)),
    }
}

/// A refusal by something that is not the Graph API proper: a gateway, a proxy, a broken connection.
fn no_error(call: Call, status: u16, usage: Usage) -> Refusal {
    let class = match status {
        429 => Class::RateLimited { retry_after_s: usage.wait_s() },
        // The request arrived, and what became of it is unknown.
        200..300 | 408 | 500.. | 0..200 => call.lost(),
        // Answered before the Graph API saw it, so nothing was sent.
        300..500 => Class::Unreadable,
    };
    Refusal::without_error(class, status, usage)
}

/// The `error` object of an answer, or what stands for it.
struct MetaError {
    code: Option<i64>,
    subcode: Option<i64>,
    transient: bool,
    trace: Option<String>,
    class: Option<Class>,
}

impl MetaError {
    fn find(body: &Value) -> Option<Self> {
        match body.get("error") {
            Some(Value::Object(error)) => Some(Self {
                code: error.get("code").and_then(whole),
                subcode: error.get("error_subcode").and_then(whole),
                transient: error.get("is_transient").and_then(truth).unwrap_or(false),
                trace: error.get("fbtrace_id").and_then(Value::as_str).and_then(trace),
                class: None,
            }),
            // RFC 6749 5.2, from login endpoints.
            Some(Value::String(_)) => Some(Self::login()),
            _ if body.get("error_type").is_some() && body.get("error_message").is_some() => Some(Self::login()),
            _ => None,
        }
    }

    /// `api.instagram.com` answers in a form of its own, whose `code` is an HTTP status
    /// ([business login](https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login)).
    fn login() -> Self {
        let class = Some(Class::Invalid(Invalid::LoginCode));
        Self { code: None, subcode: None, transient: false, trace: None, class }
    }

    fn refusal(self, call: Call, http_status: u16, usage: Usage) -> Refusal {
        let Self { code, subcode, transient, trace, class } = self;
        let mut class = match class {
            // These forms have no code that could say so.
            Some(_) if http_status == 429 => Class::RateLimited { retry_after_s: None },
            Some(_) if http_status >= 500 => call.lost(),
            Some(class) => class,
            None => table::class_of(code, subcode, transient),
        };
        match &mut class {
            Class::RateLimited { retry_after_s } => *retry_after_s = usage.wait_s(),
            Class::MaybeSent => class = call.lost(),
            _ => {}
        }
        Refusal { class, code, subcode, trace, http_status, transient, usage }
    }
}

/// The trace id, if it looks like one: it is written to logs.
fn trace(text: &str) -> Option<String> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-+/=".contains(&b));
    (plain && (1..=64).contains(&text.len())).then(|| text.to_owned())
}
