//! An agent's message on its way to the customer.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::people::People;
use crate::host::{Host, Message};
use crate::outbox::agent_notices::AgentNotices;
use crate::outbox::outgoing::OutgoingRecords;
use crate::outbox::twins::OutboxQueue;
use crate::outbox::window_banner::WindowBanners;
use crate::store::Records;
use crate::store::accounts::Accounts;
use crate::store::archives::Archives;
use crate::store::load::Conversations;
use crate::store::visitor_keys::VisitorKeys;
use omni_domain::compose::plan::{plan, quoted};
use omni_domain::conversation::ConversationId;
use omni_domain::message_record::MessageState;
use omni_domain::permissions::is_human;
use omni_domain::send_error::SendError;

service! {
    /// Takes what agents do in rooms: sends their messages, relays reactions, edits and deletions, tries again.
    pub(crate) AgentMessages {
        accounts: Accounts,
        agent_notices: AgentNotices,
        archives: Archives,
        cx: Context,
        conversations: Conversations,
        outbox_queue: OutboxQueue,
        outgoing_records: OutgoingRecords,
        people: People,
        records: Records,
        visitor_keys: VisitorKeys,
        window_banners: WindowBanners,
    }
}

impl<H: Host> AgentMessages<H> {
    pub(crate) async fn relay_message(&self, id: &ConversationId, message: &Message) -> Result<(), CoreError> {
        let settings = self.cx.settings().await?;
        let parts = match plan(message, &settings, id.channel.platform()) {
            Ok(parts) => parts,
            Err(trouble) => return self.tell_unplanned(id, message, &trouble).await,
        };
        let mut entry = self.outgoing_records.outgoing(id, message, message.sender.as_ref(), parts);
        if let MessageState::Outgoing(outbox) = &mut entry.state {
            outbox.human = is_human(message);
            outbox.about = message.cards.iter().find_map(quoted).or_else(|| message.thread_id.clone());
        }
        self.outbox_queue.send_entry(entry).await
    }

    /// Says why a message is not even tried.
    pub(crate) async fn tell_unplanned(
        &self,
        id: &ConversationId,
        message: &Message,
        trouble: &SendError,
    ) -> Result<(), CoreError> {
        let entry = self.outgoing_records.outgoing(id, message, message.sender.as_ref(), Vec::new());
        self.agent_notices.tell_failed(&entry, trouble).await;
        Ok(())
    }
}
