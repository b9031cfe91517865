//! The messaging window: what may go when, and what the room shows of it.

use super::*;

impl Scene {
    fn bot_says(&self, text: &str) -> String {
        if self.world.rocket_chat().user("helper").is_none() {
            self.world.rocket_chat_mut().add_user("helper", "Helper", &["bot"], "bot");
        }
        let helper = self.world.rocket_chat().user("helper").unwrap().clone();
        self.says_with(text, |message| message.sender = Some(helper))
    }

    fn notices(&self) -> Vec<String> {
        let server = self.world.rocket_chat();
        let ours = server.in_room(&self.room).into_iter().filter(|message| message.ours && !message.text.is_empty());
        ours.map(|message| message.text.clone()).collect()
    }
}

#[test]
fn who_may_answer_when() {
    // After how long, with Meta's feature, by a bot: the label it goes under, or what is said.
    let cases: Vec<(i64, bool, bool, Result<Value, &str>)> = vec![
        (HOUR, false, false, Ok(json!(["RESPONSE", null]))),
        (DAY - MINUTE, false, true, Ok(json!(["RESPONSE", null]))),
        (DAY + MINUTE, true, false, Ok(json!(["MESSAGE_TAG", "HUMAN_AGENT"]))),
        (6 * DAY, true, false, Ok(json!(["MESSAGE_TAG", "HUMAN_AGENT"]))),
        (DAY + MINUTE, false, false, Err("Human Agent")),
        (DAY + MINUTE, true, true, Err("only people may answer")),
        (DAY + MINUTE, false, true, Err("only people may answer")),
        (7 * DAY + MINUTE, true, false, Err("too long ago")),
        (7 * DAY + MINUTE, false, false, Err("too long ago")),
    ];
    for channel in NETWORKS {
        for (after, human_agent, bot, expected) in &cases {
            let scene = scene(channel);
            scene.world.rocket_chat_mut().settings.insert("human_agent".to_owned(), json!(human_agent));
            scene.world.advance(*after);
            let id = if *bot { scene.bot_says("Hi") } else { scene.says("Hi") };
            match expected {
                Ok(label) => {
                    assert_eq!(json!([scene.bodies()[0]["messaging_type"], scene.bodies()[0]["tag"]]), *label);
                    assert_eq!(scene.whispers(), Vec::<String>::new());
                }
                Err(words) => {
                    assert_eq!(scene.world.meta().requests.len(), 0, "{after} {human_agent} {bot}");
                    let whispers = scene.whispers();
                    assert!(whispers.len() == 1 && whispers[0].contains(words), "{after}: {whispers:?}");
                    assert_eq!(scene.marks(&id), [":warning:"]);
                }
            }
        }
    }
}

#[test]
fn a_reaction_needs_the_first_day() {
    let scene = scene(Channel::Facebook);
    scene.world.rocket_chat_mut().settings.insert("human_agent".to_owned(), json!(true));
    scene.world.advance(2 * DAY);
    let customers = scene.world.rocket_chat().in_room(&scene.room)[0].id.clone();
    scene.world.rocket_chat_mut().reacts("agent", &customers, ":heart:", true);
    scene.app.deliver_events();
    assert_eq!(scene.world.meta().requests.len(), 0);
    assert!(scene.whispers()[0].contains("too long ago"));
}

#[test]
fn what_meta_says_of_the_window_counts() {
    let scene = scene(Channel::Facebook);
    scene.world.meta_mut().expect("POST", "/messages").error(400, 10, Some(2_018_278));
    scene.says("Hi");
    assert!(scene.whispers()[0].contains("too long ago"), "{:?}", scene.whispers());
    scene.world.rocket_chat_mut().settings.insert("human_agent".to_owned(), json!(true));
    scene.world.advance(2 * DAY);
    scene.quiet();
    scene.world.meta_mut().expect("POST", "/messages").error(400, 10, None);
    scene.says("Hi");
    assert!(scene.whispers()[0].contains("has not granted your Meta app the Human Agent feature"));
}

#[test]
fn the_room_shows_how_long_and_warns() {
    for human_agent in [false, true] {
        let scene = scene(Channel::Instagram);
        scene.world.uncounted();
        scene.world.rocket_chat_mut().settings.insert("human_agent".to_owned(), json!(human_agent));
        scene.tick(1);
        assert_eq!(scene.notices().len(), 1, "{:?}", scene.notices());
        assert!(scene.notices()[0].contains("another 23 h"), "{:?}", scene.notices());
        scene.tick(3 * 60);
        assert!(scene.notices()[0].contains("another 20 h"), "it is rewritten: {:?}", scene.notices());
        assert_eq!(scene.notices().len(), 1);
        // The customer writes: a day begins anew, and no call of the main path is spent on saying so.
        scene.customer_writes("m_2", "And?");
        scene.tick(60);
        assert!(scene.notices()[0].contains("another 23 h"), "{:?}", scene.notices());
        scene.tick(21 * 60 + 30);
        let notices = scene.notices();
        assert_eq!(notices.len(), 2, "{notices:?}");
        assert!(notices[1].starts_with(":alarm_clock: Only ") && notices[0].contains(" min"), "{notices:?}");
        scene.tick(2 * 60);
        let notices = scene.notices();
        assert_eq!(notices.len(), 2, "one warning for one window: {notices:?}");
        let expected = if human_agent { "only what people write" } else { ":lock:" };
        assert!(notices[0].contains(expected), "{notices:?}");
        scene.customer_writes("m_3", "Still there?");
        scene.tick(61);
        assert!(scene.notices()[0].starts_with(":hourglass: Answers reach"), "{:?}", scene.notices());
    }
}

#[test]
fn a_notice_somebody_deleted_comes_again_and_a_closed_room_gets_none() {
    let scene = scene(Channel::Facebook);
    scene.world.uncounted();
    scene.tick(1);
    let id = scene.world.rocket_chat().in_room(&scene.room).iter().find(|m| m.ours).unwrap().id.clone();
    scene.world.rocket_chat_mut().messages.retain(|stored| stored.message.id != id);
    scene.tick(60);
    assert_eq!(scene.notices().len(), 1);
    scene.world.rocket_chat_mut().closes(&scene.room).unwrap();
    scene.app.deliver_events();
    scene.tick(25 * 60);
    assert_eq!(scene.notices().len(), 1, "{:?}", scene.notices());
    let left = scene.world.rocket_chat().records.iter().filter(|r| r.keys[0] == "window-notices").count();
    assert_eq!(left, 0);
}
