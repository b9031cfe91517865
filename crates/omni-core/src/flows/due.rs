//! What the app says of its own accord: welcome, offline, finished, and the question how it was. Each once.
//!
//! What is to be said is noted before it is said and the note removed after it: should this process end in between, the
//! next tick says it. Saying something twice under the same identity is saying it once, see [`AppText`].

use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Departments, Host, Room, RoomFind, StoreRead};
use crate::key;
use crate::outbound::{AppText, Said};
use crate::session::Session;
use crate::store::{Account, Choice, Conversation, ConversationId, Origin, Record};
use meta_wire::answer::{Call, Profile};
use meta_wire::ids::ScopedUserId;
use meta_wire::limits;
use meta_wire::request::locale;
use meta_wire::webhook::Item;
use omni_domain::auto_message::Due;
use omni_domain::compose::plain;
use omni_domain::routing::rules::{department_for, origin_of};
use omni_domain::routing::template::{self, Occasion, Placeholder};
use omni_domain::survey;
use omni_domain::timing::{DAY_MS, MINUTE_MS, in_turn};
use omni_domain::waiting::Waiting;
use std::cell::RefCell;

/// Past this the process that was to say it is gone, in milliseconds: longer than the host lets a handler run.
const LEFT_BEHIND_MS: i64 = 45_000;

/// What could not be said by then is not worth saying any more, in milliseconds.
const TOO_LATE_MS: i64 = DAY_MS;

/// How many left behind are looked after in one run.
const MOST_AT_ONCE: usize = 50;

const ALL: &str = "dues";

impl Record for Due {
    const KIND: &'static str = "due";

    fn keys(&self) -> Vec<String> {
        vec![ALL.into(), format!("due:{}", self.due_id)]
    }
}

impl<H: Host> Session<H> {
    /// How the customer came to write, as far as the account's rules ask for it.
    pub(crate) async fn origin(
        &self,
        account: &Account,
        id: &ConversationId,
        item: &Item,
    ) -> Result<Origin, CoreError> {
        if account.config.rules.is_empty() {
            return Ok(Origin::default());
        }
        // What was promised when the customer began to wait is kept, whatever is shown first by now.
        if let Some(waiting) = self.waiting_in(id).await?.filter(|waiting| !waiting.message_only) {
            return Ok(waiting.origin);
        }
        let mut origin = origin_of(item);
        if account.config.rules.iter().any(|rule| rule.kind == crate::store::RuleKind::Language) {
            origin.language = self.language_of(account, &id.person).await;
        }
        Ok(origin)
    }

    /// The customer's language, where Meta tells it: Messenger does, to apps with the permission `pages_user_locale`.
    async fn language_of(&self, account: &Account, person: &ScopedUserId) -> Option<String> {
        if account.channel != Channel::Facebook {
            return None;
        }
        let settings = self.settings().await.ok()?;
        let request = locale(&account.graph(&settings), person).ok()?;
        match self.meta::<Profile>(Call::Repeatable, request).await {
            Ok(profile) => profile.locale,
            Err(refusal) => {
                self.warn("locale-refused", &refusal.to_string());
                None
            }
        }
    }

    /// A room was opened for the conversation; its first message is still to come.
    pub(crate) async fn conversation_begins(
        &self,
        conversation: &Conversation,
        account: &Account,
        origin: Origin,
        room_id: &str,
    ) -> Result<(), CoreError> {
        // The room is on the list before it counts as the conversation's: its closing is then noticed in any case.
        self.note_open_room(&conversation.head.id, room_id).await?;
        let due = Due { origin, ..self.due(&conversation.head.id, Occasion::Welcome, room_id) };
        let due = Due { room_id: Some(room_id.to_owned()), ..due };
        // Entered anew after an attempt that failed, it is noted already.
        let noted = self.memory.ledger.welcomes.borrow().iter().any(|known| known.about == due.about);
        if noted || due.text(account).is_empty() {
            return Ok(());
        }
        self.create_record(&due).await?;
        self.memory.ledger.welcomes.borrow_mut().push(due);
        Ok(())
    }

    /// A message is in its room: whoever was not welcomed there yet is welcomed soon, after whatever else waits to be shown
    /// there. In the background: the next conversation need not wait for Meta.
    pub(crate) fn message_shown(&self, id: &ConversationId, room_id: &str) {
        let Some(due) = taken(&self.memory.ledger.welcomes, room_id) else { return };
        let (session, id) = (self.clone(), id.clone());
        self.host.background(Box::pin(async move {
            if let Err(error) = session.carry_out_apart(&id, &due).await {
                session.warn("app-text-not-sent", error.code());
            }
        }));
    }

    async fn carry_out_apart(&self, id: &ConversationId, due: &Due) -> Result<(), CoreError> {
        let _lock = self.lock(&id.to_string()).await;
        let Some(account) = self.account(id.channel, &id.account).await? else { return Ok(()) };
        let conversation = self.conversation(id).await?;
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
            let due = Due {
                room_id: Some(room.id.clone()),
                agent: room.served_by.as_ref().map(|agent| agent.name.clone()),
                department: room.department.clone(),
                ..self.due(&conversation.head.id, occasion, &room.id)
            };
            if !due.text(account).is_empty() {
                self.create_record(&due).await?;
                self.memory.ledger.farewells.borrow_mut().push(due);
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
        while let Some(due) = taken(&self.memory.ledger.farewells, &room.id) {
            self.carry_out_due(conversation, account, &due).await?;
        }
        Ok(())
    }

    /// The customer is to be told that nobody is there: that is noted.
    pub(super) async fn note_nobody_is_there(
        &self,
        account: &Account,
        waiting: &Waiting,
    ) -> Result<Option<Due>, CoreError> {
        let due = Due {
            // A rule may have chosen another one than the account's.
            department: department_for(account, &waiting.origin),
            ..self.due(&waiting.conversation, Occasion::Offline, &waiting.waiting_id)
        };
        if due.text(account).is_empty() {
            return Ok(None);
        }
        self.create_record(&due).await?;
        Ok(Some(due))
    }

    fn due(&self, id: &ConversationId, occasion: Occasion, about: &str) -> Due {
        Due {
            due_id: self.random_hex(8),
            conversation: id.clone(),
            occasion,
            about: about.to_owned(),
            room_id: None,
            origin: Origin::default(),
            agent: None,
            department: None,
            at: self.now_ms(),
        }
    }

    /// Each minute: what a lost process did not come to say.
    pub(super) async fn carry_out_left_behind(&self) -> Result<(), CoreError> {
        let mut dues: Vec<Due> = self.read_records(ALL).await?;
        // A farewell goes before the question how it was.
        dues.sort_by(|a, b| (a.at, a.occasion, &a.due_id).cmp(&(b.at, b.occasion, &b.due_id)));
        let old = |due: &&Due| self.now_ms().saturating_sub(due.at) > LEFT_BEHIND_MS;
        let old: Vec<&Due> = dues.iter().filter(old).collect();
        let mut result = Ok(());
        // A welcome may wait for the customer's first message as long as it is worth saying.
        for due in in_turn(old.iter(), old.len(), MOST_AT_ONCE, self.now_ms().div_euclid(MINUTE_MS)) {
            // One that cannot be said does not keep the others from their turn.
            result = result.and(self.carry_out_old(due).await);
        }
        result
    }

    async fn carry_out_old(&self, due: &Due) -> Result<(), CoreError> {
        let id = &due.conversation;
        let _lock = self.lock(&id.to_string()).await;
        // Somebody else may have said it while this one waited.
        if self.call(StoreRead { key: format!("due:{}", due.due_id) }).await?.is_empty() {
            return Ok(());
        }
        let too_late = self.now_ms().saturating_sub(due.at) > TOO_LATE_MS;
        let Some(account) = self.account(id.channel, &id.account).await?.filter(|_| !too_late) else {
            return self.remove_record(due).await;
        };
        let conversation = self.conversation(id).await?;
        if due.occasion == Occasion::Welcome && !due.is_in_room(&conversation) {
            return Ok(());
        }
        // The absence is over, or its beginning was cut off: whoever takes up the event then begins it anew.
        if due.occasion == Occasion::Offline
            && self.waiting_in(id).await?.is_none_or(|waiting| waiting.waiting_id != due.about)
        {
            return self.remove_record(due).await;
        }
        self.carry_out_due(&conversation, &account, due).await
    }

    /// Says what is due. The caller holds the conversation's lock.
    pub(super) async fn carry_out_due(
        &self,
        conversation: &Conversation,
        account: &Account,
        due: &Due,
    ) -> Result<(), CoreError> {
        if let Err(why) = self.say_due(conversation, account, due).await? {
            self.warn("app-text-not-sent", &format!("{}: {why}", due.occasion.as_str()));
            self.tell_not_said(due, &why).await?;
        }
        self.remove_record(due).await
    }

    /// Says it, or answers why that is not possible.
    async fn say_due(
        &self,
        conversation: &Conversation,
        account: &Account,
        due: &Due,
    ) -> Result<Result<(), String>, CoreError> {
        if !self.may_answer_automatically(conversation) {
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
        Ok(match self.send_app_text(account, conversation, said).await? {
            Said::Sent | Said::Waiting | Said::Before => {
                if due.occasion == Occasion::Survey {
                    self.note_asked(&due.conversation, &due.about, due.at).await?;
                }
                Ok(())
            }
            Said::Refused(code) => Err(code),
        })
    }

    async fn filled(&self, conversation: &Conversation, account: &Account, due: &Due) -> Result<String, CoreError> {
        let text = due.text(account);
        let room = match &due.room_id {
            Some(room_id)
                if due.occasion == Occasion::Welcome
                    && (template::names(text, Placeholder::Agent)
                        || template::names(text, Placeholder::Department)) =>
            {
                self.call(RoomFind { room_id: room_id.clone() }).await?
            }
            _ => None,
        };
        let served_by = room.as_ref().and_then(|room| room.served_by.as_ref()).map(|agent| agent.name.clone());
        let agent = due.agent.clone().or(served_by).unwrap_or_else(|| account.shown());
        let department = due.department.clone().or_else(|| room.and_then(|room| room.department));
        let department = department.or_else(|| account.config.department.clone());
        let department = match department.filter(|_| template::names(text, Placeholder::Department)) {
            Some(id) => self.call(Departments {}).await?.into_iter().find(|known| known.id == id),
            None => None,
        };
        let department = department.map_or_else(|| account.shown(), |department| department.name);
        let customer = match template::names(text, Placeholder::Customer) {
            // Nobody is greeted by the name that agents tell the nameless apart by.
            true => self.known_name(conversation).await?.filter(|name| *name != due.conversation.unnamed()),
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
    async fn tell_not_said(&self, due: &Due, code: &str) -> Result<(), CoreError> {
        let Some(room_id) = due.room_id.clone().filter(|_| due.occasion != Occasion::Survey) else { return Ok(()) };
        let lang = self.workspace_lang().await;
        let what = match due.occasion {
            Occasion::Welcome => self.text(&lang, key!("config_welcome"), &[]),
            _ => self.text(&lang, key!("config_finished"), &[]),
        };
        let why = match code {
            HELD_BY_OTHER => self.text(&lang, key!("flow_not_said_other_app"), &[]),
            code if code.starts_with("window-") || code.starts_with("meta-outside-window") => {
                self.text(&lang, key!("flow_not_said_window"), &[])
            }
            code => self.why_not_sent(&lang, code),
        };
        let text = self.text(&lang, key!("flow_not_said"), &[("message", &what), ("reason", &why)]);
        match self.tell_in_room(&room_id, None, text, Vec::new()).await {
            Ok(_) => Ok(()),
            // The room is gone, or the bot may not write there: the log has it.
            Err(error) => {
                self.warn("app-text-not-told", error.code());
                Ok(())
            }
        }
    }
}

/// Another app has the thread: what is said there of its own accord is that one's to say.
const HELD_BY_OTHER: &str = "thread-held-by-other-app";

/// Takes the first one about the room off the list.
fn taken(list: &RefCell<Vec<Due>>, room_id: &str) -> Option<Due> {
    let mut list = list.borrow_mut();
    let at = list.iter().position(|due| due.about == room_id)?;
    Some(list.remove(at))
}
