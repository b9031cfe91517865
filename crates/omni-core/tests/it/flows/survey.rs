//! The question how it was.

use super::*;
use serde_json::{Value, json};

fn asked(world: &World) -> Vec<Value> {
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
    assert_eq!(stored(&world, "rating"), 0);
    assert_eq!(world.rocket_chat().visitor_texts(&token("6002")), ["4"]);
}
