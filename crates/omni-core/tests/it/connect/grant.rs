//! What a login granted, and what it did not.

use super::*;

#[test]
fn a_list_that_is_too_much_for_meta_is_read_in_parts() {
    let world = entered();
    let app = world.instance();
    install(&app);
    world.meta_mut().expect("GET", "profile_picture_url").error(400, 100, None);
    world.meta_mut().expect("GET", "/me/accounts?").error(500, 1, None);
    FacebookLogin::of(vec![page("101", "Corner Shop", Some(("17801", "corner.shop")))]).script(&world);
    log_in(&app, Channel::Instagram);
    assert_eq!(accounts(&world)[0].username.as_deref(), Some("corner.shop"));
    let meta = world.meta();
    let asked: Vec<&str> = meta.sent_to("GET", "/me/accounts").iter().map(|one| one.query("limit").unwrap()).collect();
    assert_eq!(asked, ["100", "100", "20"], "fewer fields, then fewer Pages");
}

#[test]
fn one_granted_account_is_connected_and_subscribed_at_once() {
    for (channel, account) in [(Channel::Facebook, "101"), (Channel::Instagram, "17801")] {
        let world = entered();
        let app = world.instance();
        install(&app);
        FacebookLogin::of(vec![page("101", "Corner Shop", Some(("17801", "corner.shop")))]).script(&world);
        let answer = log_in(&app, channel);
        assert_eq!(answer.status, 200, "{}", answer.body);
        world.meta().assert_all_met();
        let accounts = accounts(&world);
        assert_eq!(accounts.len(), 1);
        let connected = &accounts[0];
        assert_eq!((connected.channel, connected.id.as_str(), connected.subscribed), (channel, account, true));
        assert_eq!(connected.token.expose(), "EAApage-token-101");
        assert_eq!((connected.meta_user_id.as_str(), connected.connected_by.as_str()), (META_USER, "admin-id"));
        let meta = world.meta();
        let subscribed = meta.sent_to("POST", "/101/subscribed_apps");
        assert_eq!(subscribed.len(), 1);
        assert_eq!(subscribed[0].header("authorization"), Some("Bearer EAApage-token-101"));
        drop(meta);
        let said = in_setup(&world, channel).join("\n");
        assert!(said.contains("Corner Shop") && said.contains(account), "{said}");
        type_command(&app, channel, "list");
        assert!(whispered(&world, "admin").contains(account));
    }
}

#[test]
fn what_cannot_be_connected_is_named_with_its_reason() {
    let mut no_role = page("102", "No Role", Some(("17802", "no.role")));
    no_role["tasks"] = json!(["ANALYZE"]);
    let mut no_manage = page("103", "Messages Only", Some(("17803", "messages.only")));
    no_manage["tasks"] = json!(["MESSAGING"]);
    let mut no_token = page("104", "No Token", Some(("17804", "no.token")));
    no_token.as_object_mut().unwrap().remove("access_token");
    let alone = page("105", "No Instagram", None);
    let left_out = page("106", "Left Out", Some(("17806", "left.out")));
    let granular: Vec<Value> = FACEBOOK_SCOPES
        .iter()
        .map(|scope| {
            let instagram = scope.starts_with("instagram");
            let pages = if instagram { ["17802", "17803", "17804"].as_slice() } else { &["102", "103", "104", "105"] };
            json!({ "scope": scope, "target_ids": pages })
        })
        .collect();
    let world = entered();
    let app = world.instance();
    install(&app);
    let login = FacebookLogin {
        pages: vec![no_role, no_manage, no_token, alone, left_out],
        granular: granular.into(),
        ..FacebookLogin::default()
    };
    login.script(&world);
    let answer = log_in(&app, Channel::Instagram);
    assert!(accounts(&world).is_empty());
    let said = in_setup(&world, Channel::Instagram).join("\n");
    for (account, reason) in [
        ("no.role", "does not include messages"),
        ("messages.only", "may not turn webhooks on"),
        ("no.token", "belongs to a Business"),
        ("No Instagram", "no Instagram professional account"),
        ("left.out", "left out when"),
    ] {
        for text in [&said, &answer.body] {
            let there = text.split(['\n', '<']).any(|line| line.contains(account) && line.contains(reason));
            assert!(there, "{account}: {reason} in {text}");
        }
    }
}

#[test]
fn a_declined_permission_is_named_and_can_be_asked_for_again() {
    let world = entered();
    let app = world.instance();
    install(&app);
    let scopes = FACEBOOK_SCOPES.iter().filter(|scope| **scope != "pages_messaging").copied().collect();
    FacebookLogin { scopes, ..FacebookLogin::of(vec![page("101", "Corner Shop", None)]) }.script(&world);
    let answer = log_in(&app, Channel::Facebook);
    assert!(answer.body.contains("pages_messaging"), "{}", answer.body);
    let server = world.rocket_chat();
    let room = server.channel(Channel::Facebook.setup_channel()).unwrap();
    let last = server.in_room(&room.id).last().cloned().unwrap().clone();
    assert!(last.text.contains("pages_messaging"));
    assert_eq!(buttons(&last.blocks)[0]["actionId"], "connect:rerequest");
}

#[test]
fn all_pages_of_the_list_businesses_and_named_pages_are_found() {
    let world = entered();
    let app = world.instance();
    install(&app);
    let mut meta = world.meta_mut();
    meta.expect("POST", "/oauth/access_token").times(2).json(json!({ "access_token": USER_TOKEN }));
    let granular = json!([{ "scope": "pages_messaging", "target_ids": ["201", "202", "203", "204", "205"] }]);
    meta.expect("GET", "/debug_token").json(json!({ "data": {
        "app_id": APP_ID, "is_valid": true, "scopes": FACEBOOK_SCOPES, "granular_scopes": granular, "user_id": META_USER,
    }}));
    // Empty first page, more behind it; the address in `next` is not to be followed.
    let more = json!({ "cursors": { "after": "c1" }, "next": "https://evil.example/?after=c1&access_token=x" });
    meta.expect("GET", "/me/accounts").json(json!({ "data": [], "paging": more }));
    meta.expect("GET", "after=c1").json(json!({ "data": [page("201", "First", None)] }));
    meta.expect("GET", "/me/businesses").json(json!({ "data": [{ "id": "b1", "name": "Holding" }] }));
    meta.expect("GET", "/b1/owned_pages").json(json!({ "data": [page("202", "Owned", None)] }));
    let bare = json!({ "id": "201", "name": "First" });
    meta.expect("GET", "/b1/client_pages").json(json!({ "data": [page("203", "Client", None), bare] }));
    meta.expect("GET", "/204?").json(page("204", "Named", None));
    meta.expect("GET", "/205?").error(400, 100, Some(33));
    drop(meta);
    let answer = log_in(&app, Channel::Facebook);
    assert_eq!(answer.status, 200);
    world.meta().assert_all_met();
    assert!(answer.body.contains('4'), "{}", answer.body);
    world.assert_urls_hold_none_of(&["evil.example"]);
    let view = open_choice(&app);
    let options = view.blocks[0]["element"]["options"].as_array().unwrap().clone();
    let ids: Vec<&str> = options.iter().map(|option| option["value"].as_str().unwrap()).collect();
    assert_eq!(ids, ["203", "201", "204", "202"], "by name");
}

#[test]
fn an_instagram_account_without_a_page_is_connected_by_its_own_login() {
    let world = entered();
    let app = world.instance();
    let mut server = world.rocket_chat_mut();
    server.settings.insert("instagram_app_id".to_owned(), INSTAGRAM_APP_ID.into());
    server.settings.insert("instagram_app_secret".to_owned(), INSTAGRAM_APP_SECRET.into());
    drop(server);
    install(&app);
    type_command(&app, Channel::Instagram, "authorize");
    let url = login_urls(&world, "admin").pop().unwrap();
    let mut meta = world.meta_mut();
    let permissions = "instagram_business_basic,instagram_business_manage_messages";
    let short = json!({ "data": [{ "access_token": "IGAAshort", "user_id": "900", "permissions": permissions }] });
    meta.expect("POST", "https://api.instagram.com/oauth/access_token").json(short);
    let long = json!({ "access_token": "IGAAlong", "expires_in": 5_184_000 });
    meta.expect("GET", "https://graph.instagram.com/access_token").json(long);
    let me = json!({ "id": "900", "user_id": "17809", "username": "no.page", "name": "No Page" });
    meta.expect("GET", "https://graph.instagram.com/v26.0/me").json(me);
    drop(meta);
    let answer = come_back(&app, &[("code", "the-code#_"), ("state", &query(&url)["state"])]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let account = accounts(&world).remove(0);
    assert_eq!(account.id.as_str(), "17809");
    assert_eq!(account.token_expires_at, Some(world.now() + 5_184_000_000));
    let meta = world.meta();
    meta.assert_all_met();
    let subscribed = meta.sent_to("POST", "https://graph.instagram.com/v26.0/17809/subscribed_apps");
    assert_eq!(subscribed.len(), 1);
    drop(meta);
    // A week later it is renewed, and each week from then on.
    world.advance(8 * 24 * 60 * 60 * 1000);
    world
        .meta_mut()
        .expect("GET", "/refresh_access_token")
        .json(json!({ "access_token": "IGAAnext", "expires_in": 5_184_000 }));
    let fields = json!([
        "messages",
        "message_reactions",
        "messaging_postbacks",
        "messaging_seen",
        "messaging_referral",
        "standby"
    ]);
    let there = json!({ "data": [{ "id": "parent", "subscribed_fields": fields }] });
    world.meta_mut().expect("GET", "/17809/subscribed_apps").always().json(there);
    app.job(job::DAILY);
    app.job(job::DAILY);
    let renewed = accounts(&world).remove(0);
    assert_eq!(renewed.token.expose(), "IGAAnext");
    assert_eq!(renewed.token_expires_at, Some(world.now() + 5_184_000_000));
    world.assert_logs_hold_none_of(&["IGAA", INSTAGRAM_APP_SECRET]);
}

#[test]
fn beside_what_is_connected_the_rest_is_named() {
    let mut no_role = page("102", "No Role", None);
    no_role["tasks"] = json!(["ANALYZE"]);
    let world = entered();
    let app = world.instance();
    install(&app);
    FacebookLogin::of(vec![page("101", "Corner Shop", None), no_role]).script(&world);
    let answer = log_in(&app, Channel::Facebook);
    assert_eq!(accounts(&world).len(), 1);
    for text in [answer.body, in_setup(&world, Channel::Facebook).join("\n")] {
        assert!(text.contains("No Role") && text.contains("does not include messages"), "{text}");
    }
}

#[test]
fn hundreds_of_accounts_that_cannot_be_connected_still_have_a_page_and_a_message() {
    let world = entered();
    let app = world.instance();
    install(&app);
    let pages = (0..300).map(|n| page(&format!("1{n:04}"), &format!("Shop number {n} of a very long list"), None));
    FacebookLogin::of(pages.collect()).script(&world);
    let answer = log_in(&app, Channel::Instagram);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let said = in_setup(&world, Channel::Instagram).join("\n");
    for text in [answer.body, said] {
        assert!(
            text.contains("Nothing to connect") && text.contains("Shop number 0 ") && text.contains(" more."),
            "{text}"
        );
    }
}
