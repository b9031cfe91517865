use super::*;
use omni_core::store::{Installation, OpenRoom};

const PAGE_VALUE: &str = "facebook:2000000000000002";
const INSTAGRAM_VALUE: &str = "instagram:17840000000000003";

fn connected() -> (World, Instance) {
    let world = entered().connected();
    let app = world.instance();
    install(&app);
    (world, app)
}

fn account(world: &World, channel: Channel) -> Option<Account> {
    accounts(world).into_iter().find(|account| account.channel == channel)
}

fn shown(answer: &UiAnswer) -> String {
    match answer {
        UiAnswer::Open { view } | UiAnswer::Update { view } => serde_json::to_string(view).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Fields that the last call subscribed the Page to; `None` when it unsubscribed.
fn last_fields(world: &World) -> Option<String> {
    let meta = world.meta();
    let last = meta.requests.iter().rev().find(|request| request.path().ends_with("/subscribed_apps")).unwrap();
    (last.method == "POST").then(|| subscribed_fields(last))
}

/// The token is found dead in the midst of a change to the account, and noted on it.
#[test]
fn a_dead_token_is_noted_when_events_are_switched() {
    for action in ["connect:unsubscribe", "connect:subscribe"] {
        let (world, app) = connected();
        world.meta_mut().expect("POST", "/subscribed_apps").error(400, 190, None);
        let answer = shown(&press(&app, "admin", action, PAGE_VALUE));
        assert!(answer.contains("190"), "{action}: {answer}");
        let state = account(&world, Channel::Facebook).unwrap().token_state;
        assert!(matches!(state, omni_core::store::TokenState::Dead { .. }), "{action}: {state:?}");
        // The account can be worked on as before.
        let again = press(&app, "admin", action, PAGE_VALUE);
        assert!(matches!(again, UiAnswer::Done | UiAnswer::Open { .. }), "{action}: {again:?}");
    }
}

#[test]
fn a_page_and_its_instagram_account_do_not_cost_each_other_their_events() {
    let (world, app) = connected();
    assert_eq!(press(&app, "admin", "connect:unsubscribe", PAGE_VALUE), UiAnswer::Done);
    assert!(!account(&world, Channel::Facebook).unwrap().subscribed);
    assert_eq!(last_fields(&world).as_deref(), Some("messages,message_reactions"), "Instagram still needs the Page");
    // What still comes for the Page is not shown.
    let text = delivery("page", PAGE, &text_item("6001", PAGE, "m_1", world.now(), "Hello"));
    assert_eq!(app.webhook(&text).status, 200);
    assert!(world.rocket_chat().rooms.is_empty());
    assert_eq!(press(&app, "admin", "connect:unsubscribe", INSTAGRAM_VALUE), UiAnswer::Done);
    assert_eq!(last_fields(&world), None);
    assert_eq!(press(&app, "admin", "connect:subscribe", PAGE_VALUE), UiAnswer::Done);
    assert!(last_fields(&world).unwrap().contains("message_echoes"));
    app.webhook(&delivery("page", PAGE, &text_item("6001", PAGE, "m_2", world.now(), "Hello")));
    assert_eq!(world.rocket_chat().rooms.len(), 1);
}

#[test]
fn a_refused_step_says_so_and_which_half() {
    let (world, app) = connected();
    world.meta_mut().expect("POST", "/subscribed_apps").error(400, 200, None);
    let answer = press(&app, "admin", "connect:unsubscribe", PAGE_VALUE);
    assert!(shown(&answer).contains("Nothing was changed"), "{answer:?}");
    assert!(account(&world, Channel::Facebook).unwrap().subscribed);
    world.meta_mut().expect("POST", "/subscribed_apps").error(400, 200, None);
    let answer = press(&app, "admin", "connect:subscribe", PAGE_VALUE);
    assert!(shown(&answer).contains("did not turn its events on"), "{answer:?}");
    let failing = account(&world, Channel::Facebook).unwrap();
    assert!(failing.subscribed && failing.events_failing);
}

#[test]
fn disconnecting_asks_tells_meta_and_forgets() {
    for meta_answers in [true, false] {
        let (world, app) = connected();
        let question = press(&app, "admin", "connect:disconnect", INSTAGRAM_VALUE);
        assert!(shown(&question).contains("corner.shop"));
        assert!(account(&world, Channel::Instagram).is_some(), "only asked");
        if !meta_answers {
            world.meta_mut().expect("POST", "/subscribed_apps").lost("timeout");
        }
        let answer = submit(&app, "admin", &format!("connect:disconnect:{INSTAGRAM_VALUE}"), &[]);
        assert_eq!(answer, UiAnswer::Done);
        assert!(account(&world, Channel::Instagram).is_none());
        assert!(account(&world, Channel::Facebook).is_some());
        let said = in_setup(&world, Channel::Instagram).join("\n");
        let expected = if meta_answers { "events turned off at Meta" } else { "did not turn its events off" };
        assert!(said.contains(expected), "{said}");
        let gone = press(&app, "admin", "connect:edit", INSTAGRAM_VALUE);
        assert!(shown(&gone).contains("no longer connected"));
    }
}

#[test]
fn unauthorize_asks_first_and_revokes_only_on_request() {
    for revoke in [false, true] {
        let (world, app) = connected();
        type_command(&app, Channel::Facebook, "unauthorize");
        let modal = world.rocket_chat().modals.last().cloned().unwrap();
        assert_eq!(modal.view.id, "connect:unauthorize:facebook");
        assert_eq!(accounts(&world).len(), 2);
        if revoke {
            world.meta_mut().expect("DELETE", &format!("/{META_USER}/permissions")).json(json!({ "success": true }));
        }
        let choice = if revoke { "revoke" } else { "keep" };
        let answer = submit(&app, "admin", &modal.view.id, &[("connect:revoke", json!(choice))]);
        assert_eq!(answer, UiAnswer::Done);
        world.meta().assert_all_met();
        let left: Vec<Channel> = accounts(&world).iter().map(|account| account.channel).collect();
        assert_eq!(left, [Channel::Instagram]);
        assert_eq!(last_fields(&world).as_deref(), Some("messages,message_reactions"));
        let said = in_setup(&world, Channel::Facebook).join("\n");
        assert_eq!(said.contains("given back to Meta"), revoke, "{said}");
    }
}

#[test]
fn a_revocation_that_fails_is_said_apart() {
    let (world, app) = connected();
    world.meta_mut().expect("DELETE", "/permissions").error(400, 200, None);
    submit(&app, "admin", "connect:unauthorize:facebook", &[("connect:revoke", json!("revoke"))]);
    let said = in_setup(&world, Channel::Facebook).join("\n");
    assert!(said.contains("events turned off at Meta") && said.contains("was not given back"), "{said}");
}

#[test]
fn nobody_else_may_press_or_submit() {
    let (world, app) = connected();
    let before = accounts(&world);
    let requests = world.meta().requests.len();
    for action in ["authorize", "unsubscribe", "disconnect", "edit", "doctor", "unauthorize"] {
        let answer = press(&app, "agent", &format!("connect:{action}"), PAGE_VALUE);
        assert!(shown(&answer).contains("Only administrators"), "{action}");
    }
    for view in ["disconnect:facebook:2000000000000002", "config:facebook:2000000000000002", "unauthorize:facebook"] {
        let values = [("connect:welcome", json!("Hacked")), ("connect:revoke", json!("revoke"))];
        let answer = submit(&app, "agent", &format!("connect:{view}"), &values);
        assert!(shown(&answer).contains("Only administrators"), "{view}");
    }
    for command in ["authorize", "list", "help", "nonsense"] {
        let room = world.rocket_chat().channel("omnichannel-facebook-setup").unwrap().id.clone();
        app.command(Channel::Facebook, "agent", &room, command);
        assert!(whispered(&world, "agent").contains("Only administrators"), "{command}");
        assert!(!world.rocket_chat().channel("omnichannel-facebook-setup").unwrap().members.contains("agent"));
    }
    assert_eq!(accounts(&world), before);
    assert_eq!(world.meta().requests.len(), requests);
}

#[test]
fn uninstalling_tells_meta_to_stop() {
    let (world, app) = connected();
    let callback = world.rocket_chat().environment.endpoints["webhook"].clone();
    let ours = json!({ "data": [
        { "object": "page", "callback_url": callback }, { "object": "instagram", "callback_url": "https://other.example/" },
    ]});
    // Scripted before the world's own answer, which says that nothing is registered.
    let mut meta = world.meta_mut();
    meta.forget_script();
    meta.expect("GET", "/subscriptions").always().json(ours);
    meta.expect("DELETE", "object=page").json(json!({ "success": true }));
    drop(meta);
    app.run(async move |session| session.lifecycle(LifecycleInput::Uninstalling).await).unwrap();
    let meta = world.meta();
    meta.assert_all_met();
    assert_eq!(meta.sent_to("DELETE", "/subscribed_apps").len(), 2);
    assert!(meta.sent_to("DELETE", "object=instagram").is_empty(), "somebody else's");
}

#[test]
fn open_rooms_are_known_while_they_are_open() {
    let (world, app) = connected();
    app.webhook(&delivery("page", PAGE, &text_item("6001", PAGE, "m_1", world.now(), "Hello")));
    app.deliver_events();
    let open: Vec<OpenRoom> = world.rocket_chat().stored();
    assert_eq!(open.len(), 1);
    world.rocket_chat_mut().closes(&open[0].room_id).unwrap();
    app.deliver_events();
    let open: Vec<OpenRoom> = world.rocket_chat().stored();
    assert!(open.is_empty());
    let installations: Vec<Installation> = world.rocket_chat().stored();
    assert_eq!(installations.len(), 1);
}

#[test]
fn a_window_that_comes_too_late_says_so_itself() {
    let (world, app) = connected();
    let views = [format!("connect:disconnect:{PAGE_VALUE}"), format!("connect:config:{PAGE_VALUE}")];
    world.rocket_chat_mut().records.retain(|record| record.data["kind"] != "account");
    for id in views {
        let UiAnswer::Update { view } = submit(&app, "admin", &id, &[]) else { panic!("{id}") };
        assert_eq!(view.id, id, "clients update the window of that id");
        assert!(serde_json::to_string(&view).unwrap().contains("no longer connected"));
    }
}

#[test]
fn all_of_many_accounts_are_disconnected_and_one_message_says_so() {
    let (world, app) = connected();
    for n in 0..150 {
        let mut account = page_account(world.now());
        account.record_id = format!("record-{n}");
        (account.id, account.page_id) = (format!("3{n:03}").as_str().into(), Some(format!("3{n:03}").as_str().into()));
        account.name = format!("Shop number {n} of a very long list");
        world.rocket_chat_mut().store(&account);
    }
    assert_eq!(submit(&app, "admin", "connect:unauthorize:facebook", &[]), UiAnswer::Done);
    assert!(accounts(&world).iter().all(|account| account.channel == Channel::Instagram));
    let last = in_setup(&world, Channel::Facebook).last().cloned().unwrap();
    assert!(last.contains("events turned off") && last.contains(" more.") && last.contains("Done by"), "{last}");
}
