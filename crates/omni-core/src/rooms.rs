//! What happens to rooms and to the people who serve them.

use crate::entry::{RoomEvent, RoomInput, StatusInput};
use crate::error::CoreError;
use crate::host::{Host, Room, RoomFind, RoomMember, User};
use crate::session::Session;
use crate::store::ConversationId;
use omni_domain::permissions::{may_administer, may_serve};
use omni_domain::timing::HOUR_MS;

/// How often rooms are looked over for closings that nobody told, in milliseconds.
const SWEEP_MS: i64 = HOUR_MS;

impl<H: Host> Session<H> {
    /// Something happened to an Omnichannel room.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn room_event(&self, input: RoomInput) -> Result<(), CoreError> {
        let Some(id) = self.conversation_in(&input.room).await? else { return Ok(()) };
        match input.event {
            RoomEvent::Started => {
                self.note_open_room(&id, &input.room.id).await?;
                self.adopt_room(&id, &input.room).await?;
                self.watch_window(&id, &input.room).await
            }
            RoomEvent::Closed => {
                self.room_closed(&id, &input.room).await?;
                self.forget_open_room(&input.room.id).await
            }
            RoomEvent::Assigned => self.brief(&id, &input.room).await,
            // Who serves is read where a text names them.
            RoomEvent::Transferred => Ok(()),
        }
    }

    /// Whether the person may act in the conversation: they serve it, are in its room, or look after all conversations.
    /// Clients name the room of a button that was pressed, and servers believe them.
    pub(crate) async fn may_act_in(&self, user: &User, room: &Room) -> Result<bool, CoreError> {
        if may_administer(user) || room.served_by.as_ref().is_some_and(|agent| agent.id == user.id) {
            return Ok(true);
        }
        self.call(RoomMember { room_id: room.id.clone(), user_id: user.id.clone() }).await
    }

    /// Somebody came online, went away, or left.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn status_changed(&self, input: StatusInput) -> Result<(), CoreError> {
        // The server tells of everybody; most people serve nobody.
        if input.status == "offline" || !may_serve(&input.user) { Ok(()) } else { self.somebody_may_serve().await }
    }

    /// Looks after rooms whose closing nobody told: the process was gone at that moment. Once in the life of a process, and
    /// then each hour.
    pub(crate) async fn sweep_closed_rooms(&self) -> Result<(), CoreError> {
        let swept = self.memory.rooms_swept_at.get();
        if swept.is_some_and(|at| self.now_ms().saturating_sub(at) < SWEEP_MS) {
            return Ok(());
        }
        self.memory.rooms_swept_at.set(Some(self.now_ms()));
        self.remove_ended_claims().await?;
        for account in self.accounts().await?.iter() {
            for open in self.open_rooms(account.channel, &account.id).await? {
                let room = self.call(RoomFind { room_id: open.room_id.clone() }).await?;
                match room {
                    Some(room) if room.open => continue,
                    Some(room) => self.room_closed(&open.conversation, &room).await?,
                    // The server has forgotten it altogether.
                    None => {}
                }
                self.forget_open_room(&open.room_id).await?;
            }
        }
        Ok(())
    }

    /// The room is gone: its bookkeeping is released, so that the next message starts afresh.
    async fn room_closed(&self, id: &ConversationId, room: &Room) -> Result<(), CoreError> {
        let _lock = self.lock(&id.to_string()).await;
        self.memory.rooms_seen_open.borrow_mut().remove(&room.id);
        let mut conversation = self.conversation(id).await?;
        let account = self.account(id.channel, &id.account).await?;
        match (conversation.head.room_id.as_ref(), &account) {
            (Some(current), _) if *current == room.id => conversation.head.leave_room(),
            // Released by a process that ended before it gave the thread away.
            (None, Some(account)) => return self.release_thread(&mut conversation, account, room).await,
            _ => return Ok(()),
        }
        if let Some(account) = &account {
            // Noted before the room is released: whatever is still to be said then survives this process.
            self.note_finished(&conversation, account, room).await?;
        }
        self.put_record(&conversation.head).await?;
        let Some(account) = account else { return Ok(()) };
        self.conversation_finished(&conversation, &account, room).await?;
        self.release_thread(&mut conversation, &account, room).await
    }
}
