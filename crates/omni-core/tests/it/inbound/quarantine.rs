//! Deliveries whose signature fits nothing, and those that come long after what they tell.

use super::named::{keep, reads, unconfirmed};
use super::*;
use meta_wire::signature;
use omni_core::api::{WebAnswer, WebRequest};
use omni_core::job;
use omni_core::store::{MessageRecord, MessageState};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// A delivery as it arrives when the host changed it beyond repair: well signed, and for another text.
fn unverified(body: &Value) -> WebRequest {
    WebRequest { headers: webhook_request(r#"{"another":"text"}"#).headers, ..webhook_request(&body.to_string()) }
}

fn receive(app: &Instance, request: WebRequest) -> WebAnswer {
    app.answer(async move |session| session.receive_webhook(request).await).expect("no crash").expect("an answer")
}

fn written(world: &World, mid: &str, text: &str) -> Value {
    body("instagram", &item("instagram", world.now(), &json!({ "message": { "mid": mid, "text": text } })))
}

/// What both setup channels were told of it.
fn told(world: &World, part: &str) -> usize {
    let server = world.rocket_chat();
    server.messages.iter().filter(|stored| stored.message.text.contains(part)).count()
}

fn with_setup_channels() -> (World, Instance) {
    let (world, app) = world();
    events_are_on(&world);
    app.job(job::INSTALLED);
    app.job(job::TICK);
    (world, app)
}

/// Meta delivers all the app wants, as it says when it is asked.
fn events_are_on(world: &World) {
    let fields = meta_wire::request::subscriptions::MESSENGER_FIELDS;
    let there = json!({ "data": [{ "id": APP_ID, "subscribed_fields": fields }] });
    world.meta_mut().expect("GET", "/subscribed_apps").always().json(there);
}

#[test]
fn what_meta_confirms_is_shown_in_metas_words() {
    let (world, app) = with_setup_channels();
    keep(&world, "aWd_1", "From Meta");
    assert_eq!(receive(&app, unverified(&written(&world, "aWd_1", "Not to be believed"))).status, 200);
    world.advance(MINUTE_MS);
    assert_eq!((room(&world, "instagram"), unconfirmed(&world)), (vec!["From Meta".to_owned()], 0));
    let stored = format!("{:?}", world.calls().iter().map(|call| call.call.to_string()).collect::<Vec<_>>());
    assert!(!stored.contains("Not to be believed"), "nothing of an unverified text is stored or shown");
    assert_eq!(told(&world, "could not be checked"), 1);
    // The same once more, signed or not, is the same.
    receive(&app, unverified(&written(&world, "aWd_1", "Not to be believed")));
    customer_writes(&app, "instagram", "aWd_1", "From Meta");
    world.advance(MINUTE_MS);
    assert_eq!((room(&world, "instagram").len(), reads(&world, "aWd_1")), (1, 1));
}

#[test]
fn each_message_that_a_delivery_names_is_confirmed_by_itself() {
    let (world, app) = world();
    events_are_on(&world);
    let named = ["aWd_1", "aWd_2", "aWd_3"];
    let written = |mid: &str| item("instagram", world.now(), &json!({ "message": { "mid": mid, "text": "x" } }));
    let items: Vec<Value> = named.iter().map(|mid| written(mid)).collect();
    let body = json!({ "object": "instagram", "entry": [{ "id": INSTAGRAM, "messaging": items }] });
    // Meta does not know the second one.
    for mid in ["aWd_1", "aWd_3"] {
        keep(&world, mid, &format!("{mid} from Meta"));
    }
    assert_eq!(receive(&app, unverified(&body)).status, 200);
    for _ in 0..3 {
        world.advance(MINUTE_MS);
        app.job(job::TICK);
    }
    assert_eq!(room(&world, "instagram"), ["aWd_1 from Meta", "aWd_3 from Meta"]);
    assert_eq!((named.map(|mid| reads(&world, mid)), unconfirmed(&world)), ([1, 1, 1], 0));
}

#[test]
fn an_answer_of_200_outlives_the_process() {
    let (world, app) = world();
    events_are_on(&world);
    keep(&world, "aWd_1", "From Meta");
    let request = unverified(&written(&world, "aWd_1", "x"));
    app.start(async move |session| session.receive_webhook(request).await);
    app.crash_after("store_create", 1);
    world.settle();
    app.restart();
    for _ in 0..3 {
        world.advance(MINUTE_MS);
        app.job(job::TICK);
    }
    assert_eq!(room(&world, "instagram"), ["From Meta"]);
}

#[test]
fn an_account_whose_id_the_host_rounded_is_known() {
    let (world, app) = world();
    keep(&world, "aWd_1", "From Meta");
    let rounded = INSTAGRAM.parse::<u64>().unwrap() as f64 as u64;
    assert_ne!(rounded.to_string(), INSTAGRAM);
    let mut body = written(&world, "aWd_1", "x");
    body["entry"][0]["id"] = rounded.into();
    body["entry"][0]["messaging"][0]["recipient"]["id"] = rounded.into();
    body["entry"][0]["messaging"][0]["sender"]["id"] = 7001.into();
    assert_eq!(receive(&app, unverified(&body)).status, 200);
    world.advance(MINUTE_MS);
    assert_eq!(room(&world, "instagram"), ["From Meta"]);
}

#[test]
fn forgeries_show_nothing_and_cost_little() {
    let (world, app) = with_setup_channels();
    let mut statuses = Vec::new();
    for n in 0..60 {
        let named: Vec<Value> = (0..4)
            .map(|m| {
                item(
                    "instagram",
                    world.now(),
                    &json!({ "message": { "mid": format!("forged_{n}_{m}"), "text": "Pay me" } }),
                )
            })
            .collect();
        let body = json!({ "object": "instagram", "entry": [{ "id": INSTAGRAM, "messaging": named }] });
        statuses.push(receive(&app, unverified(&body)).status);
    }
    assert_eq!((statuses[0], statuses[59]), (200, 503), "what waits is bounded, and Meta would come again");
    let run = |hours: i64| {
        for _ in 0..hours * 6 {
            world.advance(10 * MINUTE_MS);
            app.job(job::TICK);
        }
    };
    run(1);
    let asked = reads_of_forged(&world);
    assert!((1..20).contains(&asked), "{asked} questions in an hour");
    assert!(transcript(&world, "instagram").is_empty());
    assert_eq!((told(&world, "could not be checked"), told(&world, "Pay me")), (1, 0));
    assert!((1..=2).contains(&told(&world, "were left out")), "at once, and an hour later together");
    // A true one among them is shown all the same, and what is signed waits for none of it.
    keep(&world, "aWd_1", "Signed");
    let event = json!({ "timestamp": world.now(), "message_edit": { "mid": "aWd_1", "num_edit": 0 } });
    assert_eq!(receive(&app, webhook_request(&body("instagram", &event).to_string())).status, 200);
    world.advance(MINUTE_MS);
    assert_eq!(room(&world, "instagram"), ["Signed"]);
    run(26);
    assert_eq!(unconfirmed(&world), 0, "and none of it stays");
    let asked = reads_of_forged(&world);
    assert!(asked < 170, "{asked} questions in a day");
}

fn reads_of_forged(world: &World) -> usize {
    world.meta().requests.iter().filter(|request| request.path().contains("/forged_")).count()
}

#[test]
fn what_meta_cannot_confirm_is_counted_and_said() {
    let (world, app) = with_setup_channels();
    let at = world.now();
    let events = [
        json!({ "reaction": { "mid": "aWd_0", "action": "react", "emoji": "❤" } }),
        json!({ "read": { "mid": "aWd_0" } }),
        json!({ "message": { "mid": "aWd_0", "is_deleted": true } }),
    ];
    let items: Vec<Value> = events.iter().map(|event| item("instagram", at, event)).collect();
    let body = json!({ "object": "instagram", "entry": [{ "id": INSTAGRAM, "messaging": items }] });
    for _ in 0..3 {
        assert_eq!(receive(&app, unverified(&body)).status, 200);
    }
    assert_eq!((told(&world, "3 events of Instagram"), told(&world, "were left out")), (1, 1));
    world.advance(HOUR_MS);
    app.job(job::TICK);
    assert_eq!((told(&world, "6 events of Instagram"), told(&world, "were left out")), (1, 2));
    assert!(transcript(&world, "instagram").is_empty());
}

#[test]
fn what_is_not_ours_or_not_signed_is_refused() {
    let (world, app) = with_setup_channels();
    let foreign = delivery("instagram", "999", &text_item("1", "999", "aWd_1", world.now(), "x"));
    for request in [
        unverified(&foreign),
        unverified(&json!({ "object": "whatsapp", "entry": [] })),
        WebRequest { headers: Default::default(), ..unverified(&written(&world, "aWd_1", "x")) },
        WebRequest {
            headers: [(signature::HEADER.to_owned(), "sha256=xyz".to_owned())].into(),
            ..unverified(&written(&world, "aWd_1", "x"))
        },
    ] {
        assert_eq!(receive(&app, request).status, 401);
    }
    world.settle();
    assert_eq!((unconfirmed(&world), reads(&world, "aWd_1")), (0, 0));
    // Both networks' channels: of a body that says nothing it is not known whose it is.
    assert_eq!(told(&world, "were refused"), 2);
}

#[test]
fn refusals_are_told_once_an_hour_by_all_instances_together() {
    let (world, app) = with_setup_channels();
    let other = world.instance();
    for round in 1..=2 {
        for app in [&app, &other, &app] {
            receive(app, unverified(&json!({})));
            world.advance(MINUTE_MS);
        }
        assert_eq!(told(&world, "were refused"), 2 * round);
        world.advance(HOUR_MS);
    }
}

#[test]
fn subscriptions_are_looked_at_each_hour_while_deliveries_are_refused() {
    let (world, app) = with_setup_channels();
    let looked = |world: &World| world.meta().sent_to("GET", "/subscribed_apps").len();
    let run = |hours: i64| {
        for _ in 0..hours * 6 {
            app.job(job::TICK);
            world.advance(10 * MINUTE_MS);
        }
    };
    run(3);
    assert_eq!(looked(&world), 0, "not without a reason");
    receive(&app, unverified(&json!({})));
    run(2);
    assert_eq!(looked(&world), 2 * 2, "two accounts, twice");
    run(24);
    assert_eq!(looked(&world), 3 * 2, "and not for ever");
}

#[test]
fn refusals_cost_no_second_look_without_a_reason() {
    let (world, app) = world();
    receive(&app, webhook_request(&json!({}).to_string()));
    world.forget_calls();
    for _ in 0..50 {
        let request = WebRequest { headers: Default::default(), ..unverified(&json!({})) };
        assert_eq!(receive(&app, request).status, 401);
    }
    assert_eq!(world.count_of("settings"), 0, "what carries no signature is not looked at twice");
    for _ in 0..50 {
        assert_eq!(receive(&app, unverified(&json!({}))).status, 401);
    }
    assert_eq!(world.count_of("settings"), 0, "nor is anything while refusals are frequent");
}

#[test]
fn while_refusals_are_frequent_nothing_is_put_right_by_trying() {
    let (world, app) = world();
    // Meta wrote an id as a number, and the host rounded it: one of its neighbours is right.
    let sent = |mid: &str, id: u64| {
        let text = written(&world, mid, "From Meta").to_string();
        text.replacen("\"timestamp\"", &format!("\"id\":{id},\"timestamp\""), 1)
    };
    let (meant, rounded) = (17_918_195_224_117_851, 17_918_195_224_117_852);
    let request = |mid: &str| WebRequest {
        headers: webhook_request(&sent(mid, meant)).headers,
        ..webhook_request(&sent(mid, rounded))
    };
    for mid in ["aWd_1", "aWd_2"] {
        keep(&world, mid, "From Meta");
    }
    assert_eq!(receive(&app, request("aWd_1")).status, 200);
    world.settle();
    assert_eq!((room(&world, "instagram").len(), reads(&world, "aWd_1")), (1, 0), "put right, and verified");
    for _ in 0..20 {
        receive(&app, unverified(&json!({})));
    }
    assert_eq!(receive(&app, request("aWd_2")).status, 200);
    world.advance(2 * MINUTE_MS);
    assert_eq!((room(&world, "instagram").len(), reads(&world, "aWd_2")), (2, 1), "not tried any more: Meta is asked");
}

#[test]
fn a_secret_changed_on_another_instance_counts_at_once() {
    let (world, app) = world();
    customer_writes(&app, "instagram", "aWd_1", "Before");
    world.rocket_chat_mut().settings.insert("meta_app_secret".to_owned(), "ffffffffffffffffffffffffffffffff".into());
    let secret = meta_wire::secret::Secret::new("ffffffffffffffffffffffffffffffff").unwrap();
    let text = written(&world, "aWd_2", "After").to_string();
    let signed = signature::sign(signature::meta_escape(&text).as_bytes(), &secret);
    let headers = [(signature::HEADER.to_owned(), signed)].into();
    assert_eq!(receive(&app, WebRequest { headers, ..webhook_request(&text) }).status, 200);
    world.settle();
    assert_eq!((room(&world, "instagram"), reads(&world, "aWd_2")), (vec!["Before".to_owned(), "After".to_owned()], 0));
}

#[test]
fn what_is_older_than_meta_delivers_is_archived_and_not_shown() {
    let (world, app) = with_setup_channels();
    let deliver_at = |mid: &str, at: i64, sent_at: i64| {
        let mut body = body("instagram", &item("instagram", at, &json!({ "message": { "mid": mid, "text": mid } })));
        body["entry"][0]["time"] = sent_at.into();
        assert_eq!(receive(&app, webhook_request(&body.to_string())).status, 200);
        world.settle();
    };
    let now = world.now();
    deliver_at("late", now - 35 * HOUR_MS, now - 35 * HOUR_MS);
    deliver_at("old", now - 37 * HOUR_MS, now - 37 * HOUR_MS);
    deliver_at("older", now - 400 * HOUR_MS, now - 400 * HOUR_MS);
    deliver_at("old", now - 37 * HOUR_MS, now - 37 * HOUR_MS);
    // Sent just now: Meta itself is so late.
    deliver_at("slow", now - 400 * HOUR_MS, now);
    assert_eq!(room(&world, "instagram"), ["late", "slow"]);
    let parked =
        |entry: &MessageRecord| matches!(&entry.state, MessageState::DeadLetter { code, .. } if code == "too-old");
    let entries: Vec<MessageRecord> = world.rocket_chat().stored();
    let parked: Vec<&str> = entries.iter().filter(|entry| parked(entry)).map(|entry| entry.identity.as_str()).collect();
    assert_eq!(parked, ["message:old", "message:older"]);
    assert_eq!(told(&world, "were filed and not shown"), 1);
    // And it waits for nothing: the jobs leave it alone.
    for _ in 0..3 {
        world.advance(MINUTE_MS);
        app.job(job::TICK);
    }
    assert_eq!(room(&world, "instagram"), ["late", "slow"]);
}
