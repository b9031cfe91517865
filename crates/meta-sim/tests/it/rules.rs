//! What the Send API refuses, with the code of each refusal.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::common::{Bench, IG, PAGE};

/// Sends `message` and answers `(code, subcode)`, or zeros when it was taken.
async fn verdict(bench: &Bench, token: &str, body: Value) -> (i64, i64) {
    let (status, answer) = bench.send(token, body).await;
    let error = &answer["error"];
    assert_eq!(status == 200, error.is_null(), "{answer}");
    (error["code"].as_i64().unwrap_or(0), error["error_subcode"].as_i64().unwrap_or(0))
}

async fn in_touch(bench: &Bench, account: &str) -> Value {
    bench.customer_sends("anna", json!({ "account": account, "text": "hi" })).await;
    json!({ "id": bench.scoped(account, "anna").await })
}

#[tokio::test]
async fn shapes_and_limits() {
    let (bench, token) = Bench::connected().await;
    let (m, ig) = (in_touch(&bench, PAGE).await, in_touch(&bench, IG).await);
    let reply = |n: usize, title: &str| json!({ "text": "?", "quick_replies": vec![json!({ "content_type": "text", "title": title, "payload": "P" }); n] });
    let button = |title: &str| {
        json!({ "attachment": { "type": "template", "payload": { "template_type": "button", "text": "?",
            "buttons": [{ "type": "postback", "title": title, "payload": "P" }] } } })
    };
    let long_title = "123456789012345678901";
    let cases = [
        (&m, json!({ "text": "é".repeat(2000) }), (0, 0)),
        (&m, json!({ "text": "a".repeat(2001) }), (100, 0)),
        (&ig, json!({ "text": "a".repeat(1000) }), (0, 0)),
        (&ig, json!({ "text": "é".repeat(501) }), (100, 2_534_015)),
        (&m, json!({ "text": "" }), (100, 0)),
        (&m, json!({}), (100, 0)),
        (&ig, json!({}), (100, 2_534_015)),
        (&m, reply(13, "Yes"), (0, 0)),
        (&m, reply(14, "Yes"), (100, 0)),
        (&m, reply(1, long_title), (100, 0)),
        (&ig, reply(1, long_title), (0, 0)),
        (&m, json!({ "text": "?", "quick_replies": [{ "content_type": "user_phone_number" }] }), (0, 0)),
        (&ig, json!({ "text": "?", "quick_replies": [{ "content_type": "user_phone_number" }] }), (100, 0)),
        (&m, button("Yes"), (0, 0)),
        (&m, button(long_title), (100, 0)),
        (&m, json!({ "text": "x", "attachment": { "type": "image" } }), (100, 0)),
        (&m, json!({ "attachment": { "type": "image", "payload": { "attachment_id": "9" } } }), (100, 2_018_074)),
        (
            &m,
            json!({ "attachment": { "type": "image", "payload": { "url": "https://nowhere.example/a.png" } } }),
            (100, 2_018_008),
        ),
        (&ig, json!({ "attachment": { "type": "like_heart" } }), (0, 0)),
        (&m, json!({ "attachment": { "type": "like_heart" } }), (100, 0)),
        (&m, json!({ "sticker_id": 369_239_263_222_822_u64 }), (0, 0)),
    ];
    for (to, message, want) in cases {
        let got = verdict(&bench, &token, json!({ "recipient": to, "message": message })).await;
        assert_eq!(got, want, "{message}");
    }
    let both = json!({ "recipient": m, "message": { "text": "x" }, "sender_action": "typing_on" });
    assert_eq!(verdict(&bench, &token, both).await, (100, 2_018_014));
    let wrong = json!({ "recipient": m, "message": { "text": "x" }, "reply_to": { "mid": "nope" } });
    assert_eq!(verdict(&bench, &token, wrong).await, (100, 0));
    for (to, reaction, want) in [(&ig, "love", 0), (&ig, "😊", 100), (&m, "😊", 0)] {
        let account = if to == &ig { IG } else { PAGE };
        let mid = bench.customer_sends("anna", json!({ "account": account, "text": "?" })).await["mid"].clone();
        let body = json!({ "recipient": to, "sender_action": "react", "payload": { "message_id": mid, "reaction": reaction } });
        assert_eq!(verdict(&bench, &token, body).await.0, want);
    }
}

#[tokio::test]
async fn an_instagram_app_in_development_is_refused_as_if_the_window_were_closed() {
    let (bench, token) = Bench::connected().await;
    let ig = in_touch(&bench, IG).await;
    let plain = json!({ "recipient": ig, "messaging_type": "RESPONSE", "message": { "text": "x" } });
    bench.sim("/apps/1000000000000001", json!({ "mode": "dev" })).await;
    assert_eq!(verdict(&bench, &token, plain.clone()).await, (0, 0));
    bench.sim("/settings", json!({ "enforce_roles": true })).await;
    assert_eq!(verdict(&bench, &token, plain.clone()).await, (10, 2_534_022));
    bench.sim("/apps/1000000000000001", json!({ "roles": ["anna"] })).await;
    assert_eq!(verdict(&bench, &token, plain).await, (0, 0));
}

#[tokio::test]
async fn the_windows_close_after_a_day_and_after_a_week() {
    let (bench, token) = Bench::connected().await;
    let (m, ig) = (in_touch(&bench, PAGE).await, in_touch(&bench, IG).await);
    let plain = |to: &Value| json!({ "recipient": to, "messaging_type": "RESPONSE", "message": { "text": "x" } });
    let tagged = |to: &Value, tag: &str| json!({ "recipient": to, "messaging_type": "MESSAGE_TAG", "tag": tag, "message": { "text": "x" } });
    assert_eq!(verdict(&bench, &token, plain(&m)).await, (0, 0));
    bench.sim("/clock/advance", json!({ "hours": 25 })).await;
    assert_eq!(verdict(&bench, &token, plain(&m)).await, (10, 2_018_278));
    assert_eq!(verdict(&bench, &token, plain(&ig)).await, (10, 2_534_022));
    assert_eq!(verdict(&bench, &token, tagged(&m, "HUMAN_AGENT")).await, (0, 0));
    assert_eq!(verdict(&bench, &token, tagged(&m, "ACCOUNT_UPDATE")).await, (100, 0));
    bench.sim("/apps/1000000000000001", json!({ "features": [] })).await;
    assert_eq!(verdict(&bench, &token, tagged(&m, "HUMAN_AGENT")).await, (10, 0));
    bench.sim("/apps/1000000000000001", json!({ "features": ["human_agent"] })).await;
    bench.sim("/clock/advance", json!({ "days": 7 })).await;
    assert_eq!(verdict(&bench, &token, tagged(&ig, "HUMAN_AGENT")).await, (10, 2_534_022));
    bench.customer_sends("anna", json!({ "account": PAGE, "postback": { "title": "a", "payload": "b" } })).await;
    assert_eq!(verdict(&bench, &token, plain(&m)).await, (0, 0));
}

#[tokio::test]
async fn people_and_pages_that_cannot_be_reached() {
    let (bench, token) = Bench::connected().await;
    let (m, ig) = (in_touch(&bench, PAGE).await, in_touch(&bench, IG).await);
    let text = |to: &Value| json!({ "recipient": to, "message": { "text": "x" } });
    assert_eq!(verdict(&bench, &token, text(&json!({ "id": "123" }))).await, (100, 2_018_001));
    let other = bench.scoped("200000000000002", "anna").await;
    assert_eq!(verdict(&bench, &token, text(&json!({ "id": other }))).await, (100, 2_018_001));
    bench.sim("/customers/anna", json!({ "blocked": [PAGE] })).await;
    assert_eq!(verdict(&bench, &token, text(&m)).await, (551, 1_545_041));
    assert_eq!(verdict(&bench, &token, text(&ig)).await, (0, 0));
    bench.sim("/customers/anna", json!({ "blocked": [] })).await;
    bench.sim(&format!("/instagram-accounts/{IG}"), json!({ "message_access": false })).await;
    assert_eq!(verdict(&bench, &token, text(&ig)).await, (200, 2_534_041));
    bench.sim(&format!("/pages/{PAGE}"), json!({ "restricted": true })).await;
    assert_eq!(verdict(&bench, &token, text(&m)).await, (10, 1_893_063));
    bench.sim(&format!("/pages/{PAGE}"), json!({ "restricted": false, "tasks": {} })).await;
    assert_eq!(verdict(&bench, &token, text(&m)).await.0, 200);
}

#[tokio::test]
async fn load_is_told_in_headers_and_refused_at_a_hundred_percent() {
    let (bench, token) = Bench::connected().await;
    let m = in_touch(&bench, PAGE).await;
    let usage = json!({ "usage": { PAGE: { "call_count": 100, "estimated_time_to_regain_access": 19 } } });
    bench.sim("/settings", usage).await;
    let body = json!({ "recipient": m, "message": { "text": "x" }, "access_token": token });
    let request = Request::post("/graph.facebook.com/v26.0/me/messages")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, headers, answer) = bench.raw(request).await;
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (400, &json!(80006)));
    let usage: Value = serde_json::from_str(headers["x-business-use-case-usage"].to_str().unwrap()).unwrap();
    assert_eq!(usage[PAGE][0]["type"], "messenger");
    assert_eq!(usage[PAGE][0]["estimated_time_to_regain_access"], 19);
    bench.sim("/settings", json!({ "usage": {}, "sends_per_second": 2 })).await;
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(verdict(&bench, &token, json!({ "recipient": m, "message": { "text": "x" } })).await.0);
    }
    assert_eq!(codes, [0, 0, 613]);
}

fn multipart(path: &str, fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> Request<Body> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    let (name, kind, bytes) = file;
    body.extend(
        format!("--b\r\nContent-Disposition: form-data; name=\"filedata\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n")
            .bytes(),
    );
    body.extend(bytes);
    body.extend(b"\r\n--b--\r\n");
    Request::post(path).header("content-type", "multipart/form-data; boundary=b").body(Body::from(body)).unwrap()
}

#[tokio::test]
async fn files_are_uploaded_then_sent_until_they_are_too_old() {
    let (bench, token) = Bench::connected().await;
    let (m, ig) = (in_touch(&bench, PAGE).await, in_touch(&bench, IG).await);
    let path = format!("/graph.facebook.com/v26.0/{PAGE}/message_attachments");
    let upload = |platform: &'static str, kind: &'static str, name: &'static str, mime: &'static str, size: usize| {
        let message = json!({ "attachment": { "type": kind, "payload": { "is_reusable": true } } }).to_string();
        let fields = [("message", message.as_str()), ("platform", platform), ("access_token", token.as_str())];
        let request = multipart(&path, &fields, (name, mime, &vec![7; size]));
        let bench = &bench;
        async move {
            let (_, _, body) = bench.raw(request).await;
            serde_json::from_slice::<Value>(&body).unwrap()
        }
    };
    let mb = 1024 * 1024;
    let cases = [
        ("messenger", "file", "a.txt", "text/plain", 10, 0),
        ("messenger", "image", "a.txt", "text/plain", 10, 2_018_047),
        ("messenger", "file", "a.bin", "application/zip", 25 * mb + 1, 2_018_109),
        ("instagram", "file", "a.txt", "text/plain", 10, 2_018_047),
        ("instagram", "file", "a.pdf", "application/pdf", 10, 0),
        ("instagram", "image", "a.png", "image/png", 8 * mb + 1, 2_018_109),
        ("instagram", "image", "ä.png", "image/png", 10, 2_534_015),
    ];
    for (platform, kind, name, mime, size, want) in cases {
        let answer = upload(platform, kind, name, mime, size).await;
        assert_eq!(answer["error"]["error_subcode"].as_i64().unwrap_or(0), want, "{platform} {name}: {answer}");
    }
    let id = upload("messenger", "image", "a.png", "image/png", 10).await["attachment_id"].clone();
    let with = |to: &Value, id: &Value| json!({ "recipient": to, "message": { "attachment": { "type": "image", "payload": { "attachment_id": id } } } });
    assert_eq!(verdict(&bench, &token, with(&ig, &id)).await, (100, 2_018_074), "of the other platform");
    assert_eq!(verdict(&bench, &token, with(&m, &id)).await, (0, 0));
    bench.settle().await;
    let echo = bench.callback.heard().into_iter().rfind(|h| h.item()["message"]["is_echo"] == true).unwrap();
    let url = echo.item()["message"]["attachments"][0]["payload"]["url"].as_str().unwrap().to_owned();
    let request = Request::get(format!("/{}", url.strip_prefix("https://").unwrap())).body(Body::empty()).unwrap();
    let (status, headers, bytes) = bench.raw(request).await;
    assert_eq!((status.as_u16(), bytes.len()), (200, 10));
    assert_eq!(headers["content-type"], "image/png");
    let (_, sent) = bench.get("/_sim/sent?kind=message_attachments&ok=true").await;
    assert_eq!(sent["data"][0]["file"]["file_name"], "a.txt");
    bench.sim("/clock/advance", json!({ "days": 91 })).await;
    bench.customer_sends("anna", json!({ "account": PAGE, "text": "again" })).await;
    assert_eq!(verdict(&bench, &token, with(&m, &id)).await, (100, 2_018_074));
}

#[tokio::test]
async fn a_comment_is_answered_in_private_once() {
    let (bench, token) = Bench::connected().await;
    for account in [PAGE, IG] {
        let comment = bench.sim("/customers/bruno/comment", json!({ "account": account, "text": "price?" })).await;
        let body = json!({ "recipient": { "comment_id": comment["comment_id"] }, "message": { "text": "5" } });
        assert_eq!(verdict(&bench, &token, body.clone()).await, (0, 0));
        assert_eq!(verdict(&bench, &token, body).await, (100, 2_534_025));
        let late = bench.sim("/customers/bruno/comment", json!({ "account": account, "text": "price?" })).await;
        bench.sim("/clock/advance", json!({ "days": 8 })).await;
        let body = json!({ "recipient": { "comment_id": late["comment_id"] }, "message": { "text": "5" } });
        assert_eq!(verdict(&bench, &token, body).await, (100, 2_534_025));
    }
}

#[tokio::test]
async fn files_by_address_are_fetched_where_the_address_resolves() {
    let (bench, token) = Bench::connected().await;
    let m = in_touch(&bench, PAGE).await;
    let by_url = |kind: &str, url: &str| json!({ "recipient": m, "message": { "attachment": { "type": kind, "payload": { "url": url } } } });
    let public = "https://chat.example/file.png";
    assert_eq!(verdict(&bench, &token, by_url("image", public)).await, (100, 2_018_008), "no way there yet");
    let to = bench.callback.url.replace("/hook", "/");
    bench.sim("/settings", json!({ "resolve": [{ "from": "https://chat.example/", "to": to }] })).await;
    assert_eq!(verdict(&bench, &token, by_url("audio", public)).await, (100, 2_018_047));
    assert_eq!(verdict(&bench, &token, by_url("image", "https://chat.example/gone.png")).await, (100, 2_018_008));
    assert_eq!(verdict(&bench, &token, by_url("image", public)).await, (0, 0));
    bench.settle().await;
    let echo = bench.callback.heard().into_iter().rfind(|h| h.item()["message"]["is_echo"] == true).unwrap();
    let shown = echo.item()["message"]["attachments"][0]["payload"]["url"].as_str().unwrap();
    assert!(shown.starts_with("https://scontent.xx.fbcdn.net/"), "the customer gets Meta's copy: {shown}");
}

#[tokio::test]
async fn a_dev_app_serves_people_with_a_role_when_that_is_enforced() {
    let (bench, _) = Bench::connected().await;
    bench.sim("/settings", json!({ "enforce_roles": true })).await;
    bench.sim("/apps/1000000000000001", json!({ "mode": "dev", "roles": ["bruno"] })).await;
    for (person, webhooks) in [("anna", 0), ("bruno", 1)] {
        let sent = bench.customer_sends(person, json!({ "account": PAGE, "text": "hi" })).await;
        assert_eq!(sent["webhooks"], webhooks, "{person}");
    }
}

#[tokio::test]
async fn ice_breakers_menus_and_personas_are_kept_per_page() {
    let (bench, token) = Bench::connected().await;
    let profile = format!("/graph.facebook.com/v26.0/{PAGE}/messenger_profile");
    let question = json!({ "question": "Where?", "payload": "WHERE" });
    for (platform, count, want) in [("instagram", 4, 200), ("instagram", 5, 400), ("messenger", 2, 200)] {
        let body = json!({
            "platform": platform, "access_token": token,
            "ice_breakers": [{ "call_to_actions": vec![question.clone(); count], "locale": "default" }],
        });
        assert_eq!(bench.post(&profile, body).await.0, want, "{platform} {count}");
    }
    let read = |platform: &str| format!("{profile}?fields=ice_breakers&platform={platform}&access_token={token}");
    let count = |answer: Value| answer["data"][0]["ice_breakers"][0]["call_to_actions"].as_array().map(Vec::len);
    assert_eq!(count(bench.get(&read("instagram")).await.1), Some(4));
    assert_eq!(count(bench.get(&read("messenger")).await.1), Some(2));
    let personas = format!("/graph.facebook.com/v26.0/{PAGE}/personas");
    let body = json!({ "name": "Kim", "profile_picture_url": "https://a.example/k.png", "access_token": token });
    let id = bench.post(&personas, body).await.1["id"].clone();
    let m = in_touch(&bench, PAGE).await;
    let speak = json!({ "recipient": m, "message": { "text": "x" }, "persona_id": id });
    assert_eq!(verdict(&bench, &token, speak.clone()).await, (0, 0));
    let path = format!("/graph.facebook.com/v26.0/{}?access_token={token}", id.as_str().unwrap());
    assert_eq!(bench.call(axum::http::Method::DELETE, &path, None).await.0, 200);
    assert_eq!(verdict(&bench, &token, speak).await, (100, 0));
}
