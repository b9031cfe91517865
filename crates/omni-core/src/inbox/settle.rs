//! What became of a stored event is stored.

use crate::automation::auto_messages::AutoMessages;
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::setup_channel::Speaker;
use crate::host::Host;
use crate::inbox::intake::Intake;
use crate::inbox::open::OpenRooms;
use crate::inbox::receipt::ReceiptMarks;
use crate::inbox::show::EventRenderer;
use crate::inbox::showing::Along;
use crate::inbox::suspect::SuspectWatch;
use crate::inbox::turn::EventTurns;
use crate::store::Records;
use crate::store::accounts::Accounts;
use crate::store::archives::Archives;
use crate::store::backlogs::Backlogs;
use crate::store::leases::Leases;
use crate::store::load::Conversations;
use crate::thread::drive::Threads;
use crate::waiting::entries::WaitingEntries;
use omni_domain::conversation::Conversation;
use omni_domain::lease::Lease;
use omni_domain::message_record::{MessageRecord, MessageState};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

/// How many events that came while no room was open wait for one: of more only the latest were shown.
pub(crate) const MOST_ASIDES_KEPT: usize = 50;

/// Whether the conversation goes on after a message record.
pub(crate) enum ControlFlow {
    Next,
    /// The message record still waits, and those behind it wait for it.
    Stop,
}

/// Pause before what was shown is noted again, in milliseconds.
pub(crate) const NOTE_AGAIN_MS: u32 = 250;

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct InboxMemory {
    /// When it was last said that customers' messages could not be shown.
    pub(crate) given_up_told_at: Cell<Option<i64>>,
    /// Conversations that another call of this process is about to work on, and will see what is stored by now.
    pub(crate) wanted: RefCell<HashSet<String>>,
    /// When no agent could serve a conversation last that has a backlog.
    pub(crate) unserved: RefCell<HashMap<String, i64>>,
}

service! {
    /// Works off the stored events of a conversation, in order, each once, and stores what became of them.
    pub(crate) Inbox {
        accounts: Accounts,
        archives: Archives,
        auto_messages: AutoMessages,
        backlogs: Backlogs,
        cx: Context,
        conversations: Conversations,
        event_renderer: EventRenderer,
        event_turns: EventTurns,
        intake: Intake,
        leases: Leases,
        open_rooms: OpenRooms,
        receipt_marks: ReceiptMarks,
        records: Records,
        speaker: Speaker,
        suspect_watch: SuspectWatch,
        threads: Threads,
        waiting_entries: WaitingEntries,
    } remembers InboxMemory
}

impl<H: Host> Inbox<H> {
    pub(crate) async fn settle(
        &self,
        conversation: &mut Conversation,
        entry: MessageRecord,
        state: MessageState,
    ) -> Result<ControlFlow, CoreError> {
        let mut done = MessageRecord { state, ..entry };
        if matches!(done.state, MessageState::AwaitingRoom { .. }) && done.segment.is_some() {
            // The segment goes before a room is opened again.
            let behind = done.clone();
            (done.segment, done.stored_at) = (None, self.cx.now_ms());
            self.records.create_record(&done).await?;
            self.records.remove_record(&behind).await?;
            conversation.put(done);
            return Ok(ControlFlow::Next);
        }
        if let Err(error) = self.records.put_record(&done).await {
            // It is shown: not to know that costs a search of the room later.
            self.cx.warn("inbound-not-settled", error.code());
            self.cx.host.sleep(NOTE_AGAIN_MS).await;
            self.records.put_record(&done).await?;
        }
        self.event_turns.memory.incoming.borrow_mut().remove(&done.entry_id);
        conversation.put(done);
        Ok(ControlFlow::Next)
    }

    /// What went along is done.
    pub(crate) async fn settle_along(
        &self,
        conversation: &mut Conversation,
        along: Vec<Along>,
    ) -> Result<(), CoreError> {
        for (aside, shown) in along.into_iter().filter(|along| along.is_written).filter_map(|along| along.aside) {
            let Some(event) = aside.event().cloned() else { continue };
            self.settle(conversation, aside, shown.into_state(event)).await?;
        }
        Ok(())
    }

    /// Of what came while no room was open the latest is shown: what is older need not wait for one.
    pub(crate) async fn limit_asides(&self, conversation: &mut Conversation) -> Result<(), CoreError> {
        let is_aside = |entry: &&MessageRecord| matches!(entry.state, MessageState::AwaitingRoom { .. });
        let asides = conversation.entries.iter().filter(is_aside);
        let surplus = asides.clone().count().saturating_sub(MOST_ASIDES_KEPT);
        for entry in asides.take(surplus).cloned().collect::<Vec<_>>() {
            let (mid, room_id, message_ids, kept) = (None, None, Vec::new(), None);
            self.settle(conversation, entry, MessageState::Delivered { mid, room_id, message_ids, kept }).await?;
        }
        Ok(())
    }

    /// Removes a message record for an event that another one stands for.
    pub(crate) async fn drop_repeat(
        &self,
        conversation: &mut Conversation,
        entry: &MessageRecord,
    ) -> Result<(), CoreError> {
        self.records.remove_record(entry).await?;
        self.event_turns.memory.incoming.borrow_mut().remove(&entry.entry_id);
        conversation.entries.retain(|known| known.entry_id != entry.entry_id);
        Ok(())
    }

    /// Notes that an event is taken over from a process that ended without a word, before it is tried: the event may be
    /// what ended it. Answers how often in a row that happened; 0 for an event of this process.
    pub(crate) async fn take_over(
        &self,
        conversation: &mut Conversation,
        entry: &mut MessageRecord,
    ) -> Result<u32, CoreError> {
        let MessageState::Pending { attempts, takeovers, .. } = entry.state else { return Ok(0) };
        if self.event_turns.memory.incoming.borrow().contains_key(&entry.entry_id) {
            return Ok(0);
        }
        let takeovers = takeovers.saturating_add(1);
        self.sign_pending(conversation, entry, attempts, takeovers).await?;
        Ok(takeovers)
    }

    /// Writes down that this process works on the message record.
    pub(crate) async fn sign_pending(
        &self,
        conversation: &mut Conversation,
        entry: &mut MessageRecord,
        attempts: u32,
        takeovers: u32,
    ) -> Result<(), CoreError> {
        let Some(event) = entry.event().cloned() else { return Ok(()) };
        let lease = Lease::new(self.cx.worker(), self.cx.now_ms());
        entry.state = MessageState::Pending { event, lease, attempts, takeovers };
        self.records.put_record(entry).await?;
        conversation.put(entry.clone());
        Ok(())
    }
}
