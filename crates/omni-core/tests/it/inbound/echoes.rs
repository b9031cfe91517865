//! Whose an echo is while a message of ours is on its way: told by what it says, never by when it comes.

use super::*;
use omni_core::store::{MessageRecord, MessageState, OutgoingMessage, Part, PartState};

const ANSWER: &str = "Anna Agent: Answer";
const SHOWN: &str = "agent: Answer";

/// A customer's question on Instagram and an agent's answer whose request Meta took without a word back.
fn unanswered(seed: u64) -> (World, Instance) {
    let (world, app) = furnish(World::seeded(seed));
    customer_writes(&app, "instagram", "m_1", "Question");
    world.advance(1_000);
    world.meta_mut().expect("POST", "/messages").lost("timeout");
    app.agent_says("agent", "room-1", "Answer");
    app.deliver_events();
    world.settle();
    assert_eq!(room(&world, "instagram"), ["Question", SHOWN]);
    (world, app)
}

/// The id that Meta gave the answer.
fn given(world: &World) -> String {
    let meta = world.meta();
    meta.requests.iter().find_map(|request| request.mid.clone()).expect("a message that Meta took")
}

fn echoed(world: &World, message: &Value) -> Value {
    let mut message = message.clone();
    message["is_echo"] = true.into();
    echo("instagram", world.now(), &json!({ "message": message }))
}

fn says(mid: &str, text: &str) -> Value {
    json!({ "mid": mid, "text": text })
}

fn elsewhere(text: &str) -> String {
    format!("omni-direct.bot: [Written as @corner.shop outside Rocket.Chat | {text}]")
}

/// The minutes after, on every instance.
fn later(world: &World, apps: &[&Instance]) {
    for _ in 0..20 {
        world.advance(60_000);
        for app in apps {
            app.job("tick");
        }
        world.settle();
    }
}

#[test]
fn staffs_other_words_are_shown_while_a_send_has_no_answer() {
    let (world, app) = unanswered(1);
    let picture = json!({ "mid": "m_picture", "attachments": [{ "type": "image", "payload": { "url": "https://scontent.cdninstagram.com/a.jpg" } }] });
    for message in [says("m_phone", "Something else"), picture] {
        let (before, event) = (world.now(), echoed(&world, &message));
        deliver(&app, "instagram", &event);
        deliver(&app, "instagram", &event);
        assert_eq!(world.now(), before, "nobody waits for anything");
    }
    let expected = [
        "Question".to_owned(),
        SHOWN.to_owned(),
        elsewhere("Something else"),
        "omni-direct.bot: [Written as @corner.shop outside Rocket.Chat] [Image | →https://scontent.cdninstagram.com/a.jpg]".to_owned(),
    ];
    assert_eq!(room(&world, "instagram"), expected);
    deliver(&app, "instagram", &echoed(&world, &says(&given(&world), ANSWER)));
    later(&world, &[&app]);
    assert_eq!(room(&world, "instagram"), expected, "our own comes back and is not shown again");
    assert_eq!(world.meta().texts(), [ANSWER]);
    let entries: Vec<MessageRecord> = world.rocket_chat().stored();
    assert!(entries.iter().all(MessageRecord::is_settled), "{entries:?}");
}

/// Staff type the very words that an agent sends: two messages at Meta, two in the room.
#[test]
fn the_same_words_twice_are_told_apart_once_the_send_is_settled() {
    // Whether Meta had taken the answer.
    for taken in [true, false] {
        let (world, app) = unanswered(1);
        if !taken {
            world.meta_mut().expect("GET", "/conversations").json(json!({ "data": [] })).times(10);
        }
        deliver(&app, "instagram", &echoed(&world, &says("m_phone", "Anna  Agent: Answer ")));
        assert_eq!(room(&world, "instagram").len(), 2, "it may be ours");
        // What the customer writes meanwhile is not kept waiting.
        customer_writes(&app, "instagram", "m_2", "Thanks");
        assert_eq!(room(&world, "instagram").len(), 3);
        later(&world, &[&app]);
        let expected = ["Question".to_owned(), SHOWN.to_owned(), "Thanks".to_owned(), elsewhere("Anna  Agent: Answer")];
        assert_eq!(room(&world, "instagram"), expected, "taken {taken}");
        assert_eq!(
            world.meta().sent_to("POST", "/messages").iter().filter(|sent| sent.body["message"].is_object()).count(),
            if taken { 1 } else { 2 }
        );
    }
}

/// An echo that waits has its turn in the minute in which the answer is settled.
#[test]
fn what_waited_for_a_send_is_shown_once_that_is_settled() {
    let (world, app) = unanswered(1);
    deliver(&app, "instagram", &echoed(&world, &says("m_phone", ANSWER)));
    let leaves = || {
        let entries: Vec<MessageRecord> = world.rocket_chat().stored();
        entries.iter().any(|entry| match &entry.state {
            MessageState::Outgoing(sent) => sent.parts.iter().any(|part| part.state == PartState::InFlight),
            _ => false,
        })
    };
    let mut minutes = 0;
    while leaves() {
        assert_eq!(room(&world, "instagram").len(), 2, "it may be ours");
        world.advance(60_000);
        app.job("tick");
        world.settle();
        minutes += 1;
        assert!(minutes < 20, "Meta is asked what became of the answer");
    }
    assert_eq!(room(&world, "instagram")[2..], [elsewhere(ANSWER)]);
}

/// The instance that sends, the one that hears the echo, and a crash of either: shown once, or not where it is ours.
#[test]
fn with_two_instances_and_crashes() {
    for seed in 0..12 {
        for ours in [true, false] {
            let (world, app) = unanswered(seed);
            let other = world.instance();
            let mid = if ours { given(&world) } else { "m_phone".to_owned() };
            let request = webhook_request(&body("instagram", &echoed(&world, &says(&mid, ANSWER))).to_string());
            let heard = if seed % 2 == 0 { &app } else { &other };
            for app in [heard, heard, &other] {
                let request = request.clone();
                app.start(async move |session| session.receive_webhook(request).await);
            }
            world.advance(2_000 + 1_000 * i64::try_from(seed).unwrap());
            match seed % 3 {
                0 => heard.restart(),
                1 => app.restart(),
                _ => {}
            }
            world.settle();
            later(&world, &[&app, &other]);
            let echo = elsewhere(ANSWER);
            let mut expected = vec!["Question", SHOWN];
            if !ours {
                expected.push(&echo);
            }
            assert_eq!(room(&world, "instagram"), expected, "seed {seed}, ours {ours}");
            assert_eq!(world.meta().texts(), [ANSWER], "seed {seed}, ours {ours}");
        }
    }
}

/// Of what Meta never said whether it has it, the echo is the answer.
#[test]
fn what_was_never_settled_is_known_by_its_words() {
    let (world, app) = unanswered(1);
    let at = world.now();
    world.meta_mut().expect("GET", "/conversations").error(400, 200, None).always();
    later(&world, &[&app]);
    for (mid, text) in [("m_late", ANSWER), ("m_phone", "Something else")] {
        let message = json!({ "message": { "mid": mid, "text": text, "is_echo": true } });
        deliver(&app, "instagram", &echo("instagram", at + 1_000, &message));
    }
    let shown = room(&world, "instagram");
    assert_eq!(shown.last(), Some(&elsewhere("Something else")), "{shown:?}");
    assert!(!shown.contains(&elsewhere(ANSWER)), "{shown:?}");
}

/// Where Instagram does repeat what went along, or the app, that says it all.
#[test]
fn what_went_along_is_believed() {
    let (world, app) = unanswered(1);
    let sent = world.meta().messages()[0]["message"]["metadata"].clone();
    assert!(sent.is_string(), "it goes along on Instagram too");
    let with = |mid: &str, key: &str, value: &Value| {
        let mut message = says(mid, ANSWER);
        message[key] = value.clone();
        message
    };
    for (message, ours) in [
        (with("m_a", "metadata", &sent), true),
        (with("m_b", "app_id", &json!(APP_ID)), true),
        (with("m_c", "app_id", &json!("4711")), false),
    ] {
        let before = (world.now(), room(&world, "instagram").len());
        deliver(&app, "instagram", &echoed(&world, &message));
        assert_eq!(
            (world.now(), room(&world, "instagram").len()),
            (before.0, before.1 + usize::from(!ours)),
            "{message}"
        );
    }
}

/// Another workspace's note is none of ours.
#[test]
fn a_note_that_names_no_message_of_ours_says_nothing() {
    let (world, app) = world();
    customer_writes(&app, "instagram", "m_1", "Question");
    let message = json!({ "mid": "m_x", "text": "From the other desk", "metadata": "omni-direct:000000000000" });
    deliver(&app, "instagram", &echoed(&world, &message));
    assert_eq!(room(&world, "instagram")[1..], [elsewhere("From the other desk")]);
}

/// An agent's message on its way from another instance while its echo comes in here.
#[test]
fn an_echo_that_is_faster_than_the_answer_is_ours() {
    for settles in [true, false] {
        let (world, app) = world();
        customer_writes(&app, "instagram", "m_1", "Question");
        let entry = |state| MessageRecord {
            entry_id: "e".to_owned(),
            conversation: conversation("instagram"),
            identity: "agent:x".to_owned(),
            stored_at: world.now(),
            event_at: world.now(),
            opens_window: false,
            segment: None,
            state: MessageState::Outgoing(OutgoingMessage {
                message_id: "x".to_owned(),
                room_id: "room-1".to_owned(),
                parts: vec![Part { text: "Answer".to_owned(), state, ..Part::default() }],
                ..OutgoingMessage::default()
            }),
        };
        world.rocket_chat_mut().store(&entry(PartState::InFlight));
        let request = webhook_request(&body("instagram", &echoed(&world, &says("m_fast", "Answer"))).to_string());
        let began = world.now();
        let pending = app.start(async move |session| session.receive_webhook(request).await);
        world.advance(2_000);
        if settles {
            let sent = entry(PartState::Sent { mid: "m_fast".into() });
            let mut server = world.rocket_chat_mut();
            let at = server.records.iter().position(|record| record.data["entry_id"] == "e").unwrap();
            server.records.remove(at);
            server.store(&sent);
        }
        world.settle();
        assert!(pending.answered_at().expect("an answer") - began < 5_000, "Meta does not wait for it");
        assert_eq!(room(&world, "instagram"), ["Question"]);
        let entries: Vec<MessageRecord> = world.rocket_chat().stored();
        let waits = entries.iter().any(|entry| entry.identity.starts_with("echo:") && entry.waits());
        assert_eq!(waits, !settles, "it waits for as long as nobody knows");
    }
}
