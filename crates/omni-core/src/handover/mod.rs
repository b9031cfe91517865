//! Who may answer in a thread that several Meta apps share.

// The hooks below are called as inbound, outbound and the greetings learn to.
#![allow(dead_code)]

use crate::entry::{CommandInput, UiAnswer, UiInput};
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;
use crate::settings::Settings;
use crate::store::{Account, Conversation, Outbox, ThreadOwner};
use meta_wire::answer::Holder;
use meta_wire::webhook::Item;

/// What is to become of a message on its way out, as far as the thread's control goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clearance {
    /// Send it.
    Go,
    /// Keep it: it goes out by `resend_held` or is given up; the agents have been told.
    Held,
}

impl<H: Host> Session<H> {
    /// Before a message goes out: what the setting wants asked of Meta when another app has the thread. No host call
    /// while nobody else is known to have it.
    pub(crate) async fn before_send(
        &self,
        _conversation: &mut Conversation,
        _account: &Account,
        _settings: &Settings,
        _outbox: &Outbox,
    ) -> Result<Clearance, CoreError> {
        Ok(Clearance::Go)
    }

    /// Meta refused a message because another app has the thread. `Go` means that control was got and the same message
    /// may be sent once more; a second refusal is handed in with `again`.
    pub(crate) async fn thread_lost(
        &self,
        _conversation: &mut Conversation,
        _account: &Account,
        _settings: &Settings,
        _outbox: &Outbox,
        _holder: Holder,
        _again: bool,
    ) -> Result<Clearance, CoreError> {
        Ok(Clearance::Held)
    }

    /// Meta took a message: whatever was believed, we may answer. No host call when that is what was believed.
    pub(crate) async fn thread_sent(
        &self,
        _conversation: &mut Conversation,
        _account: &Account,
    ) -> Result<(), CoreError> {
        Ok(())
    }

    /// What an event says about who has the thread: changes of control and roles, and where any other event came in
    /// (`messaging` or `standby`). Called for every event, before it is shown; no host call when nothing changes.
    pub(crate) async fn thread_event(
        &self,
        _conversation: &mut Conversation,
        _account: &Account,
        _item: &Item,
    ) -> Result<(), CoreError> {
        Ok(())
    }

    /// Whether the app may say something of its own accord: not while another app has the thread.
    pub(crate) fn may_answer_automatically(&self, conversation: &Conversation) -> bool {
        !matches!(conversation.head.thread.owner, ThreadOwner::Other { .. })
    }

    /// The conversation is over: the thread is kept, released or passed on, as the setting wants.
    pub(crate) async fn release_thread(
        &self,
        _conversation: &mut Conversation,
        _account: &Account,
    ) -> Result<(), CoreError> {
        Ok(())
    }

    pub(crate) async fn handover_action(&self, _action: &str, _input: UiInput) -> Result<UiAnswer, CoreError> {
        Ok(UiAnswer::Done)
    }

    /// `take`, `release`, `pass` or `owner`, typed behind the command. Who may is checked here.
    pub(crate) async fn handover_command(
        &self,
        _verb: &str,
        _args: &[String],
        _input: &CommandInput,
    ) -> Result<(), CoreError> {
        Ok(())
    }

    pub(crate) async fn handover_tick(&self) -> Result<(), CoreError> {
        Ok(())
    }

    pub(crate) async fn handover_later(&self, _job: &str, _data: serde_json::Value) -> Result<(), CoreError> {
        Ok(())
    }
}
