//! The content of a customer's message.

use super::act::Act;
use super::files::{attachment, sample};
use super::reply::Refused;
use crate::crypto;
use crate::json::{Json, obj};
use crate::world::{Account, World};

/// The `message` object without its mid, keys in the order of real captures.
pub(super) fn message_content(world: &mut World, account: &Account, act: &Act, now: i64) -> Result<Json, Refused> {
    let instagram = account.platform.is_instagram();
    let mut content = Json::Obj(Vec::new());
    if let Some(text) = &act.text {
        content.set("text", text.as_str());
    }
    if act.unsupported {
        content.set("is_unsupported", true);
    }
    if let Some(quick_reply) = &act.quick_reply {
        let payload = quick_reply.text_of("payload").ok_or_else(|| Refused::bad("quick_reply needs a payload"))?;
        if content.get("text").is_none() {
            content.set("text", quick_reply.text_of("title"));
        }
        content.set("quick_reply", obj! { "payload": payload });
    }
    if let Some(reply_to) = &act.reply_to {
        let value = if reply_to.is_object() {
            reply_to.clone()
        } else {
            obj! { "mid": reply_to.text() }
        };
        content.set("reply_to", value);
    }
    if let Some(story) = &act.story_reply {
        let mut value = Json::Obj(Vec::new());
        let url = match story.text_of("url") {
            Some(url) => url,
            None => world.store_media(sample("image", true), now),
        };
        value.set("url", url);
        value.set("id", story.text_of("id").unwrap_or_else(|| crypto::number(17)));
        content.set("reply_to", obj! { "story": value });
    }
    let mut attachments = Vec::new();
    for given in act.attachments.iter().flatten() {
        attachments.extend(attachment(world, account, given, now)?);
    }
    if let Some(mention) = &act.story_mention {
        let mut given = mention.clone();
        if !given.is_object() {
            given = Json::Obj(Vec::new());
        }
        given.set("type", "story_mention");
        attachments.extend(attachment(world, account, &given, now)?);
    }
    if let Some(location) = &act.location {
        if instagram {
            return Err(Refused::bad("Instagram has no location messages"));
        }
        attachments.push(obj! {
            "type": "location",
            "payload": obj! { "coordinates": obj! {
                "lat": location.get("lat").cloned(), "long": location.get("long").cloned(),
            } },
            "title": location.text_of("title").unwrap_or_else(|| "Pinned Location".to_owned()),
            "url": location.text_of("url").unwrap_or_else(|| "https://www.facebook.com/l.php?u=maps".to_owned()),
        });
    }
    if !attachments.is_empty() {
        content.set("attachments", attachments);
    }
    for (key, value) in act.message.iter().flat_map(Json::fields) {
        content.set(key, value.clone());
    }
    if content.fields().is_empty() {
        return Err(Refused::bad(
            "nothing to send: text, attachments, quick_reply, story_reply, story_mention, location, unsupported, \
             message, postback, reaction, unreact, unsend, edit, read, referral or event",
        ));
    }
    Ok(content)
}
