//! A message that was read back from Meta, as the webhook item it would have come as.

use super::delivery::{Channel, Item};
use super::item::decode_item;
use crate::answer::{Participant, StoredAttachment, StoredMessage};
use crate::ids::AccountId;
use crate::platform::Platform;
use serde_json::{Value, json};

/// The item that tells of a message: a customer's, or an echo of the business's, told apart by `is_business`. `None` when
/// it does not say who the customer is.
///
/// It is the same event as the webhook of the message, with the same `mid`. What only webhooks tell is absent: payloads,
/// referrals, which app sent it. A message of which Meta shows no content is marked as unsupported, since it is one.
///
/// ```
/// use meta_wire::answer::{Call, HttpAnswer, StoredMessage, read};
/// use meta_wire::platform::Platform;
/// use meta_wire::webhook::{Channel, Event, item_of_stored};
///
/// let answer = r#"{"id":"m_1","created_time":"2026-11-20T13:24:04+0000","message":"Hello",
///     "from":{"id":"2222","username":"anna"},"to":{"data":[{"id":"1111","username":"shop"}]}}"#;
/// let stored: StoredMessage = read(Call::Repeatable, &HttpAnswer::new(200, [], answer))?;
/// let is_business = |side: &meta_wire::answer::Participant| side.id.as_ref().is_some_and(|id| id.as_str() == "1111");
/// let item = item_of_stored(Platform::Instagram, Channel::Messaging, &"1111".into(), is_business, &stored).unwrap();
/// assert_eq!(item.customer_id().unwrap().as_str(), "2222");
/// assert!(matches!(item.event, Event::Message(message) if message.text.as_deref() == Some("Hello")));
/// # Ok::<(), meta_wire::answer::Refusal>(())
/// ```
pub fn item_of_stored(
    platform: Platform,
    channel: Channel,
    account: &AccountId,
    is_business: impl Fn(&Participant) -> bool,
    stored: &StoredMessage,
) -> Option<Item> {
    let (sides, by_business) = sides(account, is_business, stored)?;
    let attachments: Vec<Value> = stored
        .attachments
        .items
        .iter()
        .filter_map(attachment)
        .chain(stored.shares.items.iter().filter_map(|share| share.url.as_ref()).map(|url| shared(platform, url)))
        .chain(stored.sticker.iter().map(|url| json!({ "type": "sticker", "payload": { "url": url } })))
        .chain(mention(stored))
        .collect();
    let mut message = json!({ "mid": stored.id });
    if let Some(fields) = message.as_object_mut() {
        let unsupported = stored.is_unsupported || (stored.message.is_none() && attachments.is_empty());
        let mut set = |name: &str, value: Option<Value>| {
            fields.extend(value.map(|value| (name.to_owned(), value)));
        };
        set("text", stored.message.as_ref().map(|text| json!(text)));
        set("attachments", (!attachments.is_empty()).then(|| attachments.into()));
        set("reply_to", reply_to(stored));
        set("is_unsupported", unsupported.then(|| true.into()));
        set("is_echo", by_business.then(|| true.into()));
    }
    Some(item(platform, channel, account, sides, stored, "message", message))
}

/// The item that tells of a message's text after so many edits. `None` when it does not say who the customer is, or has
/// no text.
pub fn edit_of_stored(
    platform: Platform,
    channel: Channel,
    account: &AccountId,
    is_business: impl Fn(&Participant) -> bool,
    stored: &StoredMessage,
    num_edit: i64,
) -> Option<Item> {
    let (sides, _) = sides(account, is_business, stored)?;
    let edit = json!({ "mid": stored.id, "text": stored.message.as_ref()?, "num_edit": num_edit });
    Some(item(platform, channel, account, sides, stored, "message_edit", edit))
}

fn item(
    platform: Platform,
    channel: Channel,
    account: &AccountId,
    sides: [Value; 2],
    stored: &StoredMessage,
    key: &str,
    event: Value,
) -> Item {
    let [sender, recipient] = sides;
    let mut item = json!({ "sender": sender, "recipient": recipient });
    if let Some(fields) = item.as_object_mut() {
        fields.extend(stored.created_time.map(|at| ("timestamp".to_owned(), at.0.into())));
        fields.insert(key.to_owned(), event);
    }
    decode_item(platform, channel, std::slice::from_ref(account), &item.to_string())
}

/// Sender and recipient, and whether the business is the sender. Meta names the customer among `from` and `to`; the
/// account goes by the id that webhooks have for it.
fn sides(
    account: &AccountId,
    is_business: impl Fn(&Participant) -> bool,
    stored: &StoredMessage,
) -> Option<([Value; 2], bool)> {
    let named = |side: &&Participant| side.id.is_some() && !is_business(side);
    let side = |person: &Participant| json!({ "id": person.id });
    let business = json!({ "id": account });
    if let Some(from) = stored.from.as_ref().filter(named) {
        return Some(([side(from), business], false));
    }
    // A sender that is not named is taken for the business only if somebody else is the recipient.
    let customer = stored.to.items.iter().find(named)?;
    Some(([business, side(customer)], true))
}

fn attachment(stored: &StoredAttachment) -> Option<Value> {
    if let Some(template) = &stored.template {
        let element = json!({ "title": template.title, "subtitle": template.subtitle, "image_url": stored.url });
        return Some(json!({ "type": "template", "payload": { "template_type": "generic", "elements": [element] } }));
    }
    let url = stored.url.as_ref()?;
    Some(json!({ "type": stored.media, "payload": { "url": url } }))
}

fn shared(platform: Platform, url: &crate::private::Private) -> Value {
    let kind = match platform {
        Platform::Messenger => "fallback",
        Platform::Instagram => "share",
    };
    json!({ "type": kind, "payload": { "url": url } })
}

fn mention(stored: &StoredMessage) -> Option<Value> {
    let link = stored.story.as_ref()?.mention.as_ref()?.link.as_ref();
    Some(json!({ "type": "story_mention", "payload": { "url": link } }))
}

fn reply_to(stored: &StoredMessage) -> Option<Value> {
    if let Some(story) = stored.story.as_ref().and_then(|story| story.reply_to.as_ref()) {
        return Some(json!({ "story": { "id": story.id, "url": story.link } }));
    }
    stored.reply_to.as_ref().map(|mid| json!({ "mid": mid }))
}
