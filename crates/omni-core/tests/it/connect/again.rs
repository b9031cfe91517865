//! Accounts that are connected already.

use super::*;

#[test]
fn authorizing_again_renews_and_keeps_what_was_edited() {
    let world = entered().connected();
    let app = world.instance();
    install(&app);
    let mut account = accounts(&world).into_iter().find(|a| a.channel == Channel::Facebook).unwrap();
    account.config.welcome = "Hi there".to_owned();
    account.token_state = omni_core::store::TokenState::Dead { since: 1, code: 190, subcode: None };
    world
        .rocket_chat_mut()
        .records
        .retain(|record| !record.keys.iter().any(|key| key == "account:facebook:2000000000000002"));
    world.rocket_chat_mut().store(&account);
    FacebookLogin::of(vec![page(PAGE, "Corner Shop", None), page("102", "Beta", None)]).script(&world);
    let answer = log_in(&app, Channel::Facebook);
    assert!(answer.body.contains("Almost done"), "Beta is still to be chosen: {}", answer.body);
    let renewed: Vec<Account> = accounts(&world).into_iter().filter(|a| a.channel == Channel::Facebook).collect();
    assert_eq!(renewed.len(), 1);
    assert_eq!(renewed[0].token.expose(), format!("EAApage-token-{PAGE}"));
    assert_eq!(renewed[0].token_state, omni_core::store::TokenState::Valid);
    assert_eq!(renewed[0].config.welcome, "Hi there");
}

#[test]
fn a_page_moved_to_another_instagram_account_leaves_one_account() {
    let world = entered();
    let app = world.instance();
    install(&app);
    FacebookLogin::of(vec![page("101", "Corner Shop", Some(("17801", "old.shop")))]).script(&world);
    log_in(&app, Channel::Instagram);
    let mut old = accounts(&world).remove(0);
    old.config.welcome = "Hi".to_owned();
    world.rocket_chat_mut().records.retain(|record| record.data["kind"] != "account");
    world.rocket_chat_mut().store(&old);
    FacebookLogin::of(vec![page("101", "Corner Shop", Some(("17802", "new.shop")))]).script(&world);
    log_in(&app, Channel::Instagram);
    let now = accounts(&world);
    assert_eq!(now.len(), 1, "{now:?}");
    assert_eq!((now[0].id.as_str(), now[0].config.welcome.as_str()), ("17802", "Hi"));
    assert!(in_setup(&world, Channel::Instagram).iter().any(|t| t.contains("old.shop") && t.contains("new.shop")));
}

#[test]
fn two_administrators_on_two_instances_leave_one_account() {
    for seed in 0..40 {
        let world = entered_seeded(seed);
        let (one, two) = (world.instance(), world.instance());
        install(&one);
        world.rocket_chat_mut().add_user("second", "Second Admin", &["livechat-manager"], "user");
        let grant = FacebookLogin::of(vec![page("101", "Corner Shop", None)]);
        let mut urls = Vec::new();
        for (app, user) in [(&one, "admin"), (&two, "second")] {
            assert_eq!(press(app, user, "connect:authorize", "facebook"), UiAnswer::Done);
            urls.push(login_urls(&world, user).remove(0));
        }
        for _ in 0..2 {
            grant.script(&world);
        }
        let pending: Vec<_> = [&one, &two]
            .iter()
            .zip(&urls)
            .map(|(app, url)| {
                let asked = [("code", "the-code".to_owned()), ("state", query(url)["state"].clone())];
                let query = asked.map(|(name, value)| (name.to_owned(), value)).into();
                let request = WebRequest { query, ..WebRequest::default() };
                app.start(async move |session| session.oauth_callback(request).await)
            })
            .collect();
        world.settle();
        for answer in pending {
            assert_eq!(answer.take().unwrap().unwrap().status, 200);
        }
        world.advance(120_000);
        script_healthy(&world);
        for app in [&one, &two] {
            app.job(job::DAILY);
            app.job(job::TICK);
        }
        assert_eq!(accounts(&world).len(), 1, "seed {seed}: {:?}", accounts(&world));
        for app in [&one, &two] {
            type_command(app, Channel::Facebook, "list");
            assert_eq!(whispered(&world, "admin").lines().count(), 1, "seed {seed}");
        }
    }
}

#[test]
fn what_was_turned_off_stays_off_when_it_is_authorized_again() {
    let world = entered().connected();
    let app = world.instance();
    install(&app);
    let value = format!("facebook:{PAGE}");
    assert_eq!(press(&app, "admin", "connect:unsubscribe", &value), UiAnswer::Done);
    FacebookLogin::of(vec![page(PAGE, "Corner Shop", None)]).script(&world);
    assert_eq!(log_in(&app, Channel::Facebook).status, 200);
    let account = accounts(&world).into_iter().find(|account| account.channel == Channel::Facebook).unwrap();
    assert_eq!((account.token.expose(), account.subscribed), (&*format!("EAApage-token-{PAGE}"), false));
    let meta = world.meta();
    let last = meta.requests.iter().rev().find(|request| request.path().ends_with("/subscribed_apps")).unwrap();
    assert_eq!(subscribed_fields(last), "messages,message_reactions", "the Instagram account's alone");
}
