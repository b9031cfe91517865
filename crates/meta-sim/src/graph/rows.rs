//! Fields, lists and pictures: what the nodes have in common.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;

use super::answer::Answer;
use super::error::GraphError;
use super::request::{Call, Field, fields};
use crate::json::{Json, obj};
use crate::picture;
use crate::world::{Media, World};

/// Meta's page size where the caller names none.
const PAGE_SIZE: usize = 25;

/// Cuts a page out of `rows`; with a `hole` the first page is empty and says that more follows.
pub(super) fn paginate(world: &World, call: &Call, rows: &[Json], hole: bool) -> Answer {
    let limit = call.text("limit").and_then(|n| n.parse().ok()).unwrap_or(PAGE_SIZE).clamp(1, 100);
    let most = world.settings.list_max;
    if most > 0 && limit > most {
        let advice = "Please reduce the amount of data you're asking for, then retry your request";
        return Err(GraphError::new(1, advice).status(500));
    }
    let cursor = |n: usize| URL_SAFE_NO_PAD.encode(format!("sim:{n}"));
    let start = match call.text("after") {
        None => None,
        Some(after) => {
            let decoded = URL_SAFE_NO_PAD.decode(&after).ok();
            let number =
                decoded.and_then(|b| String::from_utf8(b).ok()).and_then(|s| s.strip_prefix("sim:")?.parse().ok());
            Some(number.ok_or_else(|| GraphError::parameter("Invalid cursor for pagination"))?)
        }
    };
    let (data, from, to): (Vec<Json>, usize, usize) = match start {
        None if hole => (Vec::new(), 0, 0),
        start => {
            let from = start.unwrap_or(0).min(rows.len());
            let to = (from + limit).min(rows.len());
            (rows.get(from..to).unwrap_or_default().to_vec(), from, to)
        }
    };
    let more = to < rows.len();
    let mut answer = obj! { "data": data };
    if more || from < to {
        let mut paging = obj! { "cursors": obj! { "before": cursor(from), "after": cursor(to) } };
        if more {
            let mut query = form_urlencoded::Serializer::new(String::new());
            for (key, value) in &call.params {
                // The real link carries the access token, and so does this one.
                if let Some(text) = value.text().filter(|_| !matches!(key.as_str(), "after" | "appsecret_proof")) {
                    query.append_pair(key, &text);
                }
            }
            query.append_pair("after", &cursor(to));
            let path = call.segments.join("/");
            paging.set("next", format!("https://{}/v26.0/{path}?{}", call.host, query.finish()));
        }
        answer.set("paging", paging);
    }
    Ok(answer)
}

/// The answer to `fields=…` of a flat node.
pub(super) fn select(call: &Call, default: &[&str], kind: &str, known: impl Fn(&str) -> Option<Json>) -> Answer {
    let wanted = call.text("fields").map_or_else(|| Ok(Vec::new()), |text| fields(&text))?;
    sub_row(&wanted, default, kind, known)
}

/// The same for a node inside another.
pub(super) fn sub_row(wanted: &[Field], default: &[&str], kind: &str, known: impl Fn(&str) -> Option<Json>) -> Answer {
    let mut row = Json::Obj(Vec::new());
    let names: Vec<&str> =
        if wanted.is_empty() { default.to_vec() } else { wanted.iter().map(|f| f.name.as_str()).collect() };
    for name in names {
        row.set(name, known(name).ok_or_else(|| nonexisting(name, kind))?);
    }
    if row.get("id").is_none()
        && let Some(id) = known("id")
    {
        row.set("id", id);
    }
    Ok(row)
}

/// The refusal of a field that a node does not have.
pub(super) fn nonexisting(field: &str, kind: &str) -> GraphError {
    GraphError::parameter(format!("Tried accessing nonexisting field ({field}) on node type ({kind})"))
}

/// A picture behind a fresh signed address, as long as its owner has one.
pub(super) fn picture_url(world: &mut World, owner: &str, now: i64) -> String {
    if let Some(url) = world.fresh_picture(owner, now) {
        return url;
    }
    let instagram = world.instagram_accounts.contains_key(owner);
    let media = Media {
        host: if instagram { "scontent.cdninstagram.com" } else { "scontent.xx.fbcdn.net" }.to_owned(),
        content_type: "image/png".to_owned(),
        file_name: None,
        bytes: Bytes::from(picture::png(owner)),
        fault: None,
    };
    world.keep_picture(owner, media, now)
}
