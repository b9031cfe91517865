//! The one signature algorithm Meta uses, over RustCrypto.

use crate::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A key ready to sign many texts.
#[derive(Clone)]
pub(crate) struct Key(Hmac<Sha256>);

impl Key {
    pub(crate) fn new(secret: &Secret) -> Option<Self> {
        // HMAC takes keys of any length: this is always `Some`.
        Hmac::new_from_slice(secret.expose().as_bytes()).ok().map(Self)
    }

    /// Compares in constant time.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.clone().chain_update(message).verify_slice(signature).is_ok()
    }

    pub(crate) fn hex(&self, message: &[u8]) -> String {
        hex::encode(self.0.clone().chain_update(message).finalize().into_bytes())
    }
}

/// The signature in lower-case hex.
pub(crate) fn hex(message: &[u8], secret: &Secret) -> String {
    Key::new(secret).map(|key| key.hex(message)).unwrap_or_default()
}
