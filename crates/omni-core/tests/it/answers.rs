//! What the server takes for an agent's answer, and what the app therefore writes when.

use crate::support::*;
use omni_core::api::Channel;
use omni_core::host::Message;
use omni_core::store::ConversationId;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const PERSON: &str = "6001";
const BOT: &str = "1000000000000002";
const INBOX: &str = "263902037430900";

struct Scene {
    world: World,
    app: Instance,
}

/// A workspace with setup channels, whose Page welcomes and asks how it was, and about whose customers Meta tells much.
fn scene() -> Scene {
    let world = World::new().connected();
    world.rocket_chat_mut().settings.remove("meta_app_id");
    let picture = "https://scontent.xx.fbcdn.net/v/p.jpg";
    let profile = json!({ "id": PERSON, "first_name": "Anna", "last_name": "B", "profile_pic": picture });
    world.meta_mut().profiles.insert(PERSON.to_owned(), profile);
    world.meta_mut().expect("GET", &format!("/{BOT}?fields=name")).json(json!({ "id": BOT, "name": "Bot" })).always();
    let app = world.instance();
    app.job(omni_core::job::INSTALLED);
    world.settle();
    Scene { world, app }
}

impl Scene {
    fn configure(&self, texts: &Value) {
        let mut server = self.world.rocket_chat_mut();
        let is_page = |record: &&mut StoredRecord| record.data["kind"] == "account" && record.data["id"] == PAGE;
        let record = server.records.iter_mut().find(is_page).expect("the Page is connected");
        record.data["config"].as_object_mut().unwrap().extend(texts.as_object().unwrap().clone());
        drop(server);
        self.app.restart();
    }

    fn id() -> ConversationId {
        ConversationId { channel: Channel::Facebook, account: PAGE.into(), person: PERSON.into() }
    }

    fn deliver(&self, list: &str, members: &Value, by_page: bool) {
        let (from, to) = if by_page { (PAGE, PERSON) } else { (PERSON, PAGE) };
        let now = self.world.now();
        let mut item = json!({ "sender": { "id": from }, "recipient": { "id": to }, "timestamp": now });
        item.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let mut body = json!({ "object": "page", "entry": [{ "id": PAGE, "time": now }] });
        body["entry"][0][list] = json!([item]);
        assert_eq!(self.app.webhook(&body).status, 200);
        self.app.deliver_events();
        self.world.settle();
        self.world.advance(1_000);
    }

    fn customer_writes(&self, mid: &str, text: &str) {
        self.deliver("messaging", &json!({ "message": { "mid": mid, "text": text } }), false);
    }

    /// Somebody answers the customer outside Rocket.Chat, with that app of Meta's.
    fn echo(&self, mid: &str, text: &str, app: &str) {
        let app: u64 = app.parse().unwrap();
        let message = json!({ "mid": mid, "text": text, "is_echo": true, "app_id": app });
        self.deliver("messaging", &json!({ "message": message }), true);
    }

    fn room(&self) -> String {
        self.world.rocket_chat().open_rooms(&Self::id().visitor_token())[0].id.clone()
    }

    fn agent_says(&self, text: &str) {
        self.app.agent_says("agent", &self.room(), text);
        self.world.settle();
        self.app.deliver_events();
    }

    fn tick(&self, minutes: i64) {
        for _ in 0..minutes {
            self.world.advance(MINUTE);
            self.app.job("tick");
            self.app.deliver_events();
            self.world.settle();
        }
    }

    /// Whom the server takes for having answered in the last room, and whether it counts the contact this month.
    fn answers(&self) -> (Vec<String>, bool) {
        let server = self.world.rocket_chat();
        (server.rooms.last().expect("a room").answers.clone(), server.active.contains(&Self::id().visitor_token()))
    }

    fn unanswered(&self, after: &str) {
        assert_eq!(self.answers(), (vec![], false), "after {after}");
    }

    /// Each message: who (unless the customer), words, texts and titles of its cards.
    fn lines(&self) -> Vec<String> {
        let server = self.world.rocket_chat();
        let room = server.rooms.last().expect("a room").room.id.clone();
        server.in_room(&room).into_iter().map(line).collect()
    }

    fn whispers(&self) -> Vec<(String, String)> {
        let server = self.world.rocket_chat();
        server.whispers.iter().map(|whisper| (whisper.user_id.clone(), whisper.text.clone())).collect()
    }

    fn setup_room(&self) -> String {
        let server = self.world.rocket_chat();
        server.channel(Channel::Facebook.setup_channel()).expect("a setup channel").id.clone()
    }

    fn setup(&self) -> Vec<String> {
        let room = self.setup_room();
        let server = self.world.rocket_chat();
        server.in_room(&room).into_iter().map(|message| message.text.clone()).collect()
    }

    fn told(&self, what: &str) -> usize {
        self.setup().iter().filter(|text| text.contains(what)).count()
    }
}

fn line(message: &Message) -> String {
    let who = match (&message.visitor_token, &message.sender) {
        (None, Some(sender)) => format!("{}: ", sender.username),
        _ => String::new(),
    };
    let cards = message.cards.iter().flat_map(|card| [&card.title, &card.text, &card.image_url]).flatten();
    let parts = [message.text.as_str()].into_iter().chain(cards.map(String::as_str));
    let files = message.files.iter().map(|_| "<file>");
    who + &parts.filter(|part| !part.is_empty()).chain(files).collect::<Vec<_>>().join(" | ")
}

/// Everything that used to stand in a room before an agent had answered.
#[test]
fn nothing_but_an_agents_message_is_the_first_answer() {
    let scene = scene();
    scene.configure(&json!({ "welcome": "Welcome!", "finished": "Goodbye!" }));
    scene.deliver("standby", &json!({ "message": { "mid": "m_b", "text": "To the bot" } }), false);
    scene.echo("m_e", "A bot's answer", BOT);
    scene.customer_writes("m_1", "Hello");
    assert_eq!(
        scene.lines(),
        ["Hello | Written to another app that holds this conversation | To the bot \
          | Written as Corner Shop outside Rocket.Chat | A bot's answer | Anna B | https://scontent.xx.fbcdn.net/v/p.jpg"]
    );
    assert_eq!(scene.world.meta().texts(), ["Welcome!"]);
    scene.unanswered("card, context and welcome");
    scene.tick(30);
    scene.unanswered("the time that is left");
    scene.deliver(
        "messaging",
        &json!({ "take_thread_control": { "previous_owner_app_id": APP_ID, "new_owner_app_id": BOT } }),
        false,
    );
    assert_eq!(scene.whispers().last().map(|(user, _)| user.as_str()), Some("agent-id"), "told to the agent alone");
    scene.deliver("standby", &json!({ "message": { "mid": "m_c", "text": "And this" } }), false);
    scene.echo("m_f", "Another answer of the bot's", BOT);
    let feedback = json!({ "response_feedback": { "feedback": "Bad", "mid": "m_1" } });
    scene.deliver("messaging", &feedback, false);
    let optin = json!({ "optin": { "type": "notification_messages", "title": "News" } });
    scene.deliver("messaging", &optin, false);
    scene.deliver("messaging", &json!({ "message": { "mid": "m_1", "is_deleted": true } }), false);
    scene.deliver("messaging", &json!({ "reaction": { "mid": "m_gone", "action": "react", "emoji": "🦄" } }), false);
    scene.unanswered("whatever the customer did");
    scene.tick(23 * 60);
    scene.unanswered("the warning");
    let before = scene.lines();
    assert!(before.iter().all(|line| !line.starts_with("omni-direct.bot")), "{before:#?}");

    scene.agent_says("Good morning");
    assert_eq!(scene.answers(), (vec!["agent".to_owned()], true));
    scene.tick(90);
    let lines = scene.lines();
    let behind = &lines[before.len()..];
    for what in ["Another answer of the bot's", "Sent to the customer 2026-03-01", ":lock:", "Good morning"] {
        assert_eq!(behind.iter().filter(|line| line.contains(what)).count(), 1, "{what}: {lines:#?}");
    }
    assert_eq!(scene.answers().0, ["agent"], "{lines:#?}");
}

/// The first message is a file, which takes no cards.
#[test]
fn who_the_customer_is_comes_before_a_bare_file() {
    let scene = scene();
    let url = "https://scontent.xx.fbcdn.net/v/a.jpg";
    let attachments = json!([{ "type": "image", "payload": { "url": url } }]);
    scene.deliver("messaging", &json!({ "message": { "mid": "m_1", "attachments": attachments } }), false);
    assert_eq!(scene.lines(), ["Anna B | https://scontent.xx.fbcdn.net/v/p.jpg", "<file>"]);
    scene.unanswered("a card of its own");
    scene.deliver("messaging", &json!({ "message": { "mid": "m_1", "is_deleted": true } }), false);
    assert!(scene.lines()[0].starts_with("Anna B"), "{:?}", scene.lines());
}

/// Whatever fails on the way: nothing is lost and nothing stands there twice.
#[test]
fn what_goes_along_goes_once() {
    for (kind, fails) in [("visitor_message", 1), ("visitor_message", 2), ("store_update", 1), ("store_update", 2)] {
        for lost in [false, true] {
            let scene = scene();
            scene.echo("m_e", "Answered by a bot", BOT);
            if lost {
                scene.world.faults_mut().lose_answer(kind, fails, "timeout");
            } else {
                scene.world.faults_mut().fail(kind, fails, "timeout");
            }
            scene.customer_writes("m_1", "Hello");
            scene.tick(3);
            scene.customer_writes("m_2", "Again");
            let lines = scene.lines();
            for what in ["Hello", "Answered by a bot", "Anna B"] {
                let count = lines.iter().filter(|line| line.contains(what)).count();
                assert_eq!(count, 1, "{what} after {kind} {fails}, lost {lost}: {lines:#?}");
            }
        }
    }
}

/// Whoever answers on the phone or in Meta's inbox has answered.
#[test]
fn an_answer_given_elsewhere_is_one() {
    let scene = scene();
    scene.customer_writes("m_1", "Hello");
    scene.echo("m_e", "Written in the inbox", INBOX);
    assert_eq!(scene.answers(), (vec![APP_USER.to_owned()], true));
    assert!(scene.lines().last().unwrap().contains("Written in the inbox"), "{:?}", scene.lines());
    scene.tick(1);
    assert!(scene.lines().last().unwrap().contains(":hourglass:"), "nobody waits by now: {:?}", scene.lines());
}

/// Each question of the customer's waits for an answer of its own.
#[test]
fn no_note_answers_a_later_question_either() {
    let scene = scene();
    scene.customer_writes("m_1", "Hello");
    scene.agent_says("Hi");
    scene.deliver("messaging", &json!({ "optin": { "type": "notification_messages", "title": "News" } }), false);
    assert!(scene.lines().last().unwrap().starts_with("omni-direct.bot: "), "nobody waits: {:?}", scene.lines());
    scene.customer_writes("m_2", "And?");
    scene.tick(2);
    scene.echo("m_f", "A bot's answer", BOT);
    assert_eq!(scene.answers().0, ["agent"]);
    scene.customer_writes("m_3", "Still there?");
    assert!(scene.lines().last().unwrap().contains("A bot's answer"), "{:?}", scene.lines());
    scene.tick(2);
    assert_eq!(scene.answers().0, ["agent"]);
}

#[test]
fn where_the_server_leaves_the_app_out_notes_come_at_once() {
    for (bot, setting, transfers, at_once) in
        [(true, true, false, true), (true, false, false, false), (false, true, false, false), (true, true, true, false)]
    {
        let scene = scene();
        scene.configure(&json!({ "welcome": "Welcome!" }));
        if bot {
            scene.world.uncounted();
        }
        scene.world.rocket_chat_mut().environment.ignores_bots = setting;
        scene.world.rocket_chat_mut().environment.transfers_unanswered = transfers;
        scene.app.restart();
        scene.customer_writes("m_1", "Hello");
        scene.tick(1);
        let shown = scene.lines().iter().filter(|line| line.starts_with("omni-direct.bot: ")).count();
        assert_eq!(shown, if at_once { 2 } else { 0 }, "{bot} {setting} {transfers}: {:?}", scene.lines());
        scene.unanswered("notes");
    }
}

/// The licence's monthly contacts are used up: nobody but visitors may write in rooms of further ones.
#[test]
fn past_the_monthly_contacts_customers_are_still_read_and_nobody_speaks_for_them() {
    for uncounted in [false, true] {
        let scene = scene();
        scene.configure(&json!({ "welcome": "Welcome!" }));
        if uncounted {
            scene.world.uncounted();
            scene.app.restart();
        }
        scene.world.rocket_chat_mut().contact_limit = Some(0);
        scene.customer_writes("m_1", "Hello");
        scene.tick(2);
        for at in 0..3 {
            scene.echo(&format!("m_e{at}"), &format!("On the phone {at}"), INBOX);
        }
        let lines = scene.lines();
        assert_eq!(lines.len(), 1, "not in the customer's name: {lines:?}");
        assert_eq!(scene.told("monthly active contacts are used up"), 1, "{:?}", scene.setup());
        scene.customer_writes("m_2", "Thank you");
        let last = scene.lines().pop().unwrap();
        assert!((0..3).all(|at| last.contains(&format!("On the phone {at}"))), "{last}");
        assert!(scene.lines().iter().all(|line| !line.contains("could not be shown")), "{:?}", scene.lines());
        scene.tick(2);
        scene.echo("m_e4", "And once more", INBOX);
        scene.app.restart();
        scene.echo("m_e5", "And again", INBOX);
        assert_eq!(scene.told("monthly active contacts are used up"), 1, "once a month, whatever restarts");
        scene.world.rocket_chat_mut().contact_limit = None;
        scene.agent_says("Here I am");
        scene.tick(1);
        let lines = scene.lines();
        for what in ["And once more", "And again", "Sent to the customer"] {
            assert_eq!(lines.iter().filter(|line| line.contains(what)).count(), 1, "{what}: {lines:#?}");
        }
    }
}

/// The room is closed on the customer's last words, as conversations end.
#[test]
fn what_comes_after_the_end_stands_under_a_note_that_is_there() {
    let scene = scene();
    scene.configure(&json!({ "finished": "Goodbye!", "survey": "How was it?" }));
    scene.customer_writes("m_1", "Hello");
    scene.agent_says("Hi");
    scene.tick(1);
    scene.customer_writes("m_2", "Thanks, bye");
    let room = scene.room();
    scene.world.rocket_chat_mut().closes(&room).unwrap();
    scene.app.deliver_events();
    scene.world.settle();
    scene.customer_writes("m_3", "4");
    assert_eq!(scene.answers().0, ["agent"], "no note is an answer to the last words");
    let lines = scene.lines();
    assert_eq!(lines.iter().filter(|line| line.starts_with("omni-direct.bot")).count(), 1, "{lines:#?}");
    let note = lines.iter().find(|line| line.starts_with("omni-direct.bot")).unwrap();
    assert!(["Goodbye!", "How was it?", "4 of 5"].iter().all(|what| note.contains(what)), "{note}");
    assert_eq!(scene.world.rocket_chat().rooms.len(), 1);
}

/// Nobody answers, and the time is about to end: no warning stands in the room, so administrators and the agent are told.
#[test]
fn unanswered_conversations_are_pointed_out_before_their_time_ends() {
    let scene = scene();
    scene.customer_writes("m_1", "Hello");
    scene.tick(21 * 60);
    assert_eq!(scene.told("Nobody has answered"), 0);
    scene.tick(60 + 30);
    assert_eq!(scene.told("Nobody has answered"), 1, "{:?}", scene.setup());
    assert!(scene.told(&format!("/live/{}", scene.room())) == 1, "{:?}", scene.setup());
    let warned: Vec<_> = scene.whispers().into_iter().filter(|(_, text)| text.contains(":alarm_clock:")).collect();
    assert_eq!(warned.len(), 1, "{warned:?}");
    scene.unanswered("the warning");
    scene.tick(4 * HOUR / MINUTE);
    assert_eq!(scene.told("Nobody has answered"), 1, "once");
}
