//! What administrators may save, and how rules route.

use super::*;
use omni_core::api::{UiAnswer, UiInput};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn save(app: &Instance, fields: &[(&str, &str)]) -> UiAnswer {
    let user = app.world().rocket_chat().user("admin").unwrap().clone();
    let values = fields.iter().map(|(field, value)| {
        let id = format!("connect:{field}");
        (id.clone(), BTreeMap::from([(id, json!(value))]))
    });
    let view_id = format!("connect:config:facebook:{PAGE}");
    let input = UiInput::Submit { user, view_id, values: values.collect(), trigger_id: "t".into() };
    app.run(async move |session| session.ui_action(input).await).unwrap()
}

/// What a refused field says.
fn refusal(answer: UiAnswer, field: &str) -> String {
    match answer {
        UiAnswer::Errors { errors, .. } => errors.get(&format!("connect:{field}")).cloned().expect("a refusal"),
        other => panic!("it was saved: {other:?}"),
    }
}

#[test]
fn what_cannot_be_filled_in_or_sent_is_refused_in_words() {
    let (world, app) = world(|_| {});
    world.rocket_chat_mut().add_department("sales", &["agent"]);
    let long = "x".repeat(2000 - 59);
    for (field, value, words) in [
        ("welcome", "Hi {custmer}", "custmer"),
        ("offline", "{agent} is away", "{customer} {account} {department} {hours}"),
        ("finished", "We are there {hours}", "opening hours"),
        ("welcome", &*format!("{{customer}}{long}"), "2001"),
        ("rules", "ref: a -> sales\nref: b -> support", "Line 2"),
        ("rules", "ref: a -> nowhere", "There are: sales"),
        ("rules", "ref a", "ref: summer-*"),
    ] {
        let said = refusal(save(&app, &[(field, value)]), field);
        assert!(said.contains(words), "{field} {value}: {said}");
    }
    let saved =
        save(&app, &[("hours", "9-18"), ("finished", "We are there {hours}"), ("rules", "ref: a -> SALES | Hi")]);
    assert_eq!(saved, UiAnswer::Done);
}

#[test]
fn the_first_rule_that_fits_decides_department_and_welcome() {
    let (world, app) = world(|config| config.welcome = "Welcome!".into());
    {
        let mut server = world.rocket_chat_mut();
        server.add_department("sales", &["agent"]);
        server.add_department("ads", &["agent"]);
    }
    let rules = "ref: summer-* -> sales | Summer!\nad: 12* -> ads\npayload: HUMAN -> sales\nstory: 77 -> ads | Story!\nlanguage: pt -> | Olá!";
    assert_eq!(save(&app, &[("rules", rules)]), UiAnswer::Done);
    app.restart();
    let referral = |reference: Value, ad: Value| json!({ "text": "Hi", "referral": { "ref": reference, "ad_id": ad, "source": "ADS", "type": "OPEN_THREAD" } });
    for (at, (members, department, welcome)) in [
        (json!({ "message": referral(json!("Summer-26"), json!("12345")) }), Some("sales-department"), "Summer!"),
        (json!({ "message": referral(Value::Null, json!("12345")) }), Some("ads-department"), "Welcome!"),
        (json!({ "postback": { "title": "Talk to us", "payload": "HUMAN" } }), Some("sales-department"), "Welcome!"),
        (json!({ "message": { "text": "Nice", "reply_to": { "story": { "id": "77", "url": "https://x.example/s" } } } }), Some("ads-department"), "Story!"),
        (json!({ "message": { "text": "Oi" } }), None, "Olá!"),
        (json!({ "message": { "text": "Hi" } }), None, "Welcome!"),
    ]
    .into_iter()
    .enumerate()
    {
        let person = format!("70{at}");
        let locale = if welcome == "Olá!" { "pt_BR" } else { "en_GB" };
        world.meta_mut().expect("GET", "fields=locale").json(json!({ "id": person, "locale": locale }));
        let mut item = json!({ "sender": { "id": person }, "recipient": { "id": PAGE }, "timestamp": world.now() });
        item.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        for part in ["message", "postback"] {
            if item[part].is_object() {
                item[part]["mid"] = json!(format!("m_{at}"));
            }
        }
        assert_eq!(app.webhook(&delivery("page", PAGE, &item)).status, 200);
        app.deliver_events();
        let room = open_room(&world, &person);
        assert_eq!(world.rocket_chat().room(&room).unwrap().department.as_deref(), department, "{item}");
        assert_eq!(world.meta().texts().last(), Some(&welcome), "{item}");
    }
}

#[test]
fn the_window_shows_rules_as_they_were_typed() {
    let (world, app) = world(|_| {});
    world.rocket_chat_mut().add_department("sales", &["agent"]);
    assert_eq!(save(&app, &[("rules", "ref=a->SALES")]), UiAnswer::Done);
    let user = world.rocket_chat().user("admin").unwrap().clone();
    let input = UiInput::Action {
        user,
        action_id: "connect:edit".into(),
        value: format!("facebook:{PAGE}"),
        room_id: None,
        message_id: None,
        trigger_id: "t".into(),
    };
    let UiAnswer::Open { view } = app.run(async move |session| session.ui_action(input).await).unwrap() else {
        panic!("no window")
    };
    let shown = serde_json::to_string(&view.blocks).unwrap();
    assert!(shown.contains("ref: a -> sales"), "{shown}");
}
