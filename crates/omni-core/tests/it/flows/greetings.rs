//! Welcome and farewell.

use super::*;
use serde_json::json;

#[test]
fn a_conversation_is_welcomed_once_after_its_first_message() {
    let (world, app) = world(everything);
    world.uncounted();
    writes(&app, PERSON, "m_1", "Hello");
    writes(&app, PERSON, "m_2", "Anybody?");
    let room = open_room(&world, PERSON);
    assert_eq!(world.meta().texts(), ["Welcome!"]);
    let texts = texts_in(&world, &room);
    let place =
        |text: &str| texts.iter().position(|known| known == text).unwrap_or_else(|| panic!("{text}: {texts:?}"));
    assert!(place("Hello") < place("Welcome!"), "{texts:?}");
    let server = world.rocket_chat();
    let welcome = server.in_room(&room).into_iter().find(|message| message.text == "Welcome!").cloned().unwrap();
    assert!(welcome.ours, "sent by the app");
    drop(server);
    app.restart();
    writes(&app, PERSON, "m_3", "Hello again");
    for _ in 0..3 {
        world.advance(MINUTE);
        app.job("tick");
    }
    assert_eq!(world.meta().texts(), ["Welcome!"]);
    assert_eq!(stored(&world, "due"), 0);
}

/// The server takes from no app what calls everybody in the room; the customer reads it as it was written.
#[test]
fn a_welcome_with_words_that_call_everybody_is_in_the_room_all_the_same() {
    let (world, app) = world(|config| config.welcome = "Hello @all, we are @here".into());
    world.uncounted();
    writes(&app, PERSON, "m_1", "Hello");
    let room = open_room(&world, PERSON);
    assert_eq!(world.meta().texts(), ["Hello @all, we are @here"]);
    let broken = "Hello @\u{200B}all, we are @\u{200B}here".to_owned();
    assert!(texts_in(&world, &room).contains(&broken), "{:?}", texts_in(&world, &room));
}

#[test]
fn two_quick_messages_on_two_instances_are_one_welcome() {
    for seed in 0..60 {
        let world = World::seeded(seed).connected();
        configure_page(&world, everything);
        let instances = [world.instance(), world.instance()];
        let answers: Vec<_> = instances
            .iter()
            .zip(["m_1", "m_2"])
            .map(|(app, mid)| {
                let item = text_item(PERSON, PAGE, mid, world.now(), mid);
                let request = webhook_request(&delivery("page", PAGE, &item).to_string());
                app.start(async move |session| session.receive_webhook(request).await)
            })
            .collect();
        world.settle();
        assert!(answers.into_iter().all(|answer| answer.take().unwrap().unwrap().status == 200));
        assert_eq!(world.meta().texts(), ["Welcome!"], "seed {seed}");
    }
}

#[test]
fn who_only_reacts_or_writes_to_another_app_is_not_welcomed() {
    let (world, app) = world(everything);
    let reaction = json!({
        "sender": { "id": PERSON }, "recipient": { "id": PAGE }, "timestamp": world.now(),
        "reaction": { "reaction": "love", "emoji": "❤", "action": "react", "mid": "m_0" },
    });
    assert_eq!(app.webhook(&delivery("page", PAGE, &reaction)).status, 200);
    let message = text_item(PERSON, PAGE, "m_1", world.now(), "Hello");
    let standby = json!({ "object": "page", "entry": [{ "id": PAGE, "time": world.now(), "standby": [message] }] });
    assert_eq!(app.webhook(&standby).status, 200);
    world.settle();
    assert_eq!(world.meta().texts(), Vec::<&str>::new());
}

#[test]
fn a_closed_conversation_ends_with_a_farewell_and_the_next_starts_afresh() {
    let (world, app) = world(everything);
    writes(&app, PERSON, "m_1", "Hello");
    let first = open_room(&world, PERSON);
    app.agent_says("agent", &first, "Hi");
    closes(&app, &first);
    assert_eq!(world.meta().texts(), ["Welcome!", "Anna Agent: Hi", "Goodbye!"]);
    assert!(texts_in(&world, &first).contains(&"Goodbye!".to_owned()));
    writes(&app, PERSON, "m_2", "One more thing");
    let second = open_room(&world, PERSON);
    assert_ne!(first, second);
    assert_eq!(world.meta().texts()[2..], ["Goodbye!", "Welcome!"]);
    assert_eq!(stored(&world, "due"), 0);
}

#[test]
fn after_the_window_no_farewell_goes_out_and_the_agent_is_told_why() {
    let (world, app) = world(everything);
    writes(&app, PERSON, "m_1", "Hello");
    let room = open_room(&world, PERSON);
    world.advance(25 * HOUR);
    closes(&app, &room);
    assert_eq!(world.meta().texts(), ["Welcome!"]);
    // Nobody answered: a note in the room would count as the answer.
    let last = world.rocket_chat().whispers.last().unwrap().text.clone();
    assert!(last.contains("Conversation Finished Message") && last.contains("24 hours"), "{last}");
}

#[test]
fn a_farewell_to_somebody_who_blocked_the_account_is_told_to_the_agent() {
    let (world, app) = world(|config| config.finished = "Goodbye!".into());
    writes(&app, PERSON, "m_1", "Hello");
    let room = open_room(&world, PERSON);
    app.agent_says("agent", &room, "Hi");
    world.meta_mut().expect("POST", "/messages").error(400, 551, Some(1_545_041));
    closes(&app, &room);
    assert_eq!(world.meta().texts(), ["Anna Agent: Hi"]);
    let last = texts_in(&world, &room).pop().unwrap();
    assert!(last.contains("Conversation Finished Message") && last.contains("blocked"), "{last}");
    assert_eq!(stored(&world, "due"), 0);
}

#[test]
fn messages_name_what_they_are_told_to() {
    let (world, app) = world(|config| {
        config.department = Some("sales-department".into());
        config.hours = "Mon-Fri 9-18".into();
        config.welcome = "Hi {customer}, {agent} of {department} at {account} is there {hours}".into();
        config.finished = "{agent} says goodbye, {customer}".into();
    });
    world.rocket_chat_mut().add_department("sales", &["agent"]);
    writes(&app, PERSON, "m_1", "Hello");
    closes(&app, &open_room(&world, PERSON));
    let expected = [
        "Hi Customer 6001, Anna Agent of sales at Corner Shop is there Mon-Fri 9-18",
        "Anna Agent says goodbye, Customer 6001",
    ];
    assert_eq!(world.meta().texts(), expected);
}

#[test]
fn nobody_is_greeted_by_a_name_that_was_made_up() {
    let (world, app) = world(|config| config.welcome = "*Hello* {customer}, welcome :wave:".into());
    world.meta_mut().profiles.insert(PERSON.into(), json!({ "id": PERSON }));
    writes(&app, PERSON, "m_1", "Hello");
    assert_eq!(world.meta().texts(), ["Hello, welcome 👋"]);
}

#[test]
fn nobody_is_welcomed_again_where_an_attempt_fails_later() {
    let (world, app) = world(everything);
    writes(&app, PERSON, "m_1", "Hello");
    minutes(&world, &app, 60);
    world.faults_mut().fail("visitor_message", 1, "failed");
    writes(&app, PERSON, "m_2", "Are you there?");
    assert_eq!((world.rocket_chat().rooms.len(), world.meta().texts()), (1, vec!["Welcome!"]));
}

#[test]
fn who_only_followed_a_link_is_greeted_with_their_first_message() {
    let referral = json!({ "referral": { "ref": "sale", "source": "SHORTLINK", "type": "OPEN_THREAD" } });
    let (there, app) = world(everything);
    sends(&app, &event(&there, &referral));
    minutes(&there, &app, 3);
    assert_eq!(there.meta().texts(), Vec::<&str>::new());
    writes(&app, PERSON, "m_1", "Hello");
    assert_eq!(there.meta().texts(), ["Welcome!"]);

    let (away, app) = world(everything);
    leaves(&app, "agent");
    sends(&app, &event(&away, &referral));
    minutes(&away, &app, 3);
    assert_eq!((away.meta().texts().len(), stored(&away, "waiting")), (0, 1));
    writes(&app, PERSON, "m_1", "Hello?");
    writes(&app, PERSON, "m_2", "Nobody?");
    assert_eq!(away.meta().texts(), ["We are away."]);
}

#[test]
fn while_another_app_has_the_thread_nothing_is_said() {
    let (world, app) = world(everything);
    world.uncounted();
    writes(&app, PERSON, "m_1", "Hello");
    let room = open_room(&world, PERSON);
    world.meta_mut().expect("GET", "/999").error(400, 100, None).always();
    let passed =
        json!({ "pass_thread_control": { "previous_owner_app_id": "1", "new_owner_app_id": "999", "metadata": "" } });
    sends(&app, &event(&world, &passed));
    closes(&app, &room);
    assert_eq!(world.meta().texts(), ["Welcome!"]);
    let last = texts_in(&world, &room).into_iter().rfind(|text| text.contains("Conversation Finished Message"));
    assert!(last.is_some_and(|text| text.contains("Another app")), "{:?}", texts_in(&world, &room));
}

#[test]
fn what_could_not_be_said_for_a_day_is_not_said_any_more() {
    let (world, app) = world(everything);
    writes(&app, PERSON, "m_1", "Hello");
    let room = open_room(&world, PERSON);
    // The room is released, and what to say is noted.
    app.crash_after("store_update", 1);
    world.rocket_chat_mut().closes(&room).unwrap();
    events_or_crash(&world, &app);
    assert_eq!((app.has_crashed(), stored(&world, "due")), (true, 1));
    world.advance(24 * HOUR + MINUTE);
    app.restart();
    minutes(&world, &app, 2);
    assert_eq!((stored(&world, "due"), world.meta().texts()), (0, vec!["Welcome!"]));
    let said = texts_in(&world, &room).into_iter().filter(|text| text.contains("Conversation Finished")).count();
    assert_eq!(said, 0, "and nobody is told so by then");
}

fn followed(world: &World, person: &str) -> serde_json::Value {
    let mut item =
        event(world, &json!({ "referral": { "ref": "sale", "source": "SHORTLINK", "type": "OPEN_THREAD" } }));
    item["sender"]["id"] = json!(person);
    item
}

#[test]
fn however_many_only_follow_links_everybody_else_is_greeted_after_a_restart() {
    for count in [5, 55] {
        let (world, app) = world(everything);
        for at in 0..count {
            sends(&app, &followed(&world, &format!("7{at:03}")));
            world.advance(1_000);
        }
        sends(&app, &followed(&world, PERSON));
        app.restart();
        writes(&app, PERSON, "m_1", "Hello");
        minutes(&world, &app, 5);
        assert_eq!(world.meta().texts(), ["Welcome!"], "{count}");
        let room = open_room(&world, PERSON);
        // It ends as soon as it is noted what to say.
        app.crash_after("store_update", 1);
        world.rocket_chat_mut().closes(&room).unwrap();
        events_or_crash(&world, &app);
        assert!(app.has_crashed());
        app.restart();
        minutes(&world, &app, 5);
        assert_eq!(world.meta().texts(), ["Welcome!", "Goodbye!"], "{count}");
    }
}
