//! Who a customer is: `GET /{PSID or IGSID}`. Answered by [`Profile`](crate::answer::Profile).
//!
//! [Messenger](https://developers.facebook.com/documentation/business-messaging/messenger-platform/identity/user-profile),
//! [Instagram](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/user-profile)
//! (read 2026-11-20). A refusal here says nothing about whether the customer can be written to.

use super::accounts::Detail;
use super::graph::Graph;
use super::{HttpRequest, RequestError};
use crate::ids::ScopedUserId;
use crate::platform::Platform;

/// Asks for the profile. Never for the business's own id, which echoes carry as sender.
///
/// # Errors
/// [`RequestError::Invalid`] for an id that is none.
pub fn profile(
    graph: &Graph,
    platform: Platform,
    person: &ScopedUserId,
    detail: Detail,
) -> Result<HttpRequest, RequestError> {
    let fields = match (platform, detail) {
        (Platform::Messenger, Detail::Full) => "name,first_name,last_name,profile_pic",
        (Platform::Messenger, Detail::Least) => "name",
        (Platform::Instagram, Detail::Least) => "name,username",
        (Platform::Instagram, Detail::Full) => {
            "name,username,profile_pic,follower_count,is_user_follow_business,is_business_follow_user,is_verified_user"
        }
    };
    graph.get(&[person.as_str()], &[("fields", fields)])
}

/// Asks for the language alone: it needs the permission `pages_user_locale`, and what is asked together with a field that
/// may not be told is refused together with it. Messenger only; answered by [`Profile`](crate::answer::Profile).
///
/// # Errors
/// [`RequestError::Invalid`] for an id that is none.
pub fn locale(graph: &Graph, person: &ScopedUserId) -> Result<HttpRequest, RequestError> {
    graph.get(&[person.as_str()], &[("fields", "locale")])
}
