//! The business's side outside our app: staff in Meta's inboxes, other apps on the same thread; and reading threads.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use super::reply::{Refused, Reply, flush, read, reply, shown};
use crate::crypto;
use crate::emit::{Audience, Event, item};
use crate::graph::{INSTAGRAM_INBOX, PAGE_INBOX, pass, post, take};
use crate::json::{Json, obj};
use crate::outgoing::{Outgoing, Update};
use crate::sim::Sim;
use crate::world::{Account, Message, World};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StaffMessage {
    account: String,
    person: String,
    text: Option<String>,
    attachments: Option<Vec<Json>>,
    /// The sending app; missing means Meta's own inbox.
    app: Option<String>,
    /// Whether the sender takes the thread; missing means: when Conversation Routing is on, as Meta does.
    take_control: Option<bool>,
    /// How the echo is told: `unmarked` without `is_echo`, `swapped` with the sides of a customer's message.
    shape: Option<String>,
}

fn inbox(account: &Account) -> &'static str {
    if account.platform.is_instagram() { INSTAGRAM_INBOX } else { PAGE_INBOX }
}

/// A member of staff (or another app) writes to the customer; we hear of it as an echo.
pub(super) async fn send(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let new: StaffMessage = read(&body)?;
    let now = sim.clock.now_ms();
    let out = {
        let world = &mut *sim.world();
        let (account, person) = ends(world, &new.account, &new.person)?;
        let mut content = Json::Obj(Vec::new());
        if let Some(text) = &new.text {
            content.set("text", text.as_str());
        }
        if let Some(attachments) = new.attachments.filter(|a| !a.is_empty()) {
            content.set("attachments", attachments);
        }
        if content.fields().is_empty() {
            return Err(Refused::bad("give text or attachments"));
        }
        let app = new.app.unwrap_or_else(|| inbox(&account).to_owned());
        if new.take_control.unwrap_or(account.routing.default_app.is_some()) {
            let owner = world.thread(&account.id, &person).and_then(|t| t.owner_at(now)).map(|o| o.app_id.clone());
            if owner.as_deref() != Some(app.as_str()) {
                take(world, &account, &person, &app, None, now);
            }
        }
        let mid = crypto::mid(account.platform.is_instagram());
        let from = world.outbox.len();
        post(world, &account, &person, &app, &mid, &content, None, now);
        for outgoing in world.outbox.iter_mut().skip(from) {
            reshape(outgoing, new.shape.as_deref())?;
        }
        obj! { "mid": mid, "webhooks": world.outbox.len() }
    };
    flush(&sim, false).await;
    reply(out)
}

fn reshape(outgoing: &mut Outgoing, shape: Option<&str>) -> Result<(), Refused> {
    let Update::Item(_, item) = &mut outgoing.update else { return Ok(()) };
    let Some(message) = item.get("message").cloned() else { return Ok(()) };
    match shape {
        None => {}
        Some("unmarked") => item.set("message", message.without("is_echo")),
        Some("swapped") => {
            let (sender, recipient) = (item.get("sender").cloned(), item.get("recipient").cloned());
            item.set("sender", recipient);
            item.set("recipient", sender);
        }
        Some(other) => return Err(Refused::bad(format!("shape is unmarked or swapped, not {other}"))),
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    mid: String,
    /// An edit's words.
    text: Option<String>,
    /// A reaction's emoji; taken back without one.
    emoji: Option<String>,
}

/// Staff edit a message of the business on the phone: no page of Meta's says whether that is told.
pub(super) async fn edit(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    changed(&sim, &body, "message_edit", |change, message| {
        message.edits += 1;
        let text = change.text.clone().ok_or_else(|| Refused::bad("edit needs a text"))?;
        message.content.set("text", text.as_str());
        Ok(obj! { "mid": change.mid.as_str(), "text": text, "num_edit": message.edits })
    })
    .await
}

/// Staff react to a message on the phone, or take that back.
pub(super) async fn react(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    changed(&sim, &body, "reaction", |change, message| {
        message.reactions[1].clone_from(&change.emoji);
        Ok(match &change.emoji {
            Some(emoji) => obj! {
                "mid": change.mid.as_str(), "action": "react", "reaction": "other", "emoji": emoji.as_str(),
            },
            None => obj! { "mid": change.mid.as_str(), "action": "unreact" },
        })
    })
    .await
}

/// What staff change of a message is told from the account's side, with no mark but that.
async fn changed(
    sim: &Arc<Sim>,
    body: &Bytes,
    key: &'static str,
    change_message: impl FnOnce(&Change, &mut Message) -> Result<Json, Refused>,
) -> Reply {
    let change: Change = read(body)?;
    let now = sim.clock.now_ms();
    let out = {
        let world = &mut *sim.world();
        let message = world.messages.get_mut(&change.mid).ok_or_else(|| Refused::missing("message", &change.mid))?;
        let value = change_message(&change, message)?;
        let (account, person) = (message.account.clone(), message.person.clone());
        let account = world.account(&account).ok_or_else(|| Refused::missing("account", &account))?;
        let scoped = world.scoped_id(&account.id, &person);
        let (page_field, instagram_field) = match key {
            "reaction" => ("message_reactions", "message_reactions"),
            _ => ("message_edits", "message_edit"),
        };
        let event = Event {
            page_field: Some(page_field),
            instagram_field: Some(instagram_field),
            item: item(&account.id, &scoped, now, key, value),
            audience: Audience::Thread,
            delay_ms: 0,
        };
        obj! { "webhooks": world.emit(&account, &person, now, &event) }
    };
    flush(sim, false).await;
    reply(out)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unsend {
    mid: String,
}

/// The business unsends a message in the Instagram app.
pub(super) async fn unsend(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let unsend: Unsend = read(&body)?;
    let now = sim.clock.now_ms();
    let out = {
        let world = &mut *sim.world();
        let message = world
            .messages
            .get_mut(&unsend.mid)
            .filter(|m| !m.from_customer && m.platform.is_instagram())
            .ok_or_else(|| Refused::missing("Instagram message of the business with the mid", &unsend.mid))?;
        message.deleted = true;
        let (account, person) = (message.account.clone(), message.person.clone());
        let account = world.account(&account).ok_or_else(|| Refused::missing("account", &account))?;
        let scoped = world.scoped_id(&account.id, &person);
        let value = obj! { "mid": unsend.mid, "is_echo": true, "is_deleted": true };
        let event = Event {
            page_field: None,
            instagram_field: Some("messages"),
            item: item(&account.id, &scoped, now, "message", value),
            audience: Audience::Thread,
            delay_ms: 0,
        };
        obj! { "webhooks": world.emit(&account, &person, now, &event) }
    };
    flush(&sim, false).await;
    reply(out)
}

fn ends(world: &World, account: &str, person: &str) -> Result<(Account, String), Refused> {
    let account = world.account(account).ok_or_else(|| Refused::missing("account", account))?;
    if !world.people.contains_key(person) {
        return Err(Refused::missing("customer", person));
    }
    Ok((account, person.to_owned()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    account: Option<String>,
    person: Option<String>,
}

/// Every thread that matches, without its messages.
pub(super) async fn threads(State(sim): State<Arc<Sim>>, Query(which): Query<Which>) -> Reply {
    let world = sim.world();
    let rows: Vec<Json> = world
        .threads
        .values()
        .filter(|t| which.account.as_ref().is_none_or(|a| *a == t.account))
        .filter(|t| which.person.as_ref().is_none_or(|p| *p == t.person))
        .map(|t| shown(t).without("messages"))
        .collect();
    reply(obj! { "data": rows })
}

/// A thread as the customer's phone shows it.
pub(super) async fn thread(State(sim): State<Arc<Sim>>, Path((account, person)): Path<(String, String)>) -> Reply {
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let (account, person) = ends(world, &account, &person)?;
    let thread = world.thread_mut(&account.id, &person).clone();
    let messages: Vec<Json> = thread.messages.iter().filter_map(|mid| world.messages.get(mid)).map(shown).collect();
    let mut out = shown(&thread);
    out.set("owner_now", thread.owner_at(now).map(|o| o.app_id.clone()));
    out.set("routing", if account.routing.default_app.is_some() { "routing" } else { "zero_config" });
    out.set("messages", messages);
    reply(out)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Control {
    /// `pass`, `take`, `request`, `release`, or `expire`.
    action: String,
    /// The app that acts; missing means Meta's inbox.
    app: Option<String>,
    /// The app that gets the thread from a pass.
    target: Option<String>,
    metadata: Option<String>,
}

/// Another app or Meta's inbox does something to a thread; no right is checked.
pub(super) async fn control(
    State(sim): State<Arc<Sim>>,
    Path((account, person)): Path<(String, String)>,
    body: Bytes,
) -> Reply {
    let control: Control = read(&body)?;
    let now = sim.clock.now_ms();
    let out = {
        let world = &mut *sim.world();
        let (account, person) = ends(world, &account, &person)?;
        let app = control.app.unwrap_or_else(|| inbox(&account).to_owned());
        let owner = world.thread(&account.id, &person).and_then(|t| t.owner_at(now)).map(|o| o.app_id.clone());
        let metadata = control.metadata.as_deref();
        match control.action.as_str() {
            "pass" => {
                let target = control.target.ok_or_else(|| Refused::bad("pass needs a target"))?;
                pass(world, &account, &person, &target, metadata, now);
            }
            "take" => take(world, &account, &person, &app, metadata, now),
            "request" => {
                let owner = owner.ok_or_else(|| Refused::bad("nobody owns the thread: a request would be granted"))?;
                let scoped = world.scoped_id(&account.id, &person);
                let value = obj! { "requested_owner_app_id": app, "metadata": metadata };
                let event = Event {
                    page_field: Some("messaging_handovers"),
                    instagram_field: Some("messaging_handover"),
                    item: item(&scoped, &account.id, now, "request_thread_control", value),
                    audience: Audience::App(owner),
                    delay_ms: 0,
                };
                world.emit(&account, &person, now, &event);
            }
            "release" | "expire" => world.thread_mut(&account.id, &person).owner = None,
            other => {
                return Err(Refused::bad(format!("action is pass, take, request, release or expire, not {other}")));
            }
        }
        obj! { "webhooks": world.outbox.len() }
    };
    flush(&sim, false).await;
    reply(out)
}
