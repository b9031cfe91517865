//! The Conversations API: threads and messages after the fact.
//!
//! <https://developers.facebook.com/docs/messenger-platform/conversations>

use super::answer::Answer;
use super::auth::Caller;
use super::error::GraphError;
use super::request::{Call, Field, fields};
use super::rows::{nonexisting, paginate};
use crate::json::{Json, obj};
use crate::world::{Account, Message, Thread, TokenKind, World};

/// Older messages are listed, but say nothing.
const DETAILED: usize = 20;

const MENTION: &str = "story_mention";

/// `GET /{page}/conversations?platform=…&user_id=…`
pub(super) fn list(world: &mut World, call: &Call, caller: &Caller) -> Answer {
    let mut account = caller.account(world, call)?;
    if call.text("platform").as_deref() == Some("instagram") && !account.platform.is_instagram() {
        let linked = world.pages.get(&account.id).and_then(|p| p.instagram.clone());
        account = linked
            .and_then(|id| world.account(&id))
            .ok_or_else(|| GraphError::parameter("The Page is not linked to an Instagram account").sub(2_534_013))?;
    }
    check_rights(world, caller, &account)?;
    let user = call.text("user_id");
    let mut threads: Vec<&Thread> = world
        .threads
        .values()
        .filter(|t| t.account == account.id && !t.messages.is_empty())
        .filter(|t| user.as_ref().is_none_or(|u| *u == t.scoped))
        .collect();
    threads.sort_by_key(|t| std::cmp::Reverse(t.updated_at));
    let wanted = fields(&call.text("fields").unwrap_or_else(|| "id,link,updated_time".to_owned()))?;
    let rows: Vec<Json> =
        threads.iter().map(|t| thread_row(world, &account, t, &wanted, &caller.app.id)).collect::<Result<_, _>>()?;
    paginate(world, call, &rows, false)
}

/// A thread or a message read by its id; `None` when the id is neither.
pub(super) fn node(world: &World, call: &Call, caller: &Caller, id: &str) -> Option<Answer> {
    // Profiles come this way too, and their ids need no search among the threads.
    let thread = id.starts_with("t_").then(|| world.threads.values().find(|t| t.id == id)).flatten();
    if let Some(thread) = thread {
        return Some(reachable(world, call, caller, &thread.account).and_then(|account| {
            let wanted = fields(&call.text("fields").unwrap_or_else(|| "id,link,updated_time".to_owned()))?;
            thread_row(world, &account, thread, &wanted, &caller.app.id)
        }));
    }
    let message = world.messages.get(id)?;
    Some(reachable(world, call, caller, &message.account).and_then(|account| {
        // An older one is listed, and counts as deleted when it is asked for.
        let shown = world
            .thread(&message.account, &message.person)
            .is_some_and(|thread| newest(world, thread).take(DETAILED).any(|newer| newer.mid == message.mid));
        if message.deleted || !shown {
            return Err(GraphError::new(9_000_001, "(#9000001) The message has been deleted"));
        }
        let wanted = fields(&call.text("fields").unwrap_or_else(|| "id,created_time".to_owned()))?;
        message_row(world, &account, message, &wanted)
    }))
}

/// `GET /{thread}/messages`
pub(super) fn messages_edge(world: &World, call: &Call, caller: &Caller, id: &str) -> Answer {
    let thread = world.threads.values().find(|t| t.id == id).ok_or_else(|| call.missing())?;
    let account = reachable(world, call, caller, &thread.account)?;
    let wanted = fields(&call.text("fields").unwrap_or_else(|| "id,created_time".to_owned()))?;
    let rows: Vec<Json> =
        newest(world, thread).map(|m| message_row(world, &account, m, &wanted)).collect::<Result<_, _>>()?;
    paginate(world, call, &rows, false)
}

fn reachable(world: &World, call: &Call, caller: &Caller, account: &str) -> Result<Account, GraphError> {
    let account = world.account(account).ok_or_else(|| call.missing())?;
    let own = match caller.token.kind {
        TokenKind::Page => caller.token.page_id == account.page_id,
        TokenKind::Instagram => caller.token.user_id == account.id,
        TokenKind::User | TokenKind::App => false,
    };
    if !own {
        return Err(call.missing());
    }
    check_rights(world, caller, &account)?;
    Ok(account)
}

fn check_rights(world: &World, caller: &Caller, account: &Account) -> Result<(), GraphError> {
    match (caller.token.kind, account.platform.is_instagram()) {
        (TokenKind::Instagram, _) => caller.require(world, "instagram_business_manage_messages", None),
        (_, true) => caller.require(world, "instagram_manage_messages", Some(&account.id)),
        (_, false) => caller.require(world, "pages_messaging", Some(&account.id)),
    }
}

fn newest<'a>(world: &'a World, thread: &'a Thread) -> impl Iterator<Item = &'a Message> {
    thread.messages.iter().rev().filter_map(|mid| world.messages.get(mid)).filter(|m| !m.deleted)
}

fn thread_row(world: &World, account: &Account, thread: &Thread, wanted: &[Field], app: &str) -> Answer {
    let mut row = Json::Obj(Vec::new());
    for field in wanted {
        let value = match field.name.as_str() {
            "id" => Json::from(&thread.id),
            "link" => Json::from(format!("/{}/inbox/{}/", account.id, thread.id)),
            "updated_time" => Json::from(time(thread.updated_at)),
            "message_count" => Json::from(thread.messages.len()),
            "unread_count" => Json::Int(0),
            "is_owner" => Json::Bool(thread.owner.as_ref().is_none_or(|o| o.app_id == app)),
            "participants" | "senders" => {
                obj! { "data": vec![customer(world, account, thread), business(world, account)] }
            }
            "messages" => {
                let default = [Field { name: "id".to_owned(), sub: Vec::new(), limit: None }];
                let sub = if field.sub.is_empty() { &default[..] } else { &field.sub };
                let rows: Vec<Json> = newest(world, thread)
                    .take(field.limit.unwrap_or(25))
                    .enumerate()
                    .map(|(n, m)| {
                        if n < DETAILED {
                            message_row(world, account, m, sub)
                        } else {
                            message_row(world, account, m, &default)
                        }
                    })
                    .collect::<Result<_, _>>()?;
                obj! { "data": rows }
            }
            unknown => return Err(nonexisting(unknown, "UnifiedThread")),
        };
        row.set(&field.name, value);
    }
    if row.get("id").is_none() {
        row.set("id", thread.id.as_str());
    }
    Ok(row)
}

fn message_row(world: &World, account: &Account, message: &Message, wanted: &[Field]) -> Answer {
    let thread = world.thread(&account.id, &message.person).cloned().unwrap_or_default();
    let (customer, business) = (customer(world, account, &thread), business(world, account));
    let (from, to) = if message.from_customer { (customer, business) } else { (business, customer) };
    let mut row = Json::Obj(Vec::new());
    for field in wanted {
        let value = match field.name.as_str() {
            "id" => Json::from(&message.mid),
            "created_time" => Json::from(time(message.at)),
            "from" => from.clone(),
            "to" => obj! { "data": vec![to.clone()] },
            "message" => Json::from(message.content.text_of("text").unwrap_or_default()),
            "attachments" => match message.content.get("attachments") {
                None => continue,
                Some(list) => {
                    let files = list.items().iter().filter(|item| item.text_of("type").as_deref() != Some(MENTION));
                    obj! { "data": files.map(attachment_row).collect::<Vec<_>>() }
                }
            },
            "reactions" => {
                let people = [&from, &to];
                let data: Vec<Json> = message
                    .reactions
                    .iter()
                    .zip(people)
                    .filter_map(|(r, who)| {
                        r.as_ref().map(|emoji| obj! { "reaction": emoji, "users": vec![who.clone()] })
                    })
                    .collect();
                if data.is_empty() {
                    continue;
                }
                obj! { "data": data }
            }
            "story" if account.platform.is_instagram() => {
                let link = |story: &Json| obj! { "link": story.text_of("url"), "id": story.text_of("id") };
                match (message.content.get("reply_to").and_then(|r| r.get("story")), mention(message)) {
                    (Some(story), _) => obj! { "reply_to": link(story) },
                    (None, Some(story)) => obj! { "mention": link(story) },
                    (None, None) => continue,
                }
            }
            "reply_to" => match message.content.get("reply_to").and_then(|r| r.text_of("mid")) {
                None => continue,
                Some(mid) => obj! { "mid": mid },
            },
            "is_unsupported" if account.platform.is_instagram() => {
                Json::Bool(message.content.get("is_unsupported").is_some_and(Json::truthy))
            }
            "sticker" if !account.platform.is_instagram() => continue,
            "shares" | "tags" => continue,
            unknown => return Err(nonexisting(unknown, "Message")),
        };
        row.set(&field.name, value);
    }
    if row.get("id").is_none() {
        row.set("id", message.mid.as_str());
    }
    Ok(row)
}

/// The story that mentions the business.
fn mention(message: &Message) -> Option<&Json> {
    let list = message.content.get("attachments")?;
    list.items().iter().find(|item| item.text_of("type").as_deref() == Some(MENTION))?.get("payload")
}

fn attachment_row(attachment: &Json) -> Json {
    let kind = attachment.text_of("type").unwrap_or_default();
    let url = attachment.get("payload").and_then(|p| p.text_of("url"));
    match kind.as_str() {
        "image" => obj! { "image_data": obj! { "url": url } },
        "video" => obj! { "video_data": obj! { "url": url } },
        _ => obj! { "file_url": url },
    }
}

fn customer(world: &World, account: &Account, thread: &Thread) -> Json {
    let person = world.people.get(&thread.person).cloned().unwrap_or_default();
    if account.platform.is_instagram() {
        obj! { "username": person.username, "id": &thread.scoped }
    } else {
        obj! {
            "name": person.full_name(), "email": format!("{}@facebook.com", thread.scoped), "id": &thread.scoped,
        }
    }
}

fn business(world: &World, account: &Account) -> Json {
    if let Some(ig) = world.instagram_accounts.get(&account.id) {
        return obj! { "username": &ig.username, "id": &ig.id };
    }
    let name = world.pages.get(&account.id).map(|p| p.name.clone()).unwrap_or_default();
    obj! { "name": name, "email": format!("{}@facebook.com", account.id), "id": &account.id }
}

/// `2026-11-20T13:00:00+0000`, the form of every Graph time.
fn time(ms: i64) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let (date, (h, m, s)) = (at.date(), at.to_hms());
    format!("{date}T{h:02}:{m:02}:{s:02}+0000")
}

#[cfg(test)]
mod tests {
    #[test]
    fn prints_graph_times() {
        assert_eq!(super::time(0), "1970-01-01T00:00:00+0000");
        assert_eq!(super::time(1_709_210_096_000), "2024-02-29T12:34:56+0000");
    }
}
