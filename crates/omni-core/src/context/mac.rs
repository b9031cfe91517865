//! The one way in which the app signs what it will read back itself.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A MAC (HMAC-SHA256) of a text for one purpose: what was signed for one is worth nothing for another. `None` under an
/// empty key, with which anybody could sign.
pub(crate) fn mac(key: &str, purpose: &str, text: &str) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok().filter(|_| !key.is_empty())?;
    Some(mac.chain_update(purpose).chain_update(b":").chain_update(text))
}
