//! A `signed_request`, and the payload of one that is signed rightly.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meta_wire::secret::Secret;
use meta_wire::signed_request::{self, SignedRequestError};
use meta_wire::time::UnixMillis;

fuzz_target!(|input: &str| {
    let secrets = [Secret::new("test-app-secret").expect("not empty")];
    let open = |text: &str| signed_request::verify(text, &secrets, UnixMillis(1_700_000_000_000), 86_400_000);
    if let Ok(request) = open(input) {
        assert!(request.user_id.is_some() || request.profile_id.is_some());
    }

    let payload = base64url(input.as_bytes());
    let hex = meta_wire::signature::sign(payload.as_bytes(), &secrets[0]);
    let digits = hex.strip_prefix("sha256=").expect("a prefix").as_bytes();
    let nibble = |digit: u8| char::from(digit).to_digit(16).expect("a digit") as u8;
    let digest: Vec<u8> = digits.chunks(2).map(|pair| nibble(pair[0]) * 16 + nibble(pair[1])).collect();
    let signed = format!("{}.{payload}", base64url(&digest));
    assert_ne!(open(&signed), Err(SignedRequestError::Mismatch));
    let forged = signed.replacen('.', "A.", 1);
    assert!(open(&forged).is_err());
});

/// Written here by hand, so that a mistake in the crate's decoder cannot hide behind the same one in its encoder.
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
}
