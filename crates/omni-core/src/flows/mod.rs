//! Greetings and farewells, and the ledger of those who wrote while nobody could answer.

use crate::entry::{UiAnswer, UiInput};
use crate::error::CoreError;
use crate::host::{Host, Room};
use crate::session::Session;
use crate::store::{Account, Conversation, ConversationId, Entry};
use meta_wire::webhook::Item;

impl<H: Host> Session<H> {
    /// Nobody can serve the customer who wrote this. The entry is stored as held right after, and stays so until
    /// [`Session::work_off`] finds somebody who can.
    pub(crate) async fn hold_for_later(
        &self,
        _conversation: &Conversation,
        _account: &Account,
        _entry: &Entry,
        _item: &Item,
    ) -> Result<(), CoreError> {
        Ok(())
    }

    /// A room of ours was opened, by us or by the server on its own.
    pub(crate) async fn room_started(&self, _id: &ConversationId, _room: &Room) -> Result<(), CoreError> {
        Ok(())
    }

    /// An agent or department took the room.
    pub(crate) async fn room_served(&self, _id: &ConversationId, _room: &Room) -> Result<(), CoreError> {
        Ok(())
    }

    /// The conversation's room was closed and is released.
    pub(crate) async fn conversation_finished(
        &self,
        _conversation: &Conversation,
        _account: &Account,
        _room: &Room,
    ) -> Result<(), CoreError> {
        Ok(())
    }

    /// Somebody may be able to serve who was not a moment ago.
    pub(crate) async fn somebody_may_serve(&self) -> Result<(), CoreError> {
        Ok(())
    }

    pub(crate) async fn flows_action(&self, _action: &str, _input: UiInput) -> Result<UiAnswer, CoreError> {
        Ok(UiAnswer::Done)
    }

    pub(crate) async fn flows_tick(&self) -> Result<(), CoreError> {
        Ok(())
    }

    pub(crate) async fn flows_later(&self, _job: &str, _data: serde_json::Value) -> Result<(), CoreError> {
        Ok(())
    }
}
