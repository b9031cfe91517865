//! `signed_request`: how Meta calls the deauthorize and the data-deletion callback.
//!
//! Both come as `POST` with a form field `signed_request`: a signature and a JSON payload, each in base64url.
//!
//! Sources: [data deletion callback](https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback),
//! [manual login flow](https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow).

use crate::hmac_sha256::Key;
use crate::secret::Secret;
use crate::time::UnixMillis;
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How far ahead of the caller's clock Meta's may be.
pub const MAX_CLOCK_SKEW_MS: i64 = 5 * 60 * 1000;

/// Meta writes base64url without padding; padding is taken as well, since proxies and form encoders add it.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Who is meant, and when Meta said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedRequest {
    /// The person's id as the app sees it from the login; neither a PSID nor an IGSID. Absent when a Page is meant.
    pub user_id: Option<String>,
    /// The Page that removed the app, seen instead of a user in an old report.
    pub profile_id: Option<String>,
    /// When Meta made the request.
    pub issued_at: UnixMillis,
    /// Which of the secrets signed it, counted from 0.
    pub secret_index: usize,
}

/// Checks a `signed_request` and reads it.
///
/// It must not be older than `max_age_ms`, so that a recorded one is of no use later, and at most
/// [`MAX_CLOCK_SKEW_MS`] ahead of `now`.
///
/// # Errors
///
/// A [`SignedRequestError`]; nothing of the payload is looked at before the signature fits.
///
/// ```
/// use meta_wire::{secret::Secret, signed_request, time::UnixMillis};
///
/// let secrets = [Secret::new("test-app-secret")?];
/// let text = "9xJ6jUSjE7E1Gcx32wWcCpSlwnT0BzCIkuvf_nF4QVk.\
///     eyJ1c2VyX2lkIjoiMTIzIiwiYWxnb3JpdGhtIjoiSE1BQy1TSEEyNTYiLCJpc3N1ZWRfYXQiOjE3MDAwMDAwMDB9";
/// let request = signed_request::verify(text, &secrets, UnixMillis(1_700_000_005_000), 3_600_000)?;
/// assert_eq!(request.user_id.as_deref(), Some("123"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(
    text: &str,
    secrets: &[Secret],
    now: UnixMillis,
    max_age_ms: i64,
) -> Result<SignedRequest, SignedRequestError> {
    let malformed = |part| SignedRequestError::Malformed { part };
    let (signature, payload) = text.trim().split_once('.').ok_or(malformed("signed_request"))?;
    let signature = BASE64URL.decode(signature).map_err(|_| malformed("signature"))?;
    let keys: Vec<Key> = secrets.iter().filter_map(Key::new).collect();
    if keys.is_empty() {
        return Err(SignedRequestError::NoSecret);
    }
    // The signature covers the payload as received, still encoded.
    let fits = |key: &Key| key.verify(payload.as_bytes(), &signature);
    let secret_index = keys.iter().position(fits).ok_or(SignedRequestError::Mismatch)?;
    let payload = BASE64URL.decode(payload).map_err(|_| malformed("payload"))?;
    let payload: Payload = serde_json::from_slice(&payload).map_err(|_| malformed("payload"))?;
    let algorithm = payload.algorithm.as_ref().and_then(Value::as_str);
    if !algorithm.is_some_and(|name| name.eq_ignore_ascii_case("HMAC-SHA256")) {
        return Err(SignedRequestError::Algorithm);
    }
    let issued_at = payload.issued_at.as_ref().and_then(whole_number).and_then(UnixMillis::from_seconds_or_millis);
    let issued_at = issued_at.ok_or(malformed("issued_at"))?;
    let age_ms = now.millis_since(issued_at);
    if age_ms > max_age_ms {
        return Err(SignedRequestError::Expired);
    }
    if age_ms < -MAX_CLOCK_SKEW_MS {
        return Err(SignedRequestError::FromTheFuture);
    }
    let (user_id, profile_id) = (id(payload.user_id.as_ref()), id(payload.profile_id.as_ref()));
    if user_id.is_none() && profile_id.is_none() {
        return Err(malformed("user_id"));
    }
    Ok(SignedRequest { user_id, profile_id, issued_at, secret_index })
}

#[derive(Deserialize)]
struct Payload {
    algorithm: Option<Value>,
    issued_at: Option<Value>,
    user_id: Option<Value>,
    profile_id: Option<Value>,
}

fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// An id as string or number; `0` stands for nobody.
fn id(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_u64()?.to_string(),
        _ => return None,
    };
    (!text.is_empty() && text != "0").then_some(text)
}

/// Why a `signed_request` was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignedRequestError {
    /// Not two base64url parts with a dot between, or a payload without what it must hold.
    #[error("signed_request cannot be read: {part}")]
    Malformed {
        /// The part concerned.
        part: &'static str,
    },
    /// There is no secret to check with.
    #[error("no app secret is configured")]
    NoSecret,
    /// None of the secrets signed it.
    #[error("signed_request fits none of the configured app secrets")]
    Mismatch,
    /// Signed, but not with the algorithm Meta documents.
    #[error("signed_request does not name HMAC-SHA256")]
    Algorithm,
    /// Too old: possibly a recorded one.
    #[error("signed_request is too old")]
    Expired,
    /// Made later than now: one of the two clocks is wrong.
    #[error("signed_request was issued in the future")]
    FromTheFuture,
}

impl SignedRequestError {
    /// A stable word for programs and translations.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "signed_request_malformed",
            Self::NoSecret => "signed_request_no_secret",
            Self::Mismatch => "signed_request_mismatch",
            Self::Algorithm => "signed_request_algorithm",
            Self::Expired => "signed_request_expired",
            Self::FromTheFuture => "signed_request_from_the_future",
        }
    }
}
