//! Those who write while nobody is there.

use super::*;
use omni_core::store::{Rule, RuleKind};
use serde_json::json;

#[test]
fn what_was_written_while_nobody_was_there_is_shown_once_somebody_is() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    for (mid, text) in [("m_1", "Hello?"), ("m_2", "Nobody there?"), ("m_3", "I come back")] {
        assert_eq!(writes(&app, PERSON, mid, text), 200);
        world.advance(10 * MINUTE);
    }
    assert_eq!(world.rocket_chat().rooms.len(), 0);
    assert_eq!(world.meta().texts(), ["We are away."], "once per absence");
    for _ in 0..3 {
        world.advance(MINUTE);
        app.job("tick");
    }
    arrives(&app, "agent");
    let room = open_room(&world, PERSON);
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?", "Nobody there?", "I come back"]);
    let cards = cards_in(&world, &room);
    for (text, at) in [("Hello?", "2026-03-01 12:00 UTC"), ("Nobody there?", "2026-03-01 12:10 UTC")] {
        assert!(cards.iter().any(|(under, card)| under == text && card.contains(at)), "{cards:?}");
    }
    assert_eq!(world.meta().texts(), ["We are away.", "Welcome!"]);
    assert_eq!((stored(&world, "waiting"), stored(&world, "lease"), stored(&world, "due")), (0, 0, 0));
}

#[test]
fn files_that_wait_are_shown_in_their_place() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "Look:");
    let url = "https://scontent.xx.fbcdn.net/v/picture.jpg?oh=1";
    let item = json!({
        "sender": { "id": PERSON }, "recipient": { "id": PAGE }, "timestamp": world.now(),
        "message": { "mid": "m_2", "attachments": [{ "type": "image", "payload": { "url": url } }] },
    });
    assert_eq!(app.webhook(&delivery("page", PAGE, &item)).status, 200);
    writes(&app, PERSON, "m_3", "Nice?");
    arrives(&app, "agent");
    let room = open_room(&world, PERSON);
    let server = world.rocket_chat();
    let by_customer: Vec<_> =
        server.in_room(&room).into_iter().filter(|message| message.visitor_token.is_some()).collect();
    let shown: Vec<(&str, usize)> = by_customer.iter().map(|m| (m.text.as_str(), m.files.len())).collect();
    assert_eq!(shown, [("Look:", 0), ("", 1), ("Nice?", 0)]);
}

#[test]
fn the_next_absence_is_told_again() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "Hello?");
    arrives(&app, "agent");
    closes(&app, &open_room(&world, PERSON));
    leaves(&app, "agent");
    writes(&app, PERSON, "m_2", "Hello again?");
    assert_eq!(world.meta().texts(), ["We are away.", "Welcome!", "Goodbye!", "We are away."]);
}

#[test]
fn whatever_keeps_the_server_from_making_a_room_is_waited_for() {
    for (code, heal) in
        [("error-omnichannel-is-disabled", "tick"), ("error-app-prevented", "tick"), ("no-agent-online", "tick")]
    {
        let (world, app) = world(everything);
        world.faults_mut().fail_all("room_create", code);
        writes(&app, PERSON, "m_1", "Hello?");
        assert_eq!((world.rocket_chat().rooms.len(), world.meta().texts()), (0, vec!["We are away."]), "{code}");
        world.advance(MINUTE);
        app.job(heal);
        assert_eq!(world.rocket_chat().rooms.len(), 0, "{code}");
        world.faults_mut().heal();
        world.advance(MINUTE);
        app.job(heal);
        assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?"], "{code}");
        assert_eq!(stored(&world, "waiting"), 0, "{code}");
    }
}

#[test]
fn a_room_that_is_refused_for_a_reason_nobody_knows_is_waited_for_too() {
    let (world, app) = world(everything);
    world.faults_mut().fail_all("room_create", "error-strange");
    writes(&app, PERSON, "m_1", "Hello?");
    writes(&app, PERSON, "m_2", "Nobody?");
    assert!(world.meta().texts().is_empty(), "it may pass in a moment");
    for _ in 0..5 {
        world.advance(MINUTE);
        app.job("tick");
        world.settle();
    }
    assert_eq!(world.meta().texts(), ["We are away."]);
    let board = board(&world);
    assert!(board.contains("messages: 2"), "{board}");
    world.faults_mut().heal();
    world.advance(MINUTE);
    app.job("tick");
    world.settle();
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?", "Nobody?"]);
    assert_eq!(stored(&world, "waiting"), 0);
}

#[test]
fn omnichannel_switched_off_beneath_an_open_conversation_is_waited_for_too() {
    let (world, app) = world(everything);
    writes(&app, PERSON, "m_1", "Hello");
    let room = open_room(&world, PERSON);
    world.rocket_chat_mut().environment.omnichannel = false;
    writes(&app, PERSON, "m_2", "Still there?");
    writes(&app, PERSON, "m_3", "Nobody?");
    assert_eq!(world.meta().texts(), ["Welcome!", "We are away."]);
    assert!(board(&world).contains("messages: 2"));
    world.rocket_chat_mut().environment.omnichannel = true;
    world.advance(MINUTE);
    app.job("tick");
    world.settle();
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello", "Still there?", "Nobody?"]);
    assert_eq!(open_room(&world, PERSON), room);
    assert_eq!((stored(&world, "waiting"), world.meta().texts().len()), (0, 2));
}

#[test]
fn those_whom_another_app_objects_to_keep_nobody_else_waiting() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    let people: Vec<String> = (0..12).map(|at| format!("70{at:02}")).collect();
    for person in &people {
        writes(&app, person, &format!("m_{person}"), "Hello?");
        world.advance(MINUTE);
    }
    world.rocket_chat_mut().objected = people[..9].iter().map(|person| token(person)).collect();
    arrives(&app, "agent");
    for _ in 0..2 {
        world.advance(MINUTE);
        app.job("tick");
        world.settle();
    }
    for person in &people[9..] {
        assert_eq!(world.rocket_chat().visitor_texts(&token(person)), ["Hello?"], "{person}");
    }
    assert_eq!(stored(&world, "waiting"), 9);
    world.rocket_chat_mut().objected.clear();
    world.advance(MINUTE);
    app.job("tick");
    world.settle();
    assert_eq!(stored(&world, "waiting"), 0);
}

#[test]
fn where_the_app_may_not_write_the_customers_words_are_shown_all_the_same() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "Hello?");
    // Past the licence's monthly contacts the server takes messages of customers only.
    world.faults_mut().fail_all("post", "error-mac-limit-reached");
    arrives(&app, "agent");
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?"]);
    assert_eq!(stored(&world, "waiting"), 0);
}

#[test]
fn a_server_that_stumbles_while_it_serves_loses_nobody() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "Hello?");
    writes(&app, PERSON, "m_2", "Nobody?");
    world.advance(3 * 24 * HOUR);
    world.faults_mut().fail_all("visitor_message", "failed");
    arrives(&app, "agent");
    for _ in 0..3 {
        world.advance(MINUTE);
        app.job("tick");
        world.settle();
    }
    let board = board(&world);
    assert!(board.contains("messages: 2"), "{board}");
    world.faults_mut().heal();
    world.advance(MINUTE);
    app.job("tick");
    world.settle();
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?", "Nobody?"]);
    let cards = cards_in(&world, &open_room(&world, PERSON));
    assert_eq!(cards.iter().filter(|(_, card)| card.contains("2026-03-01 12:00 UTC")).count(), 1, "{cards:?}");
    assert_eq!((stored(&world, "waiting"), world.meta().texts()), (0, vec!["We are away."]));
}

#[test]
fn another_department_may_serve() {
    let (world, app) = world(|config| config.department = Some("night-department".into()));
    world.rocket_chat_mut().add_department("night", &["nobody"]);
    writes(&app, PERSON, "m_1", "Hello?");
    assert_eq!(world.rocket_chat().rooms.len(), 0);
    let day = world.rocket_chat_mut().add_department("day", &["agent"]);
    configure_page(&world, |config| config.department = Some(day.clone()));
    world.advance(MINUTE);
    app.job("tick");
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?"]);
}

#[test]
fn who_is_away_is_the_department_a_rule_chose() {
    let (world, app) = world(|config| {
        config.department = Some("day-department".into());
        config.offline = "{department} is away.".into();
        config.rules = vec![Rule {
            kind: RuleKind::Payload,
            value: "BUY".into(),
            department: Some("sales-department".into()),
            welcome: String::new(),
        }];
    });
    world.rocket_chat_mut().add_department("day", &["nobody"]);
    world.rocket_chat_mut().add_department("sales", &["nobody"]);
    for (person, payload) in [("6001", "BUY"), ("6002", "ASK")] {
        let item = json!({
            "sender": { "id": person }, "recipient": { "id": PAGE }, "timestamp": world.now(),
            "postback": { "mid": format!("m_{person}"), "title": "Start", "payload": payload },
        });
        assert_eq!(app.webhook(&delivery("page", PAGE, &item)).status, 200);
        app.deliver_events();
    }
    assert_eq!(world.meta().texts(), ["sales is away.", "day is away."]);
}

#[test]
fn a_new_message_opens_what_waits_too() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "first");
    world.rocket_chat_mut().online.insert("agent".into());
    writes(&app, PERSON, "m_2", "second");
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["first", "second"]);
    assert_eq!(stored(&world, "waiting"), 0);
}

#[test]
fn the_setup_channel_lists_who_waits_and_opens_on_request() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "Hello?");
    writes(&app, "6002", "m_2", "Me too");
    let board = board(&world);
    assert!(board.contains("Customer 6001") && board.contains("Customer 6002"), "{board}");
    assert!(board.contains("Corner Shop") && board.contains("2026-03-02 12:00 UTC"), "{board}");
    assert!(!board.contains("Hello?"), "nobody's words in the setup channel");
    let boards = setup_texts(&world, Channel::Facebook).len();
    let press = |who: &str| presses_open(&app, who, "6002");
    world.rocket_chat_mut().add_user("mallory", "Mallory", &["user"], "user");
    assert!(press("mallory").contains("Only"), "rights are checked");
    assert!(press("admin").contains("nobody can serve"));
    world.rocket_chat_mut().online.insert("agent".into());
    assert!(press("mallory").contains("Only"));
    assert_eq!(world.rocket_chat().rooms.len(), 0);
    assert!(press("admin").contains("is open"));
    assert_eq!(world.rocket_chat().visitor_texts(&token("6002")), ["Me too"]);
    assert_eq!(world.rocket_chat().visitor_texts(&token("6001")), Vec::<&str>::new(), "only the one asked for");
    assert!(press("admin").contains("no longer waits"));
    assert_eq!(setup_texts(&world, Channel::Facebook).len(), boards, "the list is rewritten, not repeated");
    arrives(&app, "agent");
    assert!(setup_texts(&world, Channel::Facebook).last().unwrap().contains("Nobody is waiting"));
}

#[test]
fn an_alarm_comes_before_a_window_ends_and_only_once() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "Hello?");
    let alarms = || setup_texts(&world, Channel::Facebook).iter().filter(|text| text.contains("⏰")).count();
    let mut seen = Vec::new();
    for hour in [21, 23, 24, 7 * 24 - 13, 7 * 24 - 11, 7 * 24 + 1] {
        let start = 1_772_366_400_000;
        world.advance(start + hour * HOUR - world.now());
        app.job("tick");
        app.job("tick");
        seen.push(alarms());
    }
    assert_eq!(seen, [0, 1, 1, 1, 2, 2]);
    arrives(&app, "agent");
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?"], "served even after both");
}

#[test]
fn the_originals_behaviour_can_be_chosen() {
    let (world, app) = world(everything);
    app.save_setting("offline_action", json!("message"));
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "Hello?");
    writes(&app, PERSON, "m_2", "Nobody?");
    assert_eq!(world.meta().texts(), ["We are away."]);
    arrives(&app, "agent");
    world.advance(MINUTE);
    app.job("tick");
    assert_eq!(world.rocket_chat().rooms.len(), 0);
    assert_eq!(stored(&world, "waiting"), 0);
    writes(&app, PERSON, "m_3", "Now?");
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Now?"]);
    leaves(&app, "agent");
}

#[test]
fn whoever_is_blocked_in_rocket_chat_is_told_nothing() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    world.faults_mut().fail_all("room_create", "error-contact-channel-blocked");
    writes(&app, PERSON, "m_1", "spam");
    assert_eq!((world.meta().texts().len(), stored(&world, "waiting")), (0, 0));
}

#[test]
fn those_who_are_refused_in_one_department_keep_nobody_in_another_waiting() {
    let (world, app) = world(|config| {
        everything(config);
        let department = Some("sales-department".into());
        config.rules = vec![Rule { kind: RuleKind::Payload, value: "BUY".into(), department, welcome: String::new() }];
    });
    world.rocket_chat_mut().add_department("sales", &["agent"]);
    leaves(&app, "agent");
    let people: Vec<String> = (0..24).map(|at| format!("70{at:02}")).collect();
    for (at, person) in people.iter().enumerate() {
        let payload = if at < 12 { "BUY" } else { "ASK" };
        let item = json!({
            "sender": { "id": person }, "recipient": { "id": PAGE }, "timestamp": world.now(),
            "postback": { "mid": format!("m_{person}"), "title": "Start", "payload": payload },
        });
        sends(&app, &item);
        world.advance(MINUTE);
    }
    let objected = people[..6].iter().chain(&people[12..]);
    world.rocket_chat_mut().objected = objected.map(|person| token(person)).collect();
    arrives(&app, "agent");
    minutes(&world, &app, 60);
    for person in &people[6..12] {
        assert_eq!(world.rocket_chat().visitor_texts(&token(person)), ["Start"], "{person}");
    }
}
