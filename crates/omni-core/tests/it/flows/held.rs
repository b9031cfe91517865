//! What customers and administrators do while messages wait for somebody who can serve.

use super::*;
use omni_core::store::{Rule, RuleKind};

#[test]
fn what_was_kept_is_shown_though_the_setting_says_message_only_by_now() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "Hello?");
    app.save_setting("offline_action", json!("message"));
    writes(&app, PERSON, "m_2", "Nobody?");
    arrives(&app, "agent");
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?", "Nobody?"]);
    assert_eq!(stored(&world, "waiting"), 0);
}

#[test]
fn what_was_taken_back_is_not_shown_edited_or_not() {
    for edited in [false, true] {
        let (world, app) = world(everything);
        leaves(&app, "agent");
        writes(&app, PERSON, "m_1", "My address");
        world.advance(1_000);
        if edited {
            let edit = json!({ "message_edit": { "mid": "m_1", "text": "My new address", "num_edit": 1 } });
            sends(&app, &event(&world, &edit));
            world.advance(1_000);
        }
        sends(&app, &event(&world, &json!({ "message": { "mid": "m_1", "is_deleted": true } })));
        arrives(&app, "agent");
        minutes(&world, &app, 3);
        assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), Vec::<&str>::new());
        assert_eq!((world.rocket_chat().rooms.len(), stored(&world, "waiting")), (0, 0), "nobody waits any more");
    }
}

#[test]
fn a_number_behind_a_message_that_waits_is_no_mark() {
    let (world, app) = world(|config| config.survey = "How was it?".into());
    writes(&app, PERSON, "m_1", "Hello");
    closes(&app, &open_room(&world, PERSON));
    leaves(&app, "agent");
    world.advance(10 * MINUTE);
    writes(&app, PERSON, "m_2", "How many may I order?");
    writes(&app, PERSON, "m_3", "2");
    arrives(&app, "agent");
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello", "How many may I order?", "2"]);
}

#[test]
fn a_reaction_to_what_waits_is_set_once_that_is_shown_and_moves_the_end() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "Hello?");
    world.advance(20 * HOUR);
    let reaction = json!({ "reaction": { "reaction": "love", "emoji": "❤", "action": "react", "mid": "m_1" } });
    sends(&app, &event(&world, &reaction));
    world.advance(3 * HOUR);
    minutes(&world, &app, 2);
    assert_eq!(announced(&world, "⏰"), 0, "the reaction opened the window anew");
    assert!(board(&world).contains("messages: 1"), "it is no message");
    arrives(&app, "agent");
    let room = open_room(&world, PERSON);
    assert!(!texts_in(&world, &room).iter().any(|text| text.contains('❤')), "it is on the message");
    let server = world.rocket_chat();
    let message = server.in_room(&room).into_iter().find(|message| message.text == "Hello?").unwrap().id.clone();
    assert!(!server.message(&message).unwrap().reactions.is_empty());
}

#[test]
fn a_reaction_to_something_older_moves_the_end_too() {
    let (world, app) = world(everything);
    writes(&app, PERSON, "m_1", "Hello");
    closes(&app, &open_room(&world, PERSON));
    leaves(&app, "agent");
    writes(&app, PERSON, "m_2", "Hello?");
    world.advance(20 * HOUR);
    let reaction = json!({ "reaction": { "reaction": "love", "emoji": "❤", "action": "react", "mid": "m_1" } });
    sends(&app, &event(&world, &reaction));
    world.advance(3 * HOUR);
    minutes(&world, &app, 2);
    assert_eq!(announced(&world, "⏰"), 0);
}

#[test]
fn the_time_is_marked_though_another_room_has_it_already() {
    let (world, app) = world(everything);
    writes(&app, PERSON, "m_1", "Hello");
    closes(&app, &open_room(&world, PERSON));
    leaves(&app, "agent");
    world.advance(20_000);
    writes(&app, PERSON, "m_2", "Wait");
    world.advance(3 * HOUR);
    arrives(&app, "agent");
    let cards = cards_in(&world, &open_room(&world, PERSON));
    assert!(cards.iter().any(|(_, card)| card.contains("2026-03-01 12:00 UTC")), "{cards:?}");
}

#[test]
fn the_department_stays_though_the_message_that_chose_it_is_taken_back() {
    let (world, app) = world(|config| {
        let (kind, department) = (RuleKind::Ref, Some("sales-department".into()));
        config.rules = vec![Rule { kind, value: "sale".into(), department, welcome: String::new() }];
    });
    world.rocket_chat_mut().add_department("sales", &["agent"]);
    leaves(&app, "agent");
    let referral = json!({ "ref": "sale", "source": "SHORTLINK", "type": "OPEN_THREAD" });
    sends(&app, &event(&world, &json!({ "message": { "mid": "m_1", "text": "Hi", "referral": referral } })));
    world.advance(1_000);
    writes(&app, PERSON, "m_2", "I want the sale");
    sends(&app, &event(&world, &json!({ "message": { "mid": "m_1", "is_deleted": true } })));
    arrives(&app, "agent");
    let room = open_room(&world, PERSON);
    assert_eq!(world.rocket_chat().room(&room).unwrap().department.as_deref(), Some("sales-department"));
}

#[test]
fn nobody_reads_that_nobody_is_there_once_somebody_is() {
    let (world, app) = world(everything);
    app.job("tick");
    leaves(&app, "agent");
    // It ends as soon as it is noted what to say.
    app.crash_after("store_create", 3);
    let item = text_item(PERSON, PAGE, "m_1", world.now(), "Hello?");
    let request = webhook_request(&delivery("page", PAGE, &item).to_string());
    app.answer(async move |session| session.receive_webhook(request).await);
    world.settle();
    assert_eq!((app.has_crashed(), stored(&world, "due")), (true, 1));
    world.advance(2 * HOUR);
    app.restart();
    arrives(&app, "agent");
    minutes(&world, &app, 5);
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?"]);
    assert_eq!(world.meta().texts(), ["Welcome!"]);
}

#[test]
fn what_waits_for_meta_is_not_said_any_more_once_somebody_is_there() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    world.meta_mut().expect("POST", "/messages").times(2).error(400, 613, None);
    writes(&app, PERSON, "m_1", "Hello?");
    arrives(&app, "agent");
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?"]);
    minutes(&world, &app, 30);
    assert_eq!(world.meta().texts(), ["Welcome!"]);
}

#[test]
fn what_is_given_up_with_its_account_is_said() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "Hello?");
    world.rocket_chat_mut().records.retain(|record| !(record.data["kind"] == "account" && record.data["id"] == PAGE));
    app.restart();
    let opened = presses_open(&app, "admin", PERSON);
    assert!(opened.contains("not connected any more"), "{opened}");
    assert_eq!(announced(&world, "were given up"), 0);
    for _ in 0..8 {
        world.advance(24 * HOUR);
        minutes(&world, &app, 2);
    }
    assert_eq!((announced(&world, "were given up"), stored(&world, "waiting")), (1, 0));
}

#[test]
fn where_only_the_message_is_sent_the_next_question_finds_its_own_department() {
    let (world, app) = world(|config| {
        everything(config);
        let department = Some("sales-department".into());
        config.rules = vec![Rule { kind: RuleKind::Ref, value: "sale".into(), department, welcome: String::new() }];
    });
    world.rocket_chat_mut().add_department("sales", &["nobody"]);
    app.save_setting("offline_action", json!("message"));
    let referral = json!({ "ref": "sale", "source": "SHORTLINK", "type": "OPEN_THREAD" });
    sends(&app, &event(&world, &json!({ "message": { "mid": "m_1", "text": "Hi", "referral": referral } })));
    assert_eq!(world.meta().texts(), ["We are away."]);
    minutes(&world, &app, 3);
    world.advance(10 * HOUR);
    writes(&app, PERSON, "m_2", "Another question");
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Another question"], "{:?}", world.meta().texts());
}

#[test]
fn whoever_is_in_a_conversation_loses_nothing_where_only_the_message_is_sent() {
    let (world, app) = world(everything);
    app.save_setting("offline_action", json!("message"));
    writes(&app, PERSON, "m_1", "Hello");
    open_room(&world, PERSON);
    world.rocket_chat_mut().environment.omnichannel = false;
    writes(&app, PERSON, "m_2", "My order number is 4711");
    world.rocket_chat_mut().environment.omnichannel = true;
    minutes(&world, &app, 10);
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello", "My order number is 4711"]);
}

#[test]
fn what_was_taken_back_is_not_counted() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "My address");
    world.advance(1_000);
    writes(&app, PERSON, "m_2", "Hello?");
    world.advance(1_000);
    sends(&app, &event(&world, &json!({ "message": { "mid": "m_1", "is_deleted": true } })));
    minutes(&world, &app, 3);
    assert!(board(&world).contains("messages: 1"), "{}", board(&world));
}

#[test]
fn a_reaction_goes_with_the_message_that_is_taken_back() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "My address");
    let reaction = json!({ "reaction": { "reaction": "love", "emoji": "❤", "action": "react", "mid": "m_1" } });
    sends(&app, &event(&world, &reaction));
    sends(&app, &event(&world, &json!({ "message": { "mid": "m_1", "is_deleted": true } })));
    minutes(&world, &app, 3);
    assert_eq!(stored(&world, "waiting"), 0, "nobody waits any more");
}
