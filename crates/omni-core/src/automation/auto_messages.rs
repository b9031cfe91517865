//! What the app says of its own accord: welcome, offline, finished, and the question how it was. Each once.
//!
//! What is to be said is noted before it is said and the note removed after it: should this process end in between, the
//! next tick says it. Saying something twice under the same identity is saying it once, see [`AppText`].

use crate::automation::survey::Surveys;
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::notes::Notes;
use crate::gateway::people::People;
use crate::host::{Departments, Host, Room, RoomFind};
use crate::outbox::agent_notices::AgentNotices;
use crate::outbox::app_text::{AppText, AppTexts, SendResult};
use crate::store::accounts::Accounts;
use crate::store::load::Conversations;
use crate::store::open_room_records::OpenRoomRecords;
use crate::store::waiting_list::WaitingList;
use crate::store::{Record, Records};
use crate::thread::event_context::may_answer_automatically;
use meta_wire::limits;
use omni_domain::account::Account;
use omni_domain::auto_message::AutoMessage;
use omni_domain::compose::plain;
use omni_domain::conversation::{Conversation, ConversationId};
use omni_domain::outgoing::Choice;
use omni_domain::routing::rules::department_for;
use omni_domain::routing::template::{Occasion, Placeholder};
use omni_domain::routing::{Origin, template};
use omni_domain::waiting::Waiting;
use omni_domain::{key, survey};
use std::cell::RefCell;

pub(crate) const DUES: &str = "dues";

impl Record for AutoMessage {
    const KIND: &'static str = "due";

    fn keys(&self) -> Vec<String> {
        vec![DUES.into(), format!("due:{}", self.due_id)]
    }
}

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct AutoMessagesMemory {
    /// Welcomes that wait for the first message to be in its room.
    pub(crate) welcomes: RefCell<Vec<AutoMessage>>,
    /// What is said once a room is released.
    pub(crate) farewells: RefCell<Vec<AutoMessage>>,
}

service! {
    /// Says what the app says by itself, each once: welcome, offline, finished, the question how it was.
    pub(crate) AutoMessages {
        accounts: Accounts,
        agent_notices: AgentNotices,
        app_texts: AppTexts,
        cx: Context,
        conversations: Conversations,
        notes: Notes,
        open_room_records: OpenRoomRecords,
        people: People,
        records: Records,
        surveys: Surveys,
        waiting_list: WaitingList,
    } remembers AutoMessagesMemory
}

impl<H: Host> AutoMessages<H> {
    /// A room was opened for the conversation; its first message is still to come.
    pub(crate) async fn conversation_begins(
        &self,
        conversation: &Conversation,
        account: &Account,
        origin: Origin,
        room_id: &str,
    ) -> Result<(), CoreError> {
        // The room is on the list before it counts as the conversation's: its closing is then noticed in any case.
        self.open_room_records.note_open_room(&conversation.head.id, room_id).await?;
        let due = AutoMessage { origin, ..self.due(&conversation.head.id, Occasion::Welcome, room_id) };
        let due = AutoMessage { room_id: Some(room_id.to_owned()), ..due };
        // Entered anew after an attempt that failed, it is noted already.
        let noted = self.memory.welcomes.borrow().iter().any(|known| known.about == due.about);
        if noted || due.text(account).is_empty() {
            return Ok(());
        }
        self.records.create_record(&due).await?;
        self.memory.welcomes.borrow_mut().push(due);
        Ok(())
    }

    /// A message is in its room: whoever was not welcomed there yet is welcomed soon, after whatever else waits to be shown
    /// there. In the background: the next conversation need not wait for Meta.
    pub(crate) fn message_shown(&self, id: &ConversationId, room_id: &str) {
        let Some(due) = taken(&self.memory.welcomes, room_id) else { return };
        let (this, id) = (self.clone(), id.clone());
        self.cx.host.background(Box::pin(async move {
            if let Err(error) = this.carry_out_apart(&id, &due).await {
                this.cx.warn("app-text-not-sent", error.code());
            }
        }));
    }

    async fn carry_out_apart(&self, id: &ConversationId, due: &AutoMessage) -> Result<(), CoreError> {
        let _lock = self.cx.lock(&id.to_string()).await;
        let Some(account) = self.accounts.account(id.channel, &id.account).await? else { return Ok(()) };
        let conversation = self.conversations.conversation(id).await?;
        self.carry_out_due(&conversation, &account, due).await
    }

    /// The conversation's room was closed, by whomever: what is to be said about it is noted.
    pub(crate) async fn note_finished(
        &self,
        conversation: &Conversation,
        account: &Account,
        room: &Room,
    ) -> Result<(), CoreError> {
        for occasion in [Occasion::Finished, Occasion::Survey] {
            let due = AutoMessage {
                room_id: Some(room.id.clone()),
                agent: room.served_by.as_ref().map(|agent| agent.name.clone()),
                department: room.department.clone(),
                ..self.due(&conversation.head.id, occasion, &room.id)
            };
            if !due.text(account).is_empty() {
                self.records.create_record(&due).await?;
                self.memory.farewells.borrow_mut().push(due);
            }
        }
        Ok(())
    }

    /// The room is released: what was noted is said. The caller holds the conversation's lock.
    pub(crate) async fn conversation_finished(
        &self,
        conversation: &Conversation,
        account: &Account,
        room: &Room,
    ) -> Result<(), CoreError> {
        while let Some(due) = taken(&self.memory.farewells, &room.id) {
            self.carry_out_due(conversation, account, &due).await?;
        }
        Ok(())
    }

    /// The customer is to be told that nobody is there: that is noted.
    pub(crate) async fn note_nobody_is_there(
        &self,
        account: &Account,
        waiting: &Waiting,
    ) -> Result<Option<AutoMessage>, CoreError> {
        let due = AutoMessage {
            // A rule may have chosen another one than the account's.
            department: department_for(account, &waiting.origin),
            ..self.due(&waiting.conversation, Occasion::Offline, &waiting.waiting_id)
        };
        if due.text(account).is_empty() {
            return Ok(None);
        }
        self.records.create_record(&due).await?;
        Ok(Some(due))
    }

    fn due(&self, id: &ConversationId, occasion: Occasion, about: &str) -> AutoMessage {
        AutoMessage {
            due_id: self.cx.random_hex(8),
            conversation: id.clone(),
            occasion,
            about: about.to_owned(),
            room_id: None,
            origin: Origin::default(),
            agent: None,
            department: None,
            at: self.cx.now_ms(),
        }
    }

    /// Says what is due. The caller holds the conversation's lock.
    pub(crate) async fn carry_out_due(
        &self,
        conversation: &Conversation,
        account: &Account,
        due: &AutoMessage,
    ) -> Result<(), CoreError> {
        if let Err(why) = self.say_due(conversation, account, due).await? {
            self.cx.warn("app-text-not-sent", &format!("{}: {why}", due.occasion.as_str()));
            self.tell_not_said(due, &why).await?;
        }
        self.records.remove_record(due).await
    }

    /// Says it, or answers why that is not possible.
    async fn say_due(
        &self,
        conversation: &Conversation,
        account: &Account,
        due: &AutoMessage,
    ) -> Result<Result<(), String>, CoreError> {
        if !may_answer_automatically(conversation, self.cx.now_ms()) {
            return Ok(Err(HELD_BY_OTHER.to_owned()));
        }
        let text = self.filled(conversation, account, due).await?;
        if text.is_empty() {
            return Ok(Ok(()));
        }
        let choice = |(title, payload): (String, String)| Choice { title, payload, link: false };
        let choices = match due.occasion {
            Occasion::Survey => survey::choices(&due.about).into_iter().map(choice).collect(),
            _ => Vec::new(),
        };
        let said = AppText { occasion: due.occasion_name(), text, choices, room_id: due.room_id.clone() };
        Ok(match self.app_texts.send_app_text(account, conversation, said).await? {
            SendResult::Sent | SendResult::Waiting | SendResult::Before => {
                if due.occasion == Occasion::Survey {
                    self.surveys.note_asked(&due.conversation, &due.about, due.at).await?;
                }
                Ok(())
            }
            SendResult::Refused(code) => Err(code),
        })
    }

    async fn filled(
        &self,
        conversation: &Conversation,
        account: &Account,
        due: &AutoMessage,
    ) -> Result<String, CoreError> {
        let text = due.text(account);
        let room = match &due.room_id {
            Some(room_id)
                if due.occasion == Occasion::Welcome
                    && (template::names(text, Placeholder::Agent)
                        || template::names(text, Placeholder::Department)) =>
            {
                self.cx.call(RoomFind { room_id: room_id.clone() }).await?
            }
            _ => None,
        };
        let served_by = room.as_ref().and_then(|room| room.served_by.as_ref()).map(|agent| agent.name.clone());
        let agent = due.agent.clone().or(served_by).unwrap_or_else(|| account.shown());
        let department = due.department.clone().or_else(|| room.and_then(|room| room.department));
        let department = department.or_else(|| account.config.department.clone());
        let department = match department.filter(|_| template::names(text, Placeholder::Department)) {
            Some(id) => self.cx.call(Departments {}).await?.into_iter().find(|known| known.id == id),
            None => None,
        };
        let department = department.map_or_else(|| account.shown(), |department| department.name);
        let customer = match template::names(text, Placeholder::Customer) {
            // Nobody is greeted by the name that agents tell the nameless apart by.
            true => self.people.known_name(conversation).await?.filter(|name| *name != due.conversation.unnamed()),
            false => None,
        };
        let customer = customer.unwrap_or_default();
        Ok(template::fill(&plain(text), limits::text(account.platform()), |placeholder| match placeholder {
            Placeholder::Customer => customer.clone(),
            Placeholder::Account => account.shown(),
            Placeholder::Agent => agent.clone(),
            Placeholder::Department => department.clone(),
            Placeholder::Hours => account.config.hours.clone(),
        }))
    }

    /// The agents read in the room why the customer was not told.
    async fn tell_not_said(&self, due: &AutoMessage, code: &str) -> Result<(), CoreError> {
        let Some(room_id) = due.room_id.clone().filter(|_| due.occasion != Occasion::Survey) else { return Ok(()) };
        let lang = self.cx.workspace_lang().await;
        let what = match due.occasion {
            Occasion::Welcome => self.cx.text(&lang, key!("config_welcome"), &[]),
            _ => self.cx.text(&lang, key!("config_finished"), &[]),
        };
        let why = match code {
            HELD_BY_OTHER => self.cx.text(&lang, key!("flow_not_said_other_app"), &[]),
            code if code.starts_with("window-") || code.starts_with("meta-outside-window") => {
                self.cx.text(&lang, key!("flow_not_said_window"), &[])
            }
            code => self.agent_notices.why_not_sent(&lang, code),
        };
        let text = self.cx.text(&lang, key!("flow_not_said"), &[("message", &what), ("reason", &why)]);
        match self.notes.tell_in_room(&room_id, None, text, Vec::new()).await {
            Ok(_) => Ok(()),
            // The room is gone, or the bot may not write there: the log has it.
            Err(error) => {
                self.cx.warn("app-text-not-told", error.code());
                Ok(())
            }
        }
    }
}

/// Another app has the thread: what is said there of its own accord is that one's to say.
const HELD_BY_OTHER: &str = "thread-held-by-other-app";

/// Takes the first one about the room off the list.
fn taken(list: &RefCell<Vec<AutoMessage>>, room_id: &str) -> Option<AutoMessage> {
    let mut list = list.borrow_mut();
    let at = list.iter().position(|due| due.about == room_id)?;
    Some(list.remove(at))
}
