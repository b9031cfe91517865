//! What most tests begin with.

use super::rocket_chat::APP_USER;
use super::world::World;
use meta_wire::token::Token;
use omni_core::Texts;
use omni_core::api::Channel;
use omni_core::store::{Account, ConversationId, LoginRoute, VisitorKey};
use std::fs;
use std::path::Path;

/// The Meta app's id and secret in every world of [`World::connected`].
pub const APP_ID: &str = "1000000000000001";
pub const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
/// A Page, and the token it is called with.
pub const PAGE: &str = "2000000000000002";
pub const PAGE_TOKEN: &str = "EAApage-token";
/// An Instagram professional account linked to that Page.
pub const INSTAGRAM: &str = "17840000000000003";
pub const INSTAGRAM_TOKEN: &str = "EAAinstagram-token";

/// The texts people read, from the files that ship.
pub fn texts() -> Texts {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../i18n");
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = files.map(|file| file.expect("a folder that can be listed").path());
    let json = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let language = |path: &Path| path.file_stem().expect("a file name").to_string_lossy().to_ascii_lowercase();
    let read = |path: &Path| {
        let text = fs::read_to_string(path).expect("a readable file");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    Texts::new(json.map(|path| (language(&path), read(&path))).collect())
}

/// The Page as connected by `admin`.
pub fn page_account(now: i64) -> Account {
    let scopes = ["pages_messaging", "pages_manage_metadata", "pages_show_list"];
    Account { name: "Corner Shop".to_owned(), ..account(Channel::Facebook, PAGE, PAGE_TOKEN, &scopes, now) }
}

/// The Instagram account as connected by `admin`, through the Page.
pub fn instagram_account(now: i64) -> Account {
    let scopes = ["instagram_basic", "instagram_manage_messages", "pages_manage_metadata"];
    Account {
        username: Some("corner.shop".to_owned()),
        ..account(Channel::Instagram, INSTAGRAM, INSTAGRAM_TOKEN, &scopes, now)
    }
}

fn account(channel: Channel, id: &str, token: &str, scopes: &[&str], now: i64) -> Account {
    let record_id = format!("record-of-{id}");
    Account {
        page_id: Some(PAGE.into()),
        page_name: Some("Corner Shop".to_owned()),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        app_id: APP_ID.into(),
        subscribed: true,
        connected_by: "admin-id".to_owned(),
        meta_user_id: "4000000000000004".to_owned(),
        ..Account::new(record_id, channel, id.into(), LoginRoute::Facebook, Token::new(token), now)
    }
}

/// The key of visitors' tokens in every world of [`World::connected`].
pub fn visitor_key() -> VisitorKey {
    VisitorKey { key_id: "visitor-key".to_owned(), key: "test-visitor-key".into(), made_at: 0 }
}

/// What the customer of a conversation is known by to the server.
pub trait HasVisitor {
    /// The token of their visitor, under [`visitor_key`].
    fn visitor_token(&self) -> String;
}

impl HasVisitor for ConversationId {
    fn visitor_token(&self) -> String {
        visitor_key().token(self)
    }
}

impl World {
    /// With the Meta app entered and both accounts connected.
    pub fn connected(self) -> Self {
        let now = self.now();
        let mut server = self.rocket_chat_mut();
        server.settings.insert("meta_app_id".to_owned(), APP_ID.into());
        server.settings.insert("meta_app_secret".to_owned(), APP_SECRET.into());
        server.store(&page_account(now));
        server.store(&instagram_account(now));
        server.store(&visitor_key());
        drop(server);
        self
    }

    /// The server leaves out of its statistics what the app writes, which then waits for nothing.
    pub fn uncounted(&self) {
        let mut server = self.rocket_chat_mut();
        server.environment.ignores_bots = true;
        let app_user = server.users.iter_mut().find(|user| user.username == APP_USER).expect("the app's user");
        app_user.roles.push("bot".to_owned());
    }
}
