//! What every route of the control API needs: its body read, its answer or refusal, and webhooks sent off.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use crate::json::{Json, obj};
use crate::sim::Sim;

/// A refusal of the control API: what is wrong, in words for the person who wrote the test.
#[derive(Debug)]
pub(super) struct Refused(StatusCode, String);

impl Refused {
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }

    pub(super) fn missing(what: &str, id: &str) -> Self {
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

/// What a route of the control API answers.
pub(super) type Reply = Result<axum::Json<Json>, Refused>;

pub(super) fn reply(json: Json) -> Reply {
    Ok(axum::Json(json))
}

/// Any serialisable record as JSON, in the order of its fields.
pub(super) fn shown(value: &impl serde::Serialize) -> Json {
    serde_json::to_string(value).ok().and_then(|text| Json::parse(&text)).unwrap_or_default()
}

/// Reads a body; an empty one is an empty object.
pub(super) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refused> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(|e| Refused::bad(format!("cannot read the body: {e}")))
}

/// Sends off what the world produced while it was locked.
pub(super) async fn flush(sim: &Arc<Sim>, wait: bool) -> Vec<u64> {
    let outgoing = std::mem::take(&mut sim.world().outbox);
    sim.flush(outgoing, wait).await
}
