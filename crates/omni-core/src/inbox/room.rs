//! The visitor and the open room of a conversation.

use crate::automation::auto_messages::AutoMessages;
use crate::automation::origin::Origins;
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::profile_reader::ProfileReader;
use crate::host::{
    Departments, Host, Room, RoomClose, RoomCreate, RoomFind, RoomSource, RoomsOpen, Visitor, VisitorFind, VisitorSave,
};
use crate::inbox::open::{MOST_SEEN, OpenRooms};
use crate::inbox::showing::{DeliveryContext, Place};
use crate::store::Records;
use crate::store::accounts::Accounts;
use crate::store::leases::Leases;
use crate::store::load::Conversations;
use crate::store::visitor_keys::VisitorKeys;
use meta_wire::webhook::Item;
use omni_domain::account::Account;
use omni_domain::conversation::{Conversation, ConversationId, ConversationState};
use omni_domain::key;
use omni_domain::message_record::MessageRecord;
use omni_domain::render::profile::{Facts, profile_card};
use omni_domain::routing::Origin;
use omni_domain::routing::rules::department_for;

/// How long one process may take to open a room before another one does, in milliseconds.
const ROOM_MS: i64 = 10_000;

/// How often the other one looks whether it is open, in milliseconds.
const LOOK_AGAIN_MS: u32 = 250;

service! {
    /// Finds or makes the visitor and the open room of a conversation.
    pub(crate) Rooms {
        accounts: Accounts,
        auto_messages: AutoMessages,
        cx: Context,
        conversations: Conversations,
        leases: Leases,
        open_rooms: OpenRooms,
        origins: Origins,
        profile_reader: ProfileReader,
        records: Records,
        visitor_keys: VisitorKeys,
    }
}

impl<H: Host> Rooms<H> {
    /// Enters the conversation's room, opened when there is none. `false` when no agent could serve a moment ago.
    pub(crate) async fn enter_room(&self, showing: &mut DeliveryContext<'_>) -> Result<bool, CoreError> {
        if self.enter_open_room(showing).await? {
            return Ok(true);
        }
        if showing.nobody_online {
            return Ok(false);
        }
        let (room_id, visitor) = self.open_room(showing.conversation, showing.account, showing.item).await?;
        showing.place = Some(Place { room_id, visitor: Some(visitor) });
        Ok(true)
    }

    /// Enters the conversation's room if one is open.
    pub(crate) async fn enter_open_room(&self, showing: &mut DeliveryContext<'_>) -> Result<bool, CoreError> {
        let head = &showing.conversation.head;
        if let (Some(room_id), Some(visitor)) = (head.room_id.clone(), head.visitor.clone())
            && self.open_rooms.is_open(&room_id).await?
        {
            showing.place = Some(Place { room_id, visitor: Some(visitor) });
            return Ok(true);
        }
        Ok(false)
    }

    /// Opens a room for the conversation, or finds one that is open and was not noted.
    async fn open_room(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        item: &Item,
    ) -> Result<(String, Visitor), CoreError> {
        let origin = self.origins.origin(account, &conversation.head.id, item).await?;
        conversation.head.leave_room();
        let department = self.department_in_use(department_for(account, &origin)).await;
        let (mut visitor, facts) = self.ensure_visitor(conversation, account, department.as_deref()).await?;
        // A room is made in the visitor's department, and the server does not take an old one off the visitor.
        visitor.department = department;
        let (room_id, fresh) = self.find_or_create_room(account, &conversation.head.id, &visitor).await?;
        self.open_rooms.saw_open(&room_id);
        if let (true, Some(facts)) = (fresh, facts) {
            let card = profile_card(self.cx.translator(&self.cx.room_lang().await), account.channel, &facts);
            let mut introductions = self.open_rooms.memory.introductions.borrow_mut();
            if introductions.len() >= MOST_SEEN {
                introductions.clear();
            }
            introductions.extend(card.map(|card| (room_id.clone(), card)));
        }
        conversation.head.visitor = Some(visitor.clone());
        conversation.head.room_id = Some(room_id.clone());
        self.auto_messages.conversation_begins(conversation, account, origin, &room_id).await?;
        self.records.put_record(&conversation.head).await?;
        Ok((room_id, visitor))
    }

    /// The customer's open room, made when there is none. A room may be open that no record knows of: the process may have ended
    /// between making and noting it, or another one makes it just now.
    async fn find_or_create_room(
        &self,
        account: &Account,
        id: &ConversationId,
        visitor: &Visitor,
    ) -> Result<(String, bool), CoreError> {
        let name = format!("room:{id}");
        let until = self.cx.now_ms().saturating_add(ROOM_MS);
        loop {
            let lease = self.leases.take_lease(&name, ROOM_MS).await?;
            let open = self.cx.call(RoomsOpen { visitor: visitor.clone() }).await;
            let found = match open.map(|open| open.into_iter().map(|room| (room.id, false)).min()) {
                Ok(None) if lease.is_some() || self.cx.now_ms() >= until => {
                    self.create_room(account, visitor).await.map(Some)
                }
                other => other,
            };
            if let Some(lease) = lease {
                self.leases.release(&lease).await?;
            }
            if let Some(found) = found? {
                return Ok(found);
            }
            self.cx.host.sleep(LOOK_AGAIN_MS).await;
        }
    }

    /// Makes a room. Two instances that made one at once agree on the one with the smaller id; the other is closed.
    async fn create_room(&self, account: &Account, visitor: &Visitor) -> Result<(String, bool), CoreError> {
        let label = account.channel.label().to_owned();
        let source = RoomSource { label, destination: account.shown() };
        let made = self.cx.call(RoomCreate { visitor: visitor.clone(), source }).await?;
        let open = self.cx.call(RoomsOpen { visitor: visitor.clone() }).await?;
        let first = open.into_iter().map(|room| room.id).min();
        match first {
            Some(first) if first != made.id => {
                let comment = self.cx.text(&self.cx.room_lang().await, key!("in_room_twice"), &[]);
                if let Err(error) = self.cx.call(RoomClose { room_id: made.id, comment }).await {
                    self.cx.warn("room-twice", error.code());
                }
                Ok((first, false))
            }
            _ => Ok((made.id, true)),
        }
    }

    async fn ensure_visitor(
        &self,
        conversation: &mut Conversation,
        account: &Account,
        department: Option<&str>,
    ) -> Result<(Visitor, Option<Facts>), CoreError> {
        let token = self.visitor_keys.visitor_token(&conversation.head.id).await?;
        let known = self.cx.call(VisitorFind { token: token.clone() }).await?;
        let facts = self.profile_reader.facts_of(conversation, account).await;
        let name = facts.as_ref().and_then(|facts| facts.name.clone());
        if let Some(visitor) = known {
            let name = match name {
                Some(name) if self.is_unnamed(&conversation.head, &visitor).await? => Some(name),
                _ => None,
            };
            if name.is_none() && (department.is_none() || visitor.department.as_deref() == department) {
                return Ok((visitor, facts));
            }
            let visitor = self.save_visitor(&token, name, None, department).await?;
            return Ok((visitor, facts));
        }
        let name = name.unwrap_or_else(|| conversation.head.id.unnamed());
        // A bare handle could be that of a user of the workspace, whose picture the server would then show.
        let username = facts.as_ref().and_then(|facts| facts.username.as_ref());
        let username = username.map(|handle| format!("{}-{handle}", account.channel.as_str()));
        let visitor = self.save_visitor(&token, Some(name), username, department).await?;
        if let Some(facts) = &facts {
            self.profile_reader.keep_facts(&token, facts).await;
        }
        Ok((visitor, facts))
    }

    /// The department, unless it is gone, disabled or has nobody in it: its customers would wait for ever.
    pub(crate) async fn department_in_use(&self, wanted: Option<String>) -> Option<String> {
        let wanted = wanted?;
        match self.cx.call(Departments {}).await {
            Ok(all) if !all.iter().any(|known| known.id == wanted) => {
                self.cx.warn("department-unknown", "a conversation goes where the server's routing sends it");
                None
            }
            Ok(_) => Some(wanted),
            Err(error) => {
                self.cx.warn("departments-unread", error.code());
                Some(wanted)
            }
        }
    }

    /// Whether the customer still has the name that stands for none. Agents rename contacts, not visitors, and rooms are
    /// called after those: another name for the visitor would then be a conflict that agents are asked about.
    async fn is_unnamed(&self, head: &ConversationState, visitor: &Visitor) -> Result<bool, CoreError> {
        let unnamed = head.id.unnamed();
        if visitor.name != unnamed {
            return Ok(false);
        }
        let Some(room_id) = head.last_room_id.clone() else { return Ok(true) };
        Ok(self.cx.call(RoomFind { room_id }).await?.is_some_and(|room| room.title == unnamed))
    }

    async fn save_visitor(
        &self,
        token: &str,
        name: Option<String>,
        username: Option<String>,
        department: Option<&str>,
    ) -> Result<Visitor, CoreError> {
        let save =
            VisitorSave { token: token.to_owned(), name, username, department: department.map(ToOwned::to_owned) };
        match self.cx.call(save.clone()).await {
            // The department is gone: the conversation must not go with it.
            Err(error) if error.code() == "error-invalid-department" => {
                self.cx.warn("department-unknown", error.code());
                self.cx.call(VisitorSave { department: None, ..save }).await
            }
            other => other,
        }
    }

    /// A room of ours was opened. The server opens one on its own when a customer's message arrives just as the room is
    /// closed: it becomes the conversation's room.
    pub(crate) async fn adopt_room(&self, id: &ConversationId, room: &Room) -> Result<(), CoreError> {
        let _lock = self.cx.lock(&id.to_string()).await;
        let mut conversation = self.conversations.conversation(id).await?;
        let current = conversation.head.room_id.clone();
        if current.as_deref() == Some(room.id.as_str()) || !room.open {
            return Ok(());
        }
        if let Some(current) = current {
            self.open_rooms.memory.rooms_seen_open.borrow_mut().remove(&current);
            if self.open_rooms.is_open(&current).await? {
                return Ok(());
            }
        }
        if conversation.head.visitor.is_none() {
            conversation.head.visitor = self.cx.call(VisitorFind { token: room.visitor_token.clone() }).await?;
        }
        conversation.head.leave_room();
        conversation.head.room_id = Some(room.id.clone());
        if let Some(account) = self.accounts.account(id.channel, &id.account).await? {
            let first = conversation.entries.iter().filter(|entry| entry.waits()).min_by_key(|entry| entry.event_at);
            let origin = match first.and_then(MessageRecord::event) {
                Some(event) => {
                    let item = account.read(event);
                    self.origins.origin(&account, id, &item).await?
                }
                None => Origin::default(),
            };
            self.auto_messages.conversation_begins(&conversation, &account, origin, &room.id).await?;
        }
        self.records.put_record(&conversation.head).await
    }
}
