//! From an act of a customer to the event Meta would tell of it.
//!
//! Shapes: <https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events>,
//! <https://developers.facebook.com/documentation/instagram-platform/webhooks/examples>

use super::act::Act;
use super::content::message_content;
use super::reply::Refused;
use crate::crypto;
use crate::emit::{Audience, Event, item};
use crate::graph::read_event;
use crate::json::{Json, obj};
use crate::world::{Account, Message, World};

/// What an act comes to, before it is known which apps hear of it.
pub(super) struct Told {
    pub(super) event: Event,
    pub(super) mid: Option<String>,
    pub(super) opens_window: bool,
    pub(super) consents: bool,
}

pub(super) fn tell(world: &mut World, account: &Account, person: &str, act: &Act, now: i64) -> Result<Told, Refused> {
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
