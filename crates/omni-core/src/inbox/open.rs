//! Rooms that were seen open a moment ago.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Card, Host, RoomFind};
use std::cell::RefCell;
use std::collections::HashMap;

/// How long a room that was seen open is believed open, in milliseconds. Its closing is told to every instance that is
/// up; this bounds what an instance that was down at that moment can get wrong.
pub(crate) const SEEN_OPEN_MS: i64 = 60_000;

/// How many rooms are remembered as open before old ones are forgotten.
pub(crate) const MOST_SEEN: usize = 10_000;

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct OpenRoomsMemory {
    /// When a room was last seen open, so that not every message asks again.
    pub(crate) rooms_seen_open: RefCell<HashMap<String, i64>>,
    /// Who the customers are for whom a room was opened, by room: it goes with their first message there.
    pub(crate) introductions: RefCell<HashMap<String, Card>>,
}

service! {
    /// Remembers which rooms were seen open a moment ago.
    pub(crate) OpenRooms {
        cx: Context,
    } remembers OpenRoomsMemory
}

impl<H: Host> OpenRooms<H> {
    pub(crate) async fn is_open(&self, room_id: &str) -> Result<bool, CoreError> {
        let seen = self.memory.rooms_seen_open.borrow().get(room_id).copied();
        if seen.is_some_and(|at| (self.cx.now_ms() - at).abs() < SEEN_OPEN_MS) {
            return Ok(true);
        }
        let room = self.cx.call(RoomFind { room_id: room_id.to_owned() }).await?;
        let open = room.is_some_and(|room| room.open);
        if open {
            self.saw_open(room_id);
        }
        Ok(open)
    }

    pub(crate) fn saw_open(&self, room_id: &str) {
        let now = self.cx.now_ms();
        let mut seen = self.memory.rooms_seen_open.borrow_mut();
        seen.insert(room_id.to_owned(), now);
        if seen.len() > MOST_SEEN {
            seen.retain(|_, at| (now - *at).abs() < SEEN_OPEN_MS);
        }
        if seen.len() > MOST_SEEN {
            seen.clear();
        }
    }
}
