//! [`Host`] over the fake world: one for each entry call, since the host keeps blobs no longer.

use super::executor::Life;
use super::faults::Leg;
use super::rocket_chat::{FAILED, Looked, RocketChat, ScheduledJob, registered_settings};
use super::world::{LogLine, Recorded, World};
use meta_wire::time::UnixMillis;
use omni_core::host::*;
use serde::Serialize;
use serde_json::Value;
use std::cell::RefCell;
use std::future::pending;

/// The host of one entry call.
#[derive(Debug)]
pub struct FakeHost {
    world: World,
    life: Life,
    /// How far its server's clock is ahead, in milliseconds.
    ahead: i64,
    /// Whether the handler was given what it takes to change anything.
    may_write: bool,
    blobs: RefCell<Vec<Vec<u8>>>,
}

type Outcome = Result<Value, String>;

/// How long the server takes to store a setting that the app writes itself.
const STORING_MS: i64 = 40;

impl Host for FakeHost {
    fn perform(&self, call: HostCall) -> Answer<'_> {
        Box::pin(async move {
            let kind = call.kind();
            let number = self.record(&call);
            self.crash_point(kind, Leg::There).await;
            self.world.executor().pause().await;
            let outcome = self.exchange(call).await;
            self.crash_point(kind, Leg::Back).await;
            self.world.executor().pause().await;
            outcome.map_err(|code| {
                self.world.calls_mut()[number].refused = Some(code.clone());
                HostError { call: kind.to_owned(), code }
            })
        })
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.world.now() + self.ahead)
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.world.random().fill(bytes);
    }

    fn log(&self, level: LogLevel, code: &str, detail: &str) {
        let (code, detail) = (code.to_owned(), detail.to_owned());
        self.world.logs_mut().push(LogLine { level, code, detail, at: self.world.now() });
    }

    fn background(&self, work: Background) {
        self.world.executor().spawn(self.life, work);
    }

    async fn sleep(&self, millis: u32) {
        self.world.clock().sleep(i64::from(millis)).await;
    }
}

impl FakeHost {
    pub(super) fn new(world: World, life: Life, ahead: i64, may_write: bool) -> Self {
        Self { world, life, ahead, may_write, blobs: RefCell::default() }
    }

    fn record(&self, call: &HostCall) -> usize {
        let mut calls = self.world.calls_mut();
        let json = match self.world.keeps_calls() {
            true => serde_json::to_value(call).expect("a call is JSON"),
            false => Value::Null,
        };
        calls.push(Recorded { kind: call.kind(), call: json, life: self.life, at: self.world.now(), refused: None });
        calls.len() - 1
    }

    /// The process ends here when a test wants it to: nothing after this point runs.
    async fn crash_point(&self, kind: &str, leg: Leg) {
        if self.world.executor().has_ended(self.life) || self.world.crashes_at(self.life, kind, leg) {
            self.world.executor().end(self.life);
            pending::<()>().await;
        }
    }

    async fn exchange(&self, call: HostCall) -> Outcome {
        let kind = call.kind();
        let (fault, delay) = {
            let mut faults = self.world.faults_mut();
            (faults.of_next(kind), faults.delay_of(kind))
        };
        if let Some((Leg::There, code)) = fault {
            return Err(code);
        }
        if !self.may_write && changes_something(&call) {
            return Err("not-here".to_owned());
        }
        if delay > 0 {
            self.world.clock().sleep(delay).await;
        }
        let looked = self.world.rocket_chat().look(&call);
        if looked.absent {
            self.world.executor().pause().await;
        }
        let outcome = match call {
            HostCall::Http(call) => self.http(&call).await,
            call => self.on_server(call, looked),
        };
        match fault {
            Some((_, code)) => Err(code),
            None => outcome,
        }
    }

    async fn http(&self, call: &Http) -> Outcome {
        let file = match &call.body {
            HttpBody::Spliced { blob, .. } => Some(self.bytes(blob)?),
            HttpBody::None | HttpBody::Text { .. } => None,
        };
        let answer = self.world.meta_mut().answer(call, file, self.world.now());
        let patience = i64::from(call.timeout_ms);
        self.world.clock().sleep(answer.after.min(patience)).await;
        if answer.after > patience {
            return Err("timeout".to_owned());
        }
        if let Some(code) = answer.lost {
            return Err(code);
        }
        let media_type = answer.headers.get("content-type").map(String::as_str).unwrap_or_default();
        let (text, blob) = match call.as_blob {
            true => (String::new(), Some(self.keep(answer.body, media_type))),
            false => (String::from_utf8_lossy(&answer.body).into_owned(), None),
        };
        reply::<Http>(Ok(HttpReply { status: answer.status, headers: answer.headers, text, blob }))
    }

    fn on_server(&self, call: HostCall, looked: Looked) -> Outcome {
        let mut server = self.world.rocket_chat_mut();
        let server: &mut RocketChat = &mut server;
        match call {
            HostCall::Http(_) => Err(FAILED.to_owned()),
            HostCall::StoreRead(call) => reply::<StoreRead>(server.store_read(&call.key)),
            HostCall::StoreCreate(call) => reply::<StoreCreate>(server.store_create(call.keys, call.record)),
            HostCall::StoreUpdate(call) => {
                reply::<StoreUpdate>(server.store_update(call.keys, call.record, call.upsert, looked))
            }
            HostCall::StoreRemove(call) => {
                let removed = server.store_remove(&call.keys).len();
                reply::<StoreRemove>(Ok(u32::try_from(removed).unwrap_or(u32::MAX)))
            }
            HostCall::StoreTake(call) => reply::<StoreTake>(Ok(server.store_remove(&[call.key]))),
            HostCall::Settings(_) => reply::<Settings>(Ok(server.app_settings())),
            HostCall::SettingWrite(call) => reply::<SettingWrite>(self.write_setting(call)),
            HostCall::ReadEnvironment(_) => reply::<ReadEnvironment>(Ok(server.read_environment())),
            HostCall::Online(call) => reply::<Online>(Ok(server.is_online(call.department.as_deref()))),
            HostCall::Departments(_) => reply::<Departments>(Ok(server.list_departments())),
            HostCall::VisitorFind(call) => reply::<VisitorFind>(Ok(server.visitor(&call.token).cloned())),
            HostCall::VisitorSave(call) => reply::<VisitorSave>(server.visitor_save(call, looked)),
            HostCall::VisitorFields(call) => {
                reply::<VisitorFields>(Ok(server.set_visitor_fields(&call.token, call.fields)))
            }
            HostCall::RoomCreate(call) => reply::<RoomCreate>(server.room_create(call)),
            HostCall::RoomField(call) => reply::<RoomField>(server.room_field(call)),
            HostCall::RoomFind(call) => reply::<RoomFind>(Ok(server.room(&call.room_id).cloned())),
            HostCall::RoomMember(call) => reply::<RoomMember>(Ok(server.is_member(&call.room_id, &call.user_id))),
            HostCall::RoomsOpen(call) => reply::<RoomsOpen>(Ok(server.rooms_open(&call.visitor.token))),
            HostCall::RoomClose(call) => reply::<RoomClose>(server.room_close(&call.room_id, &call.comment)),
            HostCall::VisitorMessage(call) => reply::<VisitorMessage>(server.visitor_message(call)),
            HostCall::VisitorUpload(call) => {
                let bytes = self.bytes(&call.blob)?;
                reply::<VisitorUpload>(server.visitor_upload(&call.room_id, &call.visitor, &call.filename, bytes))
            }
            HostCall::UploadRead(call) => {
                let file = server.file(&call.file_id);
                reply::<UploadRead>(file.map(|file| self.keep(file.bytes.clone(), &file.media_type)))
            }
            HostCall::Post(call) => reply::<Post>(server.post(call)),
            HostCall::MessageEdit(call) => reply::<MessageEdit>(server.message_edit(call)),
            HostCall::MessageDelete(call) => {
                server.delete_message(&call.message_id, super::rocket_chat::APP_USER);
                reply::<MessageDelete>(Ok(()))
            }
            HostCall::React(call) => reply::<React>(server.react(&call)),
            HostCall::MessageFind(call) => {
                reply::<MessageFind>(Ok(server.message(&call.message_id).map(|stored| stored.message.clone())))
            }
            HostCall::RoomMessages(call) => reply::<RoomMessages>(Ok(server.room_messages(&call.room_id, call.limit))),
            HostCall::Whisper(call) => reply::<Whisper>(server.whisper(call)),
            HostCall::UserFind(call) => reply::<UserFind>(Ok(server.user_by_id(&call.user_id).cloned())),
            HostCall::BotEnsure(call) => reply::<BotEnsure>(server.bot_ensure(&call, looked)),
            HostCall::ChannelFind(call) => reply::<ChannelFind>(Ok(server.channel_find(&call.name))),
            HostCall::ChannelMake(call) => reply::<ChannelMake>(server.channel_make(call)),
            HostCall::ChannelJoin(call) => reply::<ChannelJoin>(Ok(server.channel_join(call))),
            HostCall::ModalOpen(call) => reply::<ModalOpen>(server.modal_open(call)),
            HostCall::Schedule(call) => {
                server.jobs.push(ScheduledJob { job: call.job, at: call.at, data: call.data });
                reply::<Schedule>(Ok(()))
            }
        }
    }

    /// The server answers at once and stores it when it has asked the app once more, which takes it as it is.
    fn write_setting(&self, call: SettingWrite) -> Result<(), &'static str> {
        if !registered_settings().iter().any(|(id, ..)| *id == call.id) {
            return Err(FAILED);
        }
        let world = self.world.clone();
        self.world.executor().spawn(self.life, async move {
            world.clock().sleep(STORING_MS).await;
            world.rocket_chat_mut().settings.insert(call.id, call.value);
        });
        Ok(())
    }

    fn keep(&self, bytes: Vec<u8>, media_type: &str) -> Blob {
        let mut blobs = self.blobs.borrow_mut();
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let head = bytes.iter().take(64).copied().collect();
        blobs.push(bytes);
        let id = u32::try_from(blobs.len()).unwrap_or(u32::MAX);
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Blob { id, size, media_type, head }
    }

    fn bytes(&self, blob: &Blob) -> Result<Vec<u8>, String> {
        let at = usize::try_from(blob.id).ok().and_then(|id| id.checked_sub(1));
        at.and_then(|at| self.blobs.borrow().get(at).cloned()).ok_or_else(|| "no-such-blob".to_owned())
    }
}

/// Checked here: each call is answered with its own type.
fn reply<C: Call>(outcome: Result<C::Reply, &'static str>) -> Outcome
where
    C::Reply: Serialize,
{
    let value = outcome.map_err(str::to_owned)?;
    Ok(serde_json::to_value(value).expect("a reply is JSON"))
}

/// What takes the accessors that some handlers (settings) are not given.
fn changes_something(call: &HostCall) -> bool {
    match call {
        HostCall::StoreCreate(_)
        | HostCall::StoreUpdate(_)
        | HostCall::StoreRemove(_)
        | HostCall::StoreTake(_)
        | HostCall::VisitorSave(_)
        | HostCall::VisitorFields(_)
        | HostCall::RoomCreate(_)
        | HostCall::RoomField(_)
        | HostCall::RoomClose(_)
        | HostCall::VisitorMessage(_)
        | HostCall::VisitorUpload(_)
        | HostCall::Post(_)
        | HostCall::MessageEdit(_)
        | HostCall::MessageDelete(_)
        | HostCall::React(_)
        | HostCall::Whisper(_)
        | HostCall::BotEnsure(_)
        | HostCall::ChannelMake(_)
        | HostCall::ChannelJoin(_)
        | HostCall::ModalOpen(_)
        | HostCall::Schedule(_) => true,
        HostCall::Http(_)
        | HostCall::StoreRead(_)
        | HostCall::Settings(_)
        | HostCall::SettingWrite(_)
        | HostCall::ReadEnvironment(_)
        | HostCall::Online(_)
        | HostCall::Departments(_)
        | HostCall::VisitorFind(_)
        | HostCall::RoomFind(_)
        | HostCall::RoomMember(_)
        | HostCall::RoomsOpen(_)
        | HostCall::UploadRead(_)
        | HostCall::MessageFind(_)
        | HostCall::RoomMessages(_)
        | HostCall::ChannelFind(_)
        | HostCall::UserFind(_) => false,
    }
}
