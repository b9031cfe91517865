//! Threads that several apps share.

mod closing;
mod crashes;
mod events;
mod messages;
mod wishes;

use crate::support::*;
use omni_core::api::{Channel, UiInput};
use omni_core::store::{ConversationId, StoredThread, Thread, ThreadBanner, ThreadOwner, ThreadWait};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const BOT: &str = "1000000000000002";
/// Meta's inboxes.
const PAGE_INBOX: &str = "263902037430900";
const INSTAGRAM_INBOX: &str = "1217981644879628";
const NETWORKS: [Channel; 2] = [Channel::Facebook, Channel::Instagram];

/// What a bot is called at Meta.
const BOT_NAME: &str = "Shop Bot";

/// One customer, on one network.
struct Scene {
    world: World,
    app: Instance,
    id: ConversationId,
}

fn scene(channel: Channel) -> Scene {
    scene_in(World::new(), channel)
}

fn scene_in(world: World, channel: Channel) -> Scene {
    let world = world.connected();
    // Without it the app does not look after its registration at Meta, which is another test's business.
    world.rocket_chat_mut().settings.remove("meta_app_id");
    for bot in Channel::ALL {
        world.rocket_chat_mut().add_user(bot.bot(), bot.label(), &["bot"], "bot");
    }
    let (account, person) = if channel == Channel::Facebook { (PAGE, "6001") } else { (INSTAGRAM, "7001") };
    let id = ConversationId { channel, account: account.into(), person: person.into() };
    world
        .meta_mut()
        .expect("GET", &format!("/{BOT}?fields=name"))
        .json(json!({ "id": BOT, "name": BOT_NAME }))
        .always();
    Scene { app: world.instance(), world, id }
}

/// One whose conversation is open.
fn open_scene(channel: Channel) -> Scene {
    opened(scene(channel))
}

fn opened(scene: Scene) -> Scene {
    scene.customer_writes("m_1", "Hello");
    scene.quiet();
    scene
}

impl Scene {
    fn object(&self) -> &'static str {
        if self.id.channel == Channel::Facebook { "page" } else { "instagram" }
    }

    fn inbox(&self) -> &'static str {
        if self.id.channel == Channel::Facebook { PAGE_INBOX } else { INSTAGRAM_INBOX }
    }

    fn set(&self, setting: &str, value: &str) {
        self.world.rocket_chat_mut().settings.insert(setting.to_owned(), value.into());
        self.world.advance(MINUTE);
    }

    fn action(&self, action: &str) {
        self.set(&format!("{}_handover_action", self.id.channel.as_str()), action);
    }

    /// What was before does not count.
    fn quiet(&self) {
        self.world.meta_mut().requests.clear();
        self.world.rocket_chat_mut().whispers.clear();
        self.world.forget_calls();
    }

    fn item(&self, members: &Value) -> Value {
        let mut item = json!({
            "sender": { "id": self.id.person }, "recipient": { "id": self.id.account }, "timestamp": self.world.now(),
        });
        item.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        item
    }

    /// Meta delivers it under `messaging` or `standby`; everything it causes has happened on return.
    fn deliver(&self, list: &str, members: &Value) {
        let mut body =
            json!({ "object": self.object(), "entry": [{ "id": self.id.account, "time": self.world.now() }] });
        body["entry"][0][list] = json!([self.item(members)]);
        assert_eq!(self.app.webhook(&body).status, 200);
        self.app.deliver_events();
        self.world.settle();
        self.world.advance(1_000);
    }

    fn customer_writes(&self, mid: &str, text: &str) {
        self.deliver("messaging", &json!({ "message": { "mid": mid, "text": text } }));
    }

    /// The customer writes to an app that has the thread.
    fn overheard(&self, mid: &str, text: &str) {
        self.deliver("standby", &json!({ "message": { "mid": mid, "text": text } }));
    }

    /// Meta tells of a change of control; ids as text or as numbers, as it does.
    fn control(&self, event: &str, from: &str, to: &str) {
        let to: Value = if self.world.now() % 2 == 0 { to.into() } else { to.parse::<u64>().unwrap().into() };
        let members = json!({ event: { "previous_owner_app_id": from, "new_owner_app_id": to, "metadata": "vip" } });
        self.deliver("messaging", &members);
    }

    fn given_to_us(&self) {
        self.control("pass_thread_control", BOT, APP_ID);
    }

    fn taken_by_bot(&self) {
        self.control("take_thread_control", APP_ID, BOT);
    }

    fn room(&self) -> String {
        self.world.rocket_chat().open_rooms(&self.id.visitor_token())[0].id.clone()
    }

    fn says(&self, text: &str) -> String {
        let id = self.app.agent_says("agent", &self.room(), text);
        self.world.settle();
        id
    }

    fn tick(&self, minutes: i64) {
        for _ in 0..minutes {
            self.world.advance(MINUTE);
            self.app.job("tick");
            self.app.run_due();
            self.app.deliver_events();
            self.world.settle();
        }
    }

    fn thread(&self) -> Thread {
        let stored: Vec<StoredThread> = self.world.rocket_chat().stored();
        assert!(stored.len() <= 1, "{stored:?}");
        stored.into_iter().next().map(|stored| stored.thread).unwrap_or_default()
    }

    fn owner(&self) -> String {
        match self.thread().owner {
            ThreadOwner::Unknown => "unknown".to_owned(),
            ThreadOwner::Ours => "ours".to_owned(),
            ThreadOwner::Idle => "idle".to_owned(),
            ThreadOwner::Other { app_id } => app_id.map_or("someone".to_owned(), |app| app.to_string()),
        }
    }

    fn waits(&self) -> usize {
        self.world.rocket_chat().stored::<ThreadWait>().len()
    }

    /// Texts that Meta took.
    fn sent(&self) -> Vec<String> {
        self.world.meta().texts().into_iter().map(str::to_owned).collect()
    }

    /// Calls that change control, in order, with their bodies.
    fn controls(&self) -> Vec<(String, Value)> {
        let meta = self.world.meta();
        let calls = meta.requests.iter().filter(|request| request.path().ends_with("_thread_control"));
        calls.map(|call| (call.path().rsplit('/').next().unwrap().to_owned(), call.body.clone())).collect()
    }

    fn control_names(&self) -> Vec<String> {
        self.controls().into_iter().map(|(name, _)| name.trim_end_matches("_thread_control").to_owned()).collect()
    }

    /// Lines of the app and its bots in the rooms.
    fn lines(&self) -> Vec<String> {
        let token = self.id.visitor_token();
        let server = self.world.rocket_chat();
        let rooms: Vec<_> = server.rooms.iter().filter(|room| room.room.visitor_token == token).collect();
        let messages = rooms.iter().flat_map(|room| server.in_room(&room.room.id));
        messages
            .filter(|message| message.ours)
            .map(|message| message.text.clone())
            // Lines of the messaging window, and cards.
            .filter(|text| !text.is_empty() && !text.starts_with(':'))
            .collect()
    }

    fn last_line(&self) -> String {
        self.lines().pop().unwrap_or_default()
    }

    fn whispers(&self) -> Vec<String> {
        self.world.rocket_chat().whispers.iter().map(|whisper| whisper.text.clone()).collect()
    }

    /// Marks of the app on a message.
    fn marks(&self, message_id: &str) -> Vec<String> {
        let server = self.world.rocket_chat();
        let reactions = &server.message(message_id).unwrap().reactions;
        reactions.iter().filter(|(_, by)| by == APP_USER).map(|(emoji, _)| emoji.clone()).collect()
    }

    /// Buttons under the latest line: action and value.
    fn buttons(&self) -> Vec<(String, String)> {
        let notices: Vec<ThreadBanner> = self.world.rocket_chat().stored();
        let notice = notices.into_iter().next().expect("a line");
        let server = self.world.rocket_chat();
        let blocks = server.message(&notice.message_id).unwrap().message.blocks.clone();
        let elements = blocks.iter().filter_map(|block| block["elements"].as_array()).flatten();
        let word = |element: &Value, name: &str| element[name].as_str().unwrap_or_default().to_owned();
        elements.map(|element| (word(element, "actionId"), word(element, "value"))).collect()
    }

    fn press_as(&self, username: &str, action_id: &str, value: &str) {
        let user = self.world.rocket_chat().user(username).expect("a person").clone();
        let input = UiInput::Action {
            user,
            action_id: action_id.to_owned(),
            value: value.to_owned(),
            room_id: Some(self.room()),
            message_id: None,
            trigger_id: "trigger".to_owned(),
        };
        self.app.run(async move |session| session.ui_action(input).await).expect("an answer");
        self.app.deliver_events();
        self.world.settle();
    }

    /// An agent presses a button that is there.
    fn press(&self, action_id: &str) {
        let (_, value) =
            self.buttons().into_iter().find(|(action, _)| action == action_id).unwrap_or_else(|| panic!("{action_id}"));
        self.press_as("agent", action_id, &value);
    }

    fn types(&self, words: &str) {
        let room = self.room();
        self.app.command(self.id.channel, "agent", &room, words);
        self.app.deliver_events();
        self.world.settle();
    }

    /// Meta refuses the next messages because another app has the thread, with the network's own numbers.
    fn refuse_messages(&self, times: usize) {
        let (code, subcode) = if self.id.channel == Channel::Facebook { (10, 2_018_300) } else { (100, 2_534_037) };
        self.world.meta_mut().expect("POST", "/messages").error(400, code, Some(subcode)).times(times);
    }

    fn refuse(&self, edge: &str, code: i64, subcode: Option<i64>) {
        self.world.meta_mut().expect("POST", &format!("/{edge}_thread_control")).error(400, code, subcode);
    }
}
