//! Which rooms of an account are open: to tell them what concerns all of them.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, StoreRemove};
use crate::store::{Record, Records};
use meta_wire::ids::AccountId;
use omni_domain::channel::Channel;
use omni_domain::conversation::ConversationId;
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

service! {
    /// Stores which rooms of an account are open.
    pub(crate) OpenRoomRecords {
        cx: Context,
        records: Records,
    }
}

impl<H: Host> OpenRoomRecords<H> {
    pub(crate) async fn note_open_room(&self, id: &ConversationId, room_id: &str) -> Result<(), CoreError> {
        self.records.put_record(&OpenRoom { room_id: room_id.to_owned(), conversation: id.clone() }).await
    }

    pub(crate) async fn forget_open_room(&self, room_id: &str) -> Result<(), CoreError> {
        self.cx.call(StoreRemove { keys: vec![room_key(room_id)] }).await.map(|_| ())
    }

    /// Rooms of the account that were open when they were last heard of.
    pub(crate) async fn open_rooms(&self, channel: Channel, account: &AccountId) -> Result<Vec<OpenRoom>, CoreError> {
        self.records.read_records(&of_account(channel, account)).await
    }
}
