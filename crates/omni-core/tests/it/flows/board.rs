//! What the setup channel shows of those who wait.

use super::*;

/// Two customers write to two servers at the same moment.
fn written_to_both(world: &World) -> [Instance; 2] {
    configure_page(world, everything);
    let instances = [world.instance(), world.instance()];
    leaves(&instances[0], "agent");
    for (app, person) in instances.iter().zip(["6001", "6002"]) {
        let item = text_item(person, PAGE, &format!("m_{person}"), world.now(), "Hello");
        let request = webhook_request(&delivery("page", PAGE, &item).to_string());
        drop(app.start(async move |session| session.receive_webhook(request).await));
    }
    world.settle();
    instances
}

#[test]
fn two_instances_show_one_list() {
    for seed in 0..40 {
        let world = World::seeded(seed).connected();
        let instances = written_to_both(&world);
        minutes(&world, &instances[0], 2);
        assert_eq!(announced(&world, "waiting"), 1, "seed {seed}: {:?}", setup_texts(&world, Channel::Facebook));
        arrives(&instances[0], "agent");
        minutes(&world, &instances[0], 2);
        assert_eq!(
            (announced(&world, "Customers waiting"), announced(&world, "Nobody is waiting")),
            (0, 1),
            "seed {seed}"
        );
    }
}

#[test]
fn many_whose_time_ends_one_after_the_other_are_few_alarms() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    let start = world.now();
    for at in 0..60 {
        writes(&app, &format!("7{at:03}"), &format!("m_{at}"), "Hello?");
        world.advance(MINUTE);
    }
    world.advance(start + 22 * HOUR - MINUTE - world.now());
    minutes(&world, &app, 75);
    let alarms = announced(&world, "⏰");
    assert!((2..=3).contains(&alarms), "{alarms} alarms in an hour");
    // Whoever is named is named once, and everybody is.
    let texts = setup_texts(&world, Channel::Facebook);
    let counted: usize = texts
        .iter()
        .filter_map(|text| text.lines().next()?.split("for ").nth(1)?.split(' ').next()?.parse::<usize>().ok())
        .sum();
    assert_eq!(counted, 60, "{texts:?}");
}

#[test]
fn an_end_that_would_pass_meanwhile_is_pointed_out_at_once() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    let now = world.now();
    let ago = |person: &str, minutes_left: i64| {
        let item = text_item(person, PAGE, &format!("m_{person}"), now - 24 * HOUR + minutes_left * MINUTE, "Hello?");
        sends(&app, &item);
    };
    ago("7001", 100);
    minutes(&world, &app, 2);
    assert_eq!(announced(&world, "⏰"), 1);
    ago("7002", 90);
    minutes(&world, &app, 2);
    assert_eq!(announced(&world, "⏰"), 1, "it has time");
    ago("7003", 20);
    minutes(&world, &app, 2);
    assert_eq!(announced(&world, "⏰"), 2);
}

#[test]
fn those_who_were_only_told_are_not_listed() {
    let (world, app) = world(everything);
    app.save_setting("offline_action", json!("message"));
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "Hello?");
    minutes(&world, &app, 2);
    assert_eq!((stored(&world, "waiting"), announced(&world, "waiting")), (1, 0));
}
