//! What a body that cannot be verified is read for: which messages to ask Meta for, and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::needless_pass_by_value)] // reads as `messaging(json!([…]))`

use meta_wire::ids::ScopedUserId;
use meta_wire::platform::Platform;
use meta_wire::webhook::claims;
use proptest::prelude::*;
use serde_json::{Value, json};

fn entry(id: Value, parts: &Value) -> String {
    let mut entry = json!({ "id": id });
    entry.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    json!({ "object": "instagram", "entry": [entry] }).to_string()
}

fn messaging(items: Value) -> (Vec<String>, usize) {
    let claims = claims(&entry("1".into(), &json!({ "messaging": items }))).unwrap();
    let claim = &claims.entries[0];
    (claim.messages.iter().map(|message| message.mid.as_str().to_owned()).collect(), claim.others)
}

#[test]
fn messages_by_whatever_event_names_them() {
    let (mids, others) = messaging(json!([
        { "sender": { "id": "2" }, "message": { "mid": "a", "text": "t" } },
        { "sender": { "id": 2 }, "message": { "mid": "b", "is_echo": true } },
        { "message_edit": { "mid": "c", "num_edit": 0 } },
        { "postback": { "mid": "d", "payload": "P" } },
        { "message": { "mid": "a", "text": "once more" } },
        { "message": { "mid": "e", "is_deleted": true } },
        { "message": { "mid": 7 } }, { "message": "x" }, { "message": { "mid": "" } }, { "message": { "mid": "m".repeat(2000) } },
        { "reaction": { "mid": "a" } }, { "read": { "mid": "a" } }, 7, null,
    ]));
    assert_eq!((mids, others), (["a", "b", "c", "d"].map(str::to_owned).to_vec(), 9));
}

#[test]
fn whose_they_are_said_to_be() {
    let echo =
        json!({ "sender": { "id": "1" }, "recipient": { "id": "2" }, "message": { "mid": "b", "is_echo": true } });
    let parts = json!({
        "messaging": [{ "sender": { "id": "2" }, "message": { "mid": "a" } }],
        "standby": [echo],
        "changes": [{ "field": "messages", "value": { "sender": { "id": 3 }, "message": { "mid": "c" } } }],
    });
    let claims = claims(&entry("1".into(), &parts)).unwrap();
    assert_eq!(claims.platform, Platform::Instagram);
    let found: Vec<_> = claims.entries[0]
        .messages
        .iter()
        .map(|message| (message.mid.as_str(), message.person.as_ref().map(ScopedUserId::as_str), message.standby))
        .collect();
    assert_eq!(found, [("a", Some("2"), false), ("c", None, false), ("b", Some("2"), true)]);
}

#[test]
fn a_rounded_id_may_mean_each_that_rounds_to_it() {
    let meant = |id: Value, ours: &str| claims(&entry(id, &json!({}))).unwrap().entries[0].may_mean(ours);
    // 17840000000000003 as JavaScript prints it.
    assert!(meant(17_840_000_000_000_004_u64.into(), "17840000000000003"));
    assert!(!meant(17_840_000_000_000_004_u64.into(), "17840000000000001"));
    // As a text it is what it says.
    assert!(!meant("17840000000000004".into(), "17840000000000003"));
    assert!(meant("17840000000000003".into(), "17840000000000003"));
    // Small numbers were not rounded.
    assert!(meant(1111.into(), "1111") && !meant(1111.into(), "1112"));
    assert!(!meant(17_840_000_000_000_004_u64.into(), "no number"));
}

#[test]
fn what_is_no_envelope_claims_nothing() {
    for body in [
        "",
        "[]",
        "{}",
        "7",
        r#"{"object":"page"}"#,
        r#"{"object":"whatsapp","entry":[]}"#,
        r#"{"object":1,"entry":[]}"#,
    ] {
        assert_eq!(claims(body), None, "{body}");
    }
    let body = r#"{"object":"page","entry":[null,7,{},{"id":null},{"id":{}}]}"#;
    assert_eq!(claims(body).unwrap().entries, []);
    assert_eq!(claims(&"[".repeat(100_000)), None, "nor does it end the process");
}

proptest! {
    #[test]
    fn anything_is_answered(body in any::<String>()) {
        let _ = claims(&body);
        let _ = claims(&entry(body.as_str().into(), &json!({ "messaging": [{ "message": { "mid": body } }] })));
    }
}
