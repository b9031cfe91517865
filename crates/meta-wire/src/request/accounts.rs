//! Which Pages and Instagram accounts a token gives access to, and what was granted.

use super::graph::{Graph, Route};
use super::{GraphVersion, HttpRequest, RequestError};
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
    const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "id,name,access_token,tasks",
            Self::PageAndInstagram => {
                "id,name,access_token,tasks,instagram_business_account{id,username,name,profile_picture_url}"
            }
        }
    }
}

/// Largest page of a list asked for. Meta's default of 25 may come back empty with more behind it
/// ([trypost #253](https://github.com/trypostit/trypost/pull/253)): read on until there is no cursor.
const PAGE_SIZE: &str = "100";

/// `GET /me/accounts`: the Pages a user token can act for, with their tokens
/// ([user accounts](https://developers.facebook.com/docs/graph-api/reference/user/accounts/)). Answered by
/// [`Listing`](crate::answer::Listing) of [`PageAccount`](crate::answer::PageAccount). Pages held by a Business may be missing:
/// see [`businesses`].
///
/// # Errors
/// [`RequestError`] for a token that is none.
pub fn accounts(graph: &Graph, fields: PageFields, after: Option<&str>) -> Result<HttpRequest, RequestError> {
    list(graph, &["me", "accounts"], fields.as_str(), after)
}

/// `GET /me/businesses`: the Businesses of the person; needs `business_management`. Answered by
/// [`Listing`](crate::answer::Listing) of [`BusinessAccount`](crate::answer::BusinessAccount).
///
/// # Errors
/// As [`accounts`].
pub fn businesses(graph: &Graph, after: Option<&str>) -> Result<HttpRequest, RequestError> {
    list(graph, &["me", "businesses"], "id,name", after)
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
    after: Option<&str>,
) -> Result<HttpRequest, RequestError> {
    let edge = match pages {
        PagesOf::Owned => "owned_pages",
        PagesOf::Client => "client_pages",
    };
    list(graph, &[business, edge], fields.as_str(), after)
}

pub(crate) fn list(
    graph: &Graph,
    path: &[&str],
    fields: &str,
    after: Option<&str>,
) -> Result<HttpRequest, RequestError> {
    let mut query = vec![("fields", fields), ("limit", PAGE_SIZE)];
    query.extend(after.map(|cursor| ("after", cursor)));
    graph.get(path, &query)
}

/// `GET /{page}`: one Page with its token and, if asked for, its Instagram account. Answered by
/// [`PageAccount`](crate::answer::PageAccount).
///
/// # Errors
/// As [`accounts`].
pub fn page(graph: &Graph, page: &str, fields: PageFields) -> Result<HttpRequest, RequestError> {
    graph.get(&[page], &[("fields", fields.as_str())])
}

/// `GET /me`: who the token belongs to. With Instagram Login, `user_id` is the professional account's id that webhooks use
/// ([get started](https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/get-started)).
/// Answered by [`Me`](crate::answer::Me).
///
/// # Errors
/// As [`accounts`].
pub fn me(graph: &Graph) -> Result<HttpRequest, RequestError> {
    let fields = match graph.route {
        Route::FacebookLogin => "id,name",
        Route::InstagramLogin => "id,user_id,username,name,profile_picture_url",
    };
    graph.get(&["me"], &[("fields", fields)])
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
