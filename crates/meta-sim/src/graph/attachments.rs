//! Files going out: fetched from an address, uploaded as bytes, or saved before.
//!
//! <https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/saving-assets>,
//! <https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/attachment-upload>

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::answer::Answer;
use super::auth::Caller;
use super::error::GraphError;
use super::request::{Call, FilePart};
use super::send_rules::template_echo;
use crate::crypto;
use crate::http::Failure;
use crate::json::{Json, obj};
use crate::media;
use crate::sim::Sim;
use crate::world::{Account, DAY_MS, Media, Platform, Sent, Upload, World};

const MB: usize = 1024 * 1024;
const UPLOAD_LIFE_MS: i64 = 90 * DAY_MS;
/// Images on one Instagram message.
const IMAGES: usize = 10;

/// An attachment's address and what was found there.
#[derive(Debug)]
pub(super) struct Fetched {
    url: String,
    found: Result<Found, GraphError>,
}

#[derive(Debug, Clone)]
struct Found {
    content_type: String,
    bytes: Bytes,
    file_name: Option<String>,
}

/// What a message's attachments became.
#[derive(Debug, Default)]
pub(super) struct Placed {
    pub(super) attachments: Vec<Json>,
    pub(super) attachment_id: Option<String>,
}

/// Downloads every address in `message`, the way Meta's servers do before they accept it.
pub(super) async fn fetch(sim: &Arc<Sim>, message: &Json) -> Vec<Fetched> {
    let mut out = Vec::new();
    for (kind, payload) in files(message) {
        if let Some(url) = payload.text_of("url") {
            let found = download(sim, &kind, &url).await;
            out.push(Fetched { url, found });
        }
    }
    out
}

/// The file attachments of a message, with the kind of each.
fn files(message: &Json) -> Vec<(String, Json)> {
    let single = message.some("attachment").into_iter();
    let several = message.get("attachments").map(Json::items).unwrap_or_default().iter();
    single
        .chain(several)
        .map(|a| (a.text_of("type").unwrap_or_default(), a.get("payload").cloned().unwrap_or_default()))
        .filter(|(kind, _)| kind != "template")
        .collect()
}

async fn download(sim: &Arc<Sim>, kind: &str, url: &str) -> Result<Found, GraphError> {
    let unfetched = || GraphError::parameter("Failed to fetch the file from the url").sub(2_018_008);
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if media::HOSTS.contains(&host) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let world = sim.world();
        let media = media::find(&world.media, path, query).filter(|m| m.fault.is_none()).ok_or_else(unfetched)?;
        return Ok(Found {
            content_type: media.content_type.clone(),
            bytes: media.bytes.clone(),
            file_name: media.file_name.clone(),
        });
    }
    let address = {
        let world = sim.world();
        if world.settings.require_https && !url.starts_with("https://") {
            return Err(unfetched());
        }
        world.settings.resolve(url)
    };
    let deadline = Duration::from_secs(if kind == "video" { 75 } else { 10 });
    let answer = sim.http.get(&address, deadline, 26 * MB).await.map_err(|failure| match failure {
        Failure::TooLarge => too_large(),
        Failure::Timeout if kind == "video" => GraphError::parameter("The video took too long to fetch").sub(2_018_294),
        _ => unfetched(),
    })?;
    if answer.status != 200 {
        return Err(unfetched());
    }
    let content_type =
        answer.headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or("application/octet-stream");
    Ok(Found { content_type: content_type.to_owned(), bytes: answer.body, file_name: None })
}

fn too_large() -> GraphError {
    GraphError::parameter("The attachment size exceeds the allowable limit").sub(2_018_109)
}

/// Whether a file may go out as `kind`.
fn check_file(platform: Platform, kind: &str, found: &Found, by_url: bool) -> Result<(), GraphError> {
    let mismatch =
        || GraphError::parameter("The type of the file does not match the type of the attachment").sub(2_018_047);
    let mime = found.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let family = mime.split('/').next().unwrap_or_default();
    let limit = if kind == "image" && (by_url || platform.is_instagram()) { 8 * MB } else { 25 * MB };
    if found.bytes.len() > limit {
        return Err(too_large());
    }
    if found.bytes.is_empty() {
        return Err(mismatch());
    }
    let instagram = platform.is_instagram();
    let fits = match kind {
        "image" if instagram => matches!(mime.as_str(), "image/png" | "image/jpeg" | "image/gif"),
        "video" if instagram => matches!(
            mime.as_str(),
            "video/mp4" | "video/ogg" | "video/x-msvideo" | "video/avi" | "video/quicktime" | "video/webm"
        ),
        "audio" if instagram => matches!(
            mime.as_str(),
            "audio/aac" | "audio/x-m4a" | "audio/m4a" | "audio/wav" | "audio/x-wav" | "audio/mp4" | "audio/wave"
        ),
        "file" if instagram => mime == "application/pdf",
        "image" | "video" | "audio" => family == kind,
        "file" => true,
        _ => false,
    };
    if fits { Ok(()) } else { Err(mismatch()) }
}

/// Checks and stores what a message carries, and answers what the echo shows of it.
pub(super) fn place(
    world: &mut World,
    call: &Call,
    account: &Account,
    message: &Json,
    fetched: Vec<Fetched>,
    now: i64,
) -> Result<Placed, GraphError> {
    let mut placed = Placed::default();
    let mut fetched = fetched.into_iter();
    if let Some(template) = message.some("attachment").filter(|a| a.text_of("type").as_deref() == Some("template")) {
        placed.attachments.push(template_echo(template.get("payload").unwrap_or(&Json::Null)));
        return Ok(placed);
    }
    let files = files(message);
    if message.some("attachments").is_some() {
        let images = files.iter().all(|(kind, _)| kind == "image");
        if !account.platform.is_instagram() || !images || files.len() > IMAGES || files.is_empty() {
            return Err(
                GraphError::parameter(format!("Param message[attachments] takes 1 to {IMAGES} images")).sub(2_534_015)
            );
        }
    }
    if files.len() > 1 && world.instagram_accounts.get(&account.id).is_some_and(|ig| ig.single_images) {
        let refused = "Multiple images are not supported for this account";
        return Err(GraphError::parameter(refused).sub(2_534_068));
    }
    let file = call.files.iter().find(|f| f.name == "filedata");
    for (kind, payload) in files {
        let (shown, id) = place_one(world, account, &kind, &payload, file, &mut fetched, now)?;
        placed.attachments.push(shown);
        placed.attachment_id = placed.attachment_id.or(id);
    }
    Ok(placed)
}

fn place_one(
    world: &mut World,
    account: &Account,
    kind: &str,
    payload: &Json,
    file: Option<&FilePart>,
    fetched: &mut impl Iterator<Item = Fetched>,
    now: i64,
) -> Result<(Json, Option<String>), GraphError> {
    let instagram = account.platform.is_instagram();
    match kind {
        "like_heart" if instagram => return Ok((obj! { "type": "like_heart" }, None)),
        "MEDIA_SHARE" if instagram && payload.text_of("id").is_some() => {
            return Ok((obj! { "type": "share", "payload": obj! { "url": "https://www.instagram.com/p/sim/" } }, None));
        }
        "image" | "video" | "audio" | "file" => {}
        _ => {
            return Err(GraphError::parameter(
                "Param message[attachment][type] must be one of {AUDIO, FILE, IMAGE, TEMPLATE, VIDEO}",
            ));
        }
    }
    let show = |url: &str| obj! { "type": kind, "payload": obj! { "url": url } };
    let page = account.page_id.clone().unwrap_or_else(|| account.id.clone());
    if let Some(id) = payload.text_of("attachment_id") {
        let known = world
            .uploads
            .get(&id)
            .filter(|u| u.page == page && u.expires_at > now && u.kind == kind && u.platform == account.platform)
            .ok_or_else(|| GraphError::parameter("Invalid attachment id").sub(2_018_074))?;
        return Ok((show(&known.url), None));
    }
    let (found, by_url) = if payload.text_of("url").is_some() {
        let Some(fetched) = fetched.next() else {
            return Err(GraphError::parameter("Failed to fetch the file from the url").sub(2_018_008));
        };
        debug_assert_eq!(payload.text_of("url").as_deref(), Some(fetched.url.as_str()));
        (fetched.found?, true)
    } else if let Some(file) = file {
        (from_part(file, instagram)?, false)
    } else {
        return Err(GraphError::parameter(
            "Param message[attachment][payload] needs a url, an attachment_id or a file",
        ));
    };
    check_file(account.platform, kind, &found, by_url)?;
    let url = keep(world, account.platform, found, now);
    let id = payload.get("is_reusable").is_some_and(Json::truthy).then(|| {
        let platform = account.platform;
        save(world, page, platform, kind, url.clone(), now)
    });
    Ok((show(&url), id))
}

fn from_part(file: &FilePart, instagram: bool) -> Result<Found, GraphError> {
    if instagram && !file.file_name.is_ascii() {
        return Err(GraphError::parameter("File names must be ASCII").sub(2_534_015));
    }
    Ok(Found {
        content_type: file.content_type.clone(),
        bytes: file.bytes.clone(),
        file_name: Some(file.file_name.clone()),
    })
}

fn keep(world: &mut World, platform: Platform, found: Found, now: i64) -> String {
    let host = if platform.is_instagram() { "lookaside.fbsbx.com" } else { "scontent.xx.fbcdn.net" };
    let media = Media {
        host: host.to_owned(),
        content_type: found.content_type,
        file_name: found.file_name,
        bytes: found.bytes,
        fault: None,
    };
    world.store_media(media, now)
}

fn save(world: &mut World, page: String, platform: Platform, kind: &str, url: String, now: i64) -> String {
    let id = crypto::number(16);
    let upload = Upload { page, platform, kind: kind.to_owned(), url, expires_at: now + UPLOAD_LIFE_MS };
    world.uploads.insert(id.clone(), upload);
    id
}

/// `POST /{page}/message_attachments`
pub(super) async fn upload(sim: &Arc<Sim>, call: &Call, caller: &Caller) -> Answer {
    let message = call.json("message").filter(Json::is_object).unwrap_or_default();
    let fetched = fetch(sim, &message).await;
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let outcome = accept_upload(world, call, caller, &message, fetched, now);
    let serial = world.next_serial();
    world.record_sent(Sent {
        serial,
        at: now,
        app_id: caller.app.id.clone(),
        account: caller.account(world, call).ok().map(|a| a.id),
        person: None,
        recipient_id: None,
        kind: "message_attachments".to_owned(),
        body: call.body.clone(),
        file: call.files.first().map(describe),
        ok: outcome.is_ok(),
        message_id: None,
        attachment_id: outcome.as_ref().ok().cloned(),
        error: outcome.as_ref().err().map(|e| e.to_json().get("error").cloned().unwrap_or_default()),
    });
    Ok(obj! { "attachment_id": outcome? })
}

fn accept_upload(
    world: &mut World,
    call: &Call,
    caller: &Caller,
    message: &Json,
    fetched: Vec<Fetched>,
    now: i64,
) -> Result<String, GraphError> {
    let mut account = caller.account(world, call)?;
    let instagram = account.platform.is_instagram() || call.text("platform").as_deref() == Some("instagram");
    let (scope, target) = match (account.platform, instagram) {
        (Platform::Instagram, _) => ("instagram_business_manage_messages", None),
        (Platform::Messenger, _) => ("pages_messaging", Some(account.id.clone())),
    };
    caller.require(world, scope, target.as_deref())?;
    let page = account.page_id.clone().unwrap_or_else(|| account.id.clone());
    if instagram && !account.platform.is_instagram() {
        let linked = world.pages.get(&page).and_then(|p| p.instagram.clone());
        account = linked
            .and_then(|id| world.account(&id))
            .ok_or_else(|| GraphError::parameter("The Page is not linked to an Instagram account").sub(2_534_013))?;
    }
    let Some((kind, mut payload)) = files(message).into_iter().next() else {
        return Err(GraphError::parameter("The parameter message[attachment] is required"));
    };
    if payload.is_object() {
        payload.set("is_reusable", true);
    } else {
        payload = obj! { "is_reusable": true };
    }
    let file = call.files.iter().find(|f| f.name == "filedata");
    let mut fetched = fetched.into_iter();
    let (_, id) = place_one(world, &account, &kind, &payload, file, &mut fetched, now)?;
    id.ok_or_else(|| GraphError::parameter("The attachment cannot be saved"))
}

/// A file as the record of sends shows it.
pub(super) fn describe(file: &FilePart) -> Json {
    obj! {
        "name": &file.name,
        "file_name": &file.file_name,
        "content_type": &file.content_type,
        "size": file.bytes.len(),
        "sha256": hex::encode(Sha256::digest(&file.bytes)),
    }
}
