//! What a login granted: the accounts that can be connected, and why others cannot.

use super::ask::Trouble;
use crate::entry::Channel;
use crate::host::Host;
use crate::session::Session;
use crate::settings::Settings;
use crate::store::LoginRoute;
use futures_util::future::join_all;
use meta_wire::answer::{BusinessAccount, DebugToken, Me, PageAccount, TokenGrant};
use meta_wire::ids::{AccountId, AppId, PageId};
use meta_wire::request::accounts::{self, PageFields, PagesOf};
use meta_wire::request::oauth::{self, AppCredentials};
use meta_wire::request::{Graph, Route};
use meta_wire::token::Token;
use serde::{Deserialize, Serialize};

/// Without these an account of the network cannot be served
/// ([Messenger](https://developers.facebook.com/documentation/business-messaging/messenger-platform/overview),
/// [Instagram](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/get-started)).
pub(crate) fn needed_scopes(channel: Channel, route: LoginRoute) -> &'static [&'static str] {
    match (channel, route) {
        (Channel::Facebook, _) => oauth::MESSENGER_NEEDS,
        (Channel::Instagram, LoginRoute::Facebook) => oauth::INSTAGRAM_BY_PAGE_NEEDS,
        (Channel::Instagram, LoginRoute::Instagram) => oauth::INSTAGRAM_SCOPES,
    }
}

/// Those of them that are not among the given.
pub(crate) fn missing_scopes(channel: Channel, route: LoginRoute, given: &[String]) -> Vec<&'static str> {
    let needed = needed_scopes(channel, route).iter().copied();
    needed.filter(|scope| !given.iter().any(|one| one == scope)).collect()
}

/// What the dialog asks for. On Facebook nothing of Instagram's: Meta's dialog refuses to open when it is asked for a
/// permission the app was never given ("Invalid Scopes"), and an app for Messenger alone has none of those.
pub(crate) fn asked_scopes(channel: Channel, route: LoginRoute) -> Vec<&'static str> {
    match (channel, route) {
        (_, LoginRoute::Instagram) => oauth::INSTAGRAM_SCOPES.to_vec(),
        (Channel::Instagram, LoginRoute::Facebook) => oauth::FACEBOOK_SCOPES.to_vec(),
        (Channel::Facebook, LoginRoute::Facebook) => {
            oauth::FACEBOOK_SCOPES.iter().copied().filter(|scope| !scope.starts_with("instagram_")).collect()
        }
    }
}

/// Businesses, and Pages named by the grant only, that are looked up one by one; the host gives a handler 30 s.
const LOOKED_UP: usize = 40;

/// An account the person could have granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Candidate {
    pub(crate) id: AccountId,
    pub(crate) name: String,
    pub(crate) username: Option<String>,
    pub(crate) page_id: Option<PageId>,
    pub(crate) page_name: Option<String>,
    pub(crate) route: LoginRoute,
    pub(crate) token: Option<Token>,
    pub(crate) token_expires_at: Option<i64>,
    pub(crate) data_access_expires_at: Option<i64>,
    pub(crate) scopes: Vec<String>,
    pub(crate) app_id: AppId,
    pub(crate) meta_user_id: String,
    /// Why it cannot be connected.
    pub(crate) problem: Option<Problem>,
}

impl Candidate {
    /// As people tell it apart.
    pub(crate) fn shown(&self) -> String {
        self.username.as_ref().map_or_else(|| self.name.clone(), |username| format!("@{username}"))
    }
}

/// Why an account cannot be connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub(crate) enum Problem {
    /// The person declined a permission altogether, which the grant names.
    Declined,
    /// The person left this account out when granting a permission.
    NotTicked { scope: String },
    /// The person's role on the Page does not let them send messages.
    NoMessaging,
    /// The person's role on the Page does not let them turn webhooks on.
    NoManaging,
    /// Meta gave no token for the Page: it belongs to a Business in which the person cannot act for it.
    NoToken,
    /// The Page has no Instagram professional account.
    NoInstagram,
}

/// What a login granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Every account that came to light, those that cannot be connected included.
    pub(crate) candidates: Vec<Candidate>,
    /// Needed permissions that were declined.
    pub(crate) declined: Vec<&'static str>,
}

/// Why there is no grant.
#[derive(Debug)]
pub(crate) enum NoGrant {
    /// The token is for another app than the one configured.
    OtherApp,
    /// Meta refused.
    Trouble(Trouble),
}

impl<T: Into<Trouble>> From<T> for NoGrant {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

impl<H: Host> Session<H> {
    /// Reads what a user token of Facebook Login gives access to.
    pub(crate) async fn facebook_grant(
        &self,
        settings: &Settings,
        app: &AppCredentials,
        channel: Channel,
        token: &Token,
    ) -> Result<Grant, NoGrant> {
        let version = settings.graph_version;
        let debug: DebugToken = self.ask(accounts::debug_token(version, app, token)).await?;
        if !debug.is_valid || debug.app_id.as_ref().is_some_and(|id| *id != app.id) {
            return Err(NoGrant::OtherApp);
        }
        let graph = Graph::new(Route::FacebookLogin, token.clone()).version(version).app_secret(&app.secret);
        let sees_instagram = debug.scopes.iter().any(|scope| scope == "pages_read_engagement");
        let fields = match channel {
            Channel::Instagram if sees_instagram => PageFields::PageAndInstagram,
            _ => PageFields::Page,
        };
        let pages = self.granted_pages(&graph, fields, &debug).await?;
        Ok(Grant {
            candidates: pages.into_iter().map(|page| candidate(&page, channel, &debug, app)).collect(),
            declined: missing_scopes(channel, LoginRoute::Facebook, &debug.scopes),
        })
    }

    /// The Pages of the person, those of their Businesses, and those the grant names. Meta's lists overlap and none is
    /// complete ([chatwoot #7219](https://github.com/chatwoot/chatwoot/issues/7219)).
    async fn granted_pages(
        &self,
        graph: &Graph,
        fields: PageFields,
        debug: &DebugToken,
    ) -> Result<Vec<PageAccount>, Trouble> {
        let mut pages: Vec<PageAccount> = self.ask_all(|part| accounts::accounts(graph, fields, part)).await?;
        if debug.scopes.iter().any(|scope| scope == "business_management") {
            pages.extend(self.business_pages(graph, fields).await);
        }
        let mut named: Vec<&str> = Vec::new();
        for granted in debug.granular_scopes.iter().filter(|granted| granted.scope.starts_with("pages_")) {
            for id in granted.target_ids.iter().flatten() {
                if pages.iter().all(|page| page.id.as_str() != id) && !named.contains(&id.as_str()) {
                    named.push(id);
                }
            }
        }
        named.truncate(LOOKED_UP);
        let look = |id: &&str| {
            let id = (*id).to_owned();
            async move { self.ask_in_detail::<PageAccount>(|detail| accounts::page(graph, &id, fields, detail)).await }
        };
        let found = join_all(named.iter().map(look)).await;
        pages.extend(found.into_iter().flatten());
        // Of one Page the entry with a token counts.
        pages.sort_by(|a, b| (&a.id, a.access_token.is_none()).cmp(&(&b.id, b.access_token.is_none())));
        pages.dedup_by(|later, first| later.id == first.id);
        pages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(pages)
    }

    /// What cannot be read here is left out: most people have no Business.
    async fn business_pages(&self, graph: &Graph, fields: PageFields) -> Vec<PageAccount> {
        let businesses: Vec<BusinessAccount> =
            self.ask_all(|part| accounts::businesses(graph, part)).await.unwrap_or_default();
        let lists = businesses.iter().take(LOOKED_UP).flat_map(|business| {
            [PagesOf::Owned, PagesOf::Client]
                .map(|kind| self.ask_all(move |part| accounts::business_pages(graph, &business.id, kind, fields, part)))
        });
        join_all(lists).await.into_iter().flatten().flatten().collect()
    }

    /// Reads which account a token of Instagram Login is for.
    pub(crate) async fn instagram_grant(
        &self,
        settings: &Settings,
        app: &AppCredentials,
        short: &TokenGrant,
        long: &TokenGrant,
    ) -> Result<Grant, NoGrant> {
        let graph = Graph::new(Route::InstagramLogin, long.access_token.clone()).version(settings.graph_version);
        let me: Me = self.ask_in_detail(|detail| accounts::me(&graph, detail)).await?;
        let scopes = if short.permissions.is_empty() { long.permissions.clone() } else { short.permissions.clone() };
        // Without a list nothing is known to be declined; the first call that needs it would tell.
        let declined = match scopes.is_empty() {
            true => Vec::new(),
            false => missing_scopes(Channel::Instagram, LoginRoute::Instagram, &scopes),
        };
        let scoped = me.id.clone().or_else(|| short.user_id.clone()).unwrap_or_default();
        let id = me.user_id.unwrap_or_else(|| AccountId::new(scoped.clone()));
        let expires_at = long.expires_in_s.map(|seconds| self.now_ms().saturating_add(seconds.saturating_mul(1000)));
        let candidate = Candidate {
            name: me.name.or_else(|| me.username.clone()).unwrap_or_else(|| id.to_string()),
            id,
            username: me.username,
            page_id: None,
            page_name: None,
            route: LoginRoute::Instagram,
            token: Some(long.access_token.clone()),
            token_expires_at: expires_at,
            data_access_expires_at: None,
            scopes,
            app_id: app.id.clone(),
            meta_user_id: scoped,
            problem: (!declined.is_empty()).then_some(Problem::Declined),
        };
        Ok(Grant { candidates: vec![candidate], declined })
    }
}

fn candidate(page: &PageAccount, channel: Channel, debug: &DebugToken, app: &AppCredentials) -> Candidate {
    let instagram = page.instagram_business_account.as_ref().filter(|_| channel == Channel::Instagram);
    let targets: Vec<&str> =
        [Some(page.id.as_str()), instagram.map(|account| account.id.as_str())].into_iter().flatten().collect();
    let granted = |scope: &str| targets.iter().any(|target| debug.grants(scope, target));
    let problem = problem(page, channel, debug, &granted);
    let page_name = page.name.clone().unwrap_or_else(|| page.id.to_string());
    let (id, name, username) = match instagram {
        Some(account) => {
            let name = account.name.clone().or_else(|| account.username.clone());
            (account.id.clone(), name.unwrap_or_else(|| page_name.clone()), account.username.clone())
        }
        None => (AccountId::new(page.id.as_str()), page_name.clone(), None),
    };
    Candidate {
        id,
        name,
        username,
        page_id: Some(page.id.clone()),
        page_name: Some(page_name),
        route: LoginRoute::Facebook,
        // A Page token that was read with a long-lived user token does not end.
        token: page.access_token.clone(),
        token_expires_at: None,
        data_access_expires_at: debug.data_access_expires_at.map(|at| at.0),
        scopes: debug.scopes.iter().filter(|scope| granted(scope)).cloned().collect(),
        app_id: app.id.clone(),
        meta_user_id: debug.user_id.clone().unwrap_or_default(),
        problem,
    }
}

fn problem(
    page: &PageAccount,
    channel: Channel,
    debug: &DebugToken,
    granted: &impl Fn(&str) -> bool,
) -> Option<Problem> {
    if !missing_scopes(channel, LoginRoute::Facebook, &debug.scopes).is_empty() {
        return Some(Problem::Declined);
    }
    if channel == Channel::Instagram && page.instagram_business_account.is_none() {
        return Some(Problem::NoInstagram);
    }
    if let Some(scope) = needed_scopes(channel, LoginRoute::Facebook).iter().find(|scope| !granted(scope)) {
        return Some(Problem::NotTicked { scope: (*scope).to_owned() });
    }
    if page.access_token.is_none() {
        return Some(Problem::NoToken);
    }
    match (page.can_message(), page.can_subscribe()) {
        (false, _) => Some(Problem::NoMessaging),
        (true, false) => Some(Problem::NoManaging),
        (true, true) => None,
    }
}
