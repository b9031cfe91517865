//! Webhook subscriptions at both levels: of an app, and of a Page or Instagram account.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps>,
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::Method;

use super::answer::Answer;
use super::auth::Caller;
use super::error::GraphError;
use super::request::Call;
use crate::crypto;
use crate::json::{Json, obj};
use crate::sim::Sim;
use crate::world::{App, Subscription, TokenKind, World};

/// Fields a Page knows. Instagram's own (`messaging_seen`, `messaging_referral`, …) are not among them.
const PAGE_FIELDS: &[&str] = &[
    "business_integrity",
    "feed",
    "mention",
    "name",
    "picture",
    "category",
    "description",
    "conversations",
    "branded_camera",
    "feature_access_list",
    "standby",
    "messages",
    "messaging_account_linking",
    "messaging_appointments",
    "messaging_checkout_updates",
    "messaging_customer_information",
    "messaging_direct_sends",
    "messaging_fblogin_account_linking",
    "messaging_feedback",
    "messaging_game_plays",
    "messaging_handovers",
    "messaging_in_thread_lead_form_submit",
    "messaging_integrity",
    "messaging_optins",
    "messaging_optouts",
    "messaging_payments",
    "messaging_policy_enforcement",
    "messaging_postbacks",
    "messaging_pre_checkouts",
    "messaging_referrals",
    "message_context",
    "message_deliveries",
    "message_echoes",
    "message_edits",
    "message_mention",
    "message_reactions",
    "message_reads",
    "response_feedback",
    "send_cart",
    "inbox_labels",
    "leadgen",
    "live_videos",
    "location",
    "mission",
    "products",
    "ratings",
    "videos",
    "website",
];

/// Fields of the Instagram object.
pub(crate) const INSTAGRAM_FIELDS: &[&str] = &[
    "comments",
    "creator_marketplace_projects",
    "live_comments",
    "mentions",
    "message_edit",
    "message_reactions",
    "messages",
    "messaging_handover",
    "messaging_optins",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_seen",
    "onsite_conversion",
    "standby",
    "story_insights",
];

fn fields_of(object: &str) -> Option<&'static [&'static str]> {
    match object {
        "page" => Some(PAGE_FIELDS),
        "instagram" => Some(INSTAGRAM_FIELDS),
        _ => None,
    }
}

/// Refuses the whole list for one unknown field, and names every field there is, as Meta does.
fn check_fields(app: &App, given: &[String], known: &[&str], parameter: &str) -> Result<BTreeSet<String>, GraphError> {
    let known: Vec<&str> = known.iter().copied().filter(|field| !app.refused_fields.contains(*field)).collect();
    if let Some((index, _)) = given.iter().enumerate().find(|(_, f)| !known.contains(&f.as_str())) {
        let all: Vec<String> = known.iter().map(|f| f.to_uppercase()).collect();
        return Err(GraphError::parameter(format!("Param {parameter}[{index}] must be one of {{{}}}", all.join(", "))));
    }
    Ok(given.iter().cloned().collect())
}

/// `GET|POST|DELETE /{app}/subscriptions`, with the app's own token.
pub(super) async fn app_edge(sim: &Sim, call: &Call, caller: &Caller) -> Answer {
    let id = call.segment(0).to_owned();
    caller.require_app(&id)?;
    match call.method {
        Method::GET => {
            let world = sim.world();
            let app = world.apps.get(&id).ok_or_else(|| call.missing())?;
            let data: Vec<Json> = app
                .subscriptions
                .iter()
                .map(|(object, sub)| {
                    let fields: Vec<Json> = sub.fields.iter().map(|f| obj! { "name": f, "version": "v26.0" }).collect();
                    obj! {
                        "object": object, "callback_url": &sub.callback_url, "active": sub.active, "fields": fields,
                    }
                })
                .collect();
            Ok(obj! { "data": data })
        }
        Method::POST => {
            let object = call.required("object")?;
            let known = fields_of(&object).ok_or_else(|| {
                GraphError::parameter("Param object must be one of {USER, PAGE, PERMISSIONS, PAYMENTS, INSTAGRAM}")
            })?;
            let (callback_url, verify_token) = (call.required("callback_url")?, call.required("verify_token")?);
            let fields = check_fields(&caller.app, &call.list("fields").unwrap_or_default(), known, "fields")?;
            let subscription = Subscription { callback_url, verify_token, fields, active: true };
            verify_callback(sim, &subscription).await?;
            let mut world = sim.world();
            let app = world.apps.get_mut(&id).ok_or_else(|| call.missing())?;
            app.subscriptions.insert(object, subscription);
            Ok(obj! { "success": true })
        }
        Method::DELETE => {
            let object = call.text("object");
            let gone = call.list("fields");
            let mut world = sim.world();
            let app = world.apps.get_mut(&id).ok_or_else(|| call.missing())?;
            match (object, gone) {
                (None, _) => app.subscriptions.clear(),
                (Some(object), Some(gone)) => {
                    if let Some(sub) = app.subscriptions.get_mut(&object) {
                        sub.fields.retain(|f| !gone.contains(f));
                    }
                }
                (Some(object), None) => drop(app.subscriptions.remove(&object)),
            }
            Ok(obj! { "success": true })
        }
        _ => Err(call.missing()),
    }
}

/// The verification GET: the callback must answer 200 with the bare challenge.
pub(crate) async fn verify_callback(sim: &Sim, subscription: &Subscription) -> Result<(), GraphError> {
    let url = &subscription.callback_url;
    let refused = |why: String| {
        // 2200 is what the dashboard and the API both print when the check fails.
        Err(GraphError::new(2200, format!("(#2200) Callback verification failed with the following errors: {why}"))
            .status(400))
    };
    let (resolved, deadline, https) = {
        let world = sim.world();
        (world.settings.resolve(url), world.settings.deadline_ms, world.settings.require_https)
    };
    if https && !url.starts_with("https://") {
        return Err(GraphError::parameter("Callback URL must use https"));
    }
    if url.contains('#') || !url.starts_with("http") {
        return Err(GraphError::parameter("Invalid callback URL"));
    }
    let challenge = crypto::number(10);
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.challenge", &challenge)
        .append_pair("hub.verify_token", &subscription.verify_token)
        .finish();
    let joint = if resolved.contains('?') { '&' } else { '?' };
    let answer = sim.http.get(&format!("{resolved}{joint}{query}"), Duration::from_millis(deadline), 64 * 1024).await;
    match answer {
        Err(failure) => refused(format!("The URL couldn't be validated: {}", failure.word())),
        Ok(answer) if answer.status != 200 => refused(format!("HTTP Status Code = {}", answer.status)),
        Ok(answer) if answer.body != challenge.as_bytes() => refused(format!(
            "Response does not match challenge, expected value=\"{challenge}\", received {} bytes",
            answer.body.len()
        )),
        Ok(_) => Ok(()),
    }
}

/// `GET|POST|DELETE /{page}/subscribed_apps`, and the same of an Instagram account on its own host.
pub(super) fn account_edge(world: &mut World, call: &Call, caller: &Caller) -> Answer {
    let account = caller.account(world, call)?;
    let instagram = caller.token.kind == TokenKind::Instagram;
    let scope = if instagram { "instagram_business_manage_messages" } else { "pages_manage_metadata" };
    caller.require(world, scope, (!instagram).then_some(account.id.as_str()))?;
    if !instagram && !has_task(world, &account.id, &caller.token.user_id, &["MODERATE", "MANAGE"]) {
        return Err(GraphError::new(
            200,
            "(#200) The user must be an administrator, editor, or moderator of the page in order to perform this \
             operation",
        ));
    }
    let known = if instagram { INSTAGRAM_FIELDS } else { PAGE_FIELDS };
    let app = caller.app.clone();
    match call.method {
        Method::GET => {
            let subscribed = if instagram {
                world.instagram_accounts.get(&account.id).map(|ig| &ig.subscribed)
            } else {
                world.pages.get(&account.id).map(|page| &page.subscribed)
            };
            // Seen by a Page token are all apps of the Page, by name.
            let data: Vec<Json> = subscribed
                .into_iter()
                .flatten()
                .filter_map(|(id, fields)| {
                    let app = world.apps.get(id)?;
                    Some(obj! {
                        "category": "Business",
                        "link": format!("https://www.facebook.com/games/?app_id={id}"),
                        "name": &app.name,
                        "id": id,
                        "subscribed_fields": fields.iter().cloned().collect::<Vec<_>>(),
                    })
                })
                .collect();
            Ok(obj! { "data": data })
        }
        Method::POST => {
            let given = call
                .list("subscribed_fields")
                .filter(|f| !f.is_empty())
                .ok_or_else(|| GraphError::parameter("The parameter subscribed_fields is required."))?;
            let fields = check_fields(&app, &given, known, "subscribed_fields")?;
            if !instagram && fields.iter().any(|f| f.starts_with("messag") || f == "standby") {
                caller.require(world, "pages_messaging", Some(&account.id)).map_err(|_| {
                    GraphError::new(
                        200,
                        "(#200) To subscribe to the messages field, one of these permissions is needed: \
                         pages_messaging",
                    )
                })?;
            }
            if let Some(subscribed) = subscribed_of(world, &account.id, instagram) {
                subscribed.insert(app.id, fields);
            }
            Ok(obj! { "success": true })
        }
        Method::DELETE => {
            if let Some(subscribed) = subscribed_of(world, &account.id, instagram) {
                subscribed.remove(&app.id);
            }
            Ok(obj! { "success": true })
        }
        _ => Err(call.missing()),
    }
}

fn subscribed_of<'a>(
    world: &'a mut World,
    id: &str,
    instagram: bool,
) -> Option<&'a mut std::collections::BTreeMap<String, BTreeSet<String>>> {
    if instagram {
        world.instagram_accounts.get_mut(id).map(|ig| &mut ig.subscribed)
    } else {
        world.pages.get_mut(id).map(|page| &mut page.subscribed)
    }
}

pub(super) fn has_task(world: &World, page: &str, user: &str, any_of: &[&str]) -> bool {
    world
        .pages
        .get(page)
        .and_then(|p| p.tasks.get(user))
        .is_some_and(|tasks| tasks.iter().any(|t| any_of.contains(&t.as_str())))
}
