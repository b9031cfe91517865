//! Greetings, routing at entry, and those who write while nobody is there.

mod backlog;
mod board;
mod config;
mod crash;
mod crowd;
mod greetings;
mod held;
mod ledger;
mod segments;
mod survey;
mod suspects;

use crate::support::*;
use omni_core::api::{Channel, UiAnswer, UiInput};
use omni_core::host::Message;
use omni_core::store::{AccountConfig, ConversationId};
use serde_json::json;

const PERSON: &str = "6001";
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// A connected world with one server instance, and the Page's configuration as wanted.
fn world(configure: impl Fn(&mut AccountConfig)) -> (World, Instance) {
    let world = World::new().connected();
    configure_page(&world, configure);
    let app = world.instance();
    (world, app)
}

/// Meta as the app's own upkeep finds it: every webhook is registered.
fn registered(world: &World) {
    world.meta_mut().expect("GET", "/subscriptions").always().json(json!({ "data": [] }));
    world.meta_mut().expect("POST", "/subscriptions").always().json(json!({ "success": true }));
}

fn configure_page(world: &World, configure: impl Fn(&mut AccountConfig)) {
    registered(world);
    let mut server = world.rocket_chat_mut();
    let is_page = |record: &&mut StoredRecord| record.data["kind"] == "account" && record.data["id"] == PAGE;
    let record = server.records.iter_mut().find(is_page).expect("the Page is connected");
    let mut config: AccountConfig = serde_json::from_value(record.data["config"].clone()).unwrap();
    configure(&mut config);
    record.data["config"] = serde_json::to_value(config).unwrap();
}

fn everything(config: &mut AccountConfig) {
    config.welcome = "Welcome!".into();
    config.finished = "Goodbye!".into();
    config.offline = "We are away.".into();
}

fn id(person: &str) -> ConversationId {
    ConversationId { channel: Channel::Facebook, account: PAGE.into(), person: person.into() }
}

fn token(person: &str) -> String {
    id(person).visitor_token()
}

/// A customer writes; answers the HTTP status. What the app does goes to its end.
fn writes(app: &Instance, person: &str, mid: &str, text: &str) -> u16 {
    let item = text_item(person, PAGE, mid, app.world().now(), text);
    let status = app.webhook(&delivery("page", PAGE, &item)).status;
    app.deliver_events();
    status
}

/// The one open room of the customer.
fn open_room(world: &World, person: &str) -> String {
    let server = world.rocket_chat();
    let open = server.open_rooms(&token(person));
    assert_eq!(open.len(), 1, "open rooms of {person}");
    open[0].id.clone()
}

/// Texts of a room, oldest first.
fn texts_in(world: &World, room: &str) -> Vec<String> {
    world.rocket_chat().in_room(room).iter().map(|message| message.text.clone()).collect()
}

/// Texts of the cards in a room, each with the words of the message it is under.
fn cards_in(world: &World, room: &str) -> Vec<(String, String)> {
    let server = world.rocket_chat();
    let cards = |message: &&Message| {
        let texts: Vec<_> = message.cards.iter().filter_map(|card| card.text.clone()).collect();
        texts.into_iter().map(|text| (message.text.clone(), text)).collect::<Vec<_>>()
    };
    server.in_room(room).iter().flat_map(cards).collect()
}

/// A customer does something else.
fn sends(app: &Instance, item: &serde_json::Value) {
    assert_eq!(app.webhook(&delivery("page", PAGE, item)).status, 200);
    app.deliver_events();
}

/// Something of the customer's at this moment, with what is in it.
fn event(world: &World, what: &serde_json::Value) -> serde_json::Value {
    let mut item = json!({ "sender": { "id": PERSON }, "recipient": { "id": PAGE }, "timestamp": world.now() });
    item.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    item
}

/// So many of the app's own minutes.
fn minutes(world: &World, app: &Instance, count: usize) {
    for _ in 0..count {
        world.advance(MINUTE);
        app.job("tick");
        world.settle();
        app.run_due();
        app.deliver_events();
    }
}

/// How many messages of the setup channel hold this.
fn announced(world: &World, what: &str) -> usize {
    setup_texts(world, Channel::Facebook).iter().filter(|text| text.contains(what)).count()
}

fn leaves(app: &Instance, agent: &str) {
    app.world().rocket_chat_mut().presence(agent, false);
    app.deliver_events();
}

fn arrives(app: &Instance, agent: &str) {
    app.world().rocket_chat_mut().presence(agent, true);
    app.deliver_events();
}

fn closes(app: &Instance, room: &str) {
    app.world().rocket_chat_mut().closes(room).unwrap();
    app.deliver_events();
}

/// Texts in the channel that administrators read.
fn setup_texts(world: &World, channel: Channel) -> Vec<String> {
    let server = world.rocket_chat();
    let Some(room) = server.channel(channel.setup_channel()).map(|room| room.id.clone()) else { return Vec::new() };
    server.in_room(&room).iter().map(|message| message.text.clone()).collect()
}

/// The list of those who wait.
fn board(world: &World) -> String {
    let server = world.rocket_chat();
    let room = server.channel(Channel::Facebook.setup_channel()).expect("a setup channel").id.clone();
    let mut lists = server.in_room(&room).into_iter().filter(|message| message.text.contains("waiting"));
    serde_json::to_string(&lists.next_back().expect("a list").blocks).unwrap()
}

/// Somebody presses the button that opens the customer's conversation; answers what they are told.
fn presses_open(app: &Instance, who: &str, person: &str) -> String {
    let world = app.world();
    let user = world.rocket_chat().user(who).unwrap().clone();
    let room_id = world.rocket_chat().channel(Channel::Facebook.setup_channel()).unwrap().id.clone();
    let input = UiInput::Action {
        user,
        action_id: "flows:open".into(),
        value: waiting_id(world, person),
        room_id: Some(room_id),
        message_id: None,
        trigger_id: "t".into(),
    };
    let answer = app.run(async move |session| session.ui_action(input).await).unwrap();
    app.deliver_events();
    assert_eq!(answer, UiAnswer::Done);
    world.rocket_chat().whispers.last().unwrap().text.clone()
}

/// What the button for the customer in the list stands for; of one who is not listed, nothing.
fn waiting_id(world: &World, person: &str) -> String {
    let server = world.rocket_chat();
    let waiting = server.records.iter().filter(|record| record.data["kind"] == "waiting");
    let mut theirs = waiting.filter(|record| record.data["conversation"]["person"] == person);
    theirs.next().and_then(|record| record.data["waiting_id"].as_str()).unwrap_or_default().to_owned()
}

/// How many records of the kind are stored.
fn stored(world: &World, kind: &str) -> usize {
    world.rocket_chat().records.iter().filter(|record| record.data["kind"] == kind).count()
}

/// What the server has to tell is told, for as long as the process lives.
fn events_or_crash(world: &World, app: &Instance) {
    let events: Vec<Event> = std::mem::take(&mut world.rocket_chat_mut().events);
    for event in events {
        match event {
            Event::Room(input) => drop(app.answer(async move |session| session.room_event(input).await)),
            Event::Status(input) => drop(app.answer(async move |session| session.status_changed(input).await)),
            Event::Message(input) => drop(app.answer(async move |session| session.agent_message(*input).await)),
        }
        world.settle();
        if app.has_crashed() {
            return;
        }
    }
}
