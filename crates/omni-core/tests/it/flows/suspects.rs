//! Conversations over which processes end: what else is under way does not suffer.

use super::backlog::{numbers, some_of};
use super::*;
use omni_core::api::JobInput;
use omni_core::store::{Attempt, MessageRecord, MessageState, OutgoingMessage, Record};

/// Five customers whose messages are looked over together; processes ended over those of the third.
fn customers() -> (Vec<String>, String) {
    let shard = |person: &str| {
        let entry = MessageRecord {
            entry_id: String::new(),
            conversation: id(person),
            identity: String::new(),
            stored_at: 0,
            event_at: 0,
            opens_window: false,
            segment: None,
            state: MessageState::Outgoing(OutgoingMessage::default()),
        };
        entry.keys()[1].clone()
    };
    let together = (6_001..7_000).map(|number| number.to_string()).filter(|person| shard(person) == shard(PERSON));
    let mut others: Vec<String> = together.take(5).collect();
    let suspect = others.remove(2);
    (others, suspect)
}

/// So many messages of each wait for a process, and two ended over the suspect's.
fn left_behind(others: &[String], suspect: &str, count: usize) -> (World, Instance) {
    let (world, app) = world(|_| {});
    let everybody = || others.iter().map(String::as_str).chain([suspect]);
    for person in everybody() {
        writes(&app, person, &format!("m_{person}_first"), "1000 first");
    }
    world.faults_mut().delay("visitor_message", 10 * MINUTE);
    for from in (0..count).step_by(30) {
        for person in everybody() {
            let request = webhook_request(&some_of(&world, person, from..count.min(from + 30)).to_string());
            let _ = app.start(async move |session| session.receive_webhook(request).await);
        }
        world.advance(2_000);
    }
    app.restart();
    world.faults_mut().heal();
    let (conversation, at) = (id(suspect), world.now());
    let (worker, reader) = ("gone".to_owned(), "gone".to_owned());
    world.rocket_chat_mut().store(&Attempt { conversation, endings: 2, at, worker, reader, told: false });
    (world, app)
}

/// The next process ends over the suspect's too, as soon as it has shown so many messages of the others.
fn ends_alone(world: &World, app: &Instance, suspect: &str, shown: usize) {
    world.faults_mut().delay("visitor_message", 1_000);
    app.crash_before("visitor_message", shown + 1);
    for _ in 0..6 {
        if !app.has_crashed() {
            world.advance(MINUTE);
            let tick = JobInput { job: "tick".to_owned(), data: json!(null) };
            app.answer(async move |session| session.run_job(tick).await);
            world.settle();
        }
    }
    assert!(app.has_crashed());
    let attempts: Vec<Attempt> = world.rocket_chat().stored();
    let whose: Vec<&ConversationId> = attempts.iter().map(|attempt| &attempt.conversation).collect();
    assert_eq!(whose, [&id(suspect)], "no other conversation counts as one over which a process ended");
    app.restart();
    world.faults_mut().heal();
    minutes(world, app, 8);
    assert_eq!(stored(world, "attempt"), 0);
}

#[test]
fn what_a_lost_process_left_is_tried_alone_after_two_endings() {
    let (others, suspect) = customers();
    let (world, app) = left_behind(&others, &suspect, 3);
    ends_alone(&world, &app, &suspect, 3 * others.len());
    for person in others.iter().chain([&suspect]) {
        assert_eq!(numbers(&world, person), [1000, 0, 1, 2], "{person}");
    }
}

#[test]
fn a_backlog_is_tried_alone_after_two_endings() {
    let (others, suspect) = customers();
    let (world, app) = left_behind(&others, &suspect, 60);
    // What is read at once is gone, so that the backlogs alone are left to do.
    let at_hand = |record: &StoredRecord| record.data["kind"] == "entry" && record.data["state"]["pending"].is_object();
    world.rocket_chat_mut().records.retain(|record| !at_hand(record));
    let behind: Vec<MessageRecord> =
        world.rocket_chat().stored::<MessageRecord>().into_iter().filter(MessageRecord::is_held).collect();
    let of = |person: &String| behind.iter().filter(|entry| entry.conversation == id(person)).count();
    assert!(others.iter().chain([&suspect]).all(|person| of(person) == 10), "the same of each");
    ends_alone(&world, &app, &suspect, 10 * others.len());
    for person in others.iter().chain([&suspect]) {
        assert_eq!(numbers(&world, person)[1..], (50..60).collect::<Vec<_>>(), "{person}");
    }
}
