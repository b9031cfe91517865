//! Files: fetched from Meta while they can be, and put into the room as the visitor's own.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::message_reader::MessageReader;
use crate::host::{
    Blob, Host, HostError, Http, HttpBody, HttpReply, Message as RoomMessage, RoomMessages, VisitorUpload,
};
use crate::inbox::deliver::Delivery;
use crate::inbox::open::OpenRooms;
use crate::inbox::room::Rooms;
use crate::inbox::showing::{DeliveryContext, Place};
use crate::inbox::turn::EventTurns;
use crate::outbox::app_text::{AppText, AppTexts, SendResult};
use crate::store::message_records::shard;
use crate::thread::event_context::may_answer_automatically;
use async_lock::MutexGuardArc;
use futures_util::future::{Either, select};
use meta_wire::private::Private;
use meta_wire::webhook::Event;
use omni_domain::key;
use omni_domain::message_record::MessageRecord;
use omni_domain::render::file::{Missing, accepts, declared, file_card};
use omni_domain::render::file_type::{disposition_name, file_type, filename, path_name};
use omni_domain::render::media_url::is_metas;
use omni_domain::render::message::File;
use omni_domain::render::text::link;
use omni_domain::settings::Settings;
use omni_domain::texts::Lang;
use std::pin::pin;

/// Longest wait for one file, in milliseconds.
const DOWNLOAD_MS: u32 = 20_000;

/// The status of a part of a file.
const PARTIAL: u16 = 206;

/// How many files are moved at once.
const LANES: u32 = 8;

/// How often a process that waits to move a file gives a heartbeat, in milliseconds.
const STILL_WAITS_MS: u32 = 15_000;

/// How many of a room's newest messages are searched for the one the server makes of an upload.
const LOOK_BACK: u32 = 20;

service! {
    /// Fetches files from Meta while they can be, and puts them into the room as the visitor's own.
    pub(crate) MediaRelay {
        app_texts: AppTexts,
        cx: Context,
        delivery: Delivery,
        event_turns: EventTurns,
        message_reader: MessageReader,
        open_rooms: OpenRooms,
        rooms: Rooms,
    }
}

impl<H: Host> MediaRelay<H> {
    /// Puts a file into the room; where that cannot be, a note with the link, so that nothing is missing without a word.
    pub(crate) async fn show_file(
        &self,
        showing: &mut DeliveryContext<'_>,
        lang: &Lang,
        file: &File,
    ) -> Result<(), CoreError> {
        let url = link(&file.url);
        let is_it = |message: &RoomMessage| {
            let linked = message.cards.iter().any(|card| url.is_some() && card.title_link == url);
            message.visitor_token.is_some() && (!message.files.is_empty() || linked)
        };
        if let Some(message) = self.delivery.leftover(showing, is_it).await? {
            showing.message_ids.push(message.id);
            return Ok(());
        }
        self.delivery.say_what_goes_along(showing).await?;
        let _lane = self.media_lane(showing.entry).await?;
        let settings = self.cx.settings().await?;
        let missing = match self.fetch(showing, &settings, file).await? {
            Ok(fetched) => match self.upload(showing, fetched).await? {
                None => return Ok(()),
                Some(missing) => missing,
            },
            Err(missing) => missing,
        };
        let card = file_card(self.cx.translator(lang), file.media, &file.url, Some(missing));
        self.delivery.say(showing, String::new(), vec![card]).await?;
        match missing {
            Missing::Disabled | Missing::Type | Missing::Size => self.tell_held_back(showing, lang, missing).await,
            Missing::Address | Missing::Another | Missing::Fetch => {}
        }
        Ok(())
    }

    /// Waits for a turn to move a file: each is held in memory as a whole, and after an outage hundreds come at once.
    async fn media_lane(&self, entry: &MessageRecord) -> Result<MutexGuardArc<()>, CoreError> {
        let name = format!("media:{}", shard(&entry.conversation) % LANES);
        let mut turn = pin!(self.cx.lock(&name));
        loop {
            // Nobody else may take over while this one waits, nor while it is at it.
            self.event_turns.heartbeat(entry).await?;
            match select(turn.as_mut(), pin!(self.cx.host.sleep(STILL_WAITS_MS))).await {
                Either::Left((guard, _)) => return Ok(guard),
                Either::Right(_) => {}
            }
        }
    }

    async fn fetch(
        &self,
        showing: &DeliveryContext<'_>,
        settings: &Settings,
        file: &File,
    ) -> Result<Result<Fetched, Missing>, CoreError> {
        let environment = self.cx.environment().await?;
        if !settings.files_enabled || !environment.uploads {
            return Ok(Err(Missing::Disabled));
        }
        if declared(file.media).is_some_and(|kind| !accepts(settings, kind)) {
            return Ok(Err(Missing::Type));
        }
        let most = u64::try_from(environment.max_upload).map_or(settings.files_max, |max| max.min(settings.files_max));
        let mut found = self.download(&file.url, Some(most)).await;
        if let Err(Missing::Fetch) = found {
            // The address may have ended, or the network failed for a moment.
            let url = self.address_uncached(showing, file).await.unwrap_or_else(|| file.url.clone());
            found = self.download(&url, None).await;
        }
        let (blob, name) = match found {
            Ok(found) => found,
            Err(missing) => return Ok(Err(missing)),
        };
        let size = u64::from(blob.size);
        if size > most {
            return Ok(Err(Missing::Size));
        }
        if size == 0 {
            return Ok(Err(Missing::Fetch));
        }
        let Some(found) = file_type(declared(file.media), &blob.media_type, &blob.head) else {
            self.cx.warn("media-is-another", "a page or a program came in the place of media");
            return Ok(Err(Missing::Another));
        };
        if !accepts(settings, found.kind) {
            return Ok(Err(Missing::Type));
        }
        let filename = filename(name.as_deref(), &found, file.index);
        Ok(Ok(Fetched { blob, filename }))
    }

    /// The bytes, and the name Meta gives them. Of a file that is larger than `most` no more is asked for than shows that it
    /// is: the host reads an answer as a whole.
    async fn download(&self, url: &Private, most: Option<u64>) -> Result<(Blob, Option<String>), Missing> {
        if !is_metas(url) {
            self.cx.warn("media-host-refused", "the address of a file is none of Meta's");
            return Err(Missing::Address);
        }
        let request = Http {
            method: "GET".to_owned(),
            url: url.as_str().to_owned(),
            headers: most.map(|most| ("Range".to_owned(), format!("bytes=0-{most}"))).into_iter().collect(),
            body: HttpBody::None,
            timeout_ms: DOWNLOAD_MS,
            as_blob: true,
            foreign: true,
        };
        let reply: HttpReply = self.cx.call(request).await.map_err(|error| {
            self.cx.warn("media-not-fetched", error.code());
            Missing::Fetch
        })?;
        if !(200..300).contains(&reply.status) {
            self.cx.warn("media-not-fetched", &format!("HTTP {}", reply.status));
            return Err(Missing::Fetch);
        }
        let name = reply.headers.get("content-disposition").and_then(|header| disposition_name(header));
        let name = name.or_else(|| path_name(url));
        let blob = reply.blob.ok_or(Missing::Fetch)?;
        let whole = reply.headers.get("content-range").and_then(|range| range.rsplit_once('/')?.1.parse::<u64>().ok());
        if reply.status == PARTIAL
            && most.is_some_and(|most| u64::from(blob.size) <= most && whole != Some(blob.size.into()))
        {
            self.cx.warn("media-not-fetched", "a part of it");
            return Err(Missing::Fetch);
        }
        Ok((blob, name))
    }

    /// The present address of a file whose first one has ended
    /// ([conversations](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations)).
    async fn address_uncached(&self, showing: &DeliveryContext<'_>, file: &File) -> Option<Private> {
        let Event::Message(message) = &showing.item.event else { return None };
        let stored = self.message_reader.read_message(showing.account, message.mid.as_ref()?).await;
        let stored = stored.map_err(|refusal| self.cx.warn("media-address", &refusal.to_string())).ok()?;
        stored.attachments.items.into_iter().nth(file.index)?.url
    }

    /// Uploads as the visitor. The server makes the message itself, if the room is open; when it was closed in between,
    /// the file goes into the next one.
    async fn upload(&self, showing: &mut DeliveryContext<'_>, fetched: Fetched) -> Result<Option<Missing>, CoreError> {
        for _ in 0..2 {
            let Some(Place { room_id, visitor: Some(visitor) }) = showing.place.clone() else { break };
            let Fetched { blob, filename } = fetched.clone();
            let upload = VisitorUpload { room_id: room_id.clone(), visitor, blob, filename };
            let file_id = match self.cx.call(upload).await {
                Ok(upload) => Some(upload.id),
                // Not an open room of this customer's any more.
                Err(CoreError::Host(error)) if error.code == "invalid-file" => None,
                Err(CoreError::Host(error)) => match refused(&error) {
                    Some(missing) => {
                        self.cx.warn("media-upload-refused", &error.code);
                        return Ok(Some(missing));
                    }
                    None => return Err(error.into()),
                },
                Err(error) => return Err(error),
            };
            if let Some(file_id) = file_id {
                let messages = self.cx.call(RoomMessages { room_id: room_id.clone(), limit: LOOK_BACK }).await?;
                let is_its = |message: &RoomMessage| message.files.iter().any(|file| file.id == file_id);
                if let Some(message) = messages.into_iter().find(is_its) {
                    showing.message_ids.push(message.id);
                    return Ok(None);
                }
            }
            self.cx.warn("media-without-message", "the server made no message of an upload");
            self.open_rooms.memory.rooms_seen_open.borrow_mut().remove(&room_id);
            if !self.rooms.enter_room(showing).await?
                || showing.place.as_ref().is_some_and(|place| place.room_id == room_id)
            {
                break;
            }
        }
        Ok(Some(Missing::Fetch))
    }

    /// Says politely to the customer that a file did not arrive, once per message and not in a thread that others hold.
    async fn tell_held_back(&self, showing: &DeliveryContext<'_>, lang: &Lang, missing: Missing) {
        let key = match missing {
            Missing::Size => key!("in_customer_file_size"),
            _ => key!("in_customer_file_type"),
        };
        if !may_answer_automatically(showing.conversation, self.cx.now_ms()) {
            return;
        }
        let said = AppText {
            occasion: format!("held-back:{}", showing.entry.identity),
            text: self.cx.text(lang, key, &[]),
            choices: Vec::new(),
            room_id: showing.place.as_ref().map(|place| place.room_id.clone()),
        };
        match self.app_texts.send_app_text(showing.account, showing.conversation, said).await {
            Ok(SendResult::Refused(code)) => self.cx.warn("customer-not-told", &code),
            Ok(SendResult::Sent | SendResult::Waiting | SendResult::Before) => {}
            // The agent knows; the message must not wait for it.
            Err(error) => self.cx.warn("customer-not-told", error.code()),
        }
    }
}

/// A file at hand.
#[derive(Debug, Clone)]
struct Fetched {
    blob: Blob,
    filename: String,
}

/// What the server's refusal of an upload means; `None` for a failure that may pass.
fn refused(error: &HostError) -> Option<Missing> {
    match error.code.as_str() {
        "error-file-upload-disabled" | "error-file-upload-disabled-in-direct-messages" => Some(Missing::Disabled),
        "error-invalid-file-type" => Some(Missing::Type),
        "error-file-too-large" => Some(Missing::Size),
        "error-app-prevented" | "missing-permission" => Some(Missing::Fetch),
        _ => None,
    }
}
