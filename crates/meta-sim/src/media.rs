//! The content hosts: pictures, voice notes and files behind signed addresses, and what goes wrong with them.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode, header};
use bytes::Bytes;
use futures_util::stream;

use crate::reply::{broken_body, plain};
use crate::sim::Sim;
use crate::world::{Media, MediaFault};

/// The hosts Meta serves files from.
pub(crate) const HOSTS: &[&str] =
    &["scontent.xx.fbcdn.net", "lookaside.fbsbx.com", "cdn.fbsbx.com", "scontent.cdninstagram.com"];

/// Finds the file an address means: the id is a path segment, or `asset_id` on lookaside.
pub(crate) fn find<'a>(
    media: &'a std::collections::HashMap<String, Media>,
    path: &str,
    query: &str,
) -> Option<&'a Media> {
    let by_query =
        form_urlencoded::parse(query.as_bytes()).find(|(k, _)| k == "asset_id").and_then(|(_, id)| media.get(&*id));
    by_query.or_else(|| path.split('/').find_map(|segment| media.get(segment)))
}

/// Whether the `oe` of a signed address has passed.
fn is_expired(query: &str, now_ms: i64) -> bool {
    form_urlencoded::parse(query.as_bytes())
        .find(|(k, _)| k == "oe")
        .and_then(|(_, hex)| i64::from_str_radix(&hex, 16).ok())
        .is_some_and(|expires| expires * 1000 < now_ms)
}

impl Sim {
    pub(crate) async fn serve_media(&self, path: &str, query: &str, last: Option<u64>) -> Response<Body> {
        let found = find(&self.world().media, path, query).cloned();
        let Some(media) = found else { return plain(StatusCode::NOT_FOUND, "Bad URL hash") };
        if is_expired(query, self.clock.now_ms()) {
            return plain(StatusCode::FORBIDDEN, "URL signature expired");
        }
        let ok = |body: Body, length: Option<u64>, content_type: &str| {
            let mut response = Response::builder().header(header::CONTENT_TYPE, content_type);
            if let Some(length) = length {
                response = response.header(header::CONTENT_LENGTH, length);
            }
            if let Some(name) = media.file_name.as_deref() {
                let ascii: String =
                    name.chars().map(|c| if c.is_ascii_graphic() && c != '"' { c } else { '_' }).collect();
                let encoded: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
                response = response.header(
                    header::CONTENT_DISPOSITION,
                    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", encoded.replace('+', "%20")),
                );
            }
            response.body(body).unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, "header"))
        };
        let length = media.bytes.len() as u64;
        let kind = media.content_type.as_str();
        match &media.fault {
            None => match last.filter(|_| length > 0) {
                Some(last) => {
                    let end = length.min(last.saturating_add(1));
                    let part = media.bytes.slice(..usize::try_from(end).unwrap_or(usize::MAX));
                    partial(ok(Body::from(part), Some(end), kind), end, length)
                }
                None => ok(Body::from(media.bytes.clone()), Some(length), kind),
            },
            Some(MediaFault::SlowMs(ms)) => {
                tokio::time::sleep(Duration::from_millis(*ms)).await;
                ok(Body::from(media.bytes.clone()), Some(length), kind)
            }
            Some(MediaFault::TrickleMs(ms)) => {
                let step = Duration::from_millis(ms / 10);
                let size = media.bytes.len().div_ceil(10).max(1);
                let parts: Vec<Bytes> = media.bytes.chunks(size).map(Bytes::copy_from_slice).collect();
                let body = stream::unfold(parts.into_iter(), move |mut parts| async move {
                    let part = parts.next()?;
                    tokio::time::sleep(step).await;
                    Some((Ok::<_, std::io::Error>(part), parts))
                });
                ok(Body::from_stream(body), Some(length), kind)
            }
            Some(MediaFault::NotFound) => plain(StatusCode::NOT_FOUND, "Bad URL hash"),
            Some(MediaFault::Expired) => plain(StatusCode::FORBIDDEN, "URL signature expired"),
            Some(MediaFault::ServerError) => plain(StatusCode::INTERNAL_SERVER_ERROR, "Sorry, something went wrong."),
            Some(MediaFault::WrongType(other)) => ok(Body::from(media.bytes.clone()), Some(length), other),
            Some(MediaFault::Page) => ok(Body::from("<!DOCTYPE html><title>Log in</title>"), None, kind),
            Some(MediaFault::Oversized(size)) => match last {
                Some(last) => {
                    let end = last.saturating_add(1).min(*size);
                    partial(ok(Body::from_stream(zeros(end)), Some(end), kind), end, *size)
                }
                None => ok(Body::from_stream(zeros(*size)), Some(*size), kind),
            },
            Some(MediaFault::OversizedChunked(size)) => ok(Body::from_stream(zeros(*size)), None, kind),
            Some(MediaFault::Redirect(to)) => Response::builder()
                .status(StatusCode::FOUND)
                .header(header::LOCATION, to.as_str())
                .body(Body::empty())
                .unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, "bad redirect address")),
            Some(MediaFault::Truncated) => {
                let half = media.bytes.slice(..media.bytes.len() / 2);
                ok(broken_body(half), Some(length.max(1)), kind)
            }
            Some(MediaFault::Empty) => ok(Body::empty(), Some(0), kind),
        }
    }
}

/// The last byte of `Range: bytes=0-…`; other ranges are as good as none
/// ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#name-range)).
pub(crate) fn last_byte(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=0-")?.parse().ok()
}

fn partial(mut response: Response<Body>, end: u64, whole: u64) -> Response<Body> {
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    if let Ok(range) = format!("bytes 0-{}/{whole}", end.saturating_sub(1)).parse() {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

fn zeros(size: u64) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    static BLOCK: [u8; 64 * 1024] = [0; 64 * 1024];
    stream::unfold(size, |left| async move {
        if left == 0 {
            return None;
        }
        let part = left.min(BLOCK.len() as u64);
        let bytes = Bytes::from_static(&BLOCK).slice(..usize::try_from(part).unwrap_or(0));
        Some((Ok(bytes), left - part))
    })
}
