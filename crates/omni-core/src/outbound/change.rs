//! What agents do to messages that are there: reactions, edits, deletions.

use super::emoji;
use super::plan::plan;
use super::trouble::Listener;
use crate::entry::{Channel, MessageInput};
use crate::error::CoreError;
use crate::host::{Host, User};
use crate::key;
use crate::session::Session;
use crate::store::{ConversationId, Entry, EntryState, Part, PartState};
use meta_wire::ids::Mid;

use crate::store::Conversation;

impl<H: Host> Session<H> {
    /// Meta's id of a message in Rocket.Chat: of several the last one, which stands nearest to what is said now.
    pub(super) async fn mid_of(&self, conversation: &Conversation, message_id: &str) -> Result<Option<Mid>, CoreError> {
        let link = self.find_link_by_message(conversation, message_id).await?;
        Ok(link.and_then(|link| link.mids.last().cloned()))
    }

    /// A person set a reaction or took it back: the customer sees it too, as far as the network has such a reaction.
    pub(super) async fn relay_reaction(
        &self,
        id: &ConversationId,
        input: &MessageInput,
        shortcode: &str,
        on: bool,
    ) -> Result<(), CoreError> {
        let Some(person) = person(input) else { return Ok(()) };
        let listener = Listener::new(person, &input.room.id);
        let reaction = emoji::of_reaction(shortcode);
        let offered = match id.channel {
            Channel::Instagram => reaction.as_deref().is_some_and(emoji::is_heart),
            Channel::Facebook => reaction.is_some(),
        };
        if !offered {
            let key = match id.channel {
                Channel::Instagram => key!("out_reaction_hearts_only"),
                Channel::Facebook => key!("out_reaction_unknown"),
            };
            if on {
                self.tell_key(&listener, key, id.channel.label()).await;
            }
            return Ok(());
        }
        let reaction = reaction.filter(|_| on).unwrap_or_default();
        let parts = vec![Part { reaction: Some(reaction), ..Part::default() }];
        let mut entry = self.outgoing(id, &input.message, Some(person), parts);
        entry.identity = format!("reaction:{}", entry.entry_id);
        entry.event_at = self.now_ms();
        if let EntryState::Outgoing(outbox) = &mut entry.state {
            outbox.about = Some(std::mem::take(&mut outbox.message_id));
            outbox.human = true;
        }
        self.send_entry(entry).await
    }

    /// Somebody rewrote a message. What is still here goes out as it reads now; what is at Meta stays as it was.
    pub(super) async fn relay_edit(&self, id: &ConversationId, input: &MessageInput) -> Result<(), CoreError> {
        let Some(person) = person(input) else { return Ok(()) };
        let settings = self.settings().await?;
        let Ok(mut now) = plan(&input.message, &settings, id.channel.platform()) else { return Ok(()) };
        let _lock = self.lock(&format!("outbox:{id}")).await;
        let Some(mut entry) = self.sent_as(id, &input.message.id).await? else { return Ok(()) };
        let EntryState::Outgoing(outbox) = &mut entry.state else { return Ok(()) };
        let before: Vec<&str> = outbox.parts.iter().map(|part| part.text.as_str()).collect();
        let after: Vec<&str> = now.iter().map(|part| part.text.as_str()).collect();
        if before == after {
            // A link's preview was added, or a mark of the server's own.
            return Ok(());
        }
        let all_here = outbox.parts.iter().all(|part| part.state == PartState::Waiting);
        if all_here {
            outbox.parts.clear();
            outbox.parts.append(&mut now);
            return self.put_record(&entry).await;
        }
        let listener = Listener::new(person, &input.room.id);
        self.tell_key(&listener, key!("out_edited"), id.channel.label()).await;
        Ok(())
    }

    /// Somebody deleted a message. What is still here stays here; what is at Meta cannot be taken back.
    pub(super) async fn relay_deletion(&self, id: &ConversationId, input: &MessageInput) -> Result<(), CoreError> {
        let Some(person) = person(input) else { return Ok(()) };
        let _lock = self.lock(&format!("outbox:{id}")).await;
        let Some(mut entry) = self.sent_as(id, &input.message.id).await? else { return Ok(()) };
        let EntryState::Outgoing(outbox) = &mut entry.state else { return Ok(()) };
        let out = outbox.mids().next().is_some() || outbox.is_leaving();
        if outbox.is_unsent() && !outbox.is_leaving() {
            outbox.set_rest(&PartState::Refused { code: "deleted".into() });
            self.put_record(&entry).await?;
        }
        if out {
            let listener = Listener::new(person, &input.room.id);
            self.tell_key(&listener, key!("out_deleted"), id.channel.label()).await;
        }
        Ok(())
    }

    async fn sent_as(&self, id: &ConversationId, message_id: &str) -> Result<Option<Entry>, CoreError> {
        let conversation = self.conversation(id).await?;
        let is_it =
            |entry: &Entry| matches!(&entry.state, EntryState::Outgoing(outbox) if outbox.message_id == message_id);
        Ok(conversation.entries.into_iter().find(is_it))
    }
}

/// Whoever did it, when it was a person: the app changes messages too, and the server, which names nobody.
fn person(input: &MessageInput) -> Option<&User> {
    input.actor.as_ref().filter(|actor| actor.kind == "user")
}
