//! Every file of `tests/payloads` is decoded and compared with the snapshot beside it: a new case is a new file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use insta::{Settings, assert_json_snapshot, glob};
use meta_wire::secret::Secret;
use meta_wire::signature::{self, Form};
use meta_wire::webhook::{self, Channel, Delivery};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const PAYLOADS: &str = "../../../tests/payloads";

fn each_payload(mut check: impl FnMut(&Path, &str)) {
    let mut count = 0;
    glob!(PAYLOADS, "*/*/*.{json,txt}", |path| {
        count += 1;
        check(path, &fs::read_to_string(path).unwrap());
    });
    assert!(count >= 120, "only {count} payloads found");
}

/// Applies `change` to every value of an object's member called `key`, at any depth.
fn each_member(value: &mut Value, key: &str, change: &impl Fn(&mut Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == key {
                    change(member);
                } else {
                    each_member(member, key, change);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| each_member(element, key, change)),
        _ => {}
    }
}

/// Raw JSON is checked by its own test; here its length keeps snapshots readable. So do long texts' first words.
fn shortened(mut value: Value) -> Value {
    let length = |raw: &mut Value| *raw = json!(format!("({} bytes)", raw.as_str().unwrap().len()));
    each_member(&mut value, "raw", &length);
    let shorten = |text: &mut Value| {
        if let Some(words) = text.as_str().filter(|words| words.len() > 400) {
            *text = json!(format!("{} … ({} bytes)", &words[..20], words.len()));
        }
    };
    each_member(&mut value, "text", &shorten);
    value
}

#[test]
fn every_payload_decodes_as_its_snapshot_says() {
    each_payload(|path, body| {
        let decoded = match webhook::decode(body) {
            Ok(delivery) => shortened(serde_json::to_value(delivery).unwrap()),
            Err(error) => json!({ "error": error.code(), "says": error.to_string() }),
        };
        let mut settings = Settings::clone_current();
        settings.set_snapshot_path(path.parent().unwrap());
        settings.set_prepend_module_to_snapshot(false);
        settings.set_snapshot_suffix("");
        settings.set_omit_expression(true);
        settings.set_input_file(path.strip_prefix(path.ancestors().nth(5).unwrap()).unwrap());
        settings.bind(|| assert_json_snapshot!(path.file_stem().unwrap().to_str().unwrap(), decoded));
    });
}

#[test]
fn no_snapshot_is_left_without_its_payload() {
    glob!(PAYLOADS, "*/*/*.snap", |path| {
        let has = |extension| path.with_extension(extension).exists();
        assert!(has("json") || has("txt"), "{} has no payload", path.display());
    });
}

#[test]
fn every_item_keeps_its_raw_json_and_decodes_from_it_again() {
    each_payload(|path, body| {
        let Ok(delivery) = webhook::decode(body) else { return };
        for (entry, item) in delivery.items() {
            let raw = item.raw.as_str();
            if item.channel != Channel::Changes {
                assert!(body.contains(raw), "{}: raw is not verbatim", path.display());
            }
            assert_eq!(
                &webhook::decode_item(delivery.platform, item.channel, entry.account.as_slice(), raw),
                item,
                "{}",
                path.display()
            );
        }
    });
}

#[test]
fn what_is_stored_reads_back_equal() {
    each_payload(|path, body| {
        let Ok(delivery) = webhook::decode(body) else { return };
        let stored = serde_json::to_string(&delivery).unwrap();
        assert_eq!(serde_json::from_str::<Delivery>(&stored).unwrap(), delivery, "{}", path.display());
    });
}

/// Removes blanks between tokens.
fn compact(json: &str) -> String {
    let (mut compact, mut in_string, mut escaped) = (String::new(), false, false);
    for c in json.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ => {}
        }
        if in_string || !c.is_ascii_whitespace() {
            compact.push(c);
        }
    }
    compact
}

/// A delivery without what depends on how the JSON was written.
fn meaning(body: &str) -> Option<Value> {
    let mut value = serde_json::to_value(webhook::decode(body).ok()?).unwrap();
    each_member(&mut value, "raw", &|raw| *raw = Value::Null);
    each_member(&mut value, "offset", &|offset| *offset = Value::Null);
    Some(value)
}

#[test]
fn the_wire_form_means_the_same_and_its_signature_is_found() {
    let secrets = [Secret::new("another").unwrap(), Secret::new("test-app-secret").unwrap()];
    each_payload(|path, body| {
        let printed = compact(body);
        let wire = signature::meta_escape(&printed);
        assert!(wire.is_ascii());
        assert_eq!(meaning(&printed), meaning(body), "{}", path.display());
        // A key with a `/`, `<`, `%` or `@` in a text that is not JSON could change what the error says; no other may.
        if serde_json::from_str::<&serde_json::value::RawValue>(body).is_ok() {
            assert_eq!(meaning(&wire), meaning(body), "{}", path.display());
        }

        let header = signature::sign(wire.as_bytes(), &secrets[1]);
        let found = signature::verify(Some(&header), &printed, &secrets).unwrap();
        assert_eq!((found.form, found.secret_index, found.rounded_integers), (Form::Escaped, 1, false));
        let as_given = signature::verify(Some(&header), &wire, &secrets).unwrap();
        assert_eq!(as_given.secret_index, 1);
        assert!(signature::verify(Some(&header), &printed, &secrets[..1]).is_err(), "{}", path.display());
    });
}

/// Lists must be counted independently of the crate: with serde_json's own values, wherever it can read the body.
#[test]
fn no_item_is_lost() {
    each_payload(|path, body| {
        let (Ok(delivery), Ok(value)) = (webhook::decode(body), serde_json::from_str::<Value>(body)) else { return };
        let envelopes = value.as_array().cloned().unwrap_or(vec![value]);
        let entries: Vec<&Value> =
            envelopes.iter().flat_map(|envelope| envelope["entry"].as_array().unwrap()).collect();
        assert_eq!(delivery.entries.len(), entries.len(), "{}", path.display());
        for (decoded, entry) in delivery.entries.iter().zip(entries) {
            for (channel, key) in
                [(Channel::Messaging, "messaging"), (Channel::Standby, "standby"), (Channel::Changes, "changes")]
            {
                let Some(list) = entry[key].as_array() else { continue };
                let count = decoded.items.iter().filter(|item| item.channel == channel).count();
                assert_eq!(count, list.len(), "{}: {key}", path.display());
            }
        }
    });
}

/// Texts of people, links and tokens replaced by a mark; then no mark may show up in a debug print.
#[test]
fn a_debug_print_shows_no_words_links_or_tokens() {
    const MARK: &str = "mark-of-a-person";
    let private = [
        "text",
        "url",
        "image_url",
        "photo_url",
        "video_url",
        "answer",
        "note",
        "referer_uri",
        "username",
        "sender_name",
        "subtitle",
        "authorization_code",
        "notification_messages_token",
    ];
    let mark = |text: &mut Value| {
        if text.is_string() {
            *text = json!(MARK);
        }
    };
    each_payload(|path, body| {
        let Ok(mut value) = serde_json::from_str::<Value>(body) else { return };
        for key in private {
            each_member(&mut value, key, &mark);
        }
        each_member(&mut value, "from", &|from| each_member(from, "name", &mark));
        let shown = format!("{:?}", webhook::decode(&value.to_string()));
        assert!(!shown.contains(MARK), "{} shows {shown}", path.display());
    });
}
