//! Carrying out what the machine says: the calls to Meta, what is said, what waits, and the state that is kept.

use crate::error::CoreError;
use crate::host::{Host, Room, User};
use crate::session::Session;
use crate::settings::Settings;
use crate::store::{Account, Conversation, ConversationId, Outbox, ThreadWait};
use meta_wire::answer::{Call, Class, Done, Invalid, Refusal, ThreadOwner};
use meta_wire::ids::AppId;
use meta_wire::request::thread::{control, thread_owner};
use omni_domain::thread::action::{Deed, Party};
use omni_domain::thread::machine::{self, Clearance, Input, Say, Waiting, step};
use omni_domain::thread::refusal::Why;
use std::rc::Rc;

/// Why messages were not sent that waited for control: the conversation was closed.
pub(super) const CLOSED: &str = "handover-closed";

/// Whose doing it is: it decides who is told, and what Meta is told about it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Actor<'a> {
    /// Meta's, or another app's.
    Meta,
    /// Nobody's: time passed.
    Clock,
    /// An agent's message on its way out.
    Message(&'a Outbox),
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
pub(super) struct Turn<'a> {
    pub(super) conversation: &'a mut Conversation,
    pub(super) account: &'a Account,
    pub(super) settings: Rc<Settings>,
    pub(super) actor: Actor<'a>,
    /// When it happened, by the clock of whoever tells, Unix milliseconds.
    pub(super) at: i64,
    /// What the other app says about it.
    pub(super) metadata: Option<String>,
    /// Who handed us the thread, when it was handed; `None` inside for one that Meta does not name.
    pub(super) handed_by: Option<Option<AppId>>,
    /// Whether it is said elsewhere.
    pub(super) quiet: bool,
    /// What Meta's last refusal means.
    pub(super) why: Option<Why>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(
        conversation: &'a mut Conversation,
        account: &'a Account,
        settings: Rc<Settings>,
        actor: Actor<'a>,
        at: i64,
    ) -> Self {
        Self { conversation, account, settings, actor, at, metadata: None, handed_by: None, quiet: false, why: None }
    }

    pub(super) fn id(&self) -> &ConversationId {
        &self.conversation.head.id
    }

    /// Whether the app is ours: the login products of one Meta app have ids of their own.
    pub(super) fn is_ours(&self, app: &AppId) -> bool {
        self.account.is_ours(&self.settings, app)
    }
}

impl<H: Host> Session<H> {
    /// Whether nothing follows from it: most of what happens changes nothing, and then costs nothing.
    pub(super) fn is_idle_turn(&self, conversation: &Conversation, input: &Input) -> bool {
        let now = self.now_ms();
        machine::is_idle(&conversation.thread.at(now, conversation.opened_at()), input, now)
    }

    /// Works on one thing that happened, with all that follows from it. Answers what becomes of the message at hand.
    pub(super) async fn drive(&self, turn: &mut Turn<'_>, first: Input) -> Result<Option<Clearance>, CoreError> {
        let (mut input, mut clearance, mut waiting) = (first, None, Waiting::Wait);
        let mut says: Vec<Say> = Vec::new();
        let mut stored = turn.conversation.thread.clone();
        let id = turn.id().clone();
        loop {
            let now = turn.conversation.thread.at(self.now_ms(), turn.conversation.opened_at());
            let step = step(&now, &input, turn.at);
            clearance = step.clearance.or(clearance);
            says.extend(step.say);
            if step.thread.asked_at.is_some() || step.clearance == Some(Clearance::Held) {
                self.put_record(&ThreadWait { conversation: id.clone() }).await?;
            }
            match step.waiting {
                Waiting::Wait => {}
                // Given up before it is forgotten that anything waits.
                Waiting::GiveUp => self.after_lock(turn.actor, id.clone(), Waiting::GiveUp).await?,
                Waiting::Send => waiting = Waiting::Send,
            }
            // Stored before Meta is asked, and before anything is said or sent on the strength of it.
            if step.thread != stored {
                turn.conversation.thread = step.thread;
                self.keep_thread(turn).await?;
                stored.clone_from(&turn.conversation.thread);
            }
            let Some(deed) = step.call else { break };
            input = self.ask_meta(turn, deed).await?;
            // While Meta was asked it may have told another instance how the matter stands.
            let now = self.conversation(&id).await?.thread;
            if now != stored {
                turn.conversation.thread = now.clone();
                stored = now;
            }
        }
        if !turn.quiet {
            self.tell_turn(turn, &says).await?;
        }
        // A message on its way out is in the midst of those that wait: they follow it.
        if waiting == Waiting::Send && !matches!(turn.actor, Actor::Message(_)) {
            self.after_lock(turn.actor, id, waiting).await?;
        }
        Ok(clearance)
    }

    /// Waiting messages are sent or given up under the lock of outgoing messages. Whoever may hold that lock, or holds
    /// the one of incoming events, lets it be done behind their back; should the process end first, the next tick does it.
    async fn after_lock(&self, actor: Actor<'_>, id: ConversationId, waiting: Waiting) -> Result<(), CoreError> {
        let code = match actor {
            Actor::Person { .. } => "handover-discarded",
            Actor::Close(_) => CLOSED,
            _ => "handover-not-granted",
        };
        if let Actor::Person { .. } | Actor::Clock = actor {
            return self.settle_waiting(&id, waiting, code).await;
        }
        let session = self.clone();
        self.host.background(Box::pin(async move {
            if let Err(error) = session.settle_waiting(&id, waiting, code).await {
                session.warn("handover-waiting", error.code());
            }
        }));
        Ok(())
    }

    /// Sends what waits for control, or gives it up.
    pub(super) async fn settle_waiting(
        &self,
        id: &ConversationId,
        waiting: Waiting,
        code: &'static str,
    ) -> Result<(), CoreError> {
        match waiting {
            Waiting::Wait => return Ok(()),
            // Boxed: sending asks us before it sends.
            Waiting::Send => Box::pin(self.send_waiting(id, true)).await?,
            Waiting::GiveUp => self.give_up_held(id, code).await?,
        }
        let conversation = self.conversation(id).await?;
        if conversation.thread.asked_at.is_none() && !super::waits::any(&conversation) {
            self.remove_record(&ThreadWait { conversation: id.clone() }).await?;
        }
        Ok(())
    }

    /// Asks Meta for a change of control.
    async fn ask_meta(&self, turn: &mut Turn<'_>, deed: Deed) -> Result<Input, CoreError> {
        let metadata = self.handover_metadata(turn).await?;
        let graph = turn.account.graph(&turn.settings);
        let request =
            control(&graph, &turn.account.business(), &turn.id().person, &deed.control(), metadata.as_deref());
        let refusal = match request {
            Ok(request) => match self.meta::<Done>(Call::Repeatable, request).await {
                Ok(Done) => {
                    // What Meta did for us counts from now, whatever the event that led to it said.
                    turn.at = self.now_ms();
                    if deed == Deed::Take {
                        self.note_take(turn.account, true).await?;
                    }
                    return Ok(Input::Done(deed));
                }
                Err(refusal) => refusal,
            },
            Err(error) => {
                self.warn("handover-request", &error.to_string());
                turn.why = Some(Why::Impossible(error.code()));
                return Ok(Input::Denied(deed));
            }
        };
        self.warn("handover-refused", &format!("{}: {refusal}", deed.name()));
        self.read_refusal(turn, deed, &refusal).await
    }

    async fn read_refusal(&self, turn: &mut Turn<'_>, deed: Deed, refusal: &Refusal) -> Result<Input, CoreError> {
        if let Class::TokenDead(_) = refusal.class {
            self.token_died(turn.account, refusal).await?;
        }
        // Meta refuses to give what one has with the same numbers as much else.
        if deed.asks()
            && refusal.class == Class::Invalid(Invalid::Parameter)
            && let Some((Party::Us, until)) = self.look_up_owner(turn).await?
        {
            turn.conversation.thread.until = until;
            return Ok(Input::Owner(Party::Us));
        }
        let why = Why::of(&deed, refusal, turn.account.platform());
        if deed == Deed::Take && why.is_forbidden() {
            self.note_take(turn.account, false).await?;
        }
        turn.why = Some(why);
        Ok(Input::Denied(deed))
    }

    /// Who has the thread, by Meta's word, and until when; `None` when Meta does not say.
    pub(super) async fn look_up_owner(&self, turn: &Turn<'_>) -> Result<Option<(Party, Option<i64>)>, CoreError> {
        let graph = turn.account.graph(&turn.settings);
        let Ok(request) = thread_owner(&graph, &turn.account.business(), &turn.id().person) else { return Ok(None) };
        Ok(match self.meta::<ThreadOwner>(Call::Repeatable, request).await {
            Ok(owner) => {
                let until = owner.expires_at.map(|at| at.0);
                let party = match owner.app_id {
                    Some(app) if turn.is_ours(&app) => Party::Us,
                    None if until.is_none() => Party::Nobody,
                    app => Party::App(app),
                };
                Some((party, until))
            }
            Err(refusal) => {
                self.warn("handover-owner", &refusal.to_string());
                if let Class::TokenDead(_) = refusal.class {
                    self.token_died(turn.account, &refusal).await?;
                }
                None
            }
        })
    }
}
