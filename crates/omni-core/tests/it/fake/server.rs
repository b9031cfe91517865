//! Rocket.Chat in memory.

use super::{ask, code, on_host, world};
use crate::support::*;
use omni_core::api::{MessageEvent, RoomEvent};
use omni_core::host::*;
use serde_json::json;

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

fn create(app: &Instance, under: &[&str], number: i32) {
    ask(app, StoreCreate { keys: keys(under), record: json!({ "n": number }) }).unwrap();
}

fn read(app: &Instance, key: &str) -> Vec<i64> {
    let found = ask(app, StoreRead { key: key.to_owned() }).unwrap();
    let mut found: Vec<i64> = found.iter().map(|record| record["n"].as_i64().unwrap()).collect();
    // A read promises no order.
    found.sort_unstable();
    found
}

fn save(app: &Instance, token: &str, department: Option<&str>) -> Result<Visitor, HostError> {
    let department = department.map(str::to_owned);
    ask(app, VisitorSave { token: token.to_owned(), name: Some("Kim".to_owned()), username: None, department })
}

fn source() -> RoomSource {
    RoomSource { label: "Instagram".to_owned(), destination: "@corner.shop".to_owned() }
}

fn says(visitor: &Visitor, room_id: &str, text: &str) -> VisitorMessage {
    VisitorMessage {
        room_id: room_id.to_owned(),
        visitor: visitor.clone(),
        text: text.to_owned(),
        attachments: Vec::new(),
    }
}

#[test]
fn an_update_wants_the_exact_keys_and_touches_one_record() {
    let (_, app) = world();
    create(&app, &["a", "b"], 1);
    create(&app, &["b", "a"], 2);
    create(&app, &["a", "b"], 3);
    let update = |under: &[&str], upsert| StoreUpdate { keys: keys(under), record: json!({ "n": 9 }), upsert };
    ask(&app, update(&["a", "b"], false)).unwrap();
    let found = read(&app, "a");
    assert!(found == [1, 2, 9] || found == [2, 3, 9], "one of the two: {found:?}");
    ask(&app, update(&["a"], false)).unwrap();
    assert_eq!(read(&app, "a"), found, "a part of the keys is not the record");
    ask(&app, update(&["a"], true)).unwrap();
    assert_eq!(read(&app, "a"), [found, vec![9]].concat(), "a new record, whatever else has the key");
}

#[test]
fn removing_takes_every_record_with_all_the_keys() {
    let (_, app) = world();
    create(&app, &["a", "b"], 1);
    create(&app, &["b", "c", "a"], 2);
    create(&app, &["a"], 3);
    assert_eq!(ask(&app, StoreRemove { keys: keys(&["a", "b"]) }).unwrap(), 2);
    assert_eq!(read(&app, "a"), [3]);
    assert_eq!(ask(&app, StoreRemove { keys: Vec::new() }).unwrap(), 0);
    assert_eq!(ask(&app, StoreTake { key: "a".to_owned() }).unwrap(), [json!({ "n": 3 })]);
    assert_eq!(read(&app, "a"), [0; 0]);
}

#[test]
fn persistence_takes_objects_only() {
    let (_, app) = world();
    for record in [json!([1]), json!("text"), json!({ "$set": 1 }), json!({ "a.b": 1 })] {
        assert_eq!(code(&app, StoreCreate { keys: keys(&["k"]), record }), "failed");
    }
}

#[test]
fn two_upserts_at_once_leave_two_records() {
    let (world, one) = world();
    let other = world.instance();
    for app in [&one, &other] {
        let call = StoreUpdate { keys: keys(&["k"]), record: json!({ "n": 1 }), upsert: true };
        let _ = app.start_on_host(true, async move |host| host.call(call).await);
    }
    world.settle();
    assert_eq!(read(&one, "k"), [1, 1]);
}

#[test]
fn a_room_wants_somebody_online() {
    let (world, app) = world();
    let sales = world.rocket_chat_mut().add_department("sales", &["sam"]);
    let visitor = save(&app, "t", Some(&sales)).unwrap();
    let create = || RoomCreate { visitor: visitor.clone(), source: source() };
    assert_eq!(code(&app, create()), "no-agent-online", "an agent elsewhere does not count");
    assert!(!ask(&app, Online { department: Some(sales.clone()) }).unwrap());

    world.rocket_chat_mut().accept_with_no_agents = true;
    assert_eq!(ask(&app, create()).unwrap().served_by, None);

    world.rocket_chat_mut().accept_with_no_agents = false;
    world.rocket_chat_mut().add_agent("sam", "Sam");
    let room = ask(&app, create()).unwrap();
    assert_eq!(room.served_by.map(|agent| agent.username).as_deref(), Some("sam"));
    assert_eq!(room.department, Some(sales));

    world.rocket_chat_mut().environment.omnichannel = false;
    assert_eq!(code(&app, create()), "error-omnichannel-is-disabled");
    assert_eq!(save(&app, "t", Some("gone")).unwrap_err().code, "error-invalid-department");
}

#[test]
fn a_room_is_never_reused_and_wants_the_servers_own_visitor() {
    let (world, app) = world();
    let visitor = save(&app, "t", None).unwrap();
    let create = |visitor: &Visitor| RoomCreate { visitor: visitor.clone(), source: source() };
    let first = ask(&app, create(&visitor)).unwrap();
    let second = ask(&app, create(&visitor)).unwrap();
    assert_ne!(first.id, second.id);
    assert_eq!(ask(&app, RoomsOpen { visitor: visitor.clone() }).unwrap(), [first.clone(), second]);
    let by_hand = Visitor { id: "made-up".to_owned(), ..visitor.clone() };
    assert_eq!(code(&app, create(&by_hand)), "failed");

    let close = || RoomClose { room_id: first.id.clone(), comment: String::new() };
    world.rocket_chat_mut().comment_required = true;
    assert_eq!(code(&app, close()), "error-comment-is-required");
    world.rocket_chat_mut().comment_required = false;
    world.rocket_chat_mut().tags_missing = true;
    assert_eq!(code(&app, close()), "error-tags-must-be-assigned-before-closing-chat");
    world.rocket_chat_mut().tags_missing = false;
    ask(&app, close()).unwrap();
    assert_eq!(code(&app, close()), "error-room-closed");
    let told: Vec<_> = world.rocket_chat().events.iter().filter_map(room_event).collect();
    let (started, assigned) = (RoomEvent::Started, RoomEvent::Assigned);
    assert_eq!(told, [started, assigned, started, assigned, RoomEvent::Closed]);
}

fn room_event(event: &Event) -> Option<RoomEvent> {
    match event {
        Event::Room(input) => Some(input.event),
        Event::Message(_) | Event::Status(_) => None,
    }
}

#[test]
fn a_message_to_a_closed_room_opens_a_stray_one() {
    let (world, app) = world();
    let visitor = save(&app, "t", None).unwrap();
    let room = ask(&app, RoomCreate { visitor: visitor.clone(), source: source() }).unwrap();
    ask(&app, says(&visitor, &room.id, "one")).unwrap();
    assert_eq!(world.rocket_chat().stray_rooms().len(), 0);
    world.rocket_chat_mut().closes(&room.id).unwrap();
    ask(&app, says(&visitor, &room.id, "two")).unwrap();
    {
        let server = world.rocket_chat();
        let [stray] = server.stray_rooms()[..] else { panic!("one stray room") };
        assert_eq!((stray.visitor_token.as_str(), stray.open, stray.ours), ("t", true, true));
        assert_eq!(server.in_room(&stray.id)[0].text, "two");
        assert_eq!(server.visitor_texts("t"), ["one", "two"]);
    }
    world.rocket_chat_mut().presence("agent", false);
    assert_eq!(code(&app, says(&visitor, &room.id, "three")), "no-agent-online");
    let stranger = save(&app, "u", None).unwrap();
    let open = world.rocket_chat().open_rooms("t")[0].id.clone();
    assert_eq!(code(&app, says(&stranger, &open, "mine?")), "cannot-access-room");
    assert_eq!(code(&app, says(&visitor, "no-such", "where?")), "failed");
    world.rocket_chat_mut().environment.omnichannel = false;
    assert_eq!(code(&app, says(&visitor, &open, "off?")), "error-omnichannel-is-disabled");
}

#[test]
fn an_upload_shows_only_in_an_open_room_of_that_visitor() {
    let (world, app) = world();
    let visitor = save(&app, "t", None).unwrap();
    let room = ask(&app, RoomCreate { visitor: visitor.clone(), source: source() }).unwrap();
    let upload = |visitor: &Visitor, room_id: &str| {
        let (visitor, room_id) = (visitor.clone(), room_id.to_owned());
        on_host(&app, async move |host| {
            let blob = host.call(get("https://scontent.fbcdn.net/a.jpg", true)).await?.blob.expect("bytes");
            host.call(VisitorUpload { room_id, visitor, blob, filename: "a.jpg".to_owned() }).await
        })
    };
    let shown = upload(&visitor, &room.id).unwrap();
    assert!(shown.url.starts_with("/file-upload/"));
    let message = world.rocket_chat().in_room(&room.id)[0].clone();
    assert_eq!((message.files[0].id.as_str(), message.files[0].media_type.as_str()), (shown.id.as_str(), "image/jpeg"));
    world.meta_mut().expect("GET", "a.jpg").bytes(b"no picture");
    assert_eq!(upload(&visitor, &room.id).unwrap_err().code, "failed");
    world.rocket_chat_mut().environment.max_upload = 3;
    assert_eq!(upload(&visitor, &room.id).unwrap_err().code, "error-file-too-large");
    world.rocket_chat_mut().environment.uploads = false;
    assert_eq!(upload(&visitor, &room.id).unwrap_err().code, "error-file-upload-disabled");
    world.rocket_chat_mut().closes(&room.id).unwrap();
    assert_eq!(upload(&visitor, &room.id).unwrap_err().code, "invalid-file");
    assert_eq!((world.rocket_chat().messages.len(), world.rocket_chat().files.len()), (1, 1));
}

#[test]
fn bytes_are_held_no_longer_than_one_entry_call() {
    let (world, app) = world();
    let blob = ask(&app, get("https://scontent.fbcdn.net/a.jpg", true)).unwrap().blob.unwrap();
    let visitor = save(&app, "t", None).unwrap();
    let call = VisitorUpload { room_id: "room-1".to_owned(), visitor, blob, filename: "a.jpg".to_owned() };
    assert_eq!(code(&app, call), "no-such-blob");
    assert_eq!(world.rocket_chat().files.len(), 0);
}

#[test]
fn the_app_is_told_what_happens_in_its_rooms_and_who_did_it() {
    let (world, app) = world();
    let visitor = save(&app, "t", None).unwrap();
    let room = ask(&app, RoomCreate { visitor, source: source() }).unwrap();
    let mut server = world.rocket_chat_mut();
    server.events.clear();
    let id = server.says("agent", &room.id, "Hi");
    server.edits("agent", &id, "Hello");
    server.reacts("agent", &id, ":heart:", true);
    server.reacts("agent", &id, ":heart:", true);
    server.deletes("agent", &id);
    let told: Vec<String> = server
        .events
        .iter()
        .map(|event| match event {
            Event::Message(input) => {
                let event = match &input.event {
                    MessageEvent::Sent => "sent",
                    MessageEvent::Updated => "updated",
                    MessageEvent::Deleted => "deleted",
                    MessageEvent::Reacted { .. } => "reacted",
                };
                let actor = input.actor.as_ref().map_or("", |actor| actor.username.as_str());
                format!("{event} {} {actor}", input.message.text)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, ["sent Hi ", "updated Hello agent", "reacted Hello agent", "deleted Hello agent"]);
    assert_eq!(server.message(&id).map(|message| message.edits), None);
}

#[test]
fn a_deleted_message_is_gone_or_an_empty_notice() {
    let (world, app) = world();
    let visitor = save(&app, "t", None).unwrap();
    let room = ask(&app, RoomCreate { visitor: visitor.clone(), source: source() }).unwrap();
    let ids = ["one", "two"].map(|text| ask(&app, says(&visitor, &room.id, text)).unwrap());
    ask(&app, MessageDelete { message_id: ids[0].clone() }).unwrap();
    assert_eq!(ask(&app, MessageFind { message_id: ids[0].clone() }).unwrap(), None);
    world.rocket_chat_mut().show_deleted = true;
    ask(&app, MessageDelete { message_id: ids[1].clone() }).unwrap();
    let left = ask(&app, MessageFind { message_id: ids[1].clone() }).unwrap().unwrap();
    assert_eq!((left.text.as_str(), left.system_type.as_deref()), ("", Some("rm")));
}

#[test]
fn a_message_with_a_relative_address_is_refused_whole() {
    let (world, app) = world();
    let visitor = save(&app, "t", None).unwrap();
    let room = ask(&app, RoomCreate { visitor, source: source() }).unwrap();
    let card = |url: &str| Card { image_url: Some(url.to_owned()), ..Card::default() };
    let post = |url: &str| Post {
        room_id: room.id.clone(),
        sender: Sender::App,
        text: String::new(),
        attachments: vec![card(url)],
        blocks: Vec::new(),
        thread_id: None,
    };
    assert_eq!(code(&app, post("picture.png")), "failed");
    ask(&app, post("/file-upload/1/picture.png")).unwrap();
    assert_eq!(world.rocket_chat().messages.len(), 1);
}

#[test]
fn a_handler_without_writers_cannot_write() {
    let (world, app) = world();
    let pending = app.start_on_host(false, async move |host| {
        let create = StoreCreate { keys: keys(&["k"]), record: json!({}) };
        (host.call(create).await.map_err(|error| error.code), host.call(Departments {}).await)
    });
    world.settle();
    assert_eq!(pending.take().unwrap(), (Err("not-here".to_owned()), Ok(Vec::new())));
}

#[test]
fn only_what_has_a_definition_is_set_on_a_visitor() {
    let (world, app) = world();
    save(&app, "t", None).unwrap();
    world.rocket_chat_mut().visitor_fields.insert("handle".to_owned());
    let fields = [("handle", "@kim"), ("unknown", "x")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let set = || ask(&app, VisitorFields { token: "t".to_owned(), fields: fields.clone().into() }).unwrap();
    assert!(set().is_empty());
    assert_eq!(world.rocket_chat().visitors[0].fields, [("handle".to_owned(), "@kim".to_owned())].into());
    world.rocket_chat_mut().unfit_fields.insert("handle".to_owned());
    assert_eq!(set(), ["handle"]);
}

#[test]
fn settings_read_their_defaults_until_saved() {
    let (_, app) = world();
    let read = || ask(&app, Settings {}).unwrap();
    assert_eq!(read()["unsend_action"], "mark");
    ask(&app, SettingWrite { id: "unsend_action".to_owned(), value: json!("keep") }).unwrap();
    assert_eq!(read()["unsend_action"], "keep");
    assert_eq!(code(&app, SettingWrite { id: "no-such".to_owned(), value: json!(1) }), "failed");
}

pub(super) fn get(url: &str, as_blob: bool) -> Http {
    Http {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: HttpBody::None,
        timeout_ms: 5_000,
        as_blob,
        foreign: as_blob,
    }
}
