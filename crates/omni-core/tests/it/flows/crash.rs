//! The process ends at any host call of a flow: what is to be said is said once, and nothing waits for ever.

use super::*;

/// Runs a scenario once as it is, then once for each host call of its last step with the process ending there; after a
/// restart and some minutes everything must be as `expected` says.
fn everywhere(
    name: &str,
    prepare: impl Fn(&World, &Instance),
    step: impl Fn(&World, &Instance),
    check: impl Fn(&World, &Instance, &str),
) {
    everywhere_after(0, name, prepare, step, check);
}

/// The same, with no process for a while.
fn everywhere_after(
    downtime: i64,
    name: &str,
    prepare: impl Fn(&World, &Instance),
    step: impl Fn(&World, &Instance),
    check: impl Fn(&World, &Instance, &str),
) {
    let (model, app) = world(everything);
    prepare(&model, &app);
    model.forget_calls();
    step(&model, &app);
    let points = model.crash_points();
    assert!(points.len() > 3, "{name}: {points:?}");
    for (kind, nth) in points {
        for after in [false, true] {
            let (world, app) = world(everything);
            prepare(&world, &app);
            if after {
                app.crash_after(kind, nth);
            } else {
                app.crash_before(kind, nth);
            }
            step(&world, &app);
            world.advance(downtime);
            app.restart();
            minutes(&world, &app, 6);
            let place = format!("{name}: {} {kind} {nth}", if after { "after" } else { "before" });
            check(&world, &app, &place);
            assert_eq!(stored(&world, "due"), 0, "{place}");
            world.advance(2 * HOUR);
            app.job("tick");
            assert_eq!(stored(&world, "lease"), 0, "{place}");
        }
    }
}

/// A delivery that may end in a crash.
fn writes_or_crashes(app: &Instance, mid: &str, text: &str) {
    delivered_or_crashes(app, &text_item(PERSON, PAGE, mid, app.world().now(), text));
}

fn delivered_or_crashes(app: &Instance, item: &serde_json::Value) {
    let world = app.world().clone();
    let request = webhook_request(&delivery("page", PAGE, item).to_string());
    let redelivery = request.clone();
    let answer = app.answer(async move |session| session.receive_webhook(request).await);
    world.settle();
    if !answer.is_some_and(|answer| answer.is_ok_and(|answer| answer.status == 200)) {
        // Meta had no answer and delivers again.
        app.restart();
        app.answer(async move |session| session.receive_webhook(redelivery).await);
        world.settle();
    }
}

#[test]
fn a_welcome_is_said_once() {
    everywhere(
        "welcome",
        |_, _| {},
        |_, app| writes_or_crashes(app, "m_1", "Hello"),
        |world, _, place| {
            assert_eq!(world.meta().texts(), ["Welcome!"], "{place}");
            assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello"], "{place}");
        },
    );
}

#[test]
fn a_farewell_is_said_once() {
    everywhere(
        "farewell",
        |_, app| assert_eq!(writes(app, PERSON, "m_1", "Hello"), 200),
        |world, app| {
            let room = open_room(world, PERSON);
            world.rocket_chat_mut().closes(&room).unwrap();
            events_or_crash(world, app);
        },
        |world, app, place| {
            assert_eq!(world.meta().texts(), ["Welcome!", "Goodbye!"], "{place}");
            writes(app, PERSON, "m_2", "Again");
            assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello", "Again"], "{place}");
        },
    );
}

#[test]
fn a_question_is_asked_once() {
    everywhere(
        "question",
        |world, app| {
            configure_page(world, |config| {
                everything(config);
                config.survey = "How was it?".into();
            });
            app.restart();
            assert_eq!(writes(app, PERSON, "m_1", "Hello"), 200);
        },
        |world, app| {
            let room = open_room(world, PERSON);
            world.rocket_chat_mut().closes(&room).unwrap();
            events_or_crash(world, app);
        },
        |world, _, place| assert_eq!(world.meta().texts(), ["Welcome!", "Goodbye!", "How was it?"], "{place}"),
    );
}

#[test]
fn an_answer_is_shown_once_and_opens_no_conversation() {
    everywhere(
        "answer",
        |world, app| {
            configure_page(world, |config| config.survey = "How was it?".into());
            app.restart();
            assert_eq!(writes(app, PERSON, "m_1", "Hello"), 200);
            app.agent_says("agent", &open_room(world, PERSON), "Hi");
            closes(app, &open_room(world, PERSON));
        },
        |world, app| {
            let payload = survey::asked(world)[3]["payload"].clone();
            let item = serde_json::json!({
                "sender": { "id": PERSON }, "recipient": { "id": PAGE }, "timestamp": world.now(),
                "message": { "mid": "m_2", "text": "4", "quick_reply": { "payload": payload } },
            });
            delivered_or_crashes(app, &item);
        },
        |world, _, place| {
            let room = world.rocket_chat().rooms[0].room.id.clone();
            let texts = texts_in(world, &room);
            assert_eq!(texts.iter().filter(|text| text.contains("4 of 5")).count(), 1, "{place}: {texts:?}");
            assert_eq!((world.rocket_chat().rooms.len(), stored(world, "rating")), (1, 1), "{place}");
        },
    );
}

#[test]
fn what_is_held_is_neither_lost_nor_told_twice() {
    everywhere(
        "holding",
        |_, app| leaves(app, "agent"),
        |_, app| writes_or_crashes(app, "m_1", "Hello?"),
        |world, app, place| {
            assert_eq!(world.meta().texts(), ["We are away."], "{place}");
            assert_eq!(stored(world, "waiting"), 1, "{place}");
            arrives(app, "agent");
            assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?"], "{place}");
            assert_eq!(stored(world, "waiting"), 0, "{place}");
        },
    );
}

#[test]
fn what_was_held_is_served_once_and_whole() {
    everywhere(
        "serving",
        |world, app| {
            leaves(app, "agent");
            writes(app, PERSON, "m_1", "one");
            world.advance(2 * MINUTE);
            writes(app, PERSON, "m_2", "two");
        },
        |world, app| {
            world.rocket_chat_mut().presence("agent", true);
            events_or_crash(world, app);
        },
        |world, _, place| {
            assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["one", "two"], "{place}");
            assert_eq!(world.rocket_chat().rooms.iter().filter(|room| room.room.open).count(), 1, "{place}");
            assert_eq!(world.meta().texts(), ["We are away.", "Welcome!"], "{place}");
            assert_eq!(stored(world, "waiting"), 0, "{place}");
        },
    );
}

#[test]
fn two_instances_that_wake_at_once_serve_each_conversation_once() {
    for seed in 0..40 {
        let world = World::seeded(seed).connected();
        world.rocket_chat_mut().newest_lease_first = seed % 2 == 1;
        configure_page(&world, everything);
        let instances = [world.instance(), world.instance()];
        leaves(&instances[0], "agent");
        for person in ["6001", "6002", "6003"] {
            writes(&instances[0], person, &format!("m_{person}_1"), "one");
            writes(&instances[1], person, &format!("m_{person}_2"), "two");
        }
        world.rocket_chat_mut().presence("agent", true);
        world.rocket_chat_mut().events.clear();
        let user = world.rocket_chat().user("agent").unwrap().clone();
        let woken = instances.each_ref().map(|app| {
            let input = omni_core::api::StatusInput { user: user.clone(), status: "online".into() };
            app.start(async move |session| session.status_changed(input).await)
        });
        world.settle();
        assert!(woken.into_iter().all(|woken| woken.take().unwrap().is_ok()), "seed {seed}");
        instances[0].deliver_events();
        for person in ["6001", "6002", "6003"] {
            assert_eq!(world.rocket_chat().visitor_texts(&token(person)), ["one", "two"], "seed {seed}");
            open_room(&world, person);
        }
        assert_eq!(world.rocket_chat().rooms.len(), 3, "seed {seed}");
        assert_eq!((stored(&world, "waiting"), stored(&world, "lease")), (0, 0), "seed {seed}");
    }
}

/// What was left to say to somebody whose record does not read back keeps nobody else from being told.
#[test]
fn one_that_cannot_be_said_keeps_no_other_from_its_turn() {
    let (world, app) = world(everything);
    for person in ["6001", "6002"] {
        writes(&app, person, &format!("m_{person}"), "Hello");
    }
    for person in ["6001", "6002"] {
        let room = open_room(&world, person);
        // Gone as soon as it is noted what is to be said.
        app.crash_after("store_create", 1);
        world.rocket_chat_mut().closes(&room).unwrap();
        events_or_crash(&world, &app);
        app.restart();
    }
    assert_eq!(stored(&world, "due"), 2);
    for record in &mut world.rocket_chat_mut().records {
        if record.data["kind"] == "conversation" && record.data["id"]["person"] == "6001" {
            record.data["id"] = json!("unreadable");
        }
    }
    world.advance(MINUTE);
    let input = omni_core::api::JobInput { job: "tick".into(), data: json!(null) };
    let _ = app.run(async move |session| session.run_job(input).await);
    assert!(world.meta().texts().contains(&"Goodbye!"), "{:?}", world.meta().texts());
}

/// Uploading takes longer than a process may go without a heartbeat.
#[test]
fn slow_files_that_waited_are_shown_once_by_two_instances() {
    let world = World::new().connected();
    configure_page(&world, everything);
    let instances = [world.instance(), world.instance()];
    leaves(&instances[0], "agent");
    let file = |at: usize| json!({ "type": "image", "payload": { "url": format!("https://scontent.xx.fbcdn.net/v/{at}.jpg") } });
    let files: Vec<_> = (0..8).map(file).collect();
    sends(&instances[0], &event(&world, &json!({ "message": { "mid": "m_1", "attachments": files } })));
    world.advance(MINUTE);
    world.rocket_chat_mut().online.insert("agent".into());
    world.faults_mut().delay("visitor_upload", 19_000);
    let tick = |app: &Instance| {
        let input = omni_core::api::JobInput { job: "tick".into(), data: json!(null) };
        app.start(async move |session| session.run_job(input).await)
    };
    drop(tick(&instances[0]));
    world.advance(125_000);
    drop(tick(&instances[1]));
    world.settle();
    let room = open_room(&world, PERSON);
    let files: usize = world.rocket_chat().in_room(&room).iter().map(|message| message.files.len()).sum();
    assert_eq!((files, stored(&world, "lease")), (8, 0));
}

/// Somebody presses the button on one server while the other one serves.
#[test]
fn two_instances_that_serve_one_conversation_show_it_once() {
    for seed in 0..40 {
        let world = World::seeded(seed).connected();
        configure_page(&world, everything);
        let instances = [world.instance(), world.instance()];
        leaves(&instances[0], "agent");
        writes(&instances[0], PERSON, "m_1", "one");
        writes(&instances[1], PERSON, "m_2", "two");
        world.rocket_chat_mut().online.insert("agent".into());
        let user = world.rocket_chat().user("admin").unwrap().clone();
        let value = waiting_id(&world, PERSON);
        let press = instances[0].start(async move |session| {
            let (room_id, message_id) = (None, None);
            let action_id = "flows:open".into();
            session
                .ui_action(UiInput::Action { user, action_id, value, room_id, message_id, trigger_id: "t".into() })
                .await
        });
        let item = text_item(PERSON, PAGE, "m_3", world.now(), "three");
        let request = webhook_request(&delivery("page", PAGE, &item).to_string());
        let written = instances[1].start(async move |session| session.receive_webhook(request).await);
        world.settle();
        drop((press, written));
        assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["one", "two", "three"], "seed {seed}");
        assert_eq!((world.rocket_chat().rooms.len(), stored(&world, "lease")), (1, 0), "seed {seed}");
    }
}

/// The welcome is taken up by another process before the first message is in the room.
#[test]
fn nobody_is_welcomed_before_their_first_message_is_shown() {
    let (world, app) = world(everything);
    world.faults_mut().fail_all("visitor_message", "failed");
    writes(&app, PERSON, "m_1", "Hello");
    app.restart();
    minutes(&world, &app, 1);
    assert_eq!((stored(&world, "due"), world.meta().texts().len()), (1, 0));
    world.faults_mut().heal();
    minutes(&world, &app, 6);
    assert_eq!((stored(&world, "due"), world.meta().texts()), (0, vec!["Welcome!"]));
}

#[test]
fn a_farewell_is_said_once_however_long_there_was_no_process() {
    everywhere_after(
        HOUR,
        "long farewell",
        |_, app| {
            app.job("tick");
            assert_eq!(writes(app, PERSON, "m_1", "Hello"), 200);
        },
        |world, app| {
            let room = open_room(world, PERSON);
            world.rocket_chat_mut().closes(&room).unwrap();
            events_or_crash(world, app);
        },
        |world, _, place| assert_eq!(world.meta().texts(), ["Welcome!", "Goodbye!"], "{place}"),
    );
}

/// A process that waits for an answer that was lost, and is busy otherwise.
fn stuck(traffic: bool) {
    let world = World::new().connected();
    configure_page(&world, everything);
    let (a, b) = (world.instance(), world.instance());
    leaves(&a, "agent");
    writes(&a, PERSON, "m_1", "Hello?");
    world.rocket_chat_mut().online.insert("agent".into());
    world.faults_mut().delay("room_create", 48 * HOUR);
    let tick = || omni_core::api::JobInput { job: "tick".into(), data: json!(null) };
    let input = tick();
    drop(a.start(async move |session| session.run_job(input).await));
    world.advance(5_000);
    world.faults_mut().heal();
    for minute in 0..20 {
        if traffic {
            let person = format!("8{minute:03}");
            let item = text_item(&person, PAGE, &format!("m_{person}"), world.now(), "Hi");
            let request = webhook_request(&delivery("page", PAGE, &item).to_string());
            drop(a.start(async move |session| session.receive_webhook(request).await));
        }
        world.advance(MINUTE / 2);
        let input = tick();
        drop(b.start(async move |session| session.run_job(input).await));
        world.advance(MINUTE / 2);
    }
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?"]);
}

#[test]
fn what_a_process_that_hangs_has_claimed_is_taken_over_whatever_else_it_does() {
    stuck(false);
    stuck(true);
}
