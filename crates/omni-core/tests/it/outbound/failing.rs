//! What does not go through, and what agents are told.

use super::*;

#[test]
fn every_refusal_has_its_own_words() {
    // Meta's code and subcode: what the agent reads, and whether trying again is offered.
    let cases: Vec<(u16, i64, Option<i64>, &str, bool)> = vec![
        (400, 551, None, "they blocked this account", false),
        (400, 10, Some(2_018_108), "cannot receive messages at the moment", true),
        (400, 10, Some(1_893_015), "asked Meta to get no more", false),
        (400, 100, Some(2_534_001), "archived or deleted", false),
        (400, 100, Some(2_018_001), "does not know this customer", false),
        (403, 200, None, "lacks a permission (200)", true),
        (400, 200, Some(2_018_028), "still in development", true),
        (400, 200, Some(2_534_041), "Allow access to messages", true),
        (400, 10, Some(2_534_077), "link between the Instagram account", true),
        (400, 36_103, None, "professional account", true),
        (400, 100, None, "does not accept this content (100)", false),
        (400, 100, Some(2_018_047), "not what its name says", false),
        (400, 100, Some(2_018_294), "cannot read the video", false),
        (400, 9_000_001, None, "not known to Meta", false),
        (400, 10, Some(1_404_170), "keeps this account from sending", true),
        (400, 368, None, "for breaking its rules", false),
        (400, 613, Some(2_018_338), "warns against writing", false),
        (400, 987_654, None, "reason not known here (987654)", true),
        (404, 0, None, "reason not known here", true),
    ];
    let mut words = std::collections::BTreeSet::new();
    for (status, code, subcode, expected, again) in cases {
        let scene = scene(Channel::Facebook);
        scene.world.meta_mut().expect("POST", "/messages").error(status, code, subcode);
        let id = scene.says("Hi");
        let whispers = scene.whispers();
        assert!(whispers.len() == 1 && whispers[0].contains(expected), "{code} {subcode:?}: {whispers:?}");
        assert!(!whispers[0].contains('{'), "{whispers:?}");
        assert_eq!(scene.offered().is_some(), again, "{code} {subcode:?}");
        assert_eq!(scene.marks(&id), [":warning:"], "{code}");
        words.insert(whispers[0].clone());
        scene.world.assert_logs_hold_none_of(&["Hi", "Anna", PAGE_TOKEN]);
        // It keeps nothing behind it.
        scene.quiet();
        scene.says("Next");
        assert_eq!(scene.sent(), ["Anna Agent: Next"], "{code}");
    }
    assert!(words.len() >= 18, "{words:?}");
}

#[test]
fn a_closed_window_that_is_open_by_our_clock_is_missing_access() {
    for (channel, subcode, after, expected) in [
        (Channel::Instagram, 2_534_022, HOUR, "no Advanced Access"),
        (Channel::Instagram, 2_534_022, DAY + HOUR, "too long ago"),
        (Channel::Facebook, 2_018_278, HOUR, "too long ago"),
    ] {
        let scene = scene(channel);
        scene.world.rocket_chat_mut().settings.insert("human_agent".to_owned(), json!(true));
        scene.world.advance(after);
        scene.world.meta_mut().expect("POST", "/messages").error(400, 10, Some(subcode));
        scene.says("Hi");
        assert!(scene.whispers()[0].contains(expected), "{channel:?} {after}: {:?}", scene.whispers());
        assert_eq!(scene.offered().is_some(), expected == "no Advanced Access", "{channel:?} {after}");
    }
}

#[test]
fn an_unavailable_person_after_the_first_day_is_a_closed_window() {
    for (after, expected) in [(HOUR, "they blocked this account"), (DAY + HOUR, "too long ago")] {
        let scene = scene(Channel::Facebook);
        scene.world.rocket_chat_mut().settings.insert("human_agent".to_owned(), json!(true));
        scene.world.advance(after);
        scene.world.meta_mut().expect("POST", "/messages").error(400, 551, Some(1_545_041));
        scene.says("Hi");
        assert!(scene.whispers()[0].contains(expected), "{after}: {:?}", scene.whispers());
    }
}

#[test]
fn a_link_that_instagram_does_not_share_is_tried_again_and_then_said() {
    let scene = scene(Channel::Instagram);
    scene.world.meta_mut().expect("POST", "/messages").error(400, 508, Some(2_534_122)).times(3);
    let id = scene.says("https://shop.example/offer");
    assert_eq!((scene.whispers(), scene.marks(&id)), (Vec::new(), vec![":hourglass_flowing_sand:".to_owned()]));
    scene.tick(5);
    assert!(scene.whispers()[0].contains("without the link"), "{:?}", scene.whispers());
    assert_eq!(scene.world.meta().sent_to("POST", "/messages").len(), 3);
    assert!(scene.offered().is_some());
}

#[test]
fn an_answer_that_is_no_answer_of_metas_is_said() {
    let scene = scene(Channel::Facebook);
    scene.world.meta_mut().expect("POST", "/messages").status(404).bytes(b"<html>");
    scene.says("Hi");
    assert!(scene.whispers()[0].contains("could not be understood"), "{:?}", scene.whispers());
}

#[test]
fn send_again_sends_again_for_whoever_may() {
    let scene = scene(Channel::Facebook);
    scene.world.rocket_chat_mut().add_user("guest", "Guest", &["user", "livechat-agent"], "user");
    scene.world.meta_mut().expect("POST", "/messages").error(403, 200, None);
    let id = scene.says("Hi");
    let entry = scene.offered().unwrap();
    scene.press("guest", &entry);
    assert!(scene.whispers().last().unwrap().starts_with("You are not in this conversation."));
    assert_eq!(scene.sent(), Vec::<String>::new());
    scene.press("agent", &entry);
    assert_eq!(scene.sent(), ["Anna Agent: Hi"]);
    assert_eq!(scene.marks(&id), Vec::<String>::new(), "the mark goes");
    scene.press("admin", &entry);
    assert_eq!(scene.sent(), ["Anna Agent: Hi"], "and no second time");
    assert!(scene.whispers().last().unwrap().starts_with("There is nothing left"));
    scene.press("admin", "no-such-entry");
    assert_eq!(scene.sent().len(), 1);
}

#[test]
fn send_again_works_long_after() {
    let scene = scene(Channel::Facebook);
    scene.world.rocket_chat_mut().add_user("guest", "Guest", &["user", "livechat-agent"], "user");
    let customers = scene.world.rocket_chat().in_room(&scene.room)[0].id.clone();
    scene.world.meta_mut().expect("POST", "/messages").error(400, 4, None).times(6);
    let id = scene.says("Hi");
    scene.tick(60);
    assert_eq!(scene.marks(&id), [":warning:"]);
    let button = scene.offered().unwrap();
    scene.tick(60);
    assert_eq!(scene.world.rocket_chat().stored::<MessageRecord>().len(), 0, "all is filed");
    scene.press("guest", &button);
    assert!(scene.whispers().last().unwrap().starts_with("You are not in this conversation."));
    scene.press("agent", &button);
    assert_eq!(scene.sent(), ["Anna Agent: Hi"]);
    assert_eq!(scene.marks(&id), Vec::<String>::new(), "the mark goes");
    for minutes in [0, 120] {
        scene.tick(minutes);
        scene.press("agent", &button);
        assert_eq!(scene.sent(), ["Anna Agent: Hi"], "and no second time");
        assert!(scene.whispers().last().unwrap().starts_with("There is nothing left"));
    }
    // Filed twice by now; a quote finds the one that went out.
    scene.world.rocket_chat_mut().quotes("agent", &id, "As I said");
    scene.app.deliver_events();
    scene.world.settle();
    assert!(scene.bodies()[1]["reply_to"]["mid"].is_string());
    scene.press("agent", &format!("gone:{customers}"));
    assert_eq!(scene.sent().len(), 2, "nobody sends the customer's own words");
}

#[test]
fn what_waits_for_an_account_that_is_disconnected_is_told() {
    for (code, subcode) in [(190, Some(463)), (4, None)] {
        let scene = scene(Channel::Facebook);
        scene.world.meta_mut().expect("POST", "/messages").error(400, code, subcode);
        let first = scene.says("One");
        let second = scene.says("Two");
        scene.world.rocket_chat_mut().records.retain(|record| record.keys[0] != "accounts");
        scene.tick(2);
        let told: Vec<String> = scene.whispers().into_iter().filter(|text| text.contains("not connected")).collect();
        assert_eq!(told.len(), 2, "{code}: {:?}", scene.whispers());
        assert_eq!((scene.marks(&first), scene.marks(&second)), (vec![":warning:".into()], vec![":warning:".into()]));
        assert_eq!(scene.world.rocket_chat().records.iter().filter(|r| r.keys[0] == "outbox-queues").count(), 0);
        let third = scene.says("Three");
        assert_eq!(scene.marks(&third), [":warning:"]);
        let button = scene.offered().unwrap();
        let fresh = page_account(scene.world.now());
        scene.world.rocket_chat_mut().store(&fresh);
        scene.tick(2);
        assert_eq!(scene.sent(), Vec::<String>::new(), "what was reported is the agents' to send");
        scene.press("agent", &button);
        assert_eq!(scene.sent(), ["Anna Agent: Three"]);
    }
}

/// Of two instances one knows a queue that the other one has ended.
#[test]
fn a_queue_that_another_instance_ended_is_listed_again() {
    let scene = scene(Channel::Facebook);
    let other = scene.world.instance();
    let renewed = |scene: &Scene| {
        let fresh = page_account(scene.world.now());
        scene.world.rocket_chat_mut().records.retain(|record| record.keys[0] != "accounts");
        scene.world.rocket_chat_mut().store(&fresh);
        scene.world.advance(MINUTE);
        let input = JobInput { job: "tick".to_owned(), data: Value::Null };
        other.run(async move |session| session.run_job(input).await).expect("the job");
        scene.world.settle();
    };
    for text in ["One", "Two"] {
        scene.world.meta_mut().expect("POST", "/messages").error(401, 190, Some(463));
        scene.says(text);
        renewed(&scene);
    }
    assert_eq!(scene.sent(), ["Anna Agent: One", "Anna Agent: Two"]);
}

#[test]
fn only_the_rest_of_a_message_is_sent_again() {
    let scene = scene(Channel::Instagram);
    let words: Vec<String> = (0..500).map(|n| format!("w{n}")).collect();
    scene.world.meta_mut().expect("POST", "/messages").json(json!({ "recipient_id": "7001", "message_id": "m_first" }));
    scene.world.meta_mut().expect("POST", "/messages").error(403, 200, None);
    scene.says(&words.join(" "));
    assert_eq!(scene.sent().len(), 1);
    scene.press("agent", &scene.offered().unwrap());
    assert_eq!(scene.sent().join(" "), format!("Anna Agent: {}", words.join(" ")));
}

#[test]
fn what_passes_is_waited_for_and_order_is_kept() {
    for (status, code, subcode) in [(500, 2, Some(1_545_133)), (400, 4, None), (400, 613, None), (429, 0, None)] {
        let scene = scene(Channel::Facebook);
        match code {
            0 => scene.world.meta_mut().expect("POST", "/messages").status(status).bytes(b"slow down").times(2),
            code => scene.world.meta_mut().expect("POST", "/messages").error(status, code, subcode).times(2),
        };
        let first = scene.says("One");
        let second = scene.says("Two");
        assert_eq!(scene.world.meta().sent_to("POST", "/messages").len(), 1, "what is behind does not even try");
        assert_eq!((scene.marks(&first), scene.marks(&second)).0, [":hourglass_flowing_sand:"]);
        assert_eq!(scene.whispers(), Vec::<String>::new(), "it passes by itself");
        scene.tick(3);
        scene.says("Three");
        scene.tick(3);
        assert_eq!(scene.sent(), ["Anna Agent: One", "Anna Agent: Two", "Anna Agent: Three"], "{code}");
        assert!(scene.marks(&first).is_empty() && scene.marks(&second).is_empty());
        assert_eq!(scene.world.rocket_chat().records.iter().filter(|r| r.keys[0] == "outbox-queues").count(), 0);
    }
}

#[test]
fn a_limited_account_makes_no_calls_meanwhile() {
    let scene = scene(Channel::Facebook);
    scene.world.meta_mut().expect("POST", "/messages").status(429).header("retry-after", "600").json(json!({
        "error": { "code": 613, "message": "x" }
    }));
    scene.says("One");
    scene.tick(9);
    assert_eq!(scene.world.meta().sent_to("POST", "/messages").len(), 1);
    scene.tick(3);
    assert_eq!(scene.sent(), ["Anna Agent: One"]);
}

#[test]
fn what_does_not_pass_is_told_in_the_end() {
    for (code, subcode, expected, within) in [
        (2, Some(1_545_133), "out of order", 70),
        (2, None, "they blocked this account", 10),
        (1, None, "lacks a permission", 10),
        (4, None, "more than Meta allows", 70),
    ] {
        let scene = scene(Channel::Facebook);
        scene.world.meta_mut().expect("POST", "/messages").error(500, code, subcode).always();
        let id = scene.says("One");
        scene.tick(within);
        let whispers = scene.whispers();
        assert!(whispers.len() == 1 && whispers[0].contains(expected), "{code}: {whispers:?}");
        assert_eq!(scene.marks(&id), [":warning:"]);
        let tries = scene.world.meta().sent_to("POST", "/messages").len();
        assert!((3..=6).contains(&tries), "{code}: {tries}");
        assert!(scene.offered().is_some() || code == 2);
    }
}

#[test]
fn a_dead_token_holds_everything_until_it_is_renewed() {
    let scene = scene(Channel::Facebook);
    scene.world.meta_mut().expect("POST", "/messages").error(401, 190, Some(463));
    let first = scene.says("One");
    assert!(scene.whispers()[0].starts_with("Your message is kept"), "{:?}", scene.whispers());
    let second = scene.says("Two");
    scene.tick(5);
    assert_eq!(scene.world.meta().sent_to("POST", "/messages").len(), 1, "nothing is tried with a dead token");
    assert_eq!(scene.marks(&first), [":hourglass_flowing_sand:"]);
    let fresh = page_account(scene.world.now());
    scene.world.rocket_chat_mut().records.retain(|record| record.keys[0] != "accounts");
    scene.world.rocket_chat_mut().store(&fresh);
    scene.tick(2);
    assert_eq!(scene.sent(), ["Anna Agent: One", "Anna Agent: Two"]);
    assert!(scene.marks(&first).is_empty() && scene.marks(&second).is_empty());
}

#[test]
fn a_lead_form_is_waited_for() {
    let scene = scene(Channel::Facebook);
    scene.world.meta_mut().expect("POST", "/messages").error(400, 10, Some(2_018_321));
    scene.says("One");
    assert_eq!(scene.whispers(), Vec::<String>::new());
    scene.tick(6);
    assert_eq!(scene.sent(), ["Anna Agent: One"]);
}

#[test]
fn what_the_server_cannot_store_is_said_at_once() {
    let scene = scene(Channel::Facebook);
    scene.world.faults_mut().fail("store_create", 1, "failed");
    let id = scene.says("One");
    assert_eq!(scene.world.meta().requests.len(), 0);
    assert!(scene.whispers()[0].contains("could not store it"), "{:?}", scene.whispers());
    assert_eq!(scene.marks(&id), [":warning:"]);
    scene.press("agent", &scene.offered().unwrap());
    assert_eq!(scene.sent(), ["Anna Agent: One"]);
}

#[test]
fn what_was_said_not_to_be_stored_does_not_go_out_later() {
    let scene = scene(Channel::Facebook);
    scene.world.faults_mut().lose_answer("store_create", 1, "failed");
    scene.says("One");
    assert!(scene.whispers()[0].contains("could not store it"), "{:?}", scene.whispers());
    scene.tick(5);
    assert_eq!(scene.sent(), Vec::<String>::new(), "the agent writes it anew");
}

/// After an outage many conversations wait: none is behind all the others.
#[test]
fn many_queues_are_sent_side_by_side() {
    let scene = scene(Channel::Facebook);
    let people: Vec<String> = (0..20).map(|n| format!("9{n:03}")).collect();
    for person in &people {
        let item = text_item(person, PAGE, &format!("m_{person}"), scene.world.now(), "Hello");
        scene.app.webhook(&delivery("page", PAGE, &item));
    }
    scene.app.deliver_events();
    scene.world.meta_mut().expect("POST", "/messages").error(401, 190, Some(463));
    for person in &people {
        let id = ConversationId { person: person.as_str().into(), ..scene.id.clone() };
        let room = scene.world.rocket_chat().open_rooms(&id.visitor_token())[0].id.clone();
        scene.app.agent_says("agent", &room, &format!("To {person}"));
    }
    scene.world.settle();
    assert!(scene.sent().is_empty());
    let fresh = page_account(scene.world.now());
    scene.world.rocket_chat_mut().records.retain(|record| record.keys[0] != "accounts");
    scene.world.rocket_chat_mut().store(&fresh);
    scene.world.advance(MINUTE);
    scene.world.meta_mut().expect("POST", "/messages").after(1_000).json(json!({ "message_id": "m" })).always();
    let began = scene.world.now();
    scene.job("tick", Value::Null);
    scene.world.settle();
    assert_eq!(scene.sent().len(), people.len());
    assert!(scene.world.now() - began < 10_000, "{} ms", scene.world.now() - began);
}

#[test]
fn a_window_that_closes_while_messages_wait_is_told_for_each() {
    let scene = scene(Channel::Facebook);
    scene.world.advance(DAY - 10 * MINUTE);
    scene.world.meta_mut().expect("POST", "/messages").error(500, 2, Some(1_545_133)).always();
    let ids = [scene.says("One"), scene.says("Two")];
    scene.tick(30);
    let told = scene.whispers();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|text| text.contains("Human Agent")), "{told:?}");
    assert!(ids.iter().all(|id| scene.marks(id) == [":warning:"]));
    assert!(scene.sent().is_empty());
}

#[test]
fn a_token_that_dies_within_a_message_holds_the_rest_of_it() {
    let scene = scene(Channel::Instagram);
    let words: Vec<String> = (0..500).map(|n| format!("w{n}")).collect();
    scene.world.meta_mut().expect("POST", "/messages").json(json!({ "recipient_id": "7001", "message_id": "m_first" }));
    scene.world.meta_mut().expect("POST", "/messages").error(401, 190, Some(460));
    scene.says(&words.join(" "));
    scene.says("Next");
    assert_eq!(scene.sent().len(), 1);
    let fresh = instagram_account(scene.world.now());
    scene.world.rocket_chat_mut().records.retain(|record| record.keys[0] != "accounts");
    scene.world.rocket_chat_mut().store(&fresh);
    scene.tick(2);
    assert_eq!(scene.sent().join(" "), format!("Anna Agent: {} Anna Agent: Next", words.join(" ")));
}
