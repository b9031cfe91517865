//! What a message of Rocket.Chat becomes on the other side, before anything is sent.

use super::choices::{of_blocks, take_choices, text_parts};
use super::plain::plain;
use crate::outgoing::Part;
use crate::permissions::is_human;
use crate::rocket_chat::{Card, FileRef, Message};
use crate::send_error::SendError;
use crate::settings::{AgentName, Settings};
use crate::web_url::WebUrl;
use meta_wire::limits::{self, Direction, MediaKind, MediaRefusal, media};
use meta_wire::platform::Platform;

/// The requests a message becomes, in order: files first, so that the choices under its text stay in sight.
pub fn plan(message: &Message, settings: &Settings, platform: Platform) -> Result<Vec<Part>, SendError> {
    let mut parts = file_parts(&message.files, settings, platform)?;
    let (typed, mut choices) = take_choices(&message.text);
    let (said, offered) = of_blocks(&message.blocks);
    choices.extend(offered);
    let mut lines = vec![plain(&typed)];
    lines.extend(message.files.iter().map(|file| plain(&file.caption)));
    if message.files.is_empty() {
        let forwarded = lines.iter().all(String::is_empty);
        lines.extend(message.cards.iter().map(|card| card_text(card, forwarded)));
    }
    lines.push(said);
    lines.retain(|line| !line.is_empty());
    // Some clients repeat the caption as the message's text.
    lines.dedup();
    if !lines.is_empty() || !choices.is_empty() {
        let text = lines.join("\n");
        let text = match name_before(message, settings) {
            Some(name) => format!("{name}: {text}"),
            None => text,
        };
        parts.extend(text_parts(&text, choices, platform));
    }
    if parts.is_empty() { Err(SendError::new("nothing-to-send")) } else { Ok(parts) }
}

/// The name that goes before what a person wrote, as the setting wants.
fn name_before<'a>(message: &'a Message, settings: &Settings) -> Option<&'a str> {
    let sender = message.sender.as_ref().filter(|_| is_human(message))?;
    let name = match settings.agent_name {
        AgentName::Name => &sender.name,
        AgentName::Username => &sender.username,
        AgentName::None => return None,
    };
    Some(name.trim()).filter(|name| !name.is_empty())
}

/// What an attachment says. A quoted message is no part of the answer, unless it is all there is: then it was forwarded.
fn card_text(card: &Card, forwarded: bool) -> String {
    if card.message_link.is_some() && !forwarded {
        return String::new();
    }
    let public = |url: &Option<String>| {
        let is_ours = |url: &String| url.contains("/file-upload/") || url.contains("?msg=");
        url.clone().filter(|url| WebUrl::parse(url).is_some() && !is_ours(url))
    };
    let title = card.title.as_deref().map(plain);
    let text = card.text.as_deref().map(plain);
    let lines = [title, text, public(&card.title_link), public(&card.image_url)];
    lines.into_iter().flatten().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Instagram takes several images as one message, everything else goes by itself. One file that cannot go keeps the whole
/// message back: half of it would say something else.
fn file_parts(files: &[FileRef], settings: &Settings, platform: Platform) -> Result<Vec<Part>, SendError> {
    let mut parts: Vec<(MediaKind, Part)> = Vec::new();
    for file in files {
        let kind = check_file(file, settings, platform)?;
        let joins = |(before, part): &&mut (MediaKind, Part)| {
            platform == Platform::Instagram
                && (*before, kind) == (MediaKind::Image, MediaKind::Image)
                && limits::IMAGES.check_count(part.files.len() + 1).is_ok()
        };
        match parts.last_mut().filter(joins) {
            Some((_, part)) => part.files.push(file.clone()),
            None => parts.push((kind, Part { files: vec![file.clone()], ..Part::default() })),
        }
    }
    Ok(parts.into_iter().map(|(_, part)| part).collect())
}

/// What kind of file it is, if it may go out: by the workspace's settings, and by what the network takes. A size that is
/// not known yet counts as small.
pub fn check_file(file: &FileRef, settings: &Settings, platform: Platform) -> Result<MediaKind, SendError> {
    let trouble = |code| SendError::new(code).with("file", &file.name);
    if !settings.files_enabled {
        return Err(trouble("files-off"));
    }
    let kind = MediaKind::of_mime(&file.media_type);
    if !settings.media_types.iter().any(|accepted| accepted == kind.as_str()) {
        return Err(trouble("file-kind"));
    }
    let size = usize::try_from(file.size).unwrap_or(usize::MAX);
    let rule = media(platform, kind, Direction::Upload);
    let most = rule.size.max.min(usize::try_from(settings.files_max).unwrap_or(usize::MAX));
    match rule.check(&file.media_type, size) {
        Err(MediaRefusal::Mime { accepted, .. }) => Err(trouble("file-type").with("accepted", &type_names(accepted))),
        _ if size > most => Err(trouble("file-size").with("most", &megabytes(most))),
        _ => Ok(kind),
    }
}

fn megabytes(bytes: usize) -> String {
    (bytes / (1024 * 1024)).to_string()
}

/// MIME types as people name them: `PNG, JPEG`.
fn type_names(mime: &[&str]) -> String {
    let mut names: Vec<String> = Vec::new();
    for mime in mime {
        let name = mime.rsplit('/').next().unwrap_or(mime);
        let name = name.trim_start_matches("x-").trim_start_matches("vnd.").to_ascii_uppercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// Whether the customer is to read it: not what they wrote themselves, not the server's notices, not ours.
pub fn is_for_customer(message: &Message, bot: &str) -> bool {
    let by_bot = message.sender.as_ref().is_some_and(|sender| sender.username == bot);
    message.visitor_token.is_none() && message.system_type.is_none() && !message.ours && !by_bot
}

/// The message in Rocket.Chat that a quote leads to.
pub fn quoted(card: &Card) -> Option<String> {
    let (_, query) = card.message_link.as_deref()?.split_once('?')?;
    let id = query.split(['&', '#']).find_map(|pair| pair.strip_prefix("msg="))?;
    (!id.is_empty()).then(|| id.to_owned())
}
