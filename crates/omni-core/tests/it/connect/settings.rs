//! Saving the settings screen: what is refused and told, and app secrets that are replaced.

use super::doctor::{doctor, world_with};
use super::*;
use omni_core::store::Secrets;

const HOUR_MS: i64 = 60 * 60 * 1000;
const NEW_SECRET: &str = "abcdefabcdefabcdefabcdefabcdefab";

fn stored(world: &World, id: &str) -> Value {
    world.rocket_chat().settings.get(id).cloned().unwrap_or(Value::Null)
}

/// The look at the settings that each minute brings.
fn look(app: &Instance) {
    app.world().advance(60_000);
    app.job(job::TICK);
}

/// What the channels were told since they had so many messages.
fn told(world: &World, before: [usize; 2]) -> [Vec<String>; 2] {
    let since = |(channel, before): (Channel, usize)| in_setup(world, channel).split_off(before);
    [(Channel::Instagram, before[0]), (Channel::Facebook, before[1])].map(since)
}

fn so_far(world: &World) -> [usize; 2] {
    [Channel::Instagram, Channel::Facebook].map(|channel| in_setup(world, channel).len())
}

#[test]
fn a_bad_value_is_not_stored_and_told_with_the_reason() {
    let (world, app) = world_with(|_| ());
    let long = "x".repeat(1001);
    for (id, value, reason) in [
        ("meta_app_id", json!("12a45"), "digits only"),
        ("meta_app_id", json!("123"), "digits only"),
        ("meta_app_id", json!(["1"]), "has to be text"),
        ("instagram_app_id", json!("abc"), "digits only"),
        ("meta_app_secret", json!("two words"), "no blanks"),
        ("meta_app_secret", json!("EAAGm0PX4ZCpsBA"), "access token"),
        ("meta_app_secret", json!("123|abc"), "access token"),
        ("instagram_app_secret", json!("geheim é"), "no blanks"),
        ("graph_version", json!("latest"), "looks like"),
        ("graph_version", json!(""), "looks like"),
        ("graph_version", json!("v26.0/../me"), "looks like"),
        ("graph_version", json!("v20.0"), "v21.0"),
        ("agent_display_name", json!("nickname"), "name, username, none"),
        ("unsend_action", json!(""), "keep, mark, delete"),
        ("instagram_handover_action", json!("steal"), "none, take, request"),
        ("signature_enforcement", json!(true), "enforce, permit"),
        ("accepted_media_types", json!(["image", "hologram"]), "image, video, audio, file"),
        ("accepted_media_types", json!([1]), "image, video, audio, file"),
        ("file_upload_enabled", json!("yes"), "on or off"),
        ("file_upload_max_mb", json!(0), "1 to 100"),
        ("file_upload_max_mb", json!(-5), "1 to 100"),
        ("file_upload_max_mb", json!(101), "1 to 100"),
        ("file_upload_max_mb", json!(2.5), "1 to 100"),
        ("retention_days", json!("a year"), "1 to 365"),
        ("handover_metadata", json!(long), "At most 1000 characters; these are 1001"),
        ("handover_metadata", json!("{customer}"), "{customer} stands for nothing"),
    ] {
        let (before, kept) = (so_far(&world), stored(&world, id));
        app.save_form(&[(id, value.clone())]);
        assert_eq!(stored(&world, id), kept, "{id} {value}");
        look(&app);
        look(&app);
        let [instagram, facebook] = told(&world, before);
        assert_eq!(instagram.len(), 1, "{id} {value}: {instagram:?}");
        assert!(instagram[0].contains(reason) && instagram[0].contains("was not saved"), "{id} {value}: {instagram:?}");
        assert_eq!(facebook, if id.starts_with("instagram") { Vec::new() } else { instagram.clone() }, "{id}");
        if id.ends_with("secret") {
            assert!(!instagram[0].contains(value.as_str().unwrap()), "{instagram:?}");
        }
        // Doctor says it until a good value is saved, be it the one that is stored.
        assert!(doctor(&app, Channel::Instagram).contains(reason), "{id} {value}");
        let definitions = omni_core::settings::definitions();
        let good = definitions.into_iter().find(|def| def.id == id).unwrap().default;
        match id {
            "graph_version" | "meta_app_secret" => app.save_form(&[]),
            _ => drop(app.save_setting(id, good)),
        }
        assert!(!doctor(&app, Channel::Instagram).contains("was not saved"), "{id} {value}");
        if !kept.is_null() {
            app.save_setting(id, kept);
        }
    }
}

#[test]
fn one_save_is_one_message_however_much_of_it_is_refused() {
    for seed in 0..10 {
        let world = entered_seeded(seed);
        let app = world.instance();
        install(&app);
        let before = so_far(&world);
        // The minute's look comes while the form is being saved.
        let input = JobInput { job: job::TICK.to_owned(), data: Value::Null };
        world.advance(60_000);
        let tick = app.start(async move |session| session.run_job(input).await);
        let token = "EAAGm0PX4ZCpsBA";
        app.save_form(&[
            ("meta_app_secret", json!(token)),
            ("graph_version", json!("zzz")),
            ("file_upload_max_mb", json!(-5)),
            ("retention_days", json!(60)),
        ]);
        world.settle();
        tick.take().unwrap().unwrap();
        look(&app);
        look(&app);
        let [instagram, facebook] = told(&world, before);
        assert_eq!(facebook.len(), 1, "seed {seed}: {facebook:?}");
        for said in ["Meta App Secret", "Graph API version", "Maximum file size"] {
            assert!(facebook[0].contains(said), "{said} in {facebook:?}");
        }
        assert!(!facebook[0].contains(token) && !facebook[0].contains("zzz"), "{facebook:?}");
        assert_eq!(instagram, facebook);
        assert_eq!(stored(&world, "meta_app_secret"), APP_SECRET);
        assert_eq!(stored(&world, "retention_days"), 60, "the good part is saved");
        world.assert_logs_hold_none_of(&[token]);
        // The same mistake once more is news once more, also to a process that has just started.
        let other = world.instance();
        other.save_form(&[("file_upload_max_mb", json!(-5))]);
        look(&other);
        look(&app);
        let [_, facebook] = told(&world, before);
        assert_eq!(facebook.len(), 2, "{facebook:?}");
        assert!(!facebook[1].contains("Graph API version"), "told already: {facebook:?}");
    }
}

#[test]
fn good_values_are_tidied_and_pass_again_as_tidied() {
    let world = entered();
    let app = world.instance();
    for (id, value, saved) in [
        ("meta_app_id", json!(" 1234567890123456\n"), json!("1234567890123456")),
        ("meta_app_id", json!(1234567890), json!("1234567890")),
        ("meta_app_id", json!(""), json!("")),
        ("meta_app_secret", Value::Null, json!("")),
        ("instagram_app_secret", json!(" 00ff \n"), json!("00ff")),
        ("graph_version", json!(" V25.0 "), json!("v25.0")),
        ("graph_version", json!("26"), json!("v26.0")),
        ("accepted_media_types", json!("image, video"), json!(["image", "video"])),
        ("accepted_media_types", json!([]), json!([])),
        ("file_upload_enabled", json!(false), json!(false)),
        ("retention_days", json!("365"), json!(365)),
        ("handover_metadata", json!(" note "), json!("note")),
        ("of_a_newer_version", json!({ "a": 1 }), json!({ "a": 1 })),
    ] {
        let accepted = SettingAnswer::Accepted { value: saved.clone() };
        assert_eq!(app.save_setting(id, value.clone()), accepted, "{id} {value}");
        // As it comes to the other instances.
        assert_eq!(app.save_setting(id, saved), accepted, "{id} {value}");
    }
}

#[test]
fn every_default_passes_its_own_check() {
    let world = World::new();
    let app = world.instance();
    for setting in omni_core::settings::definitions() {
        let answer = app.save_setting(&setting.id, setting.default.clone());
        assert_eq!(answer, SettingAnswer::Accepted { value: setting.default }, "{}", setting.id);
    }
}

#[test]
fn a_reason_is_given_in_the_workspaces_language() {
    let world = entered();
    world.rocket_chat_mut().environment.language = "de".to_owned();
    let app = world.instance();
    install(&app);
    app.save_form(&[("retention_days", json!(0))]);
    look(&app);
    let said = in_setup(&world, Channel::Facebook).pop().unwrap();
    assert!(said.contains("Eine ganze Zahl") && said.contains("Aufbewahrung"), "{said}");
}

#[test]
fn both_pairs_of_credentials_can_be_swapped_in_one_save() {
    for reversed in [false, true] {
        let world = entered();
        let app = world.instance();
        install(&app);
        app.save_form(&[
            ("instagram_app_id", INSTAGRAM_APP_ID.into()),
            ("instagram_app_secret", INSTAGRAM_APP_SECRET.into()),
        ]);
        look(&app);
        let before = so_far(&world);
        let mut swap: Vec<(&str, Value)> = vec![
            ("meta_app_id", INSTAGRAM_APP_ID.into()),
            ("meta_app_secret", INSTAGRAM_APP_SECRET.into()),
            ("instagram_app_id", APP_ID.into()),
            ("instagram_app_secret", APP_SECRET.into()),
        ];
        if reversed {
            swap.reverse();
        }
        for (id, value) in &swap {
            app.save_setting(id, value.clone());
        }
        for (id, value) in swap {
            assert_eq!(stored(&world, id), value, "{id}, reversed: {reversed}");
        }
        look(&app);
        let said = told(&world, before).concat().join("\n");
        assert!(!said.contains("other field"), "{said}");
    }
}

#[test]
fn credentials_that_are_mistaken_for_each_other_are_told_and_not_refused() {
    let (world, app) = world_with(|_| ());
    app.save_form(&[
        ("instagram_app_id", INSTAGRAM_APP_ID.into()),
        ("instagram_app_secret", INSTAGRAM_APP_SECRET.into()),
    ]);
    look(&app);
    for (id, value, reason) in [
        ("instagram_app_id", APP_ID, "stands in the other field"),
        ("instagram_app_secret", APP_SECRET, "stands in the other field"),
        ("instagram_app_secret", APP_ID, "App ID, not the App Secret"),
        ("instagram_app_secret", INSTAGRAM_APP_ID, "App ID, not the App Secret"),
        ("meta_app_secret", INSTAGRAM_APP_ID, "App ID, not the App Secret"),
    ] {
        let kept = stored(&world, id);
        let before = so_far(&world);
        app.save_form(&[(id, format!(" {value} ").into())]);
        assert_eq!(stored(&world, id), value, "{id}");
        look(&app);
        look(&app);
        let said = told(&world, before).concat();
        let about: Vec<_> = said.iter().filter(|text| text.contains(reason)).collect();
        assert_eq!(about.len(), if id.starts_with("meta") { 2 } else { 1 }, "{id} {value}: {said:?}");
        assert!(!about[0].contains(value), "{about:?}");
        assert!(doctor(&app, Channel::Instagram).contains(reason), "{id}");
        app.save_form(&[(id, kept)]);
        look(&app);
        assert!(!doctor(&app, Channel::Instagram).contains(reason), "{id}");
    }
}

#[test]
fn a_value_that_came_in_past_the_check_is_told() {
    let (world, app) = world_with(|_| ());
    let before = so_far(&world);
    // Saved while the app could not answer: the server then stores what it was given.
    world.rocket_chat_mut().settings.insert("graph_version".to_owned(), "zzz".into());
    look(&app);
    look(&app);
    let [_, facebook] = told(&world, before);
    assert_eq!(facebook.len(), 1, "{facebook:?}");
    assert!(facebook[0].contains("Graph API version") && facebook[0].contains("looks like"), "{facebook:?}");
    assert!(doctor(&app, Channel::Facebook).contains("looks like"));
}

fn hello(app: &Instance, mid: &str) -> u16 {
    let world = app.world();
    app.webhook(&delivery("page", PAGE, &text_item("6001", PAGE, mid, world.now(), "Hello"))).status
}

#[test]
fn a_secret_that_was_replaced_is_good_for_webhooks_for_two_days_on_every_instance() {
    let (world, app) = world_with(|_| ());
    let other = world.instance();
    assert_eq!(hello(&other, "m_0"), 200);
    app.save_form(&[("meta_app_secret", NEW_SECRET.into())]);
    // Signed with the secret that was: at once, before the look that notes it, and to an instance that has not heard of the new one.
    assert_eq!(hello(&app, "m_1"), 200);
    assert_eq!(hello(&other, "m_2"), 200);
    let fresh = world.instance();
    assert_eq!(hello(&fresh, "m_3"), 200);
    look(&other);
    look(&app);
    // Saving the same form again, or an emptied field, costs nothing of it.
    app.save_form(&[]);
    app.save_form(&[("meta_app_secret", json!(""))]);
    look(&app);
    app.save_form(&[("meta_app_secret", NEW_SECRET.into())]);
    look(&app);
    world.advance(46 * HOUR_MS);
    for (at, instance) in [&app, &other, &world.instance()].into_iter().enumerate() {
        assert_eq!(hello(instance, &format!("m_4{at}")), 200);
    }
    world.advance(2 * HOUR_MS);
    for (at, instance) in [&app, &other, &world.instance()].into_iter().enumerate() {
        // It is believed no longer: Meta is asked for the message, and has none.
        let mid = format!("m_5{at}");
        assert_eq!(hello(instance, &mid), 200);
        assert_eq!(world.meta().sent_to("GET", &format!("/{mid}?")).len(), 1);
    }
    look(&app);
    let secrets: Vec<Secrets> = world.rocket_chat().stored();
    assert_eq!(secrets[0].former.len(), 0, "not kept longer than it is good for");
    world.assert_logs_hold_none_of(&[APP_SECRET, NEW_SECRET]);
}

#[test]
fn a_former_secret_signs_no_request_to_forget_somebody() {
    let (world, app) = world_with(|_| ());
    let before = accounts(&world);
    app.save_form(&[("meta_app_secret", NEW_SECRET.into())]);
    look(&app);
    let request = callbacks::signed(META_USER, world.now(), APP_SECRET);
    let copy = request.clone();
    assert_eq!(app.run(async move |session| session.deauthorize(copy).await).unwrap().status, 403);
    assert_eq!(app.run(async move |session| session.data_deletion(request).await).unwrap().status, 403);
    assert_eq!(accounts(&world), before);
}

#[test]
fn doctor_names_a_former_secret_and_whether_meta_still_uses_it() {
    let (world, app) = world_with(|_| ());
    app.save_form(&[
        ("instagram_app_id", INSTAGRAM_APP_ID.into()),
        ("instagram_app_secret", INSTAGRAM_APP_SECRET.into()),
    ]);
    look(&app);
    app.save_form(&[
        ("meta_app_secret", NEW_SECRET.into()),
        ("instagram_app_secret", "00112233445566778899aabbccddeeff".into()),
    ]);
    let report = doctor(&app, Channel::Instagram);
    for setting in ["The Meta App Secret", "The Instagram App Secret"] {
        let line =
            report.lines().find(|line| line.contains(setting)).unwrap_or_else(|| panic!("{setting} in {report}"));
        assert!(line.starts_with('○') && line.contains("was replaced"), "{line}");
    }
    assert!(!doctor(&app, Channel::Facebook).contains("The Instagram App Secret"));
    assert_eq!(hello(&app, "m_1"), 200);
    let report = doctor(&app, Channel::Facebook);
    let line = report.lines().find(|line| line.contains("Meta still signs")).unwrap_or_else(|| panic!("{report}"));
    assert!(line.starts_with('✗') && line.contains("Meta App Secret"), "{line}");
    for secret in [APP_SECRET, NEW_SECRET, INSTAGRAM_APP_SECRET] {
        assert!(!report.contains(secret));
    }
    // On another instance too.
    app.job(job::TICK);
    assert!(doctor(&world.instance(), Channel::Facebook).contains("Meta still signs"));
    world.advance(48 * HOUR_MS);
    assert!(!doctor(&app, Channel::Facebook).contains("was replaced"));
}

#[test]
fn a_field_corrected_to_what_is_stored_is_no_fault_any_more() {
    let (world, app) = world_with(|_| ());
    let (before, after) = (("graph_version", "Graph API version"), ("signature_enforcement", "Signature enforcement"));
    let [bad_before, bad_after] = [before, after].map(|(id, _)| (id, json!("zzz")));
    let doubts = |app: &Instance| {
        let report = doctor(app, Channel::Facebook);
        [before, after].map(|(_, label)| report.contains(&format!("*{label}* was not saved")))
    };
    // On either side of the list that every Save brings.
    app.save_form(&[bad_before.clone(), bad_after.clone()]);
    assert_eq!(doubts(&app), [true, true]);
    world.advance(60_000);
    app.save_form(std::slice::from_ref(&bad_after));
    assert_eq!(doubts(&app), [false, true]);
    world.advance(60_000);
    // By way of another instance, and of one that has just started.
    world.instance().save_form(std::slice::from_ref(&bad_before));
    assert_eq!(doubts(&app), [true, false]);
    // At once.
    app.save_form(&[bad_before]);
    assert_eq!(doubts(&app), [true, false]);
    app.save_form(&[]);
    assert_eq!(doubts(&app), [false, false]);
}
