//! Which people may act where.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, Room, RoomMember, User, VisitorFind};
use crate::store::visitor_keys::VisitorKeys;
use omni_domain::conversation::Conversation;
use omni_domain::permissions::may_administer;

service! {
    /// Says which people may act in a room, and what agents call a customer.
    pub(crate) People {
        cx: Context,
        visitor_keys: VisitorKeys,
    }
}

impl<H: Host> People<H> {
    /// Whether the person may act in the conversation: they serve it, are in its room, or look after all conversations.
    /// Clients name the room of a button that was pressed, and servers believe them.
    pub(crate) async fn may_act_in(&self, user: &User, room: &Room) -> Result<bool, CoreError> {
        if may_administer(user) || room.served_by.as_ref().is_some_and(|agent| agent.id == user.id) {
            return Ok(true);
        }
        self.cx.call(RoomMember { room_id: room.id.clone(), user_id: user.id.clone() }).await
    }

    /// The customer's name as the server has it.
    pub(crate) async fn known_name(&self, conversation: &Conversation) -> Result<Option<String>, CoreError> {
        let visitor = match &conversation.head.visitor {
            Some(visitor) => Some(visitor.clone()),
            None => {
                let token = self.visitor_keys.visitor_token(&conversation.head.id).await?;
                self.cx.call(VisitorFind { token }).await?
            }
        };
        Ok(visitor.map(|visitor| visitor.name))
    }
}
