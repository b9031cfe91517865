//! Ice breakers, persistent menu, greeting and Get Started.
//!
//! <https://developers.facebook.com/docs/messenger-platform/reference/messenger-profile-api>

use axum::http::Method;

use super::answer::Answer;
use super::auth::Caller;
use super::error::GraphError;
use super::request::Call;
use crate::json::{Json, obj};
use crate::world::World;

const MESSENGER: &[&str] = &[
    "account_linking_url",
    "commands",
    "get_started",
    "greeting",
    "ice_breakers",
    "persistent_menu",
    "platform",
    "subject_to_new_eu_privacy_rules",
    "whitelisted_domains",
];
const INSTAGRAM: &[&str] = &["ice_breakers", "persistent_menu"];
const ICE_BREAKERS: usize = 4;

pub(super) fn edge(world: &mut World, call: &Call, caller: &Caller) -> Answer {
    let account = caller.account(world, call)?;
    let instagram = account.platform.is_instagram() || call.text("platform").as_deref() == Some("instagram");
    let (key, known) = if instagram { ("instagram", INSTAGRAM) } else { ("messenger", MESSENGER) };
    let page_id = account.page_id.clone().unwrap_or_else(|| account.id.clone());
    if !account.platform.is_instagram() {
        caller.require(world, "pages_messaging", Some(&page_id))?;
    }
    let page = world.pages.get_mut(&page_id).ok_or_else(|| call.missing())?;
    let profile = page.messenger_profile.entry(key.to_owned()).or_default();
    let names = || -> Result<Vec<String>, GraphError> {
        let names = call
            .list("fields")
            .filter(|f| !f.is_empty())
            .ok_or_else(|| GraphError::parameter("The parameter fields is required"))?;
        match names.iter().find(|n| !known.contains(&n.as_str())) {
            Some(unknown) => Err(GraphError::parameter(format!("Param fields has an unknown value: {unknown}"))),
            None => Ok(names),
        }
    };
    match call.method {
        Method::GET => {
            let mut row = Json::Obj(Vec::new());
            for name in names()? {
                if let Some(value) = profile.get(&name) {
                    row.set(&name, value.clone());
                }
            }
            let data = if row.fields().is_empty() { Vec::new() } else { vec![row] };
            Ok(obj! { "data": data })
        }
        Method::POST => {
            let given: Vec<&str> =
                known.iter().copied().filter(|n| call.params.contains_key(*n) && *n != "platform").collect();
            if given.is_empty() {
                return Err(GraphError::parameter("Messenger profile properties are required"));
            }
            for name in given {
                let value = call.json(name).unwrap_or_default();
                if name == "ice_breakers" {
                    check_ice_breakers(&value)?;
                }
                profile.insert(name.to_owned(), value);
            }
            Ok(obj! { "result": "success" })
        }
        Method::DELETE => {
            for name in names()? {
                profile.remove(&name);
            }
            Ok(obj! { "result": "success" })
        }
        _ => Err(call.missing()),
    }
}

/// Either questions at once, or per locale under `call_to_actions`.
fn check_ice_breakers(value: &Json) -> Result<(), GraphError> {
    let wrong = |why: &str| Err(GraphError::parameter(format!("Param ice_breakers: {why}")));
    for entry in value.items() {
        let questions = entry.get("call_to_actions").map_or_else(|| std::slice::from_ref(entry), Json::items);
        if questions.len() > ICE_BREAKERS {
            return wrong("at most 4 questions");
        }
        if questions.iter().any(|q| q.text_of("question").is_none() || q.text_of("payload").is_none()) {
            return wrong("each needs a question and a payload");
        }
    }
    if value.items().len() > ICE_BREAKERS && value.items().iter().all(|e| e.get("question").is_some()) {
        return wrong("at most 4 questions");
    }
    Ok(())
}
