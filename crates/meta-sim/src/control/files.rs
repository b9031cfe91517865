//! Files a customer sends: given by the test, or a small true one of each kind.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::reply::Refused;
use crate::json::{Json, obj};
use crate::media::HOSTS;
use crate::picture::png;
use crate::world::{Account, Media, MediaFault, Platform, World};

/// A file given by the test.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NewMedia {
    pub(super) content_type: Option<String>,
    pub(super) file_name: Option<String>,
    pub(super) base64: Option<String>,
    /// Plain text instead of base64.
    pub(super) text: Option<String>,
    pub(super) host: Option<String>,
    pub(super) fault: Option<MediaFault>,
}

impl NewMedia {
    pub(super) fn into_media(self, platform: Platform) -> Result<Media, Refused> {
        let bytes = match (self.base64, self.text) {
            (Some(b64), _) => STANDARD.decode(b64).map_err(|e| Refused::bad(format!("base64: {e}")))?,
            (None, Some(text)) => text.into_bytes(),
            (None, None) => png("media"),
        };
        let default = if platform.is_instagram() { "lookaside.fbsbx.com" } else { "scontent.xx.fbcdn.net" };
        let host = self.host.unwrap_or_else(|| default.to_owned());
        if !HOSTS.contains(&host.as_str()) {
            return Err(Refused::bad(format!("host is one of {}", HOSTS.join(", "))));
        }
        Ok(Media {
            host,
            content_type: self.content_type.unwrap_or_else(|| "image/png".to_owned()),
            file_name: self.file_name,
            bytes: bytes.into(),
            fault: self.fault,
        })
    }
}

/// One attachment as a webhook shows it; a sticker may come as two.
pub(super) fn attachment(world: &mut World, account: &Account, given: &Json, now: i64) -> Result<Vec<Json>, Refused> {
    let instagram = account.platform.is_instagram();
    let kind = given.text_of("type").ok_or_else(|| Refused::bad("an attachment needs a type"))?;
    if given.get("payload").is_some() {
        return Ok(vec![given.clone()]);
    }
    if matches!(kind.as_str(), "like_heart" | "ephemeral") {
        return Ok(vec![obj! { "type": kind }]);
    }
    let url = match given.text_of("url") {
        Some(url) => url,
        None => {
            let media = media(&kind, given, instagram, account)?;
            world.store_media(media, now)
        }
    };
    let mut payload = obj! { "url": url.as_str() };
    // What else the customer's app says about it, such as title, sticker_id or reel_video_id.
    for (key, value) in given.fields() {
        if !matches!(key.as_str(), "type" | "url" | "base64" | "text" | "content_type" | "file_name" | "host" | "fault")
        {
            payload.set(key, value.clone());
        }
    }
    let shown = obj! { "type": kind.as_str(), "payload": payload.clone() };
    if kind == "sticker" && world.settings.sticker_with_image {
        return Ok(vec![shown, obj! { "type": "image", "payload": payload }]);
    }
    Ok(vec![shown])
}

fn media(kind: &str, given: &Json, instagram: bool, account: &Account) -> Result<Media, Refused> {
    let own = given.get("base64").is_some() || given.get("text").is_some();
    let mut media = if own {
        let text = serde_json::to_string(&strip(given)).unwrap_or_default();
        let new: NewMedia = serde_json::from_str(&text).map_err(|e| Refused::bad(e.to_string()))?;
        new.into_media(account.platform)?
    } else {
        sample(kind, instagram)
    };
    if let Some(content_type) = given.text_of("content_type") {
        media.content_type = content_type;
    }
    if let Some(name) = given.text_of("file_name") {
        media.file_name = Some(name);
    }
    if let Some(host) = given.text_of("host") {
        media.host = host;
    }
    if let Some(fault) = given.some("fault") {
        let text = serde_json::to_string(fault).unwrap_or_default();
        media.fault = Some(serde_json::from_str(&text).map_err(|e| Refused::bad(format!("fault: {e}")))?);
    }
    Ok(media)
}

fn strip(given: &Json) -> Json {
    let mut out = Json::Obj(Vec::new());
    for key in ["base64", "text", "content_type", "file_name", "host"] {
        if let Some(value) = given.get(key) {
            out.set(key, value.clone());
        }
    }
    out
}

/// A small true file of each kind.
pub(super) fn sample(kind: &str, instagram: bool) -> Media {
    let (content_type, name, bytes) = match kind {
        "audio" => ("audio/wav", Some("audioclip-1.wav"), wav()),
        "video" | "reel" | "ig_reel" => {
            // The opening box of an MP4: enough for a type sniffer.
            ("video/mp4", Some("video-1.mp4"), b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec())
        }
        "file" => {
            ("application/pdf", Some("document.pdf"), b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n".to_vec())
        }
        other => ("image/png", None, png(other)),
    };
    Media {
        host: if instagram { "lookaside.fbsbx.com" } else { "scontent.xx.fbcdn.net" }.to_owned(),
        content_type: content_type.to_owned(),
        file_name: name.map(str::to_owned),
        bytes: bytes.into(),
        fault: None,
    }
}

/// A tenth of a second of silence.
fn wav() -> Vec<u8> {
    let samples = 800_u32;
    let mut out = b"RIFF".to_vec();
    out.extend((36 + samples).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16_u32.to_le_bytes());
    out.extend([1, 0, 1, 0]);
    out.extend(8000_u32.to_le_bytes());
    out.extend(8000_u32.to_le_bytes());
    out.extend([1, 0, 8, 0]);
    out.extend(b"data");
    out.extend(samples.to_le_bytes());
    out.resize(out.len() + 800, 128);
    out
}
