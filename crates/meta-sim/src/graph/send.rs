//! The Send API: messages, sender actions, private replies.
//!
//! <https://developers.facebook.com/documentation/business-messaging/messenger-platform/reference/send-api>,
//! <https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/send-message>

use std::sync::Arc;

use super::answer::Answer;
use super::attachments::{self, Fetched};
use super::auth::Caller;
use super::error::GraphError;
use super::handover;
use super::recipient::{find_recipient, no_such_person};
use super::request::Call;
use super::send_rules;
use super::subscriptions::has_task;
use crate::crypto;
use crate::emit::{Audience, Event, item};
use crate::json::{Json, obj};
use crate::settings::Echo;
use crate::sim::Sim;
use crate::world::{Account, DAY_MS, Message, Sent, TokenKind, World};

/// How long a comment can be answered in private.
const PRIVATE_REPLY_MS: i64 = 7 * DAY_MS;

/// What an accepted call did.
#[derive(Debug, Default)]
struct Accepted {
    message_id: Option<String>,
    attachment_id: Option<String>,
    recipient_id: Option<String>,
}

/// Whom a call is about, as far as it could be found out: kept for the record of refused calls too.
#[derive(Debug, Default)]
struct Whom {
    account: Option<String>,
    person: Option<String>,
    recipient_id: Option<String>,
}

pub(super) async fn messages(sim: &Arc<Sim>, call: &Call, caller: &Caller) -> Answer {
    let message = call.json("message").filter(Json::is_object);
    let fetched = match &message {
        Some(message) => attachments::fetch(sim, message).await,
        None => Vec::new(),
    };
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let mut whom = Whom::default();
    let outcome = accept(world, call, caller, message.as_ref(), fetched, now, &mut whom);
    let kind = match () {
        () if call.params.contains_key("sender_action") => "sender_action",
        () if call.json("recipient").is_some_and(|r| r.get("comment_id").or(r.get("post_id")).is_some()) => {
            "private_reply"
        }
        () => "message",
    };
    let serial = world.next_serial();
    let file = call.files.first().map(attachments::describe);
    let sent = Sent {
        serial,
        at: now,
        app_id: caller.app.id.clone(),
        account: whom.account,
        person: whom.person,
        recipient_id: whom.recipient_id,
        kind: kind.to_owned(),
        body: call.body.clone(),
        file,
        ok: outcome.is_ok(),
        message_id: outcome.as_ref().ok().and_then(|a| a.message_id.clone()),
        attachment_id: outcome.as_ref().ok().and_then(|a| a.attachment_id.clone()),
        error: outcome.as_ref().err().map(|e| e.to_json().get("error").cloned().unwrap_or_default()),
    };
    world.record_sent(sent);
    let accepted = outcome?;
    let mut answer = Json::Obj(Vec::new());
    if let Some(recipient) = accepted.recipient_id {
        answer.set("recipient_id", recipient);
    }
    if let Some(mid) = accepted.message_id {
        answer.set("message_id", mid);
    }
    if let Some(id) = accepted.attachment_id {
        answer.set("attachment_id", id);
    }
    Ok(answer)
}

fn accept(
    world: &mut World,
    call: &Call,
    caller: &Caller,
    message: Option<&Json>,
    fetched: Vec<Fetched>,
    now: i64,
    whom: &mut Whom,
) -> Result<Accepted, GraphError> {
    let own = caller.account(world, call)?;
    whom.account = Some(own.id.clone());
    let recipient =
        call.json("recipient").ok_or_else(|| GraphError::parameter("The parameter recipient is required"))?;
    let private = recipient.text_of("comment_id").or_else(|| recipient.text_of("post_id"));
    let (account, person) = match &private {
        Some(id) => comment_author(world, &own, id, now)?,
        None => {
            let id = recipient
                .text_of("id")
                .ok_or_else(|| GraphError::parameter("Param recipient must have an id, comment_id or post_id"))?;
            whom.recipient_id = Some(id.clone());
            find_recipient(world, &own, &id)?
        }
    };
    whom.account = Some(account.id.clone());
    whom.person = Some(person.clone());
    let scoped = world.scoped_id(&account.id, &person);
    whom.recipient_id = Some(scoped.clone());
    check_rights(world, caller, &account)?;
    check_reachable(world, &account, &person)?;
    let action = call.text("sender_action");
    if message.is_some() && action.is_some() {
        return Err(GraphError::parameter("Message and sender action cannot be used together").sub(2_018_014));
    }
    let instagram = account.platform.is_instagram();
    if let Some(action) = action {
        send_rules::check_thread_owner(world, &account, &person, &caller.app.id, now)?;
        sender_action(world, call, &account, &person, &action)?;
        return Ok(Accepted { recipient_id: Some(scoped), ..Accepted::default() });
    }
    let Some(message) = message else {
        return Err(GraphError::parameter("The parameter message is required"));
    };
    send_rules::check_thread_owner(world, &account, &person, &caller.app.id, now)?;
    if private.is_none() {
        send_rules::check_window(world, call, caller, &account, &person, now)?;
    }
    send_rules::check_rate(world, &account, now)?;
    let mut content = send_rules::check_message(world, call, &account, message)?;
    let stored = attachments::place(world, call, &account, message, fetched, now)?;
    if !stored.attachments.is_empty() {
        content.set("attachments", stored.attachments);
    }
    if let Some(reply) = reply_to(world, call, &account)? {
        content.set("reply_to", reply);
    }
    handover::check_inline(world, call, &account)?;
    let mid = crypto::mid(instagram);
    if let Some(id) = private
        && let Some(comment) = world.comments.get_mut(&id)
    {
        comment.replied = true;
    }
    let metadata = message.text_of("metadata");
    post(world, &account, &person, &caller.app.id, &mid, &content, metadata.as_deref(), now);
    handover::inline(world, call, &account, &person, &caller.app.id, now);
    Ok(Accepted { message_id: Some(mid), attachment_id: stored.attachment_id, recipient_id: Some(scoped) })
}

/// A message of the business, by whatever hand: kept, and told of by echo and receipts.
#[allow(clippy::too_many_arguments, reason = "what a message is made of")]
pub(crate) fn post(
    world: &mut World,
    account: &Account,
    person: &str,
    app_id: &str,
    mid: &str,
    content: &Json,
    metadata: Option<&str>,
    now: i64,
) {
    world.keep_message(Message {
        mid: mid.to_owned(),
        account: account.id.clone(),
        person: person.to_owned(),
        platform: account.platform,
        from_customer: false,
        app_id: Some(app_id.to_owned()),
        at: now,
        content: content.clone(),
        edits: 0,
        deleted: false,
        reactions: [None, None],
        read_at: None,
    });
    world.thread_mut(&account.id, person).updated_at = now;
    let scoped = world.scoped_id(&account.id, person);
    let settings = &world.settings;
    let (echo, delay, delivered, read) =
        (settings.echo, settings.echo_delay_ms, settings.delivery_receipts, settings.read_receipts);
    let echo_delay = if echo == Echo::Before { 0 } else { delay };
    if echo != Echo::Off {
        let names_app = !account.platform.is_instagram() || settings.instagram_echo_names_app;
        let message = echo_message(names_app, mid, content, app_id, metadata);
        let event = Event {
            page_field: Some("message_echoes"),
            instagram_field: Some("messages"),
            item: item(&account.id, &scoped, now, "message", message),
            audience: Audience::Thread,
            delay_ms: echo_delay,
        };
        world.emit(account, person, now, &event);
    }
    if delivered {
        let receipt = item(&scoped, &account.id, now, "delivery", obj! { "mids": vec![mid], "watermark": now });
        let event = Event {
            page_field: Some("message_deliveries"),
            instagram_field: None,
            item: receipt,
            audience: Audience::Thread,
            delay_ms: delay + 5,
        };
        world.emit(account, person, now, &event);
    }
    if read {
        let event = read_event(world, account, person, mid, now, delay + 10);
        world.emit(account, person, now, &event);
    }
}

/// On Instagram an echo usually carries neither app nor metadata: its own sends are known by their mid alone.
fn echo_message(names_app: bool, mid: &str, content: &Json, app_id: &str, metadata: Option<&str>) -> Json {
    if !names_app {
        let mut message = obj! { "mid": mid };
        for (key, value) in content.fields() {
            message.set(key, value.clone());
        }
        message.set("is_echo", true);
        return message;
    }
    let mut message = obj! { "is_echo": true };
    message.set("app_id", app_id.parse::<i64>().map_or_else(|_| Json::from(app_id), Json::Int));
    if let Some(metadata) = metadata {
        message.set("metadata", metadata);
    }
    message.set("mid", mid);
    for (key, value) in content.fields() {
        message.set(key, value.clone());
    }
    message
}

/// The customer has read up to `mid`.
pub(crate) fn read_event(
    world: &mut World,
    account: &Account,
    person: &str,
    mid: &str,
    now: i64,
    delay_ms: u64,
) -> Event {
    let scoped = world.scoped_id(&account.id, person);
    let watermark = world.messages.get(mid).map_or(now, |m| m.at);
    let mids = world.thread(&account.id, person).map(|t| t.messages.clone()).unwrap_or_default();
    // Newest first: what an earlier receipt covered needs no second look.
    for mid in mids.iter().rev() {
        if let Some(message) = world.messages.get_mut(mid).filter(|m| !m.from_customer && m.at <= watermark) {
            if message.read_at.is_some() {
                break;
            }
            message.read_at = Some(now);
        }
    }
    let read = if account.platform.is_instagram() {
        obj! { "mid": mid }
    } else {
        obj! { "watermark": watermark }
    };
    Event {
        page_field: Some("message_reads"),
        instagram_field: Some("messaging_seen"),
        item: item(&scoped, &account.id, now, "read", read),
        audience: Audience::Thread,
        delay_ms,
    }
}

fn comment_author(world: &World, own: &Account, id: &str, now: i64) -> Result<(Account, String), GraphError> {
    let linked = world.pages.get(&own.id).and_then(|p| p.instagram.clone());
    let refused = |why: &str| GraphError::parameter(why).sub(2_534_025);
    let comment = world
        .comments
        .get(id)
        .filter(|c| c.account == own.id || linked.as_deref() == Some(c.account.as_str()))
        .ok_or_else(|| refused("The comment is not valid for a private reply"))?;
    if comment.replied {
        return Err(refused("Activity already replied to"));
    }
    if now - comment.at > PRIVATE_REPLY_MS {
        return Err(refused("The comment is too old for a private reply"));
    }
    let account = world.account(&comment.account).ok_or_else(|| refused("The comment's account is gone"))?;
    Ok((account, comment.person.clone()))
}

fn check_rights(world: &World, caller: &Caller, account: &Account) -> Result<(), GraphError> {
    if caller.token.kind == TokenKind::Instagram {
        caller.require(world, "instagram_business_manage_messages", None)?;
    } else {
        let page = account.page_id.clone().unwrap_or_default();
        if account.platform.is_instagram() {
            caller.require(world, "instagram_manage_messages", Some(&account.id))?;
            if world.pages.get(&page).is_some_and(|p| p.instagram_link_broken) {
                return Err(GraphError::new(
                    10,
                    "(#10) The link of the Page and the Instagram account cannot be verified",
                )
                .sub(2_534_077));
            }
        } else {
            caller.require(world, "pages_messaging", Some(&page))?;
        }
        if !has_task(world, &page, &caller.token.user_id, &["MESSAGING"]) {
            return Err(GraphError::new(200, "(#200) The user does not have the MESSAGING task on this Page"));
        }
        if world.pages.get(&page).is_some_and(|p| p.restricted) {
            return Err(
                GraphError::new(10, "(#10) This Page is temporarily restricted from sending messages").sub(1_893_063)
            );
        }
    }
    if world.instagram_accounts.get(&account.id).is_some_and(|ig| !ig.message_access) {
        return Err(
            GraphError::new(200, "(#200) The Instagram account owner has disabled access to messages").sub(2_534_041)
        );
    }
    Ok(())
}

fn check_reachable(world: &World, account: &Account, person: &str) -> Result<(), GraphError> {
    let person = world.people.get(person).ok_or_else(|| no_such_person(account.platform))?;
    if person.unavailable || person.blocked.contains(&account.id) {
        return Err(GraphError::new(551, "(#551) This person isn't available right now.").sub(1_545_041));
    }
    Ok(())
}

fn sender_action(
    world: &mut World,
    call: &Call,
    account: &Account,
    person: &str,
    action: &str,
) -> Result<(), GraphError> {
    match action {
        "typing_on" | "typing_off" | "mark_seen" => Ok(()),
        "react" | "unreact" => {
            let payload = call.json("payload").unwrap_or_default();
            let mid = payload
                .text_of("message_id")
                .ok_or_else(|| GraphError::parameter("The parameter payload[message_id] is required"))?;
            let reaction = payload.text_of("reaction");
            if action == "react" && reaction.is_none() {
                return Err(GraphError::parameter("The parameter payload[reaction] is required"));
            }
            let only_love = account.platform.is_instagram() && call.host != "graph.instagram.com";
            if only_love && action == "react" && reaction.as_deref() != Some("love") {
                return Err(GraphError::parameter("Param payload[reaction] must be one of {LOVE}").sub(2_534_015));
            }
            let message = world
                .messages
                .get_mut(&mid)
                .filter(|m| m.account == account.id && m.person == person)
                .ok_or_else(|| GraphError::parameter("The message to react to does not exist"))?;
            message.reactions[1] = if action == "react" { reaction } else { None };
            Ok(())
        }
        _ => Err(GraphError::parameter(
            "Param sender_action must be one of {MARK_SEEN, TYPING_ON, TYPING_OFF, REACT, UNREACT}",
        )),
    }
}

fn reply_to(world: &World, call: &Call, account: &Account) -> Result<Option<Json>, GraphError> {
    let Some(reply) = call.json("reply_to").filter(Json::is_object) else { return Ok(None) };
    let mid = reply.text_of("mid").ok_or_else(|| GraphError::parameter("The parameter reply_to[mid] is required"))?;
    let known = world.messages.get(&mid).filter(|m| m.account == account.id && !m.deleted);
    known.map(|_| Some(obj! { "mid": mid })).ok_or_else(|| {
        GraphError::parameter("Invalid reply_to: the message does not exist or is not in this conversation")
    })
}
