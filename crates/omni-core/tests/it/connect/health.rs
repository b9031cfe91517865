use super::doctor::doctor;
use super::*;
use meta_wire::request::subscriptions::{self, MESSENGER_FIELDS, PAGE_INSTALL_FIELDS};
use omni_core::store::TokenState;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn connected() -> (World, Instance) {
    let world = entered().connected();
    let app = world.instance();
    install(&app);
    world.meta_mut().forget_script();
    let callback = world.rocket_chat().environment.endpoints["webhook"].clone();
    let whole = |object: &str, fields: &[&str]| json!({ "object": object, "callback_url": callback, "active": true, "fields": fields });
    let instagram = subscriptions::INSTAGRAM_FIELDS;
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
    app.webhook(&delivery("page", PAGE, &text_item("6002", PAGE, "m_2", world.now(), "Hello")));
    app.deliver_events();
    let [waiting, answered] = [0, 1].map(|at| world.rocket_chat().rooms[at].room.id.clone());
    app.agent_says("agent", &answered, "Hi");
    world.rocket_chat_mut().whispers.clear();
    world.meta_mut().expect("GET", "/debug_token").always().json(token(false, None));
    app.job(job::DAILY);
    app.job(job::DAILY);
    let dead = page_account(&world);
    assert!(matches!(dead.token_state, TokenState::Dead { code: 190, .. }), "{:?}", dead.token_state);
    let died = |text: &&String| text.contains("can neither send nor receive");
    assert_eq!(in_setup(&world, Channel::Facebook).iter().filter(died).count(), 1);
    let server = world.rocket_chat();
    let says = |text: &str| text.contains("does not accept the authorization");
    let told = |room: &str| server.in_room(room).iter().filter(|message| says(&message.text)).count();
    assert_eq!((told(&waiting), told(&answered)), (0, 1), "while a customer waits no note counts as the answer");
    let whispers = server.whispers.iter().filter(|whisper| whisper.room_id == waiting && says(&whisper.text));
    assert_eq!(whispers.map(|whisper| whisper.user_id.as_str()).collect::<Vec<_>>(), ["agent-id"]);
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
    world.meta_mut().expect("GET", "/subscriptions").always().json(json!({ "data": [] }));
    world.meta_mut().refused_fields = vec!["message_edit", "send_cart", "messaging_feedback"];
    let app = world.instance();
    install(&app);
    for (channel, object, offered) in [
        (Channel::Instagram, "instagram", subscriptions::INSTAGRAM_FIELDS),
        (Channel::Facebook, "page", MESSENGER_FIELDS),
    ] {
        let meta = world.meta();
        let posts = meta.sent_to("POST", "/subscriptions");
        // Each call that Meta takes replaces the fields of the one before.
        let last = posts.iter().rfind(|post| post.taken && post.body["object"] == object).unwrap();
        let mut taken: Vec<&str> = last.body["fields"].as_str().unwrap().split(',').collect();
        let mut wanted: Vec<&str> =
            offered.iter().copied().filter(|field| !meta.refused_fields.contains(field)).collect();
        taken.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(taken, wanted);
        drop(meta);
        assert!(in_setup(&world, channel).iter().any(|text| text.contains("is registered with Meta now")));
    }
    world.meta_mut().expect("POST", "/private-hash/webhook").always().json(json!({ "ok": true }));
    assert!(doctor(&app, Channel::Instagram).contains("does not offer the webhook fields `message_edit`"));
}

#[test]
fn a_field_that_a_page_is_refused_does_not_cost_its_other_events() {
    let (world, app) = connected();
    world.meta_mut().refused_fields = vec!["business_integrity", "message_edits"];
    world.meta_mut().expect("GET", "/debug_token").always().json(token(true, None));
    world.meta_mut().expect("GET", "/subscribed_apps").times(2).json(subscribed_to(PAGE_INSTALL_FIELDS));
    app.job(job::DAILY);
    let account = page_account(&world);
    assert!(!account.events_failing);
    assert_eq!(account.refused_fields, ["business_integrity", "message_edits"]);
    let taken: Vec<&str> = MESSENGER_FIELDS
        .iter()
        .copied()
        .filter(|field| !account.refused_fields.iter().any(|one| one == field))
        .collect();
    let posts = world.meta().sent_to("POST", "/subscribed_apps").len();
    world.meta_mut().expect("GET", "/subscribed_apps").always().json(subscribed_to(&taken));
    // What is refused is neither missed nor asked for each day.
    app.job(job::DAILY);
    assert_eq!(world.meta().sent_to("POST", "/subscribed_apps").len(), posts);
    world.meta_mut().expect("GET", "messaging_feature_status").always().json(json!({}));
    world.meta_mut().expect("POST", "/private-hash/webhook").always().json(json!({ "ok": true }));
    assert!(
        doctor(&app, Channel::Facebook)
            .contains("does not offer the webhook fields `business_integrity, message_edits`")
    );
}

#[test]
fn renamed_accounts_are_called_by_their_new_names_the_next_day() {
    let (world, app) = connected();
    world.meta_mut().expect("GET", "/debug_token").always().json(token(true, None));
    world.meta_mut().expect("GET", "/subscribed_apps").always().json(subscribed_to(MESSENGER_FIELDS));
    world.meta_mut().names.insert(PAGE.to_owned(), json!({ "id": PAGE, "name": "Corner Shop & Café" }));
    let renamed = json!({ "id": INSTAGRAM, "username": "corner.cafe", "name": "Corner Café" });
    world.meta_mut().names.insert(INSTAGRAM.to_owned(), renamed);
    app.job(job::DAILY);
    app.job(job::DAILY);
    assert_eq!(page_account(&world).name, "Corner Shop & Café");
    let instagram = accounts(&world).into_iter().find(|account| account.channel == Channel::Instagram).unwrap();
    assert_eq!((instagram.name.as_str(), instagram.username.as_deref()), ("Corner Café", Some("corner.cafe")));
    assert_eq!(instagram.page_name.as_deref(), Some("Corner Shop & Café"));
    for channel in [Channel::Instagram, Channel::Facebook] {
        let told = in_setup(&world, channel);
        assert_eq!(told.iter().filter(|text| text.contains("at Meta now")).count(), 1, "{told:?}");
    }
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
