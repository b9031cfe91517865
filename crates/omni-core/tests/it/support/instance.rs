//! One server instance: a process with its own memory, which may end at any moment.

use super::executor::{Life, Pending};
use super::faults::Leg;
use super::fixtures;
use super::host::FakeHost;
use super::rocket_chat::Event;
use super::world::World;
use meta_wire::secret::Secret;
use meta_wire::signature;
use omni_core::api::*;
use omni_core::{App, CoreError, Memory};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

/// No test needs nearly as many; more of them is an app that answers itself.
const MOST_EVENTS: usize = 500;

/// A server instance.
pub struct Instance {
    world: World,
    life: Cell<Life>,
    memory: RefCell<Rc<Memory>>,
    /// What the process is called in what the core stores.
    name: Cell<Life>,
    /// How far its server's clock is ahead, in milliseconds.
    ahead: i64,
}

fn memory(name: Life) -> Rc<Memory> {
    Memory::named(fixtures::texts(), format!("worker-{}", name.0))
}

impl Instance {
    pub(super) fn new(world: World, ahead: i64) -> Self {
        let life = world.next_life();
        Self { world, life: Cell::new(life), memory: RefCell::new(memory(life)), name: Cell::new(life), ahead }
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    /// Starts an entry call and returns at once; it runs when the world does.
    pub fn start<T, F>(&self, entry: impl FnOnce(App<FakeHost>) -> F) -> Pending<T>
    where
        T: 'static,
        F: Future<Output = T> + 'static,
    {
        self.start_with(true, entry)
    }

    fn start_with<T, F>(&self, may_write: bool, entry: impl FnOnce(App<FakeHost>) -> F) -> Pending<T>
    where
        T: 'static,
        F: Future<Output = T> + 'static,
    {
        let memory = Rc::clone(&self.memory.borrow());
        self.start_on_host(may_write, |host| entry(App::start(host, memory)))
    }

    /// Starts something that talks to the host itself.
    pub fn start_on_host<T, F>(&self, may_write: bool, work: impl FnOnce(Rc<FakeHost>) -> F) -> Pending<T>
    where
        T: 'static,
        F: Future<Output = T> + 'static,
    {
        let work = work(Rc::new(FakeHost::new(self.world.clone(), self.life.get(), self.ahead, may_write)));
        let pending = Pending::default();
        let slot = pending.clone();
        let clock = self.world.clock().clone();
        self.world.executor().spawn(self.life.get(), async move {
            let value = work.await;
            slot.answer(value, clock.now());
        });
        pending
    }

    /// Runs an entry call to its answer; `None` when the process crashed on the way. What it left in the background
    /// stays there until [`World::settle`].
    pub fn answer<T, F>(&self, entry: impl FnOnce(App<FakeHost>) -> F) -> Option<T>
    where
        T: 'static,
        F: Future<Output = T> + 'static,
    {
        let life = self.life.get();
        let pending = self.start(entry);
        self.world.executor().run_until(|| pending.is_done() || self.world.executor().has_ended(life));
        assert!(pending.is_done() || self.has_crashed(), "the entry call waits for what nobody can give");
        pending.take()
    }

    /// Runs an entry call to its answer and everything it left in the background to its end.
    pub fn run<T, F>(&self, entry: impl FnOnce(App<FakeHost>) -> F) -> T
    where
        T: 'static,
        F: Future<Output = T> + 'static,
    {
        let value = self.answer(entry).expect("the process did not crash");
        self.world.settle();
        value
    }

    /// The process ends just before the nth call of the kind from now on is made.
    pub fn crash_before(&self, kind: &str, nth: usize) {
        self.world.set_crash(self.life.get(), kind, Leg::There, nth);
    }

    /// The process ends when the nth call of the kind from now on has had its effect, before it learns of it.
    pub fn crash_after(&self, kind: &str, nth: usize) {
        self.world.set_crash(self.life.get(), kind, Leg::Back, nth);
    }

    pub fn has_crashed(&self) -> bool {
        self.world.executor().has_ended(self.life.get())
    }

    /// Ends the process where it stands and begins anew, with nothing remembered. That takes a while.
    pub fn restart(&self) {
        self.world.clock().advance(1);
        self.name.set(self.world.next_life());
        self.lose_core();
    }

    /// Ends what the core does where it stands; the process makes a new instance of the module, under the same name.
    pub fn lose_core(&self) {
        self.world.executor().end(self.life.get());
        self.life.set(self.world.next_life());
        self.memory.replace(memory(self.name.get()));
    }

    /// Meta delivers this, signed with the secret of [`fixtures::APP_SECRET`].
    pub fn webhook(&self, body: &Value) -> WebAnswer {
        let request = webhook_request(&body.to_string());
        self.run(async move |session| session.receive_webhook(request).await).expect("an answer to Meta")
    }

    /// Hands the app what the server has to tell, until there is nothing more; the app's own doings are told too.
    pub fn deliver_events(&self) {
        for _ in 0..MOST_EVENTS {
            let mut server = self.world.rocket_chat_mut();
            if server.events.is_empty() {
                return;
            }
            let event = server.events.remove(0);
            drop(server);
            self.deliver(event);
        }
        panic!("the app answers its own events for ever");
    }

    fn deliver(&self, event: Event) {
        let told: Result<(), CoreError> = match event {
            Event::Message(input) => self.run(async move |session| session.agent_message(*input).await),
            Event::Room(input) => self.run(async move |session| session.room_event(input).await),
            Event::Status(input) => self.run(async move |session| session.status_changed(input).await),
        };
        self.swallow(told);
    }

    /// An agent writes in a room and the app is told; answers the message's id.
    pub fn agent_says(&self, username: &str, room_id: &str, text: &str) -> String {
        let id = self.world.rocket_chat_mut().says(username, room_id, text);
        self.deliver_events();
        id
    }

    /// Somebody types a slash command: `args` as they stand behind it.
    pub fn command(&self, channel: Channel, username: &str, room_id: &str, args: &str) {
        let server = self.world.rocket_chat();
        let user = server.user(username).expect("somebody who types").clone();
        let input = CommandInput {
            channel,
            args: parameters(args),
            too_long: false,
            user,
            room_id: room_id.to_owned(),
            livechat: server.room(room_id).cloned(),
            trigger_id: Some(format!("trigger-{}", self.world.count())),
        };
        drop(server);
        let done = self.run(async move |session| session.run_command(input).await);
        self.swallow(done);
    }

    /// Runs a recurring job.
    pub fn job(&self, job: &str) {
        self.run_job(job, Value::Null);
    }

    /// Runs the scheduled jobs whose time has come.
    pub fn run_due(&self) {
        let due = self.world.rocket_chat_mut().take_due_jobs();
        for job in due {
            self.run_job(&job.job, job.data);
        }
    }

    fn run_job(&self, job: &str, data: Value) {
        let input = JobInput { job: job.to_owned(), data };
        let done = self.run(async move |session| session.run_job(input).await);
        self.swallow(done);
    }

    /// An administrator saves a setting: checked, stored, told, as the server does it. One that the app does not take is stored
    /// as it was, and told like any other.
    pub fn save_setting(&self, id: &str, value: Value) -> SettingAnswer {
        let input = SettingInput { id: id.to_owned(), value };
        let checking = self.start_with(false, async move |session| session.check_setting(input).await);
        self.until_answered(&checking);
        let answer = checking.take().expect("the process did not crash").expect("a setting is checked");
        if let SettingAnswer::Accepted { value } = &answer {
            self.world.rocket_chat_mut().settings.insert(id.to_owned(), value.clone());
        }
        self.memory.borrow().forget();
        let saved = LifecycleInput::SettingSaved { id: id.to_owned() };
        let telling = self.start_with(false, async move |session| session.lifecycle(saved).await);
        self.until_answered(&telling);
        self.swallow(telling.take().expect("the process did not crash"));
        answer
    }

    /// An administrator presses Save: the screen posts all of it, and the server applies it one setting after the other against
    /// what is stored by then. Lists are never the same as before. Work that runs meanwhile goes on.
    pub fn save_form(&self, changes: &[(&str, Value)]) {
        let form = self.world.rocket_chat().settings_form();
        for (id, shown) in form {
            let value = changes.iter().find(|(changed, _)| *changed == id).map_or(shown, |(_, value)| value.clone());
            let stored = self.world.rocket_chat().settings.get(&id).cloned();
            if value.is_array() || stored.as_ref() != Some(&value) {
                self.save_setting(&id, value);
            }
        }
    }

    fn until_answered<T>(&self, pending: &Pending<T>) {
        self.world.executor().run_until(|| pending.is_done());
    }

    /// Nobody waits for these: the shim logs the code and goes on.
    fn swallow(&self, outcome: Result<(), CoreError>) {
        if let Err(error) = outcome {
            let (code, detail) = ("entry-failed".to_owned(), error.code().to_owned());
            let line =
                super::world::LogLine { level: omni_core::host::LogLevel::Error, code, detail, at: self.world.now() };
            self.world.logs_mut().push(line);
        }
    }
}

/// The words behind a command as the server parts them: what stands in quotes is one word, and the quotes are gone
/// ([parseParameters](https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/lib/utils/parseParameters.ts)).
fn parameters(text: &str) -> Vec<String> {
    let (mut words, mut word, mut rest) = (Vec::new(), None::<String>, text);
    while let Some(c) = rest.chars().next() {
        rest = rest.strip_prefix(c).unwrap_or_default();
        if let Some((group, behind)) = ['"', '\''].contains(&c).then(|| rest.split_once(c)).flatten() {
            word.get_or_insert_default().push_str(group);
            rest = behind;
        } else if c.is_ascii_whitespace() {
            words.extend(word.take());
        } else {
            word.get_or_insert_default().push(c);
        }
    }
    words.extend(word);
    words
}

/// A webhook request as the shim hands it over: signed over Meta's byte form, printed again by `JSON.stringify`.
pub fn webhook_request(body: &str) -> WebRequest {
    let secret = Secret::new(fixtures::APP_SECRET).expect("a secret");
    let signed = signature::sign(signature::meta_escape(body).as_bytes(), &secret);
    let headers = [("content-type", "application/json"), (signature::HEADER, signed.as_str())];
    WebRequest {
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: body.to_owned(),
        ..WebRequest::default()
    }
}

/// A delivery with one messaging item.
pub fn delivery(object: &str, account: &str, item: &Value) -> Value {
    let time = item["timestamp"].clone();
    json!({ "object": object, "entry": [{ "id": account, "time": time, "messaging": [item] }] })
}

/// A customer's text message as a messaging item.
pub fn text_item(person: &str, account: &str, mid: &str, at: i64, text: &str) -> Value {
    json!({
        "sender": { "id": person },
        "recipient": { "id": account },
        "timestamp": at,
        "message": { "mid": mid, "text": text },
    })
}
