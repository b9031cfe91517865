//! What keeps a message from the customer, said to the agent: why, and what to do next.

use crate::error::CoreError;
use crate::host::{Host, MessageFind, React, RoomFind, Sender, User, Whisper};
use crate::key;
use crate::session::Session;
use crate::store::{ConversationId, Entry, EntryState, Outbox, PartState};
use crate::texts::{Key, Lang};
use crate::ui::area;
use omni_domain::blocks;
use omni_domain::compose::plan::is_for_customer;
use omni_domain::message_record::entry_of;
use omni_domain::send_error::{Trouble, may_help, reason};
use serde_json::Value;

/// The app's mark on a message that did not reach the customer.
pub(super) const FAILED: &str = ":warning:";

/// Its mark on one that is to go out later.
const WAITS: &str = ":hourglass_flowing_sand:";

/// Where and to whom something is said.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    pub(super) user_id: String,
    pub(super) room_id: String,
    pub(super) lang: Lang,
}

impl Listener {
    pub(super) fn new(user: &User, room_id: &str) -> Self {
        Self { user_id: user.id.clone(), room_id: room_id.to_owned(), lang: Lang::new(&user.language) }
    }

    /// Whoever wrote the message; `None` for the app itself.
    pub(super) fn of(outbox: &Outbox) -> Option<Self> {
        let user_id = outbox.sender_id.clone()?;
        Some(Self { user_id, room_id: outbox.room_id.clone(), lang: Lang::new(&outbox.lang) })
    }
}

impl<H: Host> Session<H> {
    /// Says something to one person in a room. Whether they see it decides nothing.
    pub(super) async fn whisper_to(&self, listener: &Listener, text: String, blocks: Vec<Value>) {
        let (user_id, room_id) = (listener.user_id.clone(), listener.room_id.clone());
        if user_id.is_empty() || room_id.is_empty() {
            return;
        }
        if let Err(error) = self.call(Whisper { user_id, room_id, sender: Sender::App, text, blocks }).await {
            self.warn("agent-not-told", error.code());
        }
    }

    /// The listener's language, or the workspace's.
    pub(super) async fn listener_lang(&self, listener: &Listener) -> Lang {
        listener.lang.clone().or(&self.workspace_lang().await)
    }

    /// A sentence or two of their own, with nothing to fill in but the network's name.
    pub(super) async fn tell_key(&self, listener: &Listener, key: Key, network: &str) {
        let lang = self.listener_lang(listener).await;
        let text = self.text(&lang, key, &[("network", network)]);
        self.whisper_to(listener, text, Vec::new()).await;
    }

    /// Marks a message that did not reach the customer and says why, with a button where trying again may help.
    pub(super) async fn tell_failed(&self, entry: &Entry, trouble: &Trouble) {
        let EntryState::Outgoing(outbox) = &entry.state else { return };
        self.mark(&outbox.message_id, WAITS, false).await;
        self.mark(&outbox.message_id, FAILED, true).await;
        let Some(listener) = Listener::of(outbox) else { return self.note_failed(outbox, trouble).await };
        let lang = self.listener_lang(&listener).await;
        let text = trouble.text(self.translator(&lang));
        let shown = if may_help(&trouble.code) { self.with_retry(&lang, &text, entry) } else { Vec::new() };
        self.whisper_to(&listener, text, shown).await;
    }

    /// Says something about a message that did not go out, with a button to have it tried again.
    pub(super) async fn offer_again(&self, listener: &Listener, key: Key, entry: &Entry) {
        let lang = self.listener_lang(listener).await;
        let text = self.text(&lang, key, &[]);
        let shown = self.with_retry(&lang, &text, entry);
        self.whisper_to(listener, text, shown).await;
    }

    /// The button names the message too: what is known of its way is filed after a while.
    fn with_retry(&self, lang: &Lang, text: &str, entry: &Entry) -> Vec<Value> {
        let label = self.text(lang, key!("out_retry"), &[]);
        let action = format!("{}:{RETRY}", area::OUTBOUND);
        let message_id = entry.link().message_ids.pop().unwrap_or_default();
        let value = format!("{}:{message_id}", entry.entry_id);
        let button = blocks::button(&label, &action, &value, blocks::Look::Plain);
        vec![blocks::section(text), blocks::actions("outbound:next", vec![button])]
    }

    /// What the app said by itself is refused to whoever had it said. When it failed only later, the room is told.
    async fn note_failed(&self, outbox: &Outbox, trouble: &Trouble) {
        if outbox.told.is_none() || outbox.room_id.is_empty() {
            return;
        }
        let text = trouble.text(self.translator(&self.workspace_lang().await));
        if let Err(error) = self.tell_in_room(&outbox.room_id, None, text, Vec::new()).await {
            self.warn("room-not-told", error.code());
        }
    }

    /// Why a message is not sent, by the code that [`Said::Refused`](super::Said::Refused) carries.
    pub(crate) fn why_not_sent(&self, lang: &Lang, code: &str) -> String {
        self.text(lang, reason(code), &[("number", code)])
    }

    /// Marks a message that goes out later. What waits for people rather than for time is said once.
    pub(super) async fn tell_waits(&self, outbox: &mut Outbox, code: &str, say: bool) {
        if outbox.told.as_deref() == Some(code) {
            return;
        }
        outbox.told = Some(code.to_owned());
        self.mark(&outbox.message_id, WAITS, true).await;
        if let Some(listener) = Listener::of(outbox).filter(|_| say) {
            let lang = self.listener_lang(&listener).await;
            let text = self.text(&lang, reason(code), &[]);
            self.whisper_to(&listener, text, Vec::new()).await;
        }
    }

    /// Takes the marks off a message that went out after all.
    pub(super) async fn unmark(&self, outbox: &mut Outbox) {
        if outbox.told.take().is_some() {
            self.mark(&outbox.message_id, WAITS, false).await;
            self.mark(&outbox.message_id, FAILED, false).await;
        }
    }

    pub(super) async fn mark(&self, message_id: &str, emoji: &str, on: bool) {
        if message_id.is_empty() {
            return;
        }
        let call = React { message_id: message_id.to_owned(), emoji: emoji.to_owned(), on };
        if let Err(error) = self.call(call).await {
            // The message may be gone, or never had the mark.
            self.warn("message-not-marked", error.code());
        }
    }

    /// An agent wants a message tried again.
    pub(super) async fn retry(&self, user: &User, value: &str, room_id: &str) -> Result<(), CoreError> {
        let (entry_id, message_id) = value.split_once(':').unwrap_or((value, ""));
        let found = self.read_one::<Entry>(&format!("entry:{entry_id}")).await?;
        let Some(mut entry) = found else { return self.retry_filed(user, message_id, room_id).await };
        let EntryState::Outgoing(outbox) = &mut entry.state else { return Ok(()) };
        let listener = Listener::new(user, &outbox.room_id);
        match self.room_to_act_in(user, &listener).await? {
            Some(id) if id == entry.conversation => {}
            _ => return Ok(()),
        }
        if !outbox.is_refused() || outbox.withdrawn {
            self.tell_key(&listener, key!("out_retry_needless"), "").await;
            return Ok(());
        }
        outbox.set_rest(&PartState::Waiting);
        (outbox.tries, outbox.next_at) = (0, 0);
        self.put_record(&entry).await?;
        self.send_waiting(&entry.conversation, false).await
    }

    /// The same for a message whose entry is not at hand: filed meanwhile, or never made. It goes out as it reads now,
    /// unless something of it went out before.
    async fn retry_filed(&self, user: &User, message_id: &str, room_id: &str) -> Result<(), CoreError> {
        let listener = Listener::new(user, room_id);
        let found = match message_id {
            "" => None,
            id => self.call(MessageFind { message_id: id.to_owned() }).await?.filter(|found| found.room_id == room_id),
        };
        let Some(message) = found else {
            self.tell_key(&listener, key!("out_retry_needless"), "").await;
            return Ok(());
        };
        let Some(id) = self.room_to_act_in(user, &listener).await? else { return Ok(()) };
        let conversation = self.conversation(&id).await?;
        if let Some(entry) = entry_of(&conversation.entries, message_id) {
            // Tried again since, by another button.
            return Box::pin(self.retry(user, &entry.entry_id, room_id)).await;
        }
        let link = self.find_link_by_message(&conversation, message_id).await?;
        if !is_for_customer(&message, id.channel.bot()) || link.is_some_and(|link| !link.mids.is_empty()) {
            self.tell_key(&listener, key!("out_retry_needless"), "").await;
            return Ok(());
        }
        self.mark(message_id, FAILED, false).await;
        self.relay_message(&id, &message).await
    }

    /// The conversation of the listener's room, when it is one and the person may act in it; otherwise they are told why not.
    async fn room_to_act_in(&self, user: &User, listener: &Listener) -> Result<Option<ConversationId>, CoreError> {
        let room = self.call(RoomFind { room_id: listener.room_id.clone() }).await?;
        let id = match &room {
            Some(room) => self.conversation_in(room).await?,
            None => None,
        };
        let (Some(room), Some(id)) = (room, id) else {
            self.tell_key(listener, key!("out_retry_needless"), "").await;
            return Ok(None);
        };
        if self.may_act_in(user, &room).await? {
            return Ok(Some(id));
        }
        self.tell_key(listener, key!("room_not_yours"), "").await;
        Ok(None)
    }
}

/// The button's verb.
pub(super) const RETRY: &str = "retry";
