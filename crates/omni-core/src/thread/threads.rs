//! Who may answer in a thread that several Meta apps share: conversation routing, formerly the handover protocol.
//!
//! What follows from what is decided in [`machine`](omni_domain::thread::machine); [`drive`](super::drive) carries it out. The state of a thread is a record of its
//! own beside the conversation's ([`StoredThread`](crate::store::StoredThread)), read with it and written only when it
//! changes. On the two main paths it costs nothing while no other app is known to have the thread: sending is how to find
//! out, and Meta's refusal is the change of state it says it is.
//!
//! Messages that wait for control are agents' messages in the outbox that have no time to go. They go out when control
//! arrives, whatever told us, or are given up: when a request was not answered in time, when the agent says so, when the
//! conversation is closed. The minute's job finds those that a lost process left.

use crate::error::CoreError;
use crate::host::{Host, Room};
use crate::thread::drive::Threads;
use crate::thread::event_context::{Actor, ThreadEventContext, may_answer_automatically};
use meta_wire::answer::Holder;
use meta_wire::ids::AppId;
use meta_wire::request::thread::inbox_app;
use meta_wire::webhook::{Event, Item, ThreadControlAction};
use omni_domain::account::Account;
use omni_domain::conversation::Conversation;
use omni_domain::outgoing::OutgoingMessage;
use omni_domain::settings::{HandoverAction, OnClose, Settings};
use omni_domain::thread::event;
use omni_domain::thread::machine::{Input, SendPermission};
use std::rc::Rc;

impl<H: Host> Threads<H> {
    /// Before a message goes out: what the setting wants asked of Meta when another app has the thread. No host call
    /// while no other app is known to have it. What no person wrote never takes control nor waits for it.
    pub(crate) async fn before_send(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        settings: &Rc<Settings>,
        outbox: &OutgoingMessage,
    ) -> Result<SendPermission, CoreError> {
        if !outbox.human {
            let may = may_answer_automatically(conversation, self.cx.now_ms());
            return Ok(if may { SendPermission::Go } else { SendPermission::No });
        }
        let input = Input::Writes(settings.handover_action(account.channel));
        self.drive_message(conversation, account, settings, outbox, input).await
    }

    /// Meta refused a message because another app has the thread. `Go` means that control was got and the same message
    /// may be sent once more; a second refusal is handed in with `again`.
    pub(crate) async fn thread_lost(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        settings: &Rc<Settings>,
        outbox: &OutgoingMessage,
        holder: Holder,
        again: bool,
    ) -> Result<SendPermission, CoreError> {
        if !outbox.human {
            // It is known now who has the thread, and nothing more: no machine takes it from another one.
            let told = Input::Overheard(None);
            self.drive_message(conversation, account, settings, outbox, told).await?;
            return Ok(SendPermission::No);
        }
        let action = if again { HandoverAction::None } else { settings.handover_action(account.channel) };
        let input = Input::Refused { holder, action };
        self.drive_message(conversation, account, settings, outbox, input).await
    }

    /// Meta took a message: whatever was believed, we may answer. No host call when that is what was believed.
    pub(crate) async fn thread_sent(
        &self,
        conversation: &mut Conversation,
        account: &Account,
    ) -> Result<(), CoreError> {
        if self.is_idle_turn(conversation, &Input::Accepted) {
            return Ok(());
        }
        let settings = self.cx.settings().await?;
        conversation.thread = self.conversations.conversation(&conversation.head.id).await?.thread;
        let mut turn = ThreadEventContext::new(conversation, account, settings, Actor::Meta, self.cx.now_ms());
        self.drive(&mut turn, Input::Accepted).await.map(|_| ())
    }

    async fn drive_message(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        settings: &Rc<Settings>,
        outbox: &OutgoingMessage,
        input: Input,
    ) -> Result<SendPermission, CoreError> {
        if self.is_idle_turn(conversation, &input) {
            return Ok(SendPermission::Go);
        }
        // Control may have changed hands since the conversation was read: incoming events do not wait for outgoing ones.
        conversation.thread = self.conversations.conversation(&conversation.head.id).await?.thread;
        let actor = Actor::Message(outbox);
        let mut turn = ThreadEventContext::new(conversation, account, Rc::clone(settings), actor, self.cx.now_ms());
        Ok(self.drive(&mut turn, input).await?.unwrap_or(SendPermission::Go))
    }

    /// What an event says about who has the thread: changes of control and roles, and where any other event came in
    /// (`messaging` or `standby`). Called for every event, before it is shown; no host call when nothing changes.
    pub(crate) async fn thread_event(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        item: &Item,
    ) -> Result<(), CoreError> {
        if let Event::AppRoles(roles) = &item.event {
            return self.thread_apps.note_roles(account, roles).await;
        }
        if item.customer_id().is_none() {
            return Ok(());
        }
        let settings = self.cx.settings().await?;
        let is_open = conversation.head.room_id.is_some();
        let Some(input) = event::read_event(is_open, account, &settings, item) else { return Ok(()) };
        let at = item.timestamp.map_or_else(|| self.cx.now_ms(), |at| at.0);
        if event::is_old_news(conversation.thread.owner_at, at) || self.is_idle_turn(conversation, &input) {
            return Ok(());
        }
        let opens_room = self.calls_for_a_human(account, item).await?;
        let mut turn = ThreadEventContext::new(conversation, account, settings, Actor::Meta, at);
        if let Event::ThreadControl(control) = &item.event {
            turn.metadata = control.metadata.clone().filter(|note| !note.trim().is_empty());
            turn.handed_by = (control.action == ThreadControlAction::Pass).then(|| control.previous_owner.clone());
        }
        // The room that is opened for it will say so itself.
        turn.quiet = opens_room && turn.conversation.head.room_id.is_none();
        self.drive(&mut turn, input).await.map(|_| ())
    }

    /// Whether a person has to answer now though no conversation need be open: another app handed us the thread, or the
    /// customer asks for a person while another app has it.
    pub(crate) async fn calls_for_a_human(&self, account: &Account, item: &Item) -> Result<bool, CoreError> {
        if !event::may_call_for_a_human(item) {
            return Ok(false);
        }
        Ok(event::calls_for_a_human(account, &*self.cx.settings().await?, item))
    }

    /// The customer asks for a person while another app has the thread, and the conversation is open: control is asked for,
    /// or taken where the setting says so.
    pub(crate) async fn human_wanted(
        &self,
        conversation: &mut Conversation,
        account: &Account,
    ) -> Result<(), CoreError> {
        let settings = self.cx.settings().await?;
        let input = Input::HumanWanted(settings.handover_action(account.channel));
        if self.is_idle_turn(conversation, &input) {
            return Ok(());
        }
        let mut turn = ThreadEventContext::new(conversation, account, settings, Actor::Meta, self.cx.now_ms());
        self.drive(&mut turn, input).await.map(|_| ())
    }

    /// The conversation is over: the thread is kept, released or passed on, as the setting wants.
    pub(crate) async fn release_thread(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        room: &Room,
    ) -> Result<(), CoreError> {
        let settings = self.cx.settings().await?;
        let inbox = AppId::new(inbox_app(account.platform()));
        let input = Input::Closed { then: settings.handover_on_close, inbox };
        let waits = crate::thread::event_context::any(conversation) || conversation.thread.asked_at.is_some();
        if settings.handover_on_close == OnClose::Keep && !waits {
            return Ok(());
        }
        let mut turn = ThreadEventContext::new(conversation, account, settings, Actor::Close(room), self.cx.now_ms());
        self.drive(&mut turn, input).await.map(|_| ())
    }
}
