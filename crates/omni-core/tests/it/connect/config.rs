use super::*;
use omni_core::host::ModalView;

fn connected() -> (World, Instance) {
    let world = entered().connected();
    let app = world.instance();
    install(&app);
    world.rocket_chat_mut().add_department("sales", &["agent"]);
    (world, app)
}

fn edit(app: &Instance, channel: Channel, words: &str) -> Option<ModalView> {
    let before = app.world().rocket_chat().modals.len();
    type_command(app, channel, &format!("edit {words}"));
    let server = app.world().rocket_chat();
    server.modals.get(before).map(|modal| modal.view.clone())
}

#[test]
fn an_account_is_found_by_any_of_its_names() {
    for (channel, words) in [
        (Channel::Instagram, "17840000000000003"),
        (Channel::Instagram, "corner.shop"),
        (Channel::Instagram, "@corner.shop"),
        (Channel::Instagram, "@CORNER.Shop"),
        (Channel::Instagram, "2000000000000002"),
        (Channel::Instagram, ""),
        (Channel::Facebook, "2000000000000002"),
        (Channel::Facebook, "corner   shop"),
        (Channel::Facebook, "\"Corner Shop\""),
        (Channel::Facebook, "„Corner Shop“"),
        (Channel::Facebook, "`2000000000000002`"),
        (Channel::Instagram, "<@corner.shop>"),
        (Channel::Facebook, ""),
    ] {
        let (_world, app) = connected();
        let view = edit(&app, channel, words).unwrap_or_else(|| panic!("{words}"));
        assert!(view.id.starts_with(&format!("connect:config:{}:", channel.as_str())), "{words}: {}", view.id);
    }
}

#[test]
fn an_unknown_name_gets_the_known_ones() {
    let (world, app) = connected();
    for words in ["somebody", "@", "17840000000000004"] {
        assert!(edit(&app, Channel::Instagram, words).is_none(), "{words}");
        let said = whispered(&world, "admin");
        assert!(said.contains(words) && said.contains("@corner.shop") && said.contains(INSTAGRAM), "{said}");
    }
}

#[test]
fn what_is_entered_is_saved_and_shown_again() {
    let (world, app) = connected();
    let view = edit(&app, Channel::Facebook, PAGE).unwrap();
    let values = [
        ("connect:department", json!("sales-department")),
        ("connect:welcome", json!("  Welcome! ")),
        ("connect:finished", json!("Bye")),
        ("connect:offline", Value::Null),
    ];
    assert_eq!(submit(&app, "admin", &view.id, &values), UiAnswer::Done);
    let config = accounts(&world).into_iter().find(|a| a.channel == Channel::Facebook).unwrap().config;
    assert_eq!(config.department.as_deref(), Some("sales-department"));
    assert_eq!((config.welcome.as_str(), config.finished.as_str(), config.offline.as_str()), ("Welcome!", "Bye", ""));
    let shown = serde_json::to_string(&edit(&app, Channel::Facebook, PAGE).unwrap()).unwrap();
    assert!(shown.contains("Welcome!") && shown.contains("8 of 2000 characters"), "{shown}");
    assert_eq!(submit(&app, "admin", &view.id, &[("connect:department", json!("-"))]), UiAnswer::Done);
    let config = accounts(&world).into_iter().find(|a| a.channel == Channel::Facebook).unwrap().config;
    assert_eq!((config.department, config.welcome.as_str()), (None, "Welcome!"), "what was not sent stays");
}

#[test]
fn a_text_is_held_to_its_networks_limit_with_the_count() {
    for (channel, text, fits, count) in [
        (Channel::Facebook, "x".repeat(2000), true, ""),
        (Channel::Facebook, "x".repeat(2001), false, "2001 of 2000 characters"),
        (Channel::Instagram, "x".repeat(1000), true, ""),
        (Channel::Instagram, "é".repeat(500), true, ""),
        (Channel::Instagram, "é".repeat(501), false, "1002 of 1000 bytes"),
    ] {
        let (world, app) = connected();
        let view = edit(&app, channel, "").unwrap();
        let answer =
            submit(&app, "admin", &view.id, &[("connect:offline", json!(text)), ("connect:welcome", json!("Hi"))]);
        match answer {
            UiAnswer::Done => assert!(fits, "{count}"),
            UiAnswer::Errors { view_id, errors } => {
                assert!(!fits && view_id == view.id);
                assert!(errors["connect:offline"].contains(count), "{errors:?}");
                let welcome = accounts(&world).into_iter().find(|a| a.channel == channel).unwrap().config.welcome;
                assert_eq!(welcome, "", "all or nothing");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn only_departments_that_can_serve_are_offered_and_a_lost_one_is_kept() {
    let (world, app) = connected();
    let view = edit(&app, Channel::Facebook, PAGE).unwrap();
    let chosen = submit(&app, "admin", &view.id, &[("connect:department", json!("sales-department"))]);
    assert_eq!(chosen, UiAnswer::Done);
    world.rocket_chat_mut().departments[0].enabled = false;
    let view = edit(&app, Channel::Facebook, PAGE).unwrap();
    let element = &view.blocks[1]["element"];
    let values: Vec<&str> =
        element["options"].as_array().unwrap().iter().map(|o| o["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["-", "sales-department"]);
    assert_eq!(element["initialValue"], "sales-department");
    let unchanged = submit(&app, "admin", &view.id, &[("connect:department", json!("sales-department"))]);
    assert_eq!(unchanged, UiAnswer::Done);
    let made_up = submit(&app, "admin", &view.id, &[("connect:department", json!("nowhere"))]);
    assert!(matches!(made_up, UiAnswer::Errors { .. }), "{made_up:?}");
}

#[test]
fn a_name_of_several_accounts_gets_those() {
    let (world, app) = connected();
    let mut twin = page_account(world.now());
    (twin.id, twin.record_id, twin.page_id) = ("3003".into(), "twin".to_owned(), Some("3003".into()));
    let mut other = page_account(world.now());
    (other.id, other.record_id, other.page_id) = ("3004".into(), "other".to_owned(), Some("3004".into()));
    other.name = "Harbour".to_owned();
    other.page_name = None;
    world.rocket_chat_mut().store(&twin);
    world.rocket_chat_mut().store(&other);
    assert!(edit(&app, Channel::Facebook, "Corner Shop").is_none());
    let said = whispered(&world, "admin");
    assert!(said.contains("Which account?") && said.contains("3003") && said.contains(PAGE), "{said}");
    assert!(!said.contains("3004"), "{said}");
    assert!(edit(&app, Channel::Facebook, "`3003`").is_some());
}
