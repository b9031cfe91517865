//! A call to the Graph API from the first byte to the last: faults, the route to take, limits, and the record of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;

use super::answer::Answer;
use super::auth::{Caller, find_token};
use super::error::GraphError;
use super::request::Call;
use super::{attachments, conversations, handover, messenger_profile, nodes, oauth, people, send, subscriptions};
use crate::crypto;
use crate::faults::{self, Drop, Fault};
use crate::json::{Json, obj};
use crate::media;
use crate::reply::{Incoming, broken_body, cut};
use crate::settings::{Echo, Usage};
use crate::sim::Sim;
use crate::world::{CallRecord, TokenKind, World};

pub(crate) async fn serve(sim: &Arc<Sim>, incoming: Incoming) -> Response<Body> {
    let started = Instant::now();
    let call = Call::read(&incoming).await;
    let account = call.as_ref().ok().and_then(|call| account_of(&sim.world(), call));
    let fault = find_fault(sim, &incoming, account.as_deref());
    wait(fault.as_ref().map(|f| f.delay_ms)).await;
    let skip_effect = fault.as_ref().is_some_and(|f| f.drop == Some(Drop::Before) || (f.replaces() && !f.after_effect));
    let (answer, usage) = match call {
        Err(error) => (Err(error), Vec::new()),
        Ok(_) if skip_effect => (Ok(Json::Null), Vec::new()),
        Ok(call) => {
            let answer = perform(sim, &call).await;
            (answer, usage_headers(&sim.world(), &call, account.as_deref(), sim.clock.now_ms()))
        }
    };
    wait(fault.as_ref().map(|f| f.delay_answer_ms)).await;
    let (mut status, mut body) = match &answer {
        Ok(json) => (200, json.to_meta()),
        Err(error) => (error.status, error.to_json().to_meta()),
    };
    if let Some((s, b)) = fault.as_ref().filter(|f| f.replaces()).map(replacement) {
        (status, body) = (s, b);
    }
    let dropped = fault.as_ref().is_some_and(|f| f.drop.is_some());
    record(sim, &incoming, if dropped { 0 } else { status }, &body, started, fault.is_some());
    if dropped {
        return cut();
    }
    respond(status, body, &usage, fault.as_ref())
}

pub(crate) async fn serve_media(sim: &Arc<Sim>, incoming: Incoming) -> Response<Body> {
    let started = Instant::now();
    let fault = find_fault(sim, &incoming, None);
    wait(fault.as_ref().map(|f| f.delay_ms)).await;
    let response = match &fault {
        Some(fault) if fault.drop.is_some() => cut(),
        Some(fault) if fault.replaces() => {
            let (status, body) = replacement(fault);
            respond(status, body, &[], Some(fault))
        }
        _ => sim.serve_media(&incoming.path, &incoming.query, media::last_byte(&incoming.headers)).await,
    };
    record(sim, &incoming, response.status().as_u16(), "", started, fault.is_some());
    response
}

fn find_fault(sim: &Sim, incoming: &Incoming, account: Option<&str>) -> Option<Fault> {
    let path = format!("/{}", incoming.path);
    let subject = faults::Subject {
        host: &incoming.host,
        method: incoming.method.as_str(),
        path: &path,
        account,
        body: &incoming.body,
    };
    faults::strike(&mut sim.faults(), &subject)
}

async fn wait(ms: Option<u64>) {
    if let Some(ms) = ms.filter(|ms| *ms > 0) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

fn replacement(fault: &Fault) -> (u16, String) {
    let status = fault.status.unwrap_or(if fault.error.is_some() { 400 } else { 200 });
    let body = match (&fault.error, &fault.body) {
        (Some(error), _) => {
            let mut full = obj! {
                "message": format!("(#{}) Simulated", error.text_of("code").unwrap_or_default()),
                "type": "OAuthException",
            };
            for (key, value) in error.fields() {
                full.set(key, value.clone());
            }
            full.set("fbtrace_id", crypto::trace());
            obj! { "error": full }.to_meta()
        }
        (None, Some(Json::Str(text))) => text.clone(),
        (None, Some(json)) => json.to_meta(),
        (None, None) => String::new(),
    };
    (status, body)
}

fn respond(status: u16, body: String, usage: &[(&'static str, String)], fault: Option<&Fault>) -> Response<Body> {
    let length = body.len();
    let truncate = fault.and_then(|f| f.truncate).filter(|n| *n < length);
    let bytes = Bytes::from(body);
    let body = truncate.map_or_else(|| Body::from(bytes.clone()), |n| broken_body(bytes.slice(..n)));
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    headers.insert("facebook-api-version", HeaderValue::from_static("v26.0"));
    if truncate.is_some() {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    let own = fault.map(|f| f.headers.as_slice()).unwrap_or_default();
    let all = usage.iter().map(|(k, v)| (*k, v)).chain(own.iter().map(|(k, v)| (k.as_str(), v)));
    for (name, value) in all {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            headers.insert(name, value);
        }
    }
    response
}

fn record(sim: &Sim, incoming: &Incoming, status: u16, body: &str, started: Instant, fault: bool) {
    let error = Json::parse(body).and_then(|b| b.get("error").cloned()).unwrap_or_default();
    let at = sim.clock.now_ms();
    let mut world = sim.world();
    let serial = world.next_serial();
    world.record_call(CallRecord {
        serial,
        at,
        host: incoming.host.clone(),
        method: incoming.method.to_string(),
        path: format!("/{}", incoming.path),
        status,
        code: error.get("code").and_then(Json::as_int),
        subcode: error.get("error_subcode").and_then(Json::as_int),
        proof: incoming.query.contains("appsecret_proof=")
            || String::from_utf8_lossy(&incoming.body).contains("appsecret_proof"),
        ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        fault,
    });
}

/// The account a call speaks for, so that faults and limits can be tied to it.
fn account_of(world: &World, call: &Call) -> Option<String> {
    let token = call.text("access_token").and_then(|value| world.tokens.get(&value));
    let of_token = token.and_then(|t| match t.kind {
        TokenKind::Page => t.page_id.clone(),
        TokenKind::Instagram => Some(t.user_id.clone()),
        TokenKind::User | TokenKind::App => None,
    });
    of_token.or_else(|| world.account(call.segment(0)).map(|a| a.id))
}

/// Performs a call. Webhooks it causes leave before or after the answer, as the settings say.
async fn perform(sim: &Arc<Sim>, call: &Call) -> Answer {
    let answer = route(sim, call).await;
    let (outgoing, echo_first) = {
        let mut world = sim.world();
        (std::mem::take(&mut world.outbox), world.settings.echo == Echo::Before)
    };
    if !outgoing.is_empty() {
        sim.flush(outgoing, echo_first).await;
    }
    answer
}

async fn route(sim: &Arc<Sim>, call: &Call) -> Answer {
    let now = sim.clock.now_ms();
    let first = call.segment(0);
    let edge = call.segment(1);
    match (call.host.as_str(), first, edge) {
        ("api.instagram.com", "oauth", "access_token") => return oauth::instagram_code(&mut sim.world(), call, now),
        ("api.instagram.com", ..) => return Err(call.missing()),
        ("graph.instagram.com", "access_token", "") => return oauth::instagram_exchange(&mut sim.world(), call, now),
        ("graph.instagram.com", "refresh_access_token", "") => {
            return oauth::instagram_refresh(&mut sim.world(), call, now);
        }
        (_, "oauth", "access_token") => return oauth::facebook(&mut sim.world(), call, now),
        (_, "debug_token", "") => return oauth::debug_token(&sim.world(), call, now),
        _ => {}
    }
    let caller = Caller::read(&sim.world(), call, now)?;
    throttle(&sim.world(), &caller, call)?;
    match edge {
        "subscriptions" => subscriptions::app_edge(sim, call, &caller).await,
        "messages" if !call.is_get() => send::messages(sim, call, &caller).await,
        "message_attachments" if !call.is_get() => attachments::upload(sim, call, &caller).await,
        _ => {
            let world = &mut *sim.world();
            match edge {
                "subscribed_apps" => subscriptions::account_edge(world, call, &caller),
                "pass_thread_control"
                | "take_thread_control"
                | "request_thread_control"
                | "release_thread_control"
                | "extend_thread_control"
                | "thread_owner"
                | "secondary_receivers" => handover::edge(world, call, &caller, now),
                "messenger_profile" => messenger_profile::edge(world, call, &caller),
                "conversations" => conversations::list(world, call, &caller),
                "personas" => people::personas(world, call, &caller),
                "permissions" => oauth::permissions(world, call, &caller, now),
                _ => nodes::node(world, call, &caller, now),
            }
        }
    }
}

/// Refuses once the load set for the app or the account reaches 100 percent.
///
/// <https://developers.facebook.com/docs/graph-api/overview/rate-limiting>
fn throttle(world: &World, caller: &Caller, call: &Call) -> Result<(), GraphError> {
    let full = |id: &str| world.settings.usage.get(id).is_some_and(|u| peak(u) >= 100);
    if full(&caller.app.id) {
        return Err(GraphError::new(4, "(#4) Application request limit reached").status(403));
    }
    let account = account_of(world, call);
    let page = account.as_deref().filter(|id| full(id));
    if let Some(id) = page {
        let messaging = matches!(call.segment(1), "messages" | "message_attachments");
        let instagram = world.instagram_accounts.contains_key(id);
        let (code, what) = match (instagram, messaging) {
            (true, _) => (80002, "Instagram account"),
            (false, true) => (80006, "messenger account"),
            (false, false) => (80001, "page"),
        };
        return Err(GraphError::new(
            code,
            format!("(#{code}) There have been too many calls to this {what}. Wait a bit and try again."),
        )
        .status(400));
    }
    Ok(())
}

fn peak(usage: &Usage) -> i64 {
    usage.call_count.max(usage.total_time).max(usage.total_cputime)
}

fn usage_headers(world: &World, call: &Call, account: Option<&str>, now: i64) -> Vec<(&'static str, String)> {
    let numbers = |usage: &Usage| {
        obj! {
            "call_count": usage.call_count,
            "total_cputime": usage.total_cputime,
            "total_time": usage.total_time,
        }
    };
    let token = call.text("access_token").and_then(|value| find_token(world, &value, now).ok());
    let Some(token) = token else { return Vec::new() };
    let light = Usage { call_count: 1, total_time: 1, total_cputime: 1, estimated_time_to_regain_access: 0 };
    let app = world.settings.usage.get(&token.app_id).unwrap_or(&light);
    let mut headers = vec![("x-app-usage", plain_json(&numbers(app)))];
    if let Some(account) = account {
        let usage = world.settings.usage.get(account).unwrap_or(&light);
        let kind = match (world.instagram_accounts.contains_key(account), call.segment(1)) {
            (true, _) => "instagram",
            (false, "messages" | "message_attachments") => "messenger",
            (false, _) => "pages",
        };
        let mut entry = obj! { "type": kind };
        for (key, value) in numbers(usage).fields() {
            entry.set(key, value.clone());
        }
        entry.set("estimated_time_to_regain_access", usage.estimated_time_to_regain_access);
        let mut header = Json::Obj(Vec::new());
        header.set(account, vec![entry]);
        headers.push(("x-business-use-case-usage", plain_json(&header)));
    }
    headers
}

/// Headers carry plain JSON: nothing in them needs Meta's escapes.
fn plain_json(json: &Json) -> String {
    serde_json::to_string(json).unwrap_or_default()
}
