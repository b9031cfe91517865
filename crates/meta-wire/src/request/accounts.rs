//! Which Pages and Instagram accounts a token gives access to, and what was granted.

use super::graph::{Graph, Route};
use super::{GraphVersion, HttpRequest, RequestError};
use crate::platform::Platform;
use crate::request::oauth::AppCredentials;
use crate::token::Token;

/// Whether the Instagram account of each Page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageFields {
    /// The Page alone.
    Page,
    /// The Page and its Instagram account. Without the permission `pages_read_engagement` the whole call fails with code 100.
    PageAndInstagram,
}

impl PageFields {
    const fn as_str(self, detail: Detail) -> &'static str {
        match (self, detail) {
            (Self::Page, _) => "id,name,access_token,tasks",
            (Self::PageAndInstagram, Detail::Full) => {
                "id,name,access_token,tasks,instagram_business_account{id,username,name,profile_picture_url}"
            }
            (Self::PageAndInstagram, Detail::Least) => {
                "id,name,access_token,tasks,instagram_business_account{id,username}"
            }
        }
    }
}

/// How much is asked for. One field that Meta does not know, or not for this node, fails the whole call with code 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// All that can be used.
    #[default]
    Full,
    /// What cannot be done without: asked for when the whole was refused.
    Least,
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListPart<'a> {
    /// The cursor behind which it begins; `None` for the list's beginning.
    pub after: Option<&'a str>,
    /// The most items, 1 to 100. Meta's default of 25 may come back empty with more behind it
    /// ([trypost #253](https://github.com/trypostit/trypost/pull/253)): read on until there is no cursor. A part that is too
    /// much for Meta is refused with code 1, "reduce the amount of data".
    pub limit: u8,
    /// How much of each item.
    pub detail: Detail,
}

impl Default for ListPart<'_> {
    fn default() -> Self {
        Self { after: None, limit: 100, detail: Detail::Full }
    }
}

/// `GET /me/accounts`: the Pages a user token can act for, with their tokens
/// ([user accounts](https://developers.facebook.com/docs/graph-api/reference/user/accounts/)). Answered by
/// [`Listing`](crate::answer::Listing) of [`PageAccount`](crate::answer::PageAccount). Pages held by a Business may be missing:
/// see [`businesses`].
///
/// # Errors
/// [`RequestError`] for a token that is none.
pub fn accounts(graph: &Graph, fields: PageFields, part: ListPart<'_>) -> Result<HttpRequest, RequestError> {
    list(graph, &["me", "accounts"], fields.as_str(part.detail), part)
}

/// `GET /me/businesses`: the Businesses of the person; needs `business_management`. Answered by
/// [`Listing`](crate::answer::Listing) of [`BusinessAccount`](crate::answer::BusinessAccount).
///
/// # Errors
/// As [`accounts`].
pub fn businesses(graph: &Graph, part: ListPart<'_>) -> Result<HttpRequest, RequestError> {
    list(graph, &["me", "businesses"], "id,name", part)
}

/// How a Business has a Page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PagesOf {
    /// It owns it.
    Owned,
    /// It works for its owner.
    Client,
}

/// `GET /{business}/owned_pages` or `client_pages`
/// ([owned pages](https://developers.facebook.com/docs/marketing-api/reference/business/owned_pages/)); answered as
/// [`accounts`]. A Page that comes without a token cannot be used.
///
/// # Errors
/// As [`accounts`].
pub fn business_pages(
    graph: &Graph,
    business: &str,
    pages: PagesOf,
    fields: PageFields,
    part: ListPart<'_>,
) -> Result<HttpRequest, RequestError> {
    let edge = match pages {
        PagesOf::Owned => "owned_pages",
        PagesOf::Client => "client_pages",
    };
    list(graph, &[business, edge], fields.as_str(part.detail), part)
}

pub(crate) fn list(
    graph: &Graph,
    path: &[&str],
    fields: &str,
    part: ListPart<'_>,
) -> Result<HttpRequest, RequestError> {
    let limit = part.limit.to_string();
    let mut query = vec![("fields", fields), ("limit", &limit)];
    query.extend(part.after.map(|cursor| ("after", cursor)));
    graph.get(path, &query)
}

/// `GET /{page}`: one Page with its token and, if asked for, its Instagram account. Answered by
/// [`PageAccount`](crate::answer::PageAccount).
///
/// # Errors
/// As [`accounts`].
pub fn page(graph: &Graph, page: &str, fields: PageFields, detail: Detail) -> Result<HttpRequest, RequestError> {
    graph.get(&[page], &[("fields", fields.as_str(detail))])
}

/// `GET /me`: who the token belongs to. With Instagram Login, `user_id` is the professional account's id that webhooks use
/// ([get started](https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/get-started)).
/// Answered by [`Me`](crate::answer::Me).
///
/// # Errors
/// As [`accounts`].
pub fn me(graph: &Graph, detail: Detail) -> Result<HttpRequest, RequestError> {
    let fields = match (graph.route, detail) {
        (Route::FacebookLogin, _) => "id,name",
        (Route::InstagramLogin, Detail::Full) => "id,user_id,username,name,profile_picture_url",
        (Route::InstagramLogin, Detail::Least) => "id,user_id,username",
    };
    graph.get(&["me"], &[("fields", fields)])
}

/// `GET /{node}`: what an account, or the Page of one, is called now. Answered by [`Me`](crate::answer::Me).
///
/// # Errors
/// As [`accounts`].
pub fn names(graph: &Graph, node: &str, platform: Platform) -> Result<HttpRequest, RequestError> {
    let fields = match platform {
        Platform::Messenger => "id,name",
        Platform::Instagram => "id,username,name",
    };
    graph.get(&[node], &[("fields", fields)])
}

/// `GET /debug_token`: what a token is and may. Answered by [`DebugToken`](crate::answer::DebugToken).
///
/// Meta documents the inspected token as the query parameter `input_token` only, so this address holds a token and must not be
/// logged; the app's own goes in the header
/// ([debug_token](https://developers.facebook.com/docs/graph-api/reference/debug_token)).
///
/// # Errors
/// [`RequestError::Empty`] for an empty token.
pub fn debug_token(version: GraphVersion, app: &AppCredentials, token: &Token) -> Result<HttpRequest, RequestError> {
    super::error::filled("input_token", token.expose())?;
    let graph = Graph::new(Route::FacebookLogin, app.token()).version(version);
    graph.get(&["debug_token"], &[("input_token", token.expose())])
}

/// `GET /me/permissions`: what the person granted and declined. Answered by [`Listing`](crate::answer::Listing) of
/// [`GrantedPermission`](crate::answer::GrantedPermission).
///
/// # Errors
/// As [`accounts`].
pub fn permissions(graph: &Graph) -> Result<HttpRequest, RequestError> {
    graph.get(&["me", "permissions"], &[])
}

/// `DELETE /me/permissions`: takes one permission back, or with `None` the whole grant. The whole grant takes every Page token
/// the person ever gave this app with it, in other workspaces too
/// ([permissions](https://developers.facebook.com/docs/graph-api/reference/user/permissions/)). Answered by
/// [`Done`](crate::answer::Done).
///
/// # Errors
/// As [`accounts`].
pub fn revoke(graph: &Graph, permission: Option<&str>) -> Result<HttpRequest, RequestError> {
    match permission {
        Some(permission) => graph.delete(&["me", "permissions", permission], &[]),
        None => graph.delete(&["me", "permissions"], &[]),
    }
}

/// `DELETE /{user}/permissions` in the app's own name: as [`revoke`] of the whole grant, where the person's token is not at
/// hand. Answered by [`Done`](crate::answer::Done).
///
/// # Errors
/// As [`accounts`].
pub fn revoke_of(version: GraphVersion, app: &AppCredentials, user: &str) -> Result<HttpRequest, RequestError> {
    let graph = Graph::new(Route::FacebookLogin, app.token()).version(version).app_secret(&app.secret);
    graph.delete(&[user, "permissions"], &[])
}
