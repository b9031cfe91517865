//! Files: fetched from Meta's hosts only, put into the room, or said to be missing.

use super::*;

const IMAGE: &str = "https://scontent.xx.fbcdn.net/v/photo.jpg?oe=1&oh=secret-signature";

/// Files as they begin.
const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a picture";
const WEBP: &[u8] = b"RIFF\x00\x00\x00\x00WEBPVP8 ";
const MP4: &[u8] = b"\x00\x00\x00\x18ftypisom a film";
const PDF: &[u8] = b"%PDF-1.7 a document";

const NOT_OF_THIS_KIND: &str = "Sorry, we cannot receive files of this kind here. Please describe it in a message.";
const TOO_LARGE: &str = "Sorry, your file is too large for us to receive. Could you send a smaller one?";

fn file(kind: &str, url: &str) -> Value {
    json!({ "message": { "mid": "m_1", "text": "Look", "attachments": [{ "type": kind, "payload": { "url": url } }] } })
}

/// The second line of the room, after the text.
fn shown(world: &World, app: &Instance, members: &Value) -> String {
    deliver(app, "page", &item("page", world.now(), members));
    let room = room(world, "page");
    assert_eq!((room.len(), room[0].as_str()), (2, "Look"), "{room:?}");
    room[1].clone()
}

#[test]
fn are_the_visitors_own() {
    for (kind, url, media_type, bytes, expected) in [
        ("image", IMAGE, "image/jpeg", JPEG, "<photo.jpg>"),
        (
            "image",
            "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature=s",
            "image/webp",
            WEBP,
            "<image-1.webp>",
        ),
        ("video", "https://video.xx.fbcdn.net/v/clip.mp4?x", "video/mp4", MP4, "<clip.mp4>"),
        // By another name the server would show it as a film.
        ("audio", "https://cdn.fbsbx.com/v/audioclip-1.mp4?x", "video/mp4", MP4, "<audioclip-1.m4a>"),
        ("file", "https://cdn.fbsbx.com/v/Invoice%201.pdf?x", "application/pdf", PDF, "<Invoice 1.pdf>"),
    ] {
        let (world, app) = world();
        world.meta_mut().expect("GET", url).header("content-type", media_type).bytes(bytes);
        assert_eq!(shown(&world, &app, &file(kind, url)), expected);
        let server = world.rocket_chat();
        let stored = server.files.values().next().expect("a file");
        assert_eq!(stored.bytes, bytes);
        let meta = world.meta();
        let request = meta.sent_to("GET", url)[0];
        assert!(request.foreign && request.as_blob, "the host guards the address too, and keeps the bytes");
        let headers: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(headers, ["Range"], "no token goes to a media server");
    }
}

/// The second line where the customer is told of it as well.
fn shown_with_note(world: &World, app: &Instance, members: &Value) -> String {
    deliver(app, "page", &item("page", world.now(), members));
    room(world, "page")[1].clone()
}

#[test]
fn come_from_metas_hosts_only() {
    for url in [
        "https://evil.example/photo.jpg",
        "https://scontent.xx.fbcdn.net.evil.example/photo.jpg",
        "https://evil.example/?https://scontent.xx.fbcdn.net/",
        "http://scontent.xx.fbcdn.net/photo.jpg",
        "https://user@scontent.xx.fbcdn.net/photo.jpg",
        "https://scontent.xx.fbcdn.net:444/photo.jpg",
        "https://127.0.0.1/photo.jpg",
        "https://evil.example\\.fbcdn.net/photo.jpg",
        "file:///etc/passwd",
    ] {
        let (world, app) = world();
        let line = shown(&world, &app, &file("image", url));
        assert_eq!(line, "[Image | It was not fetched: its address does not belong to Meta.]", "{url}");
        assert!(world.meta().requests.iter().all(|request| !request.as_blob), "{url}");
        assert!(world.logged("media-host-refused"));
        world.assert_logs_hold_none_of(&["evil", "photo.jpg"]);
    }
}

/// Whoever announced them, and wherever Meta's server redirected to: the app cannot see that.
#[test]
fn are_what_their_bytes_say() {
    const NOT_SHOWN: &str = "A web page or a program came in its place. It was not put into the room.";
    let refused = |title: &str| format!("[{title} | {NOT_SHOWN}]");
    for (kind, media_type, bytes, expected) in [
        ("image", "image/jpeg", PDF, "<photo.pdf>".to_owned()),
        ("image", "image/png", JPEG, "<photo.jpg>".to_owned()),
        ("image", "image/jpeg", b"no picture at all", "<photo.bin>".to_owned()),
        ("image", "image/jpeg", b"<!DOCTYPE html><title>Log in</title>", refused("Image")),
        ("image", "image/svg+xml", b"<svg onload=alert(1)>", refused("Image")),
        ("video", "video/mp4", b"MZ\x90\x00", refused("Video")),
        ("audio", "audio/mpeg", b"#!/bin/sh", refused("Audio")),
        // Whoever sends a page as a file sends a page.
        ("file", "image/jpeg", b"<html>", "<photo.html>".to_owned()),
    ] {
        let (world, app) = world();
        world.meta_mut().expect("GET", "photo.jpg").header("content-type", media_type).bytes(bytes);
        assert_eq!(shown(&world, &app, &file(kind, IMAGE)), expected, "{kind} {media_type}");
        assert_eq!(world.rocket_chat().files.is_empty(), expected.contains(NOT_SHOWN));
        assert!(world.meta().messages().is_empty(), "the customer is not told of it");
    }
}

#[test]
fn too_large_are_not_downloaded_as_a_whole() {
    let (world, app) = world();
    world.rocket_chat_mut().settings.insert("file_upload_max_mb".to_owned(), json!(1));
    world.meta_mut().expect("GET", "photo.jpg").header("content-type", "image/jpeg").bytes(&vec![0xff; 5 << 20]);
    assert!(shown_with_note(&world, &app, &file("image", IMAGE)).contains("larger than accepted"));
    let meta = world.meta();
    assert_eq!(meta.sent_to("GET", "photo.jpg")[0].header("range"), Some("bytes=0-1048576"));
    meta.assert_all_met();
}

/// A server that sends less than it was asked for, or does not do ranges.
#[test]
fn of_which_a_part_came_are_asked_for_as_a_whole() {
    for status in [206, 416] {
        let (world, app) = world();
        let first = |world: &World| {
            let mut meta = world.meta_mut();
            let answer = meta.expect("GET", "photo.jpg").status(status).header("content-type", "image/jpeg");
            answer.header("content-range", "bytes 0-3/4000").bytes(b"\xff\xd8\xff\xe0");
        };
        first(&world);
        world.meta_mut().expect("GET", "photo.jpg").header("content-type", "image/jpeg").bytes(JPEG);
        assert_eq!(shown(&world, &app, &file("image", IMAGE)), "<photo.jpg>", "{status}");
        let meta = world.meta();
        assert_eq!(meta.sent_to("GET", "photo.jpg")[1].header("range"), None);
        assert_eq!(world.rocket_chat().files.values().next().expect("a file").bytes, JPEG);
    }
}

#[test]
fn that_cannot_be_fetched_leave_their_link() {
    let expected =
        format!("[Image | →{IMAGE} | It could not be fetched from Meta. The link works for as long as Meta keeps it.]");
    type Fault = fn(&mut Expectation) -> &mut Expectation;
    let faults: [(&str, Fault); 6] = [
        ("expired", |answer| answer.status(403)),
        ("gone", |answer| answer.status(404)),
        ("failing", |answer| answer.status(500)),
        ("broken off", |answer| answer.lost("network")),
        ("never ending", |answer| answer.after(60_000)),
        ("empty", |answer| answer.bytes(b"")),
    ];
    for (name, fault) in faults {
        let (world, app) = world();
        fault(world.meta_mut().expect("GET", "photo.jpg").always());
        let began = world.now();
        assert_eq!(shown(&world, &app, &file("image", IMAGE)), expected, "{name}");
        assert!(world.now() - began < 60_000, "{name} took {}", world.now() - began);
        world.assert_logs_hold_none_of(&["secret-signature", "photo.jpg"]);
    }
}

#[test]
fn whose_address_ended_are_asked_for_anew() {
    let world = World::new().connected();
    let app = world.instance();
    world.meta_mut().profiles.insert(PSID.to_owned(), json!({}));
    let anew = "https://scontent.xx.fbcdn.net/v/fresh.jpg";
    world.meta_mut().expect("GET", "photo.jpg").status(403);
    let attachments = json!({ "data": [{ "id": "1", "mime_type": "image/jpeg", "image_data": { "url": anew } }] });
    world.meta_mut().expect("GET", "/m_1?").json(json!({ "id": "m_1", "attachments": attachments }));
    world.meta_mut().expect("GET", "fresh.jpg").header("content-type", "image/jpeg").bytes(JPEG);
    assert_eq!(shown(&world, &app, &file("image", IMAGE)), "<fresh.jpg>");
    world.meta().assert_all_met();
}

#[test]
fn that_are_not_accepted_are_said_to_be_held_back() {
    let setting = |id: &'static str, value: Value| {
        move |world: &World| {
            world.rocket_chat_mut().settings.insert(id.to_owned(), value.clone());
        }
    };
    let kind = "Files of this kind are not accepted here. It can be seen in the customer's conversation at Meta.";
    let off =
        "It was not accepted: files are switched off here. It can be seen in the customer's conversation at Meta.";
    let big = format!(
        "[Image | →{IMAGE} | It is larger than accepted here and was not copied. The link works for as long as Meta keeps it.]"
    );
    type Arrange = Box<dyn Fn(&World)>;
    let cases: Vec<(&str, Arrange, &str, String)> = vec![
        (
            "type",
            Box::new(setting("accepted_media_types", json!(["audio", "file"]))),
            "image",
            format!("[Image | {kind}]"),
        ),
        (
            "file that is an image",
            Box::new(setting("accepted_media_types", json!(["audio", "file"]))),
            "file",
            format!("[File | {kind}]"),
        ),
        ("app off", Box::new(setting("file_upload_enabled", json!(false))), "image", format!("[Image | {off}]")),
        (
            "server off",
            Box::new(|world| world.rocket_chat_mut().environment.uploads = false),
            "image",
            format!("[Image | {off}]"),
        ),
        ("app's size", Box::new(setting("file_upload_max_mb", json!(1))), "image", big.clone()),
        ("server's size", Box::new(|world| world.rocket_chat_mut().environment.max_upload = 1000), "image", big),
        (
            "server's list",
            Box::new(|world| assert!(world.rocket_chat_mut().blocked_media_types.insert("image/jpeg".to_owned()))),
            "image",
            format!("[Image | {kind}]"),
        ),
    ];
    for (name, arrange, declared, expected) in cases {
        let (world, app) = world();
        arrange(&world);
        world
            .meta_mut()
            .expect("GET", "photo.jpg")
            .header("content-type", "image/jpeg")
            .bytes(&[JPEG, &vec![1; 1024 * 1024]].concat())
            .always();
        let event = item("page", world.now(), &file(declared, IMAGE));
        deliver(&app, "page", &event);
        deliver(&app, "page", &event);
        let told = if name.contains("size") { TOO_LARGE } else { NOT_OF_THIS_KIND };
        let mut lines = vec!["Look".to_owned(), expected];
        assert_eq!(room(&world, "page"), lines, "{name}");
        app.agent_says("agent", "room-1", "Hi");
        world.settle();
        let card = format!("omni-direct.bot: [Sent to the customer 2026-03-01 12:00 UTC | {told}]");
        lines.extend(["agent: Hi".to_owned(), card]);
        assert_eq!(room(&world, "page"), lines, "{name}: shown once somebody has answered");
        assert_eq!(world.meta().texts()[0], told, "{name}: the customer is told politely");
        assert_eq!(world.meta().texts().len(), 2, "{name}: once");
        assert!(world.rocket_chat().files.is_empty(), "{name}");
    }
}

#[test]
fn nothing_is_said_in_a_thread_that_others_hold() {
    let (world, app) = world();
    world.rocket_chat_mut().settings.insert("file_upload_enabled".to_owned(), json!(false));
    customer_writes(&app, "page", "m_0", "Before");
    let item = item("page", world.now(), &file("image", IMAGE));
    app.webhook(&json!({ "object": "page", "entry": [{ "id": PAGE, "time": world.now(), "standby": [item] }] }));
    assert_eq!(room(&world, "page").len(), 3, "text and link");
    assert!(world.meta().messages().is_empty());
}

#[test]
fn a_room_closed_during_the_download_goes_on_in_the_next() {
    let (world, app) = world();
    customer_writes(&app, "page", "m_0", "Before");
    world.meta_mut().expect("GET", "photo.jpg").header("content-type", "image/jpeg").bytes(JPEG).after(5_000);
    let request = webhook_request(&body("page", &item("page", world.now(), &file("image", IMAGE))).to_string());
    let pending = app.start(async move |session| session.receive_webhook(request).await);
    world.advance(2_000);
    world.rocket_chat_mut().closes("room-1").expect("it was open");
    world.settle();
    app.deliver_events();
    world.settle();
    assert!(pending.take().expect("no crash").is_ok());
    let rooms = transcript(&world, "page");
    assert_eq!(rooms, [vec!["Before", "Look"], vec!["<photo.jpg>"]]);
    assert!(world.rocket_chat().stray_rooms().is_empty());
}

/// The server keeps the file then, and makes no message of it.
#[test]
fn a_room_closed_during_the_upload_goes_on_in_the_next() {
    let (world, app) = world();
    customer_writes(&app, "page", "m_0", "Before");
    world.rocket_chat_mut().closes_during_upload = true;
    deliver(&app, "page", &item("page", world.now(), &file("image", IMAGE)));
    assert_eq!(transcript(&world, "page"), [vec!["Before", "Look"], vec!["<photo.jpg>"]]);
    assert!(world.rocket_chat().stray_rooms().is_empty());
}

/// After an outage hundreds of files come at once; each is held in memory as a whole.
#[test]
fn few_files_are_moved_at_once() {
    let (world, app) = world();
    world.meta_mut().expect("GET", "fbcdn.net").after(5_000).always();
    let at = world.now();
    let items = (0..40).map(|number| {
        let image = json!({ "type": "image", "payload": { "url": format!("https://scontent.xx.fbcdn.net/v/{number}.jpg") } });
        let message = json!({ "mid": format!("m_{number}"), "attachments": [image] });
        let item = json!({
            "sender": { "id": format!("60{number:02}") }, "recipient": { "id": PAGE }, "timestamp": at, "message": message,
        });
        json!({ "id": PAGE, "time": at, "messaging": [item] })
    });
    let body = json!({ "object": "page", "entry": items.collect::<Vec<_>>() });
    let profiles = (0..40).map(|number| (format!("60{number:02}"), json!({})));
    world.meta_mut().profiles.extend(profiles);
    assert_eq!(app.webhook(&body).status, 200);
    world.settle();
    assert_eq!(world.rocket_chat().files.len(), 40);
    let asked: Vec<i64> =
        world.calls().iter().filter(|call| call.call["as_blob"] == true).map(|call| call.at).collect();
    let most = asked.iter().map(|from| asked.iter().filter(|at| (*from..from + 5_000).contains(at)).count()).max();
    assert!(most.is_some_and(|most| most <= 8), "{most:?} at once");
}
