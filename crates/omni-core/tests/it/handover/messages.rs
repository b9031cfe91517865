//! Agents' messages in a thread that another app has.

use super::*;

#[test]
fn a_thread_that_nobody_shares_costs_nothing() {
    for channel in NETWORKS {
        for action in ["none", "take", "request"] {
            let scene = open_scene(channel);
            scene.action(action);
            scene.says("warm up");
            scene.quiet();
            scene.says("Hi");
            assert_eq!(scene.sent(), ["Anna Agent: Hi"]);
            assert!(scene.controls().is_empty(), "{action}");
            let counted: Vec<_> = scene.world.kinds().into_iter().filter(|kind| *kind != "react").collect();
            assert_eq!(counted.len(), 4, "{action}: {counted:?}");
        }
    }
}

#[test]
fn control_is_taken_before_a_message_where_the_setting_says_so() {
    for channel in NETWORKS {
        let scene = open_scene(channel);
        scene.world.uncounted();
        scene.world.advance(MINUTE);
        scene.action("take");
        scene.set("handover_metadata", "room {room_id}, {agent}, {department}, {other}");
        scene.taken_by_bot();
        assert_eq!((scene.owner().as_str(), scene.lines().len()), (BOT, 1));
        assert!(scene.last_line().contains(BOT_NAME), "{}", scene.last_line());
        scene.says("Let me help");
        let metadata = format!("room {}, Anna Agent, , {{other}}", scene.room());
        let person = scene.id.person.as_str();
        let expected = json!({ "recipient": { "id": person }, "metadata": metadata });
        assert_eq!(scene.controls(), [("take_thread_control".to_owned(), expected)]);
        assert_eq!(scene.sent(), ["Anna Agent: Let me help"]);
        assert_eq!(scene.owner(), "ours");
        scene.says("And more");
        assert_eq!(scene.controls().len(), 1, "it is ours now");
    }
}

#[test]
fn a_refused_taking_is_said_with_what_to_change_and_the_message_waits() {
    for (code, subcode, words) in [
        (27, None, "No default app is chosen"),
        (10, Some(2_018_171), "neither the default app"),
        (4, None, "Try again in a minute"),
    ] {
        let scene = open_scene(Channel::Facebook);
        scene.action("take");
        scene.taken_by_bot();
        scene.refuse("take", code, subcode);
        let id = scene.says("Let me help");
        let line = scene.last_line();
        assert!(line.contains(words) && line.contains(&format!("code {code}")), "{code}: {line}");
        assert!(scene.sent().is_empty());
        assert_eq!(scene.marks(&id), [":hourglass_flowing_sand:"]);
        assert_eq!(scene.waits(), 1);
        // Somebody changes it at Meta; the agent presses the button under the line.
        scene.press("handover:take");
        assert_eq!(scene.sent(), ["Anna Agent: Let me help"], "{code}");
        assert_eq!((scene.owner().as_str(), scene.waits()), ("ours", 0));
        assert!(scene.marks(&id).is_empty());
    }
}

#[test]
fn what_is_ours_already_counts_as_taken() {
    let scene = open_scene(Channel::Facebook);
    scene.action("take");
    scene.taken_by_bot();
    scene.refuse("take", 100, None);
    let owner =
        json!({ "data": [{ "thread_owner": { "app_id": APP_ID, "expiration": (scene.world.now() + HOUR) / 1000 } }] });
    scene.world.meta_mut().expect("GET", "/thread_owner").json(owner);
    scene.says("Hi");
    assert_eq!(scene.sent(), ["Anna Agent: Hi"]);
    assert_eq!(scene.owner(), "ours");
}

#[test]
fn messages_wait_for_control_that_was_asked_for_and_go_out_once_and_in_order() {
    for channel in NETWORKS {
        let scene = open_scene(channel);
        scene.action("request");
        scene.taken_by_bot();
        let ids = ["One", "Two", "Three"].map(|text| scene.says(text));
        assert_eq!(scene.control_names(), ["request"], "asked once");
        assert!(scene.sent().is_empty());
        assert!(scene.last_line().contains("was asked for"), "{}", scene.last_line());
        for id in &ids {
            assert_eq!(scene.marks(id), [":hourglass_flowing_sand:"]);
        }
        scene.tick(2);
        assert!(scene.sent().is_empty());
        scene.given_to_us();
        assert_eq!(scene.sent(), ["Anna Agent: One", "Anna Agent: Two", "Anna Agent: Three"]);
        assert!(scene.last_line().contains("`vip`"), "{}", scene.last_line());
        scene.tick(10);
        assert_eq!(scene.sent().len(), 3, "once");
        assert_eq!((scene.owner().as_str(), scene.waits()), ("ours", 0));
        for id in &ids {
            assert!(scene.marks(id).is_empty());
        }
    }
}

#[test]
fn messages_are_reported_when_nobody_gives_control() {
    let scene = open_scene(Channel::Facebook);
    scene.action("request");
    scene.taken_by_bot();
    let ids = ["One", "Two"].map(|text| scene.says(text));
    scene.quiet();
    scene.tick(4);
    assert_eq!(scene.waits(), 1);
    scene.tick(2);
    assert!(scene.sent().is_empty());
    assert!(scene.last_line().contains("not given within 5 minutes"), "{}", scene.last_line());
    for id in &ids {
        assert_eq!(scene.marks(id), [":warning:"]);
    }
    let told = scene.whispers();
    assert_eq!(told.iter().filter(|text| text.contains("did not give it")).count(), 2, "{told:?}");
    assert_eq!(scene.waits(), 0);
    // Control that comes later sends nothing of it by itself.
    scene.given_to_us();
    scene.tick(2);
    assert!(scene.sent().is_empty());
}

#[test]
fn a_request_that_meta_refuses_is_said() {
    let scene = open_scene(Channel::Instagram);
    scene.action("request");
    scene.taken_by_bot();
    scene.refuse("request", 100, None);
    scene.says("Hi");
    let line = scene.last_line();
    assert!(line.contains("code 100") && line.contains("only while no default app is chosen"), "{line}");
    assert!(scene.sent().is_empty());
    scene.press("handover:discard");
    scene.given_to_us();
    assert!(scene.sent().is_empty(), "the agent decided");
}

#[test]
fn a_refused_message_is_the_change_of_owner_it_says_it_is() {
    for channel in NETWORKS {
        let scene = open_scene(channel);
        scene.refuse_messages(1);
        let id = scene.says("Hello?");
        assert_eq!(scene.owner(), "someone");
        assert!(scene.last_line().contains("waits here until you decide"), "{}", scene.last_line());
        let actions: Vec<String> = scene.buttons().into_iter().map(|(action, _)| action).collect();
        assert_eq!(actions, ["handover:take", "handover:request", "handover:discard"]);
        scene.press("handover:take");
        assert_eq!(scene.sent(), ["Anna Agent: Hello?"]);
        assert_eq!(scene.owner(), "ours");
        assert!(scene.marks(&id).is_empty());
        assert_eq!(scene.lines().len(), 1, "one line, rewritten: {:?}", scene.lines());
    }
}

#[test]
fn a_refused_message_is_sent_again_once_control_is_taken() {
    for channel in NETWORKS {
        let scene = open_scene(channel);
        scene.action("take");
        scene.refuse_messages(1);
        scene.says("Hello?");
        assert_eq!(scene.control_names(), ["take"]);
        assert_eq!(scene.sent(), ["Anna Agent: Hello?"]);
        // Taken back at the very moment: not for ever to and fro.
        scene.quiet();
        scene.refuse_messages(2);
        scene.says("Again?");
        assert_eq!(scene.control_names(), ["take"]);
        assert!(scene.sent().is_empty());
        assert!(scene.last_line().contains("waits here until you decide"), "{}", scene.last_line());
        scene.customer_writes("m_2", "Are you there?");
        assert_eq!(scene.sent(), ["Anna Agent: Again?"], "control came back");
    }
}

#[test]
fn a_message_that_meta_takes_shows_that_the_thread_is_ours() {
    let scene = open_scene(Channel::Facebook);
    scene.taken_by_bot();
    scene.says("Hi");
    assert_eq!(scene.sent(), ["Anna Agent: Hi"]);
    assert_eq!(scene.owner(), "ours");
    assert!(scene.last_line().contains("is here now"), "{}", scene.last_line());
}

#[test]
fn whoever_writes_again_hears_how_it_stands() {
    let scene = open_scene(Channel::Facebook);
    scene.action("take");
    scene.taken_by_bot();
    scene.refuse("take", 10, Some(2_018_171));
    scene.says("One");
    scene.says("Two");
    assert_eq!(scene.control_names(), ["take", "take"], "tried again");
    assert_eq!(scene.sent(), ["Anna Agent: One", "Anna Agent: Two"]);
}

#[test]
fn control_that_expired_is_nobodys() {
    let scene = open_scene(Channel::Facebook);
    scene.action("take");
    scene.taken_by_bot();
    scene.world.advance(23 * HOUR);
    scene.overheard("m_2", "To the bot");
    assert_eq!(scene.owner(), BOT, "the customer's message renews it");
    scene.world.advance(23 * HOUR);
    scene.says("Good morning");
    assert_eq!(scene.control_names(), ["take"]);
    scene.quiet();
    scene.taken_by_bot();
    scene.overheard("m_3", "And again");
    scene.world.advance(24 * HOUR - MINUTE);
    scene.customer_writes("m_4", "Hello you");
    assert_eq!(scene.owner(), "ours", "it came to us");
}

#[test]
fn what_the_app_says_by_itself_takes_no_control() {
    let scene = open_scene(Channel::Facebook);
    scene.action("take");
    scene.taken_by_bot();
    scene.world.rocket_chat_mut().add_user("helper.bot", "Helper", &["bot"], "bot");
    let room = scene.room();
    let id = scene.app.agent_says("helper.bot", &room, "I am a machine");
    scene.world.settle();
    assert!(scene.controls().is_empty());
    assert!(scene.sent().is_empty());
    assert_eq!(scene.marks(&id), [":warning:"]);
    assert_eq!(scene.owner(), BOT);
}
