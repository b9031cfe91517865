//! A connected account: an Instagram professional account or a Facebook Page.

pub mod candidate;
pub mod card;
pub mod config;
pub mod login;
pub mod scopes;
pub mod views;

use crate::channel::Channel;
use crate::raw_event::RawEvent;
use crate::routing::Rule;
use crate::settings::Settings;
use meta_wire::ids::{AccountId, AppId, PageId};
use meta_wire::platform::Platform;
use meta_wire::request::oauth::AppCredentials;
use meta_wire::request::{Business, Graph, Route};
use meta_wire::token::Token;
use meta_wire::webhook::{Item, decode_item};
use serde::{Deserialize, Serialize};

/// Which of Meta's two login products connected the account: they differ in host, secret and token life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginRoute {
    /// Facebook Login: Pages, and Instagram accounts linked to one.
    Facebook,
    /// Instagram Login: an Instagram account without a Page.
    Instagram,
}

/// Whether the token still opens doors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// As far as we know.
    Valid,
    /// Meta refused it; what is to be sent is held until an administrator authorizes again.
    Dead {
        /// Since when, Unix milliseconds.
        since: i64,
        /// Meta's code and subcode.
        code: i64,
        /// Meta's subcode.
        subcode: Option<i64>,
    },
}

/// What an administrator edits for one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountConfig {
    /// Department of new conversations; none leaves the choice to the server.
    pub department: Option<String>,
    /// Sent once at the start of a conversation; empty for none.
    pub welcome: String,
    /// Sent when a conversation is closed; empty for none.
    pub finished: String,
    /// Sent when no agent can serve; empty for none.
    pub offline: String,
    /// Asked after a conversation, to be answered with 1 to 5; empty for not at all.
    pub survey: String,
    /// When agents are there, in the account's own words, for messages that name it.
    pub hours: String,
    /// Rules by which conversations find their department when they begin.
    pub rules: Vec<Rule>,
}

/// A connected account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Ours, random: tells two records of one account apart.
    #[serde(default)]
    pub record_id: String,
    /// Its network.
    pub channel: Channel,
    /// Page id, or Instagram professional account id: `entry.id` of its webhooks.
    pub id: AccountId,
    /// As people read it.
    pub name: String,
    /// Instagram handle without `@`; Pages may have one too.
    pub username: Option<String>,
    /// The Page itself, or the one an Instagram account is linked to.
    pub page_id: Option<PageId>,
    /// Name of that Page.
    pub page_name: Option<String>,
    /// How it was connected.
    pub route: LoginRoute,
    /// The Page token, or the Instagram user token.
    pub token: Token,
    /// Whether it works.
    pub token_state: TokenState,
    /// When it ends, Unix milliseconds; `None` for never.
    pub token_expires_at: Option<i64>,
    /// When it was given, Unix milliseconds.
    #[serde(default)]
    pub token_at: i64,
    /// When Meta stops to show data of the person who granted it, Unix milliseconds; `None` for never or unknown.
    #[serde(default)]
    pub data_access_expires_at: Option<i64>,
    /// The end that was spoken of in advance, Unix milliseconds.
    #[serde(default)]
    pub reminded_of: Option<i64>,
    /// Permissions that were granted for this account.
    pub scopes: Vec<String>,
    /// Our Meta app, as the token's issuer.
    pub app_id: AppId,
    /// Whether its events are wanted.
    pub subscribed: bool,
    /// They are wanted and Meta did not turn them on: tried again each day.
    #[serde(default)]
    pub events_failing: bool,
    /// Meta refuses to hand over single messages; it was said.
    #[serde(default)]
    pub reads_refused: bool,
    /// Webhook fields that Meta refuses for it: not asked for again until it is authorized anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_fields: Vec<String>,
    /// Rocket.Chat user who connected it.
    pub connected_by: String,
    /// App-scoped Meta user who granted it: what a deauthorize callback names.
    pub meta_user_id: String,
    /// When, Unix milliseconds.
    pub connected_at: i64,
    /// What an administrator edits.
    pub config: AccountConfig,
    /// The message in the setup channel that shows the account, rewritten when something changes.
    #[serde(default)]
    pub card: Option<String>,
}

impl LoginRoute {
    /// The login product in Meta's words.
    pub fn wire(self) -> Route {
        match self {
            Self::Facebook => Route::FacebookLogin,
            Self::Instagram => Route::InstagramLogin,
        }
    }

    /// The login products an account of the network can be connected over.
    pub fn of(channel: Channel) -> &'static [Self] {
        match channel {
            Channel::Facebook => &[Self::Facebook],
            Channel::Instagram => &[Self::Facebook, Self::Instagram],
        }
    }

    /// The app of this login product, when both halves are entered.
    pub fn app(self, settings: &Settings) -> Option<AppCredentials> {
        match self {
            Self::Facebook => settings.meta_app(),
            Self::Instagram => settings.instagram_app(),
        }
    }
}

impl Account {
    /// An account that was granted just now and of which the rest is still to be filled in.
    pub fn new(record_id: String, channel: Channel, id: AccountId, route: LoginRoute, token: Token, at: i64) -> Self {
        Self {
            record_id,
            channel,
            name: id.to_string(),
            id,
            username: None,
            page_id: None,
            page_name: None,
            route,
            token,
            token_state: TokenState::Valid,
            token_expires_at: None,
            token_at: at,
            data_access_expires_at: None,
            reminded_of: None,
            scopes: Vec::new(),
            app_id: AppId::new(""),
            subscribed: false,
            events_failing: false,
            reads_refused: false,
            refused_fields: Vec::new(),
            connected_by: String::new(),
            meta_user_id: String::new(),
            connected_at: at,
            config: AccountConfig::default(),
            card: None,
        }
    }

    /// Every id under which an event may name it: with Instagram Login the one that only our Meta app knows, otherwise that
    /// of the Page it is linked to.
    pub fn own_ids(&self) -> Vec<AccountId> {
        let scoped = (self.channel == Channel::Instagram && self.route == LoginRoute::Instagram)
            .then(|| AccountId::from(self.meta_user_id.as_str()));
        let page = self.page_id.as_ref().map(|page| AccountId::from(page.as_str()));
        let other = scoped.into_iter().chain(page).filter(|id| !id.as_str().is_empty() && *id != self.id);
        std::iter::once(self.id.clone()).chain(other).collect()
    }

    /// An event of this account, from the account's side.
    pub fn read(&self, event: &RawEvent) -> Item {
        decode_item(self.channel.platform(), event.channel, &self.own_ids(), event.raw.as_str())
    }

    /// Handle where there is one, name otherwise: how people tell accounts apart.
    pub fn shown(&self) -> String {
        match &self.username {
            Some(username) if self.channel == Channel::Instagram => format!("@{username}"),
            _ => self.name.clone(),
        }
    }

    /// The network in Meta's words.
    pub fn platform(&self) -> Platform {
        self.channel.platform()
    }

    /// The node that sends: the Page, or the Instagram account that has none.
    pub fn business(&self) -> Business {
        let node = match (&self.page_id, self.route) {
            (Some(page), LoginRoute::Facebook) => page.as_str(),
            _ => self.id.as_str(),
        };
        Business::new(self.platform(), node)
    }

    /// Where calls in this account's name go.
    pub fn graph(&self, settings: &Settings) -> Graph {
        let graph = Graph::new(self.route.wire(), self.token.clone()).version(settings.graph_version);
        match &settings.app_secret {
            // The proof with another app's secret would have the call refused.
            Some(secret) if settings.app_id == self.app_id.as_str() => graph.app_secret(secret),
            _ => graph,
        }
    }

    /// Whether the app is ours: the login products of one Meta app have ids of their own.
    pub fn is_ours(&self, settings: &Settings, app: &AppId) -> bool {
        let id = app.as_str();
        [self.app_id.as_str(), &settings.app_id, &settings.instagram_app_id].contains(&id) && !id.is_empty()
    }
}
