//! Visitors, rooms, and who serves them.

use super::*;
use omni_core::store::{ConversationState, MessageRecord, MessageState};

fn profile(members: &Value) -> Value {
    let mut profile = json!({ "id": IGSID });
    profile.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    profile
}

#[test]
fn a_conversation_gets_a_visitor_and_a_room() {
    for (object, label, destination) in
        [("page", "Facebook", "Corner Shop"), ("instagram", "Instagram", "@corner.shop")]
    {
        let (world, app) = world();
        customer_writes(&app, object, "m_1", "Hello");
        customer_writes(&app, object, "m_2", "again");
        let server = world.rocket_chat();
        assert_eq!(server.rooms.len(), 1);
        let source = server.rooms[0].source.as_ref().expect("opened by the app");
        assert_eq!((source.label.as_str(), source.destination.as_str()), (label, destination));
        let visitor = server.visitor(&conversation(object).visitor_token()).expect("the visitor");
        assert!(visitor.name.starts_with(label));
    }
}

#[test]
fn the_profile_names_the_visitor() {
    let (world, app) = world();
    world.rocket_chat_mut().visitor_fields.insert("username".to_owned());
    world.meta_mut().profiles.insert(
        IGSID.to_owned(),
        profile(&json!({ "name": "Anna \u{202E}@all", "username": "anna.b", "profile_pic": "https://scontent.cdninstagram.com/p.jpg",
            "follower_count": 1200, "is_verified_user": true, "is_user_follow_business": true, "is_business_follow_user": false })),
    );
    customer_writes(&app, "instagram", "m_1", "Hello");
    assert_eq!(
        room(&world, "instagram"),
        [
            "Hello [Anna @\u{200B}all | →https://www.instagram.com/anna.b/ | @anna.b\nVerified account\n1200 followers\nFollows you \
             | img https://scontent.cdninstagram.com/p.jpg]",
        ]
    );
    let server = world.rocket_chat();
    let stored = &server.visitors[0];
    assert_eq!(
        (stored.visitor.name.as_str(), stored.visitor.username.as_str()),
        ("Anna @\u{200B}all", "instagram-anna.b")
    );
    assert_eq!(stored.fields["username"], "anna.b");
}

/// A pattern that one value does not fit is no reason to leave the others out.
#[test]
fn a_custom_field_that_the_server_refuses_keeps_no_other_out() {
    let (world, app) = world();
    world.rocket_chat_mut().visitor_fields.extend(["username", "followers"].map(str::to_owned));
    world.rocket_chat_mut().unfit_fields.insert("username".to_owned());
    let members = json!({ "name": "Anna", "username": "anna.b", "follower_count": 1200 });
    world.meta_mut().profiles.insert(IGSID.to_owned(), profile(&members));
    customer_writes(&app, "instagram", "m_1", "Hello");
    assert_eq!(world.rocket_chat().visitors[0].fields, [("followers".to_owned(), "1200".to_owned())].into());
    let said: Vec<String> =
        world.logs().into_iter().filter(|line| line.code == "visitor-field-refused").map(|line| line.detail).collect();
    assert_eq!(said, ["username"], "which, and not what");
}

#[test]
fn a_profile_is_never_a_reason_to_lose_a_message() {
    type Fault = fn(&mut Expectation) -> &mut Expectation;
    let faults: [(&str, Fault); 5] = [
        ("no consent", |answer| answer.error(400, 230, None)),
        ("no such user", |answer| answer.error(400, 9010, None)),
        ("not JSON", |answer| answer.bytes(b"<html>")),
        ("broken off", |answer| answer.lost("network")),
        ("slow", |answer| answer.after(9_000)),
    ];
    for (name, fault) in faults {
        let (world, app) = world();
        fault(world.meta_mut().expect("GET", &format!("/{IGSID}?")));
        let began = world.now();
        let request = item("instagram", began, &json!({ "message": { "mid": "m_1", "text": "Hello" } }));
        let request = webhook_request(&body("instagram", &request).to_string());
        app.answer(async move |session| session.receive_webhook(request).await).expect("no crash").expect("an answer");
        assert!(world.now() - began < 5_000, "{name}");
        world.settle();
        assert_eq!(room(&world, "instagram"), ["Hello"], "{name}");
    }
}

#[test]
fn the_profile_is_read_again_for_a_later_room() {
    let (world, app) = world();
    customer_writes(&app, "instagram", "m_1", "Hello");
    let asked = |world: &World| world.meta().sent_to("GET", &format!("/{IGSID}?")).len();
    assert_eq!(asked(&world), 1);
    customer_writes(&app, "instagram", "m_2", "Hello");
    assert_eq!(asked(&world), 1, "not for each message");
    world.rocket_chat_mut().closes("room-1").expect("it was open");
    app.deliver_events();
    world.advance(2 * 24 * 60 * 60 * 1000);
    world.meta_mut().profiles.insert(IGSID.to_owned(), profile(&json!({ "name": "Anna B." })));
    customer_writes(&app, "instagram", "m_3", "Back");
    assert_eq!(asked(&world), 2);
    let server = world.rocket_chat();
    assert_eq!(server.visitors.len(), 1);
    assert_eq!(server.visitors[0].visitor.name, "Anna B.");
}

#[test]
fn a_message_after_closing_opens_a_new_room() {
    let (world, app) = world();
    customer_writes(&app, "page", "m_1", "First");
    world.rocket_chat_mut().closes("room-1").expect("it was open");
    app.deliver_events();
    customer_writes(&app, "page", "m_2", "Second");
    assert_eq!(transcript(&world, "page"), [["First"], ["Second"]]);
    assert!(world.rocket_chat().stray_rooms().is_empty());
    assert_eq!(world.rocket_chat().visitors.len(), 1);
}

/// The closing was told to nobody: the app was down.
#[test]
fn a_room_that_was_closed_unseen_is_not_written_to() {
    let (world, app) = world();
    customer_writes(&app, "page", "m_1", "First");
    world.rocket_chat_mut().closes("room-1").expect("it was open");
    world.rocket_chat_mut().events.clear();
    world.advance(61_000);
    customer_writes(&app, "page", "m_2", "Second");
    assert_eq!(transcript(&world, "page"), [["First"], ["Second"]]);
    assert!(world.rocket_chat().stray_rooms().is_empty());
}

/// The room is closed at the very moment of writing: the server opens one of its own, and the conversation goes on there.
#[test]
fn a_stray_room_is_adopted() {
    let (world, app) = world();
    customer_writes(&app, "page", "m_1", "First");
    world.rocket_chat_mut().closes("room-1").expect("it was open");
    let closed = std::mem::take(&mut world.rocket_chat_mut().events);
    app.webhook(&body("page", &item("page", world.now(), &json!({ "message": { "mid": "m_2", "text": "Second" } }))));
    assert_eq!(world.rocket_chat().stray_rooms().len(), 1, "the race is lost");
    world.rocket_chat_mut().events.splice(0..0, closed);
    app.deliver_events();
    customer_writes(&app, "page", "m_3", "Third");
    assert_eq!(transcript(&world, "page"), [vec!["First"], vec!["Second", "Third"]]);
    app.agent_says("agent", "room-2", "Answer");
    app.deliver_events();
    assert_eq!(world.meta().texts(), ["Anna Agent: Answer"]);
}

#[test]
fn an_unknown_department_does_not_cost_the_conversation() {
    let (world, app) = world();
    let sales = world.rocket_chat_mut().add_department("Sales", &["agent"]);
    for (department, expected) in [(sales.clone(), Some(sales)), ("gone".to_owned(), None)] {
        let (world, app) = if expected.is_some() { (world.clone(), &app) } else { break };
        let mut account = page_account(world.now() + 1);
        account.config.department = Some(department);
        world.rocket_chat_mut().store(&account);
        customer_writes(app, "page", "m_1", "Hello");
        assert_eq!(world.rocket_chat().rooms[0].room.department, expected);
    }
    let (world, app) = super::world();
    let mut account = page_account(world.now() + 1);
    account.config.department = Some("gone".to_owned());
    world.rocket_chat_mut().store(&account);
    customer_writes(&app, "page", "m_1", "Hello");
    assert_eq!(room(&world, "page"), ["Hello"]);
    assert_eq!(world.rocket_chat().rooms[0].room.department, None);
}

#[test]
fn what_nobody_can_serve_is_held() {
    let (world, app) = world();
    world.rocket_chat_mut().presence("agent", false);
    for (mid, text) in [("m_1", "Anybody?"), ("m_2", "Hello?"), ("m_1", "Anybody?")] {
        let item = item("page", world.now(), &json!({ "message": { "mid": mid, "text": text } }));
        assert_eq!(app.webhook(&body("page", &item)).status, 200);
    }
    assert!(world.rocket_chat().rooms.is_empty());
    let held: Vec<MessageRecord> = world.rocket_chat().stored();
    assert_eq!(held.len(), 2);
    assert!(held.iter().all(|entry| matches!(entry.state, MessageState::AwaitingAgent { .. })), "{held:?}");
    world.rocket_chat_mut().presence("agent", true);
    customer_writes(&app, "page", "m_3", "There you are");
    let first = "Anybody? [_Written 2026-03-01 12:00 UTC, while nobody could serve_]";
    assert_eq!(room(&world, "page"), [first, "Hello?", "There you are"]);
}

#[test]
fn the_window_opens_by_metas_clock_and_never_ahead_of_ours() {
    let (world, app) = world();
    let ahead = world.now() + 10 * 24 * 60 * 60 * 1000;
    deliver(&app, "page", &item("page", ahead, &json!({ "message": { "mid": "m_1", "text": "From the future" } })));
    let entries: Vec<MessageRecord> = world.rocket_chat().stored();
    assert_eq!(entries[0].event_at, world.now());
    let heads: Vec<ConversationState> = world.rocket_chat().stored();
    assert_eq!(heads.len(), 1);
}

#[test]
fn unknown_accounts_are_none_of_our_business() {
    let (world, app) = world();
    let foreign = delivery("page", "999", &text_item("1", "999", "m_1", world.now(), "Hello"));
    assert_eq!(app.webhook(&foreign).status, 200);
    assert!(world.rocket_chat().rooms.is_empty() && world.rocket_chat().stored::<MessageRecord>().is_empty());
    world.assert_logs_hold_none_of(&["Hello"]);
}

/// Its last agent left the department, or an administrator turned it off, while somebody waits for it.
#[test]
fn a_department_without_agents_keeps_nobody_waiting() {
    let (world, app) = world();
    let night = world.rocket_chat_mut().add_department("night", &["nobody"]);
    let mut account = page_account(world.now() + 1);
    account.config.department = Some(night);
    world.rocket_chat_mut().store(&account);
    customer_writes(&app, "page", "m_1", "Anybody?");
    assert!(world.rocket_chat().rooms.is_empty(), "nobody of the department is there");
    world.rocket_chat_mut().departments.iter_mut().for_each(|setup| setup.enabled = false);
    world.advance(60_000);
    app.job("tick");
    world.settle();
    assert!(room(&world, "page").last().is_some_and(|line| line.starts_with("Anybody?")));
    world.rocket_chat_mut().closes("room-1").expect("it was open");
    app.deliver_events();
    customer_writes(&app, "page", "m_2", "Once more");
    assert_eq!(transcript(&world, "page").len(), 2);
}

/// What the customer's rooms are called, the visitor's name, and the names that agents are asked about.
fn names(world: &World) -> (Vec<String>, String, Vec<String>) {
    let server = world.rocket_chat();
    let token = conversation("instagram").visitor_token();
    let titles = server.rooms.iter().map(|stored| stored.room.title.clone()).collect();
    let visitor = server.visitor(&token).expect("the visitor").name.clone();
    (titles, visitor, server.contacts[&token].conflicts.clone())
}

/// The conversation ends, and the customer writes again days later, when Meta calls them so.
fn writes_again(app: &Instance, mid: &str, meta_name: &str) {
    let world = app.world();
    let last = world.rocket_chat().rooms.last().expect("a room").room.id.clone();
    world.rocket_chat_mut().closes(&last).expect("it was open");
    app.deliver_events();
    world.advance(2 * 24 * 60 * 60 * 1000);
    world.meta_mut().profiles.insert(IGSID.to_owned(), profile(&json!({ "name": meta_name })));
    customer_writes(app, "instagram", mid, "Hello");
}

#[test]
fn only_the_name_that_stands_for_none_is_replaced() {
    let (world, app) = world();
    customer_writes(&app, "instagram", "m_1", "Hello");
    writes_again(&app, "m_2", "Anna");
    let named = ["Instagram 7001", "Anna"].map(str::to_owned).to_vec();
    assert_eq!(names(&world), (named.clone(), "Anna".to_owned(), vec![]), "the contact nobody touched follows");
    writes_again(&app, "m_3", "Anna B.");
    let named = [named, vec!["Anna".to_owned()]].concat();
    assert_eq!(names(&world), (named, "Anna".to_owned(), vec![]));
    world.rocket_chat_mut().visitors[0].visitor.name = "Ms Berger (wholesale)".to_owned();
    writes_again(&app, "m_4", "Anna Berger");
    assert_eq!(names(&world).1, "Ms Berger (wholesale)");
}

/// Agents rename contacts. A name that is saved beside theirs is a conflict they are asked about.
#[test]
fn what_agents_call_a_customer_stays_and_is_never_put_in_question() {
    for meta_name in ["", "Anna"] {
        let (world, app) = world();
        let sales = world.rocket_chat_mut().add_department("Sales", &["agent"]);
        world.meta_mut().profiles.insert(IGSID.to_owned(), profile(&json!({ "name": meta_name })));
        customer_writes(&app, "instagram", "m_1", "Hello");
        let visitor = names(&world).1;
        world.rocket_chat_mut().renames(&conversation("instagram").visitor_token(), "Ms Berger");
        let mut account = instagram_account(world.now() + 1);
        account.config.department = Some(sales.clone());
        world.rocket_chat_mut().store(&account);
        world.advance(60_000);
        writes_again(&app, "m_2", "Anna Berger");
        assert_eq!(names(&world), (vec!["Ms Berger".to_owned(); 2], visitor, vec![]), "first called {meta_name:?}");
        assert_eq!(world.rocket_chat().rooms[1].room.department, Some(sales));
    }
}

#[test]
fn of_two_first_messages_that_come_together_the_older_is_shown_first() {
    let (world, app) = world();
    let at = world.now();
    let delivered = |mid: &str, at: i64, text: &str| {
        let item = item("page", at, &json!({ "message": { "mid": mid, "text": text } }));
        let request = webhook_request(&body("page", &item).to_string());
        app.start(async move |session| session.receive_webhook(request).await)
    };
    // The newer one comes first, the older one while a room is made for it.
    world.faults_mut().delay("room_create", 1_000);
    let newer = delivered("m_2", at - 1, "Anybody?");
    world.advance(500);
    let older = delivered("m_1", at - 2, "Hello");
    world.settle();
    for answer in [newer, older] {
        assert_eq!(answer.take().unwrap().unwrap().status, 200);
    }
    app.deliver_events();
    assert_eq!(room(&world, "page"), ["Hello", "Anybody?"]);
}
