//! Meta at the other end.

use super::server::get;
use super::{ask, code, on_host, world};
use omni_core::host::*;
use serde_json::{Value, json};

const MESSAGES: &str = "https://graph.facebook.com/v26.0/2000000000000002/messages";

fn post(url: &str, body: &Value) -> Http {
    Http {
        method: "POST".to_owned(),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: HttpBody::Text { text: body.to_string() },
        ..get(url, false)
    }
}

fn text(text: &str) -> Value {
    json!({ "recipient": { "id": "6001" }, "message": { "text": text } })
}

fn body(reply: &HttpReply) -> Value {
    serde_json::from_str(&reply.text).unwrap()
}

#[test]
fn well_formed_requests_are_answered_as_meta_does() {
    let (world, app) = world();
    let sent = ask(&app, post(MESSAGES, &text("Hi"))).unwrap();
    assert_eq!(body(&sent), json!({ "recipient_id": "6001", "message_id": "m_sent_1" }));
    let typing = json!({ "recipient": { "id": "6001" }, "sender_action": "typing_on" });
    assert_eq!(body(&ask(&app, post(MESSAGES, &typing)).unwrap()), json!({ "recipient_id": "6001" }));
    let profile = ask(&app, get("https://graph.facebook.com/v26.0/6001?fields=name,profile_pic", false)).unwrap();
    assert_eq!(body(&profile)["name"], "Customer 6001");
    let picture = ask(&app, get("https://scontent.xx.fbcdn.net/v/a.jpg?oh=1", true)).unwrap();
    assert_eq!((picture.text.as_str(), picture.blob.unwrap().media_type.as_str()), ("", "image/jpeg"));
    assert_eq!(world.meta().texts(), ["Hi"]);
    assert_eq!(world.meta().actions(), ["typing_on"]);
}

#[test]
#[should_panic(expected = "an unknown request to Meta, script it: GET https://example.com/a")]
fn an_unknown_request_fails_the_test() {
    let (_, app) = world();
    let _ = ask(&app, get("https://example.com/a?token=secret", false));
}

#[test]
fn scripted_answers_come_first_and_in_order() {
    let (world, app) = world();
    world.meta_mut().expect("POST", "/messages").error(400, 10, Some(2_018_278));
    world.meta_mut().expect("POST", "/messages").status(503).header("Retry-After", "7").bytes(b"<html>");
    let first = ask(&app, post(MESSAGES, &text("one"))).unwrap();
    assert_eq!((first.status, body(&first)["error"]["error_subcode"].clone()), (400, json!(2_018_278)));
    let second = ask(&app, post(MESSAGES, &text("two"))).unwrap();
    assert_eq!((second.status, second.text.as_str(), second.headers["retry-after"].as_str()), (503, "<html>", "7"));
    ask(&app, post(MESSAGES, &text("three"))).unwrap();
    assert_eq!(world.meta().texts(), ["three"], "what was refused did not happen");
    assert_eq!(world.meta().requests.len(), 3);
    world.meta().assert_all_met();
}

#[test]
#[should_panic(expected = "Meta was never asked")]
fn an_answer_nobody_asks_for_is_noticed() {
    let (world, _) = world();
    world.meta_mut().expect("GET", "/me");
    world.meta().assert_all_met();
}

#[test]
fn a_late_answer_is_a_timeout_and_the_message_is_out() {
    let (world, app) = world();
    let before = world.now();
    world.meta_mut().expect("POST", "/messages").json(json!({ "message_id": "m_1" })).after(60_000);
    assert_eq!(code(&app, post(MESSAGES, &text("late"))), "timeout");
    assert_eq!(world.now() - before, 5_000);
    world.meta_mut().expect("POST", "/messages").json(json!({ "message_id": "m_2" })).lost("network");
    assert_eq!(code(&app, post(MESSAGES, &text("lost"))), "network");
    assert_eq!(world.meta().texts(), ["late", "lost"]);
}

#[test]
fn a_multipart_body_is_read_back_with_its_file() {
    let (world, app) = world();
    on_host(&app, async move |host| {
        let blob = host.call(get("https://scontent.fbcdn.net/a.jpg", true)).await?.blob.expect("bytes");
        let part = |name: &str| format!("--b1\r\nContent-Disposition: form-data; name=\"{name}\"");
        let message = json!({ "attachment": { "type": "image" } });
        let head = format!(
            "{}\r\n\r\n{message}\r\n{}; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n",
            part("message"),
            part("filedata"),
        );
        let body = HttpBody::Spliced { head, blob, tail: "\r\n--b1--\r\n".to_owned() };
        let headers = vec![("Content-Type".to_owned(), "multipart/form-data; boundary=b1".to_owned())];
        host.call(Http { headers, body, ..post(MESSAGES, &Value::Null) }).await
    })
    .unwrap();
    let meta = world.meta();
    let request = meta.sent_to("POST", "/messages")[0];
    assert_eq!(request.body, json!({ "message": { "attachment": { "type": "image" } }, "filedata": "a.jpg" }));
    assert_eq!(request.file.as_deref(), Some(&b"\xff\xd8\xffpicture"[..]));
}

#[test]
fn a_form_body_is_read_back() {
    let (world, app) = world();
    world.meta_mut().expect("POST", "/oauth/access_token").json(json!({ "access_token": "t" }));
    let form = HttpBody::Text { text: "code=a%2Bb+c&client_id=1".to_owned() };
    let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let url = "https://graph.facebook.com/v26.0/oauth/access_token";
    ask(&app, Http { headers, body: form, ..post(url, &Value::Null) }).unwrap();
    assert_eq!(world.meta().requests[0].body, json!({ "code": "a+b c", "client_id": "1" }));
}
