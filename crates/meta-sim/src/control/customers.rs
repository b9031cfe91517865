//! What a customer does in their app, turned into the webhooks Meta would send.
//!
//! Shapes: <https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events>,
//! <https://developers.facebook.com/documentation/instagram-platform/webhooks/examples>

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::files::{attachment, sample};
use super::{Refused, Reply, flush, read, reply};
use crate::Sim;
use crate::crypto;
use crate::deliver::{Outgoing, Update};
use crate::emit::{Audience, Event, item};
use crate::graph::read_event;
use crate::json::{Json, obj};
use crate::world::{Account, Message, World};

/// One act of a customer. Exactly one of the acts, plus what goes with it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Act {
    /// Page or Instagram account id.
    account: String,

    // A message, from here on any mixture of:
    text: Option<String>,
    attachments: Option<Vec<Json>>,
    quick_reply: Option<Json>,
    /// A mid, or an object as it shall appear (`{"story":{…}}`).
    reply_to: Option<Json>,
    /// A story of the business is answered: shorthand for `reply_to`.
    story_reply: Option<Json>,
    /// The customer mentions the business in a story.
    story_mention: Option<Json>,
    /// `{"lat":…,"long":…,"title":…}`
    location: Option<Json>,
    /// Content Meta does not pass on.
    unsupported: bool,
    /// Any other key of `message`, as it shall appear.
    message: Option<Json>,

    // Or one of:
    postback: Option<Json>,
    /// `{"mid":…,"reaction":"love","emoji":"❤"}`
    reaction: Option<Json>,
    unreact: Option<String>,
    unsend: Option<String>,
    /// `{"mid":…,"text":…}`
    edit: Option<Json>,
    /// A mid, or `true` for everything.
    read: Option<Json>,
    referral: Option<Json>,
    /// Any other event: `{"page_field":…,"instagram_field":…,"item":{"optin":{…}}}`. With `entry` in the place of `item`, the
    /// entry itself holds these members and no list.
    event: Option<Json>,

    // How it is told:
    /// Nobody is told: the message is there to be read, and no more.
    untold: bool,
    /// Instagram's `message_edit` without a text, for a message.
    edit_event: Option<EditEvent>,
    /// As `entry.changes`, the form some events really come in.
    as_change: bool,
    /// Printed in place of the time, as it is (seconds, a string, …).
    timestamp: Option<Json>,
    /// Mid to use instead of a fresh one.
    mid: Option<String>,
    /// Answer only once the webhook was tried.
    wait: bool,
    /// Do not open the reply window.
    keep_window_closed: bool,
}

/// Where Instagram sends `message_edit` with `num_edit` 0 and no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EditEvent {
    /// Before the message.
    Before,
    /// After the message.
    After,
    /// In the place of the message, naming neither side.
    Instead,
    /// The same under the id of the linked Page.
    InsteadUnderPage,
}

impl EditEvent {
    /// The event, and whether it stands for the message.
    fn of(self, message: &Event, mid: &str) -> (Event, bool) {
        let instead = matches!(self, Self::Instead | Self::InsteadUnderPage);
        let mut item = Json::Obj(Vec::new());
        for (key, value) in message.item.fields() {
            if key == "timestamp" || (!instead && matches!(key.as_str(), "sender" | "recipient")) {
                item.set(key, value.clone());
            }
        }
        item.set("message_edit", obj! { "mid": mid, "num_edit": 0 });
        (Event { page_field: None, instagram_field: Some("message_edit"), item, ..message.clone() }, instead)
    }
}

struct Told {
    event: Event,
    mid: Option<String>,
    opens_window: bool,
    consents: bool,
}

pub(super) async fn send(State(sim): State<Arc<Sim>>, Path(person): Path<String>, body: Bytes) -> Reply {
    let act: Act = read(&body)?;
    let now = sim.clock.now_ms();
    let (mut out, wait) = {
        let world = &mut *sim.world();
        if !world.people.contains_key(&person) {
            return Err(Refused::missing("customer", &person));
        }
        let account = world.account(&act.account).ok_or_else(|| Refused::missing("account", &act.account))?;
        let told = tell(world, &account, &person, &act, now)?;
        if told.opens_window && !act.keep_window_closed {
            world.customer_acted(&account, &person, now, told.consents);
        }
        let mut event = told.event;
        if let Some(timestamp) = &act.timestamp {
            event.item.set("timestamp", timestamp.clone());
        }
        let from = world.outbox.len();
        let mut events = vec![event];
        if let (Some(how), Some(mid)) = (act.edit_event, &told.mid) {
            let message = events.remove(0);
            let (edit, instead) = how.of(&message, mid);
            events.push(edit);
            if !instead {
                events.insert(usize::from(how == EditEvent::Before), message);
            }
        }
        if act.untold {
            events.clear();
        }
        let webhooks: usize = events.iter().map(|event| world.emit(&account, &person, now, event)).sum();
        if act.edit_event == Some(EditEvent::InsteadUnderPage)
            && let Some(page) = &account.page_id
        {
            for outgoing in world.outbox.iter_mut().skip(from) {
                outgoing.account.clone_from(page);
            }
        }
        if let Some(entry) = act.event.as_ref().and_then(|event| event.get("entry")) {
            for outgoing in world.outbox.iter_mut().skip(from) {
                outgoing.update = Update::Fields(entry.clone());
            }
        }
        if let (true, Some(event)) = (act.as_change, events.first()) {
            for outgoing in world.outbox.iter_mut().skip(from) {
                as_change(outgoing, &account, event);
            }
        }
        let scoped = world.scoped_id(&account.id, &person);
        let out = obj! { "mid": told.mid, "timestamp": now, "scoped_id": scoped, "webhooks": webhooks };
        (out, act.wait)
    };
    let ids = flush(&sim, wait).await;
    if wait {
        let statuses: Vec<Json> = ids
            .iter()
            .filter_map(|id| sim.deliverer.record(*id))
            .map(|r| Json::from(r.attempts.first().and_then(|a| a.status).map(i32::from)))
            .collect();
        out.set("statuses", Json::Arr(statuses));
    }
    reply(out)
}

fn as_change(outgoing: &mut Outgoing, account: &Account, event: &Event) {
    let field = if account.platform.is_instagram() { event.instagram_field } else { event.page_field };
    if let Update::Item(key, item) = &mut outgoing.update {
        *key = "changes";
        *item = obj! { "field": field.unwrap_or("messages"), "value": item.clone() };
    }
}

fn tell(world: &mut World, account: &Account, person: &str, act: &Act, now: i64) -> Result<Told, Refused> {
    let scoped = world.scoped_id(&account.id, person);
    let instagram = account.platform.is_instagram();
    let event = |fields: (Option<&'static str>, Option<&'static str>), key: &str, value: Json| Event {
        page_field: fields.0,
        instagram_field: fields.1,
        item: item(&scoped, &account.id, now, key, value),
        audience: Audience::Thread,
        delay_ms: 0,
    };
    let told = |event: Event, mid: Option<String>, opens_window: bool| Told {
        event,
        mid,
        opens_window,
        consents: opens_window,
    };
    let messages = (Some("messages"), Some("messages"));
    if let Some(postback) = &act.postback {
        let mid = act.mid.clone().unwrap_or_else(|| crypto::mid(instagram));
        let mut value = obj! { "mid": mid.as_str() };
        for (key, v) in postback.fields() {
            value.set(key, v.clone());
        }
        keep(world, account, person, &mid, obj! { "text": postback.text_of("title") }, now);
        let fields = (Some("messaging_postbacks"), Some("messaging_postbacks"));
        return Ok(told(event(fields, "postback", value), Some(mid), true));
    }
    if let Some(reaction) = &act.reaction {
        let mid = known_mid(world, account, person, reaction.text_of("mid"))?;
        let emoji = reaction.text_of("emoji").unwrap_or_else(|| "\u{2764}\u{fe0f}".to_owned());
        set_reaction(world, &mid, Some(emoji.clone()));
        let name = reaction.text_of("reaction").unwrap_or_else(|| "love".to_owned());
        let value = obj! { "mid": mid.as_str(), "action": "react", "reaction": name, "emoji": emoji };
        let fields = (Some("message_reactions"), Some("message_reactions"));
        return Ok(told(event(fields, "reaction", value), Some(mid), true));
    }
    if let Some(mid) = &act.unreact {
        let mid = known_mid(world, account, person, Some(mid.clone()))?;
        set_reaction(world, &mid, None);
        let fields = (Some("message_reactions"), Some("message_reactions"));
        let value = obj! { "mid": mid.as_str(), "action": "unreact" };
        return Ok(told(event(fields, "reaction", value), Some(mid), false));
    }
    if let Some(mid) = &act.unsend {
        if !instagram {
            return Err(Refused::bad("Messenger documents no unsend event"));
        }
        let mid = known_mid(world, account, person, Some(mid.clone()))?;
        if let Some(message) = world.messages.get_mut(&mid) {
            message.deleted = true;
        }
        let value = obj! { "mid": mid.as_str(), "is_deleted": true };
        return Ok(told(event(messages, "message", value), Some(mid), false));
    }
    if let Some(edit) = &act.edit {
        let mid = known_mid(world, account, person, edit.text_of("mid"))?;
        let text = edit.text_of("text").ok_or_else(|| Refused::bad("edit needs a text"))?;
        let mut edits = 0;
        if let Some(message) = world.messages.get_mut(&mid) {
            message.edits += 1;
            edits = message.edits;
            message.content.set("text", text.as_str());
        }
        let value = obj! { "mid": mid.as_str(), "text": text, "num_edit": edits };
        return Ok(told(event((Some("message_edits"), Some("message_edit")), "message_edit", value), Some(mid), false));
    }
    if let Some(read) = &act.read {
        let mid = match read.as_str() {
            Some(mid) => Some(mid.to_owned()),
            None => last_of_business(world, account, person),
        };
        let mid = mid.ok_or_else(|| Refused::bad("the business has sent nothing that could be read"))?;
        let mid = known_mid(world, account, person, Some(mid))?;
        let event = read_event(world, account, person, &mid, now, 0);
        return Ok(told(event, Some(mid), false));
    }
    if let Some(referral) = &act.referral {
        let mut value = referral.clone();
        for (key, default) in [("source", "SHORTLINK"), ("type", "OPEN_THREAD")] {
            if value.get(key).is_none() {
                value.set(key, default);
            }
        }
        let fields = (Some("messaging_referrals"), Some("messaging_referral"));
        return Ok(told(event(fields, "referral", value), None, true));
    }
    if let Some(any) = &act.event {
        return any_event(world, account, person, any, now);
    }
    let mid = act.mid.clone().unwrap_or_else(|| crypto::mid(instagram));
    let content = message_content(world, account, act, now)?;
    keep(world, account, person, &mid, content.clone(), now);
    let mut message = obj! { "mid": mid.as_str() };
    for (key, value) in content.fields() {
        message.set(key, value.clone());
    }
    Ok(told(event(messages, "message", message), Some(mid), true))
}

fn any_event(world: &mut World, account: &Account, person: &str, any: &Json, now: i64) -> Result<Told, Refused> {
    let scoped = world.scoped_id(&account.id, person);
    let given = any.get("item").or_else(|| any.get("entry")).filter(|i| i.is_object());
    let given = given.ok_or_else(|| Refused::bad("event needs an item, or an entry"))?;
    let mut full = obj! {
        "sender": obj! { "id": scoped }, "recipient": obj! { "id": account.id.as_str() }, "timestamp": now,
    };
    for (key, value) in given.fields() {
        full.set(key, value.clone());
    }
    // A null in the item takes the key away: some events come without a sender.
    if let Json::Obj(fields) = &mut full {
        fields.retain(|(_, v)| *v != Json::Null);
    }
    let field = |key: &str| -> Option<&'static str> {
        let name = any.text_of(key)?;
        EVENT_FIELDS.iter().copied().find(|f| *f == name)
    };
    let (page_field, instagram_field) = (field("page_field"), field("instagram_field"));
    if page_field.is_none() && instagram_field.is_none() {
        return Err(Refused::bad(format!(
            "event needs page_field or instagram_field, one of {}",
            EVENT_FIELDS.join(", ")
        )));
    }
    let opens_window = any.get("opens_window").is_some_and(Json::truthy);
    let event = Event { page_field, instagram_field, item: full, audience: Audience::Thread, delay_ms: 0 };
    Ok(Told { event, mid: None, opens_window, consents: opens_window })
}

const EVENT_FIELDS: &[&str] = &[
    "messages",
    "message_echoes",
    "message_edits",
    "message_edit",
    "message_reactions",
    "messaging_postbacks",
    "message_reads",
    "messaging_seen",
    "message_deliveries",
    "messaging_referrals",
    "messaging_referral",
    "messaging_optins",
    "messaging_optouts",
    "messaging_account_linking",
    "messaging_handovers",
    "messaging_handover",
    "messaging_policy_enforcement",
    "messaging_feedback",
    "response_feedback",
    "messaging_appointments",
    "send_cart",
    "messaging_in_thread_lead_form_submit",
    "inbox_labels",
    "business_integrity",
    "calls",
    "call_permission_reply",
    "call_settings_update",
    "messaging_game_plays",
    "messaging_payments",
];

/// The `message` object without its mid, keys in the order of real captures.
fn message_content(world: &mut World, account: &Account, act: &Act, now: i64) -> Result<Json, Refused> {
    let instagram = account.platform.is_instagram();
    let mut content = Json::Obj(Vec::new());
    if let Some(text) = &act.text {
        content.set("text", text.as_str());
    }
    if act.unsupported {
        content.set("is_unsupported", true);
    }
    if let Some(quick_reply) = &act.quick_reply {
        let payload = quick_reply.text_of("payload").ok_or_else(|| Refused::bad("quick_reply needs a payload"))?;
        if content.get("text").is_none() {
            content.set("text", quick_reply.text_of("title"));
        }
        content.set("quick_reply", obj! { "payload": payload });
    }
    if let Some(reply_to) = &act.reply_to {
        let value = if reply_to.is_object() {
            reply_to.clone()
        } else {
            obj! { "mid": reply_to.text() }
        };
        content.set("reply_to", value);
    }
    if let Some(story) = &act.story_reply {
        let mut value = Json::Obj(Vec::new());
        let url = match story.text_of("url") {
            Some(url) => url,
            None => world.store_media(sample("image", true), now),
        };
        value.set("url", url);
        value.set("id", story.text_of("id").unwrap_or_else(|| crypto::number(17)));
        content.set("reply_to", obj! { "story": value });
    }
    let mut attachments = Vec::new();
    for given in act.attachments.iter().flatten() {
        attachments.extend(attachment(world, account, given, now)?);
    }
    if let Some(mention) = &act.story_mention {
        let mut given = mention.clone();
        if !given.is_object() {
            given = Json::Obj(Vec::new());
        }
        given.set("type", "story_mention");
        attachments.extend(attachment(world, account, &given, now)?);
    }
    if let Some(location) = &act.location {
        if instagram {
            return Err(Refused::bad("Instagram has no location messages"));
        }
        attachments.push(obj! {
            "type": "location",
            "payload": obj! { "coordinates": obj! {
                "lat": location.get("lat").cloned(), "long": location.get("long").cloned(),
            } },
            "title": location.text_of("title").unwrap_or_else(|| "Pinned Location".to_owned()),
            "url": location.text_of("url").unwrap_or_else(|| "https://www.facebook.com/l.php?u=maps".to_owned()),
        });
    }
    if !attachments.is_empty() {
        content.set("attachments", attachments);
    }
    for (key, value) in act.message.iter().flat_map(Json::fields) {
        content.set(key, value.clone());
    }
    if content.fields().is_empty() {
        return Err(Refused::bad(
            "nothing to send: text, attachments, quick_reply, story_reply, story_mention, location, unsupported, \
             message, postback, reaction, unreact, unsend, edit, read, referral or event",
        ));
    }
    Ok(content)
}

fn keep(world: &mut World, account: &Account, person: &str, mid: &str, content: Json, now: i64) {
    world.keep_message(Message {
        mid: mid.to_owned(),
        account: account.id.clone(),
        person: person.to_owned(),
        platform: account.platform,
        from_customer: true,
        app_id: None,
        at: now,
        content,
        edits: 0,
        deleted: false,
        reactions: [None, None],
        read_at: None,
    });
}

fn known_mid(world: &World, account: &Account, person: &str, mid: Option<String>) -> Result<String, Refused> {
    let mid = mid.ok_or_else(|| Refused::bad("the mid of a message is needed"))?;
    match world.messages.get(&mid) {
        Some(m) if m.account == account.id && m.person == person => Ok(mid),
        _ => Err(Refused::missing("message of this thread with the mid", &mid)),
    }
}

fn last_of_business(world: &World, account: &Account, person: &str) -> Option<String> {
    let thread = world.thread(&account.id, person)?;
    thread.messages.iter().rev().find(|mid| world.messages.get(*mid).is_some_and(|m| !m.from_customer)).cloned()
}

fn set_reaction(world: &mut World, mid: &str, emoji: Option<String>) {
    if let Some(message) = world.messages.get_mut(mid) {
        message.reactions[0] = emoji;
    }
}
