//! Permissions at Meta: which an account needs, and which are asked for.

use super::LoginRoute;
use crate::channel::Channel;
use meta_wire::request::oauth;

/// Without these an account of the network cannot be served
/// ([Messenger](https://developers.facebook.com/documentation/business-messaging/messenger-platform/overview),
/// [Instagram](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/get-started)).
pub fn needed_scopes(channel: Channel, route: LoginRoute) -> &'static [&'static str] {
    match (channel, route) {
        (Channel::Facebook, _) => oauth::MESSENGER_NEEDS,
        (Channel::Instagram, LoginRoute::Facebook) => oauth::INSTAGRAM_BY_PAGE_NEEDS,
        (Channel::Instagram, LoginRoute::Instagram) => oauth::INSTAGRAM_SCOPES,
    }
}

/// Those of them that are not among the given.
pub fn missing_scopes(channel: Channel, route: LoginRoute, given: &[String]) -> Vec<&'static str> {
    let needed = needed_scopes(channel, route).iter().copied();
    needed.filter(|scope| !given.iter().any(|one| one == scope)).collect()
}

/// What the dialog asks for. On Facebook nothing of Instagram's: Meta's dialog refuses to open when it is asked for a
/// permission the app was never given ("Invalid Scopes"), and an app for Messenger alone has none of those.
pub fn asked_scopes(channel: Channel, route: LoginRoute) -> Vec<&'static str> {
    match (channel, route) {
        (_, LoginRoute::Instagram) => oauth::INSTAGRAM_SCOPES.to_vec(),
        (Channel::Instagram, LoginRoute::Facebook) => oauth::FACEBOOK_SCOPES.to_vec(),
        (Channel::Facebook, LoginRoute::Facebook) => {
            oauth::FACEBOOK_SCOPES.iter().copied().filter(|scope| !scope.starts_with("instagram_")).collect()
        }
    }
}
