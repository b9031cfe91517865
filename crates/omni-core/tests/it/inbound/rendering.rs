//! What each kind of event looks like to the agent.

use super::*;

/// One event and the lines it becomes in a fresh room.
struct Case {
    name: &'static str,
    object: &'static str,
    members: Value,
    expected: &'static [&'static str],
}

fn message(name: &'static str, object: &'static str, message: Value, expected: &'static [&'static str]) -> Case {
    let mut message = message;
    message["mid"] = "m_case".into();
    Case { name, object, members: json!({ "message": message }), expected }
}

fn attachment(name: &'static str, object: &'static str, attachment: &Value, expected: &'static [&'static str]) -> Case {
    message(name, object, json!({ "attachments": [attachment] }), expected)
}

fn event(name: &'static str, object: &'static str, members: Value, expected: &'static [&'static str]) -> Case {
    Case { name, object, members, expected }
}

const STORY: &str = "Stories can be seen for at most 24 hours; afterwards the link shows nothing.";

fn cases() -> Vec<Case> {
    vec![
        message("text", "page", json!({ "text": "Hello *you*" }), &["Hello *you*"]),
        message("text", "instagram", json!({ "text": " Hello \n" }), &["Hello"]),
        message(
            "everybody",
            "page",
            json!({ "text": "@all [x](https://evil.example)" }),
            &["@\u{200B}all [x]\u{200B}(https://evil.example)"],
        ),
        message(
            "another target than the words, another order than the letters",
            "page",
            json!({
                "text": "pay <evil.example|bank.example> now \u{202E}drac\u{202C}",
                "quick_reply": { "payload": "<javascript:x|\u{2067}y>" },
            }),
            &["pay < evil.example|bank.example> now drac [Button value: < javascript:x|y>]"],
        ),
        attachment(
            "a title that hides",
            "page",
            &json!({ "type": "template", "payload": { "product": { "elements": [
                { "title": "\u{202E}eohS", "subtitle": "[see](x-app:1) <tel:1|2>" }] } } }),
            &["[eohS | [see]\u{200B}(x-app:1) < tel:1|2>]"],
        ),
        message("empty text", "page", json!({ "text": "" }), &["_sent a message without content_"]),
        message(
            "quick reply",
            "page",
            json!({ "text": "Plan A", "quick_reply": { "payload": "PLAN_A" } }),
            &["Plan A [Button value: PLAN_A]"],
        ),
        event(
            "postback",
            "instagram",
            json!({ "postback": { "mid": "m_p", "title": "Prices?", "payload": "ICE_1" } }),
            &["Prices? [Button value: ICE_1]"],
        ),
        event(
            "postback without title",
            "page",
            json!({ "postback": { "payload": "GO" } }),
            &["_tapped a button_ [Button value: GO]"],
        ),
        event(
            "postback with referral",
            "page",
            json!({ "postback": { "title": "Get Started", "payload": "GS",
                "referral": { "ref": "camp1", "source": "SHORTLINK", "type": "OPEN_THREAD" } } }),
            &["Get Started [Came through a link | Ref: camp1\nSource: SHORTLINK] [Button value: GS]"],
        ),
        message(
            "message from an ad",
            "page",
            json!({ "text": "Hi", "referral": { "ref": "r", "source": "ADS", "type": "OPEN_THREAD", "ad_id": "6045",
                "ads_context_data": { "ad_title": "Sale", "photo_url": "https://scontent.xx.fbcdn.net/ad.jpg", "post_id": "77" } } }),
            &[
                "Hi [Came from an ad | →https://scontent.xx.fbcdn.net/ad.jpg | Title: Sale\nRef: r\nAd ID: 6045\nPost ID: 77\nSource: ADS]",
            ],
        ),
        message(
            "message from a shop",
            "instagram",
            json!({ "text": "Hi", "referral": { "product": { "id": "99" } } }),
            &["Hi [Came from a shop page | Product ID: 99]"],
        ),
        event(
            "referral",
            "page",
            json!({ "referral": { "ref": "again", "source": "SHORTLINK", "type": "OPEN_THREAD" } }),
            &["_came back to this conversation_ [Came through a link | Ref: again\nSource: SHORTLINK]"],
        ),
        message("heart", "instagram", json!({ "attachments": [{ "type": "like_heart" }] }), &["❤️"]),
        attachment(
            "thumb",
            "page",
            &json!({ "type": "image", "payload": { "url": "https://scontent.xx.fbcdn.net/t.png", "sticker_id": 369239263222822_i64 } }),
            &["👍"],
        ),
        attachment(
            "sticker, new form",
            "page",
            &json!({ "type": "sticker", "payload": { "url": "https://scontent.xx.fbcdn.net/v/s.png", "sticker_id": "12" } }),
            &["<s.jpg>"],
        ),
        attachment(
            "location",
            "page",
            &json!({ "type": "location", "title": "Anna's Location", "payload": { "coordinates": { "lat": 52.5, "long": 13.4 } } }),
            &["[Anna's Location | →https://www.google.com/maps/search/?api=1&query=52.5%2C13.4 | 52.5, 13.4]"],
        ),
        attachment(
            "link preview",
            "page",
            &json!({ "type": "fallback", "payload": { "url": "https://shop.example/x", "title": "A page" } }),
            &["[Link | →https://shop.example/x | A page]"],
        ),
        message(
            "link preview of a link in the text",
            "page",
            json!({ "text": "see https://shop.example/x", "attachments": [{ "type": "fallback", "payload": { "url": "https://shop.example/x" } }] }),
            &["see https://shop.example/x"],
        ),
        attachment(
            "reel",
            "instagram",
            &json!({ "type": "ig_reel", "payload": { "url": "https://www.instagram.com/reel/1", "title": "Look", "reel_video_id": "5" } }),
            &["[Shared a reel | →https://www.instagram.com/reel/1 | Look]"],
        ),
        attachment(
            "post",
            "instagram",
            &json!({ "type": "share", "payload": { "url": "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1" } }),
            &["[Shared a post | →https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1]"],
        ),
        attachment(
            "a link that is none",
            "instagram",
            &json!({ "type": "share", "payload": { "url": "javascript:alert(1)" } }),
            &["[Shared a post]"],
        ),
        attachment(
            "story mention",
            "instagram",
            &json!({ "type": "story_mention", "payload": { "url": "https://lookaside.fbsbx.com/s?asset_id=2" } }),
            &[
                "[Mentioned you in their story | →https://lookaside.fbsbx.com/s?asset_id=2 | Stories can be seen for at most 24 hours; afterwards the link shows nothing.]",
            ],
        ),
        message(
            "story reply",
            "instagram",
            json!({ "text": "Wow", "reply_to": { "story": { "url": "https://lookaside.fbsbx.com/s?asset_id=3", "id": "1797" } } }),
            &[
                "Wow [Replied to your story | →https://lookaside.fbsbx.com/s?asset_id=3 | Stories can be seen for at most 24 hours; afterwards the link shows nothing.]",
            ],
        ),
        attachment(
            "story that ended",
            "instagram",
            &json!({ "type": "ig_story", "payload": {} }),
            &["[Shared a story | The story is no longer available.]"],
        ),
        attachment(
            "view once",
            "instagram",
            &json!({ "type": "ephemeral" }),
            &["_sent a photo or video that can be viewed once. It can only be seen in Instagram._"],
        ),
        message(
            "unsupported",
            "instagram",
            json!({ "is_unsupported": true }),
            &["_sent something Instagram does not pass on. It can only be seen in Instagram._"],
        ),
        attachment(
            "file without address",
            "page",
            &json!({ "type": "video" }),
            &["_sent a file that Meta gave no address for_"],
        ),
        attachment(
            "unknown attachment",
            "instagram",
            &json!({ "type": "hologram", "payload": { "url": "https://www.instagram.com/h/1" } }),
            &["[Attachment of an unknown kind | →https://www.instagram.com/h/1 | hologram]"],
        ),
        attachment(
            "product",
            "page",
            &json!({ "type": "template", "payload": { "product": { "elements": [
                { "id": "1", "retailer_id": "SKU-1", "title": "Shoe", "subtitle": "€ 10", "image_url": "https://scontent.xx.fbcdn.net/p.jpg" }] } } }),
            &["[Shoe | € 10\nProduct: SKU-1 | img https://scontent.xx.fbcdn.net/p.jpg]"],
        ),
        attachment(
            "appointment",
            "page",
            &json!({ "type": "appointment_booking", "payload": { "booking_id": "9", "status": "confirmed", "start_time": 1_700_000_000,
                "end_time": 1_700_003_600, "timezone": "Europe/Berlin" } }),
            &[
                "[Appointment | From: 2023-11-14 22:13 UTC\nTo: 2023-11-14 23:13 UTC\nCustomer's time zone: Europe/Berlin\nStatus: confirmed\nBooking: 9]",
            ],
        ),
        event(
            "order",
            "page",
            json!({ "order": { "products": [{ "id": 1, "retailer_id": "r", "name": "Mug", "unit_price": 11.5, "currency": "EUR", "quantity": 2 }], "note": "Gift" } }),
            &["Gift [Order | 2 × Mug · 11.5 EUR]"],
        ),
        event("form", "page", json!({ "form": { "id": "F1" } }), &["[Form submitted | Form: F1]"]),
        event(
            "an event of another time",
            "page",
            json!({ "teleport": { "to": "x" } }),
            &["_sent something this version does not understand. It can be seen in Facebook._"],
        ),
        event(
            "an event in another shape",
            "instagram",
            json!({ "message": { "mid": 5, "text": { "no": "text" } } }),
            &["_sent something this version does not understand. It can be seen in Instagram._"],
        ),
        message(
            "an attachment in another shape beside a text",
            "page",
            json!({ "text": "Look", "attachments": [{ "type": "image", "payload": { "url": {} } }] }),
            &["Look\n_sent a file that Meta gave no address for_"],
        ),
        message(
            "text and two images",
            "page",
            json!({ "text": "Both", "attachments": [
                { "type": "image", "payload": { "url": "https://scontent.xx.fbcdn.net/v/one.jpg?oe=1" } },
                { "type": "location", "payload": { "coordinates": { "lat": 1, "long": 2 } } },
                { "type": "image", "payload": { "url": "https://scontent.xx.fbcdn.net/v/two.jpg" } }] }),
            &[
                "Both",
                "<one.jpg>",
                "[Location | →https://www.google.com/maps/search/?api=1&query=1%2C2 | 1, 2]",
                "<two.jpg>",
            ],
        ),
    ]
}

#[test]
fn in_a_fresh_room() {
    assert!(cases().iter().any(|case| case.expected.iter().any(|line| line.contains(STORY))));
    for case in cases() {
        let (world, app) = world();
        deliver(&app, case.object, &item(case.object, world.now(), &case.members));
        assert_eq!(room(&world, case.object), case.expected, "{} on {}", case.name, case.object);
        let entries: Vec<omni_core::store::MessageRecord> = world.rocket_chat().stored();
        assert_eq!(entries.len(), 1, "{}", case.name);
        assert!(entries[0].is_settled(), "{}: {:?}", case.name, entries[0].state);
    }
}

#[test]
fn story_media_are_never_fetched() {
    for case in cases().into_iter().filter(|case| case.name.starts_with("story")) {
        let (world, app) = world();
        deliver(&app, case.object, &item(case.object, world.now(), &case.members));
        assert!(world.meta().sent_to("GET", "asset_id").is_empty(), "{}", case.name);
        assert!(world.rocket_chat().files.is_empty(), "{}", case.name);
    }
}

#[test]
fn what_is_not_understood_is_kept() {
    for (name, kept) in [("unsupported", true), ("an event of another time", true), ("hologram", true), ("text", false)]
    {
        let Some(case) = cases().into_iter().find(|case| case.name == name || case.members.to_string().contains(name))
        else {
            panic!("{name}");
        };
        let (world, app) = world();
        deliver(&app, case.object, &item(case.object, world.now(), &case.members));
        let entries: Vec<omni_core::store::MessageRecord> = world.rocket_chat().stored();
        assert_eq!(entries[0].event().is_some(), kept, "{name}");
    }
}

#[test]
fn in_an_open_room() {
    let (world, app) = world();
    customer_writes(&app, "page", "m_1", "First");
    let at = world.now();
    let quote = "[@Facebook 6001 | First | re https://chat.example.com/live/room-1?msg=message-1]";
    for (members, expected) in [
        (
            json!({ "message": { "mid": "m_2", "text": "Second", "reply_to": { "mid": "m_1" } } }),
            format!("Second {quote}"),
        ),
        (
            json!({ "message": { "mid": "m_3", "text": "Third", "reply_to": { "mid": "m_gone" } } }),
            "Third [About an earlier message]".to_owned(),
        ),
        (
            json!({ "optin": { "type": "notification_messages", "notification_messages_status": "STOP NOTIFICATIONS", "title": "News" } }),
            "_The customer no longer wants to receive promotional messages._ [News]".to_owned(),
        ),
        (
            json!({ "account_linking": { "status": "linked", "authorization_code": "secret-code" } }),
            "_linked their account with yours_".to_owned(),
        ),
        (
            json!({ "response_feedback": { "feedback": "Good response", "mid": "m_1" } }),
            format!("_The customer rated an answer: Good response_ {quote}"),
        ),
        (
            json!({ "messaging_feedback": { "feedback_screens": [{ "screen_id": 0, "questions": {
                "q1": { "type": "csat", "payload": "5", "follow_up": { "type": "free_form", "payload": "Great" } } } }] } }),
            "[Feedback from the customer | CSAT: 5\nGreat]".to_owned(),
        ),
    ] {
        deliver(&app, "page", &item("page", at, &members));
        assert_eq!(room(&world, "page").last(), Some(&expected));
    }
    world.assert_logs_hold_none_of(&["secret-code", "First", "News"]);
}

#[test]
fn standby_is_context() {
    let (world, app) = world();
    let standby = |mid: &str, text: &str| {
        let item = item("page", world.now(), &json!({ "message": { "mid": mid, "text": text } }));
        json!({ "object": "page", "entry": [{ "id": PAGE, "time": world.now(), "standby": [item] }] })
    };
    app.webhook(&standby("m_1", "To the other app"));
    assert!(transcript(&world, "page").is_empty(), "no agent is called for it");
    customer_writes(&app, "page", "m_2", "To us");
    app.webhook(&standby("m_3", "And again"));
    assert_eq!(
        room(&world, "page"),
        [
            "To us [Written to another app that holds this conversation | To the other app]",
            "[Written to another app that holds this conversation | And again]",
        ]
    );
    assert!(world.meta().messages().is_empty(), "nothing is answered");
}

#[test]
fn account_events_go_to_the_setup_channel() {
    let (world, app) = world();
    app.job(omni_core::job::INSTALLED);
    let setup = world.rocket_chat().channel("omnichannel-facebook-setup").expect("the channel").id.clone();
    let before = world.rocket_chat().in_room(&setup).len();
    let policy = json!({ "recipient": { "id": PAGE }, "timestamp": world.now(),
        "policy_enforcement": { "action": "block", "reason": "Too many complaints" } });
    let comment = |from: &str| {
        json!({ "object": "page", "entry": [{ "id": PAGE, "time": world.now(), "changes": [{ "field": "feed",
        "value": { "item": "comment", "verb": "add", "comment_id": format!("c_{from}"), "post_id": "p", "from": { "id": from, "name": "Bob" },
            "message": "Nice @all", "created_time": 1_700_000_000 } }] }] })
    };
    for _ in 0..2 {
        deliver(&app, "page", &policy);
        app.webhook(&comment("99"));
        app.webhook(&comment(PAGE));
    }
    let server = world.rocket_chat();
    let lines: Vec<String> = server.in_room(&setup).into_iter().skip(before).map(line).collect();
    assert_eq!(
        lines,
        [
            "facebook.bot: [Meta has blocked Corner Shop from messaging | Too many complaints]",
            "facebook.bot: [New comment for Corner Shop | →https://www.facebook.com/p | Bob: Nice @\u{200B}all]",
        ]
    );
    assert!(server.rooms.is_empty());
}
