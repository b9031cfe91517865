//! A webhook on its way out, before it is a POST.

use bytes::Bytes;

use crate::crypto;
use crate::json::Json;

/// One update on its way to one app.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) app_id: String,
    pub(crate) object: String,
    pub(crate) account: String,
    /// Thread it belongs to: updates of one lane leave in order.
    pub(crate) lane: String,
    pub(crate) callback: String,
    pub(crate) secret: String,
    pub(crate) update: Update,
    /// Wait this long before it leaves.
    pub(crate) delay_ms: u64,
}

/// What is posted.
#[derive(Debug, Clone)]
pub(crate) enum Update {
    /// An item of `messaging`, `standby` or `changes` in an `entry`.
    Item(&'static str, Json),
    /// Fields put into the `entry` itself (comments on the Instagram Login route have no `changes`).
    Fields(Json),
    /// A body given by the test, with the headers it is to bear.
    Raw { body: Bytes, headers: Vec<(String, String)> },
}

/// Both signatures Meta sends, over the exact bytes.
pub(crate) fn signed_headers(secret: &str, body: &[u8]) -> Vec<(String, String)> {
    vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("user-agent".to_owned(), "facebookexternalua".to_owned()),
        ("accept".to_owned(), "*/*".to_owned()),
        ("x-hub-signature".to_owned(), format!("sha1={}", crypto::hmac_sha1_hex(secret, body))),
        ("x-hub-signature-256".to_owned(), format!("sha256={}", crypto::hmac_sha256_hex(secret, body))),
    ]
}
