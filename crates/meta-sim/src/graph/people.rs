//! Customers' profiles, and the personas a Page speaks as.
//!
//! <https://developers.facebook.com/documentation/business-messaging/messenger-platform/identity/user-profile>,
//! <https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/user-profile>

use axum::http::Method;

use super::answer::Answer;
use super::auth::Caller;
use super::error::GraphError;
use super::request::Call;
use super::rows::{paginate, picture_url, select};
use crate::crypto;
use crate::json::{Json, obj};
use crate::world::{Persona, TokenKind, World};

const PERSONA_NAME_CHARS: usize = 50;

/// `GET /{psid}` or `GET /{igsid}`
pub(super) fn profile(world: &mut World, call: &Call, caller: &Caller, id: &str, now: i64) -> Answer {
    if matches!(caller.token.kind, TokenKind::User | TokenKind::App) {
        return persona(world, call, id);
    }
    let own = match caller.token.kind {
        TokenKind::Page => caller.token.page_id.clone().unwrap_or_default(),
        _ => caller.token.user_id.clone(),
    };
    let linked = world.pages.get(&own).and_then(|p| p.instagram.clone());
    let found = world.find_scoped(id).map(|(account, person)| (account.to_owned(), person.to_owned()));
    let Some((account, name)) = found.filter(|(a, _)| *a == own || linked.as_ref() == Some(a)) else {
        return persona(world, call, id);
    };
    let instagram = world.instagram_accounts.contains_key(&account);
    let Some(person) = world.people.get(&name).cloned() else { return Err(call.missing()) };
    let consented = world.thread(&account, &name).is_some_and(|t| t.consented);
    if instagram {
        if caller.token.kind == TokenKind::Instagram {
            caller.require(world, "instagram_business_basic", None)?;
        } else {
            caller.require(world, "instagram_basic", Some(&account))?;
            caller.require(world, "instagram_manage_messages", Some(&account))?;
        }
        if !person.profile_consent.unwrap_or(consented) {
            return Err(GraphError::new(230, "(#230) User consent is required to access user profile"));
        }
        if person.unavailable {
            return Err(GraphError::new(9010, "(#9010) No matching Instagram user"));
        }
    } else {
        caller.require(world, "pages_messaging", Some(&account))?;
        if person.phone_only {
            return Err(GraphError::new(2_018_218, "(#2018218) No profile available for this user."));
        }
        if !caller.app.has_feature("business_asset_user_profile_access") {
            return Err(GraphError::new(
                2_018_247,
                "(#2018247) Insufficient permission to access user profile. Business Asset User Profile Access is \
                 required.",
            ));
        }
        if !person.profile_consent.unwrap_or(true) {
            return Ok(Json::Obj(Vec::new()));
        }
    }
    if person.blocked.contains(&account) {
        return Ok(if instagram {
            obj! { "id": id }
        } else {
            Json::Obj(Vec::new())
        });
    }
    let picture = person.picture.as_ref().map(|_| picture_url(world, &name, now));
    let text = |s: &str| if s.is_empty() { Json::Null } else { Json::from(s) };
    if instagram {
        return select(call, &["name", "username", "profile_pic", "id"], "IGMessagingUser", |field| {
            Some(match field {
                "id" => Json::from(id),
                "name" => text(&person.full_name()),
                "username" => text(&person.username),
                "profile_pic" => Json::from(picture.clone()),
                "follower_count" => Json::Int(person.follower_count),
                "is_user_follow_business" => Json::Bool(person.follows_business),
                "is_business_follow_user" => Json::Bool(person.followed_by_business),
                "is_verified_user" => Json::Bool(person.verified),
                _ => return None,
            })
        });
    }
    select(call, &["first_name", "last_name", "profile_pic", "id"], "MessengerUser", |field| {
        Some(match field {
            "id" => Json::from(id),
            "name" => text(&person.full_name()),
            "first_name" => text(&person.first_name),
            "last_name" => text(&person.last_name),
            "profile_pic" => Json::from(picture.clone()),
            "locale" => Json::from(person.locale.clone()),
            "timezone" => Json::from(person.timezone),
            "gender" => Json::from(person.gender.clone()),
            _ => return None,
        })
    })
}

fn shown(persona: &Persona) -> Json {
    obj! { "id": &persona.id, "name": &persona.name, "profile_picture_url": &persona.profile_picture_url }
}

fn persona(world: &World, call: &Call, id: &str) -> Answer {
    world.personas.get(id).filter(|p| !p.deleted).map(shown).ok_or_else(|| call.missing())
}

/// `GET|POST /{page}/personas`
pub(super) fn personas(world: &mut World, call: &Call, caller: &Caller) -> Answer {
    let account = caller.account(world, call)?;
    if account.platform.is_instagram() {
        return Err(call.missing());
    }
    caller.require(world, "pages_messaging", Some(&account.id))?;
    if call.method == Method::POST {
        let (name, picture) = (call.required("name")?, call.required("profile_picture_url")?);
        if name.chars().count() > PERSONA_NAME_CHARS {
            return Err(GraphError::parameter(format!(
                "Length of param name must be less than or equal to {PERSONA_NAME_CHARS}"
            )));
        }
        let id = crypto::number(16);
        let persona = Persona { id: id.clone(), page: account.id, name, profile_picture_url: picture, deleted: false };
        world.personas.insert(id.clone(), persona);
        return Ok(obj! { "id": id });
    }
    let all: Vec<Json> = world.personas.values().filter(|p| p.page == account.id && !p.deleted).map(shown).collect();
    paginate(world, call, &all, false)
}

/// `DELETE /{persona}`; the persona stays on what it has said.
pub(super) fn delete_persona(world: &mut World, call: &Call, caller: &Caller) -> Answer {
    let page = caller.token.page_id.clone().unwrap_or_default();
    match world.personas.get_mut(call.segment(0)).filter(|p| p.page == page && !p.deleted) {
        Some(persona) if call.method == Method::DELETE => {
            persona.deleted = true;
            Ok(obj! { "success": true })
        }
        _ => Err(call.missing()),
    }
}
