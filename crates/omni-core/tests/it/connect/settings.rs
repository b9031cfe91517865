use super::*;

#[test]
fn bad_values_are_refused_with_the_reason() {
    let world = entered();
    let app = world.instance();
    let long = "x".repeat(1001);
    for (id, value, reason) in [
        ("meta_app_id", json!("12a45"), "digits only"),
        ("meta_app_id", json!("123"), "digits only"),
        ("meta_app_id", json!(["1"]), "has to be text"),
        ("instagram_app_id", json!("abc"), "digits only"),
        ("meta_app_secret", json!("two words"), "no blanks"),
        ("meta_app_secret", json!("EAAGm0PX4ZCpsBA"), "access token"),
        ("meta_app_secret", json!("123|abc"), "access token"),
        ("meta_app_secret", json!(APP_ID), "App ID, not the App Secret"),
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
        ("file_upload_max_mb", json!(101), "1 to 100"),
        ("file_upload_max_mb", json!(2.5), "1 to 100"),
        ("retention_days", json!("a year"), "1 to 365"),
        ("retention_days", json!(-1), "1 to 365"),
        ("handover_metadata", json!(long), "At most 1000 characters; these are 1001"),
    ] {
        match app.save_setting(id, value.clone()) {
            SettingAnswer::Refused { reason: said } => assert!(said.contains(reason), "{id} {value}: {said}"),
            SettingAnswer::Accepted { .. } => panic!("{id} {value} was taken"),
        }
    }
}

#[test]
fn good_values_are_tidied() {
    let world = entered();
    let app = world.instance();
    for (id, value, saved) in [
        ("meta_app_id", json!(" 1234567890123456\n"), json!("1234567890123456")),
        ("meta_app_id", json!(1234567890), json!("1234567890")),
        ("meta_app_id", json!(""), json!("")),
        ("meta_app_secret_previous", Value::Null, json!("")),
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
        assert_eq!(app.save_setting(id, value.clone()), SettingAnswer::Accepted { value: saved }, "{id} {value}");
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
    let SettingAnswer::Refused { reason } = app.save_setting("retention_days", json!(0)) else { panic!("taken") };
    assert!(reason.contains("Eine ganze Zahl"), "{reason}");
}

#[test]
fn a_new_secret_keeps_the_old_one_for_webhooks_on_their_way() {
    let world = entered().connected();
    let app = world.instance();
    install(&app);
    app.save_setting("meta_app_secret", "abcdefabcdefabcdefabcdefabcdefab".into());
    assert_eq!(world.rocket_chat().settings["meta_app_secret_previous"], APP_SECRET);
    // Signed with the secret that was.
    let answer = app.webhook(&delivery("page", PAGE, &text_item("6001", PAGE, "m_1", world.now(), "Hello")));
    assert_eq!(answer.status, 200);
    app.save_setting("meta_app_secret_previous", json!(""));
    let answer = app.webhook(&delivery("page", PAGE, &text_item("6001", PAGE, "m_2", world.now(), "Hello")));
    assert_eq!(answer.status, 401);
    app.save_setting("meta_app_secret", "abcdefabcdefabcdefabcdefabcdefab".into());
    assert_eq!(world.rocket_chat().settings["meta_app_secret_previous"], "", "the same secret replaces nothing");
}

#[test]
fn the_two_pairs_of_credentials_are_not_mistaken_for_each_other() {
    let world = entered();
    let app = world.instance();
    app.save_setting("instagram_app_id", INSTAGRAM_APP_ID.into());
    app.save_setting("instagram_app_secret", INSTAGRAM_APP_SECRET.into());
    for (id, value) in [
        ("instagram_app_id", APP_ID),
        ("instagram_app_secret", APP_SECRET),
        ("meta_app_id", INSTAGRAM_APP_ID),
        ("meta_app_secret", INSTAGRAM_APP_SECRET),
    ] {
        match app.save_setting(id, format!(" {value} ").into()) {
            SettingAnswer::Refused { reason } => {
                assert!(reason.contains("stands in the other field") && !reason.contains(value), "{id}: {reason}");
            }
            SettingAnswer::Accepted { .. } => panic!("{id} was taken"),
        }
    }
    let again = app.save_setting("instagram_app_id", INSTAGRAM_APP_ID.into());
    assert!(matches!(again, SettingAnswer::Accepted { .. }), "saving the form once more changes nothing");
}
