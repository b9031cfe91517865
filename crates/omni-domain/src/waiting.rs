//! Customers who wrote while no agent could answer: whose turn it is, and how long there is to reply.

use crate::conversation::{Conversation, ConversationId};
use crate::message_record::MessageRecord;
use crate::routing::Origin;
use meta_wire::limits;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A conversation that waits for an agent who can serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Names this absence: the entry that began it, so that beginning it twice is beginning it once.
    pub waiting_id: String,
    /// Which conversation.
    pub conversation: ConversationId,
    /// The customer's name, where it is known.
    pub name: Option<String>,
    /// When the first message was written, Unix milliseconds.
    pub since: i64,
    /// What opened the messaging window last, Unix milliseconds.
    pub opened_at: Option<i64>,
    /// How many messages wait.
    pub messages: u32,
    /// How the customer came to write.
    #[serde(default)]
    pub origin: Origin,
    /// The customer was told and nothing more happens: the setting wants it so.
    #[serde(default)]
    pub message_only: bool,
    /// The customer was told that no agent is there. One who has only followed a link is not yet.
    #[serde(default)]
    pub told: bool,
}

impl Waiting {
    /// When a reply of any kind is no longer possible, and when only people may still reply: what ends next counts.
    pub fn ends(&self, now: i64) -> Ends {
        let platform = self.conversation.channel.platform();
        let Some(opened) = self.opened_at else { return Ends::Never };
        let day = opened.saturating_add(limits::standard_window_ms(platform));
        let week = opened.saturating_add(limits::human_agent_window_ms(platform));
        match now {
            now if now <= day => Ends::Day(day),
            now if now <= week => Ends::Week(week),
            _ => Ends::Over(week),
        }
    }
}

/// How long there is to reply. The order is that of urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ends {
    /// The 24 hours end then, Unix milliseconds.
    Day(i64),
    /// Only people may reply, and only until then.
    Week(i64),
    /// It was over then.
    Over(i64),
    /// No window was ever open.
    Never,
}

/// Sorts by urgency, and leaves one record a conversation.
pub fn by_urgency(mut waiting: Vec<Waiting>, now: i64) -> Vec<Waiting> {
    let mut seen = HashSet::new();
    waiting.retain(|one| seen.insert(one.conversation.clone()));
    waiting.sort_by_cached_key(|one| (one.ends(now), one.since, one.conversation.clone()));
    waiting
}

/// What becomes of an event that no agent can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// It waits until an agent can serve.
    Keep,
    /// It is filed: the customer was told that no agent is there, and that is all.
    File,
}

/// How many messages wait, with one that is about to.
pub fn messages_held(conversation: &Conversation, also: Option<&MessageRecord>) -> u32 {
    let held = |entry: &&MessageRecord| entry.is_held() || also.is_some_and(|also| also.entry_id == entry.entry_id);
    let at_hand = conversation.entries.iter().filter(|entry| entry.segment.is_none());
    let messages = at_hand.filter(held).filter(|entry| entry.addresses_us()).count();
    let behind = u32::try_from(conversation.messages_in_backlog()).unwrap_or(u32::MAX);
    u32::try_from(messages).unwrap_or(u32::MAX).saturating_add(behind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Channel;

    const NOW: i64 = 1_700_000_000_000;
    const HOUR: i64 = 3_600_000;

    fn waiting(person: &str, opened_at: Option<i64>, since: i64) -> Waiting {
        let conversation = ConversationId { channel: Channel::Facebook, account: "1".into(), person: person.into() };
        let waiting_id = format!("{person}-{since}");
        let origin = Origin::default();
        let (messages, message_only, told) = (1, false, true);
        Waiting { waiting_id, conversation, name: None, since, opened_at, messages, origin, message_only, told }
    }

    #[test]
    fn whoever_can_be_answered_for_the_shortest_time_goes_first() {
        let ago = |hours: i64| Some(NOW - hours * HOUR);
        let all = vec![
            waiting("never", None, 0),
            waiting("over", ago(24 * 8), 0),
            waiting("week-late", ago(24 * 2), 0),
            waiting("week-soon", ago(24 * 6), 0),
            waiting("day-late", ago(1), 0),
            waiting("day-soon", ago(23), 0),
            waiting("day-at-its-end", ago(24), 0),
            waiting("day-soon", ago(23), 5),
        ];
        let order: Vec<String> =
            by_urgency(all, NOW).into_iter().map(|one| one.conversation.person.to_string()).collect();
        let expected = ["day-at-its-end", "day-soon", "day-late", "week-soon", "week-late", "over", "never"];
        assert_eq!(order, expected);
    }

    #[test]
    fn of_two_with_the_same_window_the_first_to_write_goes_first() {
        let all = vec![waiting("b", Some(NOW), 2), waiting("c", Some(NOW), 1), waiting("a", Some(NOW), 2)];
        let order: Vec<String> =
            by_urgency(all, NOW).into_iter().map(|one| one.conversation.person.to_string()).collect();
        assert_eq!(order, ["c", "a", "b"]);
    }
}
