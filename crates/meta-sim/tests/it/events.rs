//! What customers do, in the shapes Meta documents.

use serde_json::{Value, json};

use crate::common::{Bench, IG, PAGE};

/// Lets `person` act and answers the one item the app heard.
async fn item(bench: &Bench, mut act: Value, account: &str) -> Value {
    bench.callback.forget();
    act["account"] = json!(account);
    bench.customer_sends("chidi", act).await;
    bench.settle().await;
    let heard = bench.callback.heard();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(heard[0].body["entry"][0]["id"], account);
    heard[0].item().clone()
}

#[tokio::test]
async fn every_act_has_its_shape() {
    let (bench, token) = Bench::connected().await;
    let text = item(&bench, json!({ "text": "hi" }), PAGE).await;
    let mid = text["message"]["mid"].as_str().unwrap().to_owned();
    let dm = item(&bench, json!({ "text": "hi" }), IG).await;
    let dm = dm["message"]["mid"].as_str().unwrap().to_owned();
    let cases = [
        (PAGE, json!({ "text": "S", "quick_reply": { "payload": "P" } }), "/message/quick_reply/payload", json!("P")),
        (PAGE, json!({ "text": "x", "reply_to": mid }), "/message/reply_to/mid", json!(mid)),
        (
            PAGE,
            json!({ "attachments": [{ "type": "sticker", "sticker_id": 1 }] }),
            "/message/attachments/0/payload/sticker_id",
            json!(1),
        ),
        (
            PAGE,
            json!({ "location": { "lat": 48.1, "long": 11.5 } }),
            "/message/attachments/0/payload/coordinates/long",
            json!(11.5),
        ),
        (
            PAGE,
            json!({ "attachments": [{ "type": "fallback", "payload": null, "title": "t" }] }),
            "/message/attachments/0",
            json!({ "type": "fallback", "payload": null, "title": "t" }),
        ),
        (PAGE, json!({ "postback": { "title": "Go", "payload": "GO" } }), "/postback/payload", json!("GO")),
        (PAGE, json!({ "reaction": { "mid": mid, "emoji": "😮", "reaction": "wow" } }), "/reaction/emoji", json!("😮")),
        (PAGE, json!({ "unreact": mid }), "/reaction", json!({ "mid": mid, "action": "unreact" })),
        (
            PAGE,
            json!({ "edit": { "mid": mid, "text": "ho" } }),
            "/message_edit",
            json!({ "mid": mid, "text": "ho", "num_edit": 1 }),
        ),
        (
            PAGE,
            json!({ "referral": { "ref": "a" } }),
            "/referral",
            json!({ "ref": "a", "source": "SHORTLINK", "type": "OPEN_THREAD" }),
        ),
        (
            PAGE,
            json!({ "event": { "page_field": "messaging_optins", "item": { "optin": { "ref": "r" } } } }),
            "/optin/ref",
            json!("r"),
        ),
        (PAGE, json!({ "text": "x", "timestamp": "1700000000" }), "/timestamp", json!("1700000000")),
        (IG, json!({ "unsupported": true }), "/message/is_unsupported", json!(true)),
        (
            IG,
            json!({ "attachments": [{ "type": "like_heart" }] }),
            "/message/attachments",
            json!([{ "type": "like_heart" }]),
        ),
        (IG, json!({ "story_mention": {} }), "/message/attachments/0/type", json!("story_mention")),
        (IG, json!({ "text": "nice", "story_reply": { "id": "17" } }), "/message/reply_to/story/id", json!("17")),
        (IG, json!({ "edit": { "mid": dm, "text": "ho" } }), "/message_edit/text", json!("ho")),
        (IG, json!({ "unsend": dm }), "/message", json!({ "mid": dm, "is_deleted": true })),
    ];
    for (account, act, pointer, want) in cases {
        let got = item(&bench, act.clone(), account).await;
        assert_eq!(got.pointer(pointer), Some(&want), "{act} made {got}");
    }
    for account in [PAGE, IG] {
        let to = bench.scoped(account, "chidi").await;
        let (_, sent) = bench.send(&token, json!({ "recipient": { "id": to }, "message": { "text": "x" } })).await;
        bench.settle().await;
        let read = item(&bench, json!({ "read": true }), account).await;
        if account == IG {
            assert_eq!(read["read"]["mid"], sent["message_id"]);
        } else {
            assert!(read["read"]["watermark"].is_i64(), "{read}");
        }
    }
    bench.callback.forget();
    bench
        .customer_sends(
            "chidi",
            json!({ "account": IG, "postback": { "title": "Go", "payload": "GO" }, "as_change": true }),
        )
        .await;
    bench.settle().await;
    let entry = bench.callback.heard()[0].body["entry"][0].clone();
    assert_eq!(entry["changes"][0]["field"], "messaging_postbacks");
    assert_eq!(entry["changes"][0]["value"]["postback"]["payload"], "GO");
    let (status, refused) = bench.post("/_sim/customers/chidi/send", json!({ "account": PAGE, "unsend": mid })).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("bad_request")));
}

/// What is half-formed, or stands where no page says, is sent as it is asked for.
#[tokio::test]
async fn other_shapes_are_sent_as_they_are() {
    let (bench, _) = Bench::connected().await;
    let event =
        |item: Value| json!({ "event": { "page_field": "messages", "instagram_field": "messages", "item": item } });
    for (account, act, pointer, want) in [
        (PAGE, json!({ "text": "x", "message": { "attachments": "image" } }), "/message/attachments", json!("image")),
        (
            PAGE,
            json!({ "message": { "sticker_id": "767226160478561" } }),
            "/message/sticker_id",
            json!("767226160478561"),
        ),
        (IG, json!({ "message": { "quick_reply": { "payload": "A" } } }), "/message/quick_reply/payload", json!("A")),
        (
            IG,
            json!({ "message": { "attachments": [{ "type": "fallback", "title": "t", "URL": "https://shop.example" }] } }),
            "/message/attachments/0/URL",
            json!("https://shop.example"),
        ),
        (
            PAGE,
            event(json!({ "message": "TEST_MESSAGE", "sender": null, "recipient": null })),
            "/message",
            json!("TEST_MESSAGE"),
        ),
        (
            IG,
            event(json!({ "reaction": { "mid": "m", "emoji": "\\u{2764}\\u{FE0F}" } })),
            "/reaction/emoji",
            json!("\\u{2764}\\u{FE0F}"),
        ),
        (
            PAGE,
            event(json!({ "call_permission_reply": { "response": "reject" } })),
            "/call_permission_reply/response",
            json!("reject"),
        ),
        (
            PAGE,
            event(json!({ "sender": null, "recipient": null, "status": "restricted", "restrictions": [] })),
            "/status",
            json!("restricted"),
        ),
    ] {
        let got = item(&bench, act.clone(), account).await;
        assert_eq!(got.pointer(pointer), Some(&want), "{act} made {got}");
    }
    bench.callback.forget();
    let entry = json!({ "call_settings": { "audio_enabled": true } });
    bench
        .customer_sends("chidi", json!({ "account": PAGE, "event": { "page_field": "messages", "entry": entry } }))
        .await;
    bench.settle().await;
    let heard = bench.callback.heard()[0].body["entry"][0].clone();
    assert_eq!(heard["call_settings"]["audio_enabled"], true);
    assert!(heard["messaging"].is_null() && heard["changes"].is_null(), "{heard}");
}

#[tokio::test]
async fn receipts_and_echoes_come_as_the_settings_say() {
    let (bench, token) = Bench::connected().await;
    bench.sim("/settings", json!({ "echo": "before", "read_receipts": true })).await;
    bench.customer_sends("emi", json!({ "account": PAGE, "text": "hi" })).await;
    bench.settle().await;
    bench.callback.forget();
    let to = bench.scoped(PAGE, "emi").await;
    let (_, sent) = bench.send(&token, json!({ "recipient": { "id": to }, "message": { "text": "x" } })).await;
    assert!(
        bench.callback.heard().iter().any(|h| h.item()["message"]["mid"] == sent["message_id"]),
        "the echo was there before the answer"
    );
    bench.settle().await;
    let heard = bench.callback.heard();
    assert!(heard.iter().any(|h| h.item()["delivery"]["mids"] == json!([sent["message_id"]])));
    assert!(heard.iter().any(|h| h.item()["read"]["watermark"].is_i64()));
    bench.sim("/settings", json!({ "echo": "off", "delivery_receipts": false, "read_receipts": false })).await;
    bench.callback.forget();
    bench.send(&token, json!({ "recipient": { "id": to }, "message": { "text": "x" } })).await;
    bench.settle().await;
    assert!(bench.callback.heard().is_empty());
}

#[tokio::test]
async fn profiles_need_consent_and_the_right_account() {
    let (bench, token) = Bench::connected().await;
    let profile = |id: &str| {
        format!("/graph.facebook.com/v26.0/{id}?fields=name,username,profile_pic,is_verified_user&access_token={token}")
    };
    let id = bench.scoped(IG, "emi").await;
    let (_, refused) = bench.get(&profile(&id)).await;
    assert_eq!(refused["error"]["code"], 230);
    bench.customer_sends("emi", json!({ "account": IG, "text": "hi" })).await;
    let (_, shown) = bench.get(&profile(&id)).await;
    assert_eq!((&shown["name"], &shown["is_verified_user"]), (&json!("えみ 田中"), &json!(true)));
    let url = shown["profile_pic"].as_str().unwrap();
    let picture = |url: &str| format!("/{}", url.strip_prefix("https://").unwrap());
    let request = axum::http::Request::get(picture(url)).body(axum::body::Body::empty()).unwrap();
    let (status, _, bytes) = bench.raw(request).await;
    assert_eq!((status.as_u16(), &bytes[1..4]), (200, &b"PNG"[..]));
    bench.sim("/clock/advance", json!({ "days": 5 })).await;
    let request = axum::http::Request::get(picture(url)).body(axum::body::Body::empty()).unwrap();
    assert_eq!(bench.raw(request).await.0, 403, "signed addresses end");
    let m = bench.scoped(PAGE, "noname").await;
    let (_, nobody) = bench.get(&format!("/graph.facebook.com/v26.0/{m}?fields=first_name&access_token={token}")).await;
    assert_eq!(nobody["first_name"], Value::Null);
    bench.sim("/customers/noname", json!({ "phone_only": true })).await;
    let (_, refused) = bench.get(&format!("/graph.facebook.com/v26.0/{m}?access_token={token}")).await;
    assert_eq!(refused["error"]["code"], 2_018_218);
    let other = bench.scoped("200000000000002", "emi").await;
    let (_, foreign) = bench.get(&format!("/graph.facebook.com/v26.0/{other}?access_token={token}")).await;
    assert_eq!(foreign["error"]["error_subcode"], 33);
    let (_, wrong) = bench.get(&format!("/graph.facebook.com/v26.0/{m}?fields=shoe_size&access_token={token}")).await;
    assert_eq!(wrong["error"]["code"].as_i64(), Some(2_018_218));
}

#[tokio::test]
async fn the_conversation_can_be_read_back() {
    let (bench, token) = Bench::connected().await;
    let first = bench.customer_sends("dalia", json!({ "account": PAGE, "text": "مرحبا" })).await;
    bench.customer_sends("dalia", json!({ "account": PAGE, "attachments": [{ "type": "image" }] })).await;
    let to = bench.scoped(PAGE, "dalia").await;
    let (_, list) = bench
        .get(&format!(
            "/graph.facebook.com/v26.0/{PAGE}/conversations?user_id={to}&fields=id,messages.limit(5)%7Bid,message,from%7D&access_token={token}"
        ))
        .await;
    let messages = list["data"][0]["messages"]["data"].as_array().unwrap();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1]["message"], "مرحبا", "newest first");
    assert_eq!(messages[1]["from"]["id"], to.as_str());
    let (_, one) = bench
        .get(&format!(
            "/graph.facebook.com/v26.0/{}?fields=message,created_time&access_token={token}",
            first["mid"].as_str().unwrap()
        ))
        .await;
    assert_eq!(one["message"], "مرحبا");
    let (_, phone) = bench.get(&format!("/_sim/threads/{PAGE}/dalia")).await;
    assert_eq!(phone["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn one_message_can_be_read_by_its_account_while_it_is_new() {
    let (bench, token) = Bench::connected().await;
    let mut mids = Vec::new();
    for n in 0..21 {
        let told = bench.customer_sends("dalia", json!({ "account": PAGE, "text": n.to_string() })).await;
        mids.push(told["mid"].as_str().unwrap().to_owned());
    }
    let read = async |mid: &str, fields: &str, token: &str| {
        bench.get(&format!("/graph.facebook.com/v26.0/{mid}?fields={fields}&access_token={token}")).await.1
    };
    assert_eq!(read(&mids[1], "message", &token).await["message"], "1");
    assert_eq!(
        read(&mids[0], "message", &token).await["error"]["code"],
        9_000_001,
        "the 20 newest say more than their id"
    );
    for field in ["shoe_size", "story", "is_unsupported"] {
        let refused = read(&mids[20], &format!("id,message,{field}"), &token).await;
        assert_eq!(refused["error"]["code"], 100, "{field} is not a Messenger message's");
        assert!(refused["error"].get("error_subcode").is_none_or(Value::is_null));
    }
    for fields in
        ["id,created_time,from,to,message,attachments,shares,sticker,reply_to", "id,created_time,from,to,message"]
    {
        assert_eq!(read(&mids[20], fields, &token).await["message"], "20");
    }
    assert_eq!(read(&mids[20], "message", "EAAwrong").await["error"]["code"], 190);
    assert_eq!(read("m_unknown", "message", &token).await["error"]["error_subcode"], 33);
    let full = "id,created_time,from,to,message,attachments,shares,story,reply_to,is_unsupported";
    let dm = bench.customer_sends("dalia", json!({ "account": IG, "story_mention": {} })).await;
    let mention = read(dm["mid"].as_str().unwrap(), full, &token).await;
    assert!(
        mention["story"]["mention"]["link"].is_string()
            && mention["attachments"]["data"].as_array().unwrap().is_empty()
    );
    let dm = bench.customer_sends("dalia", json!({ "account": IG, "unsupported": true })).await;
    assert_eq!(read(dm["mid"].as_str().unwrap(), full, &token).await["is_unsupported"], true);
}

#[tokio::test]
async fn instagram_names_messages_without_telling_them() {
    let (bench, _) = Bench::connected().await;
    let heard = async |how: &str| {
        bench.callback.forget();
        bench.customer_sends("chidi", json!({ "account": IG, "text": "hi", "edit_event": how })).await;
        bench.settle().await;
        bench.callback.heard().into_iter().map(|delivery| delivery.body["entry"][0].clone()).collect::<Vec<_>>()
    };
    for (how, edit_at) in [("before", 0), ("after", 1)] {
        let heard = heard(how).await;
        assert_eq!(heard.len(), 2);
        let edit = &heard[edit_at]["messaging"][0];
        assert_eq!(edit["message_edit"]["num_edit"], 0);
        assert!(edit["sender"].is_object() && edit["message_edit"].get("text").is_none());
        assert_eq!(edit["message_edit"]["mid"], heard[1 - edit_at]["messaging"][0]["message"]["mid"]);
    }
    for (how, account) in [("instead", IG), ("instead_under_page", PAGE)] {
        let heard = heard(how).await;
        let [entry] = &heard[..] else { panic!("{heard:?}") };
        assert_eq!(entry["id"], account);
        let item = entry["messaging"][0].as_object().unwrap();
        assert_eq!(item.keys().map(String::as_str).collect::<Vec<_>>(), ["message_edit", "timestamp"]);
    }
    bench.callback.forget();
    let untold = bench.customer_sends("chidi", json!({ "account": IG, "text": "hi", "untold": true })).await;
    bench.settle().await;
    assert!(untold["mid"].is_string() && bench.callback.heard().is_empty());
}
