//! Carrying out what the machine says: the calls to Meta, what is said, what waits, and the state that is kept.

use crate::accounts::open_rooms::DeadTokens;
use crate::context::{Context, FollowUp};
use crate::error::CoreError;
use crate::gateway::graph::GraphClient;
use crate::host::Host;
use crate::store::Records;
use crate::store::load::Conversations;
use crate::store::thread_records::{StoredThread, ThreadWait};
use crate::thread::apps::ThreadApps;
use crate::thread::banner::ThreadBanners;
use crate::thread::event_context::{Actor, CLOSED, ThreadEventContext};
use meta_wire::answer::{Call, Class, Done, Invalid, Refusal, ThreadOwner};
use meta_wire::request::thread::{control, thread_owner};
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::thread::action::{Party, ThreadAction};
use omni_domain::thread::machine;
use omni_domain::thread::machine::{Input, Say, SendPermission, Waiting, step};
use omni_domain::thread::refusal::ThreadActionError;

service! {
    /// Carries out what the thread machine decides: asks Meta, tells people, stores the state.
    pub(crate) Threads {
        cx: Context,
        conversations: Conversations,
        dead_tokens: DeadTokens,
        graph_client: GraphClient,
        records: Records,
        thread_apps: ThreadApps,
        thread_banners: ThreadBanners,
    }
}

impl<H: Host> Threads<H> {
    /// Whether nothing follows from it: most of what happens changes nothing, and then costs nothing.
    pub(crate) fn is_idle_turn(&self, conversation: &Conversation, input: &Input) -> bool {
        let now = self.cx.now_ms();
        machine::is_idle(&conversation.thread.at(now, conversation.opened_at()), input, now)
    }

    /// Works on one thing that happened, with all that follows from it. Answers what becomes of the message at hand.
    pub(crate) async fn drive(
        &self,
        turn: &mut ThreadEventContext<'_>,
        first: Input,
    ) -> Result<Option<SendPermission>, CoreError> {
        let (mut input, mut clearance, mut waiting) = (first, None, Waiting::Wait);
        let mut says: Vec<Say> = Vec::new();
        let mut stored = turn.conversation.thread.clone();
        let id = turn.id().clone();
        loop {
            let now = turn.conversation.thread.at(self.cx.now_ms(), turn.conversation.opened_at());
            let step = step(&now, &input, turn.at);
            clearance = step.clearance.or(clearance);
            says.extend(step.say);
            if step.thread.asked_at.is_some() || step.clearance == Some(SendPermission::Held) {
                self.records.put_record(&ThreadWait { conversation: id.clone() }).await?;
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
            let now = self.conversations.conversation(&id).await?.thread;
            if now != stored {
                turn.conversation.thread = now.clone();
                stored = now;
            }
        }
        if !turn.quiet {
            self.thread_banners.tell_turn(turn, &says).await?;
        }
        // A message on its way out is in the midst of those that wait: they follow it.
        if waiting == Waiting::Send && !matches!(turn.actor, Actor::Message(_)) {
            self.after_lock(turn.actor, id, waiting).await?;
        }
        Ok(clearance)
    }

    /// Waiting messages are sent or given up under the lock of outgoing messages. An actor that may hold that lock, or holds
    /// the one of incoming events, lets it be done in the background; should the process end first, the next tick does it.
    async fn after_lock(&self, actor: Actor<'_>, id: ConversationId, waiting: Waiting) -> Result<(), CoreError> {
        let give_up = match (waiting, actor) {
            (Waiting::Wait, _) => return Ok(()),
            (Waiting::Send, _) => None,
            (Waiting::GiveUp, Actor::Person { .. }) => Some("handover-discarded"),
            (Waiting::GiveUp, Actor::Close(_)) => Some(CLOSED),
            (Waiting::GiveUp, _) => Some("handover-not-granted"),
        };
        let follow_up = FollowUp::Control(id, give_up);
        if let Actor::Person { .. } | Actor::Clock = actor {
            return self.cx.follow_up(follow_up).await;
        }
        self.cx.follow_later(follow_up, "handover-waiting");
        Ok(())
    }

    /// Asks Meta for a change of control.
    async fn ask_meta(&self, turn: &mut ThreadEventContext<'_>, deed: ThreadAction) -> Result<Input, CoreError> {
        let metadata = self.thread_apps.handover_metadata(turn).await?;
        let graph = turn.account.graph(&turn.settings);
        let request =
            control(&graph, &turn.account.business(), &turn.id().person, &deed.control(), metadata.as_deref());
        let refusal = match request {
            Ok(request) => match self.graph_client.meta::<Done>(Call::Repeatable, request).await {
                Ok(Done) => {
                    // What Meta did for us counts from now, whatever the event that led to it said.
                    turn.at = self.cx.now_ms();
                    if deed == ThreadAction::Take {
                        self.thread_apps.note_take(turn.account, true).await?;
                    }
                    return Ok(Input::Done(deed));
                }
                Err(refusal) => refusal,
            },
            Err(error) => {
                self.cx.warn("handover-request", &error.to_string());
                turn.why = Some(ThreadActionError::Impossible(error.code()));
                return Ok(Input::Denied(deed));
            }
        };
        self.cx.warn("handover-refused", &format!("{}: {refusal}", deed.name()));
        self.read_refusal(turn, deed, &refusal).await
    }

    async fn read_refusal(
        &self,
        turn: &mut ThreadEventContext<'_>,
        deed: ThreadAction,
        refusal: &Refusal,
    ) -> Result<Input, CoreError> {
        if let Class::TokenDead(_) = refusal.class {
            self.dead_tokens.token_died(turn.account, refusal).await?;
        }
        // Meta refuses to give what one has with the same numbers as much else.
        if deed.asks()
            && refusal.class == Class::Invalid(Invalid::Parameter)
            && let Some((Party::Us, until)) = self.look_up_owner(turn).await?
        {
            turn.conversation.thread.until = until;
            return Ok(Input::Owner(Party::Us));
        }
        let why = ThreadActionError::of(&deed, refusal, turn.account.platform());
        if deed == ThreadAction::Take && why.is_forbidden() {
            self.thread_apps.note_take(turn.account, false).await?;
        }
        turn.why = Some(why);
        Ok(Input::Denied(deed))
    }

    /// Who has the thread, by Meta's word, and until when; `None` when Meta does not say.
    pub(crate) async fn look_up_owner(
        &self,
        turn: &ThreadEventContext<'_>,
    ) -> Result<Option<(Party, Option<i64>)>, CoreError> {
        let graph = turn.account.graph(&turn.settings);
        let Ok(request) = thread_owner(&graph, &turn.account.business(), &turn.id().person) else { return Ok(None) };
        Ok(match self.graph_client.meta::<ThreadOwner>(Call::Repeatable, request).await {
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
                self.cx.warn("handover-owner", &refusal.to_string());
                if let Class::TokenDead(_) = refusal.class {
                    self.dead_tokens.token_died(turn.account, &refusal).await?;
                }
                None
            }
        })
    }

    pub(crate) async fn keep_thread(&self, turn: &ThreadEventContext<'_>) -> Result<(), CoreError> {
        let (conversation, thread) = (turn.id().clone(), turn.conversation.thread.clone());
        self.records.put_record(&StoredThread { conversation, thread }).await
    }
}
