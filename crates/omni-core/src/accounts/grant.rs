//! What a login granted: the accounts that can be connected, and why others cannot.

use crate::context::Context;
use crate::gateway::graph_pages::GraphPages;
use crate::host::Host;
use futures_util::future::join_all;
use meta_wire::answer::{BusinessAccount, DebugToken, Me, PageAccount, TokenGrant};
use meta_wire::ids::AccountId;
use meta_wire::request::accounts::{PageFields, PagesOf};
use meta_wire::request::oauth::AppCredentials;
use meta_wire::request::{Graph, Route, accounts};
use meta_wire::token::Token;
use omni_domain::account::LoginRoute;
use omni_domain::account::candidate::{Candidate, Grant, NoGrant, Problem, candidate};
use omni_domain::account::scopes::missing_scopes;
use omni_domain::channel::Channel;
use omni_domain::graph_error::GraphCallError;
use omni_domain::settings::Settings;

/// Businesses, and Pages named by the grant only, that are looked up one by one; the host gives a handler 30 s.
const LOOKED_UP: usize = 40;

service! {
    /// Reads what a login granted: the accounts that can be connected, and why others cannot.
    pub(crate) Grants {
        cx: Context,
        graph_pages: GraphPages,
    }
}

impl<H: Host> Grants<H> {
    /// Reads what a user token of Facebook Login gives access to.
    pub(crate) async fn facebook_grant(
        &self,
        settings: &Settings,
        app: &AppCredentials,
        channel: Channel,
        token: &Token,
    ) -> Result<Grant, NoGrant> {
        let version = settings.graph_version;
        let debug: DebugToken = self.graph_pages.ask(accounts::debug_token(version, app, token)).await?;
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
    ) -> Result<Vec<PageAccount>, GraphCallError> {
        let mut pages: Vec<PageAccount> =
            self.graph_pages.ask_all(|part| accounts::accounts(graph, fields, part)).await?;
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
            async move {
                self.graph_pages.ask_in_detail::<PageAccount>(|detail| accounts::page(graph, &id, fields, detail)).await
            }
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
            self.graph_pages.ask_all(|part| accounts::businesses(graph, part)).await.unwrap_or_default();
        let lists = businesses.iter().take(LOOKED_UP).flat_map(|business| {
            [PagesOf::Owned, PagesOf::Client].map(|kind| {
                self.graph_pages.ask_all(move |part| accounts::business_pages(graph, &business.id, kind, fields, part))
            })
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
        let me: Me = self.graph_pages.ask_in_detail(|detail| accounts::me(&graph, detail)).await?;
        let scopes = if short.permissions.is_empty() { long.permissions.clone() } else { short.permissions.clone() };
        // Without a list nothing is known to be declined; the first call that needs it would tell.
        let declined = match scopes.is_empty() {
            true => Vec::new(),
            false => missing_scopes(Channel::Instagram, LoginRoute::Instagram, &scopes),
        };
        let scoped = me.id.clone().or_else(|| short.user_id.clone()).unwrap_or_default();
        let id = me.user_id.unwrap_or_else(|| AccountId::new(scoped.clone()));
        let expires_at = long.expires_in_s.map(|seconds| self.cx.now_ms().saturating_add(seconds.saturating_mul(1000)));
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
