//! Messages that Instagram names without telling them: `message_edit` without a text, beside a message or in its place.

use super::*;
use omni_core::job;

/// How long a message may take to come before Meta is asked, and some more.
const GRACE_MS: i64 = 20_000;

/// What Instagram sends beside a message.
fn companion(at: i64, mid: &str) -> Value {
    item("instagram", at, &json!({ "message_edit": { "mid": mid, "num_edit": 0 } }))
}

/// What Instagram sends in the place of one.
fn substitute(at: i64, mid: &str, num_edit: Value) -> Value {
    let mut edit = json!({ "mid": mid });
    if !num_edit.is_null() {
        edit["num_edit"] = num_edit;
    }
    json!({ "timestamp": at, "message_edit": edit })
}

/// Meta keeps a message of the customer's.
pub(super) fn keep(world: &World, mid: &str, text: &str) {
    let at = time(world.now());
    let (customer, shop) =
        (json!({ "id": IGSID, "username": "anna" }), json!({ "id": INSTAGRAM, "username": "corner.shop" }));
    world.meta_mut().stored.insert(
        mid.to_owned(),
        json!({ "id": mid, "created_time": at, "from": customer, "to": { "data": [shop] }, "message": text }),
    );
}

/// `2026-11-20T13:24:04+0000`
fn time(ms: i64) -> String {
    // The core reads a number as well; the form is meta-wire's tests' business.
    (ms / 1000).to_string()
}

pub(super) fn reads(world: &World, mid: &str) -> usize {
    world.meta().sent_to("GET", &format!("/{mid}?")).len()
}

pub(super) fn unconfirmed(world: &World) -> usize {
    let server = world.rocket_chat();
    server.stored::<omni_core::store::Unconfirmed>().len()
}

#[test]
fn what_comes_beside_a_message_changes_nothing() {
    let (world, app) = world();
    let at = world.now();
    let picture = json!({ "mid": "aWd_2", "attachments": [{ "type": "image", "payload": { "url": "https://lookaside.fbsbx.com/1" } }] });
    for (mid, message) in [("aWd_1", json!({ "mid": "aWd_1", "text": "Question" })), ("aWd_2", picture)] {
        deliver(&app, "instagram", &item("instagram", at, &json!({ "message": message })));
        world.forget_calls();
        deliver(&app, "instagram", &companion(at + 1, mid));
        assert_eq!(world.count(), 0, "a known message costs nothing: {:?}", world.kinds());
    }
    world.advance(GRACE_MS);
    let shown = room(&world, "instagram");
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!(shown[0], "Question");
    assert_eq!((reads(&world, "aWd_1"), reads(&world, "aWd_2")), (0, 0));
}

#[test]
fn it_may_come_first_or_to_another_instance() {
    let (world, app) = world();
    let other = world.instance();
    let at = world.now();
    keep(&world, "aWd_1", "Question");
    let body = body("instagram", &companion(at, "aWd_1"));
    let early = webhook_request(&body.to_string());
    assert_eq!(app.answer(async move |session| session.receive_webhook(early).await.unwrap().status), Some(200));
    assert_eq!(world.now(), at, "Meta waits for none of it");
    assert_eq!(unconfirmed(&world), 1);
    let message = json!({ "message": { "mid": "aWd_1", "text": "Question" } });
    deliver(&other, "instagram", &item("instagram", at, &message));
    world.advance(GRACE_MS);
    assert_eq!(
        (room(&world, "instagram"), reads(&world, "aWd_1"), unconfirmed(&world)),
        (vec!["Question".into()], 0, 0)
    );
}

#[test]
fn what_comes_in_the_place_of_a_message_is_the_message() {
    for num_edit in [json!(0), json!("0"), Value::Null] {
        let (world, app) = world();
        let at = world.now();
        keep(&world, "aWd_1", "Question");
        let event = substitute(at, "aWd_1", num_edit);
        assert_eq!(app.webhook(&body("instagram", &event)).status, 200);
        app.deliver_events();
        world.advance(GRACE_MS);
        assert_eq!(room(&world, "instagram"), ["Question"], "{event}");
        assert_eq!((reads(&world, "aWd_1"), unconfirmed(&world)), (1, 0));
        // What comes later is the same once more.
        customer_writes(&app, "instagram", "aWd_1", "Question");
        deliver(&app, "instagram", &event);
        world.advance(GRACE_MS);
        assert_eq!(room(&world, "instagram"), ["Question"]);
        assert!(world.rocket_chat().channels.iter().all(|c| world.rocket_chat().in_room(&c.id).is_empty()), "no post");
    }
}

#[test]
fn the_entry_may_name_the_page() {
    let (world, app) = world();
    keep(&world, "aWd_1", "Question");
    let event = substitute(world.now(), "aWd_1", json!(0));
    assert_eq!(app.webhook(&delivery("instagram", PAGE, &event)).status, 200);
    world.advance(GRACE_MS);
    assert_eq!(room(&world, "instagram"), ["Question"]);
}

#[test]
fn a_process_that_ends_meanwhile_loses_nothing() {
    let (world, app) = world();
    keep(&world, "aWd_1", "Question");
    let request = webhook_request(&body("instagram", &substitute(world.now(), "aWd_1", json!(0))).to_string());
    let status = app.answer(async move |session| session.receive_webhook(request).await.unwrap().status);
    assert_eq!(status, Some(200));
    app.restart();
    for _ in 0..3 {
        world.advance(60_000);
        app.job(job::TICK);
    }
    assert_eq!((room(&world, "instagram"), unconfirmed(&world)), (vec!["Question".into()], 0));
}

#[test]
fn what_waits_for_an_agent_keeps_its_words() {
    let (world, app) = world();
    world.rocket_chat_mut().presence("agent", false);
    customer_writes(&app, "instagram", "aWd_1", "Question");
    deliver(&app, "instagram", &companion(world.now() + 1, "aWd_1"));
    world.advance(GRACE_MS);
    world.rocket_chat_mut().presence("agent", true);
    for _ in 0..3 {
        world.advance(60_000);
        app.job(job::TICK);
    }
    let shown = room(&world, "instagram");
    assert_eq!(shown.iter().filter(|line| line.starts_with("Question [_Written ")).count(), 1, "{shown:?}");
    assert!(shown.iter().all(|line| !line.is_empty()), "{shown:?}");
    assert_eq!(reads(&world, "aWd_1"), 0);
}

#[test]
fn an_edit_without_its_text_asks_for_it() {
    let (world, app) = world();
    customer_writes(&app, "instagram", "aWd_1", "Qestion");
    keep(&world, "aWd_1", "Question");
    deliver(
        &app,
        "instagram",
        &item("instagram", world.now(), &json!({ "message_edit": { "mid": "aWd_1", "num_edit": "1" } })),
    );
    world.advance(GRACE_MS);
    assert_eq!(room(&world, "instagram"), ["Question"]);
    // Of one that says neither whose message it is, nor was shown, Meta tells the message.
    keep(&world, "aWd_2", "Another");
    let edit =
        json!({ "timestamp": world.now(), "message_edit": { "mid": "aWd_2", "num_edit": 2, "text": "Anything" } });
    deliver(&app, "instagram", &edit);
    world.advance(GRACE_MS);
    assert_eq!(room(&world, "instagram"), ["Question", "Another"]);
}

#[test]
fn what_meta_refuses_is_said_once() {
    let (world, app) = world();
    app.job(job::INSTALLED);
    app.job(job::TICK);
    world.meta_mut().expect("GET", "/aWd_").error(400, 10, None).always();
    let told = |world: &World| {
        let server = world.rocket_chat();
        server.messages.iter().filter(|stored| stored.message.text.contains("without their words")).count()
    };
    for mid in ["aWd_1", "aWd_2"] {
        deliver(&app, "instagram", &substitute(world.now(), mid, json!(0)));
        for _ in 0..5 {
            world.advance(60_000);
            app.job(job::TICK);
        }
        assert_eq!((reads(&world, mid), unconfirmed(&world), told(&world)), (3, 0, 1));
    }
    assert!(transcript(&world, "instagram").is_empty());
    // Told again only after it worked in between.
    world.meta_mut().forget_script();
    keep(&world, "aWd_3", "Question");
    deliver(&app, "instagram", &substitute(world.now(), "aWd_3", json!(0)));
    world.advance(GRACE_MS);
    assert_eq!(room(&world, "instagram"), ["Question"]);
    world.meta_mut().expect("GET", "/aWd_").error(400, 10, None).always();
    deliver(&app, "instagram", &substitute(world.now(), "aWd_4", json!(0)));
    for _ in 0..5 {
        world.advance(60_000);
        app.job(job::TICK);
    }
    assert_eq!(told(&world), 2);
}

#[test]
fn what_passes_is_waited_for() {
    let (world, app) = world();
    keep(&world, "aWd_1", "Question");
    world.meta_mut().expect("GET", "/aWd_1").error(500, 2, None).times(5);
    deliver(&app, "instagram", &substitute(world.now(), "aWd_1", json!(0)));
    for _ in 0..36 {
        world.advance(10 * 60_000);
        app.job(job::TICK);
    }
    assert_eq!(room(&world, "instagram"), ["Question"]);
}

#[test]
fn a_field_that_is_not_known_costs_only_itself() {
    let (world, app) = world();
    world.meta_mut().unknown_fields = vec!["shares"];
    keep(&world, "aWd_1", "Question");
    keep(&world, "aWd_2", "Another");
    for mid in ["aWd_1", "aWd_2"] {
        deliver(&app, "instagram", &substitute(world.now(), mid, json!(0)));
        world.advance(GRACE_MS);
    }
    assert_eq!(room(&world, "instagram"), ["Question", "Another"]);
    assert_eq!((reads(&world, "aWd_1"), reads(&world, "aWd_2")), (2, 1), "what is known to fail is not asked again");
}

#[test]
fn the_businesss_own_message_is_an_echo_and_ours_is_known() {
    let (world, app) = world();
    customer_writes(&app, "instagram", "aWd_1", "Question");
    keep(&world, "aWd_2", "From the phone");
    let mut sides = world.meta_mut();
    let kept = sides.stored.get_mut("aWd_2").unwrap();
    // By Instagram's own id for the account, which no webhook uses.
    kept["from"] = json!({ "id": "26000000000000026", "username": "Corner.Shop" });
    kept["to"] = json!({ "data": [{ "id": IGSID }] });
    drop(sides);
    deliver(&app, "instagram", &substitute(world.now(), "aWd_2", json!(0)));
    world.advance(GRACE_MS);
    let shown = room(&world, "instagram");
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(shown[1].contains("From the phone") && !shown[1].starts_with("From the phone"), "{shown:?}");
}
