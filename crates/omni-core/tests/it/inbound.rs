//! From Meta into the room.

mod changes;
mod echoes;
mod files;
mod half;
mod named;
mod once;
mod payloads;
mod quarantine;
mod rendering;
mod rooms;
mod sides;
mod upkeep;

use crate::support::*;
use omni_core::api::Channel;
use omni_core::host::Message;
use omni_core::store::ConversationId;
use serde_json::{Value, json};

/// A customer on Messenger and one on Instagram.
const PSID: &str = "6001";
const IGSID: &str = "7001";

/// A connected world with bots and one server instance. Meta tells no profile, so that rooms hold what was sent only.
fn world() -> (World, Instance) {
    furnish(World::new())
}

fn furnish(world: World) -> (World, Instance) {
    let world = world.connected();
    // Without it the app does not look after its registration at Meta, which is another test's business.
    world.rocket_chat_mut().settings.remove("meta_app_id");
    for channel in Channel::ALL {
        world.rocket_chat_mut().add_user(channel.bot(), channel.label(), &["bot"], "bot");
    }
    world.meta_mut().profiles.extend([PSID, IGSID].map(|person| (person.to_owned(), json!({}))));
    // Nor does it give an address anew.
    world.meta_mut().expect("GET", "graph.facebook.com/v26.0/m_").error(400, 100, Some(33)).always();
    let app = world.instance();
    (world, app)
}

fn channel(object: &str) -> Channel {
    if object == "page" { Channel::Facebook } else { Channel::Instagram }
}

fn conversation(object: &str) -> ConversationId {
    let (account, person) = if object == "page" { (PAGE, PSID) } else { (INSTAGRAM, IGSID) };
    ConversationId { channel: channel(object), account: account.into(), person: person.into() }
}

/// A messaging item of the customer with these members beside the usual ones.
fn item(object: &str, at: i64, members: &Value) -> Value {
    let id = conversation(object);
    let mut item = json!({
        "sender": { "id": id.person }, "recipient": { "id": id.account }, "timestamp": at,
    });
    item.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    item
}

/// The same from the business's side.
fn echo(object: &str, at: i64, members: &Value) -> Value {
    let mut item = item(object, at, members);
    let (sender, recipient) = (item["sender"].take(), item["recipient"].take());
    item["sender"] = recipient;
    item["recipient"] = sender;
    item
}

fn body(object: &str, item: &Value) -> Value {
    let account = if object == "page" { PAGE } else { INSTAGRAM };
    delivery(object, account, item)
}

/// Meta delivers an item; everything it causes has happened on return.
fn deliver(app: &Instance, object: &str, item: &Value) {
    assert_eq!(app.webhook(&body(object, item)).status, 200);
    app.deliver_events();
    app.world().settle();
}

fn customer_writes(app: &Instance, object: &str, mid: &str, text: &str) {
    let at = app.world().now();
    deliver(app, object, &item(object, at, &json!({ "message": { "mid": mid, "text": text } })));
}

/// Rooms of the customer, as a reader sees them: each message a line, cards and files behind the words.
fn transcript(world: &World, object: &str) -> Vec<Vec<String>> {
    let token = conversation(object).visitor_token();
    let server = world.rocket_chat();
    let rooms = server.rooms.iter().filter(|stored| stored.room.visitor_token == token);
    rooms
        .map(|stored| {
            server.in_room(&stored.room.id).into_iter().filter(|message| !is_window_notice(message)).map(line).collect()
        })
        .collect()
}

/// The only room of the customer.
fn room(world: &World, object: &str) -> Vec<String> {
    let rooms = transcript(world, object);
    assert_eq!(rooms.len(), 1, "{rooms:?}");
    rooms.into_iter().next().unwrap()
}

/// The notice of the messaging window comes and changes with the tick; outbound's tests look at it.
fn is_window_notice(message: &Message) -> bool {
    message.ours && [":hourglass:", ":alarm_clock:", ":lock:"].iter().any(|start| message.text.starts_with(start))
}

fn line(message: &Message) -> String {
    let who = match (&message.visitor_token, &message.sender) {
        (Some(_), _) => String::new(),
        (None, Some(sender)) => format!("{}: ", sender.username),
        (None, None) => "?: ".to_owned(),
    };
    let part = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name}{value}"));
    let cards = message.cards.iter().map(|card| {
        let parts = [
            part("@", &card.author),
            part("", &card.title),
            part("→", &card.title_link),
            part("", &card.text),
            part("img ", &card.image_url),
            part("re ", &card.message_link),
        ];
        format!("[{}]", parts.into_iter().flatten().collect::<Vec<_>>().join(" | "))
    });
    let files = message.files.iter().map(|file| format!("<{}>", file.name));
    let words = Some(message.text.clone()).filter(|text| !text.is_empty());
    format!("{who}{}", words.into_iter().chain(cards).chain(files).collect::<Vec<_>>().join(" "))
}
