//! Omnichannel: who is online, visitors, rooms.

use super::{Event, FAILED, Looked, Refused, RocketChat};
use omni_core::api::{RoomEvent, RoomInput};
use omni_core::host::{Department, Message, Room, RoomCreate, RoomField, RoomSource, User, Visitor, VisitorSave};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How a new room finds its agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// The server picks somebody who is online.
    Auto,
    /// It waits until an agent takes it.
    Manual,
}

#[derive(Debug, Clone)]
pub struct StoredVisitor {
    pub visitor: Visitor,
    /// Custom fields with a definition.
    pub fields: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
pub struct StoredRoom {
    pub room: Room,
    /// `None` for a stray room: the server opened it by itself, for a message to a closed one.
    pub source: Option<RoomSource>,
    /// What was said at its closing.
    pub comment: Option<String>,
    /// Custom fields.
    pub fields: BTreeMap<String, Value>,
    /// Handles of those who are in it: whoever serves it, and who joined. Nobody once it is closed.
    pub members: BTreeSet<String>,
    /// Handles of those whose messages the server took for answers that the customer waited for.
    pub answers: Vec<String>,
}

/// The person behind a visitor: what agents see and rename, and what rooms are called after.
#[derive(Debug, Clone)]
pub struct Contact {
    pub name: String,
    /// An agent has edited it.
    pub known: bool,
    /// Other names, about which agents are asked.
    pub conflicts: Vec<String>,
}

impl Contact {
    fn of(name: &str) -> Self {
        Self { name: name.to_owned(), known: false, conflicts: Vec::new() }
    }
}

impl RocketChat {
    /// The first visitor with the token: nothing makes tokens unique.
    pub fn visitor(&self, token: &str) -> Option<&Visitor> {
        self.visitors.iter().map(|stored| &stored.visitor).find(|visitor| visitor.token == token)
    }

    pub fn room(&self, id: &str) -> Option<&Room> {
        self.rooms.iter().map(|stored| &stored.room).find(|room| room.id == id)
    }

    /// Rooms that the server opened by itself for a message to a closed one. A test of ours wants none.
    pub fn stray_rooms(&self) -> Vec<&Room> {
        self.rooms.iter().filter(|stored| stored.source.is_none()).map(|stored| &stored.room).collect()
    }

    /// Open rooms of the visitor, ours and others.
    pub fn open_rooms(&self, token: &str) -> Vec<&Room> {
        self.rooms.iter().map(|stored| &stored.room).filter(|room| room.open && room.visitor_token == token).collect()
    }

    pub(in crate::support) fn is_online(&self, department: Option<&str>) -> bool {
        self.accept_with_no_agents || self.server_of(department).is_some()
    }

    pub(in crate::support) fn list_departments(&self) -> Vec<Department> {
        let listed = self.departments.iter().filter(|setup| setup.enabled && !setup.agents.is_empty());
        listed.map(|setup| setup.department.clone()).collect()
    }

    pub(in crate::support) fn visitor_save(&mut self, call: VisitorSave, looked: Looked) -> Result<Visitor, Refused> {
        let department = match call.department {
            Some(wanted) => Some(self.department_id(&wanted).ok_or("error-invalid-department")?),
            None => None,
        };
        let known = self.visitors.iter_mut().find(|stored| stored.visitor.token == call.token && !looked.absent);
        if let Some(stored) = known {
            if let Some(name) = &call.name {
                stored.visitor.name.clone_from(name);
            }
            stored.visitor.department = department.or_else(|| stored.visitor.department.take());
            let visitor = stored.visitor.clone();
            self.merge_contact(&call.token, call.name);
            return Ok(visitor);
        }
        let id = self.id("visitor");
        let username = call.username.unwrap_or_else(|| self.id("guest"));
        let name = call.name.unwrap_or_default();
        let visitor = Visitor { id, token: call.token, name, username, department };
        self.visitors.push(StoredVisitor { visitor: visitor.clone(), fields: BTreeMap::new() });
        Ok(visitor)
    }

    /// A name that a visitor is saved with reaches the contact: one that an agent has edited keeps its own.
    fn merge_contact(&mut self, token: &str, name: Option<String>) {
        let Some((contact, name)) = self.contacts.get_mut(token).zip(name) else { return };
        if contact.name == name || contact.conflicts.contains(&name) {
            return;
        }
        match contact.known {
            true => contact.conflicts.push(name),
            false => contact.name = name,
        }
    }

    /// Sets what is defined; answers the names of those whose pattern the value does not fit.
    pub(in crate::support) fn set_visitor_fields(&mut self, token: &str, fields: Vec<(String, String)>) -> Vec<String> {
        let defined = fields.into_iter().filter(|(name, _)| self.visitor_fields.contains(name));
        let (unfit, fit): (Vec<_>, Vec<_>) = defined.partition(|(name, _)| self.unfit_fields.contains(name));
        if let Some(stored) = self.visitors.iter_mut().find(|stored| stored.visitor.token == token) {
            stored.fields.extend(fit);
        }
        unfit.into_iter().map(|(name, _)| name).collect()
    }

    pub(in crate::support) fn room_create(&mut self, call: RoomCreate) -> Result<Room, Refused> {
        let known = self.visitors.iter().any(|stored| stored.visitor.id == call.visitor.id);
        // "Match error: Missing key 'username'" and its like.
        if !known || call.visitor.username.is_empty() || call.visitor.token.is_empty() {
            return Err(FAILED);
        }
        if self.objected.contains(&call.visitor.token) {
            return Err("error-app-prevented");
        }
        self.open_room(&call.visitor, Some(call.source))
    }

    pub(super) fn open_room(&mut self, visitor: &Visitor, source: Option<RoomSource>) -> Result<Room, Refused> {
        if !self.environment.omnichannel {
            return Err("error-omnichannel-is-disabled");
        }
        // A department that is gone by now counts as none.
        let department = visitor.department.as_deref().and_then(|wanted| self.department_id(wanted));
        if !self.is_online(department.as_deref()) {
            return Err("no-agent-online");
        }
        let served_by = match self.routing {
            Routing::Auto => self.server_of(department.as_deref()).cloned(),
            Routing::Manual => None,
        };
        let assigned = served_by.is_some();
        let members = served_by.iter().map(|agent| agent.username.clone()).collect();
        let id = self.id("room");
        // The server notes this app as the source of a stray room too.
        let called = if visitor.name.is_empty() { &visitor.username } else { &visitor.name };
        let contact = self.contacts.entry(visitor.token.clone()).or_insert_with(|| Contact::of(called));
        let title = contact.name.clone();
        let room = Room {
            id,
            title,
            open: true,
            visitor_token: visitor.token.clone(),
            waiting: true,
            department,
            served_by,
            ours: true,
        };
        self.rooms.push(StoredRoom {
            room: room.clone(),
            source,
            comment: None,
            fields: BTreeMap::new(),
            members,
            answers: Vec::new(),
        });
        self.tell_room(RoomEvent::Started, &room.id);
        if assigned {
            self.tell_room(RoomEvent::Assigned, &room.id);
        }
        Ok(room)
    }

    pub(in crate::support) fn is_member(&self, id: &str, user_id: &str) -> bool {
        let user = self.user_by_id(user_id);
        let stored = self.rooms.iter().find(|stored| stored.room.id == id);
        stored.zip(user).is_some_and(|(stored, user)| stored.members.contains(&user.username))
    }

    pub(in crate::support) fn rooms_open(&self, token: &str) -> Vec<Room> {
        self.open_rooms(token).into_iter().filter(|room| room.ours).cloned().collect()
    }

    pub(in crate::support) fn room_field(&mut self, call: RoomField) -> Result<(), Refused> {
        let stored = self.rooms.iter_mut().find(|stored| stored.room.id == call.room_id).ok_or(FAILED)?;
        stored.fields.insert(call.name, call.value);
        Ok(())
    }

    pub(in crate::support) fn room_close(&mut self, id: &str, comment: &str) -> Result<(), Refused> {
        let comment_required = self.comment_required;
        let stored = self.rooms.iter_mut().find(|stored| stored.room.id == id).ok_or("no-such-room")?;
        if !stored.room.open {
            return Err("error-room-closed");
        }
        if comment_required && comment.trim().is_empty() {
            return Err("error-comment-is-required");
        }
        if self.tags_missing {
            return Err("error-tags-must-be-assigned-before-closing-chat");
        }
        stored.room.open = false;
        stored.members.clear();
        stored.comment = Some(comment.to_owned());
        self.tell_room(RoomEvent::Closed, id);
        Ok(())
    }

    /// A room of the visitor that is none of this app's: of the widget, the server's API, or another app. Answers its id.
    pub fn opens_elsewhere(&mut self, token: &str) -> String {
        let visitor = self.visitor(token).expect("a visitor").clone();
        let id = self.open_room(&visitor, None).expect("a room").id;
        self.change_room(&id, |stored| stored.room.ours = false);
        for event in &mut self.events {
            if let Event::Room(input) = event
                && input.room.id == id
            {
                input.room.ours = false;
            }
        }
        id
    }

    /// Whether somebody may write in the room, as far as the licence goes.
    pub(super) fn is_within_limit(&self, room_id: &str) -> bool {
        let Some(room) = self.room(room_id) else { return true };
        let free = self.contact_limit.is_none_or(|most| self.active.len() < most);
        free || self.active.contains(&room.visitor_token)
    }

    /// What a message means to the server's statistics: an edit means nothing, nor does a notice of the server's own.
    pub(super) fn count(&mut self, message: &Message) {
        if message.system_type.is_some() {
            return;
        }
        let roles = message.sender.as_ref().map(|sender| sender.roles.clone()).unwrap_or_default();
        if message.visitor_token.is_none() && self.environment.ignores_bots && roles.contains(&"bot".to_owned()) {
            return;
        }
        let Some(stored) = self.rooms.iter_mut().find(|stored| stored.room.id == message.room_id) else { return };
        let waited = std::mem::replace(&mut stored.room.waiting, message.visitor_token.is_some());
        if message.visitor_token.is_some() {
            return;
        }
        if waited {
            stored.answers.extend(message.sender.as_ref().map(|sender| sender.username.clone()));
        }
        self.active.insert(stored.room.visitor_token.clone());
    }

    pub(super) fn change_room(&mut self, id: &str, change: impl FnOnce(&mut StoredRoom)) {
        if let Some(stored) = self.rooms.iter_mut().find(|stored| stored.room.id == id) {
            change(stored);
        }
    }

    pub(super) fn tell_room(&mut self, event: RoomEvent, id: &str) {
        if let Some(room) = self.room(id).cloned() {
            self.events.push(Event::Room(RoomInput { event, room }));
        }
    }

    fn department_id(&self, id: &str) -> Option<String> {
        let ids = self.departments.iter().map(|setup| &setup.department.id);
        ids.into_iter().find(|known| *known == id).cloned()
    }

    /// Who is online for it: in the department or the one that stands in, or anywhere when there is none.
    fn server_of(&self, department: Option<&str>) -> Option<&User> {
        let online = |username: &&String| self.online.contains(*username);
        let username = match department {
            None => self.agents.iter().find(online),
            Some(id) => {
                let setup = self.departments.iter().find(|setup| setup.department.id == id)?;
                let stand_in =
                    self.departments.iter().find(|other| Some(&other.department.id) == setup.fallback.as_ref());
                [Some(setup), stand_in].into_iter().flatten().find_map(|setup| setup.agents.iter().find(online))
            }
        };
        self.user(username?)
    }
}
