//! Reading nodes: users, Pages, businesses, Instagram accounts, apps, people, threads and messages.

use super::answer::Answer;
use super::auth::Caller;
use super::error::GraphError;
use super::request::{Call, Field, fields};
use super::rows::{nonexisting, paginate, picture_url, select, sub_row};
use super::{conversations, people};
use crate::json::{Json, obj};
use crate::world::{IgAccount, Page, TokenKind, World};

pub(super) fn node(world: &mut World, call: &Call, caller: &Caller, now: i64) -> Answer {
    let first = call.segment(0).to_owned();
    let edge = call.segment(1).to_owned();
    if !call.is_get() {
        return if edge.is_empty() { people::delete_persona(world, call, caller) } else { Err(call.missing()) };
    }
    if call.host == "graph.instagram.com" {
        return instagram_node(world, call, caller, &first, &edge, now);
    }
    match (first.as_str(), edge.as_str()) {
        ("me", "") if caller.token.kind == TokenKind::Page => {
            let id = caller.token.page_id.clone().unwrap_or_default();
            page_node(world, call, caller, &id, now)
        }
        ("me", "") => {
            caller.require_user()?;
            let id = caller.token.user_id.clone();
            user_node(world, call, &id)
        }
        ("me", "accounts") => accounts(world, call, caller, now),
        ("me", "businesses") => businesses(world, call, caller),
        (_, "") => any_node(world, call, caller, &first, now),
        (_, "accounts") if first == caller.token.user_id => accounts(world, call, caller, now),
        (_, "businesses") if first == caller.token.user_id => businesses(world, call, caller),
        (_, "owned_pages" | "client_pages") => business_pages(world, call, caller, now),
        (_, "messages") => conversations::messages_edge(world, call, caller, &first),
        _ => Err(call.missing()),
    }
}

fn any_node(world: &mut World, call: &Call, caller: &Caller, id: &str, now: i64) -> Answer {
    if world.pages.contains_key(id) {
        return page_node(world, call, caller, id, now);
    }
    if world.instagram_accounts.contains_key(id) {
        return instagram_account_node(world, call, caller, id, now);
    }
    if world.apps.contains_key(id) {
        return app_node(world, call, caller, id);
    }
    if id == caller.token.user_id {
        return user_node(world, call, id);
    }
    if let Some(answer) = conversations::node(world, call, caller, id) {
        return answer;
    }
    people::profile(world, call, caller, id, now)
}

fn instagram_node(world: &mut World, call: &Call, caller: &Caller, first: &str, edge: &str, now: i64) -> Answer {
    let own = caller.token.user_id.clone();
    let is_own =
        first == "me" || first == own || world.instagram_accounts.get(&own).is_some_and(|ig| ig.scoped_id == first);
    match (is_own, edge) {
        (true, "") => {
            caller.require(world, "instagram_business_basic", None)?;
            let url = picture_url(world, &own, now);
            let ig = world.instagram_accounts.get(&own).ok_or_else(|| call.missing())?;
            let known = |name: &str| instagram_field(ig, name, &url, true);
            select(call, &["id", "username"], "IGUser", known)
        }
        (false, "") => {
            if let Some(answer) = conversations::node(world, call, caller, first) {
                return answer;
            }
            people::profile(world, call, caller, first, now)
        }
        (false, "messages") => conversations::messages_edge(world, call, caller, first),
        _ => Err(call.missing()),
    }
}

fn user_node(world: &World, call: &Call, id: &str) -> Answer {
    let user = world.users.get(id).ok_or_else(|| call.missing())?;
    let (first, last) = user.name.split_once(' ').unwrap_or((&user.name, ""));
    select(call, &["name", "id"], "User", |name| {
        Some(match name {
            "id" => Json::from(&user.id),
            "name" => Json::from(&user.name),
            "first_name" => Json::from(first),
            "last_name" => Json::from(last),
            _ => return None,
        })
    })
}

fn app_node(world: &World, call: &Call, caller: &Caller, id: &str) -> Answer {
    if caller.app.id != id {
        return Err(call.missing());
    }
    let app = world.apps.get(id).ok_or_else(|| call.missing())?;
    select(call, &["id", "name"], "Application", |name| {
        Some(match name {
            "id" => Json::from(&app.id),
            "name" => Json::from(&app.name),
            "link" => Json::from(format!("https://www.facebook.com/games/?app_id={}", app.id)),
            "category" => Json::from("Business"),
            _ => return None,
        })
    })
}

/// `GET /me/accounts`: what the person granted, a page at a time.
fn accounts(world: &mut World, call: &Call, caller: &Caller, now: i64) -> Answer {
    caller.require_user()?;
    let user = caller.token.user_id.clone();
    if !caller.allows(world, "pages_show_list", None) {
        return Ok(obj! { "data": Json::Arr(Vec::new()) });
    }
    let ids: Vec<String> = world
        .pages
        .values()
        .filter(|p| p.tasks.contains_key(&user) && !p.only_via_business)
        .filter(|p| caller.allows(world, "pages_show_list", Some(&p.id)))
        .map(|p| p.id.clone())
        .collect();
    let hole = world.users.get(&user).is_some_and(|u| u.empty_first_page);
    page_list(world, call, caller, &ids, hole, now)
}

fn businesses(world: &World, call: &Call, caller: &Caller) -> Answer {
    caller.require_user()?;
    caller.require(world, "business_management", None)?;
    let data: Vec<Json> = world
        .businesses
        .values()
        .filter(|b| b.users.contains(&caller.token.user_id))
        .map(|b| obj! { "id": &b.id, "name": &b.name })
        .collect();
    paginate(world, call, &data, false)
}

fn business_pages(world: &mut World, call: &Call, caller: &Caller, now: i64) -> Answer {
    caller.require_user()?;
    caller.require(world, "business_management", None)?;
    let business = world
        .businesses
        .get(call.segment(0))
        .filter(|b| b.users.contains(&caller.token.user_id))
        .ok_or_else(|| call.missing())?;
    let ids = if call.segment(1) == "owned_pages" { &business.owned_pages } else { &business.client_pages };
    let ids: Vec<String> = ids.iter().filter(|id| world.pages.contains_key(*id)).cloned().collect();
    page_list(world, call, caller, &ids, false, now)
}

fn page_list(world: &mut World, call: &Call, caller: &Caller, ids: &[String], hole: bool, now: i64) -> Answer {
    let wanted =
        call.text("fields").map_or_else(|| fields("access_token,category,name,id,tasks"), |text| fields(&text))?;
    let mut rows = Vec::new();
    for id in ids {
        rows.push(page_row(world, caller, id, &wanted, now)?);
    }
    paginate(world, call, &rows, hole)
}

fn page_node(world: &mut World, call: &Call, caller: &Caller, id: &str, now: i64) -> Answer {
    let own = caller.token.page_id.as_deref() == Some(id);
    let page = world.pages.get(id).ok_or_else(|| call.missing())?;
    if !own && !page.tasks.contains_key(&caller.token.user_id) {
        return Err(call.missing());
    }
    let wanted = fields(&call.text("fields").unwrap_or_else(|| "name,id".to_owned()))?;
    page_row(world, caller, id, &wanted, now)
}

fn page_row(world: &mut World, caller: &Caller, id: &str, wanted: &[Field], now: i64) -> Result<Json, GraphError> {
    let page: Page = world.pages.get(id).cloned().unwrap_or_default();
    let mut row = Json::Obj(Vec::new());
    let mut with_id = false;
    for field in wanted {
        let value = match field.name.as_str() {
            "id" => {
                with_id = true;
                Json::from(&page.id)
            }
            "name" => Json::from(&page.name),
            "username" => Json::from(page.username.clone()),
            "category" => Json::from(&page.category),
            "link" => Json::from(format!("https://www.facebook.com/{}", page.id)),
            "tasks" => Json::from(page.tasks.get(&caller.token.user_id).cloned().unwrap_or_default()),
            "access_token" => {
                // A business-owned Page that was not granted is listed without a token: there to see, of no use.
                let usable = page.tasks.contains_key(&caller.token.user_id)
                    && ["pages_show_list", "pages_messaging", "pages_manage_metadata", "pages_read_engagement"]
                        .iter()
                        .any(|scope| caller.allows(world, scope, Some(id)));
                match (usable, caller.token.kind) {
                    (true, TokenKind::User) => Json::from(world.page_token(&caller.token, id, now)),
                    _ => continue,
                }
            }
            "picture" => {
                let url = picture_url(world, id, now);
                obj! { "data": obj! { "height": 50, "is_silhouette": false, "url": url, "width": 50 } }
            }
            "instagram_business_account" | "connected_instagram_account" => {
                if !caller.allows(world, "pages_read_engagement", Some(id)) {
                    return Err(GraphError::parameter(
                        "Object does not exist, cannot be loaded due to missing permission or reviewable feature, or \
                         does not support this operation. This endpoint requires the 'pages_read_engagement' \
                         permission or the 'Page Public Content Access' feature.",
                    ));
                }
                match &page.instagram {
                    Some(ig) if caller.allows(world, "instagram_basic", Some(ig)) => {
                        let url = picture_url(world, ig, now);
                        match world.instagram_accounts.get(ig) {
                            Some(ig) => {
                                sub_row(&field.sub, &["id"], "IGUser", |n| instagram_field(ig, n, &url, false))?
                            }
                            None => continue,
                        }
                    }
                    _ => continue,
                }
            }
            "messaging_feature_status" => {
                let routed = |account: Option<&str>| {
                    account.and_then(|a| world.account(a)).is_some_and(|a| a.routing.default_app.is_some())
                };
                obj! {
                    "hop_v2": false,
                    "msgr_multi_app": routed(Some(id)),
                    "ig_multi_app": routed(page.instagram.as_deref()),
                }
            }
            unknown => return Err(nonexisting(unknown, "Page")),
        };
        row.set(&field.name, value);
    }
    if !with_id {
        row.set("id", page.id.as_str());
    }
    Ok(row)
}

fn instagram_account_node(world: &mut World, call: &Call, caller: &Caller, id: &str, now: i64) -> Answer {
    let linked = world.page_of_instagram(id).map(str::to_owned);
    let reachable = match caller.token.kind {
        TokenKind::Page => linked.is_some() && linked == caller.token.page_id,
        TokenKind::User => linked
            .and_then(|page| world.pages.get(&page))
            .is_some_and(|page| page.tasks.contains_key(&caller.token.user_id)),
        TokenKind::App | TokenKind::Instagram => false,
    };
    if !reachable {
        return Err(call.missing());
    }
    caller.require(world, "instagram_basic", Some(id))?;
    let url = picture_url(world, id, now);
    let ig = world.instagram_accounts.get(id).ok_or_else(|| call.missing())?;
    select(call, &["id"], "IGUser", |name| instagram_field(ig, name, &url, false))
}

fn instagram_field(ig: &IgAccount, name: &str, picture: &str, instagram_login: bool) -> Option<Json> {
    Some(match name {
        // On the Instagram route `id` is scoped to the app and `user_id` is the account of the webhooks.
        "id" if instagram_login => Json::from(&ig.scoped_id),
        "user_id" if instagram_login => Json::from(&ig.id),
        "account_type" if instagram_login => Json::from(&ig.account_type),
        "id" => Json::from(&ig.id),
        "username" => Json::from(&ig.username),
        "name" => Json::from(&ig.name),
        "profile_picture_url" => Json::from(picture),
        "followers_count" => Json::Int(ig.followers_count),
        "follows_count" | "media_count" => Json::Int(0),
        "biography" | "website" => Json::from(""),
        _ => return None,
    })
}
