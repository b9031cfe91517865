//! Meta is asked for messages that an event only names.

use crate::accounts::manage::AccountManager;
use crate::accounts::open_rooms::DeadTokens;
use crate::accounts::webhook_watch::{Omitted, WebhookWatch};
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::message_reader::MessageReader;
use crate::gateway::setup_channel::Speaker;
use crate::host::Host;
use crate::inbox::intake::{Incoming, Intake};
use crate::inbox::settle::Inbox;
use crate::store::Records;
use crate::store::accounts::Accounts;
use crate::store::archives::Archives;
use crate::store::backlogs::Backlogs;
use crate::store::load::Conversations;
use crate::store::unconfirmed_records::UnconfirmedRecords;
use meta_wire::answer::{Class, Invalid, Participant, Refusal};
use meta_wire::ids::{AccountId, Mid};
use meta_wire::webhook::{edit_of_stored, item_of_stored};
use omni_domain::account::Account;
use omni_domain::account::card::account_value;
use omni_domain::channel::Channel;
use omni_domain::conversation::ConversationId;
use omni_domain::graph_error::GraphCallError;
use omni_domain::key;
use omni_domain::message_record::MessageRecord;
use omni_domain::retry::Backoff;
use omni_domain::unconfirmed::{Named, Unconfirmed, is_account, is_unknown};

/// What Meta answered.
pub(crate) enum Answer {
    /// Nothing: it was not asked.
    Known,
    /// What the message is.
    Told,
    /// Meta has no such message, or no longer shows it.
    Gone,
    Refused(Refusal),
}

/// Pause between two questions in the name of one account, in milliseconds: Meta allows two a second
/// ([conversations](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations)).
pub(crate) const PACE_MS: u32 = 600;

service! {
    /// Asks Meta for messages that an event only names, and shows what it answers.
    pub(crate) Confirmation {
        account_manager: AccountManager,
        accounts: Accounts,
        archives: Archives,
        backlogs: Backlogs,
        cx: Context,
        conversations: Conversations,
        dead_tokens: DeadTokens,
        inbox: Inbox,
        intake: Intake,
        message_reader: MessageReader,
        records: Records,
        speaker: Speaker,
        unconfirmed_records: UnconfirmedRecords,
        webhook_watch: WebhookWatch,
    }
}

impl<H: Host> Confirmation<H> {
    /// One account's, one after the other.
    pub(crate) async fn confirm_of(
        &self,
        (channel, id): (Channel, AccountId),
        records: Vec<Unconfirmed>,
    ) -> Result<(), CoreError> {
        for mut record in records {
            let Some(account) = self.accounts.account(channel, &id).await? else {
                // Nobody may read it any more.
                self.records.remove_record(&record).await?;
                continue;
            };
            if !record.signed && record.is_late(self.cx.now_ms()) {
                self.webhook_watch.count_omitted(channel, Omitted::Unconfirmed, record.messages.len());
                self.records.remove_record(&record).await?;
                continue;
            }
            while let Some(named) = record.messages.first().cloned() {
                // Another record of the same account may have used up its turn.
                if self.intake.memory.confirming.due_at(&record) > self.cx.now_ms() {
                    break;
                }
                let answer = self.find_out(&account, &named).await?;
                match &answer {
                    Answer::Known => {}
                    _ if record.signed => self.cx.host.sleep(PACE_MS).await,
                    _ => self.intake.memory.confirming.asked_unsigned(
                        &id,
                        matches!(answer, Answer::Told),
                        self.cx.now_ms(),
                    ),
                }
                match &answer {
                    Answer::Known | Answer::Told => {}
                    // Not to be told from one that was forged.
                    Answer::Refused(refusal) if !record.signed && is_unknown(refusal) => {
                        self.webhook_watch.count_omitted(channel, Omitted::Unconfirmed, 1);
                    }
                    Answer::Gone if !record.signed => {
                        self.webhook_watch.count_omitted(channel, Omitted::Unconfirmed, 1);
                    }
                    Answer::Gone => self.cx.warn("message-gone", channel.as_str()),
                    Answer::Refused(refusal) => {
                        self.cx.warn("message-not-read", &refusal.to_string());
                        record.tries = record.tries.saturating_add(1);
                        if !record.is_hopeless(refusal, self.cx.now_ms()) {
                            record.due_at =
                                self.cx.now_ms().saturating_add(Backoff::READ_BACK.after(record.tries).into());
                            record.worker = self.cx.worker().to_owned();
                            self.records.put_record(&record).await?;
                            break;
                        }
                        self.tell_unreadable(&account, refusal).await?;
                    }
                }
                record.tries = 0;
                record.messages.remove(0);
                match record.messages.is_empty() {
                    true => self.records.remove_record(&record).await?,
                    false => self.records.put_record(&record).await?,
                }
            }
        }
        Ok(())
    }

    /// Whether the message is known, and if not what Meta says it is: shown on return.
    pub(crate) async fn find_out(&self, account: &Account, named: &Named) -> Result<Answer, CoreError> {
        let of = |person| ConversationId { channel: account.channel, account: account.id.clone(), person };
        if named.num_edit.is_none() {
            if self.intake.memory.confirming.has(&named.mid) {
                return Ok(Answer::Known);
            }
            if let Some(person) = named.person.clone()
                && self.is_known(&of(person), &named.mid).await?
            {
                return Ok(Answer::Known);
            }
        }
        let stored = match self.message_reader.read_message(account, &named.mid).await {
            Ok(stored) => stored,
            Err(refusal) if matches!(refusal.class, Class::Invalid(Invalid::MessageGone)) => return Ok(Answer::Gone),
            Err(refusal) => {
                if matches!(refusal.class, Class::TokenDead(_)) {
                    self.dead_tokens.token_died(account, &refusal).await?;
                }
                return Ok(Answer::Refused(refusal));
            }
        };
        self.reads_again(account).await?;
        let platform = account.platform();
        let own = |side: &Participant| is_account(account, side);
        let new = item_of_stored(platform, named.part, &account.id, own, &stored);
        let Some((new, person)) = new.and_then(|item| item.customer_id().cloned().map(|person| (item, person))) else {
            self.cx.warn("message-of-nobody", "Meta's answer does not say who the customer is");
            return Ok(Answer::Gone);
        };
        let id = of(person);
        let known = match named.num_edit {
            Some(number) if self.is_known(&id, &named.mid).await? => {
                edit_of_stored(platform, named.part, &account.id, own, &stored, number)
            }
            _ => Some(new),
        };
        if let Some(item) = known {
            let taken = self.intake.store_events(id, vec![Incoming::new(item, None)]).await?;
            self.inbox.work_off_taken(taken).await;
        }
        Ok(Answer::Told)
    }

    /// Whether the message is shown, held, queued or filed, by whichever side it was written.
    pub(crate) async fn is_known(&self, id: &ConversationId, mid: &Mid) -> Result<bool, CoreError> {
        let conversation = self.conversations.conversation(id).await?;
        let identities = ["message", "postback", "echo"].map(|kind| format!("{kind}:{mid}"));
        let is_it = |entry: &MessageRecord| identities.contains(&entry.identity);
        Ok(conversation.entries.iter().any(is_it)
            || (conversation.has_backlog() && self.backlogs.waiting_about(id, mid).await?.iter().any(is_it))
            || self.archives.find_link_by_mid(&conversation, mid).await?.is_some())
    }

    /// Says once in the setup channel that Meta lets nobody read the account's messages.
    pub(crate) async fn tell_unreadable(&self, account: &Account, refusal: &Refusal) -> Result<(), CoreError> {
        if !self.set_reads_refused(account, true).await? {
            return Ok(());
        }
        let lang = self.cx.workspace_lang().await;
        let shown = omni_domain::render::text::verbatim(&account.shown());
        let reason = GraphCallError::Refused(refusal.clone()).text(self.cx.translator(&lang));
        let values = [("account", &*shown), ("network", account.channel.label()), ("reason", &*reason)];
        self.speaker
            .inform(account.channel, self.cx.text(&lang, key!("account_messages_unreadable"), &values), Vec::new())
            .await;
        Ok(())
    }

    pub(crate) async fn reads_again(&self, account: &Account) -> Result<(), CoreError> {
        if account.reads_refused {
            self.set_reads_refused(account, false).await?;
        }
        Ok(())
    }

    /// Answers whether that is news.
    pub(crate) async fn set_reads_refused(&self, account: &Account, refused: bool) -> Result<bool, CoreError> {
        let value = account_value(account);
        let _lock = self.cx.lock(&format!("account:{value}")).await;
        let Some(mut stored) = self.account_manager.account_named(&value).await? else { return Ok(false) };
        let news = stored.reads_refused != refused;
        if news {
            stored.reads_refused = refused;
            self.accounts.save_account(&stored).await?;
        }
        Ok(news)
    }
}
