//! From the room to Meta.

mod changes;
mod failing;
mod files;
mod once;
mod texts;
mod window;

use crate::support::*;
use omni_core::api::{Channel, JobInput, MessageEvent, MessageInput, UiInput};
use omni_core::host::{Message, User};
use omni_core::store::{ConversationId, MessageRecord, MessageState, OutgoingMessage};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A customer wrote, and an agent has the room before them.
struct Scene {
    world: World,
    app: Instance,
    id: ConversationId,
    room: String,
}

/// On a Page and on an Instagram account.
const NETWORKS: [Channel; 2] = [Channel::Facebook, Channel::Instagram];

fn scene(channel: Channel) -> Scene {
    scene_in(World::new(), channel)
}

fn scene_in(world: World, channel: Channel) -> Scene {
    let world = world.connected();
    world.rocket_chat_mut().settings.remove("meta_app_id");
    let app = world.instance();
    let (account, person) = if channel == Channel::Facebook { (PAGE, "6001") } else { (INSTAGRAM, "7001") };
    let id = ConversationId { channel, account: account.into(), person: person.into() };
    let scene = Scene { room: String::new(), world, app, id };
    scene.customer_writes("m_1", "Hello");
    let room = scene.world.rocket_chat().open_rooms(&scene.id.visitor_token())[0].id.clone();
    scene.quiet();
    Scene { room, ..scene }
}

impl Scene {
    fn customer_writes(&self, mid: &str, text: &str) {
        let object = if self.id.channel == Channel::Facebook { "page" } else { "instagram" };
        let item = text_item(self.id.person.as_str(), self.id.account.as_str(), mid, self.world.now(), text);
        assert_eq!(self.app.webhook(&delivery(object, self.id.account.as_str(), &item)).status, 200);
        self.app.deliver_events();
        self.world.settle();
    }

    /// What was before does not count.
    fn quiet(&self) {
        self.world.meta_mut().requests.clear();
        self.world.rocket_chat_mut().whispers.clear();
        self.world.forget_calls();
    }

    fn says(&self, text: &str) -> String {
        let id = self.app.agent_says("agent", &self.room, text);
        self.world.settle();
        id
    }

    /// The agent says it while the host is told nothing yet.
    fn types(&self, text: &str) -> String {
        self.world.rocket_chat_mut().says("agent", &self.room, text)
    }

    /// A message as it stands in the room is told to an instance.
    fn tell(&self, app: &Instance, message_id: &str) -> Pending<()> {
        let input = self.input(message_id, MessageEvent::Sent, None);
        app.start(async move |session| {
            let _ = session.agent_message(input).await;
        })
    }

    fn input(&self, message_id: &str, event: MessageEvent, actor: Option<User>) -> MessageInput {
        let server = self.world.rocket_chat();
        let message = server.message(message_id).unwrap().message.clone();
        MessageInput { event, message, room: server.room(&self.room).unwrap().clone(), actor, too_large: false }
    }

    /// An agent's message with something done to it before it is told.
    fn says_with(&self, text: &str, change: impl FnOnce(&mut Message)) -> String {
        let id = self.types(text);
        {
            let mut server = self.world.rocket_chat_mut();
            server.events.clear();
            let stored = server.messages.iter_mut().find(|stored| stored.message.id == id).unwrap();
            change(&mut stored.message);
        }
        self.tell(&self.app, &id);
        self.world.settle();
        id
    }

    fn set(&self, setting: &str, value: Value) {
        self.world.rocket_chat_mut().settings.insert(setting.to_owned(), value);
        self.world.advance(MINUTE);
    }

    fn tick(&self, minutes: i64) {
        for _ in 0..minutes {
            self.world.advance(MINUTE);
            self.job("tick", Value::Null);
            self.app.run_due();
            self.app.deliver_events();
            self.world.settle();
        }
    }

    fn job(&self, job: &str, data: Value) {
        let input = JobInput { job: job.to_owned(), data };
        self.app.run(async move |session| session.run_job(input).await).expect("the job");
    }

    /// Texts that Meta took.
    fn sent(&self) -> Vec<String> {
        self.world.meta().texts().into_iter().map(str::to_owned).collect()
    }

    /// Bodies of messages that Meta took.
    fn bodies(&self) -> Vec<Value> {
        self.world.meta().messages().into_iter().cloned().collect()
    }

    fn whispers(&self) -> Vec<String> {
        self.world.rocket_chat().whispers.iter().map(|whisper| whisper.text.clone()).collect()
    }

    /// Reactions of the app on a message.
    fn marks(&self, message_id: &str) -> Vec<String> {
        let server = self.world.rocket_chat();
        let reactions = &server.message(message_id).unwrap().reactions;
        reactions.iter().filter(|(_, by)| by == APP_USER).map(|(emoji, _)| emoji.clone()).collect()
    }

    fn outboxes(&self) -> Vec<OutgoingMessage> {
        let entries: Vec<MessageRecord> = self.world.rocket_chat().stored();
        entries
            .into_iter()
            .filter_map(|entry| match entry.state {
                MessageState::Outgoing(outbox) => Some(outbox),
                _ => None,
            })
            .collect()
    }

    fn press(&self, username: &str, value: &str) {
        let user = self.world.rocket_chat().user(username).expect("a person").clone();
        let input = UiInput::Action {
            user,
            action_id: "outbound:retry".to_owned(),
            value: value.to_owned(),
            room_id: Some(self.room.clone()),
            message_id: None,
            trigger_id: "trigger".to_owned(),
        };
        self.app.run(async move |session| session.ui_action(input).await).expect("an answer");
        self.app.deliver_events();
        self.world.settle();
    }

    /// The entry a retry button of the last whisper stands for.
    fn offered(&self) -> Option<String> {
        let server = self.world.rocket_chat();
        let whisper = server.whispers.last()?;
        let button = whisper.blocks.iter().find_map(|block| block["elements"][0]["value"].as_str())?;
        Some(button.to_owned())
    }

    /// Meta's conversation with the customer, as its API tells it.
    fn meta_tells(&self, messages: &[(&str, &str, &str)]) {
        let at = self.world.now() / 1000;
        let rows: Vec<Value> = messages
            .iter()
            .map(|(mid, from, text)| json!({ "id": mid, "created_time": at, "from": { "id": from }, "message": text }))
            .collect();
        let answer = json!({ "data": [{ "id": "t_1", "messages": { "data": rows } }] });
        self.world.meta_mut().expect("GET", "/conversations").json(answer);
    }
}
