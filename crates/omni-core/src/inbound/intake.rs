//! Taking events in: stored first, so that nothing of them is lost from here on.

use super::identity;
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;
use crate::store::{ConversationId, Entry, EntryState, Kept};
use meta_wire::time::UnixMillis;
use meta_wire::webhook::{Event, Item, Side};

/// An event with the time it counts by.
#[derive(Debug)]
pub(crate) struct Incoming {
    item: Item,
    entry_time: Option<UnixMillis>,
}

impl Incoming {
    pub(crate) fn new(item: Item, entry_time: Option<UnixMillis>) -> Self {
        Self { item, entry_time }
    }
}

/// Events of one conversation that are stored, and those that only change what is known.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(super) id: ConversationId,
    /// Whether any of them was stored.
    pub(super) stored: bool,
    /// Receipts: nothing is lost with one, the next one says the same.
    pub(super) receipts: Vec<Item>,
}

impl<H: Host> Session<H> {
    /// Stores the events of a conversation, in order. On return they are safe, and Meta can have its answer.
    ///
    /// # Errors
    /// [`CoreError`] when one could not be stored; those after it were not tried, since Meta delivers all of them again.
    pub(crate) async fn store_events(&self, id: ConversationId, events: Vec<Incoming>) -> Result<Taken, CoreError> {
        let mut taken = Taken { id, stored: false, receipts: Vec::new() };
        for Incoming { item, entry_time } in events {
            if matches!(item.event, Event::Read(_) | Event::Delivery(_)) {
                // What the business itself has read says nothing of the customer.
                if item.side == Side::Customer {
                    taken.receipts.push(item);
                }
                continue;
            }
            let entry = self.entry_of(&taken.id, &item, entry_time);
            self.create_record(&entry).await?;
            self.memory.confirming.took(&item);
            self.memory.incoming.borrow_mut().insert(entry.entry_id, false);
            taken.stored = true;
        }
        Ok(taken)
    }

    fn entry_of(&self, id: &ConversationId, item: &Item, entry_time: Option<UnixMillis>) -> Entry {
        let now = self.now_ms();
        Entry {
            entry_id: self.random_hex(12),
            conversation: id.clone(),
            identity: identity::of(item),
            stored_at: now,
            // A clock that runs ahead must not keep the window open longer than Meta does.
            event_at: item.timestamp.or(entry_time).map_or(now, |at| at.0.min(now)),
            opens_window: identity::opens_window(item),
            state: EntryState::Pending {
                event: Kept { raw: item.raw.clone(), channel: item.channel },
                worker: self.worker().to_owned(),
                taken_at: now,
                attempts: 0,
                takeovers: 0,
            },
        }
    }
}
