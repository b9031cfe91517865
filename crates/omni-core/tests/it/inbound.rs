//! From Meta into the room.

mod payloads;

use crate::support::*;
use serde_json::{Value, json};

/// A customer on Messenger and one on Instagram.
const PSID: &str = "6001";
const IGSID: &str = "7001";

/// A connected world with one server instance.
fn world() -> (World, Instance) {
    let world = World::new().connected();
    let app = world.instance();
    (world, app)
}

fn messenger(item: &Value) -> Value {
    delivery("page", PAGE, item)
}

fn instagram(item: &Value) -> Value {
    delivery("instagram", INSTAGRAM, item)
}

/// A messaging item of a customer with these members beside the usual ones.
fn item(object: &str, at: i64, members: Value) -> Value {
    let (person, account) = if object == "page" { (PSID, PAGE) } else { (IGSID, INSTAGRAM) };
    let mut item = json!({ "sender": { "id": person }, "recipient": { "id": account }, "timestamp": at });
    item.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    item
}
