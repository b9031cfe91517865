//! What agents ask for, by button or by `/instagram take|request|release|pass|owner` in the room of a conversation.

use crate::api::{CommandInput, UiAnswer, UiInput};
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::people::People;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, Room, RoomFind, User};
use crate::store::accounts::Accounts;
use crate::store::load::Conversations;
use crate::store::visitor_keys::VisitorKeys;
use crate::thread::apps::ThreadApps;
use crate::thread::drive::Threads;
use crate::thread::event_context::{Actor, ThreadEventContext};
use meta_wire::ids::AppId;
use meta_wire::request::thread::inbox_app;
use omni_domain::channel::Channel;
use omni_domain::texts::Key;
use omni_domain::thread::action::{AgentRequest, Party, ThreadAction};
use omni_domain::thread::machine::Input;
use omni_domain::thread::state::ThreadOwner;
use omni_domain::thread::words::verb;
use omni_domain::{blocks, key};

/// The word for Meta's inbox behind `pass`.
const INBOX: &str = "inbox";

/// What was asked for.
enum Asked {
    AgentRequest(AgentRequest),
    Owner,
}

service! {
    /// Does what agents ask for about the thread, by button or by `/instagram take|request|release|pass|owner` in a room.
    pub(crate) AgentRequests {
        accounts: Accounts,
        cx: Context,
        conversations: Conversations,
        people: People,
        speaker: Speaker,
        thread_apps: ThreadApps,
        threads: Threads,
        visitor_keys: VisitorKeys,
    }
}

impl<H: Host> AgentRequests<H> {
    /// A button under one of our lines.
    pub(crate) async fn handover_action(&self, action: &str, input: UiInput) -> Result<UiAnswer, CoreError> {
        let UiInput::Action { user, value, room_id: Some(room_id), .. } = input else { return Ok(UiAnswer::Done) };
        let wish = match action {
            verb::TAKE => AgentRequest::Do(ThreadAction::Take),
            verb::REQUEST => AgentRequest::Do(ThreadAction::Request { or_take: false }),
            verb::RELEASE => AgentRequest::Do(ThreadAction::Release),
            verb::PASS => AgentRequest::Do(ThreadAction::Pass(Some(AppId::new(&value)).filter(|_| !value.is_empty()))),
            verb::DISCARD => AgentRequest::Discard,
            _ => return Ok(UiAnswer::Done),
        };
        if let Some(room) = self.cx.call(RoomFind { room_id }).await? {
            self.grant(&user, &room, Asked::AgentRequest(wish)).await?;
        }
        Ok(UiAnswer::Done)
    }

    /// `take`, `request`, `release`, `pass` or `owner`, typed behind the command. Who may is checked here.
    pub(crate) async fn handover_command(
        &self,
        verb: &str,
        args: &[String],
        input: &CommandInput,
    ) -> Result<(), CoreError> {
        let Some(room) = &input.livechat else {
            return self.tell_decider(input.channel, &input.user, &input.room_id, key!("hand_not_here")).await;
        };
        let channel = self.visitor_keys.conversation_in(room).await?.map_or(input.channel, |id| id.channel);
        let asked = match (verb, args.first().map(|word| word.trim().to_lowercase())) {
            (verb::TAKE, _) => Asked::AgentRequest(AgentRequest::Do(ThreadAction::Take)),
            (verb::REQUEST, _) => Asked::AgentRequest(AgentRequest::Do(ThreadAction::Request { or_take: false })),
            (verb::RELEASE, _) => Asked::AgentRequest(AgentRequest::Do(ThreadAction::Release)),
            (verb::PASS, None) => Asked::AgentRequest(AgentRequest::Do(ThreadAction::Pass(None))),
            (verb::PASS, Some(word)) if word == INBOX => Asked::AgentRequest(AgentRequest::Do(ThreadAction::Pass(
                Some(AppId::new(inbox_app(channel.platform()))),
            ))),
            (verb::PASS, Some(word)) if is_app_id(&word) => {
                Asked::AgentRequest(AgentRequest::Do(ThreadAction::Pass(Some(AppId::new(&word)))))
            }
            (verb::PASS, Some(_)) => {
                return self.tell_decider(channel, &input.user, &input.room_id, key!("hand_pass_usage")).await;
            }
            _ => Asked::Owner,
        };
        self.grant(&input.user, room, asked).await
    }

    async fn grant(&self, user: &User, room: &Room, asked: Asked) -> Result<(), CoreError> {
        let Some(id) = self.visitor_keys.conversation_in(room).await? else {
            return self.tell_decider(Channel::Facebook, user, &room.id, key!("hand_not_here")).await;
        };
        if !self.people.may_act_in(user, room).await? {
            return self.tell_decider(id.channel, user, &room.id, key!("room_not_yours")).await;
        }
        if !room.open {
            return self.tell_decider(id.channel, user, &room.id, key!("hand_closed")).await;
        }
        let Some(account) = self.accounts.account(id.channel, &id.account).await? else {
            return self.tell_decider(id.channel, user, &room.id, key!("hand_disconnected")).await;
        };
        let mut conversation = self.conversations.conversation(&id).await?;
        let settings = self.cx.settings().await?;
        let actor = Actor::Person { user, room };
        let mut turn = ThreadEventContext::new(&mut conversation, &account, settings, actor, self.cx.now_ms());
        match asked {
            Asked::AgentRequest(wish) => self.threads.drive(&mut turn, Input::AgentRequest(wish)).await.map(|_| ()),
            Asked::Owner => self.tell_owner(&mut turn, user, room).await,
        }
    }

    /// Asks Meta who has the thread, notes it, and says it.
    async fn tell_owner(&self, turn: &mut ThreadEventContext<'_>, user: &User, room: &Room) -> Result<(), CoreError> {
        if let Some((party, until)) = self.threads.look_up_owner(turn).await? {
            // Meta tells nobody's name to those who are neither owner nor default app: that is no news.
            let news = match (&party, &turn.conversation.thread.owner) {
                (Party::Nobody, ThreadOwner::Unknown) => false,
                _ => until != turn.conversation.thread.until || party != Party::App(None),
            };
            if news {
                self.threads.drive(turn, Input::Owner(party)).await?;
                if turn.conversation.thread.until != until && until.is_some() {
                    turn.conversation.thread.until = until;
                    self.threads.keep_thread(turn).await?;
                }
            }
        }
        let lang = self.speaker.lang_of(user).await;
        let thread = turn.conversation.thread.at(self.cx.now_ms(), turn.conversation.opened_at());
        let app = self.thread_apps.owner_shown(&lang, turn).await?;
        let minutes = thread
            .expires_at(turn.conversation.opened_at())
            .map(|end| end.saturating_sub(self.cx.now_ms()) / 60_000)
            .filter(|minutes| *minutes > 0)
            .unwrap_or_default();
        let (hours, minutes) = ((minutes / 60).to_string(), (minutes % 60).to_string());
        let key = match &thread.owner {
            ThreadOwner::Unknown => key!("hand_owner_unknown"),
            ThreadOwner::Ours => key!("hand_owner_ours"),
            ThreadOwner::Other { .. } => key!("hand_owner_other"),
            ThreadOwner::Idle => key!("hand_owner_idle"),
        };
        let text = self.cx.text(&lang, key, &[("app", &app), ("hours", &hours), ("minutes", &minutes)]);
        let shown = vec![blocks::section(&text)];
        self.speaker.tell(turn.account.channel, user, &room.id, text, shown).await
    }

    async fn tell_decider(&self, channel: Channel, user: &User, room_id: &str, key: Key) -> Result<(), CoreError> {
        let lang = self.speaker.lang_of(user).await;
        let text = self.cx.text(&lang, key, &[]);
        let shown = vec![blocks::section(&text)];
        self.speaker.tell(channel, user, room_id, text, shown).await
    }
}

fn is_app_id(word: &str) -> bool {
    (1..=32).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
}
