//! What holds for every webhook body, also for those nobody thought of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use meta_wire::platform::Platform;
use meta_wire::webhook::{self, Channel, Event};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Keys and words Meta uses, so that generated items get past the first look.
const WORDS: [&str; 40] = [
    "id",
    "sender",
    "recipient",
    "timestamp",
    "message",
    "mid",
    "text",
    "attachments",
    "type",
    "payload",
    "url",
    "title",
    "image",
    "sticker",
    "sticker_id",
    "location",
    "coordinates",
    "lat",
    "long",
    "template",
    "elements",
    "product",
    "is_echo",
    "is_deleted",
    "reply_to",
    "story",
    "postback",
    "referral",
    "ref",
    "read",
    "watermark",
    "delivery",
    "mids",
    "reaction",
    "action",
    "optin",
    "user_ref",
    "app_roles",
    "__proto__",
    "lead",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![8 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => any::<String>()]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(6, 48, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((word(), inner), 0..8).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An item with sides and time as they should be, and anything as its event.
fn item() -> impl Strategy<Value = Value> {
    let event = prop::sample::select(vec![
        "message",
        "message_edit",
        "postback",
        "reaction",
        "read",
        "delivery",
        "referral",
        "optin",
        "account_linking",
        "pass_thread_control",
        "app_roles",
        "policy_enforcement",
        "messaging_feedback",
        "order",
        "lead",
        "form",
        "other",
    ]);
    let shaped = (event, value()).prop_map(|(event, content)| {
        let mut item =
            json!({ "sender": { "id": "2" }, "recipient": { "id": "1" }, "timestamp": 1_700_000_000_001_i64 });
        item[event] = content;
        item
    });
    prop_oneof![4 => shaped, 1 => value()]
}

proptest! {
    #[test]
    fn any_text_is_answered(body in any::<String>()) {
        let _ = webhook::decode(&body);
        let item = webhook::decode_item(Platform::Messenger, Channel::Messaging, &[], &body);
        prop_assert_eq!(item.raw.as_str(), body.as_str());
    }

    #[test]
    fn any_json_is_answered(body in value()) {
        let _ = webhook::decode(&body.to_string());
        let _ = webhook::decode(&json!({ "object": "page", "entry": body }).to_string());
        let _ = webhook::decode(&json!({ "object": "instagram", "entry": [body] }).to_string());
    }

    #[test]
    fn no_item_is_lost_and_each_decodes_again(
        entries in vec((vec(item(), 0..5), vec(item(), 0..3), vec(value(), 0..3)), 0..4),
        instagram in any::<bool>(),
    ) {
        let platform = if instagram { Platform::Instagram } else { Platform::Messenger };
        let body = json!({
            "object": platform.webhook_object(),
            "entry": entries.iter().map(|(messaging, standby, changes)| json!({
                "id": "1", "time": 1, "messaging": messaging, "standby": standby, "changes": changes,
            })).collect::<Vec<_>>(),
        });
        let delivery = webhook::decode(&body.to_string()).unwrap();
        let own = ["1".into()];
        prop_assert_eq!(delivery.entries.len(), entries.len());
        for (decoded, (messaging, standby, changes)) in delivery.entries.iter().zip(&entries) {
            let given = [(Channel::Messaging, messaging), (Channel::Standby, standby), (Channel::Changes, changes)];
            let given: Vec<(Channel, String)> = given
                .into_iter()
                .flat_map(|(channel, items)| items.iter().map(move |item| (channel, item.to_string())))
                .collect();
            let kept: Vec<(Channel, String)> =
                decoded.items.iter().map(|item| (item.channel, item.raw.as_str().to_owned())).collect();
            prop_assert_eq!(kept, given);
            for item in &decoded.items {
                prop_assert_eq!(&webhook::decode_item(platform, item.channel, &own, item.raw.as_str()), item);
                let stored = serde_json::to_string(item).unwrap();
                prop_assert_eq!(&serde_json::from_str::<webhook::Item>(&stored).unwrap(), item);
            }
        }
    }

    /// A neighbour, whatever it is, changes nothing about a good message.
    #[test]
    fn a_bad_item_never_costs_its_neighbours(bad in value(), text in any::<String>()) {
        let good = json!({ "sender": { "id": "2" }, "recipient": { "id": "1" }, "timestamp": 1_700_000_000_001_i64,
            "message": { "mid": "m_1", "text": text } });
        let body = json!({ "object": "page", "entry": [{ "id": "1", "time": 1, "messaging": [bad, good, bad] }] });
        let delivery = webhook::decode(&body.to_string()).unwrap();
        let Event::Message(message) = &delivery.entries[0].items[1].event else { panic!("not a message") };
        prop_assert_eq!(message.text.as_deref(), Some(text.as_str()));
    }

    /// Cut anywhere, a body is refused with a position, or an item malformed: never a panic, never half a message.
    #[test]
    fn a_body_cut_anywhere_is_refused(at in 0..10_000_usize) {
        let body = include_str!("../../../tests/payloads/messenger/message/referral-from-ad.json").trim_end();
        let cut = &body.as_bytes()[..at % body.len()];
        let cut = String::from_utf8_lossy(cut);
        prop_assert!(webhook::decode(&cut).is_err());
    }
}

proptest! {
    /// serde_json by itself reads one in fourteen such numbers back as its neighbour.
    #[test]
    fn coordinates_survive_being_stored(latitude in -90.0..90.0_f64, longitude in -180.0..180.0_f64) {
        let body = json!({ "sender": { "id": "2" }, "recipient": { "id": "1" }, "message": { "mid": "m_1", "attachments":
            [{ "type": "location", "payload": { "coordinates": { "lat": latitude, "long": longitude } } }] } });
        let item = webhook::decode_item(Platform::Messenger, Channel::Messaging, &[], &body.to_string());
        let stored = serde_json::to_string(&item).unwrap();
        prop_assert_eq!(&serde_json::from_str::<webhook::Item>(&stored).unwrap(), &item);
        let Event::Message(message) = &item.event else { panic!("not a message") };
        let webhook::Attachment::Location(place) = &message.attachments[0] else { panic!("not a location") };
        prop_assert_eq!((place.latitude, place.longitude), (Some(latitude), Some(longitude)));
    }
}

/// The stack of a wasm module is small: depth must cost none of it, wherever it stands.
#[test]
fn nesting_of_a_million_needs_no_stack() {
    let depth = 1_000_000;
    let lists = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let read = move || {
        for deep in [&lists, &objects] {
            for place in [
                "deep".to_owned(),
                r#"{"object":deep,"entry":[]}"#.to_owned(),
                r#"{"object":"page","entry":deep}"#.to_owned(),
                r#"{"object":"page","entry":[deep]}"#.to_owned(),
                r#"{"object":"page","entry":[{"id":deep,"time":deep,"messaging":deep,"x":deep}]}"#.to_owned(),
                r#"{"object":"page","entry":[{"messaging":[{"sender":deep,"message":deep,"x":deep}]}]}"#.to_owned(),
                r#"{"object":"page","entry":[{"changes":[{"field":"feed","value":deep}]}]}"#.to_owned(),
                r#"{"object":"page","entry":[{"messaging":[{"sender":{"id":"1"},"message":{"mid":"m","text":"t","attachments":[{"type":"image","payload":{"url":deep}}]}}]}]}"#.to_owned(),
            ] {
                let _ = webhook::decode(&place.replace("deep", deep));
            }
        }
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(read).unwrap().join().unwrap();
}
