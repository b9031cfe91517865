//! Whose turn it is: entries of one conversation in order, each once, of all processes that stored them.

use super::Conversation;
use crate::echo_match::may_be_in_flight;
use crate::message_record::{MessageRecord, MessageState};
use crate::retry::Backoff;
use std::collections::HashMap;

/// How long a worker may go without a heartbeat before others believe it gone, in milliseconds. Longer than one
/// file may take: two downloads, a look-up between them, and an upload.
pub const WORKER_MS: i64 = 90_000;

/// How long the answer to a call is looked out for at once when its echo was faster, in milliseconds: longer than that call
/// waits itself. Afterwards a process looks when what became of the message is settled, and each minute.
const FRESH_MS: i64 = 12_000;

/// How often an event is tried at once before it counts as one that cannot be shown as it is.
pub const TRIES: u32 = 3;

/// From so many on it is tried alone, so that it takes nothing with it.
const SUSPECT_TAKEOVERS: u32 = 2;

/// What to do next in a conversation.
#[derive(Debug)]
pub enum Next {
    /// Nothing is left that is ours to do.
    Done,
    /// The same event is stored in another entry.
    Repeated(MessageRecord),
    /// Its turn.
    Take(MessageRecord),
    /// A live worker elsewhere has an older one.
    Wait,
}

/// A process that works conversations off, at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Process<'a> {
    /// Its name.
    pub name: &'a str,
    /// By its clock, Unix milliseconds.
    pub now: i64,
    /// The entries that it stored or took up, and whether it began to show them.
    pub begun: &'a HashMap<String, bool>,
}

impl Process<'_> {
    /// Whose turn it is: what happened first goes first, for Meta promises no order after a failed delivery.
    pub fn next(self, conversation: &Conversation, nobody_online: bool) -> Next {
        let is_open = |entry: &&MessageRecord| {
            let held_again = nobody_online && entry.is_held();
            entry.waits() && !held_again && !may_be_in_flight(conversation, entry, self.now)
        };
        let is_repeat = |entry: &&MessageRecord| self.is_mine_to_take(entry) && self.is_repeat_of(conversation, entry);
        if let Some(repeat) = conversation.entries.iter().filter(is_open).find(is_repeat) {
            return Next::Repeated(repeat.clone());
        }
        // By Meta's clock: those of two servers may be seconds apart.
        let in_order = |a: &&MessageRecord, b: &&MessageRecord| a.event_at.cmp(&b.event_at).then_with(|| a.by_age(b));
        let Some(entry) = conversation.entries.iter().filter(is_open).min_by(in_order) else { return Next::Done };
        if !self.is_mine_to_take(entry) {
            return Next::Wait;
        }
        // Another process may have taken up the same event before it saw this entry: it settles it, or removes its own.
        let at_work = |twin: &MessageRecord| twin.waits() && !self.is_mine_to_take(twin);
        match self.is_untouched(entry) && twins(conversation, entry).any(at_work) {
            true => Next::Wait,
            false => Next::Take(entry.clone()),
        }
    }

    /// Whether the same event is stored in another entry that is shown, or was, in the stead of this one. The rules hold
    /// whichever entry a process sees first: one that a process has begun with, or that waits for an agent, goes before one that
    /// is untouched; of two untouched ones the elder.
    fn is_repeat_of(self, conversation: &Conversation, entry: &MessageRecord) -> bool {
        let untouched = self.is_untouched(entry);
        twins(conversation, entry).any(|twin| {
            let elder = twin.by_age(entry).is_lt();
            if !twin.waits() {
                return true;
            }
            match (self.is_mine_to_take(twin), self.is_untouched(twin)) {
                // At work in another process.
                (false, _) => untouched && elder,
                (true, true) => untouched && elder,
                (true, false) => untouched || elder,
            }
        })
    }

    /// Whether this process stored it and has not begun to show it.
    fn is_untouched(self, entry: &MessageRecord) -> bool {
        self.begun.get(&entry.entry_id) == Some(&false)
    }

    /// Within one process the lock orders the work, so an entry of its own is no other's at this moment.
    pub fn is_mine_to_take(self, entry: &MessageRecord) -> bool {
        match &entry.state {
            MessageState::Pending { lease, .. } => !lease.is_held_elsewhere(self.name, self.now, WORKER_MS),
            _ => true,
        }
    }

    /// Whether an event waits that this process takes.
    pub fn has_own(self, conversation: &Conversation) -> bool {
        let takes = |entry: &MessageRecord| entry.waits() && self.is_mine_to_take(entry);
        conversation.entries.iter().any(|entry| takes(entry) && !may_be_in_flight(conversation, entry, self.now))
    }

    /// Whether an event waits that this process stored, or took over.
    pub fn has_pending(self, conversation: &Conversation) -> bool {
        let pending = |entry: &&MessageRecord| matches!(entry.state, MessageState::Pending { .. });
        conversation.entries.iter().filter(pending).any(|entry| self.is_mine_to_take(entry))
    }

    /// Whether an echo of this process waits that came a moment ago: the answer to the call that sent it comes any moment.
    pub fn has_fresh_echo(self, conversation: &Conversation) -> bool {
        conversation.entries.iter().any(|entry| {
            let fresh = self.now.saturating_sub(entry.stored_at).saturating_abs() < FRESH_MS;
            fresh && entry.waits() && self.is_mine_to_take(entry) && may_be_in_flight(conversation, entry, self.now)
        })
    }
}

/// The other entries of the same event.
fn twins<'a>(conversation: &'a Conversation, entry: &'a MessageRecord) -> impl Iterator<Item = &'a MessageRecord> {
    let is_twin = |twin: &&MessageRecord| twin.identity == entry.identity && twin.entry_id != entry.entry_id;
    conversation.entries.iter().filter(is_twin)
}

/// Whether processes ended while they worked on it.
pub fn is_suspect(entry: &MessageRecord) -> bool {
    matches!(entry.state, MessageState::Pending { takeovers, .. } if takeovers >= SUSPECT_TAKEOVERS)
}

/// Whether it cannot be shown, was tried lately, and is left alone for longer each time.
pub fn rests(entry: &MessageRecord, now: i64) -> bool {
    let MessageState::Pending { lease, attempts, .. } = &entry.state else { return false };
    let Some(more) = attempts.checked_sub(TRIES) else { return false };
    let pause = Backoff::SHOW_LATER.after(more.saturating_add(1));
    now.saturating_sub(lease.renewed_at).saturating_abs() < pause.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Channel;
    use crate::conversation::{ConversationId, ConversationState};
    use crate::lease::Lease;
    use crate::raw_event::RawEvent;
    use crate::thread::state::Thread;
    use meta_wire::private::RawJson;

    const NOW: i64 = 1_000_000;

    fn id() -> ConversationId {
        ConversationId { channel: Channel::Facebook, account: "1".into(), person: "2".into() }
    }

    /// An event of this process (`me`) or of another one, that happened at a moment.
    fn entry(name: &str, identity: &str, worker: &str, event_at: i64) -> MessageRecord {
        let raw = serde_json::from_value::<RawJson>("{}".into()).unwrap();
        let event = RawEvent { raw, channel: meta_wire::webhook::Channel::Messaging };
        let lease = Lease::new(worker, NOW);
        MessageRecord {
            entry_id: name.to_owned(),
            conversation: id(),
            identity: identity.to_owned(),
            stored_at: NOW,
            event_at,
            opens_window: true,
            segment: None,
            state: MessageState::Pending { event, lease, attempts: 0, takeovers: 0 },
        }
    }

    fn next(entries: &[MessageRecord], begun: &[(&str, bool)], now: i64) -> String {
        let conversation = Conversation {
            head: ConversationState::new(id()),
            thread: Thread::default(),
            thread_notice: None,
            archived_early: None,
            backlog: Vec::new(),
            half_shown: false,
            entries: entries.to_vec(),
        };
        let begun = begun.iter().map(|(name, began)| ((*name).to_owned(), *began)).collect();
        match (Process { name: "me", now, begun: &begun }).next(&conversation, false) {
            Next::Done => "done".to_owned(),
            Next::Wait => "wait".to_owned(),
            Next::Take(entry) => format!("take {}", entry.entry_id),
            Next::Repeated(entry) => format!("repeated {}", entry.entry_id),
        }
    }

    #[test]
    fn the_earliest_event_goes_first() {
        let (early, late) = (entry("a", "message:1", "me", 1), entry("b", "message:2", "me", 2));
        assert_eq!(next(&[late.clone(), early.clone()], &[("a", false), ("b", false)], NOW), "take a");
        assert_eq!(next(&[late], &[("b", false)], NOW), "take b");
        assert_eq!(next(&[], &[], NOW), "done");
    }

    #[test]
    fn an_event_of_a_live_process_is_waited_for_and_of_a_lost_one_taken() {
        let theirs = entry("a", "message:1", "other", 1);
        assert_eq!(next(std::slice::from_ref(&theirs), &[], NOW + WORKER_MS), "wait");
        assert_eq!(next(&[theirs], &[], NOW + WORKER_MS + 1), "take a");
    }

    #[test]
    fn of_two_entries_of_one_event_the_elder_is_shown() {
        let (elder, younger) = (entry("a", "message:1", "me", 1), entry("b", "message:1", "me", 1));
        let both = [younger.clone(), elder.clone()];
        assert_eq!(next(&both, &[("a", false), ("b", false)], NOW), "repeated b");
        // One that was begun with goes before one that was not.
        assert_eq!(next(&both, &[("a", false), ("b", true)], NOW), "repeated a");
        let theirs = entry("a", "message:1", "other", 1);
        assert_eq!(next(&[theirs, younger], &[("b", false)], NOW), "repeated b");
    }
}
