//! What people of the workspace do, as opposed to the app.

use super::messages::blank;
use super::{Event, Refused, RocketChat};
use omni_core::api::{RoomEvent, StatusInput};
use omni_core::host::{Card, Message, User};

impl RocketChat {
    /// Somebody writes in a room; answers the message's id.
    pub fn says(&mut self, username: &str, room_id: &str, text: &str) -> String {
        let sender = self.person(username);
        self.put_message(blank(room_id, text, Some(sender)))
    }

    /// Somebody answers a message with a quote of it.
    pub fn quotes(&mut self, username: &str, quoted: &str, text: &str) -> String {
        let sender = self.person(username);
        let message = self.message(quoted).expect("a message to quote").message.clone();
        let link = format!("{}/live/{}?msg={quoted}", self.environment.site_url, message.room_id);
        let author = message.sender.map(|sender| sender.username);
        let card = Card { text: Some(message.text), author, message_link: Some(link.clone()), ..Card::default() };
        let text = format!("[ ]({link}) {text}");
        self.put_message(Message { cards: vec![card], ..blank(&message.room_id, &text, Some(sender)) })
    }

    /// Somebody posts a file.
    pub fn sends_file(&mut self, username: &str, room_id: &str, name: &str, bytes: &[u8], caption: &str) -> String {
        let sender = self.person(username);
        let file = self.keep_file(room_id, name, bytes.to_vec()).expect("a file the server takes");
        let files = vec![self.file_ref(&file, caption)];
        self.put_message(Message { files, ..blank(room_id, "", Some(sender)) })
    }

    /// The server writes one of its own notices.
    pub fn notes(&mut self, room_id: &str, kind: &str, text: &str) -> String {
        self.put_message(Message { system_type: Some(kind.to_owned()), ..blank(room_id, text, None) })
    }

    /// Somebody rewrites a message.
    pub fn edits(&mut self, username: &str, message_id: &str, text: &str) {
        let editor = self.person(username);
        self.edit(message_id, Some(editor), |message| message.text = text.to_owned()).expect("a message to edit");
    }

    pub fn deletes(&mut self, username: &str, message_id: &str) {
        self.delete_message(message_id, username);
    }

    /// Somebody sets a reaction or takes it back.
    pub fn reacts(&mut self, username: &str, message_id: &str, emoji: &str, on: bool) {
        self.set_reaction(message_id, username, emoji, on).expect("a message to react to");
    }

    /// Somebody closes the conversation.
    pub fn closes(&mut self, room_id: &str) -> Result<(), Refused> {
        self.room_close(room_id, "closed by a person")
    }

    /// An agent renames a visitor's contact, and with it all its rooms.
    pub fn renames(&mut self, token: &str, name: &str) {
        let contact = self.contacts.get_mut(token).expect("a contact to rename");
        (contact.name, contact.known) = (name.to_owned(), true);
        for stored in self.rooms.iter_mut().filter(|stored| stored.room.visitor_token == token) {
            stored.room.title = name.to_owned();
        }
    }

    /// An agent takes a conversation that waits.
    pub fn takes(&mut self, username: &str, room_id: &str) {
        let agent = self.person(username);
        self.change_room(room_id, |stored| {
            stored.members.insert(agent.username.clone());
            stored.room.served_by = Some(agent);
        });
        self.tell_room(RoomEvent::Assigned, room_id);
    }

    /// Somebody joins a conversation that another one serves.
    pub fn joins(&mut self, username: &str, room_id: &str) {
        self.change_room(room_id, |stored| {
            stored.members.insert(username.to_owned());
        });
    }

    /// Presence of an agent changes.
    pub fn presence(&mut self, username: &str, online: bool) {
        let user = self.person(username);
        if online {
            self.online.insert(username.to_owned())
        } else {
            self.online.remove(username)
        };
        let status = if online { "online" } else { "offline" }.to_owned();
        self.events.push(Event::Status(StatusInput { user, status }));
    }

    fn person(&self, username: &str) -> User {
        self.user(username).unwrap_or_else(|| panic!("nobody here is called {username}")).clone()
    }
}
