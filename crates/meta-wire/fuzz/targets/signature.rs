//! A signature header, a line break, a body: refused unless the body was signed, and found when it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meta_wire::secret::Secret;
use meta_wire::signature::{self, Form};

fuzz_target!(|input: &str| {
    let (header, body) = input.split_once('\n').unwrap_or((input, ""));
    let secrets = ["first app secret", "second app secret"].map(|text| Secret::new(text).expect("not empty"));
    assert!(signature::verify(Some(header), body, &secrets).is_err(), "nobody signed this");

    let sent = signature::meta_escape(body);
    assert!(sent.is_ascii());
    let header = signature::sign(sent.as_bytes(), &secrets[1]);
    let found = signature::verify(Some(&header), body, &secrets).expect("signed");
    assert_eq!((found.form, found.secret_index, found.rounded_integers), (Form::Escaped, 1, false));
    assert!(signature::verify(Some(&header), &format!("{body} "), &secrets).is_err());
});
