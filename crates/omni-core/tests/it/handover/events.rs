//! What Meta tells about who has a thread.

use super::*;
use omni_core::store::Routing;

#[test]
fn a_bot_hands_over_to_people_and_gets_the_thread_back() {
    for channel in NETWORKS {
        let scene = scene(channel);
        scene.set("handover_on_close", "default_app");
        scene.overheard("m_1", "Where is my parcel?");
        scene.deliver("standby", &json!({ "postback": { "mid": "m_2", "title": "Talk to us" } }));
        assert!(scene.world.rocket_chat().rooms.is_empty(), "no agent is called for what a bot answers");
        assert_eq!(scene.owner(), "someone");
        scene.given_to_us();
        // In the place of words of the customer's, who waits for an answer from now on.
        let said = scene.world.rocket_chat().visitor_texts(&scene.id.visitor_token()).join("\n");
        assert!(said.contains(BOT_NAME) && said.contains("`vip`"), "{said}");
        assert!(scene.lines().is_empty(), "{:?}", scene.lines());
        let before = scene.world.rocket_chat();
        let shown: Vec<String> =
            before.messages.iter().flat_map(|m| m.message.cards.clone()).filter_map(|c| c.text).collect();
        assert!(
            shown.iter().any(|text| text.contains("Where is my parcel?")),
            "the agent reads what was said: {shown:?}"
        );
        drop(before);
        scene.says("It is on its way");
        assert_eq!(scene.sent(), ["Anna Agent: It is on its way"]);
        assert_eq!(scene.owner(), "ours");
        let room = scene.room();
        scene.world.rocket_chat_mut().closes(&room).unwrap();
        scene.app.deliver_events();
        scene.world.settle();
        assert_eq!(scene.control_names(), ["pass"]);
        assert_eq!(scene.controls()[0].1["target_app_id"], Value::Null, "the default app");
        assert_eq!(scene.owner(), "someone");
        scene.quiet();
        scene.overheard("m_3", "Thanks");
        assert_eq!(scene.world.rocket_chat().open_rooms(&scene.id.visitor_token()).len(), 0);
        assert!(scene.sent().is_empty() && scene.controls().is_empty());
    }
}

/// Where the server leaves the app out, the line is the app's own, and holds the same.
#[test]
fn what_was_said_to_a_bot_stands_with_the_line_that_hands_over() {
    for channel in NETWORKS {
        let scene = scene(channel);
        scene.world.uncounted();
        scene.overheard("m_1", "Where is my parcel?");
        scene.given_to_us();
        assert_eq!(scene.lines().len(), 1, "{:?}", scene.lines());
        let server = scene.world.rocket_chat();
        let cards = || server.messages.iter().flat_map(|message| &message.message.cards);
        let asked =
            cards().filter(|card| card.text.as_deref().is_some_and(|text| text.contains("Where is my parcel?")));
        assert_eq!(asked.count(), 1, "{:?}", cards().collect::<Vec<_>>());
        drop(server);
        scene.deliver("messaging", &json!({ "message": { "mid": "m_2", "text": "Hello?" } }));
        let server = scene.world.rocket_chat();
        let with_card =
            |message: &&StoredMessage| format!("{:?}", message.message.cards).contains("Where is my parcel?");
        assert_eq!(server.messages.iter().filter(with_card).count(), 1, "once");
    }
}

#[test]
fn every_shape_of_the_events_is_read() {
    let us: u64 = APP_ID.parse().unwrap();
    let bot: u64 = BOT.parse().unwrap();
    for (name, list, members, owner) in [
        ("pass to us", "messaging", json!({ "pass_thread_control": { "new_owner_app_id": APP_ID } }), "ours"),
        ("as a number", "messaging", json!({ "pass_thread_control": { "new_owner_app_id": us } }), "ours"),
        (
            "from idle",
            "messaging",
            json!({ "pass_thread_control": { "previous_owner_app_id": null, "new_owner_app_id": us, "metadata": "" } }),
            "ours",
        ),
        ("to nobody named", "messaging", json!({ "pass_thread_control": { "metadata": "m" } }), "ours"),
        ("pass to another", "messaging", json!({ "pass_thread_control": { "new_owner_app_id": bot } }), BOT),
        (
            "take",
            "messaging",
            json!({ "take_thread_control": { "previous_owner_app_id": us, "new_owner_app_id": bot } }),
            BOT,
        ),
        (
            "take by nobody named",
            "messaging",
            json!({ "take_thread_control": { "previous_owner_app_id": us } }),
            "someone",
        ),
        (
            "take by the inbox",
            "messaging",
            json!({ "take_thread_control": { "new_owner_app_id": PAGE_INBOX } }),
            PAGE_INBOX,
        ),
        ("standby message", "standby", json!({ "message": { "mid": "m_9", "text": "x" } }), "someone"),
        ("standby postback", "standby", json!({ "postback": { "title": "x" } }), "someone"),
        ("message", "messaging", json!({ "message": { "mid": "m_9", "text": "x" } }), "unknown"),
        ("request", "messaging", json!({ "request_thread_control": { "requested_owner_app_id": bot } }), "unknown"),
        ("roles", "messaging", json!({ "app_roles": { BOT: ["primary_receiver"] } }), "unknown"),
    ] {
        let scene = open_scene(Channel::Facebook);
        scene.deliver(list, &members);
        assert_eq!(scene.owner(), owner, "{name}");
    }
}

#[test]
fn an_echo_on_standby_names_the_app_that_answers() {
    let scene = open_scene(Channel::Facebook);
    scene.world.uncounted();
    scene.world.advance(MINUTE);
    let echo = json!({
        "sender": { "id": PAGE }, "recipient": { "id": scene.id.person },
        "message": { "mid": "m_echo", "text": "From the inbox", "is_echo": true, "app_id": PAGE_INBOX.parse::<u64>().unwrap() },
    });
    scene.deliver("standby", &echo);
    assert_eq!(scene.owner(), PAGE_INBOX);
    assert!(scene.last_line().contains("the Page inbox"), "{}", scene.last_line());
}

#[test]
fn a_thread_passed_to_and_fro_does_not_fill_the_room() {
    let scene = open_scene(Channel::Facebook);
    scene.world.uncounted();
    scene.world.advance(MINUTE);
    for _ in 0..20 {
        scene.taken_by_bot();
        scene.given_to_us();
    }
    assert_eq!(scene.lines().len(), 1, "{:?}", scene.lines());
    assert!(scene.last_line().contains("was handed over"));
    scene.world.advance(10 * MINUTE);
    scene.taken_by_bot();
    assert_eq!(scene.lines().len(), 2, "a change that is news has a line of its own");
    for at in 0..20 {
        scene.overheard(&format!("m_b{at}"), "To the bot");
    }
    assert_eq!(scene.lines().len(), 2, "no change, no line");
}

#[test]
fn nor_does_it_while_no_note_may_stand_there() {
    let scene = open_scene(Channel::Facebook);
    let before = scene.world.rocket_chat().visitor_texts(&scene.id.visitor_token()).len();
    for _ in 0..5 {
        scene.taken_by_bot();
        scene.given_to_us();
    }
    assert!(scene.lines().is_empty(), "{:?}", scene.lines());
    assert_eq!(scene.world.rocket_chat().visitor_texts(&scene.id.visitor_token()).len(), before);
    let whispers = &scene.world.rocket_chat().whispers;
    assert!(whispers.last().expect("whoever serves is told").text.contains("was handed over"), "{whispers:?}");
}

#[test]
fn old_news_changes_nothing() {
    let scene = open_scene(Channel::Facebook);
    let early = scene.world.now();
    scene.world.advance(MINUTE);
    scene.given_to_us();
    let mut late = json!({ "take_thread_control": { "new_owner_app_id": BOT } });
    late["timestamp"] = early.into();
    scene.deliver("messaging", &late);
    assert_eq!(scene.owner(), "ours");
}

#[test]
fn an_app_that_asks_is_shown_and_gets_the_thread_by_a_button() {
    let scene = open_scene(Channel::Facebook);
    scene.world.uncounted();
    scene.world.advance(MINUTE);
    scene.deliver(
        "messaging",
        &json!({ "request_thread_control": { "requested_owner_app_id": BOT, "metadata": "sale" } }),
    );
    assert!(scene.last_line().contains(BOT_NAME) && scene.last_line().contains("`sale`"), "{}", scene.last_line());
    assert!(scene.controls().is_empty(), "people decide");
    scene.press("handover:pass");
    assert_eq!(scene.controls()[0].1["target_app_id"], BOT);
    assert_eq!(scene.owner(), BOT);
}

#[test]
fn an_app_that_asks_between_conversations_gets_the_thread() {
    let scene = scene(Channel::Facebook);
    scene.deliver("messaging", &json!({ "request_thread_control": { "requested_owner_app_id": BOT } }));
    assert_eq!(scene.control_names(), ["pass"]);
    assert_eq!(scene.owner(), BOT);
    assert!(scene.world.rocket_chat().rooms.is_empty());
}

#[test]
fn a_customer_who_asks_for_a_person_gets_a_conversation() {
    for channel in NETWORKS {
        for (members, asks) in [
            (json!({ "postback": { "mid": "m_2", "title": "Talk to a human" } }), true),
            (json!({ "postback": { "mid": "m_2", "title": "Menu", "payload": "HUMAN" } }), true),
            (json!({ "message": { "mid": "m_2", "text": "x", "quick_reply": { "payload": "human" } } }), true),
            (json!({ "message": { "mid": "m_2", "text": " talk to a HUMAN " } }), true),
            (json!({ "message": { "mid": "m_2", "text": "Is this a human?" } }), false),
            (json!({ "postback": { "mid": "m_2", "title": "Menu" } }), false),
        ] {
            let scene = scene(channel);
            scene.set("human_request_payloads", "HUMAN, Talk to a human");
            scene.overheard("m_1", "Where is my parcel?");
            scene.deliver("standby", &members);
            let rooms = scene.world.rocket_chat().open_rooms(&scene.id.visitor_token()).len();
            assert_eq!((rooms, scene.control_names().len()), if asks { (1, 1) } else { (0, 0) }, "{members}");
            if !asks {
                continue;
            }
            assert_eq!(scene.control_names(), ["request"]);
            let told = scene.whispers();
            assert!(told.iter().any(|told| told.starts_with("The customer asks for a person.")), "{told:?}");
            scene.says("Hi, I am Anna");
            assert!(scene.sent().is_empty(), "it waits for control");
            scene.given_to_us();
            assert_eq!(scene.sent(), ["Anna Agent: Hi, I am Anna"]);
        }
    }
}

#[test]
fn where_control_cannot_be_asked_for_a_human_it_is_taken() {
    let scene = scene(Channel::Instagram);
    scene.set("human_request_payloads", "human");
    scene.refuse("request", 100, None);
    scene.overheard("m_1", "human");
    assert_eq!(scene.control_names(), ["request", "take"]);
    assert_eq!(scene.owner(), "ours");
}

#[test]
fn roles_tell_the_default_app() {
    let scene = scene(Channel::Facebook);
    let roles = |members: Value| {
        let item = json!({ "recipient": { "id": PAGE }, "timestamp": scene.world.now(), "app_roles": members });
        assert_eq!(scene.app.webhook(&delivery("page", PAGE, &item)).status, 200);
        scene.world.settle();
        scene.world.advance(1_000);
        let known: Vec<Routing> = scene.world.rocket_chat().stored();
        known.into_iter().next().and_then(|routing| routing.default_app).map(|app| app.to_string())
    };
    assert_eq!(roles(json!({ APP_ID: ["secondary_receiver"] })), None);
    assert_eq!(roles(json!({ APP_ID: ["primary_receiver"] })).as_deref(), Some(APP_ID));
    assert_eq!(roles(json!({ BOT: ["primary_receiver"], APP_ID: ["secondary_receiver"] })).as_deref(), Some(BOT));
    assert_eq!(roles(json!({ BOT: [] })), None);
}

#[test]
fn nothing_is_answered_while_another_app_has_the_thread() {
    let scene = scene(Channel::Facebook);
    let mut account = page_account(scene.world.now());
    account.config.welcome = "Welcome!".to_owned();
    scene.world.rocket_chat_mut().records.clear();
    scene.world.rocket_chat_mut().store(&account);
    scene.overheard("m_1", "To the bot");
    scene.tick(2);
    assert!(scene.sent().is_empty());
}
