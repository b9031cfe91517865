//! The signatures Meta makes, and the ids and tokens it draws.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::json::obj;

pub(crate) fn hmac_sha256(key: &str, message: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length; the error arm cannot be reached and would only yield an empty digest.
    Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        },
    )
}

pub(crate) fn hmac_sha256_hex(key: &str, message: &[u8]) -> String {
    hex::encode(hmac_sha256(key, message))
}

pub(crate) fn hmac_sha1_hex(key: &str, message: &[u8]) -> String {
    Hmac::<Sha1>::new_from_slice(key.as_bytes()).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(message);
            hex::encode(mac.finalize().into_bytes())
        },
    )
}

/// The `signed_request` of the deauthorize and data-deletion callbacks.
///
/// <https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback>
pub(crate) fn signed_request(secret: &str, user_id: &str, issued_at: i64) -> String {
    let payload = obj! { "user_id": user_id, "algorithm": "HMAC-SHA256", "issued_at": issued_at };
    let payload = URL_SAFE_NO_PAD.encode(payload.to_meta());
    format!("{}.{payload}", URL_SAFE_NO_PAD.encode(hmac_sha256(secret, payload.as_bytes())))
}

static SERIAL: AtomicU64 = AtomicU64::new(1);

/// Entropy enough for a stand-in: never the same twice in one process, different between processes.
fn draw(label: &str) -> [u8; 32] {
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    Sha256::digest(format!("{label}:{serial}:{nanos}:{}", std::process::id())).into()
}

fn alphanumeric(label: &str, length: usize) -> String {
    let mut out = String::new();
    while out.len() < length {
        out.extend(STANDARD.encode(draw(label)).chars().filter(char::is_ascii_alphanumeric));
    }
    out.truncate(length);
    out
}

/// A Graph access token (`EAA…`) or an Instagram one (`IGAA…`).
pub(crate) fn token(prefix: &str) -> String {
    format!("{prefix}{}", alphanumeric("token", 150))
}

pub(crate) fn code() -> String {
    format!("AQ{}", alphanumeric("code", 120))
}

/// Message ids look different per platform, and are long: nobody may rely on their shape.
pub(crate) fn mid(instagram: bool) -> String {
    if instagram {
        format!("aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE{}", alphanumeric("mid", 128))
    } else {
        format!("m_{}", alphanumeric("mid", 84))
    }
}

pub(crate) fn trace() -> String {
    format!("A{}", alphanumeric("trace", 22))
}

/// A numeric id of `digits` digits, fresh on every call.
pub(crate) fn number(digits: usize) -> String {
    digits_of(&draw("number"), digits)
}

/// The id under which one account sees one person: stable, so that a test may know it before the first message.
pub(crate) fn scoped_id(account: &str, person: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(format!("scoped:{account}:{person}")).into();
    digits_of(&hash, 16)
}

fn digits_of(bytes: &[u8], digits: usize) -> String {
    let mut out: String = bytes.iter().map(|b| char::from(b'0' + b % 10)).take(digits).collect();
    if out.starts_with('0') {
        out.replace_range(..1, "7");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proof_and_signed_request_match_their_published_vectors() {
        assert_eq!(
            hmac_sha256_hex("test-app-secret", b"EAAtoken"),
            "f9a5c402919f3f3cb70497c968ab9a79bb82d2f1a55a7d91317b53b1678a4191"
        );
        assert_eq!(
            signed_request("test-app-secret", "123", 1_700_000_000),
            "9xJ6jUSjE7E1Gcx32wWcCpSlwnT0BzCIkuvf_nF4QVk.\
             eyJ1c2VyX2lkIjoiMTIzIiwiYWxnb3JpdGhtIjoiSE1BQy1TSEEyNTYiLCJpc3N1ZWRfYXQiOjE3MDAwMDAwMDB9"
        );
    }

    #[test]
    fn ids_have_their_length_and_never_repeat() {
        assert_ne!(mid(true), mid(true));
        assert_eq!(number(15).len(), 15);
        assert_eq!(scoped_id("a", "b"), scoped_id("a", "b"));
        assert_ne!(scoped_id("a", "b"), scoped_id("a", "c"));
    }
}
