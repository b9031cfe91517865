//! The question how it was.

use super::*;
use serde_json::{Value, json};

pub(super) fn asked(world: &World) -> Vec<Value> {
    let meta = world.meta();
    let question = meta.messages().into_iter().find(|body| body["message"]["text"] == "How was it?").cloned();
    question.map(|body| body["message"]["quick_replies"].as_array().cloned().unwrap()).unwrap_or_default()
}

fn taps(app: &Instance, person: &str, mid: &str, title: &str, payload: &str) {
    let item = json!({
        "sender": { "id": person }, "recipient": { "id": PAGE }, "timestamp": app.world().now(),
        "message": { "mid": mid, "text": title, "quick_reply": { "payload": payload } },
    });
    assert_eq!(app.webhook(&delivery("page", PAGE, &item)).status, 200);
    app.deliver_events();
}

#[test]
fn an_answer_is_shown_in_its_room_and_opens_none() {
    let (world, app) = world(|config| config.survey = "How was it?".into());
    writes(&app, PERSON, "m_1", "Hello");
    let room = open_room(&world, PERSON);
    app.agent_says("agent", &room, "Hi");
    closes(&app, &room);
    let replies = asked(&world);
    let titles: Vec<&str> = replies.iter().map(|reply| reply["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["1", "2", "3", "4", "5"]);
    let payload = replies[3]["payload"].as_str().unwrap();
    taps(&app, PERSON, "m_2", "4", payload);
    taps(&app, PERSON, "m_2", "4", payload);
    assert_eq!(world.rocket_chat().rooms.len(), 1);
    let texts = texts_in(&world, &room);
    let shown: Vec<&String> = texts.iter().filter(|text| text.contains("4 of 5")).collect();
    assert_eq!(shown.len(), 1, "{texts:?}");
    assert!(shown[0].contains("★★★★☆"));
    let ratings: Vec<Value> = world
        .rocket_chat()
        .records
        .iter()
        .filter(|record| record.data["kind"] == "rating")
        .map(|r| r.data.clone())
        .collect();
    assert_eq!(
        (ratings.len(), ratings[0]["mark"].as_i64(), ratings[0]["room_id"].as_str()),
        (1, Some(4), Some(&*room))
    );
    assert_eq!(world.rocket_chat().rooms[0].fields["omni_direct_rating"], 4, "on the room, for whoever reads rooms");
    writes(&app, PERSON, "m_3", "And another question");
    assert_ne!(open_room(&world, PERSON), room, "words open a conversation");
}

#[test]
fn nobody_is_asked_unless_it_is_wanted_and_the_window_is_open() {
    let (quiet, app) = world(|_| {});
    writes(&app, PERSON, "m_1", "Hello");
    closes(&app, &open_room(&quiet, PERSON));
    assert!(quiet.meta().texts().is_empty());

    let (late, app) = world(|config| config.survey = "How was it?".into());
    writes(&app, PERSON, "m_1", "Hello");
    let room = open_room(&late, PERSON);
    late.advance(25 * HOUR);
    closes(&app, &room);
    assert!(late.meta().texts().is_empty());
}

#[test]
fn an_answer_about_somebody_elses_room_is_a_message_like_any_other() {
    let (world, app) = world(|config| config.survey = "How was it?".into());
    writes(&app, PERSON, "m_1", "Hello");
    let room = open_room(&world, PERSON);
    closes(&app, &room);
    let before = texts_in(&world, &room).len();
    taps(&app, "6002", "m_2", "4", asked(&world)[3]["payload"].as_str().unwrap());
    assert_eq!(texts_in(&world, &room).len(), before);
    let answered = |record: &&StoredRecord| record.data["kind"] == "rating" && record.data["mark"] != 0;
    assert_eq!(world.rocket_chat().records.iter().filter(answered).count(), 0);
    assert_eq!(world.rocket_chat().visitor_texts(&token("6002")), ["4"]);
}

/// Instagram's web page draws nothing to tap.
#[test]
fn a_typed_number_answers_the_question_once_and_soon() {
    for (minutes, first, text, answers) in [
        (1, "6001", " 4 ", true),
        (40, "6001", "4", true),
        (25 * 60, "6001", "4", false),
        (1, "6002", "4", false),
        (1, "6001", "6", false),
        (1, "6001", "4 questions", false),
    ] {
        let (world, app) = world(|config| config.survey = "How was it?".into());
        writes(&app, PERSON, "m_1", "Hello");
        let room = open_room(&world, PERSON);
        writes(&app, PERSON, "m_2", "3");
        app.agent_says("agent", &room, "Hi");
        closes(&app, &room);
        for _ in 0..minutes.min(60) {
            world.advance(MINUTE);
            app.job("tick");
        }
        world.advance((minutes - minutes.min(60)) * MINUTE);
        writes(&app, first, "m_3", text);
        let shown = texts_in(&world, &room).iter().filter(|text| text.contains("★★★★☆")).count();
        let place = format!("{minutes} {first} {text:?}");
        assert_eq!((shown, world.rocket_chat().rooms.len()), if answers { (1, 1) } else { (0, 2) }, "{place}");
        writes(&app, first, "m_4", "5");
        assert_eq!(world.rocket_chat().rooms.len(), 2, "{place}: one answer");
    }
}

#[test]
fn an_answer_opens_no_conversation_even_where_it_cannot_be_shown() {
    for gone in [true, false] {
        let (world, app) = world(|config| config.survey = "How was it?".into());
        writes(&app, PERSON, "m_1", "Hello");
        let room = open_room(&world, PERSON);
        closes(&app, &room);
        if gone {
            world.rocket_chat_mut().rooms.clear();
        } else {
            world.faults_mut().fail_all("post", "error-not-allowed");
        }
        taps(&app, PERSON, "m_2", "4", asked(&world)[3]["payload"].as_str().unwrap());
        assert_eq!(world.rocket_chat().rooms.iter().filter(|room| room.room.open).count(), 0, "gone: {gone}");
        assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello"]);
        assert_eq!(stored(&world, "rating"), 1);
    }
}

#[test]
fn a_number_typed_to_another_app_answers_nothing() {
    let (world, app) = world(|config| config.survey = "How was it?".into());
    writes(&app, PERSON, "m_1", "Hello");
    let room = open_room(&world, PERSON);
    closes(&app, &room);
    let message = text_item(PERSON, PAGE, "m_2", world.now(), "4");
    let standby = json!({ "object": "page", "entry": [{ "id": PAGE, "time": world.now(), "standby": [message] }] });
    assert_eq!(app.webhook(&standby).status, 200);
    assert!(!texts_in(&world, &room).iter().any(|text| text.contains("4 of 5")));
}

#[test]
fn a_typed_mark_whose_note_fails_once_opens_no_conversation() {
    let (world, app) = world(|config| config.survey = "How was it?".into());
    writes(&app, PERSON, "m_1", "Hello");
    closes(&app, &open_room(&world, PERSON));
    world.faults_mut().fail("post", 1, "failed");
    writes(&app, PERSON, "m_2", "4");
    minutes(&world, &app, 3);
    assert_eq!(world.rocket_chat().rooms.len(), 1);
}

#[test]
fn a_typed_mark_after_which_the_process_ends_opens_no_conversation() {
    let (world, app) = world(|config| config.survey = "How was it?".into());
    writes(&app, PERSON, "m_1", "Hello");
    closes(&app, &open_room(&world, PERSON));
    app.crash_after("room_field", 1);
    let item = text_item(PERSON, PAGE, "m_2", world.now(), "4");
    let request = webhook_request(&delivery("page", PAGE, &item).to_string());
    app.answer(async move |session| session.receive_webhook(request).await);
    world.settle();
    assert!(app.has_crashed());
    app.restart();
    minutes(&world, &app, 10);
    assert_eq!(world.rocket_chat().rooms.len(), 1);
}
