//! Keys under which what belongs to one conversation is stored.

use omni_domain::conversation::ConversationId;

/// The key under which everything recent of a conversation is stored.
pub(crate) fn conversation_key(id: &ConversationId) -> String {
    format!("conversation:{id}")
}

/// The key of what is known of a conversation beside its messages: it goes when the last of those does.
pub(crate) fn state_key(id: &ConversationId) -> String {
    format!("state:{id}")
}
