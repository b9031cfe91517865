//! One customer's thread with one account, and all the main paths need of it in a single read.

use super::archive::FiledEarly;
use super::backlog::{BacklogCursor, BacklogStream, Stream, streams};
use super::entry::Entry;
use super::thread::{Notice, StoredThread};
use super::{Record, StoreRead, Thread, kind};
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Host, Visitor};
use crate::session::Session;
use meta_wire::ids::{AccountId, ScopedUserId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which conversation: the network, the account and the customer as that account sees them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConversationId {
    /// The network.
    pub channel: Channel,
    /// The business's side.
    pub account: AccountId,
    /// The customer's side.
    pub person: ScopedUserId,
}

impl ConversationId {
    /// Reads back what it is printed as.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (channel, rest) = text.split_once(':')?;
        let channel = Channel::ALL.into_iter().find(|known| known.as_str() == channel)?;
        let (account, person) = rest.split_once(':')?;
        Some(Self { channel, account: account.into(), person: person.into() })
    }

    /// The key under which everything recent of this conversation is stored.
    pub(crate) fn key(&self) -> String {
        format!("conversation:{self}")
    }

    /// The key of what is known of this conversation beside its messages: it goes when the last of those does.
    pub(crate) fn state_key(&self) -> String {
        format!("state:{self}")
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.channel.as_str(), self.account, self.person)
    }
}

/// What changes rarely about a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Which.
    pub id: ConversationId,
    /// The visitor, as the server returned it.
    pub visitor: Option<Visitor>,
    /// The open room; `None` between conversations.
    pub room_id: Option<String>,
    /// What the app has told the customer since, and the room does not show until an agent has answered.
    #[serde(default)]
    pub unshown: Vec<Unshown>,
    /// The room before it, which tells what agents call the customer.
    pub last_room_id: Option<String>,
    /// Latest event that opened the messaging window and is older than the entries at hand, Unix milliseconds.
    pub opened_at: Option<i64>,
    /// When the profile was last read, Unix milliseconds.
    pub profile_at: Option<i64>,
}

/// A text of the app's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unshown {
    /// When it was sent, Unix milliseconds.
    pub at: i64,
    /// What it says.
    pub text: String,
}

impl Head {
    /// A conversation nothing is known of.
    pub fn new(id: ConversationId) -> Self {
        Self {
            id,
            visitor: None,
            room_id: None,
            unshown: Vec::new(),
            last_room_id: None,
            opened_at: None,
            profile_at: None,
        }
    }

    /// The room is the conversation's no longer.
    pub(crate) fn leave_room(&mut self) {
        self.last_room_id = self.room_id.take().or_else(|| self.last_room_id.take());
        self.unshown.clear();
    }
}

impl Record for Head {
    const KIND: &'static str = "conversation";

    fn keys(&self) -> Vec<String> {
        vec![self.id.key(), self.id.state_key()]
    }

    fn rank(&self) -> i64 {
        self.profile_at.or(self.opened_at).filter(|_| self.visitor.is_some()).unwrap_or_default()
    }
}

/// A conversation as one read shows it.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// What changes rarely.
    pub head: Head,
    /// Who may answer.
    pub thread: Thread,
    /// The line in the room that shows it.
    pub thread_notice: Option<Notice>,
    /// What was filed before its time.
    pub(crate) filed_early: Option<FiledEarly>,
    /// What waits beyond the entries at hand, oldest stream first.
    pub(crate) backlog: Vec<Stream>,
    /// Another process read the segments at hand before: it may have ended in the midst of a message.
    pub(crate) half_shown: bool,
    /// Recent messages both ways, by [`Entry::by_age`]; behind them those of the segments at hand.
    pub entries: Vec<Entry>,
}

impl Conversation {
    /// Latest event that opened the messaging window, Unix milliseconds.
    pub fn opened_at(&self) -> Option<i64> {
        let recent = self.entries.iter().filter(|entry| entry.opens_window).map(|entry| entry.event_at).max();
        let early = self.filed_early.as_ref().and_then(|early| early.opened_at);
        let waiting = self.backlog.iter().filter_map(|one| one.stream.opened_at).max();
        recent.max(early).max(waiting).max(self.head.opened_at)
    }

    /// Whether anything of it still has to be shown to an agent.
    pub(crate) fn waits(&self) -> bool {
        self.has_backlog() || self.entries.iter().any(Entry::waits)
    }

    /// Takes note of what became of an entry that is stored like this by now.
    pub(crate) fn put(&mut self, entry: Entry) {
        match self.entries.iter_mut().find(|known| known.entry_id == entry.entry_id) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }
}

impl<H: Host> Session<H> {
    /// Reads all that is recent of a conversation, in one round trip.
    pub(crate) async fn conversation(&self, id: &ConversationId) -> Result<Conversation, CoreError> {
        let values = match self.call(StoreRead { key: id.key() }).await {
            Ok(values) => values,
            Err(error) => {
                if error.code() == crate::host::TOO_LARGE {
                    self.set_overloaded(id);
                }
                return Err(error);
            }
        };
        let (mut heads, mut threads, mut notices, mut early) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut entries, mut backlog, mut cursors) = (Vec::new(), Vec::new(), Vec::new());
        for value in values {
            match kind(&value) {
                // Whatever is lost with one that does not read back is found again when it is needed.
                Some(Head::KIND) => heads.extend(self.decode_or_log::<Head>(value)),
                Some(StoredThread::KIND) => threads.extend(self.decode_or_log::<StoredThread>(value)),
                Some(Notice::KIND) => notices.extend(self.decode_or_log::<Notice>(value)),
                Some(FiledEarly::KIND) => early.extend(self.decode_or_log::<FiledEarly>(value)),
                Some(BacklogStream::KIND) => backlog.extend(self.decode_or_log::<BacklogStream>(value)),
                Some(BacklogCursor::KIND) => cursors.extend(self.decode_or_log::<BacklogCursor>(value)),
                _ => entries.extend(self.decode_or_log::<Entry>(value)),
            }
        }
        entries.sort_by(Entry::by_age);
        let thread = self.only(threads).await?.map(|stored: StoredThread| stored.thread).unwrap_or_default();
        let head = self.only(heads).await?.unwrap_or_else(|| Head::new(id.clone()));
        let (thread_notice, filed_early) = (self.only(notices).await?, self.only(early).await?);
        let backlog = streams(id, backlog, &cursors);
        let conversation =
            Conversation { head, thread, thread_notice, filed_early, backlog, half_shown: false, entries };
        self.note_load(&conversation);
        Ok(conversation)
    }

    /// Reads the conversation anew; the segments at hand stay at hand.
    pub(crate) async fn refresh(&self, conversation: &mut Conversation) -> Result<(), CoreError> {
        let before = std::mem::replace(conversation, self.conversation(&conversation.head.id.clone()).await?);
        conversation.keep_segments(before);
        Ok(())
    }
}
