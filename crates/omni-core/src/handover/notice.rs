//! What people read about a thread: one line in the room per change, rewritten in place while it is fresh, with buttons for
//! what can be done; and answers to whoever asked for something.

use super::drive::{Actor, Turn};
use super::machine::{ASKED_MS, Deed, Say};
use super::why::Why;
use crate::error::CoreError;
use crate::host::{Host, MessageEdit, Room, User};
use crate::key;
use crate::session::Session;
use crate::store::{ConversationId, Notice, ThreadOwner};
use crate::texts::{Key, Lang};
use meta_wire::ids::AppId;
use meta_wire::request::thread::inbox_app;
use omni_domain::blocks;
use omni_domain::blocks::Look;
use omni_domain::render::text::without_bidi_controls;
use serde_json::Value;

/// How long a line is rewritten instead of followed by another one, in milliseconds: apps that pass a thread to and fro do
/// not fill the room.
const FRESH_MS: i64 = 2 * 60 * 1000;

/// Longest part of another app's note that is shown, in characters.
const NOTE_LENGTH: usize = 300;

/// What a button does: the word behind the area's.
pub(super) mod verb {
    pub(in crate::handover) const TAKE: &str = "take";
    pub(in crate::handover) const REQUEST: &str = "request";
    pub(in crate::handover) const RELEASE: &str = "release";
    pub(in crate::handover) const PASS: &str = "pass";
    pub(in crate::handover) const DISCARD: &str = "discard";
}

impl<H: Host> Session<H> {
    /// Says what happened, to those whom it concerns.
    pub(super) async fn tell_turn(&self, turn: &mut Turn<'_>, says: &[Say]) -> Result<(), CoreError> {
        let Some(last) = says.last() else { return Ok(()) };
        match turn.actor {
            Actor::Person { user, room } if is_answer(last) => self.answer(turn, user, &room.id, last).await,
            Actor::Close(room) => {
                // Most of what Meta refuses then does not matter to anybody: nothing was left to give away.
                let told = room.served_by.as_ref().filter(|_| turn.why.as_ref().is_some_and(Why::is_forbidden));
                match told {
                    Some(user) if is_answer(last) => self.answer(turn, user, &room.id, last).await,
                    _ => Ok(()),
                }
            }
            _ => self.show_line(turn, says).await,
        }
    }

    async fn answer(&self, turn: &Turn<'_>, user: &User, room_id: &str, say: &Say) -> Result<(), CoreError> {
        let lang = self.lang_of(user).await;
        let text = self.said(&lang, turn, say).await?;
        let shown = vec![blocks::section(&text)];
        self.tell(turn.account.channel, user, room_id, text, shown).await
    }

    /// The line in the room; none between conversations. While the customer waits for an answer it is for one alone.
    async fn show_line(&self, turn: &mut Turn<'_>, says: &[Say]) -> Result<(), CoreError> {
        let Some(room_id) = turn.conversation.head.room_id.clone() else { return Ok(()) };
        let lang = self.workspace_lang().await;
        let mut lines = Vec::new();
        for (at, say) in says.iter().enumerate() {
            // Of several things that follow from one the last is how it stands; what began it is worth knowing.
            if at + 1 == says.len() || *say == Say::HumanWanted {
                lines.push(self.said(&lang, turn, say).await?);
            }
        }
        let text = lines.join("\n");
        let buttons = says.last().map(|say| self.buttons(&lang, turn, say)).unwrap_or_default();
        let mut shown = vec![blocks::section(&text)];
        if !buttons.is_empty() {
            shown.push(blocks::actions("handover:choices", buttons));
        }
        let now = self.now_ms();
        let old = turn.conversation.thread_notice.take().filter(|notice| notice.room_id == room_id);
        if let Some(old) = old {
            let fresh = now.saturating_sub(old.at) < FRESH_MS;
            let (text, blocks) = if fresh { (Some(text.clone()), shown.clone()) } else { (None, Vec::new()) };
            let message_id = old.message_id.clone();
            // Of a line that is no longer fresh only the buttons go: they would do what is no longer meant.
            match self.call(MessageEdit { message_id, text, attachments: None, blocks: Some(blocks) }).await {
                Ok(()) if fresh => {
                    turn.conversation.thread_notice = Some(old);
                    return Ok(());
                }
                Ok(()) => {}
                Err(error) => self.warn("handover-notice", error.code()),
            }
        }
        let by = match turn.actor {
            Actor::Person { user, .. } => Some(user.id.as_str()),
            _ => None,
        };
        let Some(message_id) = self.tell_in_room(&room_id, by, text, shown).await? else { return Ok(()) };
        let notice = Notice { conversation: turn.id().clone(), message_id, room_id, at: now };
        self.put_record(&notice).await?;
        turn.conversation.thread_notice = Some(notice);
        Ok(())
    }

    /// An agent is to serve a customer whose thread another app has, which no line in the room says.
    pub(crate) async fn brief(&self, id: &ConversationId, room: &Room) -> Result<(), CoreError> {
        let Some(account) = self.account(id.channel, &id.account).await? else { return Ok(()) };
        let _lock = self.lock(&id.to_string()).await;
        let mut conversation = self.conversation(id).await?;
        let notice = conversation.thread_notice.as_ref();
        let is_said = notice.is_some_and(|notice| notice.room_id == room.id);
        if is_said
            || conversation.head.room_id.as_ref() != Some(&room.id)
            || self.may_answer_automatically(&conversation)
        {
            return Ok(());
        }
        let settings = self.settings().await?;
        let mut turn = Turn::new(&mut conversation, &account, settings, Actor::Clock, self.now_ms());
        let say = if turn.conversation.thread.asked_at.is_some() { Say::Asked } else { Say::Theirs };
        self.show_line(&mut turn, &[say]).await
    }

    /// A sentence in words.
    async fn said(&self, lang: &Lang, turn: &Turn<'_>, say: &Say) -> Result<String, CoreError> {
        let agent = match turn.actor {
            Actor::Person { user, .. } if user.name.is_empty() => user.username.clone(),
            Actor::Person { user, .. } => user.name.clone(),
            _ => String::new(),
        };
        let key = match say {
            Say::Ours if turn.handed_by.is_some() => {
                let from = turn.handed_by.as_ref().and_then(Option::as_ref);
                return self.given_text(lang, turn.account, from, turn.metadata.as_deref()).await;
            }
            Say::Ours => key!("hand_ours"),
            Say::Theirs => key!("hand_theirs"),
            Say::Released => key!("hand_released"),
            Say::Passed => key!("hand_passed"),
            Say::Took if agent.is_empty() => key!("hand_took"),
            Say::Took => key!("hand_took_by"),
            Say::Asked => key!("hand_asked"),
            Say::NotGranted => key!("hand_not_granted"),
            Say::Choice => key!("hand_choice"),
            Say::LeadForm => key!("hand_lead_form"),
            Say::Wanted(_) => key!("hand_wanted"),
            Say::HumanWanted => key!("hand_human_wanted"),
            Say::AlreadyOurs => key!("hand_already_ours"),
            Say::AlreadyAsked => key!("hand_already_asked"),
            Say::NotOurs => key!("hand_not_ours"),
            Say::AlreadyIdle => key!("hand_already_idle"),
            Say::Denied(deed) => deed.denied(),
        };
        let app = match say {
            Say::Wanted(by) => self.app_shown(lang, turn.account, &turn.settings, by.as_ref()).await?,
            Say::Theirs | Say::Passed | Say::Asked | Say::NotGranted | Say::Choice | Say::NotOurs => {
                self.owner_shown(lang, turn).await?
            }
            _ => String::new(),
        };
        let (reason, code) = match (&turn.why, say) {
            (Some(why), Say::Denied(_)) => (self.text(lang, why.key(), &[]), why.code()),
            _ => (String::new(), ""),
        };
        let minutes = (ASKED_MS / 60_000).to_string();
        let values =
            [("app", app.as_str()), ("agent", &agent), ("reason", &reason), ("code", code), ("minutes", &minutes)];
        let text = self.text(lang, key, &values);
        Ok(match (say, turn.metadata.as_deref()) {
            (Say::Wanted(_), Some(note)) => format!("{text}\n{}", self.noted(lang, note)),
            _ => text,
        })
    }

    /// What another app says about a change, as its words.
    pub(super) fn noted(&self, lang: &Lang, note: &str) -> String {
        let note: String = without_bidi_controls(note).chars().filter(|c| *c != '`').take(NOTE_LENGTH).collect();
        let note = note.split_whitespace().collect::<Vec<_>>().join(" ");
        self.text(lang, key!("hand_note"), &[("note", &format!("`{note}`"))])
    }

    fn buttons(&self, lang: &Lang, turn: &Turn<'_>, say: &Say) -> Vec<Value> {
        let waits = matches!(turn.actor, Actor::Message(_)) || super::waits::any(turn.conversation);
        let inbox = inbox_app(turn.account.platform());
        let button = |label: Key, verb: &str, value: &str, look: Look| {
            blocks::button(&self.text(lang, label, &[]), &format!("{}:{verb}", crate::ui::area::HANDOVER), value, look)
        };
        let take = || {
            let label = if waits { key!("hand_button_take_and_send") } else { key!("hand_button_take") };
            button(label, verb::TAKE, "", Look::Primary)
        };
        let request = || button(key!("hand_button_request"), verb::REQUEST, "", Look::Plain);
        let discard = || button(key!("hand_button_discard"), verb::DISCARD, "", Look::Danger);
        let mut shown = match say {
            Say::Theirs | Say::Choice | Say::NotGranted | Say::Denied(_) => vec![take(), request()],
            Say::Asked | Say::LeadForm | Say::Passed => vec![take()],
            Say::Ours | Say::Took => vec![
                button(key!("hand_button_release"), verb::RELEASE, "", Look::Plain),
                button(key!("hand_button_inbox"), verb::PASS, inbox, Look::Plain),
            ],
            Say::Wanted(Some(by)) => vec![button(key!("hand_button_give"), verb::PASS, by.as_str(), Look::Primary)],
            _ => Vec::new(),
        };
        if waits && matches!(turn.conversation.thread.owner, ThreadOwner::Other { .. }) {
            shown.push(discard());
        }
        shown
    }

    /// The line for a conversation that another app handed to us, with what that app says about it.
    pub(crate) async fn given_text(
        &self,
        lang: &Lang,
        account: &crate::store::Account,
        from: Option<&AppId>,
        note: Option<&str>,
    ) -> Result<String, CoreError> {
        let settings = self.settings().await?;
        let text = match from {
            Some(_) => {
                let app = self.app_shown(lang, account, &settings, from).await?;
                self.text(lang, key!("hand_given_by"), &[("app", &app)])
            }
            None => self.text(lang, key!("hand_given"), &[]),
        };
        Ok(match note.filter(|note| !note.trim().is_empty()) {
            Some(note) => format!("{text}\n{}", self.noted(lang, note)),
            None => text,
        })
    }
}

/// Whether it answers whoever asked for something and concerns nobody else.
fn is_answer(say: &Say) -> bool {
    let answers = matches!(say, Say::AlreadyOurs | Say::AlreadyAsked | Say::NotOurs | Say::AlreadyIdle);
    answers || matches!(say, Say::Denied(Deed::Take | Deed::Request { .. } | Deed::Release | Deed::Pass(_)))
}
