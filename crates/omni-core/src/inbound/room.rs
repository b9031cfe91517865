//! The visitor and the open room of a conversation.

use crate::error::CoreError;
use crate::host::{Host, RoomCreate, RoomFind, RoomSource, RoomsOpen, Visitor, VisitorFind, VisitorSave};
use crate::session::Session;
use crate::store::{Account, Conversation};

/// How long a room that was seen open is believed open, in milliseconds. Its closing is told to every instance that is
/// up; this bounds what an instance that was down at that moment can get wrong.
const SEEN_OPEN_MS: i64 = 60_000;

impl<H: Host> Session<H> {
    /// The open room of the conversation, opened when there is none, and its visitor.
    pub(crate) async fn ensure_room(
        &self,
        conversation: &mut Conversation,
        account: &Account,
    ) -> Result<(String, Visitor), CoreError> {
        if let (Some(room_id), Some(visitor)) = (&conversation.head.room_id, &conversation.head.visitor) {
            if self.is_open(room_id).await? {
                return Ok((room_id.clone(), visitor.clone()));
            }
        }
        let visitor = self.ensure_visitor(conversation, account).await?;
        // A room may be open that no record knows of: the process may have ended between making and noting it.
        let open = self.call(RoomsOpen { visitor: visitor.clone() }).await?.into_iter().next();
        let room = match open {
            Some(room) => room,
            None => {
                let label = account.channel.label().to_owned();
                let source = RoomSource { label, destination: account.shown() };
                self.call(RoomCreate { visitor: visitor.clone(), source }).await?
            }
        };
        self.saw_open(&room.id);
        conversation.head.visitor = Some(visitor.clone());
        conversation.head.room_id = Some(room.id.clone());
        self.put_record(&conversation.head).await?;
        Ok((room.id, visitor))
    }

    async fn is_open(&self, room_id: &str) -> Result<bool, CoreError> {
        let seen = self.memory.rooms_seen_open.borrow().get(room_id).copied();
        if seen.is_some_and(|at| (self.now_ms() - at).abs() < SEEN_OPEN_MS) {
            return Ok(true);
        }
        let room = self.call(RoomFind { room_id: room_id.to_owned() }).await?;
        let open = room.is_some_and(|room| room.open);
        if open {
            self.saw_open(room_id);
        }
        Ok(open)
    }

    fn saw_open(&self, room_id: &str) {
        let now = self.now_ms();
        let mut seen = self.memory.rooms_seen_open.borrow_mut();
        seen.retain(|_, at| (now - *at).abs() < SEEN_OPEN_MS);
        seen.insert(room_id.to_owned(), now);
    }

    async fn ensure_visitor(&self, conversation: &Conversation, account: &Account) -> Result<Visitor, CoreError> {
        let id = &conversation.head.id;
        let token = id.visitor_token();
        if let Some(visitor) = self.call(VisitorFind { token: token.clone() }).await? {
            if visitor.department == account.config.department {
                return Ok(visitor);
            }
        }
        let name = format!("{} {}", account.channel.label(), id.person);
        let department = account.config.department.clone();
        self.call(VisitorSave { token, name, username: None, department }).await
    }
}
