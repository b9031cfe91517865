//! Which rooms of an account are open: to tell them what concerns all of them.

use super::{ConversationId, Record};
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Host, StoreRemove};
use crate::session::Session;
use meta_wire::ids::AccountId;
use serde::{Deserialize, Serialize};

/// A room that was opened and not yet seen closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRoom {
    /// The room.
    pub room_id: String,
    /// Whose.
    pub conversation: ConversationId,
}

impl Record for OpenRoom {
    const KIND: &'static str = "open-room";

    fn keys(&self) -> Vec<String> {
        vec![of_account(self.conversation.channel, &self.conversation.account), room_key(&self.room_id)]
    }
}

fn of_account(channel: Channel, account: &AccountId) -> String {
    format!("open-rooms:{}:{account}", channel.as_str())
}

fn room_key(room_id: &str) -> String {
    format!("open-room:{room_id}")
}

impl<H: Host> Session<H> {
    pub(crate) async fn note_open_room(&self, id: &ConversationId, room_id: &str) -> Result<(), CoreError> {
        self.put_record(&OpenRoom { room_id: room_id.to_owned(), conversation: id.clone() }).await
    }

    pub(crate) async fn forget_open_room(&self, room_id: &str) -> Result<(), CoreError> {
        self.call(StoreRemove { keys: vec![room_key(room_id)] }).await.map(|_| ())
    }

    /// Rooms of the account that were open when they were last heard of.
    pub(crate) async fn open_rooms(&self, channel: Channel, account: &AccountId) -> Result<Vec<OpenRoom>, CoreError> {
        self.read_records(&of_account(channel, account)).await
    }
}
