//! A call that came in, and the answers that are no JSON: pages, redirects, connections that break on purpose.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use axum::response::{Html, IntoResponse as _};
use bytes::Bytes;
use futures_util::stream;

/// Marks a response that must never be sent: the connection is cut instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutConnection;

/// A call to one of Meta's hosts, read whole.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) host: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    (status, text).into_response()
}

pub(crate) fn html(status: StatusCode, page: String) -> Response<Body> {
    (status, Html(page)).into_response()
}

pub(crate) fn redirect(to: &str) -> Response<Body> {
    Response::builder()
        .status(StatusCode::FOUND)
        .header(header::LOCATION, to)
        .body(Body::empty())
        .unwrap_or_else(|_| plain(StatusCode::BAD_REQUEST, "redirect_uri is not an address"))
}

pub(crate) fn cut() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(CutConnection);
    response
}

/// Sends `part`, then breaks the connection.
pub(crate) fn broken_body(part: Bytes) -> Body {
    let parts = stream::unfold(Some(part), |part| async move {
        if let Some(part) = part.filter(|part| !part.is_empty()) {
            return Some((Ok(part), None));
        }
        // hyper writes out what it holds only while the body keeps it waiting.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        Some((Err(std::io::Error::other("broken off on purpose")), None))
    });
    Body::from_stream(parts)
}
