//! Processes that end, and instances that work at once, while messages wait for control.

use super::*;

/// An agent writes twice while the bot has the thread, the bot gives it, and time passes; the process ends at a place in
/// between and the server starts it anew. Meta delivers again what was not answered.
fn story(scene: &Scene, crash: Option<(&str, usize)>) {
    if let Some((kind, nth)) = crash {
        scene.app.crash_after(kind, nth);
    }
    let room = scene.room();
    for text in ["One", "Two"] {
        scene.world.rocket_chat_mut().says("agent", &room, text);
        let told = scene.world.rocket_chat_mut().events.pop();
        let Some(Event::Message(input)) = told else { panic!("a message is told") };
        scene.app.answer(async move |session| {
            let _ = session.agent_message(*input).await;
        });
        scene.world.settle();
        if scene.app.has_crashed() {
            scene.app.restart();
        }
    }
    let given = json!({ "pass_thread_control": { "previous_owner_app_id": BOT, "new_owner_app_id": APP_ID } });
    let body = delivery(scene.object(), scene.id.account.as_str(), &scene.item(&given));
    loop {
        let request = webhook_request(&body.to_string());
        let answer = scene.app.answer(async move |session| session.receive_webhook(request).await);
        scene.world.settle();
        let crashed = scene.app.has_crashed();
        if crashed {
            scene.app.restart();
        }
        if answer.is_some_and(|answer| answer.is_ok()) {
            break;
        }
    }
    for _ in 0..20 {
        scene.world.advance(MINUTE);
        scene.world.rocket_chat_mut().events.clear();
        let input = omni_core::api::JobInput { job: "tick".to_owned(), data: Value::Null };
        scene.app.answer(async move |session| {
            let _ = session.run_job(input).await;
        });
        scene.world.settle();
        if scene.app.has_crashed() {
            scene.app.restart();
        }
        scene.app.run_due();
        scene.world.settle();
    }
}

fn asked_scene() -> Scene {
    let scene = open_scene(Channel::Facebook);
    scene.action("request");
    scene.taken_by_bot();
    scene.quiet();
    // What became of a message in doubt is looked up; Meta shows what it took.
    scene
}

#[test]
fn wherever_the_process_ends_messages_arrive_once_and_in_order_or_are_reported() {
    let whole = asked_scene();
    story(&whole, None);
    assert_eq!(whole.sent(), ["Anna Agent: One", "Anna Agent: Two"]);
    let points = whole.world.crash_points();
    assert!(points.len() > 20, "{}", points.len());
    // The story proper: what follows is quiet ticks.
    for (kind, nth) in points.into_iter().filter(|(kind, nth)| *kind != "store_read" || *nth < 40) {
        let scene = asked_scene();
        story(&scene, Some((kind, nth)));
        let sent = scene.sent();
        let at = |text: &str| sent.iter().filter(|sent| sent.ends_with(text)).count();
        for text in ["One", "Two"] {
            let server = scene.world.rocket_chat();
            let stored = server.messages.iter().find(|stored| stored.message.text == text).unwrap();
            let reported = stored.reactions.iter().any(|(emoji, _)| emoji == ":warning:");
            // A message whose very record was lost with the process is the server's to tell again.
            let unrecorded = kind == "settings";
            assert!(at(text) == 1 || (at(text) == 0 && (reported || unrecorded)), "{kind} {nth}: {sent:?}");
        }
        assert!(sent.is_sorted(), "{kind} {nth}: {sent:?}");
        assert_eq!(scene.waits(), 0, "{kind} {nth}");
    }
}

#[test]
fn control_that_another_instance_hears_of_first_sends_once() {
    for seed in 0..30 {
        let scene = opened(scene_in(World::seeded(seed), Channel::Facebook));
        scene.action("request");
        scene.taken_by_bot();
        scene.quiet();
        let other = scene.world.instance();
        let room = scene.room();
        scene.world.rocket_chat_mut().says("agent", &room, "One");
        let Some(Event::Message(input)) = scene.world.rocket_chat_mut().events.pop() else { panic!("told") };
        // The other instance hears the answer before this one hears that it was asked.
        scene.world.meta_mut().expect("POST", "/request_thread_control").json(json!({ "success": true })).after(800);
        scene.app.start(async move |session| {
            let _ = session.agent_message(*input).await;
        });
        scene.world.advance(400);
        let given = json!({ "pass_thread_control": { "previous_owner_app_id": BOT, "new_owner_app_id": APP_ID } });
        let request = webhook_request(&delivery("page", PAGE, &scene.item(&given)).to_string());
        other.start(async move |session| session.receive_webhook(request).await.map(|answer| answer.status));
        scene.world.settle();
        scene.tick(8);
        assert_eq!(scene.sent(), ["Anna Agent: One"], "seed {seed}");
        assert_eq!(scene.waits(), 0, "seed {seed}");
    }
}

#[test]
fn wherever_the_process_ends_a_closed_conversation_gives_its_thread_away() {
    let closing = |crash: Option<(&str, usize, bool)>| {
        let scene = open_scene(Channel::Facebook);
        scene.set("handover_on_close", "inbox");
        scene.given_to_us();
        scene.quiet();
        match crash {
            Some((kind, nth, true)) => scene.app.crash_after(kind, nth),
            Some((kind, nth, false)) => scene.app.crash_before(kind, nth),
            None => {}
        }
        let room = scene.room();
        scene.world.rocket_chat_mut().closes(&room).unwrap();
        let Some(Event::Room(input)) = scene.world.rocket_chat_mut().events.pop() else { panic!("told") };
        scene.app.answer(async move |session| {
            let _ = session.room_event(input).await;
        });
        scene.world.settle();
        scene
    };
    for (kind, nth) in closing(None).world.crash_points() {
        for after in [false, true] {
            let scene = closing(Some((kind, nth, after)));
            scene.app.restart();
            scene.tick(2);
            assert_eq!(scene.owner(), scene.inbox(), "after {after} {kind} {nth}");
            assert!(scene.control_names().iter().all(|name| *name == "pass"), "{kind} {nth}");
        }
    }
}
