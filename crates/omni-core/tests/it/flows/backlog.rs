//! One customer writes more than anybody reads: it costs the others nothing, and of each message the same.

use super::*;
use omni_core::store::{BacklogCursor, BacklogStream, MessageRecord};
use std::collections::BTreeMap;

const FLOOD: usize = 20_000;
const OTHERS: usize = 100;

/// Of a host call's answer nothing near the 32 MiB that the core has.
pub(super) const MOST_AT_ONCE: usize = 512 * 1024;

pub(super) fn long(number: usize) -> String {
    format!("{number} {}", "x".repeat(1_990))
}

/// A delivery of some of one customer's messages, as many as the server takes.
pub(super) fn some_of(world: &World, person: &str, numbers: std::ops::Range<usize>) -> serde_json::Value {
    let (at, count) = (world.now(), numbers.len());
    let mut body = delivery("page", PAGE, &json!({ "timestamp": at }));
    let items = numbers.enumerate().map(|(place, number)| {
        let written = at - (count - place) as i64;
        text_item(person, PAGE, &format!("m_{person}_{number}"), written, &long(number))
    });
    body["entry"][0]["messaging"] = items.collect();
    body
}

/// Floods in deliveries of 30; the night is long enough that filing goes on beside it.
pub(super) fn floods(world: &World, app: &Instance, person: &str, count: usize) {
    for from in (0..count).step_by(30) {
        let body = some_of(world, person, from..count.min(from + 30));
        assert_eq!(app.webhook(&body).status, 200);
        world.advance(2_000);
        if from % 900 == 0 {
            minutes(world, app, 1);
        }
    }
}

/// Calls, reads and bytes read for each of the parts of so many of a customer's messages that were shown.
fn costs(world: &World, part: usize) -> Vec<(usize, usize)> {
    let reads = world.rocket_chat().reads.clone();
    let (mut costs, mut calls, mut bytes, mut read, mut shown) = (Vec::new(), 0, 0, 0, 0);
    for kind in world.kinds() {
        calls += 1;
        match kind {
            "store_read" => {
                bytes += reads[read];
                read += 1;
            }
            "visitor_message" => {
                shown += 1;
                if shown % part == 0 {
                    costs.push((calls, bytes));
                    (calls, bytes) = (0, 0);
                }
            }
            _ => {}
        }
    }
    costs
}

#[test]
fn twenty_thousand_messages_of_one_customer_keep_nobody_waiting() {
    let flood = FLOOD;
    let (world, app) = world(|config| config.offline = "We are away.".into());
    world.keep_no_calls();
    leaves(&app, "agent");
    floods(&world, &app, "7000", flood);
    // Meta repeats: what lies in the first segment, and what came last.
    for from in [0, 60, flood - 30] {
        let before = world.rocket_chat().stored::<MessageRecord>().len();
        let body = some_of(&world, "7000", from..from + 30);
        assert_eq!(app.webhook(&body).status, 200);
        assert_eq!(world.rocket_chat().stored::<MessageRecord>().len(), before, "{from}");
    }
    for at in 0..OTHERS {
        writes(&app, &format!("8{at:03}"), &format!("m_{at}"), "Hello?");
    }
    minutes(&world, &app, 2);
    assert_eq!(world.rocket_chat().rooms.len(), 0);
    assert_eq!(world.meta().texts().len(), OTHERS + 1, "told once each");
    assert!(board(&world).contains(&format!("messages: {flood} ")), "all of them are counted");
    let written = world.rocket_chat().reads.iter().max().copied().unwrap_or_default();
    assert!(written < MOST_AT_ONCE, "{written} bytes in one read");

    world.forget_calls();
    world.rocket_chat_mut().reads.clear();
    world.rocket_chat_mut().presence("agent", true);
    events(&world, &app);
    minutes(&world, &app, 2);
    let server = world.rocket_chat();
    let texts = server.visitor_texts(&token("7000"));
    assert_eq!(texts.len(), flood);
    assert!((0..flood).all(|number| texts[number].starts_with(&format!("{number} "))), "in order");
    for at in 0..OTHERS {
        assert_eq!(server.visitor_texts(&token(&format!("8{at:03}"))), ["Hello?"], "{at}");
    }
    // The last of the others is served before the customer who wrote much had many turns.
    let last = server.messages.iter().rposition(|stored| stored.message.text == "Hello?").expect("it is shown");
    let before = server.messages[..last].iter().filter(|stored| stored.message.visitor_token == Some(token("7000")));
    assert!(before.count() < 100);
    let most = server.reads.iter().max().copied().unwrap_or_default();
    assert!(most < MOST_AT_ONCE, "{most} bytes in one read");
    drop(server);
    assert_eq!((stored(&world, "waiting"), world.rocket_chat().stored::<BacklogStream>().len()), (0, 0));
    let costs = costs(&world, 500);
    let (early, late) = (costs[1], costs[costs.len() - 2]);
    assert!(late.0 * 10 <= early.0 * 11 && late.1 * 10 <= early.1 * 11, "{costs:?}");
    assert!(costs.iter().all(|(calls, bytes)| calls / 500 < 12 && bytes / 500 < 60_000), "{costs:?}");
    minutes(&world, &app, 60);
    let left: BTreeMap<String, usize> = world.rocket_chat().records.iter().fold(BTreeMap::new(), |mut left, record| {
        *left.entry(record.data["kind"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        left
    });
    assert_eq!(left.get("entry"), None, "{left:?}");
}

/// What the customer wrote, in the order in which the agent reads it.
pub(super) fn numbers(world: &World, person: &str) -> Vec<usize> {
    let server = world.rocket_chat();
    let number = |text: &&str| text.split(' ').next().and_then(|number| number.parse().ok()).expect("a number");
    server.visitor_texts(&token(person)).iter().map(number).collect()
}

fn events(world: &World, app: &Instance) {
    while !world.rocket_chat().events.is_empty() && !app.has_crashed() {
        events_or_crash(world, app);
    }
}

/// What lies in a segment, and what is read with the conversation.
#[test]
fn what_is_taken_back_while_much_waits_is_not_shown() {
    let (world, app) = world(everything);
    leaves(&app, "agent");
    floods(&world, &app, PERSON, 180);
    let edit =
        json!({ "message_edit": { "mid": format!("m_{PERSON}_120"), "text": "120 other words", "num_edit": 1 } });
    sends(&app, &event(&world, &edit));
    for number in [10, 120] {
        let unsend = json!({ "message": { "mid": format!("m_{PERSON}_{number}"), "is_deleted": true } });
        sends(&app, &event(&world, &unsend));
    }
    let kept = |what: &str| world.rocket_chat().records.iter().any(|record| record.data.to_string().contains(what));
    assert!(!kept("120 xx") && !kept("other words"), "the words are gone at once");
    let reaction = json!({ "reaction": { "reaction": "love", "emoji": "❤", "action": "react", "mid": format!("m_{PERSON}_130") } });
    sends(&app, &event(&world, &reaction));
    minutes(&world, &app, 2);
    assert!(board(&world).contains("messages: 178 "), "neither is counted");
    arrives(&app, "agent");
    minutes(&world, &app, 3);
    let expected: Vec<usize> = (0..180).filter(|number| ![10, 120].contains(number)).collect();
    assert_eq!(numbers(&world, PERSON), expected);
    let server = world.rocket_chat();
    let reacted: Vec<_> = server.messages.iter().filter(|stored| !stored.reactions.is_empty()).collect();
    assert_eq!(reacted.len(), 1);
    assert!(reacted[0].message.text.starts_with("130 "));
    drop(server);
    assert_eq!((stored(&world, "waiting"), stored(&world, "backlog"), stored(&world, "backlog-cursor")), (0, 0, 0));
}

/// Meta delivers to either, at times to both; neither knows what the other stores.
#[test]
fn two_instances_keep_the_order_of_a_backlog() {
    let (world, one) = world(everything);
    let two = world.instance();
    leaves(&one, "agent");
    for from in (0..600).step_by(10) {
        let body = some_of(&world, PERSON, from..from + 10).to_string();
        let apps = match from / 10 % 3 {
            0 => vec![&one],
            1 => vec![&two],
            _ => vec![&one, &two],
        };
        for app in apps {
            let request = webhook_request(&body);
            app.start(async move |session| session.receive_webhook(request).await);
        }
        world.settle();
        world.advance(2_000);
    }
    // Both wake at once.
    world.rocket_chat_mut().presence("agent", true);
    let told: Vec<Event> = std::mem::take(&mut world.rocket_chat_mut().events);
    for event in told {
        let Event::Status(input) = event else { continue };
        for app in [&one, &two] {
            let input = input.clone();
            app.start(async move |session| session.status_changed(input).await);
        }
    }
    world.settle();
    events(&world, &one);
    minutes(&world, &one, 3);
    minutes(&world, &two, 3);
    assert_eq!(numbers(&world, PERSON), (0..600).collect::<Vec<_>>());
    assert_eq!((stored(&world, "waiting"), stored(&world, "backlog")), (0, 0));
}

/// The process ends in the midst of it, at whatever it does, before or after.
#[test]
fn a_backlog_outlives_the_process_that_reads_it() {
    for (kind, nth) in [
        ("visitor_message", 30),
        ("visitor_message", 73),
        ("store_update", 120),
        ("store_update", 133),
        ("store_create", 3),
        ("store_create", 7),
        ("store_create", 9),
        ("store_remove", 1),
        ("store_remove", 3),
        ("store_remove", 5),
    ] {
        let (world, app) = world(|_| {});
        leaves(&app, "agent");
        floods(&world, &app, PERSON, 150);
        world.rocket_chat_mut().presence("agent", true);
        app.crash_after(kind, nth);
        events(&world, &app);
        assert!(app.has_crashed(), "{kind} {nth}");
        app.restart();
        for _ in 0..6 {
            world.advance(MINUTE);
            app.job("tick");
            world.settle();
            events(&world, &app);
        }
        assert_eq!(numbers(&world, PERSON), (0..150).collect::<Vec<_>>(), "{kind} {nth}");
        assert_eq!((stored(&world, "waiting"), stored(&world, "backlog")), (0, 0), "{kind} {nth}");
    }
}

/// The process that reads takes the stream for ended and ends itself, just as another one appends.
#[test]
fn what_is_appended_to_a_stream_that_is_being_ended_is_shown() {
    let (world, app) = world(|_| {});
    let other = world.instance();
    leaves(&app, "agent");
    floods(&world, &app, PERSON, 60);
    // The other process knows of the backlog, and has a stream of its own.
    assert_eq!(other.webhook(&some_of(&world, PERSON, 60..61)).status, 200);
    assert_eq!(other.webhook(&some_of(&world, PERSON, 61..64)).status, 200);
    let streams = world.rocket_chat().stored::<BacklogStream>();
    assert_eq!(streams.len(), 2);
    let cursor = BacklogCursor {
        stream_id: streams[1].stream_id.clone(),
        conversation: id(PERSON),
        segment: 0,
        done: 0,
        reader: "gone".to_owned(),
    };
    let mut server = world.rocket_chat_mut();
    server.store(&cursor);
    server.records.retain(|record| record.data["stream_id"] != *cursor.stream_id || record.data["kind"] != "backlog");
    drop(server);
    arrives(&app, "agent");
    minutes(&world, &app, 3);
    assert_eq!(numbers(&world, PERSON), (0..64).collect::<Vec<_>>());
    assert_eq!((stored(&world, "backlog"), stored(&world, "backlog-cursor")), (0, 0));
}

/// The process ends while it stores; Meta delivers again.
#[test]
fn a_crash_while_a_backlog_is_written_loses_and_doubles_nothing() {
    for nth in 1..=9 {
        for kind in ["store_create", "store_update"] {
            let (world, app) = world(|_| {});
            leaves(&app, "agent");
            floods(&world, &app, PERSON, 60);
            let body = some_of(&world, PERSON, 60..65);
            app.crash_after(kind, nth);
            let request = webhook_request(&body.to_string());
            app.answer(async move |session| session.receive_webhook(request).await);
            world.settle();
            if !app.has_crashed() {
                continue;
            }
            app.restart();
            world.advance(MINUTE);
            assert_eq!(app.webhook(&body).status, 200);
            minutes(&world, &app, 4);
            arrives(&app, "agent");
            minutes(&world, &app, 4);
            assert_eq!(numbers(&world, PERSON), (0..65).collect::<Vec<_>>(), "{kind} {nth}");
        }
    }
}

/// A room is open, and showing is slower than what comes.
#[test]
fn more_comes_into_an_open_room_than_can_be_shown() {
    let (world, app) = world(|_| {});
    writes(&app, PERSON, "m_first", "-1 first");
    world.rocket_chat_mut().reads.clear();
    world.faults_mut().delay("visitor_message", 1_000);
    for from in (0..600).step_by(10) {
        let request = webhook_request(&some_of(&world, PERSON, from..from + 10).to_string());
        app.start(async move |session| session.receive_webhook(request).await);
        world.advance(500);
    }
    assert!(stored(&world, "backlog") > 0, "it does not keep up");
    world.settle();
    let shown: Vec<String> =
        world.rocket_chat().visitor_texts(&token(PERSON)).iter().skip(1).map(ToString::to_string).collect();
    assert_eq!(shown.len(), 600);
    assert!(shown.iter().enumerate().all(|(number, text)| text.starts_with(&format!("{number} "))));
    let most = world.rocket_chat().reads.iter().max().copied().unwrap_or_default();
    assert!(most < MOST_AT_ONCE, "{most} bytes in one read");
    assert_eq!(stored(&world, "backlog"), 0);
    // An answer of the agent's costs what it always does.
    world.faults_mut().heal();
    events(&world, &app);
    app.agent_says("agent", &open_room(&world, PERSON), "Slowly, please");
    world.forget_calls();
    app.agent_says("agent", &open_room(&world, PERSON), "One after the other");
    assert_eq!(world.kinds(), ["store_create", "store_read", "http", "store_update"]);
}

/// More is stored under one key than the core has memory for, however that came to be.
#[test]
fn a_conversation_too_large_to_read_keeps_no_other_from_its_turn() {
    let (world, app) = world(|_| {});
    let left_alone = || announced(&world, "leaves that conversation alone");
    writes(&app, "6002", "m_open", "An open conversation");
    let junk = StoredRecord {
        keys: vec![format!("conversation:{}", id(PERSON))],
        data: json!({ "kind": "entry", "junk": "x".repeat(MOST_READ) }),
    };
    world.rocket_chat_mut().records.push(junk.clone());
    for number in 0..60 {
        assert_eq!(writes(&app, PERSON, &format!("m_{number}"), &long(number)), 200, "it is stored");
    }
    minutes(&world, &app, 4);
    writes(&app, "6003", "m_new", "A new conversation");
    writes(&app, "6002", "m_more", "More");
    assert_eq!(world.rocket_chat().visitor_texts(&token("6003")), ["A new conversation"]);
    assert_eq!(world.rocket_chat().visitor_texts(&token("6002")), ["An open conversation", "More"]);
    assert_eq!((left_alone(), world.rocket_chat().visitor_texts(&token(PERSON)).len()), (1, 0));
    minutes(&world, &app, 70);
    assert_eq!(left_alone(), 1, "said once");
    world.rocket_chat_mut().records.retain(|record| record != &junk);
    minutes(&world, &app, 70);
    assert_eq!(numbers(&world, PERSON), (0..60).collect::<Vec<_>>(), "and then all of it is there");
}

/// Whatever ends a process ends the next one too.
#[test]
fn a_conversation_that_ends_processes_is_left_alone_for_an_hour() {
    let (world, app) = world(|_| {});
    leaves(&app, "agent");
    writes(&app, PERSON, "m_1", "Hello?");
    world.rocket_chat_mut().presence("agent", true);
    world.rocket_chat_mut().events.clear();
    let mut endings = 0;
    loop {
        app.crash_before("visitor_message", 1);
        world.advance(4 * MINUTE);
        app.answer(async |session| {
            session.run_job(omni_core::api::JobInput { job: "tick".to_owned(), data: json!(null) }).await
        });
        world.settle();
        if !app.has_crashed() {
            break;
        }
        endings += 1;
        assert!(endings < 20, "it is tried for ever");
        app.restart();
    }
    assert_eq!(announced(&world, "leaves that conversation alone"), 1);
    app.restart();
    minutes(&world, &app, 30);
    writes(&app, PERSON, "m_3", "Still there?");
    assert_eq!(
        world.rocket_chat().visitor_texts(&token(PERSON)),
        Vec::<&str>::new(),
        "not tried, for what comes neither"
    );
    writes(&app, "6002", "m_2", "Somebody else");
    assert_eq!(world.rocket_chat().visitor_texts(&token("6002")), ["Somebody else"]);
    minutes(&world, &app, 40);
    assert_eq!(world.rocket_chat().visitor_texts(&token(PERSON)), ["Hello?", "Still there?"], "tried again");
    assert_eq!((announced(&world, "leaves that conversation alone"), stored(&world, "attempt")), (1, 0));
}

/// The agent writes on while nothing gets out.
#[test]
fn agents_are_told_when_too_much_waits_to_go_out() {
    let (world, app) = world(|_| {});
    writes(&app, PERSON, "m_1", "Hello?");
    let room = open_room(&world, PERSON);
    world.meta_mut().expect("POST", "/messages").always().status(503);
    for number in 0..130 {
        app.agent_says("agent", &room, &format!("Answer {number}"));
    }
    let refused = world.rocket_chat().whispers.iter().filter(|said| said.text.contains("wait to be sent")).count();
    assert!((25..=30).contains(&refused), "{refused}");
    let most = world.rocket_chat().reads.iter().max().copied().unwrap_or_default();
    assert!(most < MOST_AT_ONCE, "{most} bytes in one read");
}
