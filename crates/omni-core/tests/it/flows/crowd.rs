//! Five hundred customers write while nobody is there; then one agent comes.

use super::*;

const CROWD: usize = 500;

#[test]
fn five_hundred_are_served_once_each_whole_and_in_order_of_urgency() {
    let (world, app) = world(|config| config.offline = "We are away.".into());
    leaves(&app, "agent");
    // Who wrote first is not who is most urgent: every fifth writes again, which opens the window anew.
    let person = |at: usize| format!("9{at:04}");
    for at in 0..CROWD {
        assert_eq!(writes(&app, &person(at), &format!("m_{at}_1"), "one"), 200);
        world.advance(MINUTE / 2);
    }
    for at in (0..CROWD).step_by(5) {
        writes(&app, &person(at), &format!("m_{at}_2"), "two");
        world.advance(MINUTE / 2);
    }
    assert_eq!(world.rocket_chat().rooms.len(), 0);
    assert_eq!(world.meta().texts().len(), CROWD, "told once each");
    let boards = setup_texts(&world, Channel::Facebook).iter().filter(|text| text.contains("waiting")).count();
    assert_eq!(boards, 1, "one list");
    let mut expected: Vec<usize> = (0..CROWD).filter(|at| at % 5 != 0).collect();
    expected.extend((0..CROWD).step_by(5));

    world.forget_calls();
    world.rocket_chat_mut().presence("agent", true);
    events_or_crash(&world, &app);
    let server = world.rocket_chat();
    let order: Vec<String> = server.rooms.iter().map(|room| room.room.visitor_token.clone()).collect();
    let wanted: Vec<String> = expected.iter().map(|at| token(&person(*at))).collect();
    assert_eq!(order, wanted);
    for at in 0..CROWD {
        let texts = server.visitor_texts(&token(&person(at)));
        assert_eq!(texts, if at % 5 == 0 { vec!["one", "two"] } else { vec!["one"] }, "{at}");
    }
    drop(server);
    assert_eq!(stored(&world, "waiting"), 0);
    // The ledger itself is read a few times, never once a customer: the work grows with the crowd, not with its square.
    let ledger_reads = world.calls().iter().filter(|call| call.call["key"] == "waiting").count();
    assert!(ledger_reads < 20, "{ledger_reads} reads of the whole ledger");
    let calls = world.count();
    assert!(calls < CROWD * 45, "{calls} host calls for {CROWD}");
}
