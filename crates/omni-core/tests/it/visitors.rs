//! Whose room it is: tokens that only this installation makes, and rooms of others that are none of the app's business.

use crate::support::*;
use omni_core::api::{Channel, MessageEvent, MessageInput, UiInput};
use omni_core::store::{ConversationId, ConversationState, MessageRecord, OpenRoom, VisitorKey};

fn id(person: &str) -> ConversationId {
    ConversationId { channel: Channel::Facebook, account: PAGE.into(), person: person.into() }
}

/// A connected world in which no key was made yet.
fn keyless(world: World) -> World {
    let world = world.connected();
    world.rocket_chat_mut().records.retain(|record| record.data["kind"] != "visitor-key");
    world
}

fn writes(app: &Instance, person: &str, mid: &str, text: &str) {
    let item = text_item(person, PAGE, mid, app.world().now(), text);
    assert_eq!(app.webhook(&delivery("page", PAGE, &item)).status, 200);
    app.deliver_events();
}

/// Tokens of the visitors there are, oldest first.
fn tokens(world: &World) -> Vec<String> {
    world.rocket_chat().visitors.iter().map(|stored| stored.visitor.token.clone()).collect()
}

#[test]
fn a_token_is_under_a_key_that_is_made_once_and_stays() {
    let world = keyless(World::new());
    let app = world.instance();
    writes(&app, "6001", "m_1", "Hello");
    let keys: Vec<VisitorKey> = world.rocket_chat().stored();
    assert_eq!(keys.len(), 1);
    assert_eq!(tokens(&world), [keys[0].token(&id("6001"))]);
    let room = world.rocket_chat().rooms[0].room.id.clone();
    world.rocket_chat_mut().closes(&room).unwrap();
    app.deliver_events();
    // Nothing is remembered, on another server neither.
    app.restart();
    for (app, mid) in [(&app, "m_2"), (&world.instance(), "m_3")] {
        writes(app, "6001", mid, "again");
    }
    assert_eq!(tokens(&world), [keys[0].token(&id("6001"))], "the same visitor");
    assert_eq!(world.rocket_chat().stored::<VisitorKey>(), keys);
    let other = keyless(World::seeded(1));
    writes(&other.instance(), "6001", "m_1", "Hello");
    assert_ne!(tokens(&other), tokens(&world), "another installation has another key");
}

#[test]
fn two_instances_that_make_a_key_at_once_agree_on_one() {
    for seed in 0..100 {
        let world = keyless(World::seeded(seed));
        let instances = [world.instance(), world.instance()];
        for (at, app) in instances.iter().enumerate() {
            let item = text_item(&format!("600{at}"), PAGE, &format!("m_{at}"), world.now(), "Hello");
            let request = webhook_request(&delivery("page", PAGE, &item).to_string());
            drop(app.start(async move |session| session.receive_webhook(request).await));
        }
        world.settle();
        let keys: Vec<VisitorKey> = world.rocket_chat().stored();
        let made = keys.iter().map(|key| [key.token(&id("6000")), key.token(&id("6001"))]);
        let used = tokens(&world);
        let agreed = made.filter(|made| used.len() == 2 && used.iter().all(|token| made.contains(token))).count();
        assert_eq!(agreed, 1, "seed {seed}: {} keys", keys.len());
        // Rooms that one opened are the other's too.
        for (at, app) in instances.iter().rev().enumerate() {
            app.deliver_events();
            let room = world.rocket_chat().open_rooms(&used[at])[0].id.clone();
            app.agent_says("agent", &room, "Good morning");
        }
        assert_eq!(world.meta().texts().len(), 2, "seed {seed}");
    }
}

#[test]
fn what_is_not_signed_by_the_key_is_nobody_here() {
    let world = World::new().connected();
    let app = world.instance();
    writes(&app, "6001", "m_1", "Hello");
    let room = world.rocket_chat().rooms[0].room.id.clone();
    let real = id("6001").visitor_token();
    let of_another = VisitorKey { key: "another-key".into(), ..visitor_key() }.token(&id("6001"));
    let mut cut = real.clone();
    cut.truncate(real.len() - 2);
    for token in [format!("omni-direct-facebook-{PAGE}-6001"), of_another, cut, format!("x{real}"), String::new()] {
        world.rocket_chat_mut().rooms[0].room.visitor_token.clone_from(&token);
        app.agent_says("agent", &room, "To whom?");
        assert_eq!(world.meta().texts(), Vec::<&str>::new(), "{token}");
        let told = std::mem::take(&mut world.rocket_chat_mut().whispers);
        assert!(told.len() == 1 && told[0].text.contains("earlier installation"), "{told:?}");
    }
    world.rocket_chat_mut().rooms[0].room.visitor_token.clone_from(&real);
    app.agent_says("agent", &room, "To them");
    assert_eq!(world.meta().texts(), ["Anna Agent: To them"]);
    world.assert_logs_hold_none_of(&[&real, "6001"]);
}

#[test]
fn neither_tokens_nor_ids_of_customers_are_shown() {
    let world = World::new().connected();
    let app = world.instance();
    // Meta does not tell the name either.
    world.meta_mut().profiles.insert("6001000042".to_owned(), serde_json::json!({}));
    world.rocket_chat_mut().presence("agent", false);
    writes(&app, "6001000042", "m_1", "Hello");
    world.rocket_chat_mut().presence("agent", true);
    app.deliver_events();
    let room = world.rocket_chat().rooms[0].room.id.clone();
    // Held back for a while, which the scheduler is told of.
    world.meta_mut().expect("POST", "/messages").error(503, 2, None);
    app.agent_says("agent", &room, "Good morning");
    let token = id("6001000042").visitor_token();
    let calls = world.calls();
    let of = |kinds: &[&str]| -> String {
        calls.iter().filter(|call| kinds.contains(&call.kind)).map(|call| call.call.to_string()).collect()
    };
    let shown = of(&["post", "message_edit", "whisper"]);
    assert!(shown.contains("flows:open"), "the list with its button is among it");
    assert!(!shown.contains(&token) && !shown.contains("6001000042"), "{shown}");
    let scheduled = of(&["schedule"]);
    assert!(scheduled.contains("outbound:resend") && !scheduled.contains(&token), "{scheduled}");
    world.assert_logs_hold_none_of(&[&token, "6001000042"]);
}

/// A message as it is, told to the app whatever the room: what the shim leaves out is left out here too.
fn tells(app: &Instance, message_id: &str, event: MessageEvent) {
    let server = app.world().rocket_chat();
    let message = server.message(message_id).unwrap().message.clone();
    let room = server.room(&message.room_id).unwrap().clone();
    let actor = server.user("agent").cloned();
    drop(server);
    let input = MessageInput { event, message, room, actor, too_large: false };
    app.run(async move |session| session.agent_message(input).await).unwrap();
}

fn presses(app: &Instance, action_id: &str, value: &str, room_id: &str) -> String {
    let user = app.world().rocket_chat().user("agent").unwrap().clone();
    let (action_id, value) = (action_id.to_owned(), value.to_owned());
    let (room_id, trigger_id) = (Some(room_id.to_owned()), "t".to_owned());
    let input = UiInput::Action { user, action_id, value, room_id, message_id: None, trigger_id };
    app.run(async move |session| session.ui_action(input).await).unwrap();
    app.world().rocket_chat().whispers.last().map(|whisper| whisper.text.clone()).unwrap_or_default()
}

#[test]
fn rooms_of_others_are_left_alone_even_with_a_visitor_of_ours() {
    let world = World::new().connected();
    let app = world.instance();
    writes(&app, "6001", "m_1", "Hello");
    let first = world.rocket_chat().rooms[0].room.id.clone();
    world.rocket_chat_mut().closes(&first).unwrap();
    app.deliver_events();
    world.meta_mut().requests.clear();
    let entries = world.rocket_chat().stored::<MessageRecord>();

    let token = id("6001").visitor_token();
    let foreign = world.rocket_chat_mut().opens_elsewhere(&token);
    app.deliver_events();
    let said = app.agent_says("agent", &foreign, "Nobody reads this");
    let heart = MessageEvent::Reacted { emoji: ":heart:".to_owned(), on: true };
    for event in [MessageEvent::Sent, MessageEvent::Updated, heart, MessageEvent::Deleted] {
        tells(&app, &said, event);
    }
    app.command(Channel::Facebook, "agent", &foreign, "take");
    for (action, value) in [("handover:take", String::new()), ("outbound:retry", format!("gone:{said}"))] {
        let told = presses(&app, action, &value, &foreign);
        assert!(told.contains("in the room of") || told.contains("nothing left"), "{action}: {told}");
    }
    assert_eq!(world.meta().requests.len(), 0, "nothing of it goes out");
    assert_eq!(world.rocket_chat().stored::<MessageRecord>(), entries, "nor is it kept");
    assert_eq!(world.rocket_chat().stored::<OpenRoom>(), []);
    assert_eq!(world.rocket_chat().stored::<ConversationState>()[0].room_id, None);

    writes(&app, "6001", "m_2", "Anybody there?");
    let second = world.rocket_chat().stored::<ConversationState>()[0].room_id.clone().expect("a room of ours");
    assert!(![&first, &foreign].contains(&&second));
    world.rocket_chat_mut().closes(&foreign).unwrap();
    app.deliver_events();
    app.agent_says("agent", &second, "Yes");
    assert_eq!(world.meta().texts(), ["Anna Agent: Yes"]);
}
