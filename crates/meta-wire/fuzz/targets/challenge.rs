//! The parameters of a verification request, one per line: only a plain challenge with the right token is echoed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meta_wire::webhook::verify_challenge;

fuzz_target!(|input: &str| {
    let mut lines = input.split('\n');
    let (mode, token, challenge) = (lines.next(), lines.next(), lines.next());
    if let Ok(answer) = verify_challenge(mode, token, challenge, "sesame") {
        assert_eq!((mode, token, challenge), (Some("subscribe"), Some("sesame"), Some(answer.as_str())));
        assert!(answer.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
    }
    assert!(verify_challenge(mode, token, challenge, "").is_err());
});
