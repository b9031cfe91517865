//! Half-understood content is still content: each body of `tests/payloads` and what people read of it.

use super::*;
use omni_core::store::{Account, MessageRecord};
use std::fs;
use std::path::Path;

const ACCOUNTS: [(Channel, &str); 2] =
    [(Channel::Instagram, "17841400000000001"), (Channel::Facebook, "108000000000001")];
const PEOPLE: [&str; 2] = ["900000000000001", "7400000000000001"];

/// The accounts that the bodies address, with their setup channels.
fn addressed() -> (World, Instance) {
    // A moment after the bodies were sent: what is much older is not shown as new.
    let (world, app) = furnish(World::beginning(1_731_931_300_000));
    for (channel, id) in ACCOUNTS {
        let account =
            if channel == Channel::Instagram { instagram_account(world.now()) } else { page_account(world.now()) };
        world.rocket_chat_mut().store(&Account { id: id.into(), record_id: id.to_owned(), page_id: None, ..account });
    }
    world.meta_mut().profiles.extend(PEOPLE.map(|person| (person.to_owned(), json!({}))));
    app.job(omni_core::job::INSTALLED);
    (world, app)
}

fn payload(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/payloads").join(name).with_extension("json");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

fn hear(app: &Instance, body: &Value) {
    assert_eq!(app.webhook(body).status, 200);
    app.deliver_events();
    app.world().settle();
}

/// What stands in customers' rooms, and in the setup channels since they were made.
fn shown(world: &World, before: usize) -> (Vec<String>, Vec<String>) {
    let server = world.rocket_chat();
    let lines = |rooms: Vec<String>| -> Vec<String> {
        rooms
            .iter()
            .flat_map(|room| server.in_room(room).into_iter().filter(|message| !is_window_notice(message)).map(line))
            .collect()
    };
    let rooms = lines(server.rooms.iter().map(|stored| stored.room.id.clone()).collect());
    let setup = lines(server.channels.iter().map(|channel| channel.id.clone()).collect());
    (rooms, setup.into_iter().skip(before).collect())
}

fn setup_lines(world: &World) -> usize {
    shown(world, 0).1.len()
}

const TITLE: &str = "omni-direct.bot: [Written as Corner Shop outside Rocket.Chat";

fn cases() -> Vec<(&'static str, Vec<String>)> {
    let elsewhere = "_sent something that Instagram passes on without its content, such as a shared comment, ad or post. It can be seen in Instagram._";
    let cases: Vec<(&str, Vec<&str>)> = vec![
        (
            "messenger/half/text-beside-attachments-as-text",
            vec!["Look at this\n_sent something this version does not understand. It can be seen in Facebook._"],
        ),
        ("messenger/half/text-beside-attachments-as-object", vec!["Look at this", "<a.jpg>"]),
        (
            "messenger/half/text-beside-attachment-url-as-object",
            vec!["Look at this\n_sent a file that Meta gave no address for_"],
        ),
        (
            "messenger/half/text-beside-attachment-payload-as-number",
            vec!["Look at this\n_sent a file that Meta gave no address for_"],
        ),
        (
            "messenger/half/attachments-beside-text-as-object",
            vec!["<a.jpg>", "_Part of this message could not be read here. It can be seen in Facebook._"],
        ),
        ("instagram/half/quick-reply-without-text", vec!["_tapped a button_ [Button value: PLAN_A]"]),
        ("instagram/half/quick-reply-without-mid", vec!["_tapped a button_ [Button value: PLAN_A]"]),
        ("messenger/half/quick-reply-as-text", vec!["Plan A [Button value: PLAN_A]"]),
        ("messenger/half/message-as-text", vec!["TEST_MESSAGE"]),
        ("messenger/half/order-without-products", vec!["As last time [Order]"]),
        ("messenger/half/form-without-id", vec!["[Form submitted]"]),
        ("messenger/half/sticker-id-without-attachment", vec!["👍"]),
        ("messenger/half/sticker-id-as-text-without-attachment", vec!["_Sticker_"]),
        ("messenger/half/sticker-id-beside-its-image", vec!["<s.jpg>"]),
        ("messenger/attachment/fallback-with-title-only", vec!["[Link | A page about shoes]"]),
        (
            "messenger/attachment/fallback-with-nothing",
            vec![
                "_sent something that Facebook passes on without its content, such as a shared comment, ad or post. It can be seen in Facebook._",
            ],
        ),
        ("instagram/attachment/url-in-capitals", vec!["[Link | →https://shop.example/shoes | Shoes]"]),
        (
            "instagram/attachment/url-in-capitals-in-payload",
            vec!["[Shared a post | →https://www.instagram.com/p/Ab1/]"],
        ),
        (
            "instagram/attachment/ig-reel-with-relative-address",
            vec!["[Shared a reel | →https://www.instagram.com/reel/Ab1cd2/?igsh=x | Look]"],
        ),
        (
            "messenger/attachment/reel-with-relative-address",
            vec!["[Shared a reel | →https://www.facebook.com/reel/121/]"],
        ),
        (
            "instagram/attachment/unsupported-type",
            vec!["_sent something Instagram does not pass on. It can only be seen in Instagram._"],
        ),
        (
            "instagram/attachment/unsupported-type-with-link",
            vec![
                "_sent something Instagram does not pass on. It can only be seen in Instagram._ [Link | →https://www.instagram.com/p/Ab2/ | A note]",
            ],
        ),
        ("instagram/attachment/type-in-capitals", vec!["<image-1.jpg>"]),
        ("instagram/attachment/payload-is-the-address", vec!["<image-1.jpg>"]),
        ("instagram/attachment/template-without-elements", vec![elsewhere]),
        (
            "instagram/attachment/template-without-elements-with-link",
            vec!["[Shared content | →https://www.instagram.com/p/Ab3/ | Corner Shop: Our new shoes]"],
        ),
        (
            "instagram/attachment/ig-post-with-share-twin",
            vec![
                "[Shared a post | →https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=180000000000009&signature=Ab1post9 | Caption of the post]",
            ],
        ),
        (
            "instagram/attachment/ig-post-with-share-that-names-no-post",
            vec![
                "[Shared a post | →https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature=Ab2 | Caption of the post]",
            ],
        ),
        (
            "messenger/attachment/appointment-without-timezone",
            vec!["[Appointment | From: 2023-11-14 22:13 UTC\nStatus: confirmed\nBooking: 9]"],
        ),
        (
            "messenger/attachment/appointment-with-time-as-written",
            vec!["[Appointment | From: 2026-03-01 10:00\nCustomer's time zone: Europe/Berlin]"],
        ),
    ];
    cases.into_iter().map(|(name, lines)| (name, lines.into_iter().map(str::to_owned).collect())).collect()
}

#[test]
fn each_is_shown_as_far_as_it_can_be_read() {
    for (name, expected) in cases() {
        let (world, app) = addressed();
        let before = setup_lines(&world);
        hear(&app, &payload(name));
        assert_eq!(shown(&world, before), (expected, vec![]), "{name}");
    }
}

/// The same in what the business wrote elsewhere, and what only echoes hold.
#[test]
fn echoes_are_shown_as_far_as_they_can_be_read() {
    for (name, expected) in [
        (
            "messenger/echo/receipt-template",
            format!("{TITLE}] [Receipt | →https://shop.example/order?id=123456 | Order: 12345678902\nPayment: Visa 2345\nTotal: 56.14 EUR] [Classic T-Shirt | Soft cotton\n2 × 50 EUR | img https://scontent.xx.fbcdn.net/v/shirt.png]"),
        ),
        ("messenger/echo/media-template", format!("{TITLE}] [Image | →https://www.facebook.com/photo/?fbid=1 | • Shop]")),
        ("messenger/echo/image-without-address", format!("{TITLE}] [_sent a file that Meta gave no address for_]")),
        ("instagram/echo/with-nothing", "omni-direct.bot: [Written as @corner.shop outside Rocket.Chat] [_Content that Instagram does not pass on. It can be seen in Instagram._]".to_owned()),
    ] {
        let (world, app) = addressed();
        world.uncounted();
        let body = payload(name);
        let item = &body["entry"][0]["messaging"][0];
        let question = json!({ "sender": item["recipient"], "recipient": item["sender"], "timestamp": 1_731_931_200_000_i64, "message": { "mid": "m_q", "text": "Question" } });
        let mut asked = body.clone();
        asked["entry"][0]["messaging"] = json!([question]);
        hear(&app, &asked);
        hear(&app, &body);
        assert_eq!(shown(&world, 0).0, ["Question".to_owned(), expected], "{name}");
    }
}

/// Whatever is no part of a conversation: it opens none, holds nothing up, and nobody in a room reads of it.
#[test]
fn what_cannot_be_a_conversation_opens_none() {
    for name in [
        "messenger/aside/game",
        "messenger/aside/payment",
        "messenger/aside/read-without-anything",
        "messenger/aside/optin-as-text",
        "messenger/half/unsend-without-mid",
        "messenger/half/message-as-text-without-sides",
        "instagram/reaction/to-nothing",
        "instagram/reaction/name-only",
        "messenger/calls/missed-in-changes",
        "messenger/calls/ringing-in-messaging",
        "messenger/calls/permission-declined",
        "messenger/integrity/restricted",
    ] {
        let (world, app) = addressed();
        hear(&app, &payload(name));
        assert!(world.rocket_chat().rooms.is_empty(), "{name}");
        let entries: Vec<MessageRecord> = world.rocket_chat().stored();
        assert!(
            entries
                .iter()
                .all(|entry| !entry.waits() && !entry.opens_window || entry.identity.starts_with("reaction:")),
            "{name}"
        );
    }
}

/// Those who look after the account read once which field it is about; the log says the fault; neither holds a value.
#[test]
fn people_are_told_once_of_each_kind() {
    for (name, kind, secret) in [
        ("messenger/aside/optin-as-text", "optin", "\"x\""),
        ("instagram/reaction/to-nothing", "reaction.mid", "❤"),
        ("messenger/half/unsend-without-mid", "message.mid", "is_deleted"),
        ("messenger/half/message-as-text-without-sides", "sender", "TEST_MESSAGE"),
        ("messenger/changes/unknown-field", "inbox_labels", "VIP"),
    ] {
        let (world, app) = addressed();
        let before = setup_lines(&world);
        let body = payload(name);
        // Each another event, the last one for a process that remembers nothing.
        for at in 0..4_i64 {
            let mut body = body.clone();
            let entry = &mut body["entry"][0];
            entry["time"] = (1_731_931_200_123 + at).into();
            match entry["messaging"].get_mut(0) {
                Some(item) => item["timestamp"] = (1_731_931_200_001 + at).into(),
                None => entry["changes"][0]["value"]["at"] = at.into(),
            }
            if at == 3 {
                app.restart();
            }
            hear(&app, &body);
        }
        let (rooms, setup) = shown(&world, before);
        assert_eq!((rooms.len(), setup.len()), (0, 1), "{name}: {setup:?}");
        assert!(setup[0].contains(&format!("does not know: `{kind}")), "{name}: {setup:?}");
        assert!(world.logged("webhook-malformed") || world.logged("webhook-unknown"), "{name}");
        world.assert_logs_hold_none_of(&[secret]);
    }
}

/// In a room as well, unless it is what the customer turns to the business with.
#[test]
fn an_unknown_kind_is_told_once_in_a_room() {
    let (world, app) = world();
    let at = world.now();
    for number in 0..3 {
        deliver(&app, "page", &item("page", at + number, &json!({ "teleport": { "to": number } })));
    }
    let unclear = "_sent something this version does not understand. It can be seen in Facebook._";
    assert_eq!(room(&world, "page"), [unclear]);
    deliver(&app, "page", &item("page", at + 5, &json!({ "hologram": {} })));
    for number in 6..8 {
        deliver(&app, "page", &item("page", at + number, &json!({ "message": 7 })));
    }
    assert_eq!(room(&world, "page"), [unclear; 4]);
}

#[test]
fn what_meta_does_to_a_page_is_said_in_words() {
    let restricted = "facebook.bot: [Meta has restricted Corner Shop | Sending messages: not allowed until 2024-11-19 12:00 UTC\nYou cannot send messages\nYour Page sent unwanted messages\nhttps://www.facebook.com/help/1]";
    for (name, expected) in [
        ("messenger/integrity/restricted", vec![restricted]),
        (
            "messenger/integrity/lifted-beside-the-items",
            vec![
                "facebook.bot: [Corner Shop is in good standing with Meta]",
                "facebook.bot: [Meta has changed what Corner Shop may do | Sending messages: allowed again]",
            ],
        ),
        (
            "messenger/integrity/in-changes",
            vec!["facebook.bot: [Meta warns Corner Shop about its messages | A picture of somebody else]"],
        ),
        (
            "messenger/integrity/one-bad-restriction",
            vec![
                "facebook.bot: [Meta has suspended Corner Shop | Publishing on the Page: not allowed\nChanging anything on the Page: not allowed\npage_teleport: not allowed]",
            ],
        ),
        (
            "messenger/half/policy-without-action",
            vec!["facebook.bot: [Meta warns Corner Shop about its messages | Too many complaints]"],
        ),
        ("messenger/calls/settings", vec!["facebook.bot: [Customers can call Corner Shop in Messenger now]"]),
        (
            "messenger/calls/settings-in-changes",
            vec!["facebook.bot: [Customers can no longer call Corner Shop in Messenger]"],
        ),
    ] {
        let (world, app) = addressed();
        let before = setup_lines(&world);
        let body = payload(name);
        hear(&app, &body);
        hear(&app, &body);
        assert_eq!(shown(&world, before), (vec![], expected.iter().map(|line| (*line).to_owned()).collect()), "{name}");
    }
}

#[test]
fn calls_are_a_line_in_the_open_room() {
    let (world, app) = addressed();
    let mut asked = payload("messenger/half/message-as-text");
    asked["entry"][0]["messaging"][0]["message"] = json!({ "mid": "m_q", "text": "Question" });
    hear(&app, &asked);
    for name in [
        "ringing-in-messaging",
        "answered-in-changes",
        "missed-in-changes",
        "by-the-business",
        "permission-given",
        "permission-declined",
    ] {
        hear(&app, &payload(&format!("messenger/calls/{name}")));
    }
    assert_eq!(
        shown(&world, 0).0,
        [
            "Question",
            "omni-direct.bot: _The customer called. The call was answered in Messenger and took 4 min._",
            "omni-direct.bot: _The customer called. Nobody answered._",
            "omni-direct.bot: _The customer allows calls from you until 2024-11-19 12:00 UTC._",
            "omni-direct.bot: _The customer does not allow calls from you._",
        ]
    );
}

/// The server takes for an answer what is one: not that somebody missed a call.
#[test]
fn a_missed_call_waits_and_one_that_was_taken_has_answered() {
    let (world, app) = addressed();
    let mut asked = payload("messenger/half/message-as-text");
    asked["entry"][0]["messaging"][0]["message"] = json!({ "mid": "m_q", "text": "Question" });
    hear(&app, &asked);
    for (name, answers) in [("missed-in-changes", 0), ("permission-declined", 0), ("answered-in-changes", 1)] {
        hear(&app, &payload(&format!("messenger/calls/{name}")));
        assert_eq!(world.rocket_chat().rooms[0].answers.len(), answers, "{name}");
    }
    assert_eq!(
        shown(&world, 0).0,
        [
            "Question",
            "_The customer called. Nobody answered._",
            "_The customer does not allow calls from you._",
            "omni-direct.bot: _The customer called. The call was answered in Messenger and took 4 min._",
        ]
    );
}

/// By name alone, with escapes for the emoji, without saying what was done: a reaction all the same.
#[test]
fn reactions_are_read_however_they_are_written() {
    for (name, emoji) in [
        ("emoji-escaped", ":heart:"),
        ("name-only", ":joy:"),
        ("emoji-as-name", ":open_mouth:"),
        ("without-action", ":thumbsup:"),
    ] {
        let (world, app) = addressed();
        let mut body = payload(&format!("instagram/reaction/{name}"));
        let reaction = body["entry"][0]["messaging"][0]["reaction"].take();
        let mut question = body.clone();
        question["entry"][0]["messaging"][0] = json!({ "sender": { "id": PEOPLE[0] }, "recipient": { "id": ACCOUNTS[0].1 }, "timestamp": 1, "message": { "mid": reaction["mid"], "text": "Hi" } });
        hear(&app, &question);
        body["entry"][0]["messaging"][0]["reaction"] = reaction;
        hear(&app, &body);
        let server = world.rocket_chat();
        let message = server.in_room("room-1")[0].id.clone();
        let set: Vec<&str> =
            server.message(&message).unwrap().reactions.iter().map(|(emoji, _)| emoji.as_str()).collect();
        assert_eq!(set, [emoji], "{name}");
    }
}
