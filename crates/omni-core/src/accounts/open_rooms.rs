//! Telling the open rooms of an account what concerns all of them.

use crate::accounts::card::AccountCards;
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::notes::Notes;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, RoomFind};
use crate::store::accounts::Accounts;
use crate::store::open_room_records::{OpenRoom, OpenRoomRecords};
use futures_util::future::join_all;
use omni_domain::account::Account;
use omni_domain::key;
use omni_domain::render::text::verbatim;

/// How many rooms are told side by side.
const SIDE_BY_SIDE: usize = 10;

/// How many rooms are told at all: each takes a few round trips, and the host gives a handler 30 s. Whoever writes in
/// another one is told by the refusal.
const TOLD: usize = 500;

service! {
    /// Notes that Meta no longer takes an account's token, and tells the setup channel and the open rooms.
    pub(crate) DeadTokens {
        account_cards: AccountCards,
        accounts: Accounts,
        cx: Context,
        notes: Notes,
        open_room_records: OpenRoomRecords,
        speaker: Speaker,
    }
}

impl<H: Host> DeadTokens<H> {
    /// Tells the account's open rooms that its token is dead.
    pub(crate) async fn tell_rooms(&self, account: &Account) -> Result<(), CoreError> {
        let rooms = self.open_room_records.open_rooms(account.channel, &account.id).await?;
        let lang = self.cx.workspace_lang().await;
        let text = self.cx.text(&lang, key!("account_died_room"), &[("account", &verbatim(&account.shown()))]);
        let rooms: Vec<_> = rooms.iter().take(TOLD).collect();
        for some in rooms.chunks(SIDE_BY_SIDE) {
            join_all(some.iter().map(|room| self.tell_room(room, &text))).await;
        }
        Ok(())
    }

    /// One room that cannot be told does not keep the others from it.
    async fn tell_room(&self, open: &OpenRoom, text: &str) {
        let room_id = open.room_id.clone();
        let told: Result<(), CoreError> = match self.cx.call(RoomFind { room_id: room_id.clone() }).await {
            // A message to a closed room would open a stray one.
            Ok(room) if !room.as_ref().is_some_and(|room| room.open) => {
                self.open_room_records.forget_open_room(&room_id).await
            }
            Ok(_) => self.notes.tell_in_room(&room_id, None, text.to_owned(), Vec::new()).await.map(|_| ()),
            Err(error) => Err(error),
        };
        if let Err(error) = told {
            self.cx.warn("room-not-told", error.code());
        }
    }
}
