//! What happens to messages afterwards: reactions, edits, unsends, receipts, echoes.

use super::*;
use omni_core::store::MessageRecord;

/// A room in which the customer wrote `m_1` and the agent answered with a message of Meta's id `m_sent_1`.
fn talk(object: &str) -> (World, Instance) {
    let (world, app) = world();
    customer_writes(&app, object, "m_1", "Question");
    world.advance(1_000);
    app.agent_says("agent", "room-1", "Answer");
    app.deliver_events();
    world.settle();
    assert_eq!(room(&world, object).len(), 2, "question and answer");
    (world, app)
}

fn reactions(world: &World, message_id: &str) -> Vec<String> {
    let server = world.rocket_chat();
    let stored = server.message(message_id).expect("the message");
    stored.reactions.iter().map(|(emoji, by)| format!("{emoji} {by}")).collect()
}

fn react(mid: &str, emoji: Option<&str>) -> Value {
    match emoji {
        Some(emoji) => json!({ "reaction": { "mid": mid, "action": "react", "reaction": "other", "emoji": emoji } }),
        None => json!({ "reaction": { "mid": mid, "action": "unreact" } }),
    }
}

#[test]
fn reactions_stand_on_the_mirrored_message() {
    for object in ["page", "instagram"] {
        let (world, app) = talk(object);
        let mut at = world.now();
        for (mid, message, emoji, expected) in [
            ("m_1", "message-1", Some("❤️"), vec![":heart: omni-direct.bot"]),
            ("m_1", "message-1", Some("👍🏿"), vec![":thumbsup: omni-direct.bot"]),
            ("m_1", "message-1", None, vec![]),
            ("m_sent_1", "message-2", Some("😂"), vec![":joy: omni-direct.bot"]),
            ("m_sent_1", "message-2", None, vec![]),
            ("m_1", "message-1", None, vec![]),
        ] {
            at += 1;
            let event = item(object, at, &react(mid, emoji));
            deliver(&app, object, &event);
            deliver(&app, object, &event);
            assert_eq!(reactions(&world, message), expected, "{mid} {emoji:?} on {object}");
        }
        assert_eq!(room(&world, object).len(), 2, "nothing is said about it");
        assert!(!world.meta().actions().contains(&"react"), "the app's own reaction does not go back to Meta");
    }
}

#[test]
fn a_reaction_without_an_emoji_of_the_servers_is_said() {
    let (world, app) = talk("page");
    deliver(&app, "page", &item("page", world.now(), &react("m_1", Some("🦄"))));
    world.faults_mut().fail_all("react", "not-authorized");
    deliver(&app, "page", &item("page", world.now() + 1, &react("m_1", Some("❤️"))));
    deliver(&app, "page", &item("page", world.now() + 2, &react("m_unknown", Some("❤️"))));
    let quote = "[@Facebook 6001 | Question | re https://chat.example.com/live/room-1?msg=message-1]";
    assert_eq!(
        room(&world, "page")[2..],
        [
            format!("omni-direct.bot: _The customer reacted with 🦄_ {quote}"),
            format!("omni-direct.bot: _The customer reacted with ❤️_ {quote}"),
            "omni-direct.bot: _The customer reacted with ❤️_ [About an earlier message]".to_owned(),
        ]
    );
}

#[test]
fn a_reaction_opens_the_window() {
    let (world, app) = talk("page");
    world.advance(25 * 60 * 60 * 1000);
    deliver(&app, "page", &item("page", world.now(), &react("m_1", Some("❤️"))));
    app.agent_says("agent", "room-1", "Late answer");
    app.deliver_events();
    let meta = world.meta();
    let last = meta.messages().last().copied().expect("it was sent").clone();
    assert_eq!(last["messaging_type"], "RESPONSE");
}

#[test]
fn edits_change_the_mirrored_message() {
    let edit = |mid: &str, text: &str, number: i64| json!({ "message_edit": { "mid": mid, "text": text, "num_edit": number } });
    for object in ["page", "instagram"] {
        let (world, app) = talk(object);
        for (members, expected) in [
            (edit("m_1", "Question, better", 1), "Question, better"),
            (edit("m_1", "Question @all, best", 3), "Question @\u{200B}all, best"),
            (edit("m_1", "overtaken", 2), "Question @\u{200B}all, best"),
            (edit("m_1", "Question @all, best", 3), "Question @\u{200B}all, best"),
        ] {
            deliver(&app, object, &item(object, world.now(), &members));
            assert_eq!(room(&world, object)[0], expected);
        }
        assert_eq!(room(&world, object).len(), 2);
        deliver(&app, object, &item(object, world.now(), &edit("m_gone", "New words", 1)));
        assert_eq!(room(&world, object)[2], "New words [Edited an earlier message]");
    }
}

fn unsend(mid: &str) -> Value {
    json!({ "message": { "mid": mid, "is_deleted": true } })
}

/// A message with a text and a file, taken back, by setting.
#[test]
fn unsends_do_what_the_setting_says() {
    let note = "_The customer took back this message in Instagram._";
    for (setting, expected, files) in [
        (
            "keep",
            vec![
                "Oops".to_owned(),
                "<secret.jpg>".to_owned(),
                format!("{note} [@Instagram 7001 | Oops | re https://chat.example.com/live/room-1?msg=message-1]"),
            ],
            1,
        ),
        ("mark", vec![note.to_owned()], 0),
        ("delete", vec![], 0),
    ] {
        let (world, app) = world();
        world.rocket_chat_mut().settings.insert("unsend_action".to_owned(), setting.into());
        let attachments =
            json!([{ "type": "image", "payload": { "url": "https://scontent.cdninstagram.com/v/secret.jpg" } }]);
        let message = json!({ "message": { "mid": "m_1", "text": "Oops", "attachments": attachments } });
        deliver(&app, "instagram", &item("instagram", world.now(), &message));
        let event = item("instagram", world.now() + 5, &unsend("m_1"));
        deliver(&app, "instagram", &event);
        deliver(&app, "instagram", &event);
        assert_eq!(room(&world, "instagram"), expected, "{setting}");
        assert_eq!(world.rocket_chat().files.len(), files, "{setting}");
        let records = world.rocket_chat().records.iter().map(|record| record.data.to_string()).collect::<String>();
        assert!(!records.contains("Oops"), "no copy stays in store");
    }
}

#[test]
fn a_bare_file_taken_back_leaves_a_note() {
    let (world, app) = world();
    let attachments = json!([{ "type": "image", "payload": { "url": "https://scontent.cdninstagram.com/v/a.jpg" } }]);
    let message = json!({ "message": { "mid": "m_1", "attachments": attachments } });
    deliver(&app, "instagram", &item("instagram", world.now(), &message));
    assert_eq!(room(&world, "instagram"), ["<a.jpg>"]);
    deliver(&app, "instagram", &item("instagram", world.now(), &unsend("m_1")));
    assert_eq!(room(&world, "instagram"), ["_The customer took back this message in Instagram._"]);
    assert!(world.rocket_chat().files.is_empty());
}

#[test]
fn unsupported_content_that_is_taken_back_leaves_no_copy() {
    let (world, app) = world();
    let message = json!({ "message": { "mid": "m_secret_shape", "is_unsupported": true } });
    deliver(&app, "instagram", &item("instagram", world.now(), &message));
    deliver(&app, "instagram", &item("instagram", world.now(), &unsend("m_secret_shape")));
    let entries: Vec<MessageRecord> = world.rocket_chat().stored();
    assert!(entries.iter().all(|entry| entry.event().is_none()));
}

#[test]
fn a_message_the_business_takes_back_elsewhere_is_noted() {
    let (world, app) = talk("instagram");
    let event = echo(
        "instagram",
        world.now(),
        &json!({ "message": { "mid": "m_sent_1", "is_deleted": true, "is_echo": true } }),
    );
    deliver(&app, "instagram", &event);
    let room = room(&world, "instagram");
    assert_eq!(room[1], "agent: Answer");
    assert_eq!(
        room[2],
        "omni-direct.bot: _This message was taken back in Instagram: the customer no longer sees it._ \
         [@Anna Agent | Answer | re https://chat.example.com/live/room-1?msg=message-2]"
    );
}

#[test]
fn receipts_move_along() {
    let (world, app) = talk("page");
    let first = world.now();
    world.advance(5_000);
    app.agent_says("agent", "room-1", "More");
    app.deliver_events();
    world.settle();
    let second = world.now();
    let delivered = |at: i64| json!({ "delivery": { "watermark": at } });
    let read = |at: i64| json!({ "read": { "watermark": at } });
    for (members, on_first, on_second) in [
        (delivered(first), vec![":white_check_mark: omni-direct.bot"], vec![]),
        (delivered(second), vec![], vec![":white_check_mark: omni-direct.bot"]),
        (read(first), vec![":eyes: omni-direct.bot"], vec![":white_check_mark: omni-direct.bot"]),
        (read(second), vec![], vec![":eyes: omni-direct.bot"]),
        (read(first), vec![], vec![":eyes: omni-direct.bot"]),
        (delivered(second), vec![], vec![":eyes: omni-direct.bot"]),
        (read(1), vec![], vec![":eyes: omni-direct.bot"]),
    ] {
        deliver(&app, "page", &item("page", second, &members));
        assert_eq!(
            (reactions(&world, "message-2"), reactions(&world, "message-3")),
            (strings(&on_first), strings(&on_second)),
            "{members}"
        );
    }
    assert_eq!(room(&world, "page").len(), 3);
}

fn strings(of: &[&str]) -> Vec<String> {
    of.iter().map(|one| (*one).to_owned()).collect()
}

#[test]
fn instagram_says_which_message_was_read() {
    let (world, app) = talk("instagram");
    deliver(&app, "instagram", &item("instagram", world.now(), &json!({ "read": { "mid": "m_sent_1" } })));
    assert_eq!(reactions(&world, "message-2"), [":eyes: omni-direct.bot"]);
    deliver(&app, "instagram", &item("instagram", world.now(), &json!({ "read": { "mid": "m_unknown" } })));
    assert_eq!(reactions(&world, "message-2"), [":eyes: omni-direct.bot"]);
}

#[test]
fn our_own_echoes_are_not_shown_again() {
    for (object, message) in [
        ("page", json!({ "is_echo": true, "app_id": 1, "mid": "m_sent_1", "text": "Anna Agent: Answer" })),
        ("page", json!({ "is_echo": true, "app_id": APP_ID, "mid": "m_other", "text": "x" })),
        ("instagram", json!({ "is_echo": true, "mid": "m_sent_1", "text": "Anna Agent: Answer" })),
    ] {
        let (world, app) = talk(object);
        deliver(&app, object, &echo(object, world.now(), &json!({ "message": message })));
        assert_eq!(room(&world, object).len(), 2, "{message}");
    }
}

#[test]
fn what_the_business_writes_elsewhere_is_shown_as_such() {
    for object in ["page", "instagram"] {
        let (world, app) = talk(object);
        let account = if object == "page" { "Corner Shop" } else { "@corner.shop" };
        let attachments = json!([{ "type": "image", "payload": { "url": "https://scontent.xx.fbcdn.net/x.jpg" } }]);
        let message = json!({ "is_echo": true, "mid": "m_phone", "text": "From my phone", "attachments": attachments });
        let event = echo(object, world.now(), &json!({ "message": message }));
        deliver(&app, object, &event);
        deliver(&app, object, &event);
        assert_eq!(
            room(&world, object)[2..],
            [format!(
                "omni-direct.bot: [Written as {account} outside Rocket.Chat | From my phone] [Image | →https://scontent.xx.fbcdn.net/x.jpg]"
            )]
        );
        assert_eq!(world.meta().messages().len(), 1, "and is not sent to the customer");
    }
}

#[test]
fn an_echo_from_elsewhere_without_a_room_waits_for_one() {
    let (world, app) = world();
    let message = json!({ "is_echo": true, "mid": "m_phone", "text": "We called you" });
    deliver(&app, "instagram", &echo("instagram", world.now(), &json!({ "message": message })));
    assert!(transcript(&world, "instagram").is_empty());
    customer_writes(&app, "instagram", "m_1", "Thanks");
    assert_eq!(room(&world, "instagram"), ["Thanks [Written as @corner.shop outside Rocket.Chat | We called you]"]);
}

#[test]
fn another_apps_echo_does_not_wait_for_ours() {
    let (world, app) = world();
    customer_writes(&app, "page", "m_1", "Question");
    let message = json!({ "is_echo": true, "mid": "m_inbox", "app_id": 263_902_037_430_900_i64, "text": "Inbox" });
    let before = world.now();
    deliver(&app, "page", &echo("page", world.now(), &json!({ "message": message })));
    assert_eq!(world.now(), before);
    assert_eq!(room(&world, "page")[1], "omni-direct.bot: [Written as Corner Shop outside Rocket.Chat | Inbox]");
}
