//! Of several accounts the administrator chooses.

use super::*;

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
fn two_hundred_accounts_are_connected_within_the_time_the_host_gives() {
    let world = entered();
    let app = world.instance();
    install(&app);
    let pages: Vec<Value> = (0..200).map(|n| page(&format!("1{n:03}"), &format!("Shop {n}"), None)).collect();
    FacebookLogin::of(pages).script(&world);
    log_in(&app, Channel::Facebook);
    let view = open_choice(&app);
    world.meta_mut().expect("POST", "/subscribed_apps").always().after(500).json(json!({ "success": true }));
    let started = world.now();
    let ids: Vec<String> = (0..200).map(|n| format!("1{n:03}")).collect();
    assert_eq!(submit(&app, "admin", &view.id, &[("connect:accounts", json!(ids))]), UiAnswer::Done);
    assert_eq!(accounts(&world).len(), 200);
    assert!(world.now() - started < 25_000, "{} ms", world.now() - started);
}

#[test]
fn a_choice_that_fails_is_said_in_the_same_window() {
    let world = entered();
    let app = world.instance();
    install(&app);
    grant_three(&app);
    let view = open_choice(&app);
    world.faults_mut().fail_all("store_update", "failed");
    let UiAnswer::Update { view: shown } = submit(&app, "admin", &view.id, &[("connect:accounts", json!(["101"]))])
    else {
        panic!("not said")
    };
    assert_eq!(shown.id, view.id, "clients update the window of that id");
    assert!(serde_json::to_string(&shown).unwrap().contains("the server answered `failed`"));
}
