//! What agents do to messages that are there: reactions, edits, deletions.

use crate::api::MessageInput;
use crate::error::CoreError;
use crate::host::{Host, User};
use crate::outbox::agent_notices::Recipient;
use crate::outbox::relay::AgentMessages;
use omni_domain::account::LoginRoute;
use omni_domain::channel::Channel;
use omni_domain::compose::emoji;
use omni_domain::compose::plan::plan;
use omni_domain::conversation::ConversationId;
use omni_domain::key;
use omni_domain::message_record::{MessageRecord, MessageState, entry_of};
use omni_domain::outgoing::{Part, PartState, says};
use omni_domain::permissions::is_person;

impl<H: Host> AgentMessages<H> {
    /// A person set a reaction or took it back: the customer sees it too, as far as the network has such a reaction.
    pub(crate) async fn relay_reaction(
        &self,
        id: &ConversationId,
        input: &MessageInput,
        shortcode: &str,
        on: bool,
    ) -> Result<(), CoreError> {
        let Some(person) = person(input) else { return Ok(()) };
        let listener = Recipient::new(person, &input.room.id);
        let reaction = emoji::of_reaction(shortcode);
        let account = self.accounts.account(id.channel, &id.account).await?;
        let route = account.map_or(LoginRoute::Facebook, |account| account.route);
        let hearts_only = id.channel == Channel::Instagram && route == LoginRoute::Facebook;
        let offered = reaction.as_deref().is_some_and(|reaction| !hearts_only || emoji::is_heart(reaction));
        if !offered {
            let key = if hearts_only { key!("out_reaction_hearts_only") } else { key!("out_reaction_unknown") };
            if on {
                self.agent_notices.tell_key(&listener, key, id.channel.label()).await;
            }
            return Ok(());
        }
        let reaction = reaction.filter(|_| on).unwrap_or_default();
        let parts = vec![Part { reaction: Some(reaction), ..Part::default() }];
        let mut entry = self.outgoing_records.outgoing(id, &input.message, Some(person), parts);
        entry.identity = format!("reaction:{}", entry.entry_id);
        entry.event_at = self.cx.now_ms();
        if let MessageState::Outgoing(outbox) = &mut entry.state {
            outbox.about = Some(std::mem::take(&mut outbox.message_id));
            outbox.human = true;
        }
        self.outbox_queue.send_entry(entry).await
    }

    /// Somebody rewrote a message. What is still here goes out as it reads now; what is at Meta stays as it was.
    pub(crate) async fn relay_edit(&self, id: &ConversationId, input: &MessageInput) -> Result<(), CoreError> {
        let settings = self.cx.settings().await?;
        let Ok(mut now) = plan(&input.message, &settings, id.channel.platform()) else { return Ok(()) };
        let _lock = self.cx.lock(&format!("outbox:{id}")).await;
        let Some(mut entry) = self.sent_as(id, &input.message.id).await? else { return Ok(()) };
        let MessageState::Outgoing(outbox) = &mut entry.state else { return Ok(()) };
        if says(&outbox.parts) == says(&now) {
            // A link's preview was added, or a mark of the server's own.
            return Ok(());
        }
        let listener = person(input).map(|person| Recipient::new(person, &input.room.id));
        if outbox.is_all_here() {
            let refused = outbox.parts.iter().map(|part| &part.state).find(|state| **state != PartState::Waiting);
            if let Some(refused) = refused.cloned() {
                now.iter_mut().for_each(|part| part.state = refused.clone());
            }
            outbox.parts = now;
            let refused = outbox.is_refused();
            self.records.put_record(&entry).await?;
            if let Some(listener) = listener.filter(|_| refused) {
                self.agent_notices.offer_again(&listener, key!("out_edited_unsent"), &entry).await;
            }
            return Ok(());
        }
        if let Some(listener) = listener {
            self.agent_notices.tell_key(&listener, key!("out_edited"), id.channel.label()).await;
        }
        Ok(())
    }

    /// Somebody deleted a message. What is still here stays here; what is at Meta cannot be taken back.
    pub(crate) async fn relay_deletion(&self, id: &ConversationId, input: &MessageInput) -> Result<(), CoreError> {
        if input.actor.is_none() {
            // The server tidies up.
            return Ok(());
        }
        let _lock = self.cx.lock(&format!("outbox:{id}")).await;
        let conversation = self.conversations.conversation(id).await?;
        let Some(mut entry) = entry_of(&conversation.entries, &input.message.id).cloned() else {
            let archived = self.archives.find_link_by_message(&conversation, &input.message.id).await?;
            return match (person(input), archived) {
                (Some(person), Some(archived)) if archived.outgoing && !archived.mids.is_empty() => {
                    self.tell_deleted(person, &input.room.id, id.channel).await;
                    Ok(())
                }
                _ => Ok(()),
            };
        };
        let elsewhere = self.outbox_queue.is_at_work_elsewhere(&entry).is_some();
        let MessageState::Outgoing(outbox) = &mut entry.state else { return Ok(()) };
        let out = outbox.mids().next().is_some() || outbox.is_in_flight();
        if !elsewhere && (outbox.is_unsent() || outbox.is_refused()) {
            if outbox.is_in_flight() {
                // Should it turn out that Meta never had it, it never will.
                outbox.withdrawn = true;
            } else {
                outbox.withdraw();
            }
            self.records.put_record(&entry).await?;
        }
        if let Some(person) = person(input).filter(|_| out) {
            self.tell_deleted(person, &input.room.id, id.channel).await;
        }
        Ok(())
    }

    /// Meta's API takes nothing back of what a business sent.
    async fn tell_deleted(&self, person: &User, room_id: &str, channel: Channel) {
        self.agent_notices.tell_key(&Recipient::new(person, room_id), key!("out_deleted"), channel.label()).await;
    }

    async fn sent_as(&self, id: &ConversationId, message_id: &str) -> Result<Option<MessageRecord>, CoreError> {
        Ok(entry_of(&self.conversations.conversation(id).await?.entries, message_id).cloned())
    }
}

/// Whoever did it, when it was a person: the app changes messages too, and the server, which names nobody.
fn person(input: &MessageInput) -> Option<&User> {
    input.actor.as_ref().filter(|actor| is_person(actor))
}
