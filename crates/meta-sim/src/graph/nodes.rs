//! Reading nodes: users, Pages, businesses, Instagram accounts, apps, people, threads and messages.

use super::auth::Caller;
use super::error::GraphError;
use super::request::{Call, Field, fields};
use super::{Answer, Json, conversations, obj, people};
use crate::world::{IgAccount, Media, Page, TokenKind, World};

/// Meta's page size where the caller names none.
const PAGE_SIZE: usize = 25;

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

/// Cuts a page out of `rows`; with a `hole` the first page is empty and says that more follows.
pub(super) fn paginate(world: &World, call: &Call, rows: &[Json], hole: bool) -> Answer {
    let limit = call.text("limit").and_then(|n| n.parse().ok()).unwrap_or(PAGE_SIZE).clamp(1, 100);
    let most = world.settings.list_max;
    if most > 0 && limit > most {
        let advice = "Please reduce the amount of data you're asking for, then retry your request";
        return Err(GraphError::new(1, advice).status(500));
    }
    let cursor = |n: usize| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("sim:{n}"))
    };
    let start = match call.text("after") {
        None => None,
        Some(after) => {
            use base64::Engine as _;
            let decoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&after).ok();
            let number =
                decoded.and_then(|b| String::from_utf8(b).ok()).and_then(|s| s.strip_prefix("sim:")?.parse().ok());
            Some(number.ok_or_else(|| GraphError::parameter("Invalid cursor for pagination"))?)
        }
    };
    let (data, from, to): (Vec<Json>, usize, usize) = match start {
        None if hole => (Vec::new(), 0, 0),
        start => {
            let from = start.unwrap_or(0).min(rows.len());
            let to = (from + limit).min(rows.len());
            (rows.get(from..to).unwrap_or_default().to_vec(), from, to)
        }
    };
    let more = to < rows.len();
    let mut answer = obj! { "data": data };
    if more || from < to {
        let mut paging = obj! { "cursors": obj! { "before": cursor(from), "after": cursor(to) } };
        if more {
            let mut query = form_urlencoded::Serializer::new(String::new());
            for (key, value) in &call.params {
                // The real link carries the access token, and so does this one.
                if let Some(text) = value.text().filter(|_| !matches!(key.as_str(), "after" | "appsecret_proof")) {
                    query.append_pair(key, &text);
                }
            }
            query.append_pair("after", &cursor(to));
            let path = call.segments.join("/");
            paging.set("next", format!("https://{}/v26.0/{path}?{}", call.host, query.finish()));
        }
        answer.set("paging", paging);
    }
    Ok(answer)
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

/// The answer to `fields=…` of a flat node.
pub(super) fn select(call: &Call, default: &[&str], kind: &str, known: impl Fn(&str) -> Option<Json>) -> Answer {
    let wanted = call.text("fields").map_or_else(|| Ok(Vec::new()), |text| fields(&text))?;
    sub_row(&wanted, default, kind, known)
}

fn sub_row(wanted: &[Field], default: &[&str], kind: &str, known: impl Fn(&str) -> Option<Json>) -> Answer {
    let mut row = Json::Obj(Vec::new());
    let names: Vec<&str> =
        if wanted.is_empty() { default.to_vec() } else { wanted.iter().map(|f| f.name.as_str()).collect() };
    for name in names {
        row.set(name, known(name).ok_or_else(|| nonexisting(name, kind))?);
    }
    if row.get("id").is_none()
        && let Some(id) = known("id")
    {
        row.set("id", id);
    }
    Ok(row)
}

fn nonexisting(field: &str, kind: &str) -> GraphError {
    GraphError::parameter(format!("Tried accessing nonexisting field ({field}) on node type ({kind})"))
}

/// A picture behind a fresh signed address, as long as its owner has one.
pub(super) fn picture_url(world: &mut World, owner: &str, now: i64) -> String {
    if let Some(url) = world.fresh_picture(owner, now) {
        return url;
    }
    let instagram = world.instagram_accounts.contains_key(owner);
    let media = Media {
        host: if instagram { "scontent.cdninstagram.com" } else { "scontent.xx.fbcdn.net" }.to_owned(),
        content_type: "image/png".to_owned(),
        file_name: None,
        bytes: bytes::Bytes::from(crate::picture::png(owner)),
        fault: None,
    };
    world.keep_picture(owner, media, now)
}
