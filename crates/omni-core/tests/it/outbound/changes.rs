//! Quotes, reactions, edits, deletions.

use super::*;
use omni_core::store::{Account, LoginRoute};

impl Scene {
    /// The customer's message in the room.
    fn customers(&self) -> String {
        let server = self.world.rocket_chat();
        server.in_room(&self.room).iter().find(|message| message.visitor_token.is_some()).unwrap().id.clone()
    }

    fn person(&self, act: impl FnOnce(&mut RocketChat)) {
        act(&mut self.world.rocket_chat_mut());
        self.app.deliver_events();
        self.world.settle();
    }

    fn reactions(&self) -> Vec<Value> {
        let meta = self.world.meta();
        let wanted = |request: &&MetaRequest| {
            matches!(request.body["sender_action"].as_str(), Some("react" | "unreact")) && request.taken
        };
        let shown = |request: &MetaRequest| json!([request.body["sender_action"], request.body["payload"]]);
        meta.requests.iter().filter(wanted).map(shown).collect()
    }
}

#[test]
fn an_answer_to_a_message_answers_it_there_too() {
    for channel in NETWORKS {
        let scene = scene(channel);
        let customers = scene.customers();
        scene.person(|server| {
            server.quotes("agent", &customers, "Yes");
        });
        let own = scene.says("Ours");
        let mid = scene.outboxes().last().unwrap().mids().next().unwrap().to_string();
        scene.person(|server| {
            server.quotes("agent", &own, "As I said");
        });
        scene.says_with("In the thread", |message| message.thread_id = Some(customers.clone()));
        let replies: Vec<(Value, Value)> =
            scene.bodies().iter().map(|b| (b["message"]["text"].clone(), b["reply_to"]["mid"].clone())).collect();
        let expected = [
            (json!("Anna Agent: Yes"), json!("m_1")),
            (json!("Anna Agent: Ours"), json!(null)),
            (json!("Anna Agent: As I said"), json!(mid)),
            (json!("Anna Agent: In the thread"), json!("m_1")),
        ];
        assert_eq!(replies, expected);
    }
}

#[test]
fn a_quote_of_something_long_archived_still_finds_it() {
    let scene = scene(Channel::Facebook);
    let customers = scene.customers();
    scene.tick(120);
    assert_eq!(scene.world.rocket_chat().stored::<MessageRecord>().len(), 0, "all is filed");
    scene.person(|server| {
        server.quotes("agent", &customers, "Yes");
    });
    assert_eq!(scene.bodies()[0]["reply_to"]["mid"], "m_1");
}

#[test]
fn a_quote_of_what_meta_does_not_know_goes_without_and_says_so() {
    let scene = scene(Channel::Facebook);
    let note = scene.world.rocket_chat_mut().notes(&scene.room, "uj", "joined");
    scene.world.meta_mut().expect("POST", "/messages").error(500, 2, Some(1_545_133)).times(2);
    scene.person(|server| {
        server.quotes("agent", &note, "Look");
    });
    assert_eq!(scene.whispers(), Vec::<String>::new(), "it has not gone out");
    scene.tick(3);
    assert_eq!(scene.whispers().len(), 1);
    assert_eq!((scene.sent(), scene.bodies()[0]["reply_to"].is_null()), (vec!["Anna Agent: Look".to_owned()], true));
    assert!(scene.whispers()[0].contains("without the quote"));
}

#[test]
fn reactions_reach_the_customer_as_far_as_the_network_has_them() {
    use Channel::{Facebook, Instagram};
    for (channel, emoji, expected, told) in [
        (Facebook, ":thumbsup:", Some("👍"), ""),
        (Facebook, ":heart:", Some("❤️"), ""),
        (Facebook, ":our_logo:", None, "has no counterpart on Facebook"),
        (Instagram, ":heart:", Some("love"), ""),
        (Instagram, ":thumbsup:", None, "takes only a heart"),
    ] {
        let scene = scene(channel);
        let customers = scene.customers();
        scene.person(|server| server.reacts("agent", &customers, emoji, true));
        scene.person(|server| server.reacts("agent", &customers, emoji, false));
        let reactions = match expected {
            Some(reaction) => vec![
                json!(["react", { "message_id": "m_1", "reaction": reaction }]),
                json!(["unreact", { "message_id": "m_1" }]),
            ],
            None => Vec::new(),
        };
        assert_eq!(scene.reactions(), reactions, "{channel:?} {emoji}");
        let whispers = scene.whispers();
        assert_eq!(whispers.len(), usize::from(!told.is_empty()), "{whispers:?}");
        assert!(whispers.iter().all(|whisper| whisper.contains(told)), "{whispers:?}");
        assert_eq!(scene.bodies(), Vec::<Value>::new());
    }
}

#[test]
fn an_instagram_account_without_a_page_takes_any_emoji() {
    let scene = scene(Channel::Instagram);
    // Connected anew, and accounts are remembered for a while.
    scene.world.advance(HOUR);
    let account = instagram_account(scene.world.now());
    scene.world.rocket_chat_mut().store(&Account { route: LoginRoute::Instagram, ..account });
    let customers = scene.customers();
    for emoji in [":tada:", ":heart:"] {
        scene.person(|server| server.reacts("agent", &customers, emoji, true));
    }
    let shown = |emoji: &str| json!(["react", { "message_id": "m_1", "reaction": emoji }]);
    assert_eq!(scene.reactions(), [shown("🎉"), shown("❤️")]);
}

#[test]
fn the_apps_own_marks_are_no_reactions_of_an_agent() {
    let scene = scene(Channel::Facebook);
    let customers = scene.customers();
    scene.person(|server| server.reacts(APP_USER, &customers, ":eyes:", true));
    assert_eq!(scene.world.meta().requests.len(), 0);
}

#[test]
fn a_reaction_that_meta_cannot_take_now_is_tried_again() {
    let scene = scene(Channel::Facebook);
    let customers = scene.customers();
    scene.world.meta_mut().expect("POST", "/messages").error(500, 2, Some(1_545_133));
    scene.person(|server| server.reacts("agent", &customers, ":heart:", true));
    assert_eq!(scene.reactions(), Vec::<Value>::new());
    scene.tick(1);
    assert_eq!(scene.reactions().len(), 1);
}

#[test]
fn edits_and_deletions_are_said_to_stay_here() {
    for channel in NETWORKS {
        let scene = scene(channel);
        let id = scene.says("Tuesday");
        scene.quiet();
        // A preview of a link, or the server's own bookkeeping: the text is the same.
        scene.person(|server| server.edits("agent", &id, "Tuesday"));
        assert_eq!(scene.whispers(), Vec::<String>::new());
        scene.person(|server| server.edits("agent", &id, "Wednesday"));
        assert!(scene.whispers()[0].starts_with("Edited here only"), "{:?}", scene.whispers());
        scene.person(|server| server.deletes("agent", &id));
        assert!(scene.whispers()[1].starts_with("Deleted here only"), "{:?}", scene.whispers());
        assert_eq!(scene.world.meta().requests.len(), 0);
        let customers = scene.customers();
        scene.person(|server| server.deletes("agent", &customers));
        assert_eq!(scene.whispers().len(), 2);
    }
}

#[test]
fn what_has_not_left_goes_as_it_reads_now_or_not_at_all() {
    let scene = scene(Channel::Facebook);
    scene.world.meta_mut().expect("POST", "/messages").error(500, 2, Some(1_545_133));
    let first = scene.says("Tuesday");
    let second = scene.says("Never mind");
    scene.person(|server| server.edits("agent", &first, "Wednesday"));
    scene.person(|server| server.deletes("agent", &second));
    assert_eq!((scene.sent(), scene.whispers()), (Vec::new(), Vec::new()));
    scene.tick(2);
    assert_eq!(scene.sent(), ["Anna Agent: Wednesday"]);
}

#[test]
fn what_was_refused_goes_as_it_reads_now_when_it_is_sent_again() {
    for channel in NETWORKS {
        let scene = scene(channel);
        scene.world.meta_mut().expect("POST", "/messages").error(403, 200, None);
        let id = scene.says("Tuesday");
        scene.person(|server| server.edits("agent", &id, "Wednesday"));
        assert_eq!(scene.sent(), Vec::<String>::new(), "nobody asked for it");
        assert!(scene.whispers()[1].starts_with("Edited, and still not sent"), "{:?}", scene.whispers());
        scene.press("agent", &scene.offered().unwrap());
        assert_eq!(scene.sent(), ["Anna Agent: Wednesday"]);
    }
}

#[test]
fn what_was_refused_and_deleted_is_not_sent_again() {
    let scene = scene(Channel::Facebook);
    scene.world.meta_mut().expect("POST", "/messages").error(403, 200, None);
    let id = scene.says("Tuesday");
    let button = scene.offered().unwrap();
    scene.person(|server| server.deletes("agent", &id));
    assert_eq!(scene.whispers().len(), 1, "the customer never saw it");
    scene.press("agent", &button);
    assert_eq!(scene.sent(), Vec::<String>::new());
    assert!(scene.whispers()[1].starts_with("There is nothing left"), "{:?}", scene.whispers());
}

#[test]
fn a_deletion_long_after_is_one_here_only() {
    let scene = scene(Channel::Instagram);
    let id = scene.says("Tuesday");
    scene.tick(120);
    assert_eq!(scene.world.rocket_chat().stored::<MessageRecord>().len(), 0, "all is filed");
    scene.person(|server| server.deletes("agent", &id));
    assert!(
        scene.whispers().len() == 1 && scene.whispers()[0].starts_with("Deleted here only"),
        "{:?}",
        scene.whispers()
    );
}

/// Whether Meta has it is not known when it is deleted: had it not, it never gets it.
#[test]
fn what_is_deleted_while_nobody_knows_whether_it_arrived_is_not_sent_after_all() {
    let scene = scene(Channel::Facebook);
    scene.world.meta_mut().expect("POST", "/messages").lost("timeout").json(json!({}));
    let id = scene.says("Tuesday");
    scene.says("Next");
    scene.person(|server| server.deletes("agent", &id));
    for _ in 0..5 {
        scene.meta_tells(&[("m_1", "6001", "Hello")]);
        scene.tick(1);
    }
    let tries = scene.world.meta().sent_to("POST", "/messages").len();
    assert_eq!((tries, scene.sent().last().unwrap().as_str()), (2, "Anna Agent: Next"));
    assert!(scene.outboxes().iter().all(|outbox| !outbox.is_unsent()));
}

#[test]
fn other_choices_under_the_same_words_are_an_edit() {
    let scene = scene(Channel::Facebook);
    scene.world.meta_mut().expect("POST", "/messages").error(500, 2, Some(1_545_133));
    let id = scene.says("Tuesday?\n[[Yes]] [[No]]");
    scene.person(|server| server.edits("agent", &id, "Tuesday?\n[[Yes]] [[Never]]"));
    scene.tick(2);
    assert_eq!(scene.bodies()[0]["message"]["quick_replies"][1]["title"], "Never");
}
