//! Which app has a thread: conversation routing, formerly the handover protocol.
//!
//! [Messenger](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing),
//! [Instagram](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/conversation-routing/apis)
//! (read 2026-11-20). The changes are answered by [`Done`](crate::answer::Done).

use super::error::filled;
use super::graph::{Business, Graph};
use super::send::on_route;
use super::{HttpRequest, RequestError};
use crate::ids::{AppId, ScopedUserId};
use crate::limits;
use crate::platform::Platform;
use serde_json::{Map, json};

/// Meta's own inbox as the target of a pass: the Page inbox or the Instagram inbox.
pub const fn inbox_app(platform: Platform) -> &'static str {
    match platform {
        Platform::Messenger => "263902037430900",
        Platform::Instagram => "1217981644879628",
    }
}

/// The app of Meta's lead forms, which holds a thread while a form is filled in
/// ([lead ads](https://developers.facebook.com/documentation/business-messaging/messenger-platform/discovery/lead-generation-ads-in-messenger)).
pub const LEAD_FORM_APP: &str = "413038776280800";

/// A change of who has the thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// Give it to another app; `None` is the default app. Only by the owner, or by any app while the thread is idle.
    Pass {
        /// The app.
        target: Option<AppId>,
    },
    /// Give it to nobody. Only by the owner.
    Release,
    /// Take it. Only with routing set up and taking control allowed for the app.
    Take,
    /// Ask the owner for it.
    Request,
    /// Keep it longer without a message of the customer: seconds from now, at most
    /// [seven days](limits::EXTEND_CONTROL). Only by the owner.
    Extend {
        /// Seconds.
        duration_s: u32,
    },
}

/// `POST /{node}/pass_thread_control` and its siblings.
///
/// `metadata` is a note of ours that the event about the change carries; [`Control::Extend`] makes no event.
///
/// # Errors
/// [`RequestError`] for a field too large, empty, or without place in the call.
pub fn control(
    graph: &Graph,
    business: &Business,
    person: &ScopedUserId,
    control: &Control,
    metadata: Option<&str>,
) -> Result<HttpRequest, RequestError> {
    filled("recipient.id", person.as_str())?;
    let mut body = Map::from_iter([("recipient".to_owned(), json!({ "id": person }))]);
    let edge = match control {
        Control::Pass { target } => {
            if let Some(target) = target {
                filled("target_app_id", target.as_str())?;
                body.insert("target_app_id".into(), target.as_str().into());
            }
            "pass_thread_control"
        }
        Control::Release => "release_thread_control",
        Control::Take => "take_thread_control",
        Control::Request => "request_thread_control",
        Control::Extend { duration_s } => {
            limits::EXTEND_CONTROL.check_count(usize::try_from(*duration_s).unwrap_or(usize::MAX))?;
            if *duration_s == 0 {
                return Err(RequestError::Invalid { field: "duration", expected: "1 second or more" });
            }
            if metadata.is_some() {
                return Err(RequestError::Conflict { field: "metadata", with: "duration" });
            }
            body.insert("duration".into(), (*duration_s).into());
            "extend_thread_control"
        }
    };
    on_route(graph, business, edge)?;
    if let Some(metadata) = metadata {
        limits::METADATA.check(metadata)?;
        body.insert("metadata".into(), metadata.into());
    }
    graph.post_json(&[&business.node, edge], &body)
}

/// `GET /{node}/thread_owner`: who has the thread. Answered by [`ThreadOwner`](crate::answer::ThreadOwner); Meta names the app
/// only to the owner and the default app.
///
/// # Errors
/// [`RequestError::Empty`] for an empty id.
pub fn thread_owner(graph: &Graph, business: &Business, person: &ScopedUserId) -> Result<HttpRequest, RequestError> {
    on_route(graph, business, "thread_owner")?;
    filled("recipient", person.as_str())?;
    graph.get(&[&business.node, "thread_owner"], &[("recipient", person.as_str())])
}

/// `GET /{node}/secondary_receivers`: the other apps connected to the account, in the words of the handover protocol. Meta answers
/// it to the default app only. Answered by [`Listing`](crate::answer::Listing) of
/// [`SubscribedApp`](crate::answer::SubscribedApp).
///
/// # Errors
/// [`RequestError::WrongRoute`] for a Page through Instagram Login.
pub fn secondary_receivers(graph: &Graph, business: &Business) -> Result<HttpRequest, RequestError> {
    on_route(graph, business, "secondary_receivers")?;
    graph.get(&[&business.node, "secondary_receivers"], &[("fields", "id,name")])
}

/// `GET /{app}?fields=name`: what an app is called
/// ([application](https://developers.facebook.com/docs/graph-api/reference/application/)). Answered by
/// [`SubscribedApp`](crate::answer::SubscribedApp).
///
/// # Errors
/// [`RequestError`] for an id that is none.
pub fn app_name(graph: &Graph, app: &AppId) -> Result<HttpRequest, RequestError> {
    filled("app", app.as_str())?;
    graph.get(&[app.as_str()], &[("fields", "name")])
}

/// `GET /{node}?fields=messaging_feature_status`: whether routing is set up. Answered by
/// [`FeatureStatus`](crate::answer::FeatureStatus).
///
/// # Errors
/// [`RequestError::Invalid`] for an id that is none.
pub fn feature_status(graph: &Graph, business: &Business) -> Result<HttpRequest, RequestError> {
    graph.get(&[&business.node], &[("fields", "messaging_feature_status")])
}
