//! What a login granted: the accounts that can be connected, and why others cannot.

use super::LoginRoute;
use super::scopes::{missing_scopes, needed_scopes};
use crate::channel::Channel;
use crate::graph_error::GraphCallError;
use crate::key;
use crate::render::text::{shortened, verbatim};
use crate::texts::Translator;
use meta_wire::answer::{DebugToken, PageAccount};
use meta_wire::ids::{AccountId, AppId, PageId};
use meta_wire::request::oauth::AppCredentials;
use meta_wire::token::Token;
use serde::{Deserialize, Serialize};

/// An account the person could have granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// As in [`Account::id`](super::Account::id).
    pub id: AccountId,
    /// As people read it.
    pub name: String,
    /// Handle without `@`.
    pub username: Option<String>,
    /// The Page, where there is one.
    pub page_id: Option<PageId>,
    /// Its name.
    pub page_name: Option<String>,
    /// Over which login product.
    pub route: LoginRoute,
    /// The token, unless Meta gave none.
    pub token: Option<Token>,
    /// When it ends, Unix milliseconds; `None` for never.
    pub token_expires_at: Option<i64>,
    /// When Meta stops to show data of the person, Unix milliseconds; `None` for never or unknown.
    pub data_access_expires_at: Option<i64>,
    /// Permissions that were granted for it.
    pub scopes: Vec<String>,
    /// Our Meta app.
    pub app_id: AppId,
    /// App-scoped Meta user who granted it.
    pub meta_user_id: String,
    /// Why it cannot be connected.
    pub problem: Option<Problem>,
}

impl Candidate {
    /// As people tell it apart.
    pub fn shown(&self) -> String {
        self.username.as_ref().map_or_else(|| self.name.clone(), |username| format!("@{username}"))
    }
}

/// Why an account cannot be connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// The person declined a permission altogether, which the grant names.
    Declined,
    /// The person left this account out when granting a permission.
    NotTicked {
        /// The permission.
        scope: String,
    },
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
pub struct Grant {
    /// Every account that came to light, those that cannot be connected included.
    pub candidates: Vec<Candidate>,
    /// Needed permissions that were declined.
    pub declined: Vec<&'static str>,
}

/// Why there is no grant.
#[derive(Debug)]
pub enum NoGrant {
    /// The token is for another app than the one configured.
    OtherApp,
    /// Meta refused.
    GraphCallError(GraphCallError),
}

impl<T: Into<GraphCallError>> From<T> for NoGrant {
    fn from(trouble: T) -> Self {
        Self::GraphCallError(trouble.into())
    }
}

/// A Page, or the Instagram account that is linked to it, as a grant over Facebook Login shows it.
pub fn candidate(page: &PageAccount, channel: Channel, debug: &DebugToken, app: &AppCredentials) -> Candidate {
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

/// Why a candidate cannot be connected; nothing for what is said once for all of them.
pub fn problem_line(say: Translator<'_>, candidate: &Candidate) -> Option<String> {
    let shown = verbatim(&candidate.shown());
    let (key, scope) = match candidate.problem.as_ref()? {
        Problem::Declined => return None,
        Problem::NotTicked { scope } => (key!("login_problem_not_ticked"), scope.as_str()),
        Problem::NoMessaging => (key!("login_problem_no_messaging"), ""),
        Problem::NoManaging => (key!("login_problem_no_managing"), ""),
        Problem::NoToken => (key!("login_problem_no_token"), ""),
        Problem::NoInstagram => (key!("login_problem_no_instagram"), ""),
    };
    Some(say.text(key, &[("account", &shown), ("scope", &verbatim(scope))]))
}

/// Which permissions and accounts were left out, as lines for an administrator.
pub fn left_out(say: Translator<'_>, grant: &Grant) -> Vec<String> {
    let declined = grant.declined.iter();
    let mut lines: Vec<String> =
        declined.map(|scope| say.text(key!("login_scope_declined"), &[("scope", &verbatim(scope))])).collect();
    lines.extend(problem_lines(say, &grant.candidates));
    lines
}

/// Why accounts cannot be connected, one line each.
pub fn problem_lines(say: Translator<'_>, candidates: &[Candidate]) -> Vec<String> {
    let lines = candidates.iter().filter_map(|candidate| problem_line(say, candidate));
    shortened(say, lines.collect())
}
