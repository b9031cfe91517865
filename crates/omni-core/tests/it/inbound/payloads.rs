//! Every body in `tests/payloads`, through the whole core: none fails, none vanishes.

use crate::support::*;
use meta_wire::webhook::{Delivery, Side};
use omni_core::api::Channel;
use omni_core::store::{Installation, MessageRecord, MessageState};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder that can be listed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

/// Accounts for every id the bodies address.
fn connect_accounts(world: &World, body: &str) {
    let Ok(delivery) = meta_wire::webhook::decode(body) else { return };
    let channel = Channel::of(delivery.platform);
    let now = world.now();
    for (entry, item) in delivery.items() {
        let Some(id) = entry.account.clone().or_else(|| item.account.clone()) else { continue };
        let account = match channel {
            Channel::Instagram => instagram_account(now),
            Channel::Facebook => page_account(now),
        };
        world.rocket_chat_mut().store(&omni_core::store::Account { id, ..account });
    }
}

/// A moment after most of the bodies were sent: what is much older is not shown as new.
const SENT_AT: i64 = 1_731_931_300_000;

#[test]
fn each_becomes_a_message_a_change_or_a_note() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/payloads");
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    paths.sort();
    assert!(paths.len() > 100, "the bodies are there");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for path in paths {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let body = fs::read_to_string(&path).unwrap();
        let world = World::beginning(SENT_AT).connected();
        world.rocket_chat_mut().settings.insert("signature_enforcement".to_owned(), "permit".into());
        connect_accounts(&world, &body);
        let channel_id = "setup".to_owned();
        world.rocket_chat_mut().channels.push(StoredChannel {
            id: channel_id.clone(),
            name: channel_id.clone(),
            display_name: channel_id.clone(),
            creator: APP_USER.to_owned(),
            members: [APP_USER.to_owned()].into(),
            private: true,
        });
        world.rocket_chat_mut().store(&installation(&channel_id));
        let app = world.instance();
        let request = webhook_request(&body);
        let answer = app.run(async move |session| session.receive_webhook(request).await);
        assert_eq!(answer.unwrap_or_else(|error| panic!("{name}: {error}")).status, 200, "{name}");
        app.deliver_events();
        world.settle();

        let server = world.rocket_chat();
        let entries: Vec<MessageRecord> = server.stored();
        let decoded = meta_wire::webhook::decode(&body).ok();
        let items = decoded.iter().flat_map(Delivery::items).count();
        for entry in &entries {
            let became = match &entry.state {
                MessageState::Delivered { message_ids, .. } if !message_ids.is_empty() => "shown",
                MessageState::Delivered { .. } => "changed",
                MessageState::AwaitingRoom { .. } => "aside",
                MessageState::DeadLetter { code, .. } if code == "too-old" => "filed",
                state => panic!("{name}: {} is left as {state:?}", entry.identity),
            };
            *counts.entry(became).or_default() += 1;
        }
        if items > 0 && entries.is_empty() {
            let receipts = decoded.iter().flat_map(Delivery::items).all(|(entry, item)| {
                let nobody = entry.account.is_none() && item.account.is_none();
                let asked_for =
                    item.event.name() == "message_edit" && !world.meta().sent_to("GET", "created_time").is_empty();
                let itself = item.side == Side::Itself;
                nobody || itself || asked_for || ["read", "delivery"].contains(&item.event.name())
            });
            assert!(receipts, "{name}: nothing was stored");
        }
        let failed: Vec<_> =
            world.logs().into_iter().filter(|line| line.level == omni_core::host::LogLevel::Error).collect();
        assert!(failed.is_empty(), "{name}: {failed:?}");
        assert!(!world.logged("inbound-attempt-failed"), "{name}: {:?}", world.logs());
    }
    for became in ["shown", "changed", "aside"] {
        assert!(counts.get(became).is_some_and(|count| *count > 5), "{counts:?}");
    }
}

/// Puts words that call everybody in front of every text of the body.
fn call_everybody(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_text = !["id", "mid", "type", "object", "field", "url", "platform"].contains(&name.as_str());
                match value {
                    Value::String(text) if is_text && !text.starts_with("http") => *text = format!("@all @here {text}"),
                    value => call_everybody(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(call_everybody),
        _ => {}
    }
}

/// Servers refuse what calls everybody, from visitors and apps: whatever a customer writes, and wherever, must arrive.
#[test]
fn none_is_refused_for_calling_everybody() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/payloads");
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let mut broken = 0;
    for path in paths {
        let Ok(mut body) = serde_json::from_str::<Value>(&fs::read_to_string(&path).unwrap()) else { continue };
        call_everybody(&mut body);
        let world = World::beginning(SENT_AT).connected();
        world.rocket_chat_mut().settings.insert("signature_enforcement".to_owned(), "permit".into());
        connect_accounts(&world, &body.to_string());
        let app = world.instance();
        app.webhook(&body);
        app.deliver_events();
        world.settle();
        let refused = |call: &Recorded| call.refused.as_deref() == Some("error-action-not-allowed");
        let refused: Vec<Recorded> = world.calls().into_iter().filter(refused).collect();
        assert!(refused.is_empty(), "{}: {refused:?}", path.display());
        broken +=
            world.rocket_chat().messages.iter().filter(|stored| stored.message.text.contains("@\u{200B}all")).count();
    }
    assert!(broken > 50, "{broken} texts called everybody");
}

/// An installation whose setup channels are both this one.
fn installation(channel_id: &str) -> Installation {
    let setup_rooms = json!({ "instagram": channel_id, "facebook": channel_id });
    let record = json!({
        "record_id": "one", "verify_token": "verify", "state_key": "state", "made_at": 0, "setup_rooms": setup_rooms,
    });
    serde_json::from_value(record).expect("the record reads back")
}
