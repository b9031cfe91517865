//! From something that happened in a thread to the webhooks each app gets for it.

use crate::json::{Json, obj};
use crate::outgoing::{Outgoing, Update};
use crate::world::{Account, App, DAY_MS, Owner, Platform, World, thread_key};

/// Something that happened, before it is known who hears of it.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// The field under which a Page subscribes to it.
    pub(crate) page_field: Option<&'static str>,
    /// The same for Instagram.
    pub(crate) instagram_field: Option<&'static str>,
    pub(crate) item: Json,
    pub(crate) audience: Audience,
    pub(crate) delay_ms: u64,
}

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The thread's owner in `messaging`, everyone else in `standby`.
    Thread,
    /// The app with this id alone, in `messaging`.
    App(String),
}

struct Target {
    app_id: String,
    object: &'static str,
    callback: String,
    secret: String,
    standby: bool,
}

impl World {
    pub(crate) fn is_subscribed(&self, app: &str, account: &str) -> bool {
        let page = self.page_of_instagram(account).unwrap_or(account);
        self.pages.get(page).is_some_and(|p| p.subscribed.contains_key(app))
            || self.instagram_accounts.get(account).is_some_and(|ig| ig.subscribed.contains_key(app))
    }

    /// What "Webhooks Disabled" does: the app has to subscribe to this account again.
    pub(crate) fn unsubscribe(&mut self, app: &str, account: &str) {
        let page = self.page_of_instagram(account).unwrap_or(account).to_owned();
        if let Some(page) = self.pages.get_mut(&page) {
            page.subscribed.remove(app);
        }
        if let Some(ig) = self.instagram_accounts.get_mut(account) {
            ig.subscribed.remove(app);
        }
    }

    /// A customer did something that opens the window and, with Conversation Routing, wakes the thread.
    pub(crate) fn customer_acted(&mut self, account: &Account, person: &str, now: i64, consents: bool) {
        let default_app = account.routing.default_app.clone();
        let thread = self.thread_mut(&account.id, person);
        thread.last_customer_at = Some(now);
        thread.updated_at = now;
        thread.consented |= consents;
        let expires_at = now + DAY_MS;
        if thread.owner_at(now).is_none() {
            thread.owner = default_app.map(|app_id| Owner { app_id, expires_at });
        } else if let Some(owner) = &mut thread.owner {
            owner.expires_at = owner.expires_at.max(expires_at);
        }
    }

    /// Queues the webhooks of `event` and answers how many there are.
    pub(crate) fn emit(&mut self, account: &Account, person: &str, now: i64, event: &Event) -> usize {
        let targets = self.targets(account, person, now, event);
        let count = targets.len();
        for target in targets {
            let (key, item) =
                if target.standby { ("standby", for_standby(&event.item)) } else { ("messaging", event.item.clone()) };
            self.outbox.push(Outgoing {
                lane: format!("{}/{}", target.app_id, thread_key(&account.id, person)),
                app_id: target.app_id,
                object: target.object.to_owned(),
                account: account.id.clone(),
                callback: target.callback,
                secret: target.secret,
                update: Update::Item(key, item),
                delay_ms: event.delay_ms,
            });
        }
        count
    }

    fn targets(&self, account: &Account, person: &str, now: i64, event: &Event) -> Vec<Target> {
        let owner = self.thread(&account.id, person).and_then(|t| t.owner_at(now)).map(|o| o.app_id.clone());
        let field = match account.platform {
            Platform::Messenger => event.page_field,
            Platform::Instagram => event.instagram_field,
        };
        let Some(field) = field else { return Vec::new() };
        let mut targets = Vec::new();
        for app in self.apps.values() {
            if !self.serves_person(app, person) {
                continue;
            }
            let standby = match &event.audience {
                Audience::App(id) if *id != app.id => continue,
                Audience::App(_) => false,
                Audience::Thread => match &owner {
                    Some(owner) => *owner != app.id,
                    // Idle under Conversation Routing: the default app's turn.
                    None => account.routing.default_app.as_ref().is_some_and(|default| *default != app.id),
                },
            };
            // An app on standby needs the `standby` field beside the one of the event itself.
            for (object, callback, secret) in self.channels(app, account, field, standby) {
                targets.push(Target { app_id: app.id.clone(), object, callback, secret, standby });
            }
        }
        targets
    }

    /// An app in dev mode serves people with a role in it.
    pub(crate) fn serves_person(&self, app: &App, person: &str) -> bool {
        !self.settings.enforce_roles || app.mode == crate::world::Mode::Live || app.roles.contains(person)
    }

    /// The callbacks that hear `field` of `account`: subscribed both for the app and for the account.
    pub(crate) fn channels(
        &self,
        app: &App,
        account: &Account,
        field: &str,
        standby: bool,
    ) -> Vec<(&'static str, String, String)> {
        let wanted = if standby { "standby" } else { field };
        let mut out = Vec::new();
        let on_page =
            account.page_id.as_ref().and_then(|id| self.pages.get(id)).and_then(|p| p.subscribed.get(&app.id));
        match account.platform {
            Platform::Messenger => {
                if let Some(sub) = app.subscriptions.get("page").filter(|s| s.active && s.fields.contains(wanted))
                    && on_page.is_some_and(|fields| fields.contains(wanted))
                {
                    out.push(("page", sub.callback_url.clone(), app.secret.clone()));
                }
            }
            Platform::Instagram => {
                let Some(ig) = self.instagram_accounts.get(&account.id).filter(|ig| ig.message_access) else {
                    return out;
                };
                // Through a Page: the Page edge installs the app, the fields are chosen for the app.
                if let Some(sub) = app.subscriptions.get("instagram").filter(|s| s.active && s.fields.contains(wanted))
                    && on_page.is_some()
                {
                    out.push(("instagram", sub.callback_url.clone(), app.secret.clone()));
                }
                if let Some(sub) =
                    app.instagram_login_webhook.as_ref().filter(|s| s.active && s.fields.contains(wanted))
                    && ig.subscribed.get(&app.id).is_some_and(|fields| fields.contains(wanted))
                {
                    out.push(("instagram", sub.callback_url.clone(), app.instagram_app_secret.clone()));
                }
            }
        }
        out
    }
}

/// On standby a postback comes without its payload.
fn for_standby(item: &Json) -> Json {
    let mut item = item.clone();
    if let Some(postback) = item.get_mut("postback") {
        *postback = postback.clone().without("payload");
    }
    item
}

/// The head every messaging item begins with.
pub(crate) fn item(sender: &str, recipient: &str, timestamp: i64, key: &str, value: Json) -> Json {
    let mut item = obj! {
        "sender": obj! { "id": sender },
        "recipient": obj! { "id": recipient },
        "timestamp": timestamp,
    };
    item.set(key, value);
    item
}
