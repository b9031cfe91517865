//! What happens to rooms and to the people who serve them.

use crate::api::{RoomEvent, RoomInput, StatusInput};
use crate::app::App;
use crate::error::CoreError;
use crate::host::{Host, Room, RoomFind};
use omni_domain::conversation::ConversationId;
use omni_domain::permissions::may_serve;
use omni_domain::timing::HOUR_MS;

/// How often rooms are looked over for closings that nobody told, in milliseconds.
const SWEEP_MS: i64 = HOUR_MS;

impl<H: Host> App<H> {
    /// Something happened to an Omnichannel room.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn room_event(&self, input: RoomInput) -> Result<(), CoreError> {
        let Some(id) = self.visitor_keys.conversation_in(&input.room).await? else { return Ok(()) };
        match input.event {
            RoomEvent::Started => {
                self.open_room_records.note_open_room(&id, &input.room.id).await?;
                self.rooms.adopt_room(&id, &input.room).await?;
                self.window_banners.watch_window(&id, &input.room).await
            }
            RoomEvent::Closed => {
                self.room_closed(&id, &input.room).await?;
                self.open_room_records.forget_open_room(&input.room.id).await
            }
            RoomEvent::Assigned => self.thread_banners.brief(&id, &input.room).await,
            // Who serves is read where a text names them.
            RoomEvent::Transferred => Ok(()),
        }
    }

    /// A person came online, went away, or left.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn status_changed(&self, input: StatusInput) -> Result<(), CoreError> {
        // The server tells of everybody; most people serve nobody.
        if input.status == "offline" || !may_serve(&input.user) {
            Ok(())
        } else {
            self.serving.somebody_may_serve().await
        }
    }

    /// Looks after rooms whose closing nobody told: the process was gone at that moment. Once in the life of a process, and
    /// then each hour.
    pub(crate) async fn sweep_closed_rooms(&self) -> Result<(), CoreError> {
        let swept = self.memory.rooms_swept_at.get();
        if swept.is_some_and(|at| self.cx.now_ms().saturating_sub(at) < SWEEP_MS) {
            return Ok(());
        }
        self.memory.rooms_swept_at.set(Some(self.cx.now_ms()));
        self.leases.remove_ended_leases().await?;
        for account in self.accounts.accounts().await?.iter() {
            for open in self.open_room_records.open_rooms(account.channel, &account.id).await? {
                let room = self.cx.call(RoomFind { room_id: open.room_id.clone() }).await?;
                match room {
                    Some(room) if room.open => continue,
                    Some(room) => self.room_closed(&open.conversation, &room).await?,
                    // The server has forgotten it altogether.
                    None => {}
                }
                self.open_room_records.forget_open_room(&open.room_id).await?;
            }
        }
        Ok(())
    }

    /// The room is gone: its bookkeeping is released, so that the next message starts afresh.
    async fn room_closed(&self, id: &ConversationId, room: &Room) -> Result<(), CoreError> {
        let _lock = self.cx.lock(&id.to_string()).await;
        self.open_rooms.memory.rooms_seen_open.borrow_mut().remove(&room.id);
        let mut conversation = self.conversations.conversation(id).await?;
        let account = self.accounts.account(id.channel, &id.account).await?;
        match (conversation.head.room_id.as_ref(), &account) {
            (Some(current), _) if *current == room.id => conversation.head.leave_room(),
            // Released by a process that ended before it gave the thread away.
            (None, Some(account)) => return self.threads.release_thread(&mut conversation, account, room).await,
            _ => return Ok(()),
        }
        if let Some(account) = &account {
            // Noted before the room is released: whatever is still to be said then survives this process.
            self.auto_messages.note_finished(&conversation, account, room).await?;
        }
        self.records.put_record(&conversation.head).await?;
        let Some(account) = account else { return Ok(()) };
        self.auto_messages.conversation_finished(&conversation, &account, room).await?;
        self.threads.release_thread(&mut conversation, &account, room).await
    }

    /// One call a room that is open: at times more than a job may take.
    pub(crate) fn sweep_in_background(&self) {
        let this = self.clone();
        self.cx.host.background(Box::pin(async move {
            if let Err(error) = this.sweep_closed_rooms().await {
                this.cx.warn("rooms-not-swept", error.code());
            }
        }));
    }

    pub(crate) async fn flows_tick(&self) -> Result<(), CoreError> {
        self.sweep_in_background();
        let said = self.auto_messages.carry_out_left_behind().await;
        self.serving.serve_in_background();
        let shown = self.waiting_board.look_after_board().await;
        said.and(shown)
    }
}
