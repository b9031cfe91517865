//! What a lost process did not come to say.

use crate::automation::auto_messages::{AutoMessages, DUES};
use crate::error::CoreError;
use crate::host::{Host, StoreRead};
use omni_domain::auto_message::AutoMessage;
use omni_domain::routing::template::Occasion;
use omni_domain::timing::{DAY_MS, MINUTE_MS, in_turn};

/// Past this the process that was to say it is gone, in milliseconds: longer than the host lets a handler run.
pub(crate) const LEFT_BEHIND_MS: i64 = 45_000;

/// What could not be said by then is not worth saying any more, in milliseconds.
pub(crate) const TOO_LATE_MS: i64 = DAY_MS;

/// How many left behind are looked after in one run.
pub(crate) const MOST_AT_ONCE: usize = 50;

impl<H: Host> AutoMessages<H> {
    /// Each minute: what a lost process did not come to say.
    pub(crate) async fn carry_out_left_behind(&self) -> Result<(), CoreError> {
        let mut dues: Vec<AutoMessage> = self.records.read_records(DUES).await?;
        // A farewell goes before the question how it was.
        dues.sort_by(|a, b| (a.at, a.occasion, &a.due_id).cmp(&(b.at, b.occasion, &b.due_id)));
        let old = |due: &&AutoMessage| self.cx.now_ms().saturating_sub(due.at) > LEFT_BEHIND_MS;
        let old: Vec<&AutoMessage> = dues.iter().filter(old).collect();
        let mut result = Ok(());
        // A welcome may wait for the customer's first message as long as it is worth saying.
        for due in in_turn(old.iter(), old.len(), MOST_AT_ONCE, self.cx.now_ms().div_euclid(MINUTE_MS)) {
            // One that cannot be said does not keep the others from their turn.
            result = result.and(self.carry_out_old(due).await);
        }
        result
    }

    pub(crate) async fn carry_out_old(&self, due: &AutoMessage) -> Result<(), CoreError> {
        let id = &due.conversation;
        let _lock = self.cx.lock(&id.to_string()).await;
        // Somebody else may have said it while this one waited.
        if self.cx.call(StoreRead { key: format!("due:{}", due.due_id) }).await?.is_empty() {
            return Ok(());
        }
        let too_late = self.cx.now_ms().saturating_sub(due.at) > TOO_LATE_MS;
        let Some(account) = self.accounts.account(id.channel, &id.account).await?.filter(|_| !too_late) else {
            return self.records.remove_record(due).await;
        };
        let conversation = self.conversations.conversation(id).await?;
        if due.occasion == Occasion::Welcome && !due.is_in_room(&conversation) {
            return Ok(());
        }
        // The absence is over, or its beginning was cut off: whoever takes up the event then begins it anew.
        if due.occasion == Occasion::Offline
            && self.waiting_list.waiting_in(id).await?.is_none_or(|waiting| waiting.waiting_id != due.about)
        {
            return self.records.remove_record(due).await;
        }
        self.carry_out_due(&conversation, &account, due).await
    }
}
