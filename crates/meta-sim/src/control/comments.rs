//! Public comments: the webhooks `feed` and `comments`, and the handle of a private reply.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::reply::{Refused, Reply, flush, read, reply};
use crate::crypto;
use crate::json::obj;
use crate::outgoing::{Outgoing, Update};
use crate::sim::Sim;
use crate::world::{Account, Comment, World};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewComment {
    account: String,
    text: String,
    post_id: Option<String>,
    id: Option<String>,
}

/// A public comment: webhook `feed` or `comments`, and the handle of a private reply.
pub(super) async fn comment(State(sim): State<Arc<Sim>>, Path(person): Path<String>, body: Bytes) -> Reply {
    let new: NewComment = read(&body)?;
    let now = sim.clock.now_ms();
    let out = {
        let world = &mut *sim.world();
        let account = world.account(&new.account).ok_or_else(|| Refused::missing("account", &new.account))?;
        let Some(who) = world.people.get(&person).cloned() else {
            return Err(Refused::missing("customer", &person));
        };
        let post_id = new.post_id.unwrap_or_else(|| crypto::number(17));
        let id = new.id.unwrap_or_else(|| crypto::number(17));
        let comment = Comment {
            id: id.clone(),
            post_id: post_id.clone(),
            account: account.id.clone(),
            person: person.clone(),
            text: new.text.clone(),
            at: now,
            replied: false,
        };
        world.comments.insert(id.clone(), comment);
        let scoped = world.scoped_id(&account.id, &person);
        let count =
            tell_comment(world, &account, &scoped, &who.full_name(), &who.username, (&id, &post_id, &new.text), now);
        obj! { "comment_id": id, "post_id": post_id, "webhooks": count }
    };
    flush(&sim, false).await;
    reply(out)
}

fn tell_comment(
    world: &mut World,
    account: &Account,
    scoped: &str,
    name: &str,
    username: &str,
    (id, post_id, text): (&str, &str, &str),
    now: i64,
) -> usize {
    let instagram = account.platform.is_instagram();
    let field = if instagram { "comments" } else { "feed" };
    let apps: Vec<_> = world.apps.values().cloned().collect();
    let mut count = 0;
    for app in apps {
        for (object, callback, secret) in world.channels(&app, account, field, false) {
            let login = instagram && secret == app.instagram_app_secret;
            let from = obj! { "id": scoped, "username": username };
            let media = obj! { "id": post_id, "media_product_type": "FEED" };
            let update = match (instagram, login) {
                (true, true) => Update::Fields(obj! {
                    "field": field, "value": obj! { "from": from, "media": media, "id": id, "text": text },
                }),
                (true, false) => Update::Item(
                    "changes",
                    obj! {
                        "field": field, "value": obj! { "from": from, "media": media, "comment_id": id, "text": text },
                    },
                ),
                (false, _) => Update::Item(
                    "changes",
                    obj! {
                        "field": field,
                        "value": obj! {
                            "from": obj! { "id": scoped, "name": name }, "post_id": post_id, "comment_id": id,
                            "created_time": now / 1000, "item": "comment", "parent_id": post_id, "verb": "add",
                            "message": text,
                        },
                    },
                ),
            };
            count += 1;
            world.outbox.push(Outgoing {
                app_id: app.id.clone(),
                object: object.to_owned(),
                account: account.id.clone(),
                lane: format!("{}/comments/{}", app.id, account.id),
                callback,
                secret,
                update,
                delay_ms: 0,
            });
        }
    }
    count
}
