//! What agents ask for, by command and by button.

use super::*;

#[test]
fn commands_do_what_they_say() {
    for channel in NETWORKS {
        let scene = open_scene(channel);
        scene.world.uncounted();
        scene.world.advance(MINUTE);
        scene.types("take");
        assert_eq!((scene.control_names(), scene.owner().as_str()), (vec!["take".to_owned()], "ours"));
        assert!(scene.last_line().contains("Anna Agent took control"), "{}", scene.last_line());
        scene.types("release");
        assert_eq!((scene.control_names().last().unwrap().as_str(), scene.owner().as_str()), ("release", "idle"));
        scene.types("take");
        scene.types("pass inbox");
        assert_eq!(
            (scene.controls().last().unwrap().1["target_app_id"].clone(), scene.owner()),
            (scene.inbox().into(), scene.inbox().to_owned())
        );
        scene.types("take");
        scene.types(&format!("pass {BOT}"));
        assert_eq!(
            (scene.controls().last().unwrap().1["target_app_id"].clone(), scene.owner()),
            (BOT.into(), BOT.to_owned())
        );
        scene.types("request");
        assert_eq!(scene.control_names().last().unwrap(), "request");
        scene.given_to_us();
        scene.types("pass");
        assert_eq!(
            (scene.controls().last().unwrap().1.get("target_app_id"), scene.owner().as_str()),
            (None, "someone")
        );
    }
}

#[test]
fn what_cannot_be_done_is_said_to_whoever_asked() {
    let scene = open_scene(Channel::Facebook);
    scene.given_to_us();
    let calls = scene.controls().len();
    for (words, told) in [("take", "is here already"), ("request", "is here already"), ("pass nonsense", "To whom?")] {
        scene.types(words);
        assert!(scene.whispers().last().unwrap().contains(told), "{words}: {:?}", scene.whispers());
    }
    scene.taken_by_bot();
    for words in ["release", "pass", "pass inbox"] {
        scene.types(words);
        assert!(scene.whispers().last().unwrap().contains(BOT_NAME), "{words}: {:?}", scene.whispers());
    }
    assert_eq!(scene.controls().len(), calls, "nothing was asked of Meta");
    for (words, edge, code, told) in
        [("take", "take", 27, "No default app is chosen"), ("request", "request", 100, "Meta gives no other reason")]
    {
        scene.refuse(edge, code, None);
        scene.types(words);
        let last = scene.whispers().pop().unwrap();
        assert!(last.contains(told) && last.contains(&code.to_string()), "{words}: {last}");
    }
    scene.given_to_us();
    scene.refuse("pass", 100, None);
    scene.types("pass");
    assert!(scene.whispers().pop().unwrap().contains("No default app is chosen"));
    assert_eq!(scene.owner(), "ours");
}

#[test]
fn only_those_in_the_conversation_may() {
    let scene = open_scene(Channel::Facebook);
    // Agents of other conversations neither, nor those who only watch over them.
    scene.world.rocket_chat_mut().add_user("eve", "Eve", &["user", "livechat-agent", "livechat-monitor"], "user");
    let room = scene.room();
    for words in ["take", "release", "pass inbox", "owner"] {
        scene.app.command(Channel::Facebook, "eve", &room, words);
        assert!(scene.whispers().pop().unwrap().contains("not in this conversation"), "{words}");
    }
    scene.taken_by_bot();
    for action in ["handover:take", "handover:request", "handover:release", "handover:pass", "handover:discard"] {
        scene.press_as("eve", action, BOT);
        assert!(scene.whispers().pop().unwrap().contains("not in this conversation"), "{action}");
    }
    scene.press_as("agent", "handover:unheard-of", "");
    assert!(scene.controls().is_empty());
    scene.world.rocket_chat_mut().add_user("boss", "Boss", &["livechat-manager"], "user");
    scene.press_as("boss", "handover:take", "");
    assert_eq!(scene.control_names(), ["take"]);
    scene.world.rocket_chat_mut().joins("eve", &room);
    scene.app.command(Channel::Facebook, "eve", &room, "release");
    assert_eq!(scene.control_names(), ["take", "release"]);
}

#[test]
fn outside_a_conversation_there_is_nothing_to_take() {
    let scene = open_scene(Channel::Facebook);
    scene.app.job("tick");
    let channel = scene.world.rocket_chat().channels[0].id.clone();
    scene.app.command(Channel::Facebook, "agent", &channel, "take");
    assert!(scene.whispers().pop().unwrap().contains("in the room of"));
    let room = scene.room();
    scene.world.rocket_chat_mut().closes(&room).unwrap();
    scene.app.deliver_events();
    scene.app.command(Channel::Facebook, "agent", &room, "take");
    assert!(scene.whispers().pop().unwrap().contains("is closed"));
    assert!(scene.controls().is_empty());
}

#[test]
fn the_owner_is_asked_of_meta() {
    let scene = open_scene(Channel::Facebook);
    let in_hours = |hours: i64| (scene.world.now() + hours * HOUR) / 1000 + 30;
    for (answer, owner, told) in [
        (json!({ "data": [] }), "unknown", "Nobody else is known"),
        (
            json!({ "data": [{ "thread_owner": { "app_id": APP_ID, "expiration": in_hours(30) } }] }),
            "ours",
            "another 30 h 0 min",
        ),
        (
            json!({ "data": [{ "thread_owner": { "app_id": BOT.parse::<u64>().unwrap(), "expiration": in_hours(3) } }] }),
            BOT,
            BOT_NAME,
        ),
        (json!({ "data": [{ "thread_owner": { "expiration": in_hours(4) } }] }), BOT, BOT_NAME),
        (json!({ "data": [] }), "idle", "Nobody has control"),
    ] {
        scene.world.meta_mut().expect("GET", "/thread_owner").json(answer.clone());
        scene.types("owner");
        assert_eq!(scene.owner(), owner, "{answer}");
        let last = scene.whispers().pop().unwrap();
        assert!(last.contains(told), "{answer}: {last}");
    }
    scene.world.meta_mut().expect("GET", "/thread_owner").error(500, 2, None);
    scene.types("owner");
    assert!(scene.whispers().pop().unwrap().contains("Nobody has control"), "what is known");
    scene.world.assert_logs_hold_none_of(&[PAGE_TOKEN, APP_SECRET, "Hello"]);
}
