//! Whether a message whose answer never came is among those that Meta shows of the conversation.

use crate::conversation::Conversation;
use crate::message_record::MessageState;
use crate::outgoing::{OutgoingMessage, Part};
use crate::timing::META_SKEW_MS;
use meta_wire::answer::StoredMessage;
use meta_wire::ids::Mid;

/// The part among messages at Meta, newest first: of several the oldest.
pub fn find<'a>(
    messages: &'a [StoredMessage],
    conversation: &Conversation,
    outbox: &OutgoingMessage,
    part: &Part,
) -> Option<&'a StoredMessage> {
    messages.iter().rev().find(|message| is_it(message, conversation, outbox, part))
}

/// Whether they go back to before the message left.
pub fn reach_back(messages: &[StoredMessage], outbox: &OutgoingMessage) -> bool {
    let left_at = outbox.lease.renewed_at - META_SKEW_MS;
    messages.iter().any(|message| message.created_time.is_some_and(|at| at.0 < left_at))
}

/// Whether a message at Meta is this part: written by the business since it left, saying the same, and none of those whose
/// id is known.
fn is_it(message: &StoredMessage, conversation: &Conversation, outbox: &OutgoingMessage, part: &Part) -> bool {
    let by_customer = message.from.as_ref().and_then(|from| from.id.as_ref()) == Some(&conversation.head.id.person);
    let since = message.created_time.is_none_or(|at| at.0 >= outbox.lease.renewed_at - META_SKEW_MS);
    let text = message.message.as_ref().map(|text| text.as_str().trim()).unwrap_or_default();
    let same = if part.files.is_empty() {
        text == part.text.trim() || (text.is_empty() && part.choices.iter().any(|choice| choice.link))
    } else {
        text.is_empty()
    };
    !by_customer && since && same && !is_known(conversation, &message.id)
}

fn is_known(conversation: &Conversation, mid: &Mid) -> bool {
    conversation.entries.iter().any(|entry| match &entry.state {
        MessageState::Outgoing(outbox) => outbox.mids().any(|known| known == mid),
        _ => false,
    })
}
