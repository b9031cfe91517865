//! Uploads.

use super::messages::by_visitor;
use super::{FAILED, Refused, RocketChat};
use omni_core::host::{FileRef, Message, Upload, Visitor};

#[derive(Debug, Clone)]
pub struct StoredFile {
    pub name: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
    pub room_id: String,
}

impl RocketChat {
    pub(in crate::support) fn visitor_upload(
        &mut self,
        room_id: &str,
        visitor: &Visitor,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<Upload, Refused> {
        // Only into an open room of the own.
        if !self.room(room_id).is_some_and(|room| room.open && room.visitor_token == visitor.token) {
            return Err("invalid-file");
        }
        // A picture by its name must be one by its bytes; the refusal has no code. What agents send in these tests is one.
        if pictures(media_type(name)).is_some_and(|starts| !starts.iter().any(|start| bytes.starts_with(start))) {
            return Err(FAILED);
        }
        let id = self.keep_file(room_id, name, bytes)?;
        let url = format!("/file-upload/{id}/{name}");
        // Where the room is closed between the two, the file is kept and no message appears, without a word.
        if !std::mem::take(&mut self.closes_during_upload) {
            let file = self.file_ref(&id, "");
            self.put_message(Message { files: vec![file], ..by_visitor(room_id, "", visitor) });
        } else {
            self.room_close(room_id, "closed by a person")?;
        }
        Ok(Upload { id, url })
    }

    pub(super) fn keep_file(&mut self, room_id: &str, name: &str, bytes: Vec<u8>) -> Result<String, Refused> {
        let media_type = media_type(name).to_owned();
        if !self.environment.uploads {
            return Err("error-file-upload-disabled");
        }
        let size = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        if self.environment.max_upload >= 0 && size > self.environment.max_upload {
            return Err("error-file-too-large");
        }
        if self.blocked_media_types.contains(&media_type) {
            return Err("error-invalid-file-type");
        }
        let id = self.id("file");
        let file = StoredFile { name: name.to_owned(), media_type, bytes, room_id: room_id.to_owned() };
        self.files.insert(id.clone(), file);
        Ok(id)
    }

    pub(super) fn file_ref(&self, id: &str, caption: &str) -> FileRef {
        let file = &self.files[id];
        FileRef {
            id: id.to_owned(),
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            size: u32::try_from(file.bytes.len()).unwrap_or(u32::MAX),
            caption: caption.to_owned(),
        }
    }

    pub(in crate::support) fn file(&self, id: &str) -> Result<&StoredFile, Refused> {
        self.files.get(id).ok_or(FAILED)
    }
}

/// How pictures of the type begin, where the server looks.
fn pictures(media_type: &str) -> Option<&'static [&'static [u8]]> {
    Some(match media_type {
        "image/jpeg" => &[b"\xff\xd8\xff"],
        "image/png" => &[b"\x89PNG"],
        "image/gif" => &[b"GIF8"],
        "image/webp" => &[b"RIFF"],
        "image/bmp" => &[b"BM"],
        _ => return None,
    })
}

/// The server goes by the name: an upload declares no type.
fn media_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    match extension.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "bmp" => "image/bmp",
        "mp4" => "video/mp4",
        "m4v" => "video/x-m4v",
        "mov" => "video/quicktime",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "aac" => "audio/x-aac",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}
