//! `X-Hub-Signature-256`: whether a webhook body comes from Meta.
//!
//! Meta signs the bytes it sends. A host that hands over the parsed body has lost them, so [`verify`] rebuilds them from
//! the `JSON.stringify` text: Meta writes compact JSON with all characters beyond ASCII, `/`, `<`, `%` and `@` escaped,
//! keys in an order that parsing keeps. What does not survive the way here (integers beyond 2^53 - 1, fractions below
//! 0.0001, a byte order mark before a long text) is put right. A few forms are tried against each secret; since each try is a full HMAC, that
//! makes forging no easier. The form that matched is reported: a change on Meta's side then shows as a shift, not as an
//! outage.
//!
//! Sources: [Messenger webhooks](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks),
//! the escapes in [HHVM's `json_encode`](https://github.com/facebook/hhvm/blob/master/hphp/runtime/base/variable-serializer.cpp).

mod escape;
mod form;
mod numbers;
mod originals;
mod scalars;

pub use escape::meta_escape;
pub use form::Form;

use crate::hmac_sha256::{self, Key};
use crate::secret::Secret;
use escape::escape;
use serde::{Deserialize, Serialize};

/// The header that carries the signature.
pub const HEADER: &str = "x-hub-signature-256";

/// Most bytes signed again for bodies that the host may have changed: bounds what a body nobody signed can cost.
pub const MAX_RETRIED_BYTES: usize = 16 * 1024 * 1024;

/// How a signature matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Match {
    /// The form of the text.
    pub form: Form,
    /// Which of the secrets, counted from 0.
    pub secret_index: usize,
    /// Integers beyond 2^53 - 1 had been rounded by the host's parser and were put right for the check: ids in this body
    /// that are written as such numbers are wrong (see [`NumericId`](crate::ids::NumericId)).
    pub rounded_integers: bool,
}

/// Checks the signature in `header` (the value of [`HEADER`]) over `body`, against each secret.
///
/// `body` is the `JSON.stringify` text of the parsed body, or the text Meta sent. Secrets may be several: the app secret,
/// its predecessor while it is being changed, the Instagram app secret.
///
/// # Errors
///
/// A [`SignatureError`]; answer 401 or 403 and raise an alarm, since a wrong secret looks the same as a forgery and makes
/// Meta switch the webhook off after an hour.
///
/// ```
/// use meta_wire::{secret::Secret, signature};
///
/// let secrets = [Secret::new("test-app-secret")?];
/// let sent = r#"{"object":"page","entry":[{"text":"a\/b x\u0040y.z \u00e9"}]}"#;
/// let parsed_and_printed = r#"{"object":"page","entry":[{"text":"a/b x@y.z é"}]}"#;
/// let header = signature::sign(sent.as_bytes(), &secrets[0]);
///
/// let found = signature::verify(Some(&header), parsed_and_printed, &secrets)?;
/// assert_eq!(found.form, signature::Form::Escaped);
/// assert!(signature::verify(Some(&header), "{}", &secrets).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(header: Option<&str>, body: &str, secrets: &[Secret]) -> Result<Match, SignatureError> {
    verify_within(header, body, secrets, MAX_RETRIED_BYTES)
}

/// As [`verify`], with a bound on the bytes signed again for bodies that the host may have changed: 0 checks the body as
/// it is, in all its forms, and nothing else.
///
/// # Errors
/// As [`verify`].
pub fn verify_within(
    header: Option<&str>,
    body: &str,
    secrets: &[Secret],
    retried_bytes: usize,
) -> Result<Match, SignatureError> {
    let signature = parse(header.ok_or(SignatureError::Missing)?)?;
    let keys: Vec<Key> = secrets.iter().filter_map(Key::new).collect();
    if keys.is_empty() {
        return Err(SignatureError::NoSecret);
    }
    let mut unlimited = usize::MAX;
    if let Some((form, secret_index)) = verify_forms(&signature, body, &keys, &mut unlimited) {
        return Ok(Match { form, secret_index, rounded_integers: false });
    }
    let mut budget = retried_bytes;
    if budget == 0 {
        return Err(SignatureError::Mismatch);
    }
    for original in originals::originals(body) {
        if let Some((form, secret_index)) = verify_forms(&signature, &original.body, &keys, &mut budget) {
            return Ok(Match { form, secret_index, rounded_integers: original.rounded_integers });
        }
        if budget == 0 {
            break;
        }
    }
    Err(SignatureError::Mismatch)
}

/// Signs a body as Meta does: the header's value. `body` is what is sent, byte for byte; [`meta_escape`] gives JSON Meta's
/// form.
pub fn sign(body: &[u8], secret: &Secret) -> String {
    format!("sha256={}", hmac_sha256::hex(body, secret))
}

fn parse(header: &str) -> Result<[u8; 32], SignatureError> {
    let digits = header.trim().strip_prefix("sha256=").ok_or(SignatureError::Malformed)?;
    let mut signature = [0; 32];
    hex::decode_to_slice(digits, &mut signature).map_err(|_| SignatureError::Malformed)?;
    Ok(signature)
}

/// Tries all forms of `body` with all keys; `budget` counts down by the bytes signed and ends the search at 0.
fn verify_forms(signature: &[u8; 32], body: &str, keys: &[Key], budget: &mut usize) -> Option<(Form, usize)> {
    let mut tried = Vec::with_capacity(Form::ALL.len());
    for form in Form::ALL {
        let text = escape(body, form);
        if tried.contains(&text) {
            continue;
        }
        for (index, key) in keys.iter().enumerate() {
            let Some(left) = budget.checked_sub(text.len()) else {
                *budget = 0;
                return None;
            };
            *budget = left;
            if key.verify(text.as_bytes(), signature) {
                return Some((form, index));
            }
        }
        tried.push(text);
    }
    None
}

/// Why a body was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No header: the request does not come from Meta, or a proxy removed it.
    #[error("header {HEADER} is missing")]
    Missing,
    /// The header is not `sha256=` and 64 hex digits.
    #[error("header {HEADER} is not \"sha256=\" followed by 64 hexadecimal digits")]
    Malformed,
    /// There is no secret to check with.
    #[error("no app secret is configured")]
    NoSecret,
    /// No secret signs this body this way: a wrong app secret, the secret of the other product, or a forgery.
    #[error("signature fits none of the configured app secrets")]
    Mismatch,
}

impl SignatureError {
    /// A stable word for programs and translations.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "webhook_signature_missing",
            Self::Malformed => "webhook_signature_malformed",
            Self::NoSecret => "webhook_signature_no_secret",
            Self::Mismatch => "webhook_signature_mismatch",
        }
    }
}
