use super::*;
use meta_wire::request::subscriptions::{MESSENGER_FIELDS, PAGE_INSTALL_FIELDS};
use omni_core::store::TokenState;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn connected() -> (World, Instance) {
    let world = entered().connected();
    let app = world.instance();
    install(&app);
    world.meta_mut().forget_script();
    let callback = world.rocket_chat().environment.endpoints["webhook"].clone();
    let whole = |object: &str, fields: &[&str]| json!({ "object": object, "callback_url": callback, "active": true, "fields": fields });
    let instagram = meta_wire::request::subscriptions::INSTAGRAM_FIELDS;
    let there = json!({ "data": [whole("page", MESSENGER_FIELDS), whole("instagram", instagram)] });
    world.meta_mut().expect("GET", "/subscriptions").always().json(there);
    (world, app)
}

fn page_account(world: &World) -> Account {
    accounts(world).into_iter().find(|account| account.channel == Channel::Facebook).unwrap()
}

fn token(valid: bool, data_access_ends_at: Option<i64>) -> Value {
    json!({ "data": {
        "app_id": APP_ID, "is_valid": valid, "expires_at": 0, "scopes": FACEBOOK_SCOPES,
        "data_access_expires_at": data_access_ends_at.map(|ms| ms / 1000),
    }})
}

fn subscribed_to(fields: &[&str]) -> Value {
    json!({ "data": [{ "id": APP_ID, "subscribed_fields": fields }] })
}

#[test]
fn a_dead_token_is_spoken_of_once_and_in_the_open_rooms() {
    let (world, app) = connected();
    app.webhook(&delivery("page", PAGE, &text_item("6001", PAGE, "m_1", world.now(), "Hello")));
    app.deliver_events();
    let room = world.rocket_chat().rooms[0].room.id.clone();
    world.meta_mut().expect("GET", "/debug_token").always().json(token(false, None));
    app.job(job::DAILY);
    app.job(job::DAILY);
    let dead = page_account(&world);
    assert!(matches!(dead.token_state, TokenState::Dead { code: 190, .. }), "{:?}", dead.token_state);
    let died = |text: &&String| text.contains("can neither send nor receive");
    assert_eq!(in_setup(&world, Channel::Facebook).iter().filter(died).count(), 1);
    let server = world.rocket_chat();
    let told = server.in_room(&room).iter().filter(|m| m.text.contains("does not accept the authorization")).count();
    assert_eq!(told, 1);
    let setup = server.channel("omnichannel-facebook-setup").unwrap().id.clone();
    let last = server.in_room(&setup).last().cloned().unwrap().clone();
    assert_eq!(buttons(&last.blocks)[0]["actionId"], "connect:authorize");
}

#[test]
fn what_only_the_apps_credentials_are_to_blame_for_kills_no_token() {
    let (world, app) = connected();
    world.meta_mut().expect("GET", "/debug_token").always().error(400, 190, None);
    world.meta_mut().expect("GET", "/subscribed_apps").always().json(subscribed_to(MESSENGER_FIELDS));
    app.job(job::DAILY);
    assert_eq!(page_account(&world).token_state, TokenState::Valid);
}

#[test]
fn lost_subscriptions_are_restored_each_day() {
    let (world, app) = connected();
    world.meta_mut().expect("GET", "/debug_token").always().json(token(true, None));
    world.meta_mut().expect("GET", "/subscribed_apps").always().json(subscribed_to(PAGE_INSTALL_FIELDS));
    app.job(job::DAILY);
    let meta = world.meta();
    let posts = meta.sent_to("POST", "/subscribed_apps");
    assert!(!posts.is_empty());
    for post in posts {
        assert_eq!(subscribed_fields(post), MESSENGER_FIELDS.join(","), "one node, the Page's fields");
    }
    assert!(in_setup(&world, Channel::Facebook).iter().any(|text| text.contains("turned on again")));
}

#[test]
fn nothing_is_said_when_all_is_well() {
    let (world, app) = connected();
    world.meta_mut().expect("GET", "/debug_token").always().json(token(true, None));
    world.meta_mut().expect("GET", "/subscribed_apps").always().json(subscribed_to(MESSENGER_FIELDS));
    let before = world.rocket_chat().messages.len();
    for _ in 0..3 {
        world.advance(DAY_MS);
        app.job(job::DAILY);
        app.job(job::TICK);
    }
    assert_eq!(world.rocket_chat().messages.len(), before);
}

#[test]
fn an_end_that_is_near_is_spoken_of_once() {
    let (world, app) = connected();
    let ends = world.now() + 20 * DAY_MS;
    world.meta_mut().expect("GET", "/debug_token").always().json(token(true, Some(ends)));
    world.meta_mut().expect("GET", "/subscribed_apps").always().json(subscribed_to(MESSENGER_FIELDS));
    let reminders = |world: &World| {
        in_setup(world, Channel::Facebook).iter().filter(|text| text.contains("ends the access")).count()
    };
    app.job(job::DAILY);
    assert_eq!(reminders(&world), 0);
    for _ in 0..3 {
        world.advance(6 * DAY_MS);
        app.job(job::DAILY);
    }
    assert_eq!(reminders(&world), 1);
}

#[test]
fn webhooks_that_meta_lost_are_registered_again() {
    let (world, app) = connected();
    world.meta_mut().forget_script();
    let mut meta = world.meta_mut();
    meta.expect("GET", "/subscriptions").always().json(json!({ "data": [] }));
    meta.expect("POST", "/subscriptions").times(2).json(json!({ "success": true }));
    meta.expect("GET", "/debug_token").always().json(token(true, None));
    meta.expect("GET", "/subscribed_apps").always().json(subscribed_to(MESSENGER_FIELDS));
    drop(meta);
    app.job(job::DAILY);
    world.meta().assert_all_met();
}

#[test]
fn a_field_the_app_is_not_offered_does_not_cost_the_others() {
    let world = entered();
    world.meta_mut().forget_script();
    let mut meta = world.meta_mut();
    meta.expect("GET", "/subscriptions").always().json(json!({ "data": [] }));
    // All, then each optional one apart; the last of them is taken.
    meta.expect("POST", "/subscriptions").times(2).error(400, 100, None);
    meta.expect("POST", "/subscriptions").times(2).json(json!({ "success": true }));
    drop(meta);
    let app = world.instance();
    install(&app);
    let meta = world.meta();
    let posts = meta.sent_to("POST", "/subscriptions");
    let fields: Vec<&str> = posts.iter().map(|post| post.body["fields"].as_str().unwrap()).collect();
    assert!(fields[0].contains("message_edit") && fields[0].contains("messaging_handover"), "{fields:?}");
    assert!(fields[2].contains("messaging_handover") && !fields[2].contains("message_edit"), "{fields:?}");
    drop(meta);
    assert!(in_setup(&world, Channel::Instagram).iter().any(|text| text.contains("is registered with Meta now")));
}

#[test]
fn a_refused_registration_says_what_to_enter_by_hand_once() {
    let world = entered();
    world.meta_mut().forget_script();
    world.meta_mut().expect("GET", "/subscriptions").always().json(json!({ "data": [] }));
    world.meta_mut().expect("POST", "/subscriptions").always().error(400, 2200, None);
    let app = world.instance();
    install(&app);
    app.job(job::TICK);
    let said: Vec<String> = in_setup(&world, Channel::Facebook)
        .into_iter()
        .filter(|text| text.contains("could not be registered"))
        .collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("could not verify the webhook address") && said[0].contains("/private-hash/webhook"));
}
