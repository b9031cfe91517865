//! Objects that exist before anybody talks: apps, users, Pages, accounts, people.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Which of the two networks a thing belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Platform {
    Messenger,
    Instagram,
}

impl Platform {
    pub(crate) fn is_instagram(self) -> bool {
        self == Self::Instagram
    }
}

/// Whether people without a role may use the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    Dev,
    #[default]
    Live,
}

/// One webhook product of an app: where it posts, and what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Subscription {
    pub(crate) callback_url: String,
    pub(crate) verify_token: String,
    pub(crate) fields: BTreeSet<String>,
    pub(crate) active: bool,
}

/// An app as its owner set it up in the dashboard.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secret: String,
    pub(crate) instagram_app_id: String,
    pub(crate) instagram_app_secret: String,
    pub(crate) mode: Mode,
    /// Users with a role in the app; they are all it serves in dev mode.
    pub(crate) roles: BTreeSet<String>,
    /// "Require App Secret": calls without `appsecret_proof` are refused.
    pub(crate) require_app_secret: bool,
    /// Exact addresses allowed in the login dialog; empty allows all.
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) deauthorize_url: Option<String>,
    pub(crate) data_deletion_url: Option<String>,
    /// Reviewed features: `human_agent`, `business_asset_user_profile_access`.
    pub(crate) features: BTreeSet<String>,
    /// Webhook fields that Meta does not offer it.
    pub(crate) refused_fields: BTreeSet<String>,
    /// Webhook subscriptions by object (`page`, `instagram`).
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    /// The webhook of the product "Instagram API with Instagram Login", set in the dashboard only.
    pub(crate) instagram_login_webhook: Option<Subscription>,
}

impl App {
    pub(crate) fn has_feature(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }
}

/// A Meta login. Its id is the app-scoped one that `signed_request` carries.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The first page of `/me/accounts` holds nothing although more follow.
    pub(crate) empty_first_page: bool,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Business {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) users: BTreeSet<String>,
    pub(crate) owned_pages: Vec<String>,
    pub(crate) client_pages: Vec<String>,
}

/// Who may speak in the threads of one account.
///
/// <https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing>
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Routing {
    /// The default app of Conversation Routing; without one the account is in zero-config mode.
    pub(crate) default_app: Option<String>,
    /// Apps whose "allow to take control" switch is on.
    pub(crate) take_allowed: BTreeSet<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Page {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) username: Option<String>,
    pub(crate) category: String,
    pub(crate) picture: Option<String>,
    /// Tasks per user id: `MESSAGING`, `MODERATE`, `MANAGE`, …
    pub(crate) tasks: BTreeMap<String, Vec<String>>,
    /// Reached through a business: listed by `/{business}/owned_pages`, absent from `/me/accounts`.
    pub(crate) only_via_business: bool,
    /// The linked Instagram professional account.
    pub(crate) instagram: Option<String>,
    /// The link cannot be verified (two-factor and the like): sends are refused with 10/2534077.
    pub(crate) instagram_link_broken: bool,
    /// Fields per app id at the `subscribed_apps` edge.
    pub(crate) subscribed: BTreeMap<String, BTreeSet<String>>,
    pub(crate) routing: Routing,
    /// The Page may not send at all (10/1893063).
    pub(crate) restricted: bool,
    /// Messenger Profile properties by platform, then by name.
    pub(crate) messenger_profile: BTreeMap<String, BTreeMap<String, crate::json::Json>>,
}

/// An Instagram professional account, linked to a Page or standing alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IgAccount {
    /// The professional account id (`17841…`), the `entry.id` of webhooks.
    pub(crate) id: String,
    /// The app-scoped id, the `id` of `graph.instagram.com/me`.
    pub(crate) scoped_id: String,
    pub(crate) username: String,
    pub(crate) name: String,
    pub(crate) account_type: String,
    pub(crate) picture: Option<String>,
    pub(crate) followers_count: i64,
    /// "Allow access to messages" in Instagram's settings; off means 200/2534041 and no webhooks.
    pub(crate) message_access: bool,
    /// Takes no several images in one message: 100/2534068.
    pub(crate) single_images: bool,
    /// Fields per app id, subscribed through graph.instagram.com.
    pub(crate) subscribed: BTreeMap<String, BTreeSet<String>>,
    pub(crate) routing: Routing,
}

/// A customer. One person has another id in the eyes of each account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Person {
    /// The handle used by the control routes.
    pub(crate) id: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) username: String,
    pub(crate) picture: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) timezone: Option<f64>,
    pub(crate) gender: Option<String>,
    pub(crate) follower_count: i64,
    pub(crate) follows_business: bool,
    pub(crate) followed_by_business: bool,
    pub(crate) verified: bool,
    /// Accounts this person has blocked.
    pub(crate) blocked: BTreeSet<String>,
    /// Deactivated or unreachable: sends answer 551/1545041.
    pub(crate) unavailable: bool,
    /// Signed up with a phone number only: the profile answers 2018218.
    pub(crate) phone_only: bool,
    /// Overrides the rule "a profile may be read once the person has written".
    pub(crate) profile_consent: Option<bool>,
    /// Scoped ids by account, where a test wants to choose them.
    pub(crate) ids: BTreeMap<String, String>,
}

impl Person {
    pub(crate) fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

/// A public comment, the handle of a private reply.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Comment {
    pub(crate) id: String,
    pub(crate) post_id: String,
    pub(crate) account: String,
    pub(crate) person: String,
    pub(crate) text: String,
    /// Unix milliseconds; zero is replaced by now when the comment is made.
    pub(crate) at: i64,
    /// A private reply went out: a second one is refused.
    pub(crate) replied: bool,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Persona {
    pub(crate) id: String,
    pub(crate) page: String,
    pub(crate) name: String,
    pub(crate) profile_picture_url: String,
    pub(crate) deleted: bool,
}
