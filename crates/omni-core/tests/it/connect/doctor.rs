use super::*;
use meta_wire::request::subscriptions::{INSTAGRAM_FIELDS, MESSENGER_FIELDS};

/// Everything as it should be, but for what a test scripts before.
pub(super) fn world_with(script: impl FnOnce(&mut Meta)) -> (World, Instance) {
    let world = entered().connected();
    let app = world.instance();
    install(&app);
    world.meta_mut().forget_script();
    let callback = world.rocket_chat().environment.endpoints["webhook"].clone();
    script(&mut world.meta_mut());
    let mut meta = world.meta_mut();
    let whole = |object: &str, fields: &[&str]| json!({ "object": object, "callback_url": callback, "active": true, "fields": fields });
    let there = json!({ "data": [whole("page", MESSENGER_FIELDS), whole("instagram", INSTAGRAM_FIELDS)] });
    meta.expect("GET", "/subscriptions").always().json(there);
    meta.expect("GET", "/debug_token").always().json(json!({ "data": {
        "app_id": APP_ID, "is_valid": true, "expires_at": 0, "scopes": FACEBOOK_SCOPES,
    }}));
    let subscribed = json!({ "data": [{ "id": APP_ID, "subscribed_fields": MESSENGER_FIELDS }] });
    meta.expect("GET", "/subscribed_apps").always().json(subscribed);
    meta.expect("GET", "/conversations").always().json(json!({ "data": [] }));
    meta.expect("GET", "messaging_feature_status").always().json(json!({
        "messaging_feature_status": { "hop_v2": false, "msgr_multi_app": false, "ig_multi_app": false },
    }));
    meta.expect("POST", "/private-hash/webhook").always().json(json!({ "ok": true }));
    drop(meta);
    (world, app)
}

pub(super) fn doctor(app: &Instance, channel: Channel) -> String {
    type_command(app, channel, "doctor");
    whispered(app.world(), "admin")
}

fn line<'a>(report: &'a str, with: &str) -> &'a str {
    report.lines().find(|line| line.contains(with)).unwrap_or_else(|| panic!("`{with}` in {report}"))
}

#[test]
fn each_check_has_a_line() {
    let (_world, app) = world_with(|_| ());
    for channel in Channel::ALL {
        let report = doctor(&app, channel);
        for (mark, what) in [
            ('✓', "public https"),
            ('✓', "Omnichannel is enabled"),
            ('✓', "agent is online"),
            ('○', "for an agent's first answer"),
            ('✓', "Meta accepts App ID"),
            ('○', "App mode"),
            ('✓', "is registered with all fields"),
            ('○', "No event from Meta"),
            ('✓', "No webhook was rejected"),
            ('✓', "does not expire"),
            ('✓', "All needed permissions"),
            ('✓', "Meta delivers all its events"),
            ('○', "No default app is chosen"),
        ] {
            assert!(line(&report, what).starts_with(mark), "{what}: {report}");
        }
        assert_eq!(report.contains("Access to messages is allowed"), channel == Channel::Instagram, "{report}");
        assert!(!report.contains("EAA") && !report.contains(APP_SECRET));
    }
}

/// What the app may write before an agent answers, and what to change for it.
#[test]
fn what_counts_as_an_answer_is_said_with_what_to_change() {
    let all = [
        "`Omnichannel_Metrics_Ignore_Automatic_Messages`",
        "`omni-direct.bot` the role `bot`",
        "`Livechat_auto_transfer_chat_timeout`",
    ];
    for (setting, bot, transfers, wanted) in [
        (false, false, false, vec![0, 1]),
        (true, false, false, vec![1]),
        (false, true, true, vec![0, 2]),
        (true, true, true, vec![2]),
        (true, true, false, vec![]),
    ] {
        let (world, app) = world_with(|_| ());
        if bot {
            world.uncounted();
        }
        world.rocket_chat_mut().environment.ignores_bots = setting;
        world.rocket_chat_mut().environment.transfers_unanswered = transfers;
        let report = doctor(&app, Channel::Facebook);
        let found =
            if wanted.is_empty() { "leave out what `omni-direct.bot` writes" } else { "for an agent's first answer" };
        let line = line(&report, found);
        assert!(line.starts_with(if wanted.is_empty() { '✓' } else { '○' }), "{line}");
        let named: Vec<usize> = (0..3).filter(|at| line.contains(all[*at])).collect();
        assert_eq!(named, wanted, "{line}");
    }
}

/// What is wrong, and the line that says so.
#[test]
fn each_fault_is_found_and_has_its_fix() {
    type Script = fn(&mut Meta);
    let at_meta: [(Script, &str); 9] = [
        (
            |meta| {
                meta.expect("GET", "/subscriptions").always().error(400, 101, None);
            },
            "Copy both anew",
        ),
        (
            |meta| {
                meta.expect("GET", "/subscriptions").always().json(json!({ "data": [] }));
            },
            "No webhook for instagram",
        ),
        (
            |meta| {
                let other =
                    json!({ "object": "instagram", "callback_url": "https://other.example/x", "fields": ["messages"] });
                meta.expect("GET", "/subscriptions").always().json(json!({ "data": [other] }));
            },
            "points to another address",
        ),
        (
            |meta| {
                meta.expect("GET", "/debug_token").always().json(json!({ "data": {
                    "app_id": APP_ID, "is_valid": true, "scopes": ["instagram_basic"],
                }}));
            },
            "Permissions are missing",
        ),
        (
            |meta| {
                meta.expect("GET", "/debug_token").always().json(json!({ "data": { "is_valid": false } }));
            },
            "token is invalid",
        ),
        (
            |meta| {
                let some = json!({ "data": [{ "id": APP_ID, "subscribed_fields": ["messages"] }] });
                meta.expect("GET", "/subscribed_apps").always().json(some);
            },
            "does not deliver the fields",
        ),
        (
            |meta| {
                meta.expect("GET", "/conversations").always().error(400, 200, Some(2534041));
            },
            "Access to messages is off",
        ),
        (
            |meta| {
                meta.expect("POST", "/private-hash/webhook").always().status(404);
            },
            "answered HTTP 404",
        ),
        (
            |meta| {
                meta.expect("POST", "/private-hash/webhook").always().lost("network");
            },
            "got no answer",
        ),
    ];
    for (script, says) in at_meta {
        let (_world, app) = world_with(script);
        let report = doctor(&app, Channel::Instagram);
        assert!(line(&report, says).starts_with('✗'), "{says}: {report}");
    }
    type Arrange = fn(&mut RocketChat);
    let at_home: [(Arrange, &str); 5] = [
        (|server| server.environment.site_url = "http://localhost:3000".to_owned(), "not a public https"),
        (|server| server.environment.omnichannel = false, "Omnichannel is disabled"),
        (|server| server.online.clear(), "No agent is online"),
        (|server| drop(server.settings.remove("meta_app_secret")), "are not entered"),
        (|server| drop(server.settings.insert("signature_enforcement".to_owned(), "permit".into())), "not enforced"),
    ];
    let (world, app) = world_with(|_| ());
    world.rocket_chat_mut().environment.without_agents = true;
    let report = doctor(&app, Channel::Instagram);
    assert!(line(&report, "no customer gets the offline message").starts_with('○'), "{report}");
    for (arrange, says) in at_home {
        let (world, app) = world_with(|_| ());
        arrange(&mut world.rocket_chat_mut());
        let report = doctor(&app, Channel::Instagram);
        assert!(line(&report, says).starts_with('✗'), "{says}: {report}");
    }
}

#[test]
fn the_self_test_is_known_when_it_comes_back_and_leaves_nothing() {
    let (world, app) = world_with(|_| ());
    let report = doctor(&app, Channel::Facebook);
    assert!(line(&report, "answered HTTP 200").starts_with('✗'), "an answer without the nonce is somebody else's");
    let meta = world.meta();
    let sent = meta.sent_to("POST", "/private-hash/webhook").last().cloned().unwrap().clone();
    drop(meta);
    let nonce = sent.body.pointer("/entry/0/changes/0/value/nonce").unwrap().as_str().unwrap().to_owned();
    let header = sent.header(meta_wire::signature::HEADER).unwrap().to_owned();
    let request = |header: String| WebRequest {
        headers: [(meta_wire::signature::HEADER.to_owned(), header)].into(),
        body: sent.body.to_string(),
        ..WebRequest::default()
    };
    let records = world.rocket_chat().records.len();
    let good = request(header);
    let answer = app.run(async move |session| session.receive_webhook(good).await).unwrap();
    assert!(answer.status == 200 && answer.body.contains(&nonce), "{}", answer.body);
    assert_eq!(world.rocket_chat().records.len(), records);
    let forged = request(format!("sha256={}", "0".repeat(64)));
    let answer = app.run(async move |session| session.receive_webhook(forged).await).unwrap();
    assert!(answer.status == 401 && !answer.body.contains(&nonce), "{}", answer.body);
    assert!(line(&doctor(&app, Channel::Facebook), "No event from Meta").starts_with('○'), "a test is no event");
}

#[test]
fn events_and_refusals_of_all_instances_are_counted() {
    let (world, one) = world_with(|_| ());
    let two = world.instance();
    let forged = || WebRequest { body: "{}".to_owned(), ..WebRequest::default() };
    for app in [&one, &two] {
        for _ in 0..3 {
            let request = forged();
            let answer = app.run(async move |session| session.receive_webhook(request).await).unwrap();
            assert_eq!(answer.status, 401);
        }
    }
    one.webhook(&delivery("page", PAGE, &text_item("6001", PAGE, "m_1", world.now(), "Hello")));
    two.job(job::TICK);
    one.job(job::TICK);
    let report = doctor(&two, Channel::Facebook);
    assert!(line(&report, "6 webhooks").starts_with('✗'), "{report}");
    assert!(line(&report, "Last event from Meta: ").starts_with('✓'), "{report}");
    // What a process that ended had seen is not lost.
    one.restart();
    assert!(doctor(&one, Channel::Facebook).contains("6 webhooks"));
}

#[test]
fn refusals_do_not_fill_persistence() {
    let (world, app) = world_with(|_| ());
    let writes = world.count_of("store_update");
    for _ in 0..200 {
        let request = WebRequest { body: "{}".to_owned(), ..WebRequest::default() };
        app.run(async move |session| session.receive_webhook(request).await).unwrap();
    }
    // Once that it happened, and once that it was told.
    assert!(world.count_of("store_update") - writes <= 2, "{}", world.count_of("store_update") - writes);
}

#[test]
fn status_tells_without_asking_meta() {
    let (world, app) = world_with(|_| ());
    let before = world.count_of("http");
    type_command(&app, Channel::Instagram, "STATUS");
    let said = whispered(&world, "admin");
    assert!(said.contains("are entered") && said.contains("@corner.shop"), "{said}");
    assert_eq!(world.count_of("http"), before);
}

#[test]
fn one_slow_check_does_not_cost_the_others() {
    let (world, app) = world_with(|meta| {
        meta.expect("GET", "/debug_token").always().lost("timeout");
    });
    let report = doctor(&app, Channel::Instagram);
    assert!(line(&report, "did not answer this check").starts_with('✗'), "{report}");
    for what in ["Meta delivers all its events", "Access to messages is allowed", "No default app is chosen"] {
        line(&report, what);
    }
    world.meta_mut().forget_script();
    for (method, part) in [("GET", "graph.facebook.com"), ("POST", "/private-hash/webhook")] {
        world.meta_mut().expect(method, part).always().after(9_500).json(json!({ "data": [] }));
    }
    for n in 0..60 {
        let mut account = page_account(world.now());
        account.record_id = format!("record-{n}");
        (account.id, account.page_id) = (format!("3{n:03}").as_str().into(), Some(format!("3{n:03}").as_str().into()));
        account.name = format!("Shop {n}");
        world.rocket_chat_mut().store(&account);
    }
    let started = world.now();
    let report = doctor(&app, Channel::Facebook);
    assert!(world.now() - started < 25_000, "{} ms: the host waits for 30 s", world.now() - started);
    assert!(report.contains("Shop 59") && line(&report, "in time").starts_with('○'), "{report}");
    line(&report, "public https");
    line(&report, "got no answer");
}

#[test]
fn what_meta_does_not_answer_is_not_the_credentials_fault() {
    type Script = fn(&mut Meta);
    let cases: [(Script, &str); 3] = [
        (
            |meta| {
                meta.expect("GET", "/subscriptions").always().lost("timeout");
            },
            "graph.facebook.com",
        ),
        (
            |meta| {
                meta.expect("GET", "/subscriptions").always().error(400, 4, None);
            },
            "limit of calls",
        ),
        (
            |meta| {
                meta.expect("GET", "/subscriptions").always().error(400, 190, None);
            },
            "Copy both anew",
        ),
    ];
    for (script, says) in cases {
        let (_world, app) = world_with(script);
        let report = doctor(&app, Channel::Facebook);
        let line = line(&report, "App ID and App Secret: ");
        assert!(line.contains(says), "{report}");
        assert_eq!(line.contains("Copy both anew"), says == "Copy both anew", "{line}");
    }
}

#[test]
fn an_account_of_another_meta_app_is_named() {
    let (world, app) = world_with(|_| ());
    world.rocket_chat_mut().settings.insert("meta_app_id".to_owned(), "7777777777".into());
    let report = doctor(&app, Channel::Facebook);
    let line = line(&report, "another Meta app");
    assert!(line.starts_with('✗') && line.contains(APP_ID), "{report}");
}
