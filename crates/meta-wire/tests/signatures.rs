//! Webhook signatures, signed requests and proofs: vectors, rebuilt bytes, and what must be refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use meta_wire::secret::Secret;
use meta_wire::signature::{self, Form, Match, SignatureError};
use meta_wire::signed_request::{self, SignedRequest, SignedRequestError};
use meta_wire::time::UnixMillis;
use proptest::prelude::*;

/// The body of the vectors as the host prints it after parsing.
const PRINTED: &str = r#"{"object":"page","entry":[{"time":1700000000123,"id":"1111","messaging":[{"sender":{"id":"2222"},"recipient":{"id":"1111"},"timestamp":1700000000001,"message":{"mid":"m_1","text":"50% <b>a/b</b> x@y.z é👍"}}]}]}"#;

/// The same body as Meta sends it.
const SENT: &str = r#"{"object":"page","entry":[{"time":1700000000123,"id":"1111","messaging":[{"sender":{"id":"2222"},"recipient":{"id":"1111"},"timestamp":1700000000001,"message":{"mid":"m_1","text":"50\u0025 \u003Cb>a\/b\u003C\/b> x\u0040y.z \u00e9\ud83d\udc4d"}}]}]}"#;

fn secrets(texts: &[&str]) -> Vec<Secret> {
    texts.iter().map(|text| Secret::new(text).unwrap()).collect()
}

fn key() -> Vec<Secret> {
    secrets(&["test-app-secret"])
}

#[test]
fn the_vectors_match_in_their_forms() {
    for (hex, form) in [
        ("faf807879db70664bcd8d203362832130eac456719c61250f2d71038bf98fed6", Form::Escaped),
        ("9678904235430b9b7cca2c3cf47890d9ddf5ba703f37a471f6fbd10ea8d1de33", Form::SlashAndUnicode),
        ("19c44113e3ddc196e66855e7834fb26aea8153c15a6df8111f7fa1b6050d8cfe", Form::AsGiven),
    ] {
        let found = signature::verify(Some(&format!("sha256={hex}")), PRINTED, &key());
        assert_eq!(found, Ok(Match { form, secret_index: 0, rounded_integers: false }));
    }
    assert_eq!(signature::meta_escape(PRINTED), SENT);
    assert_eq!(
        signature::sign(SENT.as_bytes(), &key()[0]),
        "sha256=faf807879db70664bcd8d203362832130eac456719c61250f2d71038bf98fed6"
    );
}

#[test]
fn a_lower_case_angle_bracket_and_the_bytes_as_sent_match_too() {
    let lower = SENT.replace(r"\u003C", r"\u003c");
    let header = signature::sign(lower.as_bytes(), &key()[0]);
    assert_eq!(signature::verify(Some(&header), PRINTED, &key()).unwrap().form, Form::EscapedLowerCase);
    let header = signature::sign(SENT.as_bytes(), &key()[0]);
    assert_eq!(signature::verify(Some(&header), SENT, &key()).unwrap().form, Form::AsGiven);
}

#[test]
fn the_secret_that_fits_is_reported() {
    let secrets = secrets(&["new app secret", "old app secret", "instagram app secret"]);
    for (index, secret) in secrets.iter().enumerate() {
        let header = signature::sign(SENT.as_bytes(), secret);
        let found = signature::verify(Some(&header), PRINTED, &secrets).unwrap();
        assert_eq!((found.secret_index, found.form), (index, Form::Escaped));
    }
}

#[test]
fn bad_headers_and_missing_secrets_are_told_apart() {
    let good = signature::sign(SENT.as_bytes(), &key()[0]);
    let hex = good.strip_prefix("sha256=").unwrap();
    fn check(header: Option<&str>) -> SignatureError {
        signature::verify(header, PRINTED, &key()).unwrap_err()
    }
    assert_eq!(check(None), SignatureError::Missing);
    for header in [
        "",
        "sha256=",
        hex,
        &format!("sha1={hex}"),
        &format!("sha256={hex}0"),
        &format!("sha256={hex}00"),
        &good[..good.len() - 1],
        &good[..good.len() - 2],
        &format!("SHA256={hex}"),
        &format!("sha256= {hex}"),
        &format!("sha256={}", hex.replace(|c: char| c.is_ascii_digit(), "é")),
        &format!("{good},{good}"),
    ] {
        assert_eq!(check(Some(header)), SignatureError::Malformed, "{header}");
    }
    assert_eq!(check(Some(&format!("sha256={}", "0".repeat(64)))), SignatureError::Mismatch);
    assert_eq!(signature::verify(Some(&good), PRINTED, &[]), Err(SignatureError::NoSecret));
    for header in [format!(" {good}\n"), format!("sha256={}", hex.to_uppercase())] {
        assert!(signature::verify(Some(&header), PRINTED, &key()).is_ok());
    }
}

#[test]
fn an_error_shows_nothing_of_header_body_or_secret() {
    let header = format!("sha256={}", "ab".repeat(32));
    let error = signature::verify(Some(&header), "my words", &key()).unwrap_err();
    let shown = format!("{error} {error:?} {:?}", key());
    for hidden in ["abab", "my words", "test-app-secret"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

/// What `JSON.parse` and `JSON.stringify` make of an integer.
fn rounded(number: u64) -> String {
    (number as f64).to_string()
}

#[test]
fn integers_the_host_has_rounded_are_put_right() {
    for number in [
        9_007_199_254_740_993,
        17_918_195_224_117_851,
        18_014_398_509_481_985,
        35_999_999_999_999_999,
        60_000_000_000_000_003,
        144_115_188_075_855_871,
    ] {
        let printed = |number: &str| format!(r#"{{"a":"é/","id":{number},"b":[{number},1]}}"#);
        assert_ne!(rounded(number), number.to_string());
        let header = signature::sign(signature::meta_escape(&printed(&number.to_string())).as_bytes(), &key()[0]);
        let found = signature::verify(Some(&header), &printed(&rounded(number)), &key());
        assert_eq!(found, Ok(Match { form: Form::Escaped, secret_index: 0, rounded_integers: true }), "{number}");
    }
}

#[test]
fn two_rounded_integers_are_put_right_together() {
    let printed = |a: &str, b: &str| format!(r#"[{a},{{"b":{b}}}]"#);
    let (a, b) = (17_918_195_224_117_851, 17_918_195_224_117_861);
    let header = signature::sign(printed(&a.to_string(), &b.to_string()).as_bytes(), &key()[0]);
    let found = signature::verify(Some(&header), &printed(&rounded(a), &rounded(b)), &key()).unwrap();
    assert!(found.rounded_integers);
}

#[test]
fn small_fractions_are_put_right() {
    let sent = r#"{"nlp":{"intents":[{"confidence":3.5137828891136e-5},{"confidence":0.9931}],"traits":{"a":[{"confidence":1.0e-5},{"confidence":1}]}}}"#;
    let printed = sent.replace("3.5137828891136e-5", "0.000035137828891136").replace("1.0e-5", "0.00001");
    let header = signature::sign(sent.as_bytes(), &key()[0]);
    let found = signature::verify(Some(&header), &printed, &key());
    assert_eq!(found, Ok(Match { form: Form::Escaped, secret_index: 0, rounded_integers: false }));
}

/// What the codec between the server and the app makes of a text: `TextDecoder` takes the long ones.
fn through_the_codec(text: &str) -> &str {
    if text.len() > 200 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text }
}

#[test]
fn a_byte_order_mark_that_the_host_dropped_is_put_back() {
    let body = |texts: &[&str]| serde_json::json!({ "object": "page", "entry": texts }).to_string();
    let address = format!("https://scontent.xx.fbcdn.net/{}", "a".repeat(300));
    for text in [
        format!("\u{feff}{}", "a".repeat(197)),
        format!("\u{feff}{}", "a".repeat(198)),
        format!("\u{feff}\u{feff}{}", "é ".repeat(900)),
        format!("\u{feff}https://x.example/{}", "\"\\\n".repeat(900)),
    ] {
        for texts in [&[&*text] as &[&str], &[&address, &text], &[&text, &address, &text, "\u{feff}a"]] {
            let header = signature::sign(signature::meta_escape(&body(texts)).as_bytes(), &key()[0]);
            let printed: Vec<&str> = texts.iter().map(|text| through_the_codec(text)).collect();
            let found = signature::verify(Some(&header), &body(&printed), &key());
            assert_eq!(found, Ok(Match { form: Form::Escaped, secret_index: 0, rounded_integers: false }));
            let as_it_is = signature::verify_within(Some(&header), &body(&printed), &key(), 0);
            assert_eq!(as_it_is.is_ok(), printed == texts, "without a second try only what the host kept");
        }
    }
}

#[test]
fn a_forged_body_full_of_rounded_integers_costs_little() {
    let numbers: Vec<String> = (0..50_000_u64).map(|n| rounded(17_918_195_224_117_852 + 4 * n)).collect();
    let body = format!("[{}]", numbers.join(","));
    let header = signature::sign(b"something else", &key()[0]);
    let refused = signature::verify(Some(&header), &body, &secrets(&["a", "b", "c"]));
    assert_eq!(refused, Err(SignatureError::Mismatch));
}

const NOW: UnixMillis = UnixMillis(1_700_000_060_000);
const HOUR_MS: i64 = 3_600_000;

fn signed(payload: &str) -> String {
    let payload = URL_SAFE_NO_PAD.encode(payload);
    let hex = signature::sign(payload.as_bytes(), &key()[0]);
    let digest = hex::decode(hex.strip_prefix("sha256=").unwrap()).unwrap();
    format!("{}.{payload}", URL_SAFE_NO_PAD.encode(digest))
}

fn open(payload: &str) -> Result<SignedRequest, SignedRequestError> {
    signed_request::verify(&signed(payload), &key(), NOW, HOUR_MS)
}

#[test]
fn signed_requests_say_who_is_meant() {
    for (payload, user_id, profile_id) in [
        (r#"{"user_id":"123","algorithm":"HMAC-SHA256","issued_at":1700000000}"#, Some("123"), None),
        (r#"{"user_id":123,"algorithm":"hmac-sha256","issued_at":"1700000000","expires":0}"#, Some("123"), None),
        (
            r#"{"user_id":"122100000000000005","algorithm":"HMAC-SHA256","issued_at":1700000000}"#,
            Some("122100000000000005"),
            None,
        ),
        (r#"{"profile_id":"55","user_id":0,"algorithm":"HMAC-SHA256","issued_at":1700000000}"#, None, Some("55")),
    ] {
        let request = open(payload).unwrap();
        assert_eq!((request.user_id.as_deref(), request.profile_id.as_deref()), (user_id, profile_id), "{payload}");
        assert_eq!(request.issued_at, UnixMillis(1_700_000_000_000));
    }
    let padded = signed(r#"{"user_id":"1","algorithm":"HMAC-SHA256","issued_at":1700000000}"#).replacen('.', "=.", 1);
    assert!(signed_request::verify(&padded, &key(), NOW, HOUR_MS).is_ok());
}

#[test]
fn signed_requests_that_must_be_refused() {
    for (payload, code) in [
        (r#"{"user_id":"1","algorithm":"none","issued_at":1700000000}"#, "signed_request_algorithm"),
        (r#"{"user_id":"1","issued_at":1700000000}"#, "signed_request_algorithm"),
        (r#"{"user_id":"1","algorithm":"HMAC-SHA256"}"#, "signed_request_malformed"),
        (r#"{"user_id":"1","algorithm":"HMAC-SHA256","issued_at":-1}"#, "signed_request_malformed"),
        (r#"{"user_id":"1","algorithm":"HMAC-SHA256","issued_at":1699990000}"#, "signed_request_expired"),
        (r#"{"user_id":"1","algorithm":"HMAC-SHA256","issued_at":1700000900}"#, "signed_request_from_the_future"),
        (r#"{"user_id":"","algorithm":"HMAC-SHA256","issued_at":1700000000}"#, "signed_request_malformed"),
        (r#"{"algorithm":"HMAC-SHA256","issued_at":1700000000}"#, "signed_request_malformed"),
        ("[]", "signed_request_malformed"),
        ("not json", "signed_request_malformed"),
    ] {
        assert_eq!(open(payload).unwrap_err().code(), code, "{payload}");
    }
    let good = signed(r#"{"user_id":"1","algorithm":"HMAC-SHA256","issued_at":1700000000}"#);
    for text in ["", ".", "a.b.c", "!!!.e30", &good[1..], &good.replace('.', ""), &format!("{good}x")] {
        let error = signed_request::verify(text, &key(), NOW, HOUR_MS).unwrap_err();
        assert!(matches!(error, SignedRequestError::Malformed { .. } | SignedRequestError::Mismatch), "{text}");
    }
    assert_eq!(signed_request::verify(&good, &secrets(&["other"]), NOW, HOUR_MS), Err(SignedRequestError::Mismatch));
    assert_eq!(signed_request::verify(&good, &[], NOW, HOUR_MS), Err(SignedRequestError::NoSecret));
}

proptest! {
    #[test]
    fn what_is_signed_verifies_in_every_form_of_its_text(text in any::<String>()) {
        let printed = serde_json::json!({ "object": "page", "entry": [{ "id": "1", "text": text }] }).to_string();
        let sent = signature::meta_escape(&printed);
        prop_assert!(sent.is_ascii());
        let again: serde_json::Value = serde_json::from_str(&sent).unwrap();
        prop_assert_eq!(again, serde_json::from_str::<serde_json::Value>(&printed).unwrap());
        let header = signature::sign(sent.as_bytes(), &key()[0]);
        prop_assert_eq!(signature::verify(Some(&header), &printed, &key()).unwrap().form, Form::Escaped);
        prop_assert!(signature::verify(Some(&header), &sent, &key()).is_ok());
    }

    #[test]
    fn fractions_of_any_size_are_taken(digits in 1..10_i64.pow(14), exponent in -30..0_i32, below in any::<bool>()) {
        let value = digits as f64 * 10_f64.powi(exponent) * if below { -1.0 } else { 1.0 };
        let scientific = format!("{value:e}");
        // PHP writes an exponent below 0.0001, JavaScript below 0.000001.
        let sent = match scientific.split_once('e') {
            Some((whole, exponent)) if value.abs() < 1e-4 && !whole.contains('.') => format!("{whole}.0e{exponent}"),
            _ if value.abs() < 1e-4 => scientific.clone(),
            _ => value.to_string(),
        };
        let printed = if value.abs() < 1e-6 { scientific } else { value.to_string() };
        let body = |number: &str| format!(r#"{{"confidence":{number},"b":[0,{number}]}}"#);
        let header = signature::sign(body(&sent).as_bytes(), &key()[0]);
        prop_assert!(signature::verify(Some(&header), &body(&printed), &key()).is_ok(), "{sent} as {printed}");
    }

    #[test]
    fn one_changed_byte_is_refused(at in 0..PRINTED.len(), byte in 1..128_u8) {
        let header = signature::sign(SENT.as_bytes(), &key()[0]);
        let mut changed = PRINTED.as_bytes().to_vec();
        changed[at] = (changed[at] ^ byte) & 0x7f;
        // Half a character is not a text any more; the host cannot hand it over.
        if let Ok(changed) = String::from_utf8(changed) && changed != PRINTED {
            prop_assert_eq!(signature::verify(Some(&header), &changed, &key()), Err(SignatureError::Mismatch));
        }
        let mut changed = SENT.as_bytes().to_vec();
        let at = at % changed.len();
        changed[at] ^= byte;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert_eq!(signature::verify(Some(&header), &changed, &key()), Err(SignatureError::Mismatch));
    }

    #[test]
    fn one_changed_digit_of_the_header_or_byte_of_the_key_is_refused(at in 7..71_usize, by in 1..16_u32, key_at in 0..15_usize) {
        let header = signature::sign(SENT.as_bytes(), &key()[0]);
        let mut digits: Vec<char> = header.chars().collect();
        digits[at] = char::from_digit((digits[at].to_digit(16).unwrap() + by) % 16, 16).unwrap();
        let changed: String = digits.into_iter().collect();
        prop_assert_eq!(signature::verify(Some(&changed), PRINTED, &key()), Err(SignatureError::Mismatch));
        let mut other = "test-app-secret".to_owned();
        other.replace_range(key_at..=key_at, "X");
        prop_assert_eq!(signature::verify(Some(&header), PRINTED, &secrets(&[&other])), Err(SignatureError::Mismatch));
    }

    #[test]
    fn any_header_over_any_body_is_answered(header in any::<String>(), body in any::<String>()) {
        prop_assert!(signature::verify(Some(&header), &body, &key()).is_err());
        prop_assert!(signed_request::verify(&header, &key(), NOW, HOUR_MS).is_err());
    }
}
