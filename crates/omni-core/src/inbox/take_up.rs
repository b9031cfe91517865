//! One stored event, taken as far as it goes.

use crate::error::CoreError;
use crate::host::{Host, LogLevel, RoomCreate};
use crate::inbox::settle::{ControlFlow, Inbox};
use crate::inbox::showing::{Delivered, DeliveryContext, Disposition, MOST_ASIDES, asides};
use meta_wire::webhook::Item;
use omni_domain::account::Account;
use omni_domain::channel::Channel;
use omni_domain::conversation::turn::TRIES;
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::key;
use omni_domain::message_record::{MessageRecord, MessageState};
use omni_domain::retry::Backoff;
use omni_domain::texts::Key;
use omni_domain::timing::{DAY_MS, HOUR_MS, MINUTE_MS};
use omni_domain::waiting::Hold;

/// How often people are told at most that events were given up, in milliseconds.
pub(crate) const TELL_MS: i64 = HOUR_MS;

/// How long an event that cannot be shown in any form is tried again, in milliseconds.
pub(crate) const GIVE_UP_MS: i64 = DAY_MS;

/// Events delivered later than this after they happened, in milliseconds, may have been filed meanwhile: filing waits
/// twice as long.
pub(crate) const LATE_MS: i64 = 10 * MINUTE_MS;

/// How often in a row an event may be what a process was at when it ended, before it is not tried again as it is.
pub(crate) const MOST_TAKEOVERS: u32 = 5;

/// How long the events of an account that was disconnected wait for it to be connected again, in milliseconds: as long as
/// an agent can answer at all.
pub(crate) const RECONNECT_MS: i64 = 7 * DAY_MS;

/// How long the server may refuse a room for a reason that is not known before it counts as one that nobody can serve, in
/// milliseconds: what passes at once is not worth a message to the customer.
pub(crate) const REFUSED_MS: i64 = 60_000;

impl<H: Host> Inbox<H> {
    pub(crate) async fn take_up(
        &self,
        conversation: &mut Conversation,
        mut entry: MessageRecord,
        nobody_online: &mut bool,
    ) -> Result<ControlFlow, CoreError> {
        let id = entry.conversation.clone();
        let Some(event) = entry.event().cloned() else { return Ok(ControlFlow::Next) };
        let Some(account) = self.accounts.account(id.channel, &id.account).await? else {
            // Whoever disconnects an account to connect it anew finds everything there.
            if self.cx.now_ms().saturating_sub(entry.stored_at) < RECONNECT_MS {
                return Ok(ControlFlow::Stop);
            }
            let code = "account-disconnected".to_owned();
            if entry.addresses_us() && !id.is_of_account() {
                self.tell_given_up(id.channel, id.account.as_str(), key!("in_given_up_disconnected"), &code).await;
            }
            return self.settle(conversation, entry, MessageState::DeadLetter { event, code }).await;
        };
        let item = account.read(&event);
        let late = item.timestamp.is_none_or(|at| entry.stored_at.saturating_sub(at.0).saturating_abs() > LATE_MS);
        // What is filed before its time, as it is behind a backlog, is not at hand either.
        let early = conversation.archived_early.as_ref().is_some_and(|early| entry.event_at <= early.until);
        let may_be_archived = late || early || entry.segment.is_some();
        if may_be_archived && self.archives.was_archived(&id, &entry.identity).await? {
            self.drop_repeat(conversation, &entry).await?;
            return Ok(ControlFlow::Next);
        }
        if self.take_over(conversation, &mut entry).await? > MOST_TAKEOVERS {
            return self.show_poison(conversation, &account, entry, &item, "process-ended", nobody_online).await;
        }
        let mut attempts = entry.attempts();
        loop {
            let result = self.attempt(conversation, &account, &entry, &item, *nobody_online).await;
            let error = match result {
                Ok(became) => return self.became(conversation, &account, entry, &item, became, nobody_online).await,
                Err(error) => error,
            };
            // What was noted in memory during the attempt may be wrong: the room closed, or another one.
            let before = conversation.head.room_id.take();
            self.conversations.refresh(conversation).await?;
            for room_id in before.iter().chain(&conversation.head.room_id) {
                self.open_rooms.memory.rooms_seen_open.borrow_mut().remove(room_id);
            }
            // So may be what is stored: a visitor that an administrator removed, a room of somebody else.
            conversation.head.visitor = None;
            if matches!(&error, CoreError::Host(error) if error.is_nobody_online()) {
                return self
                    .became(conversation, &account, entry, &item, Disposition::AwaitingAgent, nobody_online)
                    .await;
            }
            self.cx.warn("inbound-attempt-failed", &format!("{}: {error}", item.event.name()));
            if error.code() == "error-contact-channel-blocked" {
                let code = error.code().to_owned();
                return self.settle(conversation, entry, MessageState::DeadLetter { event, code }).await;
            }
            attempts = attempts.saturating_add(1);
            // What is held stays so until it is shown: whoever has its lease tries it.
            if !entry.is_held() {
                self.sign_pending(conversation, &mut entry, attempts, 0).await?;
            }
            if attempts < TRIES {
                self.cx.host.sleep(Backoff::SHOW.after(attempts)).await;
                continue;
            }
            return self.show_poison(conversation, &account, entry, &item, error.code(), nobody_online).await;
        }
    }

    pub(crate) async fn attempt(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        entry: &MessageRecord,
        item: &Item,
        nobody_online: bool,
    ) -> Result<Disposition, CoreError> {
        // What came aside told who has the thread when it came.
        if !matches!(entry.state, MessageState::AwaitingRoom { .. }) {
            self.threads.thread_event(conversation, account, item).await?;
        }
        let mut showing = DeliveryContext::new(conversation, account, entry, item, nobody_online);
        // An earlier attempt may have got part of the way: by this process, or by one that is gone.
        let known = self.event_turns.memory.incoming.borrow_mut().insert(entry.entry_id.clone(), true);
        let untouched = match known {
            Some(tried) => !tried,
            // What is read in order from a backlog was shown to no end by the process that read before at most.
            None => entry.segment.is_some() && !showing.conversation.half_shown,
        };
        if !untouched {
            showing.look_for_leftovers();
        }
        let became = self.event_renderer.show(&mut showing).await?;
        let along = std::mem::take(&mut showing.along);
        self.settle_along(conversation, along).await?;
        Ok(became)
    }

    /// Shows what waited for an agent's answer.
    pub(crate) async fn show_asides(&self, id: &ConversationId) -> Result<(), CoreError> {
        let _lock = self.cx.lock(&id.to_string()).await;
        let Some(account) = self.accounts.account(id.channel, &id.account).await? else { return Ok(()) };
        let mut conversation = self.conversations.conversation(id).await?;
        let asides = asides(&conversation);
        let skip = asides.len().saturating_sub(MOST_ASIDES);
        for (at, aside) in asides.into_iter().enumerate() {
            let Some(event) = aside.event().cloned() else { continue };
            let about = account.read(&event);
            let mut showing = DeliveryContext::new(&mut conversation, &account, &aside, &about, false);
            showing.look_for_leftovers();
            let became = match at < skip {
                true => Ok(Disposition::Delivered(Delivered::nothing())),
                false => self.event_renderer.show(&mut showing).await,
            };
            match became {
                Ok(Disposition::Delivered(shown)) => {
                    self.settle(&mut conversation, aside.clone(), shown.into_state(event)).await?;
                }
                Ok(_) => {}
                Err(error) => self.cx.warn("inbound-aside", error.code()),
            }
        }
        Ok(())
    }

    /// An event that fails again and again is shown as a note. When not even that works, the fault is the server's and
    /// not the event's: it waits, on the ledger if it was there or if no room is made for it.
    pub(crate) async fn show_poison(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        entry: MessageRecord,
        item: &Item,
        code: &str,
        nobody_online: &mut bool,
    ) -> Result<ControlFlow, CoreError> {
        let mut showing = DeliveryContext::new(conversation, account, &entry, item, *nobody_online);
        showing.look_for_leftovers();
        match self.event_renderer.show_failure(&mut showing, code).await {
            Ok(became) => self.became(conversation, account, entry, item, became, nobody_online).await,
            Err(error) if self.belongs_on_ledger(&entry, &error) => {
                self.cx.host.log(LogLevel::Error, "inbound-held", error.code());
                self.became(conversation, account, entry, item, Disposition::AwaitingAgent, nobody_online).await
            }
            Err(error) if self.cx.now_ms().saturating_sub(entry.stored_at) > GIVE_UP_MS => {
                self.cx.host.log(LogLevel::Error, "inbound-parked", error.code());
                let Some(event) = entry.event().cloned() else { return Ok(ControlFlow::Next) };
                let code = error.code().to_owned();
                self.tell_given_up(account.channel, &account.shown(), key!("in_given_up"), &code).await;
                self.settle(conversation, entry, MessageState::DeadLetter { event, code }).await
            }
            Err(error) => {
                self.cx.host.log(LogLevel::Error, "inbound-waits", error.code());
                Ok(ControlFlow::Stop)
            }
        }
    }

    /// Whether an event that cannot be shown in any form counts as one that nobody can serve.
    pub(crate) fn belongs_on_ledger(&self, entry: &MessageRecord, error: &CoreError) -> bool {
        if entry.is_held() {
            return true;
        }
        let CoreError::Host(error) = error else { return false };
        let lasts = self.cx.now_ms().saturating_sub(entry.stored_at) > REFUSED_MS;
        error.is_nobody_online() || (error.is_of::<RoomCreate>() && lasts)
    }

    /// Those who look after the account learn that customers' messages are in no room.
    pub(crate) async fn tell_given_up(&self, channel: Channel, account: &str, key: Key, code: &str) {
        let told_at = self.memory.given_up_told_at.get();
        if told_at.is_some_and(|at| self.cx.now_ms().saturating_sub(at).saturating_abs() < TELL_MS) {
            return;
        }
        self.memory.given_up_told_at.set(Some(self.cx.now_ms()));
        let shown = omni_domain::render::text::verbatim(account);
        let values = [("account", &*shown), ("network", channel.label()), ("code", code)];
        let text = self.cx.text(&self.cx.workspace_lang().await, key, &values);
        if let Err(error) = self.speaker.announce(channel, text, Vec::new()).await {
            self.cx.warn("inbound-parked-untold", error.code());
        }
    }

    pub(crate) async fn became(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        entry: MessageRecord,
        item: &Item,
        became: Disposition,
        nobody_online: &mut bool,
    ) -> Result<ControlFlow, CoreError> {
        let Some(event) = entry.event().cloned() else { return Ok(ControlFlow::Next) };
        let state = match became {
            Disposition::Delivered(shown) => shown.into_state(event),
            Disposition::AwaitingRoom => MessageState::AwaitingRoom { event },
            Disposition::Later => return Ok(ControlFlow::Next),
            Disposition::AwaitingAgent => {
                *nobody_online = true;
                let again = entry.is_held();
                let hold = match again {
                    true if entry.segment.is_none() => Hold::Keep,
                    // Nobody may have known yet that nobody is there.
                    true => {
                        self.waiting_entries.hold_for_later(conversation, account, &entry, item).await?;
                        Hold::Keep
                    }
                    false => self.waiting_entries.hold_for_later(conversation, account, &entry, item).await?,
                };
                match hold {
                    Hold::Keep => MessageState::AwaitingAgent { event },
                    Hold::File => MessageState::DeadLetter { event, code: "nobody-online".to_owned() },
                }
            }
        };
        let room_id = match &state {
            MessageState::Delivered { room_id, .. } => room_id.clone(),
            _ => None,
        };
        let addresses_us = entry.addresses_us();
        let came_aside = entry.opens_window && !entry.is_held() && !matches!(state, MessageState::AwaitingAgent { .. });
        let onward = self.settle(conversation, entry, state).await?;
        if let Some(room_id) = room_id.filter(|_| addresses_us) {
            self.auto_messages.message_shown(&conversation.head.id, &room_id);
        }
        if came_aside && conversation.entries.iter().any(|entry| entry.is_held() && entry.segment.is_none()) {
            self.waiting_entries.waiting_changed(conversation).await?;
        }
        self.limit_asides(conversation).await?;
        Ok(onward)
    }
}
