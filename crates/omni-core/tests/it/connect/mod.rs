//! Connecting accounts, from the first message in the setup channel to the last button.

mod again;
mod callbacks;
mod choose;
mod config;
mod doctor;
mod grant;
mod health;
mod login;
mod manage;
mod secrets;
mod settings;
mod setup;

use crate::support::*;
use omni_core::api::*;
use omni_core::job;
use omni_core::store::Account;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The person who logs in at Meta, as the app knows them.
const META_USER: &str = "4000000000000004";
const USER_TOKEN: &str = "EAAlong-lived-user-token";
const SHORT_TOKEN: &str = "EAAshort-lived-user-token";
const INSTAGRAM_APP_ID: &str = "5000000000000005";
const INSTAGRAM_APP_SECRET: &str = "fedcba9876543210fedcba9876543210";

const FACEBOOK_SCOPES: [&str; 7] = [
    "pages_show_list",
    "pages_manage_metadata",
    "pages_messaging",
    "pages_read_engagement",
    "instagram_basic",
    "instagram_manage_messages",
    "business_management",
];

/// A world with the Meta app entered and nothing connected.
fn entered() -> World {
    enter(World::new())
}

fn entered_seeded(seed: u64) -> World {
    enter(World::seeded(seed))
}

fn enter(world: World) -> World {
    let mut server = world.rocket_chat_mut();
    server.settings.insert("meta_app_id".to_owned(), APP_ID.into());
    server.settings.insert("meta_app_secret".to_owned(), APP_SECRET.into());
    drop(server);
    world.meta_mut().expect("GET", "/subscriptions").always().json(json!({ "data": [] }));
    world.meta_mut().expect("POST", "/subscriptions").always().json(json!({ "success": true }));
    world
}

/// The scheduler has both jobs at hand once the app is enabled, and starts them at the same time.
fn install(app: &Instance) {
    let installer = json!(app.world().rocket_chat().user("admin"));
    let jobs = [(job::INSTALLED, installer), (job::TICK, Value::Null)].map(|(job, data)| {
        let input = JobInput { job: job.to_owned(), data };
        app.start(async move |session| session.run_job(input).await)
    });
    app.world().settle();
    for done in jobs {
        done.take().expect("the process did not crash").expect("installed");
    }
}

fn page(id: &str, name: &str, instagram: Option<(&str, &str)>) -> Value {
    let mut page = json!({
        "id": id,
        "name": name,
        "access_token": format!("EAApage-token-{id}"),
        "tasks": ["MESSAGING", "MODERATE", "MANAGE"],
    });
    if let Some((id, username)) = instagram {
        page["instagram_business_account"] = json!({ "id": id, "username": username, "name": username });
    }
    page
}

/// What Meta answers a Facebook Login with.
struct FacebookLogin {
    scopes: Vec<&'static str>,
    granular: Value,
    pages: Vec<Value>,
}

impl Default for FacebookLogin {
    fn default() -> Self {
        Self { scopes: FACEBOOK_SCOPES.to_vec(), granular: json!([]), pages: Vec::new() }
    }
}

impl FacebookLogin {
    fn of(pages: Vec<Value>) -> Self {
        Self { pages, ..Self::default() }
    }

    fn script(&self, world: &World) {
        let mut meta = world.meta_mut();
        let token = |token: &str, seconds: i64| json!({ "access_token": token, "expires_in": seconds });
        meta.expect("POST", "/oauth/access_token").json(token(SHORT_TOKEN, 3600));
        meta.expect("POST", "/oauth/access_token").json(token(USER_TOKEN, 5_183_944));
        meta.expect("GET", "/debug_token").json(json!({ "data": {
            "app_id": APP_ID, "type": "USER", "is_valid": true, "expires_at": 0, "scopes": self.scopes,
            "granular_scopes": self.granular, "user_id": META_USER,
        }}));
        meta.expect("GET", "/me/accounts").json(json!({ "data": self.pages }));
        if self.scopes.contains(&"business_management") {
            meta.expect("GET", "/me/businesses").json(json!({ "data": [] }));
        }
    }
}

/// Every inspection of a token or subscription finds it well.
fn script_healthy(world: &World) {
    use meta_wire::request::subscriptions::MESSENGER_FIELDS;
    let mut meta = world.meta_mut();
    meta.expect("GET", "/debug_token").always().json(json!({ "data": {
        "app_id": APP_ID, "type": "PAGE", "is_valid": true, "expires_at": 0, "scopes": FACEBOOK_SCOPES,
    }}));
    let app = json!({ "id": APP_ID, "subscribed_fields": MESSENGER_FIELDS });
    meta.expect("GET", "/subscribed_apps").always().json(json!({ "data": [app] }));
}

/// The address behind the only link button whose action is `connect:opened`, of the newest whisper to the person.
fn login_urls(world: &World, username: &str) -> Vec<String> {
    let server = world.rocket_chat();
    let user_id = server.user(username).expect("a person").id.clone();
    let whisper = server.whispers.iter().rev().find(|whisper| whisper.user_id == user_id).expect("a whisper");
    buttons(&whisper.blocks).iter().filter_map(|button| button["url"].as_str().map(str::to_owned)).collect()
}

/// Every button of the blocks.
fn buttons(blocks: &[Value]) -> Vec<Value> {
    let of_block = |block: &Value| block["elements"].as_array().cloned().unwrap_or_default();
    blocks.iter().flat_map(of_block).filter(|element| element["type"] == "button").collect()
}

fn query(url: &str) -> BTreeMap<String, String> {
    let (_, query) = url.split_once('?').expect("a query");
    let decode = |text: &str| percent(text);
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (decode(k), decode(v))).collect()
}

/// The fields a Page or account was subscribed to.
fn subscribed_fields(request: &MetaRequest) -> String {
    percent(request.query("subscribed_fields").expect("fields"))
}

fn percent(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex: Vec<u8> = rest.by_ref().take(2).collect();
            bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Opens the callback as the browser does.
fn come_back(app: &Instance, query: &[(&str, &str)]) -> WebAnswer {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request = WebRequest { query, ..WebRequest::default() };
    app.run(async move |session| session.oauth_callback(request).await).expect("a page")
}

/// Asks for a link, goes through the dialog, comes back.
fn log_in(app: &Instance, channel: Channel) -> WebAnswer {
    type_command(app, channel, "authorize");
    let url = login_urls(app.world(), "admin").remove(0);
    come_back(app, &[("code", "the-code"), ("state", &query(&url)["state"])])
}

/// `admin` types a command in the setup channel.
fn type_command(app: &Instance, channel: Channel, args: &str) {
    let room = app.world().rocket_chat().channel(channel.setup_channel()).expect("a setup channel").id.clone();
    app.command(channel, "admin", &room, args);
}

fn press(app: &Instance, username: &str, action_id: &str, value: &str) -> UiAnswer {
    let user = app.world().rocket_chat().user(username).expect("a person").clone();
    let input = UiInput::Action {
        user,
        action_id: action_id.to_owned(),
        value: value.to_owned(),
        room_id: None,
        message_id: None,
        trigger_id: "trigger".to_owned(),
    };
    app.run(async move |session| session.ui_action(input).await).expect("an answer")
}

fn submit(app: &Instance, username: &str, view_id: &str, values: &[(&str, Value)]) -> UiAnswer {
    let user = app.world().rocket_chat().user(username).expect("a person").clone();
    let values =
        values.iter().map(|(id, value)| ((*id).to_owned(), BTreeMap::from([((*id).to_owned(), value.clone())])));
    let input = UiInput::Submit {
        user,
        view_id: view_id.to_owned(),
        values: values.collect(),
        trigger_id: "trigger".to_owned(),
    };
    app.run(async move |session| session.ui_action(input).await).expect("an answer")
}

fn accounts(world: &World) -> Vec<Account> {
    world.rocket_chat().stored()
}

/// Texts in the setup channel, oldest first.
fn in_setup(world: &World, channel: Channel) -> Vec<String> {
    let server = world.rocket_chat();
    let Some(room) = server.channel(channel.setup_channel()) else { return Vec::new() };
    server.in_room(&room.id).iter().map(|message| message.text.clone()).collect()
}

/// The newest whisper to the person.
fn whispered(world: &World, username: &str) -> String {
    let server = world.rocket_chat();
    let user_id = server.user(username).expect("a person").id.clone();
    let whisper = server.whispers.iter().rev().find(|whisper| whisper.user_id == user_id);
    whisper.map(|whisper| whisper.text.clone()).unwrap_or_default()
}

/// Presses the newest button that offers a choice.
fn open_choice(app: &Instance) -> omni_core::host::ModalView {
    match press(app, "admin", "connect:choose", &choice_id(app.world())) {
        UiAnswer::Open { view } => view,
        other => panic!("{other:?}"),
    }
}

fn choice_id(world: &World) -> String {
    let server = world.rocket_chat();
    let all = server.messages.iter().rev().flat_map(|stored| buttons(&stored.message.blocks));
    let button = all.into_iter().find(|button| button["actionId"] == "connect:choose").expect("a choice");
    button["value"].as_str().unwrap().to_owned()
}
