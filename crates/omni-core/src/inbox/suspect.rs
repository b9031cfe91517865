//! Conversations that end the processes which work on them: counted, tried alone, left alone, and said once.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, LogLevel, TOO_LARGE};
use crate::store::Records;
use crate::store::accounts::Accounts;
use crate::store::attempt_records::{Attempt, AttemptRecords};
use omni_domain::conversation::ConversationId;
use omni_domain::key;
use omni_domain::timing::{HOUR_MS, MINUTE_MS};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// From so many endings on a conversation is worked on alone, so that it takes nothing with it.
const ALONE: u32 = 2;

/// From so many on it is left alone. More than a single event is tried: most often that is the cause, and shown as a note.
const MOST_ENDINGS: u32 = 8;

/// How long it is left alone before it is tried again, in milliseconds.
const REST_MS: i64 = HOUR_MS;

/// How long an attempt may take before its process counts as one that ended, in milliseconds.
const ATTEMPT_MS: i64 = 3 * MINUTE_MS;

/// What earlier processes left of their attempts.
#[derive(Debug)]
pub(crate) struct Suspects(HashMap<ConversationId, Attempt>);

impl Suspects {
    /// Whether the conversation is worked on beside no other one.
    pub(crate) fn goes_alone(&self, id: &ConversationId) -> bool {
        self.0.get(id).is_some_and(|attempt| attempt.endings >= ALONE)
    }
}

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct SuspectWatchMemory {
    /// Conversations that are left alone since processes ended over them, once that was read.
    pub(crate) resting: RefCell<Option<HashSet<ConversationId>>>,
}

service! {
    /// Watches over conversations that end the processes which work on them: counts, tries alone, leaves alone, says so once.
    pub(crate) SuspectWatch {
        accounts: Accounts,
        attempt_records: AttemptRecords,
        cx: Context,
        records: Records,
        speaker: Speaker,
    } remembers SuspectWatchMemory
}

impl<H: Host> SuspectWatch<H> {
    /// What earlier processes left of their attempts, as of now: read once for each round of work.
    pub(crate) async fn suspects(&self) -> Result<Suspects, CoreError> {
        let mut found = HashMap::new();
        for mut attempt in self.attempt_records.attempts().await? {
            if self.has_ended(&attempt) {
                attempt.endings = attempt.endings.saturating_add(1);
            }
            found.insert(attempt.conversation.clone(), attempt);
        }
        let resting = found.values().filter(|attempt| attempt.endings >= MOST_ENDINGS);
        let resting = resting.map(|attempt| attempt.conversation.clone()).collect();
        self.memory.resting.replace(Some(resting));
        Ok(Suspects(found))
    }

    /// Whether the process that began it is gone, or has lost its memory since.
    fn has_ended(&self, attempt: &Attempt) -> bool {
        let same = attempt.worker == self.cx.worker();
        let old = self.cx.now_ms().saturating_sub(attempt.at).saturating_abs() > ATTEMPT_MS;
        attempt.endings < MOST_ENDINGS && attempt.reader != self.cx.reader() && (same || old)
    }

    /// Whether the conversation is left alone for now.
    pub(crate) async fn is_resting(&self, id: &ConversationId) -> Result<bool, CoreError> {
        if self.memory.resting.borrow().is_none() {
            self.suspects().await?;
        }
        Ok(self.memory.resting.borrow().as_ref().is_some_and(|resting| resting.contains(id)))
    }

    /// Works on a conversation that others left; `None` when it is left alone. Should this process end meanwhile, the next
    /// one knows what it was at.
    pub(crate) async fn carefully<T>(
        &self,
        suspects: &Suspects,
        id: &ConversationId,
        work: impl Future<Output = Result<T, CoreError>>,
    ) -> Result<Option<T>, CoreError> {
        let known = suspects.0.get(id);
        let endings = known.map_or(0, |attempt| attempt.endings);
        let (mut told, now) = (known.is_some_and(|attempt| attempt.told), self.cx.now_ms());
        let rests = endings >= MOST_ENDINGS;
        if rests {
            if !told {
                told = true;
                self.tell_resting(id).await;
            } else if known.is_some_and(|attempt| now.saturating_sub(attempt.at) < REST_MS) {
                return Ok(None);
            }
        }
        let (worker, reader) = (self.cx.worker().to_owned(), self.cx.reader().to_owned());
        let mut attempt = Attempt { conversation: id.clone(), endings, at: now, worker, reader, told };
        self.records.put_record(&attempt).await?;
        if rests && known.is_some_and(|attempt| !attempt.told) {
            return Ok(None);
        }
        let worked = work.await;
        match &worked {
            // It would not have fitted the memory of the process: the same as if that had ended.
            Err(error) if error.code() == TOO_LARGE => {
                if !told {
                    attempt.told = true;
                    self.tell_resting(id).await;
                }
                attempt.endings = attempt.endings.max(MOST_ENDINGS);
                self.records.put_record(&attempt).await?;
            }
            _ => {
                self.records.remove_record(&attempt).await?;
                if let Some(resting) = self.memory.resting.borrow_mut().as_mut() {
                    resting.remove(id);
                }
            }
        }
        worked.map(Some)
    }

    async fn tell_resting(&self, id: &ConversationId) {
        self.cx.host.log(LogLevel::Error, "conversation-left-alone", id.channel.as_str());
        let account = match self.accounts.account(id.channel, &id.account).await {
            Ok(Some(account)) => account.shown(),
            _ => id.account.to_string(),
        };
        let shown = omni_domain::render::text::verbatim(&account);
        let values = [("account", &*shown), ("network", id.channel.label())];
        let text = self.cx.text(&self.cx.workspace_lang().await, key!("in_left_alone"), &values);
        if let Err(error) = self.speaker.announce(id.channel, text, Vec::new()).await {
            self.cx.warn("left-alone-untold", error.code());
        }
    }
}
