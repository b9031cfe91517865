//! The ledger of those who wrote while nobody could answer.
//!
//! A customer's messages wait as entries of the conversation; what is kept here says whose, since when and how urgent it
//! is. The record comes before the first entry is set aside, and goes after the last one is shown: whatever ends in
//! between leaves a record too many, never one too few.

use crate::error::CoreError;
use crate::host::{Host, StoreRemove, VisitorFind};
use crate::session::Session;
use crate::settings::OfflineAction;
use crate::store::{Account, Conversation, ConversationId, Entry, Origin, Record};
use meta_wire::limits;
use meta_wire::webhook::Item;
use omni_domain::routing::template::Occasion;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A conversation that waits for somebody who can serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    /// Names this absence: the entry that began it, so that beginning it twice is beginning it once.
    pub(super) waiting_id: String,
    /// Which conversation.
    pub(super) conversation: ConversationId,
    /// The customer's name, where it is known.
    pub(super) name: Option<String>,
    /// When the first message was written, Unix milliseconds.
    pub(super) since: i64,
    /// What opened the messaging window last, Unix milliseconds.
    pub(super) opened_at: Option<i64>,
    /// How many messages wait.
    pub(super) messages: u32,
    /// How the customer came to write.
    #[serde(default)]
    pub(super) origin: Origin,
    /// The customer was told and nothing more happens: the setting wants it so.
    #[serde(default)]
    pub(super) message_only: bool,
    /// The customer was told that nobody is there. Whoever has only followed a link is not yet.
    #[serde(default)]
    told: bool,
}

/// The key of everybody who waits.
const ALL: &str = "waiting";

impl Record for Waiting {
    const KIND: &'static str = "waiting";

    fn keys(&self) -> Vec<String> {
        vec![ALL.into(), key(&self.conversation), record_key(&self.waiting_id)]
    }
}

fn key(id: &ConversationId) -> String {
    format!("waiting:{id}")
}

fn record_key(waiting_id: &str) -> String {
    format!("waiting-record:{waiting_id}")
}

impl Waiting {
    /// When a reply of any kind is no longer possible, and when only people may still reply: what ends next counts.
    pub(super) fn ends(&self, now: i64) -> Ends {
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
pub(super) enum Ends {
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
pub(super) fn by_urgency(mut waiting: Vec<Waiting>, now: i64) -> Vec<Waiting> {
    let mut seen = HashSet::new();
    waiting.retain(|one| seen.insert(one.conversation.clone()));
    waiting.sort_by_cached_key(|one| (one.ends(now), one.since, one.conversation.clone()));
    waiting
}

/// What becomes of an event that nobody can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It waits until somebody can serve.
    Keep,
    /// It is filed: the customer was told that nobody is there, and that is all.
    File,
}

/// How many messages wait, with one that is about to.
fn messages_held(conversation: &Conversation, also: Option<&Entry>) -> u32 {
    let held = |entry: &&Entry| entry.is_held() || also.is_some_and(|also| also.entry_id == entry.entry_id);
    let at_hand = conversation.entries.iter().filter(|entry| entry.segment.is_none());
    let messages = at_hand.filter(held).filter(|entry| entry.addresses_us()).count();
    let behind = u32::try_from(conversation.messages_in_backlog()).unwrap_or(u32::MAX);
    u32::try_from(messages).unwrap_or(u32::MAX).saturating_add(behind)
}

impl<H: Host> Session<H> {
    /// A customer's event cannot be shown, since nobody can serve: it goes on the ledger. On return that is stored; the
    /// event itself must be kept by the caller.
    pub(crate) async fn hold_for_later(
        &self,
        conversation: &Conversation,
        account: &Account,
        entry: &Entry,
        item: &Item,
    ) -> Result<Hold, CoreError> {
        let id = &conversation.head.id;
        // Whoever is in a conversation is served; that goes on as soon as the server lets it.
        let message_only =
            conversation.head.room_id.is_none() && self.settings().await?.offline == OfflineAction::Message;
        let known = self.waiting_in(id).await?;
        let tell = entry.addresses_us() && !known.as_ref().is_some_and(|known| known.told);
        // Counted, not added up: setting this one aside may be done again after a crash.
        let messages = messages_held(conversation, Some(entry));
        let opened_at = conversation.opened_at();
        let waiting = match known {
            Some(known) => Waiting {
                opened_at: opened_at.max(known.opened_at),
                messages,
                // Where something is kept the rest is kept too, whatever the setting says by now.
                message_only: message_only && known.message_only,
                told: known.told || tell,
                ..known
            },
            None => Waiting {
                waiting_id: entry.entry_id.clone(),
                conversation: id.clone(),
                name: self.known_name(conversation).await?,
                since: entry.event_at,
                opened_at,
                messages,
                origin: self.origin(account, id, item).await?,
                message_only,
                told: tell,
            },
        };
        let due = if tell { self.note_nobody_is_there(account, &waiting).await? } else { None };
        self.put_record(&waiting).await?;
        if let Some(due) = due {
            self.carry_out_due(conversation, account, &due).await?;
        }
        if waiting.message_only {
            return Ok(Hold::File);
        }
        self.show_board_soon();
        Ok(Hold::Keep)
    }

    /// Everybody who waits, most urgent first.
    pub(super) async fn waiting(&self) -> Result<Vec<Waiting>, CoreError> {
        Ok(by_urgency(self.read_records(ALL).await?, self.now_ms()))
    }

    /// Who waits in this conversation, if anybody.
    pub(super) async fn waiting_in(&self, id: &ConversationId) -> Result<Option<Waiting>, CoreError> {
        self.read_one(&key(id)).await
    }

    /// Who began to wait with this entry, if they still do.
    pub(super) async fn waiting_named(&self, waiting_id: &str) -> Result<Option<Waiting>, CoreError> {
        self.read_one(&record_key(waiting_id)).await
    }

    /// Nothing of the conversation waits any more.
    pub(crate) async fn waits_no_longer(&self, conversation: &Conversation) -> Result<(), CoreError> {
        let id = &conversation.head.id;
        self.call(StoreRemove { keys: vec![ALL.into(), key(id)] }).await?;
        // Nobody reads that nobody is there once somebody is.
        self.withdraw_app_texts(conversation, Occasion::Offline.as_str()).await?;
        self.show_board_soon();
        Ok(())
    }

    /// Something else happened while messages wait: the window was opened anew, or one of them was taken back.
    pub(crate) async fn waiting_changed(&self, conversation: &Conversation) -> Result<(), CoreError> {
        let Some(known) = self.waiting_in(&conversation.head.id).await? else { return Ok(()) };
        let opened_at = known.opened_at.max(conversation.opened_at());
        let waiting = Waiting { opened_at, messages: messages_held(conversation, None), ..known.clone() };
        if waiting != known {
            self.put_record(&waiting).await?;
            self.show_board_soon();
        }
        Ok(())
    }

    /// The customer's name as the server has it.
    pub(crate) async fn known_name(&self, conversation: &Conversation) -> Result<Option<String>, CoreError> {
        let visitor = match &conversation.head.visitor {
            Some(visitor) => Some(visitor.clone()),
            None => {
                let token = self.visitor_token(&conversation.head.id).await?;
                self.call(VisitorFind { token }).await?
            }
        };
        Ok(visitor.map(|visitor| visitor.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Channel;

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
