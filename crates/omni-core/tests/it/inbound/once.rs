//! Once and never lost: repeated, crashed, failed, and by two instances at once.

use super::*;
use omni_core::api::JobInput;
use omni_core::store::{MessageRecord, MessageState};

/// A text message as a delivery of its own.
fn text(at: i64, mid: &str, text: &str) -> Value {
    body("page", &item("page", at, &json!({ "message": { "mid": mid, "text": text } })))
}

/// A delivery that exercises all of the writing: text with a quote and two files, then more in the same body.
fn rich(at: i64) -> Value {
    let image = |name: &str| json!({ "type": "image", "payload": { "url": format!("https://scontent.xx.fbcdn.net/v/{name}.jpg") } });
    let first = json!({ "mid": "m_1", "text": "Look at these", "attachments": [image("one"), image("two")] });
    let items = [
        item("page", at, &json!({ "message": first })),
        item("page", at + 1, &json!({ "message": { "mid": "m_2", "text": "ok" } })),
        item("page", at + 2, &json!({ "message": { "mid": "m_3", "text": "ok" } })),
        item("page", at + 3, &json!({ "reaction": { "mid": "m_2", "action": "react", "emoji": "❤️" } })),
        item("page", at + 4, &json!({ "message": { "mid": "m_4", "attachments": [image("three")] } })),
    ];
    json!({ "object": "page", "entry": items.map(|item| json!({ "id": PAGE, "time": at, "messaging": [item] })) })
}

const RICH: [&str; 6] = ["Look at these", "<one.jpg>", "<two.jpg>", "ok", "ok", "<three.jpg>"];

/// Meta delivers again what it got no 200 for, and the scheduler runs each minute.
fn redeliver(app: &Instance, body: &Value) {
    let request = webhook_request(&body.to_string());
    let answer = app.run(async move |session| session.receive_webhook(request).await);
    assert_eq!(answer.expect("the second time works").status, 200);
    app.deliver_events();
    for _ in 0..4 {
        tick(app);
    }
}

fn tick(app: &Instance) {
    app.world().advance(60_000);
    let input = JobInput { job: "tick".to_owned(), data: Value::Null };
    app.run(async move |session| session.run_job(input).await).expect("the tick");
    app.deliver_events();
    app.world().settle();
}

fn nothing_waits(world: &World) {
    let entries: Vec<MessageRecord> = world.rocket_chat().stored();
    for entry in entries {
        assert!(entry.is_settled(), "{}: {:?}", entry.identity, entry.state);
    }
}

#[test]
fn however_often_it_is_delivered() {
    let (world, app) = world();
    tick(&app);
    let at = world.now();
    for _ in 0..3 {
        app.webhook(&rich(at));
        app.deliver_events();
    }
    assert_eq!(room(&world, "page"), RICH);
    world.advance(60 * 60 * 1000);
    for _ in 0..3 {
        tick(&app);
    }
    let entries: Vec<MessageRecord> = world.rocket_chat().stored();
    assert!(entries.is_empty(), "all is filed: {entries:?}");
    app.webhook(&rich(at));
    app.deliver_events();
    assert_eq!(room(&world, "page"), RICH, "and is recognised still");
}

/// The process ends at each call it makes, before or after its effect; Meta delivers again to its successor.
#[test]
fn a_crash_at_any_moment() {
    for warm in [false, true] {
        let points = {
            let (world, app) = started(warm);
            world.forget_calls();
            app.webhook(&rich(world.now()));
            world.crash_points()
        };
        assert!(points.len() > 25, "{points:?}");
        for (kind, nth) in points {
            for after in [false, true] {
                let (world, app) = started(warm);
                let body = rich(world.now());
                if after {
                    app.crash_after(kind, nth);
                } else {
                    app.crash_before(kind, nth);
                }
                let request = webhook_request(&body.to_string());
                app.answer(async move |session| session.receive_webhook(request).await);
                world.settle();
                assert!(app.has_crashed(), "{kind} {nth}");
                app.restart();
                redeliver(&app, &body);
                let place = format!("crash {} {kind} {nth}, warm {warm}", if after { "after" } else { "before" });
                assert_eq!(lines_of(&world, warm), RICH, "{place}");
                assert_eq!(world.rocket_chat().visitors.len(), 1, "{place}");
                nothing_waits(&world);
            }
        }
    }
}

/// A call fails once, with and without effect; the delivery is repeated only when Meta got no 200.
#[test]
fn a_failure_at_any_moment() {
    let points = {
        let (world, app) = started(true);
        world.forget_calls();
        app.webhook(&rich(world.now()));
        world.crash_points()
    };
    for (kind, nth) in points {
        for answer_lost in [false, true] {
            let (world, app) = started(true);
            let body = rich(world.now());
            if answer_lost {
                world.faults_mut().lose_answer(kind, nth, "failed");
            } else {
                world.faults_mut().fail(kind, nth, "failed");
            }
            let request = webhook_request(&body.to_string());
            let answer = app.run(async move |session| session.receive_webhook(request).await);
            app.deliver_events();
            world.faults_mut().heal();
            if answer.is_err() {
                redeliver(&app, &body);
            } else {
                for _ in 0..4 {
                    tick(&app);
                }
            }
            let lines = lines_of(&world, true);
            let place = format!("{kind} {nth}, answer lost {answer_lost}");
            // A download that failed leaves a link in its place.
            let fits = |(line, wanted): (&String, &&str)| {
                line == wanted || (kind == "http" && line.contains("could not be fetched"))
            };
            assert!(lines.len() == RICH.len() && lines.iter().zip(&RICH).all(fits), "{place}: {lines:?}");
            nothing_waits(&world);
        }
    }
}

/// A world; warm with a room that is open already.
fn started(warm: bool) -> (World, Instance) {
    let (world, app) = world();
    if warm {
        customer_writes(&app, "page", "m_0", "Before");
    }
    (world, app)
}

fn lines_of(world: &World, warm: bool) -> Vec<String> {
    let mut lines = room(world, "page");
    if warm {
        assert_eq!(lines.remove(0), "Before");
    }
    lines
}

#[test]
fn two_instances_make_one_visitor_and_one_room() {
    for seed in 0..60 {
        let (world, one) = furnish(World::seeded(seed));
        let two = world.instance();
        let at = world.now();
        let deliveries = [
            (&one, text(at, "m_1", "a")),
            (&two, text(at + 1, "m_2", "b")),
            (&two, text(at, "m_1", "a")),
            (&one, text(at + 2, "m_3", "c")),
        ];
        let pending: Vec<_> = deliveries
            .iter()
            .map(|(app, body)| {
                let request = webhook_request(&body.to_string());
                app.start(async move |session| session.receive_webhook(request).await)
            })
            .collect();
        world.settle();
        for answer in pending {
            assert_eq!(answer.take().expect("no crash").expect("an answer").status, 200, "seed {seed}");
        }
        one.deliver_events();
        let mut lines = room(&world, "page");
        lines.sort();
        assert_eq!(lines, ["a", "b", "c"], "seed {seed}");
        assert_eq!(world.rocket_chat().visitors.len(), 1, "seed {seed}");
        assert_eq!(world.rocket_chat().open_rooms(&conversation("page").visitor_token()).len(), 1, "seed {seed}");
        nothing_waits(&world);
    }
}

/// Two processes may make the record of a conversation's state at once, and an update changes either.
#[test]
fn a_doubled_record_becomes_one_again() {
    for seed in 0..10 {
        let (world, app) = furnish(World::seeded(seed));
        app.webhook(&text(world.now(), "m_1", "a"));
        let is_state = |record: &StoredRecord| record.data["kind"] == "conversation";
        let mut twin =
            world.rocket_chat().records.iter().find(|record| is_state(record)).expect("it is stored").clone();
        twin.data["room_id"] = Value::Null;
        twin.data["visitor"] = Value::Null;
        world.rocket_chat_mut().records.push(twin);
        app.webhook(&text(world.now() + 1, "m_2", "b"));
        assert_eq!(world.rocket_chat().records.iter().filter(|record| is_state(record)).count(), 1, "seed {seed}");
        assert!(world.logged("record-doubled"), "seed {seed}");
        assert_eq!(room(&world, "page"), ["a", "b"], "seed {seed}: in the room that the better record names");
    }
}

#[test]
fn two_instances_keep_the_order_of_what_they_stored() {
    for seed in 0..30 {
        let (world, one) = furnish(World::seeded(seed));
        let two = world.instance();
        let mut expected = Vec::new();
        for number in 0..6 {
            let at = world.now();
            let app = if number % 2 == 0 { &one } else { &two };
            let request = webhook_request(&text(at, &format!("m_{number}"), &number.to_string()).to_string());
            let answer = app.answer(async move |session| session.receive_webhook(request).await);
            assert!(answer.expect("no crash").is_ok());
            expected.push(number.to_string());
        }
        world.settle();
        assert_eq!(room(&world, "page"), expected, "seed {seed}");
    }
}

/// The instance that took the first message ends; the other one has the second and sees the first through.
#[test]
fn what_a_lost_instance_left_goes_first() {
    let (world, one) = world();
    let two = world.instance();
    one.crash_before("room_create", 1);
    let request = webhook_request(&text(world.now(), "m_1", "first").to_string());
    one.answer(async move |session| session.receive_webhook(request).await);
    assert!(one.has_crashed());
    let began = world.now();
    let answer = two.start({
        let request = webhook_request(&text(began + 1, "m_2", "second").to_string());
        async move |session| session.receive_webhook(request).await
    });
    world.settle();
    assert!(answer.answered_at().expect("an answer") - began < 5_000, "Meta has its answer in time");
    assert_eq!(room(&world, "page"), ["first", "second"]);
}

#[test]
fn slow_files_do_not_keep_meta_waiting() {
    let (world, app) = world();
    world.meta_mut().expect("GET", "one.jpg").after(15_000);
    let began = world.now();
    let request = webhook_request(&rich(began).to_string());
    let answer = app.start(async move |session| session.receive_webhook(request).await);
    world.settle();
    assert!(answer.answered_at().expect("an answer") - began < 5_000);
    assert_eq!(room(&world, "page").len(), RICH.len());
}

/// Whatever the server refuses for good, and what comes behind it.
#[test]
fn an_event_the_server_refuses_does_not_block_the_conversation() {
    let (world, app) = started(true);
    world.faults_mut().fail("visitor_message", 1, "error-strange");
    world.faults_mut().fail("visitor_message", 2, "error-strange");
    world.faults_mut().fail("visitor_message", 3, "error-strange");
    app.webhook(&text(world.now(), "m_1", "poison"));
    app.webhook(&text(world.now() + 1, "m_2", "next"));
    assert_eq!(
        lines_of(&world, true),
        ["_A message could not be shown here (error-strange). It can be seen in Facebook._", "next"]
    );
    let entries: Vec<MessageRecord> = world.rocket_chat().stored();
    let kept = entries.iter().filter(|entry| entry.event().is_some()).count();
    assert_eq!(kept, 1, "the event is kept");
    world.assert_logs_hold_none_of(&["poison"]);
}

/// The server is down for a while: nothing is given up.
#[test]
fn a_server_that_is_down_for_an_hour() {
    let (world, app) = started(true);
    world.faults_mut().fail_all("visitor_message", "failed");
    let answer = app.webhook(&text(world.now(), "m_1", "first"));
    assert_eq!(answer.status, 200, "it is stored");
    for _ in 0..60 {
        tick(&app);
    }
    app.webhook(&text(world.now(), "m_2", "second"));
    world.faults_mut().heal();
    for _ in 0..6 {
        tick(&app);
    }
    assert_eq!(lines_of(&world, true), ["first", "second"]);
    nothing_waits(&world);
}

#[test]
fn what_cannot_be_stored_is_not_acknowledged() {
    let (world, app) = started(true);
    world.faults_mut().fail("store_create", 2, "failed");
    let request = webhook_request(&rich(world.now()).to_string());
    assert!(app.run(async move |session| session.receive_webhook(request).await).is_err());
    redeliver(&app, &rich(world.now()));
    // The first was stored and is not shown twice.
    assert_eq!(lines_of(&world, true), RICH);
}

#[test]
fn a_blocked_contact_is_left_alone() {
    let (world, app) = started(true);
    world.faults_mut().fail_all("visitor_message", "error-contact-channel-blocked");
    app.webhook(&text(world.now(), "m_1", "spam"));
    let tried = world.count_of("visitor_message");
    for _ in 0..3 {
        tick(&app);
    }
    assert_eq!(world.count_of("visitor_message"), tried, "it is not tried again");
    let entries: Vec<MessageRecord> = world.rocket_chat().stored();
    assert!(entries.iter().any(|entry| matches!(entry.state, MessageState::DeadLetter { .. })));
}

#[test]
fn a_text_in_an_open_conversation_takes_four_calls() {
    let (world, app) = started(true);
    world.forget_calls();
    app.webhook(&text(world.now(), "m_1", "Hello"));
    assert_eq!(world.kinds(), ["store_create", "store_read", "visitor_message", "store_update"]);
}

/// The module's instance is lost between showing a message and noting so; the next one in the same process goes on.
#[test]
fn an_instance_lost_within_a_process_doubles_nothing() {
    let (world, app) = started(true);
    app.crash_after("visitor_message", 1);
    let request = webhook_request(&text(world.now(), "m_1", "once").to_string());
    app.answer(async move |session| session.receive_webhook(request).await);
    assert!(app.has_crashed());
    app.lose_core();
    app.webhook(&text(world.now() + 1, "m_2", "next"));
    assert_eq!(lines_of(&world, true), ["once", "next"]);
    nothing_waits(&world);
}

/// An event that ends every process that touches it costs neither the conversation nor the others.
#[test]
fn an_event_that_ends_processes_is_not_tried_for_ever() {
    let (world, app) = started(true);
    app.crash_before("visitor_message", 1);
    let request = webhook_request(&text(world.now(), "m_1", "poison").to_string());
    app.answer(async move |session| session.receive_webhook(request).await);
    for _ in 0..5 {
        app.restart();
        app.crash_before("visitor_message", 1);
        for _ in 0..4 {
            world.advance(60_000);
            app.answer(async |session| session.run_job(JobInput { job: "tick".to_owned(), data: Value::Null }).await);
            world.settle();
        }
        assert!(app.has_crashed(), "it is tried");
    }
    app.restart();
    for _ in 0..4 {
        tick(&app);
    }
    let note = "_A message could not be shown here (process-ended). It can be seen in Facebook._";
    assert_eq!(lines_of(&world, true), [note]);
    app.webhook(&text(world.now(), "m_2", "next"));
    assert_eq!(lines_of(&world, true), [note, "next"]);
    nothing_waits(&world);
}

fn change_account(world: &World, change: impl Fn(&mut Value)) {
    let mut server = world.rocket_chat_mut();
    for record in &mut server.records {
        if record.data["kind"] == "account" && record.data["id"] == PAGE {
            change(&mut record.data);
        }
    }
}

/// Another instance turned the account's events on a moment ago.
#[test]
fn an_account_subscribed_just_now_loses_nothing() {
    let (world, app) = started(true);
    change_account(&world, |account| account["subscribed"] = false.into());
    world.advance(60_000);
    app.webhook(&text(world.now(), "m_1", "not wanted"));
    change_account(&world, |account| account["subscribed"] = true.into());
    app.webhook(&text(world.now(), "m_2", "wanted"));
    assert_eq!(lines_of(&world, true), ["wanted"]);
}

/// An account whose record this version cannot read is not one that is not ours.
#[test]
fn an_account_that_does_not_read_back_loses_nothing() {
    let (world, app) = started(true);
    change_account(&world, |account| account["route"] = "carrier pigeon".into());
    world.advance(60_000);
    app.webhook(&text(world.now(), "m_1", "first"));
    for _ in 0..3 {
        tick(&app);
    }
    assert!(world.logged("record-unreadable"));
    change_account(&world, |account| account["route"] = "facebook".into());
    tick(&app);
    assert_eq!(lines_of(&world, true), ["first"]);
    nothing_waits(&world);
}

#[test]
fn an_account_that_is_connected_anew_finds_its_messages() {
    let (world, app) = started(true);
    world.faults_mut().fail_all("visitor_message", "failed");
    app.webhook(&text(world.now(), "m_1", "first"));
    let account = |world: &World| world.rocket_chat().records.iter().position(|record| record.data["id"] == PAGE);
    let at = account(&world).expect("it is connected");
    let record = world.rocket_chat_mut().records.remove(at);
    world.faults_mut().heal();
    for _ in 0..10 {
        tick(&app);
    }
    assert!(lines_of(&world, true).is_empty());
    world.rocket_chat_mut().records.push(record);
    tick(&app);
    assert_eq!(lines_of(&world, true), ["first"]);
    nothing_waits(&world);
}

/// A conversation whose record does not read back finds its visitor and room again.
#[test]
fn a_conversation_that_does_not_read_back_heals() {
    let (world, app) = started(true);
    for record in &mut world.rocket_chat_mut().records {
        if record.data["kind"] == "conversation" {
            record.data["room_id"] = json!({ "not": "a room" });
        }
    }
    app.webhook(&text(world.now(), "m_1", "first"));
    app.webhook(&text(world.now(), "m_2", "second"));
    assert_eq!(lines_of(&world, true), ["first", "second"]);
    nothing_waits(&world);
}

/// A server that takes nothing for a day: given up, and said to those who look after the account.
#[test]
fn what_is_given_up_is_said() {
    let (world, app) = started(true);
    world.faults_mut().fail_all("visitor_message", "error-strange");
    for number in 0..3 {
        app.webhook(&text(world.now(), &format!("m_{number}"), "lost"));
    }
    let tried = world.count_of("visitor_message");
    for _ in 0..60 {
        tick(&app);
    }
    let each_hour = world.count_of("visitor_message") - tried;
    assert!(each_hour < 60, "it is tried less often in time: {each_hour}");
    for _ in 0..24 {
        world.advance(HOUR);
        tick(&app);
    }
    nothing_waits(&world);
    let posts = world.calls().into_iter().filter(|call| call.kind == "post");
    let said = posts.filter(|call| call.call["text"].as_str().unwrap_or_default().contains("for a whole day")).count();
    assert_eq!(said, 1);
}

const HOUR: i64 = 60 * 60 * 1000;
