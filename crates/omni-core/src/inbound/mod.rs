//! From Meta to Rocket.Chat: each event is stored, then shown once, in order.
//!
//! An event that leaves something to see is first stored as a pending [`Entry`]; from then on it survives this process.
//! Entries of one conversation are worked off in the order persistence shows them, which is the same for every
//! instance: whoever finds an older one of a live worker before its own waits for it.

mod identity;
mod room;
mod show;

use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Host, StoreRemove};
use crate::session::Session;
use crate::store::{Account, Conversation, ConversationId, Entry, EntryState};
use meta_wire::ids::{AccountId, Mid};
use meta_wire::time::UnixMillis;
use meta_wire::webhook::{Event, Item, decode_item};

pub(crate) use show::Shown;

/// How long a worker may take over one event before others believe it gone, in milliseconds. Longer than the host lets
/// a handler run.
const WORKER_MS: i64 = 40_000;

/// How often an instance that waits for another one looks again, in milliseconds.
const LOOK_AGAIN_MS: u32 = 200;

/// How long it waits at most: Meta wants its answer within 5 s, and the event is stored.
const WAIT_MS: i64 = 3_000;

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

impl<H: Host> Session<H> {
    /// Takes one event of a conversation: on return it is done or stored.
    pub(crate) async fn take_event(&self, id: &ConversationId, incoming: Incoming) -> Result<(), CoreError> {
        let Incoming { item, entry_time } = incoming;
        let event_at = item.timestamp.or(entry_time).unwrap_or_else(|| self.now()).0;
        if !identity::leaves_a_trace(&item.event) {
            let _lock = self.lock(&id.to_string()).await;
            let mut conversation = self.conversation(id).await?;
            return self.apply(&mut conversation, &item).await;
        }
        let entry = Entry {
            entry_id: self.random_hex(12),
            conversation: id.clone(),
            identity: identity::of(&item),
            stored_at: self.now_ms(),
            event_at,
            opens_window: identity::opens_window(&item),
            state: EntryState::Pending {
                raw: item.raw.as_str().to_owned(),
                channel: item.channel,
                worker: self.worker().to_owned(),
            },
        };
        self.create_record(&entry).await?;
        self.work_off(entry, &item).await
    }

    /// Shows a stored event when its turn comes.
    async fn work_off(&self, entry: Entry, item: &Item) -> Result<(), CoreError> {
        let _lock = self.lock(&entry.conversation.to_string()).await;
        let mut conversation = self.conversation(&entry.conversation).await?;
        let began = self.now_ms();
        loop {
            match self.turn(&conversation, &entry) {
                Turn::Mine => break,
                Turn::Repeated => return self.call(StoreRemove { keys: entry_keys(&entry) }).await.map(|_| ()),
                Turn::After(stale) => self.adopt(&mut conversation, stale).await?,
                Turn::Wait if self.now_ms() - began > WAIT_MS => return Ok(()),
                Turn::Wait => {
                    self.host.sleep(LOOK_AGAIN_MS).await;
                    conversation = self.conversation(&entry.conversation).await?;
                }
            }
        }
        self.show_entry(&mut conversation, entry, item).await
    }

    /// Finishes an event whose worker is gone.
    async fn adopt(&self, conversation: &mut Conversation, entry: Entry) -> Result<(), CoreError> {
        let EntryState::Pending { raw, channel, .. } = &entry.state else { return Ok(()) };
        let item = decode_item(entry.conversation.channel.platform(), *channel, raw);
        self.show_entry(conversation, entry, &item).await
    }

    async fn show_entry(&self, conversation: &mut Conversation, entry: Entry, item: &Item) -> Result<(), CoreError> {
        let Some(account) = self.account(entry.conversation.channel, &entry.conversation.account).await? else {
            return Ok(());
        };
        let shown = self.show(conversation, &account, &entry, item).await?;
        let done = Entry {
            state: EntryState::Shown { mid: shown.mid, room_id: shown.room_id, message_ids: shown.message_ids },
            ..entry
        };
        self.put_record(&done).await?;
        match conversation.entries.iter_mut().find(|known| known.entry_id == done.entry_id) {
            Some(known) => *known = done,
            None => conversation.entries.push(done),
        }
        Ok(())
    }

    /// Whose turn it is, by the one order every instance sees.
    fn turn(&self, conversation: &Conversation, mine: &Entry) -> Turn {
        for other in &conversation.entries {
            if other.entry_id == mine.entry_id {
                return Turn::Mine;
            }
            let EntryState::Pending { worker, .. } = &other.state else {
                if other.identity == mine.identity {
                    return Turn::Repeated;
                }
                continue;
            };
            let gone = self.now_ms() - other.stored_at > WORKER_MS;
            // Within one process the lock orders the work: an older entry of ours is one that failed.
            if worker == self.worker() || gone {
                return if other.identity == mine.identity { Turn::Repeated } else { Turn::After(other.clone()) };
            }
            return Turn::Wait;
        }
        Turn::Mine
    }

    /// An event of the account itself, with no customer in it.
    pub(crate) async fn account_event(
        &self,
        channel: Channel,
        account: &AccountId,
        item: &Item,
    ) -> Result<(), CoreError> {
        self.warn("webhook-account-event", &format!("{} {account} {}", channel.as_str(), item.event.name()));
        Ok(())
    }

    /// Each minute: what a lost process left behind is finished, what is done is filed.
    pub(crate) async fn inbound_tick(&self) -> Result<(), CoreError> {
        Ok(())
    }

    /// Each day: what is older than the retention setting is removed.
    pub(crate) async fn inbound_daily(&self) -> Result<(), CoreError> {
        Ok(())
    }

    /// An event that only changes what is known, and may be applied any number of times.
    async fn apply(&self, _conversation: &mut Conversation, _item: &Item) -> Result<(), CoreError> {
        Ok(())
    }

    async fn show(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        entry: &Entry,
        item: &Item,
    ) -> Result<Shown, CoreError> {
        match &item.event {
            Event::Message(message) => self.show_message(conversation, account, entry, message).await,
            _ => Ok(Shown::nothing(None::<Mid>)),
        }
    }
}

enum Turn {
    /// Nothing older is left to do.
    Mine,
    /// Somebody else has done it, or does.
    Repeated,
    /// An older one was left behind: it goes first.
    After(Entry),
    /// A live worker elsewhere has an older one.
    Wait,
}

fn entry_keys(entry: &Entry) -> Vec<String> {
    use crate::store::Record;
    entry.keys()
}
