//! What Meta refuses to send: outside the window, to somebody else's thread, or out of shape.
//!
//! <https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages>

use super::auth::Caller;
use super::error::GraphError;
use super::request::Call;
use crate::json::{Json, obj};
use crate::world::{Account, DAY_MS, Platform, World};

const HUMAN_AGENT_MS: i64 = 7 * DAY_MS;
/// Messenger counts characters.
const MESSENGER_TEXT_CHARS: usize = 2000;
/// Instagram counts UTF-8 bytes.
const INSTAGRAM_TEXT_BYTES: usize = 1000;
const METADATA_CHARS: usize = 1000;
const QUICK_REPLIES: usize = 13;
const TITLE_CHARS: usize = 20;
const PAYLOAD_CHARS: usize = 1000;
const TEMPLATE_TEXT_CHARS: usize = 640;
const ELEMENTS: usize = 10;
const ELEMENT_CHARS: usize = 80;
const BUTTONS: usize = 3;

pub(super) fn window_error(platform: Platform) -> GraphError {
    let (subcode, text) = match platform {
        Platform::Messenger => (2_018_278, "(#10) This message is sent outside of allowed window."),
        Platform::Instagram => (2_534_022, "(#10) This message is sent outside of allowed window."),
    };
    GraphError::new(10, text).sub(subcode)
}

pub(super) fn not_owner(platform: Platform) -> GraphError {
    match platform {
        Platform::Messenger => {
            GraphError::new(10, "(#10) Message failed to send because another app is controlling this thread now.")
                .sub(2_018_300)
        }
        Platform::Instagram => GraphError::parameter("The app is not the thread owner.").sub(2_534_037),
    }
}

/// Active: the owner alone. Idle under Conversation Routing: the default app alone. Zero-config and idle: everyone.
pub(super) fn check_thread_owner(
    world: &World,
    account: &Account,
    person: &str,
    app: &str,
    now: i64,
) -> Result<(), GraphError> {
    let owner = world.thread(&account.id, person).and_then(|t| t.owner_at(now)).map(|o| o.app_id.as_str());
    match owner.or(account.routing.default_app.as_deref()) {
        Some(owner) if owner != app => Err(not_owner(account.platform)),
        _ => Ok(()),
    }
}

pub(super) fn check_window(
    world: &World,
    call: &Call,
    caller: &Caller,
    account: &Account,
    person: &str,
    now: i64,
) -> Result<(), GraphError> {
    let kind = call.text("messaging_type").unwrap_or_else(|| "RESPONSE".to_owned());
    let tag = call.text("tag");
    if !matches!(kind.as_str(), "RESPONSE" | "UPDATE" | "MESSAGE_TAG" | "UTILITY") {
        return Err(GraphError::parameter(
            "Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG, UTILITY}",
        ));
    }
    if kind == "MESSAGE_TAG" && tag.is_none() {
        return Err(GraphError::parameter("Param tag is required when messaging_type is MESSAGE_TAG"));
    }
    match tag.as_deref() {
        None | Some("HUMAN_AGENT") => {}
        // Retired on 27 Apr 2026.
        Some("CONFIRMED_EVENT_UPDATE" | "ACCOUNT_UPDATE" | "POST_PURCHASE_UPDATE") => {
            return Err(GraphError::parameter("The message tag is no longer supported"));
        }
        Some(_) => return Err(GraphError::parameter("Param tag must be one of {HUMAN_AGENT}")),
    }
    if account.platform.is_instagram() && !world.serves_person(&caller.app, person) {
        // However lately the person wrote (https://github.com/ComposioHQ/composio/issues/3604).
        return Err(window_error(account.platform));
    }
    let age = world.thread(&account.id, person).and_then(|t| t.last_customer_at).map(|at| now - at);
    let Some(age) = age else { return Err(window_error(account.platform)) };
    if age <= DAY_MS {
        return Ok(());
    }
    if tag.is_none() || age > HUMAN_AGENT_MS {
        return Err(window_error(account.platform));
    }
    if !caller.app.has_feature("human_agent") {
        return Err(GraphError::new(
            10,
            "(#10) To use 'Human Agent', your use of this endpoint must be reviewed and approved by Facebook.",
        ));
    }
    Ok(())
}

pub(super) fn check_rate(world: &mut World, account: &Account, now: i64) -> Result<(), GraphError> {
    let limit = world.settings.sends_per_second;
    if limit == 0 {
        return Ok(());
    }
    let (second, count) = world.send_rate.entry(account.id.clone()).or_insert((now, 0));
    if now - *second >= 1000 {
        (*second, *count) = (now, 0);
    }
    *count += 1;
    if *count <= limit {
        return Ok(());
    }
    let error = GraphError::new(613, "(#613) Calls to this api have exceeded the rate limit.");
    Err(if account.platform.is_instagram() { error.sub(2_534_040) } else { error })
}

/// Checks the shape of `message` and answers what of it appears in webhooks.
pub(super) fn check_message(world: &World, call: &Call, account: &Account, message: &Json) -> Result<Json, GraphError> {
    let instagram = account.platform.is_instagram();
    let text = message.some("text").map(|t| t.text().unwrap_or_default());
    let attachment = message.some("attachment").is_some() || message.some("attachments").is_some();
    let file = call.files.iter().any(|f| f.name == "filedata");
    let sticker = message.some("sticker_id").is_some();
    let mut content = Json::Obj(Vec::new());
    if let Some(text) = &text {
        if attachment || file {
            return Err(GraphError::parameter("message[text] and message[attachment] cannot be used together"));
        }
        check_text(text, instagram)?;
        content.set("text", text.as_str());
    } else if !attachment && !sticker {
        let error = GraphError::parameter("Message cannot be empty, must provide valid attachment or text");
        return Err(if instagram { error.sub(2_534_015) } else { error });
    }
    if sticker {
        if instagram {
            return Err(GraphError::parameter("Stickers cannot be sent on Instagram").sub(2_534_015));
        }
        content.set("sticker_id", message.get("sticker_id").and_then(Json::as_int));
    }
    if let Some(metadata) = message.text_of("metadata") {
        longest(&metadata, METADATA_CHARS, "message[metadata]")?;
    }
    if let Some(replies) = message.some("quick_replies") {
        check_quick_replies(replies, instagram)?;
    }
    if let Some(persona) = call.text("persona_id") {
        let known = world.personas.get(&persona).is_some_and(|p| p.page == account.id && !p.deleted);
        if instagram || !known {
            return Err(GraphError::parameter("Invalid persona_id"));
        }
    }
    if let Some(attachment) = message.some("attachment").filter(|a| a.text_of("type").as_deref() == Some("template")) {
        check_template(attachment.get("payload").unwrap_or(&Json::Null), instagram)?;
    }
    Ok(content)
}

fn check_text(text: &str, instagram: bool) -> Result<(), GraphError> {
    if text.is_empty() {
        return Err(GraphError::parameter("Message text must not be empty"));
    }
    let (length, limit) =
        if instagram { (text.len(), INSTAGRAM_TEXT_BYTES) } else { (text.chars().count(), MESSENGER_TEXT_CHARS) };
    if length <= limit {
        return Ok(());
    }
    let error = GraphError::parameter(format!("Length of param message[text] must be less than or equal to {limit}"));
    Err(if instagram { error.sub(2_534_015) } else { error })
}

fn longest(text: &str, limit: usize, name: &str) -> Result<(), GraphError> {
    if text.chars().count() <= limit {
        return Ok(());
    }
    Err(GraphError::parameter(format!("Length of param {name} must be less than or equal to {limit}")))
}

fn check_quick_replies(replies: &Json, instagram: bool) -> Result<(), GraphError> {
    let items = replies.items();
    if items.is_empty() || items.len() > QUICK_REPLIES {
        return Err(GraphError::parameter(format!(
            "Param message[quick_replies] must have between 1 and {QUICK_REPLIES} items"
        )));
    }
    for item in items {
        match item.text_of("content_type").as_deref() {
            Some("text") => {
                let title = item.text_of("title").filter(|t| !t.is_empty());
                let payload = item.text_of("payload").filter(|t| !t.is_empty());
                let (Some(title), Some(payload)) = (title, payload) else {
                    return Err(GraphError::parameter("Quick replies of type text need a title and a payload"));
                };
                // Instagram cuts long titles, Messenger refuses them.
                if !instagram {
                    longest(&title, TITLE_CHARS, "message[quick_replies][title]")?;
                }
                longest(&payload, PAYLOAD_CHARS, "message[quick_replies][payload]")?;
            }
            // Off on Instagram since 5 Oct 2026, in all versions.
            Some("user_phone_number" | "user_email") if !instagram => {}
            _ => {
                return Err(GraphError::parameter(
                    "Param message[quick_replies][content_type] must be one of {TEXT, USER_PHONE_NUMBER, USER_EMAIL}",
                ));
            }
        }
    }
    Ok(())
}

fn check_template(payload: &Json, instagram: bool) -> Result<(), GraphError> {
    let elements = payload.get("elements").map(Json::items).unwrap_or_default();
    match payload.text_of("template_type").as_deref() {
        Some("generic") => {
            if elements.is_empty() || elements.len() > ELEMENTS {
                return Err(GraphError::parameter(format!(
                    "Param payload[elements] must have between 1 and {ELEMENTS} items"
                )));
            }
            for element in elements {
                let title = element
                    .text_of("title")
                    .ok_or_else(|| GraphError::parameter("Param payload[elements][title] is required"))?;
                longest(&title, ELEMENT_CHARS, "payload[elements][title]")?;
                longest(
                    &element.text_of("subtitle").unwrap_or_default(),
                    ELEMENT_CHARS,
                    "payload[elements][subtitle]",
                )?;
                if let Some(buttons) = element.some("buttons") {
                    check_buttons(buttons, instagram)?;
                }
            }
            Ok(())
        }
        Some("button") => {
            let text =
                payload.text_of("text").ok_or_else(|| GraphError::parameter("Param payload[text] is required"))?;
            longest(&text, TEMPLATE_TEXT_CHARS, "payload[text]")?;
            check_buttons(payload.get("buttons").unwrap_or(&Json::Null), instagram)
        }
        Some("media") if !instagram => match elements {
            [one] if matches!(one.text_of("media_type").as_deref(), Some("image" | "video")) => Ok(()),
            _ => Err(GraphError::parameter("A media template has exactly one image or video element")),
        },
        Some("receipt" | "customer_feedback" | "coupon" | "product") => Ok(()),
        _ => Err(GraphError::parameter("Invalid template_type").sub(if instagram { 2_534_015 } else { 2_018_001 })),
    }
}

fn check_buttons(buttons: &Json, instagram: bool) -> Result<(), GraphError> {
    let items = buttons.items();
    if items.is_empty() || items.len() > BUTTONS {
        return Err(GraphError::parameter(format!("Param buttons must have between 1 and {BUTTONS} items")));
    }
    for button in items {
        let title = button.text_of("title").unwrap_or_default();
        let has = |key| button.text_of(key).is_some_and(|v| !v.is_empty());
        let fits = match button.text_of("type").as_deref() {
            Some("web_url") => !title.is_empty() && has("url"),
            Some("postback") => !title.is_empty() && has("payload"),
            Some("phone_number") => !instagram && !title.is_empty() && has("payload"),
            Some("account_link") => !instagram && has("url"),
            Some("account_unlink" | "game_play" | "log_in" | "log_out") => !instagram,
            _ => false,
        };
        if !fits {
            return Err(GraphError::parameter("A button is incomplete or of a type this platform does not know"));
        }
        longest(&title, TITLE_CHARS, "buttons[title]")?;
        longest(&button.text_of("payload").unwrap_or_default(), PAYLOAD_CHARS, "buttons[payload]")?;
    }
    Ok(())
}

/// The attachment of a template as an echo shows it.
pub(super) fn template_echo(payload: &Json) -> Json {
    obj! { "type": "template", "payload": payload.clone() }
}
