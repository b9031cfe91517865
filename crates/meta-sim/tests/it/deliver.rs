//! Retries, deadlines, the hour of grace, batches, order and doubles.

use serde_json::json;

use crate::common::{APP, Bench, IG, PAGE};

/// A batch collects for that long: time enough to send all of it, however busy the machine.
const LINGER_MS: u64 = 2_000;

async fn record(bench: &Bench) -> serde_json::Value {
    let (_, list) = bench.get("/_sim/deliveries").await;
    list["data"][0].clone()
}

#[tokio::test]
async fn a_refused_webhook_is_repeated_byte_for_byte_until_it_is_taken() {
    let (bench, _) = Bench::connected().await;
    bench.sim("/settings", json!({ "retry_scale": 0.01 })).await;
    bench.callback.answer_with(&[500, 401, 503]);
    bench.customer_sends("anna", json!({ "account": PAGE, "text": "hi" })).await;
    bench.settle().await;
    let heard = bench.callback.heard();
    assert_eq!(heard.len(), 4);
    assert!(heard.iter().all(|h| h.raw == heard[0].raw));
    let record = record(&bench).await;
    assert_eq!(record["state"], "delivered");
    let statuses: Vec<_> = record["attempts"].as_array().unwrap().iter().map(|a| a["status"].clone()).collect();
    assert_eq!(statuses, [500, 401, 503, 200]);
}

#[tokio::test]
async fn a_callback_past_the_deadline_has_failed() {
    let (bench, _) = Bench::connected().await;
    bench.sim("/settings", json!({ "deadline_ms": 50, "retry_scale": 1000 })).await;
    bench.callback.answer_after_ms(600_000);
    bench.customer_sends("anna", json!({ "account": PAGE, "text": "hi", "wait": true })).await;
    let first = &record(&bench).await["attempts"][0];
    assert_eq!(first["status"], json!(null));
    assert_eq!(first["error"], "no answer in time");
}

#[tokio::test]
async fn an_hour_of_failure_unsubscribes_the_app_from_the_account() {
    let (bench, token) = Bench::connected().await;
    bench.sim("/settings", json!({ "retry_scale": 0.001 })).await;
    bench.callback.answer_with(&[500; 200]);
    bench.customer_sends("anna", json!({ "account": PAGE, "text": "lost", "wait": true })).await;
    bench.sim("/clock/advance", json!({ "minutes": 61 })).await;
    bench.settle().await;
    assert_eq!(record(&bench).await["state"], "disabled");
    let (_, apps) = bench.get(&format!("/graph.facebook.com/v26.0/{PAGE}/subscribed_apps?access_token={token}")).await;
    assert_eq!(apps["data"], json!([]));
    let sent = bench.customer_sends("anna", json!({ "account": PAGE, "text": "unheard" })).await;
    assert_eq!(sent["webhooks"], 0);
}

#[tokio::test]
async fn only_fields_subscribed_at_both_levels_are_delivered() {
    let (bench, token) = Bench::connected().await;
    let path = format!("/graph.facebook.com/v26.0/{PAGE}/subscribed_apps");
    bench.post(&path, json!({ "subscribed_fields": "messaging_postbacks", "access_token": token })).await;
    let text = bench.customer_sends("anna", json!({ "account": PAGE, "text": "hi" })).await;
    assert_eq!(text["webhooks"], 0);
    let tap =
        bench.customer_sends("anna", json!({ "account": PAGE, "postback": { "title": "Go", "payload": "GO" } })).await;
    assert_eq!(tap["webhooks"], 1);
    // For Instagram the Page edge only installs the app.
    let dm = bench.customer_sends("anna", json!({ "account": IG, "text": "hi" })).await;
    assert_eq!(dm["webhooks"], 1);
    bench.sim(&format!("/instagram-accounts/{IG}"), json!({ "message_access": false })).await;
    let dm = bench.customer_sends("anna", json!({ "account": IG, "text": "hi" })).await;
    assert_eq!(dm["webhooks"], 0);
}

#[tokio::test]
async fn batches_hold_several_accounts_and_keep_their_order() {
    let (bench, _) = Bench::connected().await;
    bench.sim("/settings", json!({ "batch_max": 3, "batch_linger_ms": LINGER_MS })).await;
    for n in 0..4 {
        bench.customer_sends("anna", json!({ "account": PAGE, "text": n.to_string() })).await;
    }
    bench.settle().await;
    let sizes: Vec<usize> = bench.callback.heard().iter().map(|h| h.body["entry"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [3, 1]);
    let texts: Vec<_> = bench
        .callback
        .heard()
        .iter()
        .flat_map(|h| h.body["entry"].as_array().unwrap().clone())
        .map(|e| e["messaging"][0]["message"]["text"].clone())
        .collect();
    assert_eq!(texts, ["0", "1", "2", "3"]);
    bench.callback.forget();
    bench.sim("/settings", json!({ "order": "reverse", "batch_max": 1, "batch_share_entry": false })).await;
    for n in 0..3 {
        bench.customer_sends("anna", json!({ "account": PAGE, "text": n.to_string() })).await;
    }
    bench.settle().await;
    let texts: Vec<_> = bench.callback.heard().iter().map(|h| h.item()["message"]["text"].clone()).collect();
    assert_eq!(texts, ["2", "1", "0"]);
}

#[tokio::test]
async fn entries_can_be_shared_and_posts_doubled() {
    let (bench, _) = Bench::connected().await;
    bench
        .sim(
            "/settings",
            json!({ "batch_max": 9, "batch_linger_ms": LINGER_MS, "batch_share_entry": true, "duplicate_every": 1 }),
        )
        .await;
    for n in 0..3 {
        bench.customer_sends("anna", json!({ "account": PAGE, "text": n.to_string() })).await;
    }
    bench.settle().await;
    let heard = bench.callback.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].raw, heard[1].raw);
    assert_eq!(heard[0].body["entry"][0]["messaging"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_raw_body_goes_out_once_signed_as_asked() {
    let (bench, _) = Bench::connected().await;
    bench.callback.answer_with(&[403]);
    let raw = r#"{"object":"page", "entry":[]}"#;
    for (signature, header) in
        [("signed", Some(true)), ("bad", Some(false)), ("malformed", Some(false)), ("unsigned", None)]
    {
        bench.callback.forget();
        let answer = bench.sim("/deliver", json!({ "app": APP, "raw": raw, "signature": signature })).await;
        assert_eq!(answer["status"], if signature == "signed" { 403 } else { 200 });
        let heard = bench.callback.heard();
        assert_eq!(heard.len(), 1, "a raw delivery is not repeated");
        assert_eq!(heard[0].raw, raw);
        match header {
            Some(valid) => assert_eq!(heard[0].signed_with(crate::common::SECRET), valid),
            None => assert!(!heard[0].headers.contains_key("x-hub-signature-256")),
        }
    }
}
