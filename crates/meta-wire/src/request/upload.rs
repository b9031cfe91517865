//! The attachment upload API: `POST /{node}/message_attachments`. Answered by [`Uploaded`](crate::answer::Uploaded).
//!
//! [Messenger](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/saving-assets),
//! [Instagram](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/attachment-upload)
//! (read 2026-11-20). Meta's Instagram pages disagree on whether images can be uploaded or must be given by address.

use super::error::web_url;
use super::graph::{Business, Graph};
use super::multipart::{Boundary, FilePart};
use super::send::{form, on_route};
use super::{HttpRequest, RequestError};
use crate::limits::MediaKind;
use crate::platform::Platform;
use serde_json::{Map, Value, json};

/// Has Meta download a file and keep it for several messages.
///
/// # Errors
/// [`RequestError`] for an address Meta cannot open.
pub fn upload_url(graph: &Graph, business: &Business, kind: MediaKind, url: &str) -> Result<HttpRequest, RequestError> {
    on_route(graph, business, "message_attachments")?;
    web_url("payload.url", url)?;
    let fields = fields(business, kind, json!({ "url": url, "is_reusable": true }));
    graph.post_json(&[&business.node, "message_attachments"], &fields)
}

/// Uploads a file to be kept for several messages.
///
/// # Errors
/// [`RequestError`] when the boundary occurs in the fields or the file name.
pub fn upload_file(
    graph: &Graph,
    business: &Business,
    kind: MediaKind,
    file: FilePart<'_>,
    boundary: &Boundary,
) -> Result<HttpRequest, RequestError> {
    on_route(graph, business, "message_attachments")?;
    let fields = fields(business, kind, json!({ "is_reusable": true }));
    let file = FilePart { platform: business.platform, ..file };
    form(graph, &[&business.node, "message_attachments"], fields, file, boundary)
}

fn fields(business: &Business, kind: MediaKind, payload: Value) -> Map<String, Value> {
    let attachment = Map::from_iter([("type".to_owned(), kind.as_str().into()), ("payload".to_owned(), payload)]);
    let mut fields = Map::new();
    if business.platform == Platform::Instagram {
        fields.insert("platform".into(), business.platform.as_str().into());
    }
    fields.insert("message".into(), json!({ "attachment": attachment }));
    fields
}
