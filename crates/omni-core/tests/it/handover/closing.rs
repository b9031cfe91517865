//! What becomes of a thread when its conversation is closed.

use super::*;

fn close(scene: &Scene) {
    let room = scene.room();
    scene.world.rocket_chat_mut().closes(&room).unwrap();
    scene.app.deliver_events();
    scene.world.settle();
}

#[test]
fn the_setting_decides() {
    for channel in NETWORKS {
        for (setting, calls, owner) in [
            ("keep", vec![], "ours"),
            ("release", vec!["release"], "idle"),
            ("inbox", vec!["pass"], "inbox"),
            ("default_app", vec!["pass"], "someone"),
        ] {
            let scene = open_scene(channel);
            scene.set("handover_on_close", setting);
            scene.set("handover_metadata", "done by {agent} in {room_id}");
            scene.given_to_us();
            scene.quiet();
            let room = scene.room();
            scene.world.rocket_chat_mut().takes("agent", &room);
            scene.app.deliver_events();
            close(&scene);
            assert_eq!(scene.control_names(), calls, "{setting}");
            let expected = if owner == "inbox" { scene.inbox() } else { owner };
            assert_eq!(scene.owner(), expected, "{setting}");
            for (_, body) in scene.controls() {
                assert_eq!(body["metadata"], format!("done by Anna Agent in {room}"));
                let target = if setting == "inbox" { json!(scene.inbox()) } else { Value::Null };
                assert_eq!(body["target_app_id"], target, "{setting}");
            }
        }
    }
}

#[test]
fn what_another_app_has_is_left_alone() {
    for setting in ["keep", "release", "inbox", "default_app"] {
        let scene = open_scene(Channel::Facebook);
        scene.set("handover_on_close", setting);
        scene.taken_by_bot();
        close(&scene);
        assert!(scene.controls().is_empty(), "{setting}");
        assert_eq!(scene.owner(), BOT);
    }
}

#[test]
fn messages_that_still_wait_are_reported() {
    let scene = open_scene(Channel::Facebook);
    scene.action("request");
    scene.taken_by_bot();
    let id = scene.says("Too late");
    close(&scene);
    assert_eq!(scene.marks(&id), [":warning:"]);
    assert!(scene.whispers().iter().any(|text| text.contains("closed while")), "{:?}", scene.whispers());
    scene.tick(7);
    assert_eq!(scene.waits(), 0);
    scene.customer_writes("m_5", "Hello again");
    assert!(scene.sent().is_empty());
}

#[test]
fn a_refusal_at_closing_harms_nothing() {
    let scene = open_scene(Channel::Facebook);
    scene.set("handover_on_close", "release");
    scene.refuse("release", 100, None);
    close(&scene);
    assert_eq!(scene.control_names(), ["release"]);
    assert!(scene.whispers().is_empty());
    scene.customer_writes("m_5", "Hello again");
    assert_eq!(scene.world.rocket_chat().open_rooms(&scene.id.visitor_token()).len(), 1);
}
