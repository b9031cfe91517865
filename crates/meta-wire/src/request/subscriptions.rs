//! Webhook subscriptions. An event is delivered when its field is subscribed both by the app and for the account.
//!
//! [Page](https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps),
//! [app](https://developers.facebook.com/docs/graph-api/reference/app/subscriptions) (read 2026-11-20).

use super::error::{filled, web_url};
use super::graph::{Business, Graph, Route};
use super::oauth::AppCredentials;
use super::{GraphVersion, HttpRequest, RequestError};
use crate::platform::Platform;

/// Fields to subscribe for a Page whose Messenger is connected: every event of a conversation that is decoded, except calls, which
/// ring in Meta's own apps, and `response_feedback`, whose subscription puts thumbs under each message that customers get
/// ([response_feedback](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/response_feedback)).
/// One field that Meta does not offer the app, or the Page, fails the whole call.
pub const MESSENGER_FIELDS: &[&str] = &[
    "messages",
    "messaging_postbacks",
    "message_echoes",
    "message_edits",
    "message_reads",
    "message_deliveries",
    "message_reactions",
    "messaging_referrals",
    "messaging_optins",
    "messaging_handovers",
    "messaging_policy_enforcement",
    "standby",
    "messaging_optouts",
    "messaging_account_linking",
    "messaging_feedback",
    "messaging_in_thread_lead_form_submit",
    "send_cart",
    "business_integrity",
];

/// Fields to subscribe for a Page of which only the Instagram account is connected. This edge knows Page fields alone: an Instagram
/// field such as `messaging_seen` fails the whole call ([restfb #1210](https://github.com/restfb/restfb/issues/1210)).
pub const PAGE_INSTALL_FIELDS: &[&str] = &["messages", "message_reactions"];

/// Fields of Instagram, subscribed by the app on Facebook Login and for the account on Instagram Login. Not every app is offered
/// each of them, as with [`MESSENGER_FIELDS`].
pub const INSTAGRAM_FIELDS: &[&str] = &[
    "messages",
    "message_reactions",
    "messaging_postbacks",
    "messaging_seen",
    "messaging_referral",
    "standby",
    "message_edit",
    "messaging_handover",
];

/// The field without which a subscription is of no use.
pub const NEEDED_FIELD: &str = "messages";

/// The fields to subscribe for an account.
pub const fn account_fields(route: Route, platform: Platform) -> &'static [&'static str] {
    match (route, platform) {
        (_, Platform::Messenger) => MESSENGER_FIELDS,
        (Route::FacebookLogin, Platform::Instagram) => PAGE_INSTALL_FIELDS,
        (Route::InstagramLogin, Platform::Instagram) => INSTAGRAM_FIELDS,
    }
}

/// The fields to subscribe for the app.
pub const fn app_fields(platform: Platform) -> &'static [&'static str] {
    match platform {
        Platform::Messenger => MESSENGER_FIELDS,
        Platform::Instagram => INSTAGRAM_FIELDS,
    }
}

/// `POST /{node}/subscribed_apps`: turns events of the account on. Answered by [`Done`](crate::answer::Done). The call replaces
/// the fields subscribed before.
///
/// # Errors
/// [`RequestError::Empty`] without fields.
pub fn subscribe(graph: &Graph, business: &Business, fields: &[&str]) -> Result<HttpRequest, RequestError> {
    let fields = join(fields)?;
    graph.post(&[&business.node, "subscribed_apps"], &[("subscribed_fields", &fields)])
}

/// `GET /{node}/subscribed_apps`: what is turned on. Answered by [`Listing`](crate::answer::Listing) of
/// [`SubscribedApp`](crate::answer::SubscribedApp). Meta turns a subscription off silently after an hour of failed deliveries.
///
/// # Errors
/// [`RequestError`] for an id that is none.
pub fn subscribed_apps(graph: &Graph, business: &Business) -> Result<HttpRequest, RequestError> {
    graph.get(&[&business.node, "subscribed_apps"], &[])
}

/// `DELETE /{node}/subscribed_apps`: turns events of this account off, and nothing else. Answered by
/// [`Done`](crate::answer::Done).
///
/// # Errors
/// As [`subscribed_apps`].
pub fn unsubscribe(graph: &Graph, business: &Business) -> Result<HttpRequest, RequestError> {
    graph.delete(&[&business.node, "subscribed_apps"], &[])
}

/// Where the app's webhooks go.
#[derive(Clone, Copy)]
pub struct AppSubscription<'a> {
    /// The platform whose events are meant.
    pub platform: Platform,
    /// Our address; Meta calls it with the verify token before it answers.
    pub callback_url: &'a str,
    /// The token it will be asked with.
    pub verify_token: &'a str,
    /// The fields.
    pub fields: &'a [&'a str],
}

// Both the address and the verify token are secrets of the installation.
impl std::fmt::Debug for AppSubscription<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppSubscription")
            .field("platform", &self.platform)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

/// `POST /{app}/subscriptions`: sets the callback and fields of one webhook object. Answered by [`Done`](crate::answer::Done).
///
/// # Errors
/// [`RequestError`] for an empty field or an address Meta cannot call: it takes `https` only.
pub fn subscribe_app(
    version: GraphVersion,
    app: &AppCredentials,
    subscription: &AppSubscription<'_>,
) -> Result<HttpRequest, RequestError> {
    let AppSubscription { platform, callback_url, verify_token, fields } = *subscription;
    web_url("callback_url", callback_url)?;
    if !callback_url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://")) {
        return Err(RequestError::Invalid { field: "callback_url", expected: "an https address" });
    }
    filled("verify_token", verify_token)?;
    let fields = join(fields)?;
    let form = [
        ("object", platform.webhook_object()),
        ("callback_url", callback_url),
        ("verify_token", verify_token),
        ("fields", fields.as_str()),
        ("include_values", "true"),
    ];
    of_app(version, app).post_form(&[app.id.as_str(), "subscriptions"], &form)
}

/// `GET /{app}/subscriptions`: the app's callbacks. Answered by [`Listing`](crate::answer::Listing) of
/// [`AppWebhook`](crate::answer::AppWebhook).
///
/// # Errors
/// [`RequestError`] for an id or secret that is none.
pub fn app_subscriptions(version: GraphVersion, app: &AppCredentials) -> Result<HttpRequest, RequestError> {
    of_app(version, app).get(&[app.id.as_str(), "subscriptions"], &[])
}

/// `DELETE /{app}/subscriptions`: removes the callback of one webhook object. Answered by [`Done`](crate::answer::Done).
///
/// # Errors
/// As [`app_subscriptions`].
pub fn unsubscribe_app(
    version: GraphVersion,
    app: &AppCredentials,
    platform: Platform,
) -> Result<HttpRequest, RequestError> {
    of_app(version, app).delete(&[app.id.as_str(), "subscriptions"], &[("object", platform.webhook_object())])
}

fn of_app(version: GraphVersion, app: &AppCredentials) -> Graph {
    Graph::new(Route::FacebookLogin, app.token()).version(version)
}

fn join(fields: &[&str]) -> Result<String, RequestError> {
    let joined = fields.join(",");
    filled("fields", &joined)?;
    Ok(joined)
}
