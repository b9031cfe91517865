//! The note that goes to the other app with each change of control.

use crate::error::CoreError;
use crate::host::{Departments, Host, MessageFind, Room, RoomFind};
use crate::thread::apps::ThreadApps;
use crate::thread::event_context::{Actor, ThreadEventContext};
use omni_domain::settings::note;

impl<H: Host> ThreadApps<H> {
    /// The note of the setting, filled in; `None` where there is nothing to say. Only what it names is looked up.
    pub(crate) async fn handover_metadata(&self, turn: &ThreadEventContext<'_>) -> Result<Option<String>, CoreError> {
        let template = turn.settings.handover_metadata.as_str();
        if template.is_empty() {
            return Ok(None);
        }
        let names = |variable| note::names(template, variable);
        let room_id = match turn.actor {
            Actor::Message(outbox) => Some(outbox.room_id.clone()).filter(|id| !id.is_empty()),
            Actor::Person { room, .. } | Actor::Close(room) => Some(room.id.clone()),
            Actor::Meta | Actor::Clock => None,
        };
        let room_id = room_id.or_else(|| turn.conversation.head.room_id.clone()).unwrap_or_default();
        let room = match turn.actor {
            Actor::Person { room, .. } | Actor::Close(room) => Some(room.clone()),
            _ if room_id.is_empty() || !(names("agent") || names("department")) => None,
            _ => self.cx.call(RoomFind { room_id: room_id.clone() }).await?,
        };
        let agent = if names("agent") { self.agent_of(turn, room.as_ref()).await? } else { String::new() };
        let department = if names("department") { self.department_of(room.as_ref()).await? } else { String::new() };
        Ok(note::filled(template, &room_id, &agent, &department))
    }

    /// Whoever acts, otherwise whoever serves the room.
    async fn agent_of(&self, turn: &ThreadEventContext<'_>, room: Option<&Room>) -> Result<String, CoreError> {
        let actor = match turn.actor {
            Actor::Person { user, .. } => Some(user.clone()),
            Actor::Message(outbox) if !outbox.message_id.is_empty() => {
                let message_id = outbox.message_id.clone();
                self.cx.call(MessageFind { message_id }).await?.and_then(|message| message.sender)
            }
            Actor::Message(_) => None,
            Actor::Meta | Actor::Clock | Actor::Close(_) => None,
        };
        let agent = actor.or_else(|| room.and_then(|room| room.served_by.clone()));
        Ok(agent.map(|agent| if agent.name.is_empty() { agent.username } else { agent.name }).unwrap_or_default())
    }

    /// The department by name; by id where it has none that can be seen.
    async fn department_of(&self, room: Option<&Room>) -> Result<String, CoreError> {
        let Some(id) = room.and_then(|room| room.department.clone()) else { return Ok(String::new()) };
        let known = self.cx.call(Departments {}).await?;
        Ok(known.into_iter().find(|department| department.id == id).map_or(id, |department| department.name))
    }
}
