//! What people read about a thread: one line in the room per change, rewritten in place while it is fresh, with buttons for
//! what can be done; and answers to a person who asked for something.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::notes::Notes;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, MessageEdit, Room, User};
use crate::store::Records;
use crate::store::accounts::Accounts;
use crate::store::load::Conversations;
use crate::thread::apps::ThreadApps;
use crate::thread::event_context::{Actor, ThreadEventContext, may_answer_automatically};
use meta_wire::ids::AppId;
use omni_domain::blocks;
use omni_domain::conversation::ConversationId;
use omni_domain::texts::Lang;
use omni_domain::thread::machine::Say;
use omni_domain::thread::refusal::ThreadActionError;
use omni_domain::thread::state::ThreadBanner;
use omni_domain::thread::words;
use omni_domain::thread::words::{Choice, Named};
use omni_domain::timing::MINUTE_MS;
use serde_json::Value;

/// How long a line is rewritten instead of followed by another one, in milliseconds: apps that pass a thread to and fro do
/// not fill the room.
const FRESH_MS: i64 = 2 * MINUTE_MS;

service! {
    /// Tells people about a thread: one line in the room per change, rewritten in place while it is fresh, with buttons for
    /// what can be done; and answers to a person who asked for something.
    pub(crate) ThreadBanners {
        accounts: Accounts,
        cx: Context,
        conversations: Conversations,
        notes: Notes,
        records: Records,
        speaker: Speaker,
        thread_apps: ThreadApps,
    }
}

impl<H: Host> ThreadBanners<H> {
    /// Says what happened, to those whom it concerns.
    pub(crate) async fn tell_turn(&self, turn: &mut ThreadEventContext<'_>, says: &[Say]) -> Result<(), CoreError> {
        let Some(last) = says.last() else { return Ok(()) };
        match turn.actor {
            Actor::Person { user, room } if words::is_answer(last) => self.answer(turn, user, &room.id, last).await,
            Actor::Close(room) => {
                // Most of what Meta refuses then does not matter to anybody: nothing was left to give away.
                let told =
                    room.served_by.as_ref().filter(|_| turn.why.as_ref().is_some_and(ThreadActionError::is_forbidden));
                match told {
                    Some(user) if words::is_answer(last) => self.answer(turn, user, &room.id, last).await,
                    _ => Ok(()),
                }
            }
            _ => self.show_line(turn, says).await,
        }
    }

    async fn answer(
        &self,
        turn: &ThreadEventContext<'_>,
        user: &User,
        room_id: &str,
        say: &Say,
    ) -> Result<(), CoreError> {
        let lang = self.speaker.lang_of(user).await;
        let text = self.said(&lang, turn, say).await?;
        let shown = vec![blocks::section(&text)];
        self.speaker.tell(turn.account.channel, user, room_id, text, shown).await
    }

    /// The line in the room; none between conversations. While the customer waits for an answer it is for one alone.
    async fn show_line(&self, turn: &mut ThreadEventContext<'_>, says: &[Say]) -> Result<(), CoreError> {
        let Some(room_id) = turn.conversation.head.room_id.clone() else { return Ok(()) };
        let lang = self.cx.workspace_lang().await;
        let mut lines = Vec::new();
        for (at, say) in says.iter().enumerate() {
            // Of several things that follow from one the last is how it stands; what began it is worth knowing.
            if at + 1 == says.len() || *say == Say::HumanWanted {
                lines.push(self.said(&lang, turn, say).await?);
            }
        }
        let text = lines.join("\n");
        let waits = matches!(turn.actor, Actor::Message(_)) || crate::thread::event_context::any(turn.conversation);
        let thread = &turn.conversation.thread;
        let platform = turn.account.platform();
        let choices = says.last().map(|say| words::choices(say, thread, platform, waits)).unwrap_or_default();
        let button = |choice: Choice| {
            let action = format!("{}:{}", crate::context::area::HANDOVER, choice.verb);
            blocks::button(&self.cx.text(&lang, choice.label, &[]), &action, &choice.value, choice.look)
        };
        let buttons: Vec<Value> = choices.into_iter().map(button).collect();
        let mut shown = vec![blocks::section(&text)];
        if !buttons.is_empty() {
            shown.push(blocks::actions("handover:choices", buttons));
        }
        let now = self.cx.now_ms();
        let old = turn.conversation.thread_notice.take().filter(|notice| notice.room_id == room_id);
        if let Some(old) = old {
            let fresh = now.saturating_sub(old.at) < FRESH_MS;
            let (text, blocks) = if fresh { (Some(text.clone()), shown.clone()) } else { (None, Vec::new()) };
            let message_id = old.message_id.clone();
            // Of a line that is no longer fresh only the buttons go: they would do what is no longer meant.
            match self.cx.call(MessageEdit { message_id, text, attachments: None, blocks: Some(blocks) }).await {
                Ok(()) if fresh => {
                    turn.conversation.thread_notice = Some(old);
                    return Ok(());
                }
                Ok(()) => {}
                Err(error) => self.cx.warn("handover-notice", error.code()),
            }
        }
        let by = match turn.actor {
            Actor::Person { user, .. } => Some(user.id.as_str()),
            _ => None,
        };
        let Some(message_id) = self.notes.tell_in_room(&room_id, by, text, shown).await? else { return Ok(()) };
        let notice = ThreadBanner { conversation: turn.id().clone(), message_id, room_id, at: now };
        self.records.put_record(&notice).await?;
        turn.conversation.thread_notice = Some(notice);
        Ok(())
    }

    /// An agent is to serve a customer whose thread another app has, which no line in the room says.
    pub(crate) async fn brief(&self, id: &ConversationId, room: &Room) -> Result<(), CoreError> {
        let Some(account) = self.accounts.account(id.channel, &id.account).await? else { return Ok(()) };
        let _lock = self.cx.lock(&id.to_string()).await;
        let mut conversation = self.conversations.conversation(id).await?;
        let notice = conversation.thread_notice.as_ref();
        let is_said = notice.is_some_and(|notice| notice.room_id == room.id);
        if is_said
            || conversation.head.room_id.as_ref() != Some(&room.id)
            || may_answer_automatically(&conversation, self.cx.now_ms())
        {
            return Ok(());
        }
        let settings = self.cx.settings().await?;
        let mut turn = ThreadEventContext::new(&mut conversation, &account, settings, Actor::Clock, self.cx.now_ms());
        let say = if turn.conversation.thread.asked_at.is_some() { Say::Asked } else { Say::Theirs };
        self.show_line(&mut turn, &[say]).await
    }

    /// A sentence in words.
    async fn said(&self, lang: &Lang, turn: &ThreadEventContext<'_>, say: &Say) -> Result<String, CoreError> {
        let agent = match turn.actor {
            Actor::Person { user, .. } if user.name.is_empty() => user.username.clone(),
            Actor::Person { user, .. } => user.name.clone(),
            _ => String::new(),
        };
        if let (Say::Ours, Some(from)) = (say, &turn.handed_by) {
            return self.given_text(lang, turn.account, from.as_ref(), turn.metadata.as_deref()).await;
        }
        let app = match words::app_in(say) {
            Named::None => String::new(),
            Named::Owner => self.thread_apps.owner_shown(lang, turn).await?,
            Named::Asker(by) => self.thread_apps.app_shown(lang, turn.account, &turn.settings, by).await?,
        };
        Ok(words::sentence(self.cx.translator(lang), say, &app, &agent, turn.why.as_ref(), turn.metadata.as_deref()))
    }

    /// The line for a conversation that another app handed to us, with what that app says about it.
    pub(crate) async fn given_text(
        &self,
        lang: &Lang,
        account: &omni_domain::account::Account,
        from: Option<&AppId>,
        note: Option<&str>,
    ) -> Result<String, CoreError> {
        let settings = self.cx.settings().await?;
        let app = match from {
            Some(_) => Some(self.thread_apps.app_shown(lang, account, &settings, from).await?),
            None => None,
        };
        Ok(words::given(self.cx.translator(lang), app.as_deref(), note))
    }
}
