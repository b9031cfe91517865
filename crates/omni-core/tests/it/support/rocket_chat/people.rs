//! Users, bots, channels, windows.

use super::{APP_USER, DepartmentSetup, FAILED, Looked, NOTHING, Refused, RocketChat};
use omni_core::host::{
    BotEnsure, ChannelJoin, ChannelMake, Department, FoundChannel, ModalOpen, ModalView, Sender, User,
};
use std::collections::BTreeSet;

/// A private channel.
#[derive(Debug, Clone)]
pub struct StoredChannel {
    pub id: String,
    pub name: String,
    pub display_name: String,
    pub creator: String,
    /// Handles.
    pub members: BTreeSet<String>,
    /// Whether only its members see it.
    pub private: bool,
}

/// A window that was opened.
#[derive(Debug, Clone)]
pub struct Modal {
    pub trigger_id: String,
    pub user_id: String,
    pub view: ModalView,
}

impl RocketChat {
    /// Adds a person or bot; answers the id, `<handle>-id`.
    pub fn add_user(&mut self, username: &str, name: &str, roles: &[&str], kind: &str) -> String {
        let id = format!("{username}-id");
        self.users.push(User {
            id: id.clone(),
            username: username.to_owned(),
            name: name.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            language: String::new(),
            kind: kind.to_owned(),
        });
        id
    }

    /// Adds an agent who is online.
    pub fn add_agent(&mut self, username: &str, name: &str) -> String {
        self.agents.insert(username.to_owned());
        self.online.insert(username.to_owned());
        self.add_user(username, name, &["user", "livechat-agent"], "user")
    }

    /// Adds an enabled department; answers the id, `<name>-department`.
    pub fn add_department(&mut self, name: &str, agents: &[&str]) -> String {
        let id = format!("{name}-department");
        self.departments.push(DepartmentSetup {
            department: Department { id: id.clone(), name: name.to_owned() },
            enabled: true,
            agents: agents.iter().map(|agent| (*agent).to_owned()).collect(),
            fallback: None,
        });
        id
    }

    /// The user with this handle.
    pub fn user(&self, username: &str) -> Option<&User> {
        self.users.iter().find(|user| user.username == username)
    }

    pub fn user_by_id(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub fn channel(&self, name: &str) -> Option<&StoredChannel> {
        self.channels.iter().find(|channel| channel.name == name)
    }

    pub(super) fn speaker(&self, sender: &Sender) -> Result<User, Refused> {
        let username = match sender {
            Sender::App => APP_USER,
            Sender::User { username } => username,
        };
        let user = self.user(username).ok_or(NOTHING)?;
        // Nobody is spoken for.
        let speaker = if user.kind == "user" { self.user(APP_USER).ok_or(NOTHING)? } else { user };
        Ok(speaker.clone())
    }

    pub(in crate::support) fn bot_ensure(&mut self, call: &BotEnsure, looked: Looked) -> Result<User, Refused> {
        match self.user(&call.username) {
            // Somebody else made it between the look-up and the write: handles are unique.
            Some(_) if looked.absent => Err(FAILED),
            Some(user) => Ok(user.clone()),
            None => {
                self.add_user(&call.username, &call.name, &["bot"], "bot");
                self.user(&call.username).cloned().ok_or(NOTHING)
            }
        }
    }

    pub(in crate::support) fn channel_find(&self, name: &str) -> Option<FoundChannel> {
        let channel = self.channel(name)?;
        let members = channel.members.iter().filter(|_| channel.private);
        Some(FoundChannel {
            id: channel.id.clone(),
            private: channel.private,
            creator: self.user(&channel.creator).cloned(),
            members: members.filter_map(|member| self.user(member).cloned()).collect(),
            app_user_id: self.user(APP_USER)?.id.clone(),
        })
    }

    pub(in crate::support) fn channel_make(&mut self, call: ChannelMake) -> Result<String, Refused> {
        let creator = match &call.creator {
            Some(id) => self.user_by_id(id).ok_or(NOTHING)?.username.clone(),
            None => APP_USER.to_owned(),
        };
        if self.channel(&call.name).is_some() {
            return Err("error-duplicate-channel-name");
        }
        let id = self.id("channel");
        let members = self.known(call.members).chain([creator.clone()]).collect();
        let (name, display_name) = (call.name.clone(), call.name);
        self.channels.push(StoredChannel { id: id.clone(), name, display_name, creator, members, private: true });
        Ok(id)
    }

    pub(in crate::support) fn channel_join(&mut self, call: ChannelJoin) -> bool {
        let members: Vec<String> = self.known(call.members).collect();
        let channel = self.channels.iter_mut().find(|channel| channel.id == call.room_id);
        let there = channel.is_some();
        if let Some(channel) = channel {
            channel.members.extend(members);
        }
        there
    }

    /// Handles nobody has are skipped.
    fn known(&self, members: Vec<String>) -> impl Iterator<Item = String> {
        let known: Vec<String> = members.into_iter().filter(|member| self.user(member).is_some()).collect();
        known.into_iter()
    }

    pub(in crate::support) fn modal_open(&mut self, call: ModalOpen) -> Result<(), Refused> {
        self.user_by_id(&call.user_id).ok_or(FAILED)?;
        self.modals.push(Modal { trigger_id: call.trigger_id, user_id: call.user_id, view: call.view });
        Ok(())
    }
}
