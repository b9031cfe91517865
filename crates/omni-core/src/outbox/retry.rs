//! An agent has a message tried again.

use crate::error::CoreError;
use crate::host::{Host, MessageFind, RoomFind, User};
use crate::outbox::agent_notices::{FAILED, Recipient};
use crate::outbox::relay::AgentMessages;
use omni_domain::compose::plan::is_for_customer;
use omni_domain::conversation::ConversationId;
use omni_domain::key;
use omni_domain::message_record::{MessageRecord, MessageState, entry_of};
use omni_domain::outgoing::PartState;

impl<H: Host> AgentMessages<H> {
    /// An agent wants a message tried again.
    pub(crate) async fn retry(&self, user: &User, value: &str, room_id: &str) -> Result<(), CoreError> {
        let (entry_id, message_id) = value.split_once(':').unwrap_or((value, ""));
        let found = self.records.read_one::<MessageRecord>(&format!("entry:{entry_id}")).await?;
        let Some(mut entry) = found else { return self.retry_archived(user, message_id, room_id).await };
        let MessageState::Outgoing(outbox) = &mut entry.state else { return Ok(()) };
        let listener = Recipient::new(user, &outbox.room_id);
        match self.room_to_act_in(user, &listener).await? {
            Some(id) if id == entry.conversation => {}
            _ => return Ok(()),
        }
        if !outbox.is_refused() || outbox.withdrawn {
            self.agent_notices.tell_key(&listener, key!("out_retry_needless"), "").await;
            return Ok(());
        }
        outbox.set_rest(&PartState::Waiting);
        (outbox.tries, outbox.next_at) = (0, 0);
        self.records.put_record(&entry).await?;
        self.outbox_queue.send_waiting(&entry.conversation, false).await
    }

    /// The same for a message whose record is not at hand: archived meanwhile, or never made. It goes out as it reads now,
    /// unless something of it went out before.
    pub(crate) async fn retry_archived(&self, user: &User, message_id: &str, room_id: &str) -> Result<(), CoreError> {
        let listener = Recipient::new(user, room_id);
        let found = match message_id {
            "" => None,
            id => {
                self.cx.call(MessageFind { message_id: id.to_owned() }).await?.filter(|found| found.room_id == room_id)
            }
        };
        let Some(message) = found else {
            self.agent_notices.tell_key(&listener, key!("out_retry_needless"), "").await;
            return Ok(());
        };
        let Some(id) = self.room_to_act_in(user, &listener).await? else { return Ok(()) };
        let conversation = self.conversations.conversation(&id).await?;
        if let Some(entry) = entry_of(&conversation.entries, message_id) {
            // Tried again since, by another button.
            return Box::pin(self.retry(user, &entry.entry_id, room_id)).await;
        }
        let link = self.archives.find_link_by_message(&conversation, message_id).await?;
        if !is_for_customer(&message, id.channel.bot()) || link.is_some_and(|link| !link.mids.is_empty()) {
            self.agent_notices.tell_key(&listener, key!("out_retry_needless"), "").await;
            return Ok(());
        }
        self.agent_notices.mark(message_id, FAILED, false).await;
        self.relay_message(&id, &message).await
    }

    /// The conversation of the listener's room, when it is one and the person may act in it; otherwise they are told why not.
    pub(crate) async fn room_to_act_in(
        &self,
        user: &User,
        listener: &Recipient,
    ) -> Result<Option<ConversationId>, CoreError> {
        let room = self.cx.call(RoomFind { room_id: listener.room_id.clone() }).await?;
        let id = match &room {
            Some(room) => self.visitor_keys.conversation_in(room).await?,
            None => None,
        };
        let (Some(room), Some(id)) = (room, id) else {
            self.agent_notices.tell_key(listener, key!("out_retry_needless"), "").await;
            return Ok(None);
        };
        if self.people.may_act_in(user, &room).await? {
            return Ok(Some(id));
        }
        self.agent_notices.tell_key(listener, key!("room_not_yours"), "").await;
        Ok(None)
    }
}
