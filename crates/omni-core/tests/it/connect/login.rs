//! The link into Meta's login, and how it ends.

use super::*;

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
fn callbacks_that_anybody_can_repeat_do_not_flood_the_channels() {
    let world = entered();
    let app = world.instance();
    install(&app);
    type_command(&app, Channel::Facebook, "authorize");
    let link = query(&login_urls(&world, "admin")[0])["state"].clone();
    FacebookLogin::of(vec![page("101", "Corner Shop", None)]).script(&world);
    assert_eq!(with_code(&app, &link).status, 200);
    // A link that was used stays in the browser's history and in the server's access log.
    let repeat = |says: &str, status: u16, answer: &dyn Fn(usize) -> WebAnswer| {
        let told = |world: &World| in_setup(world, Channel::Facebook).iter().filter(|text| text.contains(says)).count();
        for attempt in 0..20 {
            let answer = answer(attempt);
            assert!(
                answer.status == status && answer.body.contains(says),
                "the page says it each time: {}",
                answer.body
            );
        }
        assert_eq!(told(&world), 1, "{says}");
        world.advance(11 * 60 * 1000);
        answer(20);
        assert_eq!(told(&world), 2, "{says}: later it is news again");
    };
    repeat("not started here", 403, &|attempt| with_code(&app, &format!("{attempt}.forged")));
    repeat("Nothing came", 400, &|_| come_back(&app, &[]));
    // These take turns within the time of the others: each is told of by itself.
    type_command(&app, Channel::Facebook, "authorize");
    let fresh = query(&login_urls(&world, "admin")[0])["state"].clone();
    come_back(&app, &[("error", "access_denied"), ("error_reason", "user_denied"), ("state", &fresh)]);
    let told = |says: &str| in_setup(&world, Channel::Facebook).iter().filter(|text| text.contains(says)).count();
    for _ in 0..20 {
        assert_eq!(with_code(&app, &fresh).status, 410);
    }
    assert_eq!(told("used already"), 1);
    repeat("too old", 410, &|_| with_code(&app, &link));
}

#[test]
fn a_link_for_facebook_asks_for_nothing_of_instagram() {
    let world = entered();
    let app = world.instance();
    install(&app);
    type_command(&app, Channel::Facebook, "authorize");
    let scope = query(&login_urls(&world, "admin")[0])["scope"].clone();
    let asked: Vec<&str> = scope.split(',').collect();
    assert!(asked.contains(&"pages_messaging") && asked.contains(&"business_management"), "{scope}");
    assert!(!scope.contains("instagram"), "an app for Messenger alone has no such permission: {scope}");
    let said = whispered(&world, "admin");
    assert!(said.contains(&world.rocket_chat().environment.endpoints["oauth"]), "what Meta refuses without: {said}");
}
