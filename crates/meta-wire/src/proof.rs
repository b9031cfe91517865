//! `appsecret_proof`: shows Meta that a call comes from the app a token was made for.

use crate::hmac_sha256;
use crate::secret::Secret;

/// The proof for calls made with `token`, to be sent with each of them. It is mandatory once "Require App Secret" is
/// switched on, and differs per token.
///
/// Source: [secure requests](https://developers.facebook.com/docs/graph-api/guides/secure-requests).
///
/// ```
/// use meta_wire::{proof::appsecret_proof, secret::Secret};
/// let secret = Secret::new("test-app-secret")?;
/// assert_eq!(
///     appsecret_proof("EAAtoken", &secret),
///     "f9a5c402919f3f3cb70497c968ab9a79bb82d2f1a55a7d91317b53b1678a4191"
/// );
/// # Ok::<(), meta_wire::secret::EmptySecret>(())
/// ```
pub fn appsecret_proof(token: &str, secret: &Secret) -> String {
    hmac_sha256::hex(token.as_bytes(), secret)
}
