//! Time, faults, crashes, and two instances at once.

use super::{ask, code, on_host, world};
use crate::support::*;
use omni_core::host::*;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;

fn put(key: &str) -> StoreCreate {
    StoreCreate { keys: vec![key.to_owned()], record: json!({}) }
}

fn written(world: &World) -> Vec<String> {
    world.rocket_chat().records.iter().map(|record| record.keys[0].clone()).collect()
}

#[test]
fn a_call_is_recorded_as_it_crosses_the_line() {
    let (world, app) = world();
    ask(&app, StoreRead { key: "k".to_owned() }).unwrap();
    assert_eq!(code(&app, RoomClose { room_id: "r".to_owned(), comment: String::new() }), "no-such-room");
    assert_eq!((world.kinds(), world.count()), (vec!["store_read", "room_close"], 2));
    assert_eq!(world.calls()[0].call, json!({ "kind": "store_read", "key": "k" }));
    assert_eq!(world.calls()[1].refused.as_deref(), Some("no-such-room"));
    world.forget_calls();
    assert_eq!(world.count_of("store_read"), 0);
}

#[test]
fn time_passes_when_everybody_waits_for_it() {
    let (world, app) = world();
    let start = world.now();
    let order = Rc::new(RefCell::new(Vec::new()));
    for millis in [300, 100, 200] {
        let order = Rc::clone(&order);
        let _ = app.start_on_host(true, async move |host| {
            host.sleep(millis).await;
            order.borrow_mut().push((millis, host.now().0 - start));
        });
    }
    world.advance(150);
    assert_eq!((order.borrow().clone(), world.now() - start), (vec![(100, 100)], 150));
    world.settle();
    assert_eq!(*order.borrow(), [(100, 100), (200, 200), (300, 300)]);
}

#[test]
fn background_work_runs_after_the_answer() {
    let (world, app) = world();
    let entry = app.start_on_host(true, async move |host| {
        let later = Rc::clone(&host);
        host.background(Box::pin(async move {
            later.sleep(1_000).await;
            later.call(put("background")).await.unwrap();
        }));
        host.call(put("entry")).await.unwrap();
    });
    let start = world.now();
    world.settle();
    assert_eq!(written(&world), ["entry", "background"]);
    assert_eq!((entry.answered_at(), world.now()), (Some(start), start + 1_000));
}

#[test]
fn the_nth_call_fails_without_or_with_its_effect() {
    let (world, app) = world();
    world.faults_mut().fail("store_create", 2, "failed");
    world.faults_mut().lose_answer("store_create", 3, "timeout");
    let codes: Vec<String> = ["a", "b", "c", "d"].map(|key| code(&app, put(key))).into();
    assert_eq!(codes, ["", "failed", "timeout", ""]);
    assert_eq!(written(&world), ["a", "c", "d"]);
    world.faults_mut().fail_all("store_read", "missing-permission");
    for _ in 0..2 {
        assert_eq!(code(&app, StoreRead { key: "a".to_owned() }), "missing-permission");
    }
    world.faults_mut().heal();
    assert_eq!(ask(&app, StoreRead { key: "a".to_owned() }).unwrap().len(), 1);
}

#[test]
fn a_crash_ends_all_of_one_process_and_nothing_of_another() {
    let (world, app) = world();
    let other = world.instance();
    let two = |app: &Instance, first: &'static str, second: &'static str| {
        app.start_on_host(true, async move |host| {
            host.call(put(first)).await.unwrap();
            host.call(put(second)).await.unwrap();
        })
    };
    app.crash_after("store_create", 2);
    let (mine, beside, theirs) = (two(&app, "a", "b"), two(&app, "c", "d"), two(&other, "e", "f"));
    world.settle();
    assert!(app.has_crashed() && !other.has_crashed());
    assert_eq!((mine.is_done(), beside.is_done(), theirs.is_done()), (false, false, true));
    // The second call had its effect; neither task went on.
    assert_eq!(written(&world), ["a", "c", "e", "f"]);
    app.restart();
    assert!(two(&app, "g", "h").take().is_none(), "not yet run");
    world.settle();
    assert_eq!(written(&world), ["a", "c", "e", "f", "g", "h"]);
    app.crash_before("store_create", 1);
    let lost = two(&app, "i", "j");
    world.settle();
    assert!(lost.take().is_none() && !written(&world).contains(&"i".to_owned()));
}

#[test]
fn every_call_of_a_run_is_a_place_to_crash() {
    let work = |app: &Instance| {
        let _ = app.start_on_host(true, async move |host| {
            host.call(put("a")).await.unwrap();
            host.call(StoreRead { key: "a".to_owned() }).await.unwrap();
            host.call(put("b")).await.unwrap();
        });
        app.world().settle();
    };
    let (whole, app) = world();
    work(&app);
    let points = whole.crash_points();
    assert_eq!(points, [("store_create", 1), ("store_read", 1), ("store_create", 2)]);
    let reached = points.into_iter().map(|(kind, nth)| {
        let (world, app) = world();
        app.crash_after(kind, nth);
        work(&app);
        assert!(app.has_crashed());
        world.count()
    });
    assert_eq!(reached.collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_seed_gives_one_order_and_seeds_give_many() {
    let run = |seed: u64| {
        let world = World::seeded(seed);
        for name in ["one", "two"] {
            let app = world.instance();
            let _ = app.start_on_host(true, async move |host| {
                for number in 0..4 {
                    host.call(put(&format!("{name}-{number}"))).await.unwrap();
                }
            });
        }
        world.settle();
        written(&world)
    };
    assert_eq!(run(7), run(7));
    let orders: std::collections::BTreeSet<_> = (0..20).map(run).collect();
    assert!(orders.len() > 5, "only {} orders", orders.len());
}

#[test]
fn random_bytes_differ_within_a_run_and_not_between_runs() {
    let draw = || {
        let (_, app) = world();
        on_host(&app, async move |host| {
            let mut bytes = [[0_u8; 12]; 2];
            bytes.iter_mut().for_each(|bytes| host.fill_random(bytes));
            bytes
        })
    };
    let [first, second] = draw();
    assert_ne!(first, second);
    assert_eq!(draw(), [first, second]);
}

#[test]
#[should_panic(expected = "the log holds `secret`")]
fn a_secret_in_the_log_is_noticed() {
    let (world, app) = world();
    on_host(&app, async move |host| host.log(LogLevel::Warn, "code", "with a secret"));
    world.assert_logs_hold_none_of(&["secret"]);
}

#[test]
#[should_panic(expected = "tasks that nobody will ever wake")]
fn a_task_that_waits_for_ever_is_noticed() {
    let (world, app) = world();
    let _ = app.start_on_host(true, async move |_| std::future::pending::<()>().await);
    world.settle();
}

#[test]
fn jobs_run_when_their_time_has_come() {
    let (world, app) = world();
    let at = world.now() + 60_000;
    let schedule = |job: &str, at| Schedule { job: job.to_owned(), at, data: Value::Null };
    ask(&app, schedule("later-one", at)).unwrap();
    ask(&app, schedule("now-one", world.now())).unwrap();
    app.run_due();
    let waiting = |world: &World| world.rocket_chat().jobs.iter().map(|job| job.job.clone()).collect::<Vec<_>>();
    assert_eq!(waiting(&world), ["later-one"]);
    world.advance(60_000);
    app.run_due();
    assert!(waiting(&world).is_empty());
}
