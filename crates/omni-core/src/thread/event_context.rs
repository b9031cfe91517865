//! One event of a thread at work: who did it, and what is known of it.

use crate::host::{Room, User};
use meta_wire::ids::AppId;
use omni_domain::account::Account;
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::message_record::MessageState;
use omni_domain::outgoing::OutgoingMessage;
use omni_domain::settings::Settings;
use omni_domain::thread::refusal::ThreadActionError;
use std::rc::Rc;

/// Why messages were not sent that waited for control: the conversation was closed.
pub(crate) const CLOSED: &str = "handover-closed";

/// Whose doing it is: it decides who is told, and what Meta is told about it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Actor<'a> {
    /// Meta's, or another app's.
    Meta,
    /// Nobody's: time passed.
    Clock,
    /// An agent's message on its way out.
    Message(&'a OutgoingMessage),
    /// A person's, by button or command.
    Person {
        /// Who.
        user: &'a User,
        /// Where they are told.
        room: &'a Room,
    },
    /// The end of the conversation.
    Close(&'a Room),
}

/// One thing that happened, being worked on.
#[derive(Debug)]
pub(crate) struct ThreadEventContext<'a> {
    pub(crate) conversation: &'a mut Conversation,
    pub(crate) account: &'a Account,
    pub(crate) settings: Rc<Settings>,
    pub(crate) actor: Actor<'a>,
    /// When it happened, by the clock of whoever tells, Unix milliseconds.
    pub(crate) at: i64,
    /// What the other app says about it.
    pub(crate) metadata: Option<String>,
    /// Who handed us the thread, when it was handed; `None` inside for one that Meta does not name.
    pub(crate) handed_by: Option<Option<AppId>>,
    /// Whether it is said elsewhere.
    pub(crate) quiet: bool,
    /// What Meta's last refusal means.
    pub(crate) why: Option<ThreadActionError>,
}

impl<'a> ThreadEventContext<'a> {
    pub(crate) fn new(
        conversation: &'a mut Conversation,
        account: &'a Account,
        settings: Rc<Settings>,
        actor: Actor<'a>,
        at: i64,
    ) -> Self {
        Self { conversation, account, settings, actor, at, metadata: None, handed_by: None, quiet: false, why: None }
    }

    pub(crate) fn id(&self) -> &ConversationId {
        &self.conversation.head.id
    }

    /// Whether the app is ours: the login products of one Meta app have ids of their own.
    pub(crate) fn is_ours(&self, app: &AppId) -> bool {
        self.account.is_ours(&self.settings, app)
    }
}

/// Whether something of the conversation waits for control.
pub(crate) fn any(conversation: &Conversation) -> bool {
    conversation.entries.iter().any(|entry| match &entry.state {
        MessageState::Outgoing(outbox) => outbox.waits_for_somebody(),
        _ => false,
    })
}

/// Whether the app may say something of its own accord: not while another app has the thread.
pub(crate) fn may_answer_automatically(conversation: &Conversation, now: i64) -> bool {
    let thread = conversation.thread.at(now, conversation.opened_at());
    !matches!(thread.owner, omni_domain::thread::state::ThreadOwner::Other { .. })
}
