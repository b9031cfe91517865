//! What keeps a message from the customer, said to the agent: why, and what to do next.

use crate::context::Context;
use crate::context::area;
use crate::gateway::notes::Notes;
use crate::host::{Host, React, Sender, User, Whisper};
use omni_domain::message_record::{MessageRecord, MessageState};
use omni_domain::outgoing::OutgoingMessage;
use omni_domain::send_error::{SendError, may_help, reason};
use omni_domain::texts::{Key, Lang};
use omni_domain::{blocks, key};
use serde_json::Value;

/// The app's mark on a message that did not reach the customer.
pub(crate) const FAILED: &str = ":warning:";

/// Its mark on one that is to go out later.
const WAITS: &str = ":hourglass_flowing_sand:";

/// Where and to whom something is said.
#[derive(Debug, Clone)]
pub(crate) struct Recipient {
    pub(crate) user_id: String,
    pub(crate) room_id: String,
    pub(crate) lang: Lang,
}

impl Recipient {
    pub(crate) fn new(user: &User, room_id: &str) -> Self {
        Self { user_id: user.id.clone(), room_id: room_id.to_owned(), lang: Lang::new(&user.language) }
    }

    /// Whoever wrote the message; `None` for the app itself.
    pub(crate) fn of(outbox: &OutgoingMessage) -> Option<Self> {
        let user_id = outbox.sender_id.clone()?;
        Some(Self { user_id, room_id: outbox.room_id.clone(), lang: Lang::new(&outbox.lang) })
    }
}

service! {
    /// Tells agents what keeps a message from the customer, and what to do next.
    pub(crate) AgentNotices {
        cx: Context,
        notes: Notes,
    }
}

impl<H: Host> AgentNotices<H> {
    /// Says something to one person in a room. Whether they see it decides nothing.
    pub(crate) async fn whisper_to(&self, listener: &Recipient, text: String, blocks: Vec<Value>) {
        let (user_id, room_id) = (listener.user_id.clone(), listener.room_id.clone());
        if user_id.is_empty() || room_id.is_empty() {
            return;
        }
        if let Err(error) = self.cx.call(Whisper { user_id, room_id, sender: Sender::App, text, blocks }).await {
            self.cx.warn("agent-not-told", error.code());
        }
    }

    /// The listener's language, or the workspace's.
    pub(crate) async fn listener_lang(&self, listener: &Recipient) -> Lang {
        listener.lang.clone().or(&self.cx.workspace_lang().await)
    }

    /// A sentence or two of their own, with nothing to fill in but the network's name.
    pub(crate) async fn tell_key(&self, listener: &Recipient, key: Key, network: &str) {
        let lang = self.listener_lang(listener).await;
        let text = self.cx.text(&lang, key, &[("network", network)]);
        self.whisper_to(listener, text, Vec::new()).await;
    }

    /// Marks a message that did not reach the customer and says why, with a button where trying again may help.
    pub(crate) async fn tell_failed(&self, entry: &MessageRecord, trouble: &SendError) {
        let MessageState::Outgoing(outbox) = &entry.state else { return };
        self.mark(&outbox.message_id, WAITS, false).await;
        self.mark(&outbox.message_id, FAILED, true).await;
        let Some(listener) = Recipient::of(outbox) else { return self.note_failed(outbox, trouble).await };
        let lang = self.listener_lang(&listener).await;
        let text = trouble.text(self.cx.translator(&lang));
        let shown = if may_help(&trouble.code) { self.with_retry(&lang, &text, entry) } else { Vec::new() };
        self.whisper_to(&listener, text, shown).await;
    }

    /// Says something about a message that did not go out, with a button to have it tried again.
    pub(crate) async fn offer_again(&self, listener: &Recipient, key: Key, entry: &MessageRecord) {
        let lang = self.listener_lang(listener).await;
        let text = self.cx.text(&lang, key, &[]);
        let shown = self.with_retry(&lang, &text, entry);
        self.whisper_to(listener, text, shown).await;
    }

    /// The button names the message too: what is known of its way is filed after a while.
    fn with_retry(&self, lang: &Lang, text: &str, entry: &MessageRecord) -> Vec<Value> {
        let label = self.cx.text(lang, key!("out_retry"), &[]);
        let action = format!("{}:{RETRY}", area::OUTBOUND);
        let message_id = entry.link().message_ids.pop().unwrap_or_default();
        let value = format!("{}:{message_id}", entry.entry_id);
        let button = blocks::button(&label, &action, &value, blocks::Look::Plain);
        vec![blocks::section(text), blocks::actions("outbound:next", vec![button])]
    }

    /// What the app said by itself is refused to whoever had it said. When it failed only later, the room is told.
    async fn note_failed(&self, outbox: &OutgoingMessage, trouble: &SendError) {
        if outbox.told.is_none() || outbox.room_id.is_empty() {
            return;
        }
        let text = trouble.text(self.cx.translator(&self.cx.workspace_lang().await));
        if let Err(error) = self.notes.tell_in_room(&outbox.room_id, None, text, Vec::new()).await {
            self.cx.warn("room-not-told", error.code());
        }
    }

    /// Why a message is not sent, by the code that [`SendResult::Refused`](super::app_text::SendResult::Refused) carries.
    pub(crate) fn why_not_sent(&self, lang: &Lang, code: &str) -> String {
        self.cx.text(lang, reason(code), &[("number", code)])
    }

    /// Marks a message that goes out later. What waits for people rather than for time is said once.
    pub(crate) async fn tell_waits(&self, outbox: &mut OutgoingMessage, code: &str, say: bool) {
        if outbox.told.as_deref() == Some(code) {
            return;
        }
        outbox.told = Some(code.to_owned());
        self.mark(&outbox.message_id, WAITS, true).await;
        if let Some(listener) = Recipient::of(outbox).filter(|_| say) {
            let lang = self.listener_lang(&listener).await;
            let text = self.cx.text(&lang, reason(code), &[]);
            self.whisper_to(&listener, text, Vec::new()).await;
        }
    }

    /// Takes the marks off a message that went out after all.
    pub(crate) async fn unmark(&self, outbox: &mut OutgoingMessage) {
        if outbox.told.take().is_some() {
            self.mark(&outbox.message_id, WAITS, false).await;
            self.mark(&outbox.message_id, FAILED, false).await;
        }
    }

    pub(crate) async fn mark(&self, message_id: &str, emoji: &str, on: bool) {
        if message_id.is_empty() {
            return;
        }
        let call = React { message_id: message_id.to_owned(), emoji: emoji.to_owned(), on };
        if let Err(error) = self.cx.call(call).await {
            // The message may be gone, or never had the mark.
            self.cx.warn("message-not-marked", error.code());
        }
    }
}

/// The button's verb.
pub(crate) const RETRY: &str = "retry";
