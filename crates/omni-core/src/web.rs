//! Answers of the app's endpoints.

use crate::api::WebAnswer;
use std::collections::BTreeMap;

impl WebAnswer {
    /// Plain text: what Meta's verification wants, and safe to echo into.
    pub(crate) fn text(status: u16, body: impl Into<String>) -> Self {
        Self::typed(status, "text/plain; charset=utf-8", body)
    }

    /// `{"ok":true}` or `{"error":"code"}`.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::typed(status, "application/json", serde_json::json!({ "error": code }).to_string())
    }

    pub(crate) fn ok() -> Self {
        Self::typed(200, "application/json", r#"{"ok":true}"#)
    }

    /// To the app itself, which asked whether this is the address Meta reaches.
    pub(crate) fn self_test(nonce: &str) -> Self {
        Self::typed(200, "application/json", serde_json::json!({ "ok": true, "self_test": nonce }).to_string())
    }

    pub(crate) fn typed(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        let mut headers = BTreeMap::new();
        for (name, value) in
            [("content-type", content_type), ("x-content-type-options", "nosniff"), ("cache-control", "no-store")]
        {
            headers.insert(name.to_owned(), value.to_owned());
        }
        Self { status, headers, body: body.into() }
    }
}
