//! Who may speak, with a default app and without one.

use serde_json::{Value, json};

use crate::common::{APP, Bench, Heard, IG, PAGE, SECRET};

const BOT: &str = "1000000000000002";
const BOT_SECRET: &str = "51ab5ec0de0000000000000000000003";
const INBOX: &str = "263902037430900";

/// Our app and the bot on one Page; both post to the same callback and are told apart by signature.
async fn two_apps() -> (Bench, String, String) {
    let (bench, token) = Bench::connected().await;
    bench.subscribe_app(BOT, BOT_SECRET).await;
    let bot = bench.page_token(BOT).await;
    bench.subscribe_page(PAGE, &bot).await;
    (bench, token, bot)
}

async fn route_to(bench: &Bench, default_app: Value, take: &[&str]) {
    let routing = json!({ "routing": { "default_app": default_app, "take_allowed": take } });
    bench.sim(&format!("/pages/{PAGE}"), routing.clone()).await;
    bench.sim(&format!("/instagram-accounts/{IG}"), routing).await;
}

fn heard_by(bench: &Bench, secret: &str) -> Vec<Heard> {
    bench.callback.heard().into_iter().filter(|h| h.signed_with(secret)).collect()
}

async fn edge(bench: &Bench, token: &str, edge: &str, to: &str, more: Value) -> (u16, Value) {
    let mut body = more;
    body["recipient"] = json!({ "id": to });
    body["access_token"] = json!(token);
    bench.post(&format!("/graph.facebook.com/v26.0/{PAGE}/{edge}"), body).await
}

async fn says(bench: &Bench, token: &str, to: &str) -> (i64, i64) {
    let (_, answer) = bench.send(token, json!({ "recipient": { "id": to }, "message": { "text": "x" } })).await;
    let error = &answer["error"];
    (error["code"].as_i64().unwrap_or(0), error["error_subcode"].as_i64().unwrap_or(0))
}

#[tokio::test]
async fn without_a_default_app_everyone_hears_and_may_answer() {
    let (bench, ours, bot) = two_apps().await;
    bench.customer_sends("anna", json!({ "account": PAGE, "text": "hi" })).await;
    bench.settle().await;
    for secret in [SECRET, BOT_SECRET] {
        assert_eq!(heard_by(&bench, secret)[0].item()["message"]["text"], "hi");
    }
    let to = bench.scoped(PAGE, "anna").await;
    assert_eq!((says(&bench, &ours, &to).await, says(&bench, &bot, &to).await), ((0, 0), (0, 0)));
    let (_, take) = edge(&bench, &ours, "take_thread_control", &to, json!({})).await;
    assert_eq!(take["error"]["code"], 27);
    let (_, release) = edge(&bench, &ours, "release_thread_control", &to, json!({})).await;
    assert_eq!(release["error"]["code"], 100);
    // Idle: a request is granted at once, and told as a pass.
    bench.callback.forget();
    let (status, _) = edge(&bench, &ours, "request_thread_control", &to, json!({ "metadata": "m" })).await;
    assert_eq!(status, 200);
    bench.settle().await;
    let pass = heard_by(&bench, SECRET);
    assert_eq!(pass[0].item()["pass_thread_control"]["new_owner_app_id"], APP);
    assert_eq!(pass[0].item()["pass_thread_control"]["previous_owner_app_id"], Value::Null);
    assert_eq!(says(&bench, &bot, &to).await, (10, 2_018_300));
    // Owned: a request reaches the owner alone.
    bench.callback.forget();
    edge(&bench, &bot, "request_thread_control", &to, json!({ "metadata": "please" })).await;
    bench.settle().await;
    assert!(heard_by(&bench, BOT_SECRET).is_empty());
    let request = &heard_by(&bench, SECRET)[0];
    assert_eq!(request.item()["request_thread_control"]["requested_owner_app_id"], BOT);
    assert_eq!(request.item()["request_thread_control"]["metadata"], "please");
}

#[tokio::test]
async fn with_a_default_app_the_others_stand_by() {
    let (bench, ours, bot) = two_apps().await;
    route_to(&bench, json!(BOT), &[]).await;
    bench.customer_sends("anna", json!({ "account": PAGE, "postback": { "title": "Go", "payload": "SECRET" } })).await;
    bench.settle().await;
    assert_eq!(heard_by(&bench, BOT_SECRET)[0].item()["postback"]["payload"], "SECRET");
    let standby = &heard_by(&bench, SECRET)[0].body["entry"][0];
    assert!(standby["messaging"].is_null());
    assert_eq!(standby["standby"][0]["postback"]["title"], "Go");
    assert!(standby["standby"][0]["postback"]["payload"].is_null(), "stripped on standby");
    let to = bench.scoped(PAGE, "anna").await;
    assert_eq!(says(&bench, &ours, &to).await, (10, 2_018_300));
    let (_, take) = edge(&bench, &ours, "take_thread_control", &to, json!({})).await;
    assert_eq!(take["error"]["code"], 10, "the switch is off");
    route_to(&bench, json!(BOT), &[APP]).await;
    bench.callback.forget();
    assert_eq!(edge(&bench, &ours, "take_thread_control", &to, json!({ "metadata": "mine" })).await.0, 200);
    bench.settle().await;
    assert!(heard_by(&bench, SECRET).is_empty(), "only the old owner is told");
    assert_eq!(heard_by(&bench, BOT_SECRET)[0].item()["take_thread_control"]["metadata"], "mine");
    assert_eq!(says(&bench, &ours, &to).await, (0, 0));
    assert_eq!(says(&bench, &bot, &to).await, (10, 2_018_300));
    let owner =
        |token: &str| format!("/graph.facebook.com/v26.0/{PAGE}/thread_owner?recipient={to}&access_token={token}");
    let (_, own) = bench.get(&owner(&ours)).await;
    assert_eq!(own["data"][0]["thread_owner"]["app_id"], APP.parse::<u64>().unwrap());
    // After a day without the customer the thread is the default app's again.
    bench.sim("/clock/advance", json!({ "hours": 25 })).await;
    let (_, idle) = bench.get(&owner(&ours)).await;
    assert_eq!(idle["data"], json!([]));
    bench.customer_sends("anna", json!({ "account": PAGE, "text": "back" })).await;
    assert_eq!((says(&bench, &bot, &to).await, says(&bench, &ours, &to).await), ((0, 0), (10, 2_018_300)));
}

#[tokio::test]
async fn passing_releasing_extending_and_a_pass_beside_a_message() {
    let (bench, ours, bot) = two_apps().await;
    route_to(&bench, json!(APP), &[APP]).await;
    bench.customer_sends("anna", json!({ "account": PAGE, "text": "hi" })).await;
    let to = bench.scoped(PAGE, "anna").await;
    let (_, wrong) = edge(&bench, &bot, "pass_thread_control", &to, json!({ "target_app_id": APP })).await;
    assert_eq!(wrong["error"]["message"], "(#100) The calling app is not the thread owner.");
    let (_, own) = edge(&bench, &ours, "pass_thread_control", &to, json!({ "target_app_id": APP })).await;
    assert_eq!(own["error"]["code"], 100);
    assert_eq!(edge(&bench, &ours, "pass_thread_control", &to, json!({ "target_app_id": INBOX })).await.0, 200);
    assert_eq!(says(&bench, &ours, &to).await, (10, 2_018_300));
    assert_eq!(edge(&bench, &ours, "take_thread_control", &to, json!({})).await.0, 200);
    assert_eq!(edge(&bench, &ours, "extend_thread_control", &to, json!({ "duration": 604_801 })).await.0, 400);
    assert_eq!(edge(&bench, &ours, "extend_thread_control", &to, json!({ "duration": 172_800 })).await.0, 200);
    bench.sim("/settings", json!({ "handover_ids_as_numbers": true })).await;
    bench.callback.forget();
    let body = json!({
        "recipient": { "id": to }, "message": { "text": "over to the bot" },
        "thread_control": { "control_type": "pass", "app_id": BOT },
    });
    assert_eq!(bench.send(&ours, body).await.0, 200);
    bench.settle().await;
    let pass = heard_by(&bench, BOT_SECRET).into_iter().find(|h| !h.item()["pass_thread_control"].is_null()).unwrap();
    assert_eq!(pass.item()["pass_thread_control"]["new_owner_app_id"], BOT.parse::<u64>().unwrap());
    assert_eq!(edge(&bench, &bot, "release_thread_control", &to, json!({})).await.0, 200);
    assert_eq!(says(&bench, &ours, &to).await, (0, 0), "idle: the default app may speak");
}

#[tokio::test]
async fn staff_in_metas_inbox_take_the_thread() {
    let (bench, ours, _) = two_apps().await;
    route_to(&bench, json!(APP), &[]).await;
    for (account, refusal) in [(PAGE, (10, 2_018_300)), (IG, (100, 2_534_037))] {
        bench.customer_sends("anna", json!({ "account": account, "text": "hi" })).await;
        bench.settle().await;
        bench.callback.forget();
        bench.sim("/staff/send", json!({ "account": account, "person": "anna", "text": "from the inbox" })).await;
        bench.settle().await;
        let told = heard_by(&bench, SECRET);
        assert!(told.iter().any(|h| !h.item()["take_thread_control"].is_null()), "the old owner is told");
        let echo = told.iter().find(|h| !h.body["entry"][0]["standby"].is_null()).expect("an echo on standby");
        assert_eq!(echo.body["entry"][0]["standby"][0]["message"]["text"], "from the inbox");
        let to = bench.scoped(account, "anna").await;
        assert_eq!(says(&bench, &ours, &to).await, refusal);
    }
}
