//! Whose an echo is: what this app sent comes back from Meta, and so does what the business wrote elsewhere.

use crate::conversation::Conversation;
use crate::message_record::{MessageRecord, MessageState};
use crate::outgoing::{Part, PartState};
use crate::timing::{CLOCK_SKEW_MS, HOUR_MS};
use meta_wire::ids::{AppId, Mid};
use meta_wire::webhook::{Attachment, Echo, Event, MediaKind, decode_item};

/// How long a message without an answer may still be on its way, in milliseconds: longer than it takes to find out.
pub const LEAVING_MS: i64 = HOUR_MS;

/// What stays of a message of which Meta did not say whether it has it.
const MAYBE_SENT: &str = "meta-maybe-sent";

/// What an echo says itself of who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This app did.
    Ours,
    /// Another app, or a person elsewhere.
    Another,
    /// Nothing: Instagram names neither an app nor what went along.
    Unsaid,
}

/// What the echo says of who sent it. `app_id` is ours, where it is known.
pub fn origin(conversation: &Conversation, echo: &Echo, app_id: Option<&AppId>) -> Origin {
    let noted = echo.metadata.as_deref().and_then(MessageRecord::id_in_metadata);
    if noted.is_some_and(|noted| conversation.entries.iter().any(|entry| entry.entry_id == noted)) {
        return Origin::Ours;
    }
    match &echo.app_id {
        Some(app) if Some(app) == app_id => Origin::Ours,
        Some(_) => Origin::Another,
        None => Origin::Unsaid,
    }
}

/// A part of what an agent, or the app itself, wrote.
struct OutgoingPart<'a> {
    part: &'a Part,
    stored_at: i64,
    taken_at: i64,
}

impl OutgoingPart<'_> {
    /// Whether Meta may have taken it just when an echo happened, and has not said.
    fn is_unknown_at(&self, at: i64) -> bool {
        let since = at >= self.stored_at.saturating_sub(CLOCK_SKEW_MS);
        match &self.part.state {
            PartState::InFlight => since,
            PartState::Refused { code } => {
                code == MAYBE_SENT && since && at <= self.taken_at.saturating_add(CLOCK_SKEW_MS)
            }
            _ => false,
        }
    }
}

/// Whether it says what a message of ours says of which Meta has not said what became of it, so that it may be that one.
pub fn is_of_lost(conversation: &Conversation, echo: &Echo, at: i64) -> bool {
    outgoing(conversation).any(|sent| sent.is_unknown_at(at) && says_the_same(echo, sent.part))
}

/// Whether an entry is an echo of which it cannot be told yet whose it is: it says what is leaving here, and Meta's answer,
/// which holds the id, is not in. It waits until that is settled, and keeps nothing else from its turn.
pub fn may_be_in_flight(conversation: &Conversation, entry: &MessageRecord, now: i64) -> bool {
    let at = entry.event_at;
    let leaving = |sent: &OutgoingPart<'_>| {
        let lately = now.saturating_sub(sent.stored_at) < LEAVING_MS;
        lately && sent.part.state == PartState::InFlight && sent.is_unknown_at(at)
    };
    if !entry.is_echo() || !outgoing(conversation).any(|sent| leaving(&sent)) {
        return false;
    }
    let (Some(event), id) = (entry.event(), &entry.conversation) else { return false };
    let own = [id.account.clone()];
    let item = decode_item(id.channel.platform(), event.channel, &own, event.raw.as_str());
    let Event::Echo(echo) = item.event else { return false };
    let known = |mid: &Mid| conversation.entries.iter().any(|entry| entry.link().mids.contains(mid));
    origin(conversation, &echo, None) == Origin::Unsaid
        && !echo.mid.as_ref().is_some_and(known)
        && outgoing(conversation).any(|sent| leaving(&sent) && says_the_same(&echo, sent.part))
}

fn outgoing(conversation: &Conversation) -> impl Iterator<Item = OutgoingPart<'_>> {
    conversation.entries.iter().flat_map(|entry| {
        let (parts, taken_at) = match &entry.state {
            MessageState::Outgoing(outbox) => (outbox.parts.as_slice(), outbox.lease.renewed_at),
            _ => (&[][..], 0),
        };
        parts.iter().map(move |part| OutgoingPart { part, stored_at: entry.stored_at, taken_at })
    })
}

/// Whether an echo may be of this part: the same words, as many files of its kind. In doubt it may: that costs the echo no
/// more than to wait.
fn says_the_same(echo: &Echo, part: &Part) -> bool {
    let text = plain(echo.text.as_deref().unwrap_or_default());
    let nothing_told = text.is_empty() && echo.attachments.is_empty();
    if part.reaction.is_some() {
        return false;
    }
    if nothing_told {
        return true;
    }
    if part.files.is_empty() {
        let with_buttons = part.choices.iter().any(|choice| choice.link);
        let template = |attachment: &Attachment| matches!(attachment, Attachment::Template(_));
        let file = |attachment: &Attachment| matches!(attachment, Attachment::Media(_) | Attachment::Sticker(_));
        return (text == plain(&part.text) && !echo.attachments.iter().any(file))
            || (with_buttons && text.is_empty() && echo.attachments.iter().any(template));
    }
    let images = part.files.iter().all(|file| file.media_type.starts_with("image/"));
    let fits = |attachment: &Attachment| match attachment {
        Attachment::Media(media) => match media.media {
            MediaKind::Image => images,
            MediaKind::Unspecified => true,
            // Meta makes other sound and films of some, and calls them by what they became.
            MediaKind::Video | MediaKind::Audio | MediaKind::File => !images,
        },
        Attachment::Unknown(_) | Attachment::Malformed(_) => true,
        _ => false,
    };
    text.is_empty() && echo.attachments.len() == part.files.len() && echo.attachments.iter().all(fits)
}

/// A text without what Meta may change on its way: blanks, and marks that are not seen.
fn plain(text: &str) -> String {
    let unseen = |c: &char| {
        c.is_whitespace() || c.is_control() || matches!(c, '\u{FE0F}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}')
    };
    text.chars().filter(|c| !unseen(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outgoing::Choice;
    use crate::rocket_chat::FileRef;
    use meta_wire::platform::Platform;
    use meta_wire::webhook::Channel;
    use serde_json::json;

    #[test]
    fn what_leaves_is_known_by_what_it_says() {
        let text = |text: &str| Part { text: text.to_owned(), ..Part::default() };
        let file = |media_type: &str| FileRef {
            media_type: media_type.to_owned(),
            id: String::new(),
            name: String::new(),
            size: 0,
            caption: String::new(),
        };
        let files = |types: &[&str]| Part { files: types.iter().map(|one| file(one)).collect(), ..Part::default() };
        let link = Choice { title: "Shop".to_owned(), payload: "https://shop.example".to_owned(), link: true };
        let buttons = Part { choices: vec![link], ..text("Look") };
        let reaction = Part { reaction: Some("love".to_owned()), ..Part::default() };
        let image = json!({ "type": "image", "payload": { "url": "https://scontent.cdninstagram.com/a.jpg" } });
        let video = json!({ "type": "video", "payload": { "url": "https://scontent.cdninstagram.com/a.mp4" } });
        let preview = json!({ "type": "fallback", "title": "Shop", "url": "https://shop.example" });
        let template = json!({ "type": "template", "payload": { "template_type": "button" } });
        for (part, message, expected) in [
            (text("Your order left."), json!({ "text": "Your order left." }), true),
            (text("Your  order\nleft ❤️"), json!({ "text": "Your order left ❤" }), true),
            (text("Your order left."), json!({ "text": "Your order is late." }), false),
            (text("Your order left."), json!({ "text": "Your order left." , "attachments": [image] }), false),
            (text("See shop.example"), json!({ "text": "See shop.example", "attachments": [preview] }), true),
            (text("Hi"), json!({ "attachments": [image] }), false),
            (text("Hi"), json!({ "is_unsupported": true }), true),
            (buttons.clone(), json!({ "attachments": [template] }), true),
            (buttons.clone(), json!({ "text": "Look" }), true),
            (buttons, json!({ "text": "Elsewhere" }), false),
            (files(&["image/png"]), json!({ "attachments": [image] }), true),
            (files(&["image/png", "image/jpeg"]), json!({ "attachments": [image] }), false),
            (files(&["image/png", "image/jpeg"]), json!({ "attachments": [image, image] }), true),
            (files(&["audio/mpeg"]), json!({ "attachments": [video] }), true),
            (files(&["video/mp4"]), json!({ "attachments": [image] }), false),
            (files(&["image/png"]), json!({ "text": "words", "attachments": [image] }), false),
            (reaction, json!({ "text": "love" }), false),
        ] {
            let mut message = message;
            (message["mid"], message["is_echo"]) = ("m".into(), true.into());
            let item = json!({ "sender": { "id": "1" }, "recipient": { "id": "2" }, "message": message });
            let item = decode_item(Platform::Instagram, Channel::Messaging, &["1".into()], &item.to_string());
            let Event::Echo(echo) = item.event else { panic!("not an echo") };
            assert_eq!(says_the_same(&echo, &part), expected, "{message} {part:?}");
        }
    }
}
