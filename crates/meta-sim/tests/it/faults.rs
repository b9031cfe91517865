//! Things that go wrong on demand, over a true connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::{Value, json};

use crate::common::{APP, Bench, PAGE};

/// Serves the bench's stand-in on a port and answers its address.
async fn listen(bench: &Bench) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(std::sync::Arc::clone(&bench.sim).serve(listener, std::future::pending()));
    address
}

/// One plain HTTP exchange: everything the server sent until it closed.
async fn exchange(address: &str, method: &str, path: &str, body: &str) -> String {
    let (address, request) = (
        address.to_owned(),
        format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
    );
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut out = Vec::new();
        let _ = stream.read_to_end(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    })
    .await
    .unwrap()
}

async fn sent(bench: &Bench) -> usize {
    let (_, sent) = bench.get("/_sim/sent").await;
    sent["data"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_can_break_before_the_effect_after_it_or_in_the_answer() {
    let (bench, token) = Bench::connected().await;
    bench.customer_sends("anna", json!({ "account": PAGE, "text": "hi" })).await;
    let to = bench.scoped(PAGE, "anna").await;
    let address = listen(&bench).await;
    let path = "/graph.facebook.com/v26.0/me/messages";
    let body = json!({ "recipient": { "id": to }, "message": { "text": "x" }, "access_token": token }).to_string();
    for (fault, effects) in [
        (json!({ "drop": "before" }), 0),
        (json!({ "drop": "after" }), 1),
        (json!({ "truncate": 10 }), 1),
        (json!({ "status": 500, "body": "oops" }), 0),
        (json!({ "after_effect": true, "error": { "code": 1, "error_subcode": 1_357_046 } }), 1),
    ] {
        bench.call(axum::http::Method::DELETE, "/_sim/sent", None).await;
        let mut rule = fault.clone();
        rule["path"] = json!("/messages");
        rule["account"] = json!(PAGE);
        rule["times"] = json!(1);
        bench.sim("/faults", rule).await;
        let answer = exchange(&address, "POST", path, &body).await;
        assert_eq!(sent(&bench).await, effects, "{fault}");
        match () {
            () if fault.get("drop").is_some() => assert_eq!(answer, ""),
            () if fault.get("truncate").is_some() => {
                let (head, rest) = answer.split_once("\r\n\r\n").unwrap();
                let length: usize = head
                    .lines()
                    .find_map(|l| l.to_lowercase().strip_prefix("content-length: ").map(|n| n.parse().unwrap()))
                    .unwrap();
                assert!(rest.len() == 10 && length > 10, "{answer}");
            }
            () if fault.get("body").is_some() => {
                assert!(answer.starts_with("HTTP/1.1 500") && answer.ends_with("oops"));
            }
            () => assert!(answer.contains(r#""error_subcode":1357046"#), "{answer}"),
        }
        let again = exchange(&address, "POST", path, &body).await;
        assert!(again.contains("message_id"), "the rule struck once: {again}");
    }
    let (_, calls) = bench.get("/_sim/calls?path=/messages").await;
    assert_eq!(calls["data"][0]["status"], 0, "a cut call has no status");
    assert!(!calls.to_string().contains(&token));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_can_be_slow_gone_huge_lying_or_elsewhere() {
    let bench = Bench::new().await;
    let address = listen(&bench).await;
    let path = |url: &Value| format!("/{}", url.as_str().unwrap().strip_prefix("https://").unwrap());
    let file = |fault: Value| {
        let bench = &bench;
        async move {
            let body =
                json!({ "text": "0123456789", "content_type": "text/plain", "file_name": "größe.txt", "fault": fault });
            bench.sim("/media", body).await["url"].clone()
        }
    };
    for (fault, want) in [
        (Value::Null, "HTTP/1.1 200"),
        (json!("not_found"), "HTTP/1.1 404"),
        (json!("expired"), "HTTP/1.1 403"),
        (json!({ "redirect": "https://evil.example/x" }), "location: https://evil.example/x"),
        (json!({ "wrong_type": "text/html" }), "content-type: text/html"),
        (json!({ "oversized": 30_000_000 }), "content-length: 30000000"),
        (json!({ "oversized_chunked": 100_000 }), "transfer-encoding: chunked"),
    ] {
        let url = file(fault.clone()).await;
        let answer = exchange(&address, "GET", &path(&url), "").await;
        assert!(answer.contains(want), "{fault}: {}", answer.chars().take(300).collect::<String>());
    }
    let good = file(Value::Null).await;
    let answer = exchange(&address, "GET", &path(&good), "").await;
    assert!(answer.contains("filename*=UTF-8''gr%C3%B6%C3%9Fe.txt") && answer.ends_with("0123456789"), "{answer}");
    bench.sim("/media/fault", json!({ "url": good, "fault": { "slow_ms": 150 } })).await;
    let started = Instant::now();
    exchange(&address, "GET", &path(&good), "").await;
    assert!(started.elapsed().as_millis() >= 150);
    let broken = file(json!("truncated")).await;
    let answer = exchange(&address, "GET", &path(&broken), "").await;
    assert!(answer.contains("content-length: 10") && answer.ends_with("01234"), "{answer}");
}

#[tokio::test]
async fn leaving_calls_the_callbacks_with_a_signed_request() {
    let (bench, token) = Bench::connected().await;
    bench
        .sim(
            &format!("/apps/{APP}"),
            json!({ "deauthorize_url": bench.callback.url, "data_deletion_url": bench.callback.url }),
        )
        .await;
    let signed = |body: &str| {
        use base64::Engine as _;
        use hmac::{KeyInit as _, Mac as _};
        let request = body.strip_prefix("signed_request=").unwrap().to_owned();
        let (signature, payload) = request.split_once('.').unwrap();
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(crate::common::SECRET.as_bytes()).unwrap();
        mac.update(payload.as_bytes());
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let valid = engine.decode(signature).unwrap() == mac.finalize().into_bytes().as_slice();
        let payload: Value = serde_json::from_slice(&engine.decode(payload).unwrap()).unwrap();
        (valid, payload["user_id"].as_str().unwrap().to_owned())
    };
    let user = crate::common::ADA;
    bench.sim("/data-deletion", json!({ "app": APP, "user": user })).await;
    bench.sim("/data-deletion", json!({ "app": APP, "user": user, "bad_signature": true })).await;
    let (_, me) = bench.get(&format!("/graph.facebook.com/v26.0/me?access_token={token}")).await;
    assert_eq!(me["id"], PAGE);
    let answer = bench.sim("/deauthorize", json!({ "app": APP, "user": user })).await;
    assert_eq!(answer["status"], 200);
    let bodies: Vec<_> = bench.callback.heard().iter().map(|h| signed(&h.raw)).collect();
    assert_eq!(bodies, [(true, user.to_owned()), (false, user.to_owned()), (true, user.to_owned())]);
    let (_, me) = bench.get(&format!("/graph.facebook.com/v26.0/me?access_token={token}")).await;
    assert_eq!(me["error"]["error_subcode"], 458);
}
