//! Taking events in: stored first, so that nothing of them is lost from here on.

use crate::accounts::webhook_watch::{Omitted, WebhookWatch};
use crate::context::Context;
use crate::error::CoreError;
use crate::host::Host;
use crate::inbox::turn::EventTurns;
use crate::store::Records;
use crate::store::archives::Archives;
use crate::store::backlogs::{Appended, Backlogs};
use crate::store::load::Conversations;
use meta_wire::ids::Mid;
use meta_wire::time::UnixMillis;
use meta_wire::webhook::{Event, Item, Side};
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::identity;
use omni_domain::lease::Lease;
use omni_domain::message_record::{MessageRecord, MessageState};
use omni_domain::raw_event::RawEvent;
use omni_domain::timing::HOUR_MS;

/// What is delivered so long after it happened, in milliseconds, is not Meta's delivery: it gives up after an hour, or after
/// 36 hours by its page on webhooks of every kind
/// ([Graph webhooks](https://developers.facebook.com/docs/graph-api/webhooks/getting-started)), whichever is right.
const OLD_MS: i64 = 36 * HOUR_MS;

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
pub(crate) struct StoredBatch {
    pub(crate) id: ConversationId,
    /// Whether any of them was stored to be shown at once.
    pub(crate) stored: bool,
    /// Whether any of them was put behind what waits already.
    pub(crate) queued: bool,
    /// Receipts: nothing is lost with one, the next one says the same.
    pub(crate) receipts: Vec<Item>,
}

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct IntakeMemory {
    /// Messages that Meta is to be asked for, and those that need not be.
    pub(crate) confirming: crate::inbox::confirming::Confirming,
}

service! {
    /// Takes events in: stores them before anything else, so that none is lost.
    pub(crate) Intake {
        archives: Archives,
        backlogs: Backlogs,
        cx: Context,
        conversations: Conversations,
        event_turns: EventTurns,
        records: Records,
        webhook_watch: WebhookWatch,
    } remembers IntakeMemory
}

impl<H: Host> Intake<H> {
    /// Stores the events of a conversation, in order. On return they are safe, and Meta can have its answer.
    ///
    /// # Errors
    /// [`CoreError`] when one could not be stored; those after it were not tried, since Meta delivers all of them again.
    pub(crate) async fn store_events(
        &self,
        id: ConversationId,
        events: Vec<Incoming>,
    ) -> Result<StoredBatch, CoreError> {
        let mut taken = StoredBatch { id, stored: false, queued: false, receipts: Vec::new() };
        let mut old = 0_usize;
        for Incoming { item, entry_time } in events {
            if matches!(item.event, Event::Read(_) | Event::Delivery(_)) {
                // What the business itself has read says nothing of the customer.
                if item.side == Side::Customer {
                    taken.receipts.push(item);
                }
                continue;
            }
            let entry = self.entry_of(&taken.id, &item, entry_time);
            if matches!(entry.state, MessageState::DeadLetter { .. }) {
                old = old.saturating_add(usize::from(self.file_old(&entry).await?));
                continue;
            }
            if self.conversations.has_backlog(&taken.id) && !goes_first(&entry) {
                self.queue(entry).await?;
                self.memory.confirming.took(&item);
                taken.queued = true;
                continue;
            }
            self.conversations.count_in(&entry);
            self.records.create_record(&entry).await?;
            self.memory.confirming.took(&item);
            self.event_turns.memory.incoming.borrow_mut().insert(entry.entry_id, false);
            taken.stored = true;
        }
        self.webhook_watch.count_omitted(taken.id.channel, Omitted::Old, old);
        Ok(taken)
    }

    fn entry_of(&self, id: &ConversationId, item: &Item, entry_time: Option<UnixMillis>) -> MessageRecord {
        let now = self.cx.now_ms();
        // A clock that runs ahead must not keep the window open longer than Meta does.
        let event_at = item.timestamp.or(entry_time).map_or(now, |at| at.0.min(now));
        let event = RawEvent { raw: item.raw.clone(), channel: item.channel };
        let sent_at = entry_time.map_or(event_at, |at| at.0.min(now)).max(event_at);
        let state = if now.saturating_sub(sent_at) > OLD_MS {
            // Delivered once more by somebody who kept it, or after an outage longer than Meta's patience: filed, not shown
            // as if it had been said just now.
            MessageState::DeadLetter { event, code: "too-old".to_owned() }
        } else {
            let lease = Lease::new(self.cx.worker(), now);
            MessageState::Pending { event, lease, attempts: 0, takeovers: 0 }
        };
        MessageRecord {
            entry_id: self.cx.new_entry_id(),
            conversation: id.clone(),
            identity: identity::of(item),
            stored_at: now,
            event_at,
            opens_window: identity::opens_window(item),
            segment: None,
            state,
        }
    }
}

impl<H: Host> Intake<H> {
    /// Stores an event that is too old to be shown, once; answers whether that is news.
    async fn file_old(&self, entry: &MessageRecord) -> Result<bool, CoreError> {
        let id = &entry.conversation;
        let known =
            self.conversations.conversation(id).await?.entries.iter().any(|other| other.identity == entry.identity);
        let news = !known && !self.archives.was_archived(id, &entry.identity).await?;
        if news {
            self.records.create_record(entry).await?;
        }
        Ok(news)
    }
}

/// Who may answer is to be known at once, however much waits to be shown.
fn goes_first(entry: &MessageRecord) -> bool {
    entry.identity.starts_with("thread_control:")
}

impl<H: Host> Intake<H> {
    /// Stores an event behind what waits already. What was taken before is not stored again.
    async fn queue(&self, entry: MessageRecord) -> Result<(), CoreError> {
        let Some(event) = entry.event().cloned() else { return Ok(()) };
        let withdrawn = match entry.identity.strip_prefix("unsend:") {
            Some(mid) => self.withdraw_waiting(&entry.conversation, &Mid::from(mid)).await?,
            None => 0,
        };
        let (id, original) = (entry.conversation.clone(), entry.entry_id.clone());
        let entry =
            MessageRecord { entry_id: self.cx.new_entry_id(), state: MessageState::AwaitingAgent { event }, ..entry };
        if self.backlogs.append(entry, &original).await? == Appended::Stored && withdrawn > 0 {
            self.backlogs.note_withdrawn(&id, withdrawn).await?;
        }
        Ok(())
    }

    /// A message that waits was taken back before anybody saw it: its words go at once. Answers how many messages fewer
    /// wait in the backlog.
    async fn withdraw_waiting(&self, id: &ConversationId, mid: &Mid) -> Result<u64, CoreError> {
        let mut withdrawn = 0_u64;
        for entry in self.backlogs.waiting_about(id, mid).await? {
            let counts = entry.segment.is_some() && entry.addresses_us();
            let (mid, room_id, message_ids, kept) = (Some(mid.clone()), None, Vec::new(), None);
            let state = MessageState::Delivered { mid, room_id, message_ids, kept };
            self.records.put_record(&MessageRecord { state, ..entry }).await?;
            withdrawn = withdrawn.saturating_add(u64::from(counts));
        }
        Ok(withdrawn)
    }

    /// Events of a conversation with a backlog that were stored by a process that did not know of it go behind it.
    pub(crate) async fn queue_strays(&self, conversation: &mut Conversation) -> Result<(), CoreError> {
        let Some(since) = conversation.backlog_since() else { return Ok(()) };
        let is_stray = |entry: &&MessageRecord| {
            let pending =
                matches!(entry.state, MessageState::Pending { .. }) && self.event_turns.is_mine_to_take(entry);
            pending && entry.segment.is_none() && entry.stored_at > since && !goes_first(entry)
        };
        let strays: Vec<MessageRecord> = conversation.entries.iter().filter(is_stray).cloned().collect();
        if strays.is_empty() {
            return Ok(());
        }
        for stray in strays {
            self.queue(stray.clone()).await?;
            self.records.remove_record(&stray).await?;
            self.event_turns.memory.incoming.borrow_mut().remove(&stray.entry_id);
        }
        self.conversations.refresh(conversation).await
    }
}
