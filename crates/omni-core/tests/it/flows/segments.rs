//! Segments of a backlog: each is bounded, is read to its end, and nothing that is stored in one is lost.

use super::backlog::{MOST_AT_ONCE, floods, numbers, some_of};
use super::*;
use omni_core::store::{BacklogCursor, BacklogStream, MessageRecord};
use std::collections::BTreeMap;

/// The most that is read at once: messages, and bytes of what Meta sent.
const MOST_RECORDS: usize = 50;
const MOST_BYTES: usize = 128 * 1024;

/// Short messages by their number, long ones by their size.
#[test]
fn what_is_read_at_once_is_bounded_by_number_and_by_size() {
    for (count, length) in [(300, 1), (40, 20_000)] {
        let (world, app) = world(|_| {});
        leaves(&app, "agent");
        for number in 0..count {
            writes(&app, PERSON, &format!("m_{number}"), &format!("{number} {}", "x".repeat(length)));
        }
        let mut read = BTreeMap::<String, (usize, usize)>::new();
        for entry in world.rocket_chat().stored::<MessageRecord>() {
            let (records, bytes) = read.entry(format!("{:?}", entry.segment)).or_default();
            *records += 1;
            *bytes += entry.event().map_or(0, |event| event.raw.as_str().len());
        }
        assert!(read.len() > 2, "what is at hand, and several segments");
        for (of, (records, bytes)) in read {
            assert!(records <= MOST_RECORDS, "{records} records in {of}");
            assert!(bytes < MOST_BYTES + length, "{bytes} bytes in {of}");
        }
        arrives(&app, "agent");
        minutes(&world, &app, 2);
        let most = world.rocket_chat().reads.iter().max().copied().unwrap_or_default();
        assert!(most < MOST_AT_ONCE, "{most} bytes in one read");
        assert_eq!(stored(&world, "backlog"), 0);
    }
}

/// Two processes, each with a stream of its own in which some of 64 messages lie.
fn two_streams(world: World) -> (World, Instance, Instance, Vec<BacklogStream>) {
    let world = world.connected();
    configure_page(&world, |_| {});
    let (app, other) = (world.instance(), world.instance());
    leaves(&app, "agent");
    floods(&world, &app, PERSON, 60);
    // The first of them shows the other process that there is a backlog.
    for some in [60..61, 61..64] {
        assert_eq!(other.webhook(&some_of(&world, PERSON, some)).status, 200);
    }
    let streams = world.rocket_chat().stored::<BacklogStream>();
    assert_eq!(streams.iter().map(|stream| stream.messages).collect::<Vec<_>>(), [10, 4]);
    (world, app, other, streams)
}

/// The agent is there, and each message takes a second to show. The work goes on when the world does.
fn begins_slowly(world: &World, app: &Instance) {
    world.faults_mut().delay("visitor_message", 1_000);
    world.rocket_chat_mut().presence("agent", true);
    for event in std::mem::take(&mut world.rocket_chat_mut().events) {
        let Event::Status(input) = event else { continue };
        let _ = app.start(async move |session| session.status_changed(input).await);
    }
}

/// So many more messages come while those are shown, and all are shown in the end.
fn more_come(world: World, after: i64, by_reader: bool, count: usize) {
    let (world, app, other, _) = two_streams(world);
    begins_slowly(&world, &app);
    world.advance(after);
    let body = some_of(&world, PERSON, 64..64 + count).to_string();
    let (appends, request) = (if by_reader { &app } else { &other }, webhook_request(&body));
    let _ = appends.start(async move |session| session.receive_webhook(request).await);
    world.settle();
    minutes(&world, &app, 3);
    let case = format!("{count} after {after}, by the reader: {by_reader}");
    assert_eq!(numbers(&world, PERSON), (0..64 + count).collect::<Vec<_>>(), "{case}");
    assert_eq!((stored(&world, "backlog"), stored(&world, "backlog-cursor")), (0, 0), "{case}");
}

/// Whichever process appends, wherever the one that reads is at that moment, and whether another segment begins meanwhile.
#[test]
fn what_is_appended_to_the_segment_that_is_being_read_is_shown() {
    for after in (46_300..70_000).step_by(2_550) {
        for by_reader in [true, false] {
            for count in [1, 48] {
                more_come(World::new(), after, by_reader, count);
            }
        }
    }
}

/// Which of the two comes first, nobody knows.
#[test]
fn what_is_appended_just_when_the_stream_ends_is_shown() {
    let (world, app, _, _) = two_streams(World::new());
    let began = world.now();
    begins_slowly(&world, &app);
    world.settle();
    let shown = world.calls().iter().rfind(|call| call.kind == "visitor_message").expect("the last one").at + 1_000;
    for seed in 0..40 {
        more_come(World::seeded(seed), shown - began, seed % 3 == 0, 1);
    }
}

/// The process that appended ended before it announced its stream, just when another one had read that to its end.
#[test]
fn a_stored_message_whose_stream_is_gone_is_shown_once_meta_delivers_it_again() {
    let (world, app, _, streams) = two_streams(World::new());
    let gone = json!(streams[1].stream_id);
    let is_gone = |record: &StoredRecord| record.data["kind"] == "backlog" && record.data["stream_id"] == gone;
    world.rocket_chat_mut().records.retain(|record| !is_gone(record));
    assert_eq!(app.webhook(&some_of(&world, PERSON, 60..64)).status, 200);
    arrives(&app, "agent");
    minutes(&world, &app, 3);
    assert_eq!(numbers(&world, PERSON), (0..64).collect::<Vec<_>>());
    assert_eq!((stored(&world, "backlog"), stored(&world, "backlog-cursor")), (0, 0));
}

/// The process that read ended just when it had removed the stream's record; its cursor says how far it got.
#[test]
fn a_repeated_message_of_a_later_segment_skips_none_before() {
    let (world, app) = world(|_| {});
    leaves(&app, "agent");
    floods(&world, &app, PERSON, 110);
    let stream_id = world.rocket_chat().stored::<BacklogStream>()[0].stream_id.clone();
    let (conversation, reader) = (id(PERSON), "gone".to_owned());
    let mut server = world.rocket_chat_mut();
    server.store(&BacklogCursor { stream_id, conversation, segment: 0, done: 0, reader });
    server.records.retain(|record| record.data["kind"] != "backlog");
    drop(server);
    assert_eq!(app.webhook(&some_of(&world, PERSON, 105..106)).status, 200);
    arrives(&app, "agent");
    minutes(&world, &app, 3);
    assert_eq!(numbers(&world, PERSON), (0..110).collect::<Vec<_>>());
    assert_eq!((stored(&world, "backlog"), stored(&world, "backlog-cursor")), (0, 0));
}

/// The server says that it failed to store a message, and stores it a while later.
#[test]
fn a_message_that_is_stored_late_is_shown() {
    for after in (60_500..112_000).step_by(4_000) {
        let (world, app) = world(|_| {});
        leaves(&app, "agent");
        floods(&world, &app, PERSON, 99);
        world.faults_mut().lose_answer("store_create", 1, "timeout");
        let request = webhook_request(&some_of(&world, PERSON, 99..100).to_string());
        let again = request.clone();
        let refused = app.run(async move |session| session.receive_webhook(request).await);
        assert!(refused.is_err(), "Meta delivers it again");
        let late = world.rocket_chat_mut().records.pop().expect("what was stored");
        assert_eq!(late.data["identity"], format!("message:m_{PERSON}_99"));
        floods_on(&world, &app, 100..110);
        begins_slowly(&world, &app);
        world.advance(after);
        world.rocket_chat_mut().records.push(late);
        let _ = app.start(async move |session| session.receive_webhook(again).await);
        world.settle();
        minutes(&world, &app, 3);
        let mut shown = numbers(&world, PERSON);
        shown.sort_unstable();
        assert_eq!(shown, (0..110).collect::<Vec<_>>(), "after {after}");
        assert_eq!((stored(&world, "backlog"), stored(&world, "backlog-cursor")), (0, 0), "after {after}");
    }
}

fn floods_on(world: &World, app: &Instance, numbers: std::ops::Range<usize>) {
    for number in numbers {
        assert_eq!(app.webhook(&some_of(world, PERSON, number..number + 1)).status, 200);
        world.advance(10);
    }
}

/// A later version of the app wrote it.
#[test]
fn what_does_not_read_back_stays_when_its_segment_goes() {
    let (world, app) = world(|_| {});
    leaves(&app, "agent");
    floods(&world, &app, PERSON, 160);
    let stream = &world.rocket_chat().stored::<BacklogStream>()[0].stream_id.clone();
    let unreadable = StoredRecord {
        keys: vec![format!("segment:{stream}:0"), "entry:later".to_owned()],
        data: json!({ "kind": "entry", "state": "of a later version" }),
    };
    world.rocket_chat_mut().records.push(unreadable.clone());
    arrives(&app, "agent");
    minutes(&world, &app, 3);
    assert_eq!(numbers(&world, PERSON), (0..160).collect::<Vec<_>>());
    assert_eq!(stored(&world, "backlog"), 0);
    let left: Vec<StoredRecord> =
        world.rocket_chat().records.iter().filter(|record| record.data["kind"] == "entry").cloned().collect();
    assert!(left.contains(&unreadable));
    let in_segments = left.iter().filter(|record| record.keys[0].starts_with("segment:")).count();
    assert_eq!(in_segments, 1, "and nothing else does");
}
