//! Filing, finding what is filed, and removing what is old.

use super::*;
use omni_core::store::{Archive, ConversationState, CustomerReaction, MessageRecord, MessageState, Receipts};

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
fn archived(object: &str) -> (World, Instance) {
    let (world, app) = world();
    app.job("tick");
    customer_writes(&app, object, "m_1", "Question");
    world.advance(1_000);
    app.agent_says("agent", "room-1", "Answer");
    app.deliver_events();
    ticks(&app, 2);
    assert!(world.rocket_chat().stored::<MessageRecord>().is_empty());
    // The setup channels hold the first two messages of the workspace.
    assert_eq!(world.rocket_chat().stored::<Archive>().len(), 1, "what belongs together is filed together");
    (world, app)
}

#[test]
fn what_is_archived_is_found() {
    let (world, app) = archived("instagram");
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

/// Customers read hours later.
#[test]
fn what_is_read_late_is_shown_as_read() {
    for (object, receipt) in [
        ("page", json!({ "read": { "watermark": 4_000_000_000_000_i64 } })),
        ("instagram", json!({ "read": { "mid": "m_sent_1" } })),
    ] {
        let (world, app) = archived(object);
        deliver(&app, object, &item(object, world.now(), &receipt));
        let server = world.rocket_chat();
        let marked: Vec<_> = server.messages.iter().filter(|stored| !stored.reactions.is_empty()).collect();
        assert_eq!(marked.len(), 1, "{object}");
        assert_eq!(marked[0].message.text, "Answer");
    }
}

#[test]
fn an_old_event_delivered_again_is_recognised() {
    let (world, app) = archived("page");
    let old = world.now() - 2 * HOUR - 1_000;
    deliver(&app, "page", &item("page", old, &json!({ "message": { "mid": "m_1", "text": "Question" } })));
    assert_eq!(room(&world, "page").len(), 2);
    deliver(&app, "page", &item("page", old, &json!({ "message": { "mid": "m_late", "text": "Late" } })));
    assert_eq!(room(&world, "page")[2], "Late", "one that is merely late is shown");
}

#[test]
fn the_window_outlives_the_entries() {
    let (world, app) = archived("page");
    let heads: Vec<ConversationState> = world.rocket_chat().stored();
    assert!(heads[0].opened_at.is_some());
    app.agent_says("agent", "room-1", "More");
    app.deliver_events();
    let meta = world.meta();
    assert_eq!(meta.messages().last().expect("it was sent")["messaging_type"], "RESPONSE");
}

#[test]
fn what_is_old_goes() {
    let (world, app) = archived("page");
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
        let there = world.rocket_chat().stored::<Archive>().iter().any(|archive| !archive.links.is_empty());
        assert_eq!(there, day <= 3, "day {day}");
        assert_eq!(!world.rocket_chat().stored::<CustomerReaction>().is_empty(), there, "day {day}");
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
        app.answer(async |session| session.run_job(job("tick")).await);
        world.settle();
        assert!(app.has_crashed(), "{kind} {nth}");
        app.restart();
        ticks(&app, 1);
        assert!(world.rocket_chat().stored::<MessageRecord>().is_empty(), "{kind} {nth}");
        let again = item("page", world.now() - 3 * HOUR, &json!({ "message": { "mid": "m_1", "text": "Question" } }));
        deliver(&app, "page", &again);
        assert_eq!(room(&world, "page"), ["Question"], "{kind} {nth}");
        let heads: Vec<ConversationState> = world.rocket_chat().stored();
        assert!(heads[0].opened_at.is_some(), "{kind} {nth}");
    }
}

fn talk() -> (World, Instance) {
    let (world, app) = world();
    app.job("tick");
    customer_writes(&app, "page", "m_1", "Question");
    (world, app)
}

fn job(name: &str) -> omni_core::api::JobInput {
    omni_core::api::JobInput { job: name.to_owned(), data: Value::Null }
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
    let entries = world.rocket_chat().stored::<MessageRecord>().len();
    assert!(entries < 45, "{entries}");
    assert_eq!(room(&world, "page").len(), 120);
}

/// What waits for long in many buckets keeps nothing else from being filed.
#[test]
fn what_waits_does_not_keep_the_rest_from_being_archived() {
    let (world, app) = world();
    app.job("tick");
    for number in 0..20 {
        let said =
            json!({ "message": { "is_echo": true, "mid": format!("m_phone_{number}"), "text": "From my phone" } });
        deliver(&app, "instagram", &echo("instagram", world.now(), &said));
        ticks(&app, 1);
    }
    customer_writes(&app, "page", "m_1", "Question");
    ticks(&app, 2);
    let entries: Vec<MessageRecord> = world.rocket_chat().stored();
    assert_eq!(entries.len(), 20, "the question is filed");
    assert!(entries.iter().all(|entry| matches!(entry.state, MessageState::AwaitingRoom { .. })));
    ticks(&app, 30);
    assert!(
        world.rocket_chat().stored::<MessageRecord>().is_empty(),
        "and what nobody wants to know any more in its time"
    );
}

/// What this version cannot read stays for one that can.
#[test]
fn what_does_not_read_back_is_not_removed() {
    let (world, app) = world();
    app.job("tick");
    customer_writes(&app, "page", "m_1", "Question");
    let strange = {
        let mut server = world.rocket_chat_mut();
        let record = server.records.iter().find(|record| record.data["kind"] == "entry").expect("an entry");
        let (mut keys, mut data) = (record.keys.clone(), record.data.clone());
        keys[3] = "entry:strange".to_owned();
        data["state"] = json!({ "carved": { "in": "stone" } });
        let strange = StoredRecord { keys, data };
        server.records.push(strange.clone());
        strange
    };
    ticks(&app, 3);
    let server = world.rocket_chat();
    let left: Vec<_> = server.records.iter().filter(|record| record.data["kind"] == "entry").collect();
    assert_eq!(left, [&strange]);
}

/// A customer who comes back after the retention time is greeted by nothing stale.
#[test]
fn a_conversation_of_long_ago_leaves_nothing() {
    let (world, app) = archived("page");
    let receipt = |at: i64| json!({ "read": { "watermark": at } });
    app.agent_says("agent", "room-1", "Anything else?");
    app.deliver_events();
    deliver(&app, "page", &item("page", world.now(), &receipt(world.now())));
    assert_eq!(world.rocket_chat().stored::<Receipts>().len(), 1);
    ticks(&app, 2);
    world.rocket_chat_mut().settings.insert("retention_days".to_owned(), json!(3));
    world.meta_mut().expect("GET", "graph.facebook.com").json(json!({ "data": [] })).always();
    let days = |count: usize| {
        for _ in 0..count {
            world.advance(24 * HOUR);
            app.job("daily");
            world.settle();
        }
    };
    days(6);
    assert_eq!(world.rocket_chat().stored::<ConversationState>().len(), 1, "the room is open still");
    world.rocket_chat_mut().closes("room-1").expect("it closes");
    app.deliver_events();
    world.settle();
    ticks(&app, 1);
    days(12);
    assert_eq!(
        (world.rocket_chat().stored::<ConversationState>().len(), world.rocket_chat().stored::<Receipts>().len()),
        (0, 0)
    );
    assert!(world.rocket_chat().stored::<Archive>().is_empty());
    customer_writes(&app, "page", "m_2", "Hello again");
    assert_eq!(transcript(&world, "page").len(), 2, "a new room");
    assert_eq!(world.rocket_chat().visitors.len(), 1, "of the same visitor");
}

/// The process ends while it removes what is old.
#[test]
fn a_crash_while_removing_days_leaves_nothing_for_ever() {
    let points = {
        let (world, app) = long_ago();
        world.forget_calls();
        app.job("daily");
        world.settle();
        world.crash_points()
    };
    for (kind, nth) in
        points.into_iter().filter(|(kind, _)| *kind == "store_remove" || *kind == "store_update").take(60)
    {
        let (world, app) = long_ago();
        app.crash_after(kind, nth);
        app.answer(async |session| session.run_job(job("daily")).await);
        world.settle();
        if !app.has_crashed() {
            continue;
        }
        app.restart();
        world.advance(24 * HOUR);
        app.job("daily");
        world.settle();
        assert!(world.rocket_chat().stored::<ConversationState>().is_empty(), "{kind} {nth}");
        assert!(world.rocket_chat().stored::<Archive>().is_empty(), "{kind} {nth}");
    }
}

/// A conversation that ended more than the retention time ago.
fn long_ago() -> (World, Instance) {
    let (world, app) = archived("page");
    world.rocket_chat_mut().closes("room-1").expect("it closes");
    app.deliver_events();
    ticks(&app, 2);
    world.rocket_chat_mut().settings.insert("retention_days".to_owned(), json!(3));
    world.meta_mut().expect("GET", "graph.facebook.com").json(json!({ "data": [] })).always();
    app.job("daily");
    world.advance(9 * 24 * HOUR);
    (world, app)
}
