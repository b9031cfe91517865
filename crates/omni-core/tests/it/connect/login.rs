use super::*;

#[test]
fn installing_leaves_bots_channels_and_the_steps() {
    for seed in 0..20 {
        installing_at(seed);
    }
}

fn installing_at(seed: u64) {
    let world = entered_seeded(seed);
    let app = world.instance();
    install(&app);
    app.job(job::TICK);
    let server = world.rocket_chat();
    for channel in Channel::ALL {
        let room = server.channel(channel.setup_channel()).expect("a setup channel");
        for member in [channel.bot(), "admin"] {
            assert!(room.members.contains(member), "{member} in {room:?}");
        }
        let messages = server.in_room(&room.id);
        let steps: Vec<_> = messages.iter().filter(|m| m.text.contains("/private-hash/oauth")).collect();
        assert_eq!(steps.len(), 1, "{messages:?}");
        let steps = steps[0];
        assert_eq!(steps.sender.as_ref().unwrap().username, channel.bot());
        let installation: Vec<omni_core::store::Installation> = server.stored();
        let token = &installation[0].verify_token;
        for wanted in ["/private-hash/webhook", "/private-hash/deauthorize", "/private-hash/deletion", token] {
            assert!(steps.text.contains(wanted), "{wanted} in {}", steps.text);
        }
        assert!(!steps.text.contains(&installation[0].state_key));
        let start = buttons(&steps.blocks).into_iter().find(|b| b["actionId"] == "connect:authorize").unwrap();
        assert_eq!(start["value"], channel.as_str());
    }
}

#[test]
fn the_steps_follow_the_address_and_a_deleted_channel_comes_back() {
    let world = entered();
    let app = world.instance();
    world.rocket_chat_mut().environment.endpoints.clear();
    install(&app);
    assert!(in_setup(&world, Channel::Facebook).is_empty(), "no address is known yet");
    let moved = "https://new.example.com/api/apps/private/app-id/private-hash/webhook".to_owned();
    world.rocket_chat_mut().environment.endpoints.insert("webhook".to_owned(), moved.clone());
    world.advance(60_000);
    app.job(job::TICK);
    let shown = in_setup(&world, Channel::Facebook);
    assert!(shown[0].contains(&moved), "{shown:?}");
    world.rocket_chat_mut().channels.clear();
    world.rocket_chat_mut().add_user("manager", "Mia", &["livechat-manager"], "user");
    // Typed elsewhere: the setup channel is gone.
    app.command(Channel::Facebook, "manager", "general", "help");
    let server = world.rocket_chat();
    let room = server.channel(Channel::Facebook.setup_channel()).expect("made again");
    assert!(room.members.contains("manager") && room.members.contains("facebook.bot"), "{room:?}");
}

#[test]
fn the_app_registers_its_webhooks_by_itself() {
    let world = entered();
    let app = world.instance();
    install(&app);
    let meta = world.meta();
    let posts = meta.sent_to("POST", &format!("/{APP_ID}/subscriptions"));
    let objects: Vec<&str> = posts.iter().map(|post| post.body["object"].as_str().unwrap()).collect();
    assert_eq!(objects, ["instagram", "page"]);
    for post in posts {
        let installation: Vec<omni_core::store::Installation> = world.rocket_chat().stored();
        assert_eq!(post.body["verify_token"], installation[0].verify_token.as_str());
        let callback = post.body["callback_url"].as_str().unwrap();
        assert!(callback.ends_with("/private-hash/webhook"), "{callback}");
        assert!(post.body["fields"].as_str().unwrap().contains("messages"));
    }
    drop(meta);
    let before = world.count_of("http");
    app.job(job::TICK);
    assert_eq!(world.count_of("http"), before, "once is enough");
    // New credentials are registered again.
    let saved = app.save_setting("meta_app_secret", "abcdefabcdefabcdefabcdefabcdefab".into());
    assert!(matches!(saved, SettingAnswer::Accepted { .. }));
    app.job(job::TICK);
    assert!(world.count_of("http") > before);
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
fn the_link_asks_for_what_is_needed_and_comes_back_to_us() {
    let world = entered();
    let app = world.instance();
    install(&app);
    type_command(&app, Channel::Instagram, "authorize");
    let urls = login_urls(&world, "admin");
    assert_eq!(urls.len(), 1, "Instagram Login has no app yet");
    let query = query(&urls[0]);
    assert!(urls[0].starts_with("https://www.facebook.com/v26.0/dialog/oauth?"));
    assert_eq!(query["client_id"], APP_ID);
    assert_eq!(query["redirect_uri"], world.rocket_chat().environment.endpoints["oauth"]);
    for scope in FACEBOOK_SCOPES {
        assert!(query["scope"].split(',').any(|asked| asked == scope), "{scope}");
    }
    let mut server = world.rocket_chat_mut();
    server.settings.insert("instagram_app_id".to_owned(), INSTAGRAM_APP_ID.into());
    server.settings.insert("instagram_app_secret".to_owned(), INSTAGRAM_APP_SECRET.into());
    drop(server);
    assert_eq!(press(&app, "admin", "connect:rerequest", "instagram"), UiAnswer::Done);
    let urls = login_urls(&world, "admin");
    assert!(urls[0].contains("auth_type=rerequest"));
    assert!(urls[1].starts_with("https://www.instagram.com/oauth/authorize?"));
    assert!(urls[1].contains(&format!("client_id={INSTAGRAM_APP_ID}")));
}

#[test]
fn nothing_is_offered_without_credentials() {
    let world = entered();
    world.rocket_chat_mut().settings.clear();
    let app = world.instance();
    install(&app);
    type_command(&app, Channel::Facebook, "authorize");
    assert!(login_urls(&world, "admin").is_empty());
    assert!(whispered(&world, "admin").contains("App ID and App Secret"));
    assert_eq!(world.count_of("http"), 0);
}

/// A login that ends badly: what Meta and the browser do, and what the page and the channel say.
struct Bad {
    name: &'static str,
    status: u16,
    says: &'static str,
    go: fn(&World, &Instance, &str) -> WebAnswer,
}

fn with_code(app: &Instance, state: &str) -> WebAnswer {
    come_back(app, &[("code", "the-code"), ("state", state)])
}

const BAD: &[Bad] = &[
    Bad {
        name: "forged",
        status: 403,
        says: "not started here",
        go: |_, app, state| with_code(app, &state.replace('a', "b").replace('1', "2")),
    },
    Bad {
        name: "expired",
        status: 410,
        says: "too old",
        go: |world, app, state| {
            world.advance(10 * 60 * 1000 + 1);
            with_code(app, state)
        },
    },
    Bad {
        name: "replayed",
        status: 410,
        says: "used already",
        go: |world, app, state| {
            FacebookLogin::of(vec![page("101", "Corner Shop", None)]).script(world);
            assert_eq!(with_code(app, state).status, 200);
            with_code(app, state)
        },
    },
    Bad {
        name: "declined",
        status: 200,
        says: "was cancelled",
        go: |_, app, state| {
            come_back(app, &[("error", "access_denied"), ("error_reason", "user_denied"), ("state", state)])
        },
    },
    Bad {
        name: "dialog",
        status: 400,
        says: "login failed",
        go: |_, app, state| come_back(app, &[("error_code", "1349187"), ("state", state)]),
    },
    Bad { name: "empty", status: 400, says: "Nothing came", go: |_, app, _| come_back(app, &[]) },
    Bad {
        name: "code",
        status: 400,
        says: "login code",
        go: |world, app, state| {
            world.meta_mut().expect("POST", "/oauth/access_token").error(400, 100, Some(36009));
            with_code(app, state)
        },
    },
    Bad {
        name: "wrong secret",
        status: 400,
        says: "App ID or App Secret is wrong",
        go: |world, app, state| {
            world.meta_mut().expect("POST", "/oauth/access_token").error(400, 1, None);
            with_code(app, state)
        },
    },
    Bad {
        name: "wrong app",
        status: 400,
        says: "App ID or App Secret is wrong",
        go: |world, app, state| {
            world.meta_mut().expect("POST", "/oauth/access_token").error(400, 101, None);
            with_code(app, state)
        },
    },
    Bad {
        name: "token of another app",
        status: 400,
        says: "App ID or App Secret is wrong",
        go: |world, app, state| {
            let mut meta = world.meta_mut();
            meta.expect("POST", "/oauth/access_token").times(2).json(json!({ "access_token": USER_TOKEN }));
            let debug = json!({ "data": { "app_id": "999", "is_valid": true, "scopes": [] } });
            meta.expect("GET", "/debug_token").json(debug);
            drop(meta);
            with_code(app, state)
        },
    },
    Bad {
        name: "Meta silent",
        status: 502,
        says: "Meta refused",
        go: |world, app, state| {
            world.meta_mut().expect("POST", "/oauth/access_token").lost("timeout");
            with_code(app, state)
        },
    },
    Bad {
        name: "no longer allowed",
        status: 403,
        says: "may not connect",
        go: |world, app, state| {
            world.rocket_chat_mut().users.iter_mut().find(|u| u.username == "admin").unwrap().roles.clear();
            with_code(app, state)
        },
    },
    Bad {
        name: "app changed",
        status: 400,
        says: "was changed meanwhile",
        go: |world, app, state| {
            world.rocket_chat_mut().settings.insert("meta_app_id".to_owned(), "77777777".into());
            with_code(app, state)
        },
    },
];

#[test]
fn every_bad_end_has_a_page_and_a_message_of_its_own() {
    for Bad { name, status, says, go } in BAD {
        let world = entered();
        let app = world.instance();
        install(&app);
        type_command(&app, Channel::Facebook, "authorize");
        let state = query(&login_urls(&world, "admin")[0])["state"].clone();
        let before = in_setup(&world, Channel::Facebook).len();
        let answer = go(&world, &app, &state);
        assert_eq!(answer.status, *status, "{name}: {}", answer.body);
        assert!(answer.body.contains(says), "{name}: {}", answer.body);
        let said = in_setup(&world, Channel::Facebook);
        assert!(said[before..].iter().any(|text| text.contains(says)), "{name}: {said:?}");
        for (header, value) in [("x-frame-options", "DENY"), ("referrer-policy", "no-referrer")] {
            assert_eq!(answer.headers[header], value, "{name}");
        }
        assert!(answer.headers["content-security-policy"].contains("default-src 'none'"), "{name}");
        for text in in_setup(&world, Channel::Facebook).iter().chain([&answer.body]) {
            for secret in [APP_SECRET, USER_TOKEN, SHORT_TOKEN, "the-code", state.as_str()] {
                assert!(!text.contains(secret), "{name}: {secret}");
            }
        }
        world.assert_logs_hold_none_of(&[APP_SECRET, USER_TOKEN, SHORT_TOKEN, "the-code"]);
    }
}

#[test]
fn forged_callbacks_do_not_flood_the_channels() {
    let world = entered();
    let app = world.instance();
    install(&app);
    let before = in_setup(&world, Channel::Instagram).len();
    for attempt in 0..20 {
        assert_eq!(with_code(&app, &format!("{attempt}.forged")).status, 403);
    }
    assert_eq!(in_setup(&world, Channel::Instagram).len(), before + 1);
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

/// Presses the newest button that offers a choice.
fn open_choice(app: &Instance) -> omni_core::host::ModalView {
    match press(app, "admin", "connect:choose", &choice_id(app.world())) {
        UiAnswer::Open { view } => view,
        other => panic!("{other:?}"),
    }
}

fn choice_id(world: &World) -> String {
    let server = world.rocket_chat();
    let all = server.messages.iter().rev().flat_map(|stored| buttons(&stored.message.blocks));
    let button = all.into_iter().find(|button| button["actionId"] == "connect:choose").expect("a choice");
    button["value"].as_str().unwrap().to_owned()
}

const THREE: [(&str, &str); 3] = [("101", "Alpha"), ("102", "Beta"), ("103", "Gamma")];

fn grant_three(app: &Instance) {
    let mut pages: Vec<Value> = THREE.iter().map(|(id, name)| page(id, name, None)).collect();
    pages[2]["tasks"] = json!(["ANALYZE"]);
    pages.push(page("104", "Delta", None));
    FacebookLogin::of(pages).script(app.world());
    let answer = log_in(app, Channel::Facebook);
    assert!(answer.body.contains("Almost done"), "{}", answer.body);
}

#[test]
fn of_several_accounts_the_person_chooses() {
    let world = entered();
    let app = world.instance();
    install(&app);
    grant_three(&app);
    assert!(accounts(&world).is_empty());
    let view = open_choice(&app);
    let shown = serde_json::to_string(&view).unwrap();
    assert!(shown.contains("Gamma") && shown.contains("does not include messages"), "{shown}");
    assert!(!shown.contains("EAA"), "a token in a window");
    let none = submit(&app, "admin", &view.id, &[("connect:accounts", json!([]))]);
    assert!(matches!(none, UiAnswer::Errors { .. }), "{none:?}");
    // What is greyed cannot be had by a made-up submission either.
    let answer = submit(&app, "admin", &view.id, &[("connect:accounts", json!(["101", "103", "104"]))]);
    assert_eq!(answer, UiAnswer::Done);
    let ids: Vec<String> = accounts(&world).iter().map(|account| account.id.to_string()).collect();
    assert_eq!(ids, ["101", "104"]);
    let again = submit(&app, "admin", &view.id, &[("connect:accounts", json!(["102"]))]);
    assert!(matches!(again, UiAnswer::Errors { .. }), "{again:?}");
    assert_eq!(accounts(&world).len(), 2);
}

#[test]
fn a_choice_is_the_persons_own_and_ends() {
    let world = entered();
    let app = world.instance();
    install(&app);
    grant_three(&app);
    let id = choice_id(&world);
    world.rocket_chat_mut().add_user("second", "Second Admin", &["admin"], "user");
    let values = [("connect:accounts", json!(["101"]))];
    for (user, expected) in [("second", "no longer open"), ("agent", "Only administrators")] {
        let UiAnswer::Open { view } = press(&app, user, "connect:choose", &id) else { panic!("{user}") };
        assert!(serde_json::to_string(&view).unwrap().contains(expected), "{user}");
        let answer = submit(&app, user, &format!("connect:choose:{id}"), &values);
        assert_ne!(answer, UiAnswer::Done, "{user}");
    }
    world.advance(60 * 60 * 1000 + 1);
    let late = submit(&app, "admin", &format!("connect:choose:{id}"), &values);
    assert!(matches!(late, UiAnswer::Errors { .. }), "{late:?}");
    assert!(accounts(&world).is_empty());
    app.job(job::TICK);
    let stored = serde_json::to_string(&world.rocket_chat().records.iter().map(|r| &r.data).collect::<Vec<_>>());
    assert!(!stored.unwrap().contains("EAApage-token"), "tokens that nobody chose are gone");
    assert!(in_setup(&world, Channel::Facebook).iter().any(|text| text.contains("time to choose is over")));
}

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
