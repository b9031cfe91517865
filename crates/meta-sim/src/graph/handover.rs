//! Who may speak: passing, taking, asking for and releasing a thread.
//!
//! <https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing>,
//! <https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/conversation-routing/apis>.
//! The wording of the refusals is that of replies quoted in public reports.

use super::answer::Answer;
use super::auth::Caller;
use super::error::GraphError;
use super::recipient::find_recipient;
use super::request::Call;
use crate::emit::{Audience, Event, item};
use crate::json::{Json, obj};
use crate::world::{Account, DAY_MS, Owner, Sent, World};

/// Meta's own inboxes, which are apps like any other here.
pub(crate) const PAGE_INBOX: &str = "263902037430900";
pub(crate) const INSTAGRAM_INBOX: &str = "1217981644879628";
const EXTENSION_MAX_S: i64 = 604_800;

pub(super) fn edge(world: &mut World, call: &Call, caller: &Caller, now: i64) -> Answer {
    let edge = call.segment(1).to_owned();
    if edge == "secondary_receivers" {
        return secondary_receivers(world, call, caller);
    }
    let recipient = match call.json("recipient") {
        Some(Json::Obj(fields)) => Json::Obj(fields).text_of("id"),
        Some(other) => other.text(),
        None => None,
    };
    let own = caller.account(world, call)?;
    let scope = match (own.platform.is_instagram(), caller.token.kind) {
        (true, _) => "instagram_business_manage_messages",
        (false, _) => "pages_messaging",
    };
    caller.require(world, scope, (!own.platform.is_instagram()).then_some(own.id.as_str()))?;
    let id = recipient.clone().ok_or_else(|| GraphError::parameter("The parameter recipient is required"))?;
    let found = find_recipient(world, &own, &id);
    if edge == "thread_owner" {
        let (account, person) = found?;
        return Ok(thread_owner(world, &account, &person, &caller.app.id, now));
    }
    let outcome = found.and_then(|(account, person)| {
        control(world, call, &edge, &account, &person, &caller.app.id, now)?;
        Ok((account.id, person))
    });
    let serial = world.next_serial();
    world.record_sent(Sent {
        serial,
        at: now,
        app_id: caller.app.id.clone(),
        account: Some(outcome.as_ref().map_or(own.id, |(account, _)| account.clone())),
        person: outcome.as_ref().ok().map(|(_, person)| person.clone()),
        recipient_id: recipient,
        kind: edge,
        body: call.body.clone(),
        file: None,
        ok: outcome.is_ok(),
        message_id: None,
        attachment_id: None,
        error: outcome.as_ref().err().map(|e| e.to_json().get("error").cloned().unwrap_or_default()),
    });
    outcome.map(|_| obj! { "success": true })
}

fn control(
    world: &mut World,
    call: &Call,
    edge: &str,
    account: &Account,
    person: &str,
    app: &str,
    now: i64,
) -> Result<(), GraphError> {
    let owner = owner_of(world, account, person, now);
    let mine = owner.as_deref() == Some(app);
    let metadata = call.text("metadata");
    match edge {
        "pass_thread_control" => {
            if owner.is_some() && !mine {
                return Err(GraphError::parameter("The calling app is not the thread owner."));
            }
            let target = call.text("target_app_id").or_else(|| account.routing.default_app.clone());
            let target = target.ok_or_else(|| GraphError::parameter("The parameter target_app_id is required"))?;
            if target == app {
                return Err(GraphError::parameter("Cannot pass thread control to yourself"));
            }
            if !world.apps.contains_key(&target) && target != PAGE_INBOX && target != INSTAGRAM_INBOX {
                return Err(GraphError::parameter("Invalid target_app_id").sub(2_018_164));
            }
            pass(world, account, person, &target, metadata.as_deref(), now);
        }
        "take_thread_control" => {
            if account.routing.default_app.is_none() {
                return Err(GraphError::new(
                    27,
                    "(#27) Take thread control is not supported when Conversation Routing is not enabled",
                ));
            }
            if mine {
                return Err(GraphError::parameter("The calling app is already the thread owner."));
            }
            if !account.routing.take_allowed.contains(app) {
                return Err(GraphError::new(10, "(#10) The app is not allowed to take thread control").sub(2_018_171));
            }
            take(world, account, person, app, metadata.as_deref(), now);
        }
        "request_thread_control" => {
            if account.routing.default_app.is_some() && account.platform.is_instagram() {
                return Err(GraphError::parameter(
                    "Request thread control is only available when Conversation Routing is not enabled",
                ));
            }
            if mine {
                return Err(GraphError::parameter("The calling app is already the thread owner."));
            }
            match owner {
                None => pass(world, account, person, app, metadata.as_deref(), now),
                Some(owner) => {
                    let mut value = obj! { "requested_owner_app_id": app_id(world, app) };
                    value.set("metadata", metadata);
                    tell(world, account, person, "request_thread_control", value, &owner, now);
                }
            }
        }
        "release_thread_control" => {
            if !mine {
                return Err(GraphError::parameter("Only the current thread owner can release thread control."));
            }
            world.thread_mut(&account.id, person).owner = None;
        }
        _ => {
            let seconds = call.text("duration").and_then(|d| d.parse::<i64>().ok()).unwrap_or_default();
            if !(1..=EXTENSION_MAX_S).contains(&seconds) {
                return Err(GraphError::parameter(format!("Param duration must be between 1 and {EXTENSION_MAX_S}")));
            }
            if !mine {
                return Err(GraphError::parameter("Only the current thread owner can extend thread control."));
            }
            if let Some(owner) = &mut world.thread_mut(&account.id, person).owner {
                owner.expires_at = now + seconds * 1000;
            }
        }
    }
    Ok(())
}

fn owner_of(world: &World, account: &Account, person: &str, now: i64) -> Option<String> {
    world.thread(&account.id, person)?.owner_at(now).map(|o| o.app_id.clone())
}

/// Gives the thread to `target`, who is told.
pub(crate) fn pass(world: &mut World, account: &Account, person: &str, target: &str, metadata: Option<&str>, now: i64) {
    let previous = owner_of(world, account, person, now);
    set_owner(world, account, person, target, now);
    let value = change(world, previous.as_deref(), target, metadata);
    tell(world, account, person, "pass_thread_control", value, target, now);
}

/// Takes the thread for `app`; the old owner is told, and nobody when there was none.
pub(crate) fn take(world: &mut World, account: &Account, person: &str, app: &str, metadata: Option<&str>, now: i64) {
    let previous = owner_of(world, account, person, now);
    set_owner(world, account, person, app, now);
    if let Some(old) = previous {
        let value = change(world, Some(&old), app, metadata);
        tell(world, account, person, "take_thread_control", value, &old, now);
    }
}

fn set_owner(world: &mut World, account: &Account, person: &str, app: &str, now: i64) {
    world.thread_mut(&account.id, person).owner = Some(Owner { app_id: app.to_owned(), expires_at: now + DAY_MS });
}

/// An app id as handover events print it: a string, or (in some of Meta's samples) a number.
fn app_id(world: &World, id: &str) -> Json {
    if world.settings.handover_ids_as_numbers {
        id.parse::<i64>().map_or_else(|_| Json::from(id), Json::Int)
    } else {
        Json::from(id)
    }
}

fn change(world: &World, previous: Option<&str>, new: &str, metadata: Option<&str>) -> Json {
    obj! {
        "previous_owner_app_id": previous.map(|id| app_id(world, id)),
        "new_owner_app_id": app_id(world, new),
        "metadata": metadata,
    }
}

fn tell(world: &mut World, account: &Account, person: &str, key: &str, value: Json, app: &str, now: i64) {
    let scoped = world.scoped_id(&account.id, person);
    let event = Event {
        page_field: Some("messaging_handovers"),
        instagram_field: Some("messaging_handover"),
        item: item(&scoped, &account.id, now, key, value),
        audience: Audience::App(app.to_owned()),
        delay_ms: 0,
    };
    world.emit(account, person, now, &event);
}

fn thread_owner(world: &World, account: &Account, person: &str, app: &str, now: i64) -> Json {
    let data = match world.thread(&account.id, person).and_then(|t| t.owner_at(now)) {
        None => Vec::new(),
        Some(owner) => {
            let mut shown = Json::Obj(Vec::new());
            // The name of the owner is for the owner and the default app; others see when it ends.
            if owner.app_id == app || account.routing.default_app.as_deref() == Some(app) {
                shown.set("app_id", owner.app_id.parse::<i64>().ok());
            }
            shown.set("expiration", owner.expires_at / 1000);
            vec![obj! { "thread_owner": shown }]
        }
    };
    obj! { "data": data }
}

/// The old list of apps beside the default one.
fn secondary_receivers(world: &World, call: &Call, caller: &Caller) -> Answer {
    let account = caller.account(world, call)?;
    let default = account.routing.default_app.clone();
    if default.as_deref().is_some_and(|d| d != caller.app.id) {
        return Err(GraphError::new(10, "(#10) Only the primary receiver can list secondary receivers").sub(2_018_234));
    }
    let data: Vec<Json> = world
        .apps
        .values()
        .filter(|app| app.id != caller.app.id && world.is_subscribed(&app.id, &account.id))
        .map(|app| obj! { "id": &app.id, "name": &app.name })
        .collect();
    Ok(obj! { "data": data })
}

/// Refuses a `thread_control` beside a message where routing is not enabled.
pub(super) fn check_inline(world: &World, call: &Call, account: &Account) -> Result<(), GraphError> {
    let Some(control) = call.json("thread_control").filter(Json::is_object) else { return Ok(()) };
    if account.routing.default_app.is_none() {
        return Err(GraphError::parameter("thread_control needs Conversation Routing to be enabled"));
    }
    match control.text_of("control_type").as_deref() {
        None | Some("release") => Ok(()),
        Some("pass") => match control.text_of("app_id") {
            Some(id) if !world.apps.contains_key(&id) && id != PAGE_INBOX && id != INSTAGRAM_INBOX => {
                Err(GraphError::parameter("Invalid thread_control[app_id]").sub(2_018_164))
            }
            _ => Ok(()),
        },
        Some(_) => Err(GraphError::parameter("Param thread_control[control_type] must be one of {PASS, RELEASE}")),
    }
}

/// Does what a `thread_control` beside an accepted message asks.
pub(super) fn inline(world: &mut World, call: &Call, account: &Account, person: &str, app: &str, now: i64) {
    let Some(control) = call.json("thread_control").filter(Json::is_object) else { return };
    let target = control.text_of("app_id").or_else(|| account.routing.default_app.clone());
    match (control.text_of("control_type").as_deref(), target) {
        (Some("pass"), Some(target)) if target != app => pass(world, account, person, &target, None, now),
        _ => world.thread_mut(&account.id, person).owner = None,
    }
}
