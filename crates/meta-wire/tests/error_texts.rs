//! The words and codes of errors, so that a change of wording is seen and reviewed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use meta_wire::secret::EmptySecret;
use meta_wire::signature::SignatureError;
use meta_wire::signed_request::SignedRequestError;
use meta_wire::webhook::{ChallengeError, DecodeError, Fault, JsonErrorKind, Problem, Shape};

#[test]
fn webhook_errors() {
    let decode = [
        DecodeError::NotJson { kind: JsonErrorKind::Syntax, line: 1, column: 7 },
        DecodeError::NotJson { kind: JsonErrorKind::CutOff, line: 2, column: 0 },
        DecodeError::Envelope { path: "entry", expected: Shape::Array, found: None },
        DecodeError::Envelope { path: "object", expected: Shape::Text, found: Some(Shape::Number) },
        DecodeError::UnsupportedObject { object: "permissions".to_owned() },
        DecodeError::MixedObjects,
    ];
    let decode = decode.iter().map(|error| format!("{}: {error}", error.code()));
    let challenge = [
        ChallengeError::NoTokenConfigured,
        ChallengeError::Missing { parameter: "hub.mode" },
        ChallengeError::WrongToken,
        ChallengeError::WrongMode,
        ChallengeError::UnsafeChallenge,
    ];
    let challenge = challenge.iter().map(|error| format!("{}: {error}", error.code()));
    insta::assert_snapshot!(decode.chain(challenge).collect::<Vec<_>>().join("\n"), @r#"
    webhook_not_json: webhook body is not valid JSON: syntax error at line 1, column 7
    webhook_not_json: webhook body is not valid JSON: text ends early at line 2, column 0
    webhook_envelope: webhook envelope: entry must be an array, but is missing
    webhook_envelope: webhook envelope: object must be a string, but is a number
    webhook_unsupported_object: webhook object "permissions" is neither "page" nor "instagram"
    webhook_mixed_objects: webhook body mixes "page" and "instagram" envelopes
    webhook_challenge_no_token: no webhook verify token is configured
    webhook_challenge_missing: query parameter hub.mode is missing
    webhook_challenge_wrong_token: hub.verify_token is not the configured one
    webhook_challenge_wrong_mode: hub.mode is not "subscribe"
    webhook_challenge_unsafe: hub.challenge is not a plain word of at most 256 characters
    "#);
}

#[test]
fn signature_errors() {
    let signature =
        [SignatureError::Missing, SignatureError::Malformed, SignatureError::NoSecret, SignatureError::Mismatch];
    let signature = signature.iter().map(|error| format!("{}: {error}", error.code()));
    let request = [
        SignedRequestError::Malformed { part: "payload" },
        SignedRequestError::NoSecret,
        SignedRequestError::Mismatch,
        SignedRequestError::Algorithm,
        SignedRequestError::Expired,
        SignedRequestError::FromTheFuture,
    ];
    let request = request.iter().map(|error| format!("{}: {error}", error.code()));
    let texts: Vec<String> = signature.chain(request).chain([EmptySecret.to_string()]).collect();
    insta::assert_snapshot!(texts.join("\n"), @r#"
    webhook_signature_missing: header x-hub-signature-256 is missing
    webhook_signature_malformed: header x-hub-signature-256 is not "sha256=" followed by 64 hexadecimal digits
    webhook_signature_no_secret: no app secret is configured
    webhook_signature_mismatch: signature fits none of the configured app secrets
    signed_request_malformed: signed_request cannot be read: payload
    signed_request_no_secret: no app secret is configured
    signed_request_mismatch: signed_request fits none of the configured app secrets
    signed_request_algorithm: signed_request does not name HMAC-SHA256
    signed_request_expired: signed_request is too old
    signed_request_from_the_future: signed_request was issued in the future
    app secret is empty
    "#);
}

#[test]
fn faults() {
    let problems = [
        Problem::Missing,
        Problem::WrongType { expected: Shape::Id, found: Shape::Boolean },
        Problem::WrongType { expected: Shape::Integer, found: Shape::Null },
        Problem::WrongType { expected: Shape::Object, found: Shape::Array },
        Problem::WrongType { expected: Shape::Text, found: Shape::Number },
        Problem::OutOfRange,
        Problem::RoundedId,
        Problem::NotJson,
        Problem::SecondEvent,
    ];
    let fault = |problem| Fault { path: "message.attachments[1].payload.url".to_owned(), offset: 210, problem };
    let texts: Vec<String> = problems.into_iter().map(|problem| fault(problem).to_string()).collect();
    insta::assert_snapshot!(texts.join("\n"), @r#"
    message.attachments[1].payload.url (byte 210 of the item): required field is missing
    message.attachments[1].payload.url (byte 210 of the item): expected an id (string or integer), found a boolean
    message.attachments[1].payload.url (byte 210 of the item): expected an integer, found null
    message.attachments[1].payload.url (byte 210 of the item): expected an object, found an array
    message.attachments[1].payload.url (byte 210 of the item): expected a string, found a number
    message.attachments[1].payload.url (byte 210 of the item): number is out of range
    message.attachments[1].payload.url (byte 210 of the item): id is a number beyond 2^53 - 1 and may have been rounded
    message.attachments[1].payload.url (byte 210 of the item): not valid JSON
    message.attachments[1].payload.url (byte 210 of the item): a second event in the same item was not decoded
    "#);
}
