//! The core on the fake: a message each way, as every other test begins.

use crate::support::*;
use omni_core::api::Channel;
use omni_core::store::ConversationId;

const PERSON: &str = "6001";

#[test]
fn a_message_each_way() {
    let world = World::new().connected();
    let app = world.instance();
    let item = text_item(PERSON, PAGE, "m_1", world.now(), "Hello");
    assert_eq!(app.webhook(&delivery("page", PAGE, &item)).status, 200);
    app.deliver_events();
    let id = ConversationId { channel: Channel::Facebook, account: PAGE.into(), person: PERSON.into() };
    let room = {
        let server = world.rocket_chat();
        let token = id.visitor_token();
        assert_eq!(server.visitor_texts(&token), ["Hello"]);
        server.open_rooms(&token)[0].id.clone()
    };
    app.agent_says("agent", &room, "Good morning");
    assert_eq!(world.meta().texts(), ["Anna Agent: Good morning"]);
    let sent = world.meta().sent_to("POST", "/messages")[0].clone();
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {PAGE_TOKEN}").as_str()));
    world.assert_logs_hold_none_of(&[PAGE_TOKEN, APP_SECRET, "Hello", "Good morning"]);
    world.assert_urls_hold_none_of(&[PAGE_TOKEN, APP_SECRET, "Good"]);
}

#[test]
fn a_badly_signed_delivery_shows_nothing() {
    let world = World::new().connected();
    let app = world.instance();
    let item = text_item(PERSON, PAGE, "m_1", world.now(), "Hello");
    let mut request = webhook_request(&delivery("page", PAGE, &item).to_string());
    request.body = request.body.replace("Hello", "Hullo");
    let answer = app.run(async move |session| session.receive_webhook(request).await).unwrap();
    // The host may have changed it: Meta is asked, and has no such message.
    assert_eq!(answer.status, 200);
    let server = world.rocket_chat();
    assert!(server.rooms.is_empty() && server.messages.iter().all(|stored| !stored.message.text.contains("Hullo")));
}

fn token() -> String {
    ConversationId { channel: Channel::Facebook, account: PAGE.into(), person: PERSON.into() }.visitor_token()
}

#[test]
fn two_instances_given_the_same_delivery_show_it_once() {
    for seed in 0..100 {
        let world = World::seeded(seed).connected();
        let request = {
            let item = text_item(PERSON, PAGE, "m_1", world.now(), "Hello");
            webhook_request(&delivery("page", PAGE, &item).to_string())
        };
        let instances = [world.instance(), world.instance()];
        let answers = instances.each_ref().map(|app| {
            let request = request.clone();
            app.start(async move |session| session.receive_webhook(request).await)
        });
        world.settle();
        assert_eq!(answers.map(|answer| answer.take().unwrap().unwrap().status), [200, 200], "seed {seed}");
        assert_eq!(world.rocket_chat().visitor_texts(&token()), ["Hello"], "seed {seed}");
    }
}
