//! How an event looks to the agent.

use crate::error::CoreError;
use crate::host::{Host, VisitorMessage};
use crate::session::Session;
use crate::store::{Account, Conversation, Entry};
use meta_wire::ids::Mid;
use meta_wire::webhook::Message;

/// What an event became.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) mid: Option<Mid>,
    pub(crate) room_id: Option<String>,
    pub(crate) message_ids: Vec<String>,
}

impl Shown {
    pub(crate) fn nothing(mid: Option<Mid>) -> Self {
        Self { mid, room_id: None, message_ids: Vec::new() }
    }
}

impl<H: Host> Session<H> {
    pub(super) async fn show_message(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        _entry: &Entry,
        message: &Message,
    ) -> Result<Shown, CoreError> {
        let (room_id, visitor) = self.ensure_room(conversation, account).await?;
        let mut message_ids = Vec::new();
        if let Some(text) = &message.text {
            let text = text.as_str().to_owned();
            let call = VisitorMessage { room_id: room_id.clone(), visitor, text, attachments: Vec::new() };
            message_ids.push(self.call(call).await?);
        }
        Ok(Shown { mid: message.mid.clone(), room_id: Some(room_id), message_ids })
    }
}
