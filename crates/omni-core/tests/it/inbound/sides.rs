//! Whose side an event is on: what the business does on the phone or in Meta's inbox, marked as such or not.

use super::*;
use omni_core::store::{Account, LoginRoute};

/// The id that only our Meta app knows the Instagram account by.
const SECOND: &str = "27840000000000003";

/// An Instagram account as Instagram Login connects it, which has a second id.
fn with_second_id() -> (World, Instance) {
    let (world, app) = world();
    let account = instagram_account(world.now());
    let stored = Account { route: LoginRoute::Instagram, page_id: None, meta_user_id: SECOND.to_owned(), ..account };
    let mut server = world.rocket_chat_mut();
    server.records.retain(|record| record.data["record_id"] != stored.record_id.as_str());
    server.store(&stored);
    drop(server);
    (world, app)
}

fn between(sender: &str, recipient: &str, at: i64, members: &Value) -> Value {
    let mut item = json!({ "sender": { "id": sender }, "recipient": { "id": recipient }, "timestamp": at });
    item.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    item
}

/// The account's own doing, by the ids that name the account: each in the customer's room, none in one of its own, and none
/// said by the customer.
#[test]
fn what_the_business_does_is_shown_with_the_customer() {
    let message = json!({ "message": { "mid": "m_phone", "text": "From my phone" } });
    let said = "omni-direct.bot: [Written as @corner.shop outside Rocket.Chat | From my phone]";
    let quote = "[@Instagram 7001 | Question | re https://chat.example.com/live/room-1?msg=message-1]";
    let mut marked = message.clone();
    marked["message"]["is_echo"] = true.into();
    let reaction = json!({ "reaction": { "mid": "m_1", "action": "react", "reaction": "love", "emoji": "❤️" } });
    let reacted = format!("omni-direct.bot: _@corner.shop reacted with ❤️ outside Rocket.Chat_ {quote}");
    let unknown = json!({ "reaction": { "mid": "m_gone", "action": "react", "reaction": "love", "emoji": "❤️" } });
    let alone = "omni-direct.bot: _@corner.shop reacted with ❤️ outside Rocket.Chat_ [About an earlier message]";
    let edit = json!({ "message_edit": { "mid": "m_sent_1", "text": "Better", "num_edit": 1 } });
    let edited = "omni-direct.bot: [Edited as @corner.shop outside Rocket.Chat | Better] \
                  [@Anna Agent | Answer | re https://chat.example.com/live/room-1?msg=message-2]";
    let unreact = json!({ "reaction": { "mid": "m_1", "action": "unreact" } });
    let read = json!({ "read": { "mid": "m_sent_1" } });
    let postback = json!({ "postback": { "mid": "m_tap", "title": "Prices" } });
    for second in [false, true] {
        let ids: &[&str] = if second { &[INSTAGRAM, SECOND] } else { &[INSTAGRAM, PAGE] };
        for own in ids {
            for (sender, recipient, members, expected) in [
                (*own, IGSID, &message, vec![said]),
                (own, IGSID, &marked, vec![said]),
                (IGSID, own, &marked, vec![said]),
                (own, IGSID, &reaction, vec![&*reacted]),
                (own, IGSID, &unknown, vec![alone]),
                (own, IGSID, &unreact, vec![]),
                (own, IGSID, &edit, vec![edited]),
                (own, IGSID, &read, vec![]),
                (own, IGSID, &postback, vec![]),
                (own, own, &message, vec![]),
                (own, INSTAGRAM, &reaction, vec![]),
                (INSTAGRAM, own, &marked, vec![]),
            ] {
                let (world, app) = if second { with_second_id() } else { world() };
                customer_writes(&app, "instagram", "m_1", "Question");
                world.advance(1_000);
                app.agent_says("agent", "room-1", "Answer");
                app.deliver_events();
                world.settle();
                let item = between(sender, recipient, world.now(), members);
                deliver(&app, "instagram", &item);
                deliver(&app, "instagram", &item);
                assert_eq!(room(&world, "instagram")[2..], expected, "{item}");
                assert_eq!(world.rocket_chat().rooms.len(), 1, "{item}");
                let marks = world.rocket_chat().message("message-2").unwrap().reactions.len();
                assert_eq!(marks, 0, "the customer has read nothing: {item}");
                assert_eq!(world.meta().messages().len(), 1, "{item}");
            }
        }
    }
}

#[test]
fn without_a_room_it_opens_none_and_no_window() {
    for members in [
        json!({ "message": { "mid": "m_phone", "text": "We called you" } }),
        json!({ "reaction": { "mid": "m_gone", "action": "react", "reaction": "love", "emoji": "❤️" } }),
        json!({ "message_edit": { "mid": "m_gone", "text": "Better", "num_edit": 1 } }),
        json!({ "postback": { "mid": "m_tap", "title": "Prices" } }),
        json!({ "referral": { "ref": "r" } }),
        json!({ "message": "TEST_MESSAGE" }),
        json!({ "teleport": { "to": "x" } }),
    ] {
        for (object, account, person) in [("instagram", INSTAGRAM, IGSID), ("page", PAGE, PSID)] {
            let (world, app) = world();
            deliver(&app, object, &between(account, person, world.now(), &members));
            assert!(world.rocket_chat().rooms.is_empty(), "{members}");
            let entries: Vec<omni_core::store::MessageRecord> = world.rocket_chat().stored();
            assert!(entries.iter().all(|entry| entry.conversation == conversation(object)), "{members}");
            assert!(entries.iter().all(|entry| !entry.opens_window), "{members}");
        }
    }
}

/// An account's talk with itself between a customer's messages.
#[test]
fn a_talk_with_itself_is_nothing_and_costs_nothing_else() {
    let (world, app) = world();
    let at = world.now();
    let text = |mid: &str, text: &str| json!({ "message": { "mid": mid, "text": text } });
    let items = [
        between(IGSID, INSTAGRAM, at, &text("m_1", "First")),
        between(INSTAGRAM, INSTAGRAM, at + 1, &json!({ "message": { "mid": "m_s", "text": "note", "is_self": true } })),
        between(PAGE, INSTAGRAM, at + 2, &json!({ "reaction": { "mid": "m_1", "action": "react", "emoji": "❤️" } })),
        between(IGSID, INSTAGRAM, at + 3, &text("m_2", "Second")),
    ];
    let body = json!({ "object": "instagram", "entry": [{ "id": INSTAGRAM, "time": at, "messaging": items }] });
    assert_eq!(app.webhook(&body).status, 200);
    app.deliver_events();
    world.settle();
    assert_eq!(room(&world, "instagram"), ["First", "Second"]);
    assert_eq!(world.rocket_chat().rooms.len(), 1);
    let entries: Vec<omni_core::store::MessageRecord> = world.rocket_chat().stored();
    assert_eq!(entries.len(), 2, "{entries:?}");
}

/// An entry under the linked Page's id, or the second id, is for the account.
#[test]
fn an_entry_may_name_the_account_by_any_of_its_ids() {
    for (own, second) in [(PAGE, false), (SECOND, true)] {
        let (world, app) = if second { with_second_id() } else { world() };
        let item = between(IGSID, INSTAGRAM, world.now(), &json!({ "message": { "mid": "m_1", "text": "Hello" } }));
        app.webhook(&delivery("instagram", own, &item));
        app.deliver_events();
        world.settle();
        assert_eq!(room(&world, "instagram"), ["Hello"], "{own}");
        assert!(!world.logged("webhook-unknown-account"));
    }
}

/// A comment of the account's own is nothing new to those who look after it, whichever of its ids it names.
#[test]
fn own_comments_are_not_told() {
    for (from, second, told) in [(INSTAGRAM, false, 0), (PAGE, false, 0), (SECOND, true, 0), ("99", false, 1)] {
        let (world, app) = if second { with_second_id() } else { world() };
        app.job(omni_core::job::INSTALLED);
        let setup = world.rocket_chat().channel("omnichannel-instagram-setup").expect("the channel").id.clone();
        let before = world.rocket_chat().in_room(&setup).len();
        let value = json!({ "id": "c_1", "from": { "id": from, "username": "someone" }, "text": "Nice" });
        let changes = json!([{ "field": "comments", "value": value }]);
        let entry = json!({ "id": INSTAGRAM, "time": world.now(), "changes": changes });
        app.webhook(&json!({ "object": "instagram", "entry": [entry] }));
        assert_eq!(world.rocket_chat().in_room(&setup).len() - before, told, "{from}");
    }
}
