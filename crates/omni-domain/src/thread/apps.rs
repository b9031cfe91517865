//! The apps that share an account's threads: what Meta tells of them, and how people read them.

use crate::channel::Channel;
use crate::key;
use crate::render::text::without_bidi_controls;
use crate::texts::Key;
use meta_wire::ids::{AccountId, AppId};
use meta_wire::platform::Platform;
use meta_wire::request::thread::{LEAD_FORM_APP, inbox_app};
use meta_wire::webhook::AppRoles;
use serde::{Deserialize, Serialize};

/// The role that the default app had under the handover protocol
/// ([`app_roles`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing)).
const PRIMARY: &str = "primary_receiver";

/// Longest name of an app that is shown, in characters.
const NAME_LENGTH: usize = 60;

/// What is known of the apps that share an account's threads. Written when Meta tells something new, which is rare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// The network.
    pub channel: Channel,
    /// The account.
    pub account: AccountId,
    /// The default app, in old words the primary receiver.
    #[serde(default)]
    pub default_app: Option<AppId>,
    /// Apps by id and name; an empty name is one Meta does not tell.
    #[serde(default)]
    pub names: Vec<(AppId, String)>,
    /// Whether Meta let us take control when last tried, and when that was, Unix milliseconds.
    #[serde(default)]
    pub took: Option<(bool, i64)>,
}

impl Routing {
    /// Nothing known.
    pub fn new(channel: Channel, account: AccountId) -> Self {
        Self { channel, account, default_app: None, names: Vec::new(), took: None }
    }

    /// Notes which app is the default one; answers whether that is new.
    pub fn note_roles(&mut self, roles: &AppRoles) -> bool {
        let primary = roles.apps.iter().find(|app| app.roles.iter().any(|role| role == PRIMARY)).map(|app| &app.app);
        let lost = |known: &AppId| roles.apps.iter().any(|app| app.app == *known);
        let next = match primary {
            Some(primary) => Some(primary.clone()),
            // Only the roles of the apps that are named here are told.
            None => self.default_app.clone().filter(|known| !lost(known)),
        };
        let is_new = self.default_app != next;
        self.default_app = next;
        is_new
    }

    /// Notes whether Meta let us take control; answers whether that is new.
    pub fn note_take(&mut self, took: bool, now: i64) -> bool {
        if self.took.is_some_and(|(known, _)| known == took) {
            return false;
        }
        self.took = Some((took, now));
        true
    }
}

/// What one of Meta's own apps is called.
pub fn of_metas(app: &AppId) -> Option<Key> {
    match app.as_str() {
        id if id == inbox_app(Platform::Messenger) => Some(key!("hand_app_page_inbox")),
        id if id == inbox_app(Platform::Instagram) => Some(key!("hand_app_instagram_inbox")),
        LEAD_FORM_APP => Some(key!("hand_app_lead_form")),
        _ => None,
    }
}

/// Any developer may name an app: without what Rocket.Chat would read as more than letters.
pub fn plain_name(name: &str) -> String {
    let name = without_bidi_controls(name);
    name.chars().filter(|c| !c.is_control() && !"`*_~[]()<>@#|\\".contains(*c)).take(NAME_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_letters_only() {
        assert_eq!(plain_name("\u{202E}toB"), "toB");
        assert_eq!(plain_name("Shop *Bot* [x](https://e.example) @all"), "Shop Bot xhttps://e.example all");
        assert_eq!(plain_name(&"é".repeat(80)).chars().count(), NAME_LENGTH);
    }
}
