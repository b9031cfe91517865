//! Filing, finding what is filed, and removing what is old.

use super::*;
use omni_core::store::{Archive, Entry, Head, Mark};

const HOUR: i64 = 60 * 60 * 1000;

fn ticks(app: &Instance, hours: i64) {
    for _ in 0..hours * 6 {
        app.world().advance(HOUR / 6);
        app.job("tick");
        app.world().settle();
    }
    app.deliver_events();
}

/// An agent's answer to a customer's question, filed an hour ago.
fn filed(object: &str) -> (World, Instance) {
    let (world, app) = world();
    app.job("tick");
    customer_writes(&app, object, "m_1", "Question");
    world.advance(1_000);
    app.agent_says("agent", "room-1", "Answer");
    app.deliver_events();
    ticks(&app, 2);
    assert!(world.rocket_chat().stored::<Entry>().is_empty());
    // The setup channels hold the first two messages of the workspace.
    assert_eq!(world.rocket_chat().stored::<Archive>().len(), 1, "what belongs together is filed together");
    (world, app)
}

#[test]
fn what_is_filed_is_found() {
    let (world, app) = filed("instagram");
    let later = |members: Value| item("instagram", world.now(), &members);
    deliver(&app, "instagram", &later(json!({ "reaction": { "mid": "m_sent_1", "action": "react", "emoji": "❤️" } })));
    assert_eq!(world.rocket_chat().message("message-4").expect("the answer").reactions.len(), 1);
    deliver(&app, "instagram", &later(json!({ "message_edit": { "mid": "m_1", "text": "Question!", "num_edit": 1 } })));
    assert_eq!(room(&world, "instagram")[0], "Question!");
    deliver(
        &app,
        "instagram",
        &later(json!({ "message": { "mid": "m_2", "text": "This", "reply_to": { "mid": "m_sent_1" } } })),
    );
    assert_eq!(
        room(&world, "instagram")[2],
        "This [@Anna Agent | Answer | re https://chat.example.com/live/room-1?msg=message-4]"
    );
    deliver(&app, "instagram", &later(json!({ "message": { "mid": "m_1", "is_deleted": true } })));
    assert_eq!(room(&world, "instagram")[0], "_The customer took back this message in Instagram._");
    let message = json!({ "is_echo": true, "mid": "m_sent_1", "text": "Answer" });
    deliver(&app, "instagram", &echo("instagram", world.now(), &json!({ "message": message })));
    assert_eq!(room(&world, "instagram").len(), 3, "an echo of old is ours still");
}

#[test]
fn an_old_event_delivered_again_is_recognised() {
    let (world, app) = filed("page");
    let old = world.now() - 2 * HOUR - 1_000;
    deliver(&app, "page", &item("page", old, &json!({ "message": { "mid": "m_1", "text": "Question" } })));
    assert_eq!(room(&world, "page").len(), 2);
    deliver(&app, "page", &item("page", old, &json!({ "message": { "mid": "m_late", "text": "Late" } })));
    assert_eq!(room(&world, "page")[2], "Late", "one that is merely late is shown");
}

#[test]
fn the_window_outlives_the_entries() {
    let (world, app) = filed("page");
    let heads: Vec<Head> = world.rocket_chat().stored();
    assert!(heads[0].opened_at.is_some());
    app.agent_says("agent", "room-1", "More");
    app.deliver_events();
    let meta = world.meta();
    assert_eq!(meta.messages().last().expect("it was sent")["messaging_type"], "RESPONSE");
}

#[test]
fn what_is_old_goes() {
    let (world, app) = filed("page");
    deliver(
        &app,
        "page",
        &item("page", world.now(), &json!({ "reaction": { "mid": "m_1", "action": "react", "emoji": "❤️" } })),
    );
    ticks(&app, 2);
    world.rocket_chat_mut().settings.insert("retention_days".to_owned(), json!(3));
    // What the app asks about its accounts each day is another test's business.
    world.meta_mut().expect("GET", "graph.facebook.com").json(json!({ "data": [] })).always();
    for day in 0..6 {
        let there = !world.rocket_chat().stored::<Archive>().is_empty();
        assert_eq!(there, day <= 3, "day {day}");
        assert_eq!(!world.rocket_chat().stored::<Mark>().is_empty(), there, "day {day}");
        world.advance(24 * HOUR);
        app.job("daily");
        world.settle();
    }
    assert_eq!(room(&world, "page").len(), 2, "the room is the server's");
}

/// A crash while filing files twice at worst.
#[test]
fn a_crash_while_filing_loses_nothing() {
    let points = {
        let (world, app) = talk();
        world.advance(HOUR);
        world.forget_calls();
        app.job("tick");
        world.crash_points()
    };
    let changing = points.into_iter().filter(|(kind, _)| *kind != "store_read" && kind.starts_with("store"));
    for (kind, nth) in changing {
        let (world, app) = talk();
        world.advance(HOUR);
        app.crash_after(kind, nth);
        app.answer(async |session| session.run_job(tick()).await);
        world.settle();
        assert!(app.has_crashed(), "{kind} {nth}");
        app.restart();
        ticks(&app, 1);
        assert!(world.rocket_chat().stored::<Entry>().is_empty(), "{kind} {nth}");
        let again = item("page", world.now() - 3 * HOUR, &json!({ "message": { "mid": "m_1", "text": "Question" } }));
        deliver(&app, "page", &again);
        assert_eq!(room(&world, "page"), ["Question"], "{kind} {nth}");
        let heads: Vec<Head> = world.rocket_chat().stored();
        assert!(heads[0].opened_at.is_some(), "{kind} {nth}");
    }
}

fn talk() -> (World, Instance) {
    let (world, app) = world();
    app.job("tick");
    customer_writes(&app, "page", "m_1", "Question");
    (world, app)
}

fn tick() -> omni_core::entry::JobInput {
    omni_core::entry::JobInput { job: "tick".to_owned(), data: Value::Null }
}

/// A conversation of an hour leaves few records behind, and each message reads only what is recent.
#[test]
fn reads_stay_small() {
    let (world, app) = world();
    app.job("tick");
    for number in 0..120 {
        customer_writes(&app, "page", &format!("m_{number}"), &format!("{number}"));
        world.advance(60_000);
        app.job("tick");
    }
    let entries = world.rocket_chat().stored::<Entry>().len();
    assert!(entries < 45, "{entries}");
    assert_eq!(room(&world, "page").len(), 120);
}
