//! What happened, what shall go wrong, what time it is.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use super::files::NewMedia;
use super::reply::{Refused, Reply, read, reply, shown};
use crate::deliverer::State as DeliveryState;
use crate::faults::Fault;
use crate::json::{Json, obj};
use crate::outgoing::{Outgoing, Update, signed_headers};
use crate::sim::Sim;
use crate::world::{MediaFault, Platform};

/// Filters of the record routes; each one given must match.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Filter {
    account: Option<String>,
    person: Option<String>,
    kind: Option<String>,
    ok: Option<bool>,
    path: Option<String>,
    host: Option<String>,
    state: Option<String>,
    /// Only records with a greater serial.
    after: Option<u64>,
    limit: Option<usize>,
}

fn fits(want: Option<&String>, have: Option<&String>) -> bool {
    want.is_none() || want == have
}

/// The newest `limit` of them, oldest first.
fn newest(mut rows: Vec<Json>, limit: Option<usize>) -> Json {
    let cut = rows.len().saturating_sub(limit.unwrap_or(1000));
    let total = rows.len();
    let rows = rows.split_off(cut);
    obj! { "total": total, "data": rows }
}

pub(super) async fn sent(State(sim): State<Arc<Sim>>, Query(filter): Query<Filter>) -> Reply {
    let world = sim.world();
    let rows = world
        .sent
        .iter()
        .filter(|s| fits(filter.account.as_ref(), s.account.as_ref()))
        .filter(|s| fits(filter.person.as_ref(), s.person.as_ref()))
        .filter(|s| filter.kind.as_ref().is_none_or(|k| *k == s.kind))
        .filter(|s| filter.ok.is_none_or(|ok| ok == s.ok))
        .filter(|s| filter.after.is_none_or(|after| s.serial > after))
        .map(shown)
        .collect();
    reply(newest(rows, filter.limit))
}

pub(super) async fn forget_sent(State(sim): State<Arc<Sim>>) -> Reply {
    sim.world().sent.clear();
    reply(obj! { "ok": true })
}

pub(super) async fn calls(State(sim): State<Arc<Sim>>, Query(filter): Query<Filter>) -> Reply {
    let world = sim.world();
    let rows = world
        .calls
        .iter()
        .filter(|c| filter.path.as_ref().is_none_or(|part| c.path.contains(part.as_str())))
        .filter(|c| filter.host.as_ref().is_none_or(|host| c.host == *host))
        .filter(|c| filter.after.is_none_or(|after| c.serial > after))
        .map(shown)
        .collect();
    reply(newest(rows, filter.limit))
}

pub(super) async fn forget_calls(State(sim): State<Arc<Sim>>) -> Reply {
    sim.world().calls.clear();
    reply(obj! { "ok": true })
}

pub(super) async fn deliveries(State(sim): State<Arc<Sim>>, Query(filter): Query<Filter>) -> Reply {
    let rows = sim
        .deliverer
        .records(filter.after.unwrap_or(0), |r| filter.account.as_ref().is_none_or(|a| r.accounts.contains(a)))
        .iter()
        .map(shown)
        .filter(|r| filter.state.is_none() || r.text_of("state") == filter.state)
        .collect();
    reply(newest(rows, filter.limit))
}

/// Ends all pauses between retries.
pub(super) async fn retry(State(sim): State<Arc<Sim>>) -> Reply {
    sim.deliverer.hurry();
    reply(obj! { "pending": sim.deliverer.pending() })
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Idle {
    timeout_ms: u64,
}

impl Default for Idle {
    fn default() -> Self {
        Self { timeout_ms: 10_000 }
    }
}

pub(super) async fn idle(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let idle: Idle = read(&body)?;
    let done = sim.deliverer.idle(Duration::from_millis(idle.timeout_ms)).await;
    reply(obj! { "idle": done, "pending": sim.deliverer.pending() })
}

/// How a body given by the test is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Signing {
    #[default]
    Signed,
    /// With the Instagram app secret.
    Instagram,
    /// A well-formed signature under another key.
    Bad,
    /// A header that is no signature.
    Malformed,
    Unsigned,
    /// The legacy header alone.
    Sha1Only,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Deliver {
    app: Option<String>,
    /// `page` or `instagram`: whose callback is called.
    object: Option<String>,
    /// The callback, where it is not the subscribed one.
    url: Option<String>,
    /// Sent as it is.
    raw: Option<String>,
    /// Sent the way Meta prints it.
    body: Option<Json>,
    signature: Signing,
    headers: Vec<(String, String)>,
}

/// Posts a body once, and answers with the attempt.
pub(super) async fn deliver(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let deliver: Deliver = read(&body)?;
    let outgoing = {
        let world = sim.world();
        let app = match &deliver.app {
            Some(id) => world.apps.get(id).ok_or_else(|| Refused::missing("app", id))?,
            None => world.apps.values().next().ok_or_else(|| Refused::bad("there is no app"))?,
        };
        let content = match (&deliver.raw, &deliver.body) {
            (Some(raw), None) => raw.clone(),
            (None, Some(body)) => body.to_meta(),
            _ => return Err(Refused::bad("give either raw (text sent as it is) or body (JSON)")),
        };
        let object = deliver.object.clone().unwrap_or_else(|| {
            Json::parse(&content).and_then(|b| b.text_of("object")).unwrap_or_else(|| "page".to_owned())
        });
        let login = deliver.signature == Signing::Instagram;
        let subscribed = if login { app.instagram_login_webhook.as_ref() } else { app.subscriptions.get(&object) };
        let callback = match (&deliver.url, subscribed) {
            (Some(url), _) => url.clone(),
            (None, Some(subscription)) => subscription.callback_url.clone(),
            (None, None) => return Err(Refused::bad(format!("app {} has no callback for {object}", app.id))),
        };
        let secret = match deliver.signature {
            Signing::Instagram => app.instagram_app_secret.clone(),
            Signing::Bad => format!("not-{}", app.secret),
            _ => app.secret.clone(),
        };
        let mut headers = signed_headers(&secret, content.as_bytes());
        match deliver.signature {
            Signing::Unsigned => headers.retain(|(k, _)| !k.starts_with("x-hub-signature")),
            Signing::Sha1Only => headers.retain(|(k, _)| k != "x-hub-signature-256"),
            Signing::Malformed => {
                headers.retain(|(k, _)| !k.starts_with("x-hub-signature"));
                headers.push(("x-hub-signature-256".to_owned(), "sha256=xyz".to_owned()));
            }
            _ => {}
        }
        for (name, value) in deliver.headers {
            headers.retain(|(k, _)| !k.eq_ignore_ascii_case(&name));
            headers.push((name.to_ascii_lowercase(), value));
        }
        Outgoing {
            app_id: app.id.clone(),
            object,
            account: String::new(),
            lane: String::new(),
            callback,
            secret,
            update: Update::Raw { body: content.into(), headers },
            delay_ms: 0,
        }
    };
    let ids = sim.flush(vec![outgoing], true).await;
    let record = ids.first().and_then(|id| sim.deliverer.record(*id));
    let record = record.ok_or_else(|| Refused::bad("the delivery was lost"))?;
    let attempt = record.attempts.last().map(shown).unwrap_or_default();
    reply(obj! {
        "id": i64::try_from(record.id).unwrap_or_default(),
        "ok": record.state == DeliveryState::Delivered || attempt.get("status").and_then(Json::as_int) == Some(200),
        "status": attempt.get("status").cloned(),
        "ms": attempt.get("ms").cloned(),
        "error": attempt.get("error").cloned(),
    })
}

pub(super) async fn faults(State(sim): State<Arc<Sim>>) -> Reply {
    reply(obj! { "data": sim.faults().iter().map(shown).collect::<Vec<_>>() })
}

pub(super) async fn add_fault(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let mut fault: Fault = read(&body)?;
    let acts = fault.replaces()
        || fault.drop.is_some()
        || fault.truncate.is_some()
        || fault.delay_ms + fault.delay_answer_ms > 0
        || !fault.headers.is_empty();
    if !acts {
        return Err(Refused::bad("a fault needs an effect: status, body, error, headers, delay_ms, drop or truncate"));
    }
    fault.id = sim.world().next_serial();
    let out = shown(&fault);
    sim.faults().push(fault);
    reply(out)
}

pub(super) async fn clear_faults(State(sim): State<Arc<Sim>>) -> Reply {
    sim.faults().clear();
    reply(obj! { "ok": true })
}

pub(super) async fn remove_fault(State(sim): State<Arc<Sim>>, Path(id): Path<u64>) -> Reply {
    let mut faults = sim.faults();
    let before = faults.len();
    faults.retain(|f| f.id != id);
    if faults.len() < before { reply(obj! { "ok": true }) } else { Err(Refused::missing("fault", &id.to_string())) }
}

pub(super) async fn clock(State(sim): State<Arc<Sim>>) -> Reply {
    reply(obj! { "now": sim.clock.now_ms(), "offset_ms": sim.clock.offset_ms() })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Advance {
    ms: i64,
    seconds: i64,
    minutes: i64,
    hours: i64,
    days: i64,
}

pub(super) async fn advance(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let a: Advance = read(&body)?;
    let ms = a.ms + 1000 * (a.seconds + 60 * (a.minutes + 60 * (a.hours + 24 * a.days)));
    if ms < 0 {
        return Err(Refused::bad("time only goes forward"));
    }
    sim.clock.advance(ms);
    clock(State(sim)).await
}

pub(super) async fn add_media(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let media = read::<NewMedia>(&body)?.into_media(Platform::Messenger)?;
    let now = sim.clock.now_ms();
    let url = sim.world().store_media(media, now);
    reply(obj! { "url": url })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetMediaFault {
    url: String,
    fault: Option<MediaFault>,
}

/// Lets a file already handed out go bad, or well again.
pub(super) async fn media_fault(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let set: SetMediaFault = read(&body)?;
    let rest = set.url.split_once("://").map_or(set.url.as_str(), |(_, rest)| rest);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let id = {
        let world = sim.world();
        let by_query =
            form_urlencoded::parse(query.as_bytes()).find(|(k, _)| k == "asset_id").map(|(_, v)| v.into_owned());
        by_query.or_else(|| path.split('/').find(|s| world.media.contains_key(*s)).map(str::to_owned))
    };
    let mut world = sim.world();
    let media = id.and_then(|id| world.media.get_mut(&id)).ok_or_else(|| Refused::bad("no file has this address"))?;
    media.fault = set.fault;
    reply(obj! { "ok": true })
}
