//! What a process keeps between entry calls. Losing it costs time, never data.

use crate::accounts::secrets::SecretKeeperMemory;
use crate::accounts::settings_screen::SettingsScreenMemory;
use crate::accounts::webhook_watch::WebhookWatchMemory;
use crate::automation::auto_messages::AutoMessagesMemory;
use crate::context::ContextMemory;
use crate::gateway::message_reader::MessageReaderMemory;
use crate::gateway::notes::NotesMemory;
use crate::inbox::intake::IntakeMemory;
use crate::inbox::open::OpenRoomsMemory;
use crate::inbox::settle::InboxMemory;
use crate::inbox::suspect::SuspectWatchMemory;
use crate::inbox::turn::EventTurnsMemory;
use crate::outbox::attempt::SendAttemptsMemory;
use crate::outbox::twins::OutboxQueueMemory;
use crate::serve::board::WaitingBoardMemory;
use crate::serve::serving::ServingMemory;
use crate::store::accounts::AccountsMemory;
use crate::store::leases::LeasesMemory;
use crate::store::load::ConversationsMemory;
use crate::store::visitor_keys::VisitorKeysMemory;
use omni_domain::texts::Texts;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct AppMemory {
    /// When rooms were last looked over for closings that nobody told.
    pub(crate) rooms_swept_at: Cell<Option<i64>>,
}

/// What a process keeps between entry calls.
#[derive(Debug, Default)]
pub struct Memory {
    pub(crate) context: Rc<ContextMemory>,
    pub(crate) leases: Rc<LeasesMemory>,
    pub(crate) visitor_keys: Rc<VisitorKeysMemory>,
    pub(crate) accounts: Rc<AccountsMemory>,
    pub(crate) conversations: Rc<ConversationsMemory>,
    pub(crate) message_reader: Rc<MessageReaderMemory>,
    pub(crate) notes: Rc<NotesMemory>,
    pub(crate) webhook_watch: Rc<WebhookWatchMemory>,
    pub(crate) secret_keeper: Rc<SecretKeeperMemory>,
    pub(crate) settings_screen: Rc<SettingsScreenMemory>,
    pub(crate) send_attempts: Rc<SendAttemptsMemory>,
    pub(crate) outbox_queue: Rc<OutboxQueueMemory>,
    pub(crate) auto_messages: Rc<AutoMessagesMemory>,
    pub(crate) waiting_board: Rc<WaitingBoardMemory>,
    pub(crate) open_rooms: Rc<OpenRoomsMemory>,
    pub(crate) event_turns: Rc<EventTurnsMemory>,
    pub(crate) intake: Rc<IntakeMemory>,
    pub(crate) suspect_watch: Rc<SuspectWatchMemory>,
    pub(crate) inbox: Rc<InboxMemory>,
    pub(crate) serving: Rc<ServingMemory>,
    pub(crate) app: Rc<AppMemory>,
}

impl Memory {
    /// Fresh memory that speaks these texts.
    pub fn new(texts: Texts) -> Rc<Self> {
        Self::with(ContextMemory { texts, ..ContextMemory::default() })
    }

    /// Fresh memory of a process that has a name already: what a former one of that name left behind is at work nowhere.
    pub fn named(texts: Texts, worker: String) -> Rc<Self> {
        Self::with(ContextMemory { texts, worker: OnceCell::from(worker), ..ContextMemory::default() })
    }

    fn with(context: ContextMemory) -> Rc<Self> {
        Rc::new(Self { context: Rc::new(context), ..Self::default() })
    }

    /// Forgets every cached value; the next use reads anew.
    pub fn forget(&self) {
        self.context.settings.replace(None);
        self.context.environment.replace(None);
        self.accounts.accounts.replace(None);
    }
}
