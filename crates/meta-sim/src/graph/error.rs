//! Refusals in Meta's envelope. Codes: <https://developers.facebook.com/docs/graph-api/guides/error-handling>,
//! <https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes>.

use crate::crypto;
use crate::json::{Json, obj};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GraphError {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) code: i64,
    pub(crate) subcode: Option<i64>,
    pub(crate) message: String,
    pub(crate) transient: bool,
}

impl GraphError {
    pub(crate) fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            status: if matches!(code, 10 | 200..=299) { 403 } else { 400 },
            kind: "OAuthException",
            code,
            subcode: None,
            message: message.into(),
            transient: false,
        }
    }

    pub(crate) fn sub(mut self, subcode: i64) -> Self {
        self.subcode = Some(subcode);
        self
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// 100: a parameter is missing or wrong.
    pub(crate) fn parameter(message: impl AsRef<str>) -> Self {
        Self::new(100, format!("(#100) {}", message.as_ref())).status(400)
    }

    /// 100/33: not there, or not for this caller; Meta does not tell which.
    pub(crate) fn missing(method: &str, id: &str) -> Self {
        Self::new(
            100,
            format!(
                "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
                 permissions, or does not support this operation",
                method.to_ascii_lowercase()
            ),
        )
        .kind("GraphMethodException")
        .sub(33)
    }

    /// 190: the token is of no use.
    pub(crate) fn token(subcode: Option<i64>, message: impl Into<String>) -> Self {
        Self { subcode, ..Self::new(190, message).status(401) }
    }

    pub(crate) fn to_json(&self) -> Json {
        let mut error = obj! { "message": self.message.as_str(), "type": self.kind, "code": self.code };
        if let Some(subcode) = self.subcode {
            error.set("error_subcode", subcode);
        }
        if self.transient {
            error.set("is_transient", true);
        }
        error.set("fbtrace_id", crypto::trace());
        obj! { "error": error }
    }
}
