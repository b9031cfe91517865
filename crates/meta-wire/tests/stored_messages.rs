//! A message read back from Meta is the event its webhook would have been.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use meta_wire::answer::{Call, HttpAnswer, Participant, StoredMessage, read};
use meta_wire::ids::AccountId;
use meta_wire::platform::Platform::{self, Instagram, Messenger};
use meta_wire::private::Private;
use meta_wire::webhook::{self, Attachment, Channel, Event, Item, MediaKind, edit_of_stored, item_of_stored};
use serde_json::{Value, json};

const SIDES: &str = r#"{"from":{"id":"2222","username":"anna"},"to":{"data":[{"id":"1111","username":"shop"}]}}"#;

fn stored(parts: &Value) -> StoredMessage {
    let mut answer = json!({ "id": "m_1", "created_time": "2026-11-20T13:24:04+0000" });
    answer.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    read(Call::Repeatable, &HttpAnswer::new(200, [], answer.to_string())).unwrap()
}

#[allow(clippy::needless_pass_by_value)] // reads as `with_sides(json!({…}))`
fn with_sides(parts: Value) -> StoredMessage {
    let mut all: Value = serde_json::from_str(SIDES).unwrap();
    all.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    stored(&all)
}

fn is_shop(side: &Participant) -> bool {
    side.id.as_ref().is_some_and(|id| id.as_str() == "1111")
}

fn item(platform: Platform, stored: &StoredMessage) -> Option<Item> {
    item_of_stored(platform, Channel::Messaging, &AccountId::new("1111"), is_shop, stored)
}

#[allow(clippy::needless_pass_by_value)] // as above
fn message(platform: Platform, parts: Value) -> webhook::Message {
    let item = item(platform, &with_sides(parts)).unwrap();
    assert_eq!(item.notes, []);
    match item.event {
        Event::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_equals_the_webhook() {
    let raw = r#"{"sender":{"id":"2222"},"recipient":{"id":"1111"},"timestamp":1795181044000,"message":{"mid":"m_1","text":"Hi é \"x\""}}"#;
    let told = webhook::decode_item(Instagram, Channel::Messaging, &[], raw);
    let read = item(Instagram, &with_sides(json!({ "message": "Hi é \"x\"" }))).unwrap();
    assert_eq!(
        (&read.event, &read.customer, &read.account, read.timestamp),
        (&told.event, &told.customer, &told.account, told.timestamp)
    );
    // As often as it is decoded from what is stored of it.
    assert_eq!(webhook::decode_item(Instagram, read.channel, &["1111".into()], read.raw.as_str()), read);
}

#[test]
fn whose_side_it_is_on() {
    let echo = stored(
        &json!({ "message": "Hi", "from": { "id": "1111" }, "to": { "data": [{ "id": "1111" }, { "id": "2222" }] } }),
    );
    let nobody = stored(&json!({ "message": "Hi", "from": { "id": "1111" }, "to": { "data": [{ "id": "1111" }] } }));
    let unnamed = stored(&json!({ "message": "Hi", "to": { "data": [{ "id": "2222" }] } }));
    for stored in [&echo, &unnamed] {
        let item = item(Messenger, stored).unwrap();
        assert!(matches!(&item.event, Event::Echo(echo) if echo.text.as_deref() == Some("Hi")), "{item:?}");
        assert_eq!(item.customer_id().unwrap().as_str(), "2222");
        assert_eq!(item.account.unwrap().as_str(), "1111");
    }
    for stored in [&nobody, &stored(&json!({ "message": "Hi" })), &stored(&json!({ "from": "x", "to": 7 }))] {
        assert_eq!(item(Messenger, stored), None);
    }
}

#[test]
fn everything_that_can_be_shown_comes_along() {
    let parts = json!({
        "message": "",
        "attachments": { "data": [
            { "image_data": { "url": "https://x/i" } }, { "video_data": { "url": "https://x/v" } },
            { "file_url": "https://x/a", "mime_type": "audio/mp4" }, { "file_url": "https://x/f", "mime_type": "application/pdf" },
            { "generic_template": { "title": "Shoe", "subtitle": "Red", "media_url": "https://x/t" } }, {},
        ] },
        "shares": { "data": [{ "link": "https://www.instagram.com/p/1" }, { "name": "no link" }] },
        "sticker": "https://x/s",
        "reply_to": { "mid": "m_0" },
    });
    let found = message(Messenger, parts.clone());
    let kinds: Vec<String> = found
        .attachments
        .iter()
        .map(|attachment| match attachment {
            Attachment::Media(media) => format!("{:?}", media.media),
            Attachment::Template(template) => format!("{:?}", template.elements[0].title.as_deref()),
            Attachment::Fallback(_) => "link".to_owned(),
            Attachment::Sticker(_) => "sticker".to_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["Image", "Video", "Audio", "File", "Some(\"Shoe\")", "link", "sticker"]);
    assert_eq!(found.reply_to.unwrap().mid.unwrap().as_str(), "m_0");
    assert!(!found.is_unsupported && found.text.is_none());
    let found = message(Instagram, parts);
    assert!(found.attachments.iter().any(|attachment| matches!(attachment, Attachment::Share(_))));
    assert!(matches!(&found.attachments[0], Attachment::Media(media) if media.media == MediaKind::Image));

    let story = |story: Value| message(Instagram, json!({ "message": "Nice", "story": story }));
    let replied =
        story(json!({ "reply_to": { "id": "17", "link": "https://x/story" } })).reply_to.unwrap().story.unwrap();
    assert_eq!((replied.id.unwrap().as_str(), replied.url.as_deref()), ("17", Some("https://x/story")));
    let mention = story(json!({ "mention": { "id": "17", "link": "https://x/story" } }));
    assert!(matches!(mention.attachments[..], [Attachment::Story(_)]));
}

#[test]
fn what_meta_shows_nothing_of_is_there_all_the_same() {
    for parts in
        [json!({ "message": "" }), json!({ "is_unsupported": true }), json!({ "attachments": { "data": [{}] } })]
    {
        assert!(message(Instagram, parts).is_unsupported);
    }
    assert!(!message(Instagram, json!({ "message": "Hi", "is_unsupported": false })).is_unsupported);
}

#[test]
fn an_edit_tells_what_the_message_says_now() {
    let account = AccountId::new("1111");
    let edit = |stored: &StoredMessage| edit_of_stored(Instagram, Channel::Messaging, &account, is_shop, stored, 2);
    let item = edit(&with_sides(json!({ "message": "Now" }))).unwrap();
    let Event::MessageEdit(told) = &item.event else { panic!("{item:?}") };
    assert_eq!((told.new_text().map(Private::as_str), told.num_edit, told.mid.as_str()), (Some("Now"), Some(2), "m_1"));
    assert_eq!(item.customer_id().unwrap().as_str(), "2222");
    assert_eq!(edit(&with_sides(json!({ "message": "" }))), None);
}

#[test]
fn only_a_number_and_a_text_make_an_edit() {
    for (edit, text) in [
        (json!({ "num_edit": 1, "text": "Now" }), Some("Now")),
        (json!({ "num_edit": "1", "text": "Now" }), Some("Now")),
        (json!({ "num_edit": 0, "text": "Now" }), None),
        (json!({ "num_edit": 1 }), None),
        (json!({ "num_edit": 1, "text": "" }), None),
        (json!({ "num_edit": 1, "text": null }), None),
        (json!({ "text": "Now" }), None),
    ] {
        let mut edit = edit;
        edit["mid"] = "m_1".into();
        for sides in [json!({ "sender": { "id": "2222" } }), json!({}), json!({ "sender": {} }), json!({ "sender": 7 })]
        {
            let mut item = sides;
            item["message_edit"] = edit.clone();
            let item = webhook::decode_item(Instagram, Channel::Messaging, &[], &item.to_string());
            let Event::MessageEdit(told) = &item.event else { panic!("{item:?}") };
            assert_eq!(told.new_text().map(Private::as_str), text, "{edit}");
        }
    }
}
