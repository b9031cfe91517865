//! Once and never lost: repeated, crashed, unanswered, and by two instances at once.

use super::*;

/// Long enough for everything that waits to have been looked into.
const SETTLED: i64 = 12;

/// Three messages of different kinds, as the agent writes them.
fn write(scene: &Scene) -> Vec<String> {
    let mut ids = vec![scene.types("One")];
    scene.world.advance(1);
    ids.push(scene.world.rocket_chat_mut().sends_file("agent", &scene.room, "cat.png", b"data", "My cat"));
    scene.world.advance(1);
    ids.push(scene.types("Two"));
    scene.world.rocket_chat_mut().events.clear();
    ids
}

/// What of them Meta has, in order.
fn arrived(scene: &Scene) -> Vec<String> {
    let shown = |body: &Value| match body["message"]["text"].as_str() {
        Some(text) => text.to_owned(),
        None => "<file>".to_owned(),
    };
    scene.bodies().iter().map(shown).collect()
}

const ALL: [&str; 4] = ["Anna Agent: One", "<file>", "Anna Agent: My cat", "Anna Agent: Two"];

/// The minutes after.
fn later(scene: &Scene) {
    scene.tick(SETTLED);
}

fn tell_all(scene: &Scene, app: &Instance, ids: &[String]) {
    for id in ids {
        scene.tell(app, id);
        scene.world.settle();
    }
}

#[test]
fn what_became_of_a_message_is_asked_of_fewer_when_many_are_too_much_for_meta() {
    let scene = scene(Channel::Instagram);
    scene
        .world
        .meta_mut()
        .expect("POST", "/messages")
        .lost("timeout")
        .json(json!({ "recipient_id": "7001", "message_id": "m_lost" }));
    scene.world.meta_mut().expect("GET", "limit%2820%29").always().error(500, 1, None);
    scene.says("Tuesday");
    scene.tick(3);
    assert_eq!(scene.world.meta().sent_to("POST", "/messages").len(), 1, "Meta has it");
    assert!(scene.outboxes().iter().all(|outbox| !outbox.is_unsent()));
    assert_eq!(scene.whispers(), Vec::<String>::new());
}

#[test]
fn told_twice_sent_once() {
    let scene = scene(Channel::Facebook);
    let ids = write(&scene);
    for _ in 0..2 {
        tell_all(&scene, &scene.app, &ids);
    }
    scene.app.restart();
    tell_all(&scene, &scene.app, &ids);
    assert_eq!(arrived(&scene), ALL);
    assert_eq!(scene.outboxes().len(), 3);
}

#[test]
fn all_at_once_in_order() {
    for seed in 0..20 {
        let scene = scene_in(World::seeded(seed), Channel::Facebook);
        let ids = write(&scene);
        for id in &ids {
            scene.tell(&scene.app, id);
        }
        scene.world.settle();
        later(&scene);
        let mut found = arrived(&scene);
        // Which of them is stored first is the server's; each goes as a whole, and once.
        let file = found.iter().position(|line| line == "<file>").unwrap();
        assert_eq!(found[file + 1], "Anna Agent: My cat", "seed {seed}: {found:?}");
        found.sort();
        let mut all = ALL.map(str::to_owned);
        all.sort();
        assert_eq!(found, all, "seed {seed}");
    }
}

#[test]
fn two_instances_told_the_same_send_once() {
    for seed in 0..30 {
        let scene = scene_in(World::seeded(seed), Channel::Facebook);
        let other = scene.world.instance();
        let ids = write(&scene);
        for id in &ids {
            scene.tell(&scene.app, id);
            scene.tell(&other, id);
        }
        scene.world.settle();
        later(&scene);
        let mut found = arrived(&scene);
        found.sort();
        let mut all = ALL.map(str::to_owned);
        all.sort();
        assert_eq!(found, all, "seed {seed}");
    }
}

#[test]
fn two_instances_take_up_what_waits_once() {
    for seed in 0..30 {
        let scene = scene_in(World::seeded(seed), Channel::Facebook);
        let other = scene.world.instance();
        scene.world.meta_mut().expect("POST", "/messages").error(500, 2, Some(1_545_133));
        scene.says("One");
        scene.says("Two");
        scene.world.advance(2 * MINUTE);
        for app in [&scene.app, &other] {
            let input = JobInput { job: "tick".to_owned(), data: Value::Null };
            app.start(async move |session| {
                let _ = session.run_job(input).await;
            });
        }
        scene.world.settle();
        later(&scene);
        assert_eq!(scene.sent(), ["Anna Agent: One", "Anna Agent: Two"], "seed {seed}");
    }
}

/// The process ends at each call it makes, before or after its effect; its successor is told nothing.
#[test]
fn a_crash_at_any_moment() {
    for channel in NETWORKS {
        let points = {
            let scene = scene(channel);
            let ids = write(&scene);
            scene.world.forget_calls();
            tell_all(&scene, &scene.app, &ids);
            scene.world.crash_points()
        };
        assert!(points.len() > 12, "{points:?}");
        for (kind, nth) in points {
            for after in [false, true] {
                let scene = scene(channel);
                let ids = write(&scene);
                if after {
                    scene.app.crash_after(kind, nth);
                } else {
                    scene.app.crash_before(kind, nth);
                }
                for (number, id) in ids.iter().enumerate() {
                    scene.tell(&scene.app, id);
                    scene.world.settle();
                    if scene.app.has_crashed() {
                        scene.app.restart();
                        // The host tells no message again; a message that was not even stored is told by the next try.
                        if scene.outboxes().len() <= number {
                            scene.tell(&scene.app, id);
                            scene.world.settle();
                        }
                    }
                }
                later(&scene);
                let place = format!("{channel:?} crash {} {kind} {nth}", if after { "after" } else { "before" });
                assert_eq!(arrived(&scene), ALL, "{place}");
                assert_eq!(scene.whispers(), Vec::<String>::new(), "{place}");
                assert!(scene.outboxes().iter().all(|outbox| !outbox.is_unsent()), "{place}");
            }
        }
    }
}

/// A call fails once, with and without effect.
#[test]
fn a_failure_at_any_moment() {
    let points = {
        let scene = scene(Channel::Facebook);
        let ids = write(&scene);
        scene.world.forget_calls();
        tell_all(&scene, &scene.app, &ids);
        scene.world.crash_points()
    };
    for (kind, nth) in points {
        for answer_lost in [false, true] {
            let scene = scene(Channel::Facebook);
            let ids = write(&scene);
            if answer_lost {
                scene.world.faults_mut().lose_answer(kind, nth, "failed");
            } else {
                scene.world.faults_mut().fail(kind, nth, "failed");
            }
            tell_all(&scene, &scene.app, &ids);
            scene.world.faults_mut().heal();
            later(&scene);
            let place = format!("{kind} {nth}, answer lost {answer_lost}");
            let found = arrived(&scene);
            let told = scene.whispers();
            // What could not be stored, or read, is told instead.
            let missing = ALL.iter().filter(|line| !found.iter().any(|sent| sent == *line)).count();
            assert!(missing == 0 || told.len() == 1, "{place}: {found:?} {told:?}");
            let mut once = found.clone();
            once.dedup();
            assert_eq!(found, once, "{place}");
            assert!(found.len() <= ALL.len(), "{place}: {found:?}");
        }
    }
}

#[test]
fn a_request_without_an_answer_is_looked_up_and_never_repeated_blindly() {
    // What Meta tells of the conversation (id, by whom, words), how often it was sent, the id it is known by then.
    type Case = (&'static str, Option<Vec<(&'static str, &'static str, &'static str)>>, usize, &'static str);
    let cases: Vec<Case> = vec![
        ("it is there", Some(vec![("m_x", PAGE, "Anna Agent: One"), ("m_1", "6001", "Hello")]), 1, "m_x"),
        ("it is not", Some(vec![("m_1", "6001", "Hello"), ("m_0", PAGE, "Something else")]), 2, ""),
        ("the customer said the same", Some(vec![("m_2", "6001", "Anna Agent: One")]), 2, ""),
        ("Meta does not say", None, 1, "?"),
    ];
    for (what, told, sends, mid) in cases {
        let scene = scene(Channel::Facebook);
        scene.world.meta_mut().expect("POST", "/messages").lost("timeout").json(json!({}));
        let id = scene.says("One");
        scene.says("Two");
        assert_eq!(scene.world.meta().sent_to("POST", "/messages").len(), 1, "{what}: what is behind waits");
        match &told {
            Some(messages) => {
                for _ in 0..SETTLED {
                    scene.meta_tells(messages);
                    scene.tick(1);
                }
            }
            None => {
                scene.world.meta_mut().expect("GET", "/conversations").error(400, 200, None).always();
                scene.tick(20);
            }
        }
        let tries = scene
            .world
            .meta()
            .sent_to("POST", "/messages")
            .iter()
            .filter(|r| r.body["message"]["text"] == "Anna Agent: One")
            .count();
        assert_eq!(tries, sends, "{what}");
        assert_eq!(scene.sent().last().unwrap(), "Anna Agent: Two", "{what}");
        match mid {
            "?" => {
                assert!(scene.whispers()[0].contains("Look into Meta's inbox"), "{:?}", scene.whispers());
                assert!(scene.offered().is_some());
                assert_eq!(scene.marks(&id), [":warning:"]);
            }
            "" => assert_eq!(scene.whispers(), Vec::<String>::new(), "{what}"),
            mid => assert_eq!(scene.outboxes()[0].mids().next().unwrap().as_str(), mid, "{what}"),
        }
    }
}

/// What the app says by itself, here that files are switched off: to the customer and in the room, once, whatever ends.
#[test]
fn the_apps_own_words_once_after_a_crash() {
    let sends_file = |scene: &Scene| {
        let payload = json!({ "url": "https://scontent.xx.fbcdn.net/v/a.jpg" });
        let item = json!({
            "sender": { "id": scene.id.person }, "recipient": { "id": PAGE }, "timestamp": scene.world.now(),
            "message": { "mid": "m_file", "attachments": [{ "type": "image", "payload": payload }] },
        });
        delivery("page", PAGE, &item)
    };
    let arranged = || {
        let scene = scene(Channel::Facebook);
        scene.world.uncounted();
        scene.set("file_upload_enabled", json!(false));
        scene.quiet();
        scene
    };
    let points = {
        let scene = arranged();
        scene.app.webhook(&sends_file(&scene));
        assert_eq!(scene.sent().len(), 1);
        scene.world.crash_points()
    };
    for (kind, nth) in points {
        for after in [false, true] {
            let scene = arranged();
            let body = sends_file(&scene);
            if after {
                scene.app.crash_after(kind, nth);
            } else {
                scene.app.crash_before(kind, nth);
            }
            let request = webhook_request(&body.to_string());
            scene.app.answer(async move |session| session.receive_webhook(request).await);
            scene.world.settle();
            scene.app.restart();
            scene.app.webhook(&body);
            later(&scene);
            let place = format!("crash {} {kind} {nth}", if after { "after" } else { "before" });
            assert_eq!(scene.sent().len(), 1, "{place}: {:?}", scene.sent());
            let words = &scene.sent()[0];
            let server = scene.world.rocket_chat();
            let shown = server.in_room(&scene.room).iter().filter(|message| message.text == *words).count();
            assert_eq!(shown, 1, "{place}");
        }
    }
}

/// Many slow uploads: another instance does not take the message over meanwhile.
#[test]
fn slow_uploads_are_left_to_whoever_is_at_them() {
    let scene = scene(Channel::Instagram);
    let other = scene.world.instance();
    let mut files = Vec::new();
    for name in ["a.png", "b.png", "c.png", "d.png"] {
        let id = scene.world.rocket_chat_mut().sends_file("agent", &scene.room, name, b"data", "");
        files.extend(scene.world.rocket_chat().message(&id).unwrap().message.files.clone());
    }
    scene.world.rocket_chat_mut().events.clear();
    let id = scene.types("");
    scene.world.rocket_chat_mut().events.clear();
    for stored in &mut scene.world.rocket_chat_mut().messages {
        if stored.message.id == id {
            stored.message.files.clone_from(&files);
        }
    }
    for _ in 0..4 {
        let answer = json!({ "attachment_id": "a" });
        scene.world.meta_mut().expect("POST", "message_attachments").after(18_000).json(answer);
    }
    scene.tell(&scene.app, &id);
    for _ in 0..8 {
        scene.world.advance(10_000);
        let data = json!(scene.id);
        let input = JobInput { job: "outbound:resend".to_owned(), data };
        other.start(async move |session| {
            let _ = session.run_job(input).await;
        });
    }
    scene.world.settle();
    later(&scene);
    assert_eq!(scene.world.meta().sent_to("POST", "message_attachments").len(), 4);
    assert_eq!(scene.bodies().len(), 1);
}
