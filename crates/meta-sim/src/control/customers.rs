//! What a customer does in their app, turned into the webhooks Meta would send.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};

use super::act::{Act, EditEvent};
use super::reply::{Refused, Reply, flush, read, reply};
use super::tell::tell;
use crate::emit::Event;
use crate::json::{Json, obj};
use crate::outgoing::{Outgoing, Update};
use crate::sim::Sim;
use crate::world::Account;

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
