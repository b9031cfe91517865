//! A message each way.

use serde_json::json;

use crate::common::{APP, Bench, IG, IG_SECRET, IG_SOLO, PAGE, SECRET};

#[tokio::test]
async fn a_customers_text_arrives_signed_in_metas_bytes() {
    let (bench, _) = Bench::connected().await;
    let sent = bench.customer_sends("anna", json!({ "account": PAGE, "text": "50% <b>a/b</b> x@y.z é👍" })).await;
    bench.settle().await;
    let heard = bench.callback.heard();
    assert_eq!(heard.len(), 1);
    assert!(heard[0].signed_with(SECRET));
    assert!(heard[0].headers["x-hub-signature"].to_str().unwrap().starts_with("sha1="));
    assert!(heard[0].raw.contains(r#""text":"50\u0025 \u003Cb>a\/b\u003C\/b> x\u0040y.z \u00e9\ud83d\udc4d""#));
    assert!(heard[0].raw.starts_with(r#"{"object":"page","entry":[{"time":"#), "{}", heard[0].raw);
    assert_eq!(heard[0].item()["message"]["mid"], sent["mid"]);
    assert_eq!(heard[0].item()["sender"]["id"], sent["scoped_id"]);
}

#[tokio::test]
async fn an_answer_is_recorded_and_echoed() {
    let (bench, token) = Bench::connected().await;
    for account in [PAGE, IG] {
        bench.customer_sends("anna", json!({ "account": account, "text": "hi" })).await;
        bench.settle().await;
        bench.callback.forget();
        let to = bench.scoped(account, "anna").await;
        let (status, answer) = bench
            .send(
                &token,
                json!({ "recipient": { "id": to }, "messaging_type": "RESPONSE", "message": { "text": "hello", "metadata": "rc:1" } }),
            )
            .await;
        assert_eq!((status, &answer["recipient_id"]), (200, &json!(to)), "{answer}");
        bench.settle().await;
        let echo =
            bench.callback.heard().into_iter().find(|h| h.item()["message"]["is_echo"] == true).expect("an echo");
        assert_eq!(echo.item()["message"]["mid"], answer["message_id"]);
        assert_eq!(echo.item()["recipient"]["id"], to.as_str());
        let own = &echo.item()["message"];
        if account == PAGE {
            assert_eq!((&own["app_id"], &own["metadata"]), (&json!(APP.parse::<u64>().unwrap()), &json!("rc:1")));
        } else {
            assert!(own["app_id"].is_null() && own["metadata"].is_null(), "Instagram echoes carry neither");
        }
        let (_, sent) = bench.get(&format!("/_sim/sent?account={account}&person=anna")).await;
        assert_eq!(sent["data"][0]["body"]["message"]["text"], "hello");
        assert!(!sent.to_string().contains(&token));
    }
}

#[tokio::test]
async fn instagram_login_accounts_sign_with_the_instagram_secret() {
    let (bench, _) = Bench::connected().await;
    bench
        .sim(
            &format!("/apps/{APP}/instagram-login-webhook"),
            json!({ "callback_url": bench.callback.url, "verify_token": "the-verify-token", "fields": ["messages"] }),
        )
        .await;
    let scopes = ["instagram_business_basic", "instagram_business_manage_messages"];
    let minted = bench.sim("/tokens", json!({ "app": APP, "user": IG_SOLO, "scopes": scopes })).await;
    let token = minted["access_token"].as_str().unwrap();
    let (status, body) = bench
        .post(
            &format!(
                "/graph.instagram.com/v26.0/{IG_SOLO}/subscribed_apps?subscribed_fields=messages&access_token={token}"
            ),
            json!({}),
        )
        .await;
    assert_eq!(status, 200, "{body}");
    bench.customer_sends("anna", json!({ "account": IG_SOLO, "text": "hi" })).await;
    bench.settle().await;
    let heard = bench.callback.heard();
    assert_eq!(heard.len(), 1);
    assert!(heard[0].signed_with(IG_SECRET) && !heard[0].signed_with(SECRET));
    let to = bench.scoped(IG_SOLO, "anna").await;
    let (status, answer) = bench
        .post(
            "/graph.instagram.com/v26.0/me/messages",
            json!({ "recipient": { "id": to }, "message": { "text": "hello" }, "access_token": token }),
        )
        .await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn instagrams_echo_may_name_the_app() {
    let (bench, token) = Bench::connected().await;
    bench.sim("/settings", json!({ "instagram_echo_names_app": true })).await;
    bench.customer_sends("anna", json!({ "account": IG, "text": "hi" })).await;
    let to = bench.scoped(IG, "anna").await;
    bench.send(&token, json!({ "recipient": { "id": to }, "message": { "text": "hello", "metadata": "rc:1" } })).await;
    bench.settle().await;
    let echo = bench.callback.heard().into_iter().find(|h| h.item()["message"]["is_echo"] == true).expect("an echo");
    let own = &echo.item()["message"];
    assert_eq!((&own["app_id"], &own["metadata"]), (&json!(APP.parse::<u64>().unwrap()), &json!("rc:1")));
}

/// What staff do on the phone comes from the account's side, marked or not.
#[tokio::test]
async fn what_staff_do_elsewhere_is_told_in_each_shape() {
    let (bench, _) = Bench::connected().await;
    bench.customer_sends("anna", json!({ "account": IG, "text": "hi" })).await;
    let to = bench.scoped(IG, "anna").await;
    let send = json!({ "account": IG, "person": "anna", "text": "from the phone" });
    for (shape, marked, sender, recipient) in
        [(json!(null), true, IG, &*to), (json!("unmarked"), false, IG, &*to), (json!("swapped"), true, &*to, IG)]
    {
        bench.settle().await;
        bench.callback.forget();
        let mut send = send.clone();
        send["shape"] = shape;
        bench.sim("/staff/send", send).await;
        bench.settle().await;
        let item = bench.callback.heard()[0].item().clone();
        assert_eq!(item["message"]["is_echo"] == true, marked, "{item}");
        assert_eq!((&item["sender"]["id"], &item["recipient"]["id"]), (&json!(sender), &json!(recipient)), "{item}");
    }
    let mid = bench.callback.heard()[0].item()["message"]["mid"].clone();
    for (act, body, expected) in [
        ("/staff/edit", json!({ "mid": mid, "text": "new" }), json!({ "mid": mid, "text": "new", "num_edit": 1 })),
        (
            "/staff/react",
            json!({ "mid": mid, "emoji": "👍" }),
            json!({ "mid": mid, "action": "react", "reaction": "other", "emoji": "👍" }),
        ),
        ("/staff/react", json!({ "mid": mid }), json!({ "mid": mid, "action": "unreact" })),
    ] {
        bench.callback.forget();
        bench.sim(act, body).await;
        bench.settle().await;
        let item = bench.callback.heard()[0].item().clone();
        assert_eq!(item["sender"]["id"], IG);
        assert!(item["message_edit"] == expected || item["reaction"] == expected, "{item}");
    }
}
