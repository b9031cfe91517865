//! The world's objects: read, written, removed; and the settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::reply::{Refused, Reply, read, reply, shown};
use crate::graph::{INSTAGRAM_FIELDS, verify_callback};
use crate::json::{Json, obj};
use crate::settings::Settings;
use crate::sim::{Sim, Start};
use crate::world::{Subscription, World};

pub(super) async fn reset(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let body: Json = read(&body)?;
    let start = match body.text_of("world").as_deref() {
        None => None,
        Some("default") => Some(Start::DefaultWorld),
        Some("empty") => Some(Start::EmptyWorld),
        Some(other) => return Err(Refused::bad(format!("world is default or empty, not {other}"))),
    };
    sim.reset(start);
    reply(obj! { "ok": true })
}

pub(super) async fn world(State(sim): State<Arc<Sim>>) -> Reply {
    let mut all = shown(&*sim.world());
    all.set("now", sim.clock.now_ms());
    reply(all)
}

pub(super) async fn settings(State(sim): State<Arc<Sim>>) -> Reply {
    reply(shown(&sim.world().settings))
}

/// Merges the given settings into the present ones.
pub(super) async fn change_settings(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let patch: Json = read(&body)?;
    let mut world = sim.world();
    let merged: Settings = merge(&world.settings, &patch)?;
    world.settings = merged;
    reply(shown(&world.settings))
}

/// The old value with the patch's top-level fields in place of its own.
fn merge<T: Serialize + DeserializeOwned>(old: &T, patch: &Json) -> Result<T, Refused> {
    let mut merged = shown(old);
    if !patch.is_object() {
        return Err(Refused::bad("the body is a JSON object with the fields to change"));
    }
    for (key, value) in patch.fields() {
        merged.set(key, value.clone());
    }
    let text = serde_json::to_string(&merged).map_err(|e| Refused::bad(e.to_string()))?;
    serde_json::from_str(&text).map_err(|e| Refused::bad(e.to_string()))
}

/// Sets the id, whatever the body says: the address is what names an object.
fn store<T: Serialize + DeserializeOwned + Default>(
    map: &mut BTreeMap<String, T>,
    id: &str,
    patch: &Json,
) -> Result<Json, Refused> {
    let mut patch = patch.clone();
    patch.set("id", id);
    let merged = match map.get(id) {
        Some(old) => merge(old, &patch)?,
        None => merge(&T::default(), &patch)?,
    };
    let out = shown(&merged);
    map.insert(id.to_owned(), merged);
    Ok(out)
}

pub(super) async fn upsert(
    State(sim): State<Arc<Sim>>,
    Path((kind, id)): Path<(String, String)>,
    body: Bytes,
) -> Reply {
    let patch: Json = read(&body)?;
    let world = &mut *sim.world();
    let stored = match kind.as_str() {
        "apps" => store(&mut world.apps, &id, &patch),
        "users" => store(&mut world.users, &id, &patch),
        "businesses" => store(&mut world.businesses, &id, &patch),
        "pages" => store(&mut world.pages, &id, &patch),
        "instagram-accounts" => {
            let new = !world.instagram_accounts.contains_key(&id);
            let mut patch = patch;
            if new && patch.get("message_access").is_none() {
                patch.set("message_access", true);
            }
            store(&mut world.instagram_accounts, &id, &patch)
        }
        "customers" => store(&mut world.people, &id, &patch),
        "comments" => store(&mut world.comments, &id, &patch),
        _ => return Err(unknown_kind(&kind)),
    }?;
    if kind == "customers" {
        refresh_ids(world, &id);
        return reply(customer(world, &id));
    }
    reply(stored)
}

fn unknown_kind(kind: &str) -> Refused {
    Refused::bad(format!(
        "there is no kind {kind}: apps, users, businesses, pages, instagram-accounts, customers, comments"
    ))
}

fn refresh_ids(world: &mut World, person: &str) {
    world.scoped.retain(|_, (_, p)| p != person);
    let accounts: Vec<String> = world.pages.keys().chain(world.instagram_accounts.keys()).cloned().collect();
    for account in accounts {
        world.scoped_id(&account, person);
    }
}

/// A customer with the id each account knows them by.
fn customer(world: &mut World, id: &str) -> Json {
    let Some(person) = world.people.get(id) else { return Json::Null };
    let mut out = shown(person);
    let accounts: Vec<String> = world.pages.keys().chain(world.instagram_accounts.keys()).cloned().collect();
    let mut ids = Json::Obj(Vec::new());
    for account in accounts {
        let scoped = world.scoped_id(&account, id);
        ids.set(&account, scoped);
    }
    out.set("scoped_ids", ids);
    out
}

pub(super) async fn read_one(State(sim): State<Arc<Sim>>, Path((kind, id)): Path<(String, String)>) -> Reply {
    let world = &mut *sim.world();
    let found = match kind.as_str() {
        "apps" => world.apps.get(&id).map(shown),
        "users" => world.users.get(&id).map(shown),
        "businesses" => world.businesses.get(&id).map(shown),
        "pages" => world.pages.get(&id).map(shown),
        "instagram-accounts" => world.instagram_accounts.get(&id).map(shown),
        "customers" if world.people.contains_key(&id) => Some(customer(world, &id)),
        "customers" => None,
        "comments" => world.comments.get(&id).map(shown),
        _ => return Err(unknown_kind(&kind)),
    };
    reply(found.ok_or_else(|| Refused::missing(&kind, &id))?)
}

pub(super) async fn remove(State(sim): State<Arc<Sim>>, Path((kind, id)): Path<(String, String)>) -> Reply {
    let world = &mut *sim.world();
    let found = match kind.as_str() {
        "apps" => world.apps.remove(&id).is_some(),
        "users" => world.users.remove(&id).is_some(),
        "businesses" => world.businesses.remove(&id).is_some(),
        "pages" => world.pages.remove(&id).is_some(),
        "instagram-accounts" => world.instagram_accounts.remove(&id).is_some(),
        "customers" => world.people.remove(&id).is_some(),
        "comments" => world.comments.remove(&id).is_some(),
        _ => return Err(unknown_kind(&kind)),
    };
    if found { reply(obj! { "ok": true }) } else { Err(Refused::missing(&kind, &id)) }
}

/// The dashboard form "API setup with Instagram business login > Configure webhooks", verification included.
pub(super) async fn instagram_login_webhook(State(sim): State<Arc<Sim>>, Path(id): Path<String>, body: Bytes) -> Reply {
    let mut subscription: Subscription = read(&body)?;
    if let Some(unknown) = subscription.fields.iter().find(|f| !INSTAGRAM_FIELDS.contains(&f.as_str())) {
        return Err(Refused::bad(format!("Instagram has no webhook field {unknown}")));
    }
    verify_callback(&sim, &subscription).await.map_err(|e| Refused::bad(e.message))?;
    subscription.active = true;
    let mut world = sim.world();
    let app = world.apps.get_mut(&id).ok_or_else(|| Refused::missing("app", &id))?;
    app.instagram_login_webhook = Some(subscription);
    reply(obj! { "ok": true })
}
