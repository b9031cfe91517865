//! Meta's callbacks about people: somebody removed the app, or wants their data deleted.

use super::*;
use meta_wire::secret::Secret;
use omni_core::store::{LoginRoute, TokenState};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn connected() -> (World, Instance) {
    let world = entered().connected();
    let app = world.instance();
    install(&app);
    (world, app)
}

/// A form post as Meta signs it.
pub(super) fn signed(user: &str, at_ms: i64, secret: &str) -> WebRequest {
    use base64::Engine;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = json!({ "user_id": user, "algorithm": "HMAC-SHA256", "issued_at": at_ms / 1000 });
    let payload = engine.encode(payload.to_string());
    let signature = meta_wire::signature::sign(payload.as_bytes(), &Secret::new(secret).unwrap());
    let bytes = hex::decode(signature.trim_start_matches("sha256=")).unwrap();
    let text = format!("{}.{payload}", engine.encode(bytes));
    WebRequest { form: [("signed_request".to_owned(), text)].into(), ..WebRequest::default() }
}

#[test]
fn a_removed_app_drops_the_tokens_and_says_so() {
    let (world, app) = connected();
    let request = signed(META_USER, world.now(), APP_SECRET);
    let answer = app.run(async move |session| session.deauthorize(request).await).unwrap();
    assert_eq!(answer.status, 200);
    for account in accounts(&world) {
        assert_eq!(account.token.expose(), "");
        assert_eq!(account.meta_user_id, "");
        assert!(matches!(account.token_state, TokenState::Dead { .. }));
    }
    for channel in Channel::ALL {
        assert!(in_setup(&world, channel).iter().any(|text| text.contains("removed the app at Meta")));
    }
    let requests = world.meta().requests.len();
    app.job(job::DAILY);
    assert_eq!(world.meta().sent_to("GET", "/debug_token").len(), 0, "{requests}");
}

#[test]
fn a_deletion_is_confirmed_and_can_be_looked_up() {
    let (world, app) = connected();
    let request = signed(META_USER, world.now(), APP_SECRET);
    let answer = app.run(async move |session| session.data_deletion(request).await).unwrap();
    let confirmed: Value = serde_json::from_str(&answer.body).unwrap();
    let code = confirmed["confirmation_code"].as_str().unwrap().to_owned();
    let url = confirmed["url"].as_str().unwrap();
    assert!(url.contains("/private-hash/deletion?id=") && url.ends_with(&code), "{url}");
    let look = |code: &str| {
        let request = WebRequest { query: [("id".to_owned(), code.to_owned())].into(), ..WebRequest::default() };
        app.run(async move |session| session.data_deletion_status(request).await).unwrap()
    };
    let page = look(&code);
    assert!(page.status == 200 && page.body.contains(&code) && page.body.contains("was deleted"), "{}", page.body);
    for unknown in ["", "00", "<script>", "../x"] {
        let page = look(unknown);
        assert!(page.status == 404 && !page.body.contains("<script>"), "{unknown}");
    }
    let dump = serde_json::to_string(&world.rocket_chat().records.iter().map(|r| &r.data).collect::<Vec<_>>()).unwrap();
    for gone in [META_USER, PAGE_TOKEN, INSTAGRAM_TOKEN] {
        assert!(!dump.contains(gone), "{gone}");
    }
}

#[test]
fn what_meta_did_not_sign_changes_nothing() {
    let (world, app) = connected();
    let before = accounts(&world);
    let now = world.now();
    let requests = [
        signed(META_USER, now, "another-secret"),
        signed(META_USER, now - 2 * DAY_MS, APP_SECRET),
        WebRequest::default(),
        WebRequest { form: [("signed_request".to_owned(), "a.b".to_owned())].into(), ..WebRequest::default() },
    ];
    for request in requests {
        let copy = request.clone();
        let answer = app.run(async move |session| session.deauthorize(copy).await).unwrap();
        assert!((400..500).contains(&answer.status), "{}", answer.body);
        let answer = app.run(async move |session| session.data_deletion(request).await).unwrap();
        assert!((400..500).contains(&answer.status), "{}", answer.body);
    }
    // Signed, for somebody who connected nothing.
    let stranger = signed("1", now, APP_SECRET);
    assert_eq!(app.run(async move |session| session.deauthorize(stranger).await).unwrap().status, 200);
    assert_eq!(accounts(&world), before);
}

#[test]
fn a_removal_that_is_told_late_costs_no_newer_authorization() {
    let (world, app) = connected();
    let removed_at = world.now();
    world.advance(60 * 60 * 1000);
    FacebookLogin::of(vec![page(PAGE, "Corner Shop", None)]).script(&world);
    log_in(&app, Channel::Facebook);
    let late = signed(META_USER, removed_at, APP_SECRET);
    assert_eq!(app.run(async move |session| session.deauthorize(late).await).unwrap().status, 200);
    for account in accounts(&world) {
        let renewed = account.channel == Channel::Facebook;
        assert_eq!(account.token_state == TokenState::Valid, renewed, "{:?}", account.channel);
    }
}

#[test]
fn an_instagram_account_of_its_own_login_is_known_by_either_id() {
    for user in ["17809", "900"] {
        let (world, app) = connected();
        let mut account = instagram_account(world.now());
        (account.id, account.route, account.meta_user_id) = ("17809".into(), LoginRoute::Instagram, "900".to_owned());
        account.record_id = "alone".to_owned();
        world.rocket_chat_mut().store(&account);
        let request = signed(user, world.now(), APP_SECRET);
        app.run(async move |session| session.deauthorize(request).await).unwrap();
        let dead = accounts(&world).into_iter().find(|account| account.id.as_str() == "17809").unwrap();
        assert_eq!(dead.token.expose(), "", "{user}");
    }
}

#[test]
fn a_repeated_removal_does_nothing_twice() {
    let (world, app) = connected();
    let removal = signed(META_USER, world.now(), APP_SECRET);
    let repeat = || {
        let request = removal.clone();
        app.run(async move |session| session.deauthorize(request).await).unwrap().status
    };
    assert_eq!(repeat(), 200);
    let said = |world: &World| Channel::ALL.map(|channel| in_setup(world, channel).len());
    let before = said(&world);
    assert_eq!(repeat(), 200);
    assert_eq!(said(&world), before, "told once");
    // Authorized anew within the time that two clocks may differ by: the recorded request does not undo it.
    world.advance(60_000);
    FacebookLogin::of(vec![page(PAGE, "Corner Shop", None)]).script(&world);
    log_in(&app, Channel::Facebook);
    let alive = |world: &World| {
        let account = accounts(world).into_iter().find(|account| account.channel == Channel::Facebook).unwrap();
        account.token_state == TokenState::Valid
    };
    assert!(alive(&world));
    for instance in [&app, &world.instance()] {
        let request = removal.clone();
        assert_eq!(instance.run(async move |session| session.deauthorize(request).await).unwrap().status, 200);
        assert!(alive(&world));
    }
    // Another text of the same meaning around the same signed payload is the same request.
    let text = format!("{}=", removal.form["signed_request"].split_once('.').unwrap().0);
    let payload = removal.form["signed_request"].split_once('.').unwrap().1;
    let padded =
        WebRequest { form: [("signed_request".to_owned(), format!("{text}.{payload}"))].into(), ..removal.clone() };
    assert_eq!(app.run(async move |session| session.deauthorize(padded).await).unwrap().status, 200);
    assert!(alive(&world));
    let kept = |world: &World| {
        world.rocket_chat().records.iter().filter(|record| record.data["kind"] == "signed-request").count()
    };
    assert_eq!(kept(&world), 1);
    // It is known for as long as Meta's signature would be taken.
    world.advance(DAY_MS - 120_000);
    script_healthy(&world);
    app.job(job::DAILY);
    assert_eq!(repeat(), 200);
    assert!(alive(&world));
    world.advance(DAY_MS);
    script_healthy(&world);
    app.job(job::DAILY);
    assert_eq!(kept(&world), 0, "one that is too old to be taken need not be known");
}

#[test]
fn a_repeated_deletion_is_confirmed_with_the_same_code() {
    let (world, app) = connected();
    let request = signed(META_USER, world.now(), APP_SECRET);
    let other = world.instance();
    let delete = |instance: &Instance| -> Value {
        let request = request.clone();
        let answer = instance.run(async move |session| session.data_deletion(request).await).unwrap();
        assert_eq!(answer.status, 200);
        serde_json::from_str(&answer.body).unwrap()
    };
    let confirmed = delete(&app);
    let day = |world: &World| -> Vec<Value> {
        let server = world.rocket_chat();
        server.records.iter().filter(|r| r.data["kind"] == "deletion").map(|r| r.data.clone()).collect()
    };
    let (kept, said) = (day(&world), in_setup(&world, Channel::Facebook).len());
    world.advance(60_000);
    FacebookLogin::of(vec![page(PAGE, "Corner Shop", None)]).script(&world);
    log_in(&app, Channel::Facebook);
    for instance in [&app, &other, &world.instance()] {
        assert_eq!(delete(instance), confirmed);
    }
    let account = accounts(&world).into_iter().find(|account| account.channel == Channel::Facebook).unwrap();
    assert_eq!(account.token_state, TokenState::Valid);
    assert_eq!(day(&world), kept, "nothing is done twice");
    let removed = |world: &World| {
        in_setup(world, Channel::Facebook).iter().filter(|text| text.contains("removed the app at Meta")).count()
    };
    assert!(removed(&world) == 1 && said > 0);
    // Another person's request, or a later one, has a code of its own.
    let later = signed(META_USER, world.now() + 1_000, APP_SECRET);
    let answer = app.run(async move |session| session.data_deletion(later).await).unwrap();
    let later: Value = serde_json::from_str(&answer.body).unwrap();
    assert_ne!(later["confirmation_code"], confirmed["confirmation_code"]);
}
