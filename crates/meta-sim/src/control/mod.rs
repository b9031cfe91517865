//! The control API under `/_sim/`: what a test or the playground does as Meta, as a customer, as a member of staff.

mod comments;
mod customers;
mod files;
mod objects;
mod observe;
mod staff;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde::de::DeserializeOwned;

use crate::Sim;
use crate::json::{Json, obj};

/// A refusal of the control API: what is wrong, in words for the person who wrote the test.
#[derive(Debug)]
pub(crate) struct Refused(StatusCode, String);

impl Refused {
    fn bad(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }

    fn missing(what: &str, id: &str) -> Self {
        Self(StatusCode::NOT_FOUND, format!("there is no {what} {id}"))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let code = if self.0 == StatusCode::NOT_FOUND { "not_found" } else { "bad_request" };
        let body = obj! { "error": obj! { "code": code, "message": self.1 } };
        (self.0, axum::Json(body)).into_response()
    }
}

type Reply = Result<axum::Json<Json>, Refused>;

fn reply(json: Json) -> Reply {
    Ok(axum::Json(json))
}

/// Any serialisable record as JSON, in the order of its fields.
fn shown(value: &impl serde::Serialize) -> Json {
    serde_json::to_string(value).ok().and_then(|text| Json::parse(&text)).unwrap_or_default()
}

/// Reads a body; an empty one is an empty object.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refused> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(|e| Refused::bad(format!("cannot read the body: {e}")))
}

pub(crate) fn router() -> Router<Arc<Sim>> {
    Router::new()
        .route("/reset", post(objects::reset))
        .route("/world", get(objects::world))
        .route("/settings", get(objects::settings).post(objects::change_settings))
        .route("/clock", get(observe::clock))
        .route("/clock/advance", post(observe::advance))
        .route("/idle", post(observe::idle))
        .route("/sent", get(observe::sent).delete(observe::forget_sent))
        .route("/calls", get(observe::calls).delete(observe::forget_calls))
        .route("/deliveries", get(observe::deliveries))
        .route("/deliveries/retry", post(observe::retry))
        .route("/deliver", post(observe::deliver))
        .route("/faults", get(observe::faults).post(observe::add_fault).delete(observe::clear_faults))
        .route("/faults/{id}", delete(observe::remove_fault))
        .route("/media", post(observe::add_media))
        .route("/media/fault", post(observe::media_fault))
        .route("/tokens", get(tokens::list).post(tokens::mint))
        .route("/tokens/kill", post(tokens::kill))
        .route("/tokens/expire", post(tokens::expire))
        .route("/deauthorize", post(tokens::deauthorize))
        .route("/data-deletion", post(tokens::data_deletion))
        .route("/apps/{id}/instagram-login-webhook", post(objects::instagram_login_webhook))
        .route("/customers/{person}/send", post(customers::send))
        .route("/customers/{person}/comment", post(comments::comment))
        .route("/staff/send", post(staff::send))
        .route("/staff/unsend", post(staff::unsend))
        .route("/staff/edit", post(staff::edit))
        .route("/staff/react", post(staff::react))
        .route("/threads", get(staff::threads))
        .route("/threads/{account}/{person}", get(staff::thread))
        .route("/threads/{account}/{person}/control", post(staff::control))
        .route(
            "/{kind}/{id}",
            get(objects::read_one).post(objects::upsert).put(objects::upsert).delete(objects::remove),
        )
}

/// Sends off what the world produced while it was locked.
async fn flush(sim: &Arc<Sim>, wait: bool) -> Vec<u64> {
    let outgoing = std::mem::take(&mut sim.world().outbox);
    sim.flush(outgoing, wait).await
}
