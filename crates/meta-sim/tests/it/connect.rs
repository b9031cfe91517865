//! From the login dialog to a subscribed Page.

use axum::http::Method;
use serde_json::json;

use crate::common::{ADA, APP, Bench, IG, IG_APP, IG_SECRET, IG_SOLO, PAGE, SECRET, parameter};

const REDIRECT: &str = "http://127.0.0.1:3000/oauth/callback?a=b";

fn dialog(scope: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", APP)
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("state", "s/1 %")
        .append_pair("scope", scope)
        .finish();
    format!("/www.facebook.com/v26.0/dialog/oauth?{query}")
}

const SCOPES: &str = "pages_show_list,pages_messaging,pages_manage_metadata,pages_read_engagement,instagram_basic,\
    instagram_manage_messages,business_management";

fn exchange(code: &str, redirect_uri: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", APP)
        .append_pair("client_secret", SECRET)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("code", code)
        .finish();
    format!("/graph.facebook.com/v26.0/oauth/access_token?{query}")
}

async fn log_in(bench: &Bench, user: &str, more: &[(&str, &str)]) -> String {
    let mut form = vec![("user", user), ("decision", "continue")];
    form.extend(more);
    let (status, location) = bench.form(&dialog(SCOPES), &form).await;
    assert_eq!(status, 302, "{location}");
    assert!(location.starts_with(REDIRECT), "{location}");
    assert_eq!(parameter(&location, "state").unwrap(), "s/1 %");
    let code = parameter(&location, "code").unwrap();
    let (status, short) = bench.get(&exchange(&code, REDIRECT)).await;
    assert_eq!(status, 200, "{short}");
    short["access_token"].as_str().unwrap().to_owned()
}

async fn long_lived(bench: &Bench, short: &str) -> String {
    let (status, long) = bench
        .get(&format!(
            "/graph.facebook.com/v26.0/oauth/access_token?grant_type=fb_exchange_token&client_id={APP}&client_secret={SECRET}&fb_exchange_token={short}"
        ))
        .await;
    assert_eq!((status, &long["expires_in"]), (200, &json!(5_183_944)), "{long}");
    long["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_code_works_once_and_for_its_own_redirect_only() {
    let bench = Bench::new().await;
    let (_, location) = bench.form(&dialog(SCOPES), &[("user", ADA)]).await;
    let code = parameter(&location, "code").unwrap();
    let (status, wrong) = bench.get(&exchange(&code, "http://127.0.0.1:3000/oauth/callback")).await;
    assert_eq!((status, &wrong["error"]["error_subcode"]), (400, &json!(36008)));
    assert_eq!(bench.get(&exchange(&code, REDIRECT)).await.0, 200);
    let (status, again) = bench.get(&exchange(&code, REDIRECT)).await;
    assert_eq!((status, &again["error"]["error_subcode"]), (400, &json!(36009)));
    let (_, location) = bench.form(&dialog(SCOPES), &[("user", ADA)]).await;
    bench.sim("/clock/advance", json!({ "minutes": 11 })).await;
    let (_, late) = bench.get(&exchange(&parameter(&location, "code").unwrap(), REDIRECT)).await;
    assert_eq!(late["error"]["error_subcode"], 36007);
}

#[tokio::test]
async fn the_dialog_is_a_page_and_a_refusal_comes_back_as_access_denied() {
    let bench = Bench::new().await;
    let (status, page) = {
        let request = axum::http::Request::get(dialog(SCOPES)).body(axum::body::Body::empty()).unwrap();
        let (status, _, body) = bench.raw(request).await;
        (status, String::from_utf8(body.to_vec()).unwrap())
    };
    assert_eq!(status, 200);
    assert!(page.contains("Ada Admin") && page.contains("sim_login"), "{page}");
    let (_, location) = bench.form(&dialog(SCOPES), &[("user", ADA), ("decision", "cancel")]).await;
    assert_eq!(parameter(&location, "error").unwrap(), "access_denied");
    assert_eq!(parameter(&location, "error_reason").unwrap(), "user_denied");
    let (status, page) =
        bench.form("/www.facebook.com/v26.0/dialog/oauth?client_id=5&redirect_uri=http://a", &[]).await;
    assert_eq!(status, 400);
    assert!(page.contains("Invalid App ID"), "{page}");
}

#[tokio::test]
async fn page_tokens_follow_the_life_of_the_user_token() {
    let bench = Bench::new().await;
    let short = log_in(&bench, ADA, &[]).await;
    let long = long_lived(&bench, &short).await;
    let list = |token: &str| {
        format!(
            "/graph.facebook.com/v26.0/me/accounts?fields=id,name,access_token,tasks,instagram_business_account%7Bid,username%7D&access_token={token}"
        )
    };
    let (_, accounts) = bench.get(&list(&long)).await;
    let rows = accounts["data"].as_array().unwrap();
    assert_eq!(rows.len(), 3, "business-owned Pages are not here: {accounts}");
    assert_eq!(rows[0]["instagram_business_account"]["username"], "contoso.shop");
    let info = |token: &serde_json::Value| {
        format!(
            "/graph.facebook.com/v26.0/debug_token?input_token={}&access_token={APP}%7C{SECRET}",
            token.as_str().unwrap()
        )
    };
    let (_, data) = bench.get(&info(&rows[0]["access_token"])).await;
    assert_eq!((&data["data"]["expires_at"], &data["data"]["type"]), (&json!(0), &json!("PAGE")));
    let (_, accounts) = bench.get(&list(&short)).await;
    let (_, data) = bench.get(&info(&accounts["data"][0]["access_token"])).await;
    assert!(data["data"]["expires_at"].as_i64().unwrap() > 0, "{data}");
    bench.sim("/clock/advance", json!({ "hours": 2 })).await;
    let (status, gone) = bench.get(&list(&short)).await;
    assert_eq!((status, &gone["error"]["error_subcode"]), (401, &json!(463)));
}

#[tokio::test]
async fn what_was_not_ticked_is_not_granted() {
    let bench = Bench::new().await;
    let user = log_in(
        &bench,
        ADA,
        &[
            ("chosen", "1"),
            ("pages", PAGE),
            ("instagram_accounts", IG),
            ("scopes", "pages_show_list,pages_messaging,instagram_basic"),
        ],
    )
    .await;
    let (_, accounts) = bench.get(&format!("/graph.facebook.com/v26.0/me/accounts?access_token={user}")).await;
    assert_eq!(accounts["data"].as_array().unwrap().len(), 1);
    let page_token = accounts["data"][0]["access_token"].as_str().unwrap();
    let (status, refused) = bench
        .post(
            &format!("/graph.facebook.com/v26.0/{PAGE}/subscribed_apps"),
            json!({ "subscribed_fields": "messages", "access_token": page_token }),
        )
        .await;
    assert_eq!((status, &refused["error"]["code"]), (403, &json!(10)), "{refused}");
    let (_, permissions) = bench.get(&format!("/graph.facebook.com/v26.0/me/permissions?access_token={user}")).await;
    let declined: Vec<_> =
        permissions["data"].as_array().unwrap().iter().filter(|p| p["status"] == "declined").collect();
    assert_eq!(declined.len(), 4, "{permissions}");
    // A declined scope is asked for again only on a re-request.
    let (_, location) = bench.form(&dialog("pages_manage_metadata"), &[("user", ADA)]).await;
    assert!(parameter(&location, "code").is_some());
    let (_, permissions) = bench.get(&format!("/graph.facebook.com/v26.0/me/permissions?access_token={user}")).await;
    assert!(permissions.to_string().contains(r#""permission":"pages_manage_metadata","status":"declined""#));
    bench.form(&format!("{}&auth_type=rerequest", dialog("pages_manage_metadata")), &[("user", ADA)]).await;
    let (_, permissions) = bench.get(&format!("/graph.facebook.com/v26.0/me/permissions?access_token={user}")).await;
    assert!(permissions.to_string().contains(r#""permission":"pages_manage_metadata","status":"granted""#));
}

#[tokio::test]
async fn thirty_pages_come_in_pages_after_an_empty_one() {
    let bench = Bench::new().await;
    let user = log_in(&bench, "10000000000000103", &[]).await;
    let mut path = format!("/graph.facebook.com/v26.0/me/accounts?fields=id&access_token={user}");
    let mut sizes = Vec::new();
    loop {
        let (_, page) = bench.get(&path).await;
        sizes.push(page["data"].as_array().unwrap().len());
        match page["paging"]["next"].as_str() {
            Some(next) => path = format!("/{}", next.strip_prefix("https://").unwrap()),
            None => break,
        }
    }
    assert_eq!(sizes, [0, 25, 5]);
}

#[tokio::test]
async fn business_pages_are_listed_by_their_business() {
    let bench = Bench::new().await;
    let user = log_in(&bench, ADA, &[]).await;
    let (_, businesses) = bench.get(&format!("/graph.facebook.com/v26.0/me/businesses?access_token={user}")).await;
    let id = businesses["data"][0]["id"].as_str().unwrap();
    let (_, pages) = bench
        .get(&format!("/graph.facebook.com/v26.0/{id}/owned_pages?fields=id,access_token&access_token={user}"))
        .await;
    assert!(pages["data"][0]["access_token"].is_string(), "{pages}");
}

#[tokio::test]
async fn an_app_webhook_is_verified_before_it_is_kept() {
    let bench = Bench::new().await;
    let subscribe = |token: String, verify: &str, fields: &str| {
        let body = json!({
            "object": "instagram", "callback_url": bench.callback.url, "verify_token": verify, "fields": fields,
            "access_token": token,
        });
        let path = format!("/graph.facebook.com/v26.0/{APP}/subscriptions");
        let bench = &bench;
        async move { bench.post(&path, body).await }
    };
    let app_token = format!("{APP}|{SECRET}");
    let (status, wrong) = subscribe(app_token.clone(), "another-token", "messages").await;
    assert_eq!((status, &wrong["error"]["code"]), (400, &json!(2200)));
    let (_, field) = subscribe(app_token.clone(), "the-verify-token", "messages,message_reads").await;
    assert!(field["error"]["message"].as_str().unwrap().contains("fields[1] must be one of"), "{field}");
    bench.callback.answer_challenge_with("OK");
    let (_, wrong) = subscribe(app_token.clone(), "the-verify-token", "messages").await;
    assert_eq!(wrong["error"]["code"], 2200);
    let user = log_in(&bench, ADA, &[]).await;
    let (_, not_app) = subscribe(user, "the-verify-token", "messages").await;
    assert_eq!(not_app["error"]["code"], 15);
    let (_, none) =
        bench.get(&format!("/graph.facebook.com/v26.0/{APP}/subscriptions?access_token={APP}%7C{SECRET}")).await;
    assert_eq!(none["data"], json!([]));
}

#[tokio::test]
async fn a_page_refuses_fields_of_instagram_and_lists_its_own() {
    let (bench, token) = Bench::connected().await;
    let path = format!("/graph.facebook.com/v26.0/{PAGE}/subscribed_apps");
    let (status, refused) =
        bench.post(&path, json!({ "subscribed_fields": ["messages", "messaging_seen"], "access_token": token })).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!(100)));
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("subscribed_fields[1] must be one of {BUSINESS_INTEGRITY")
    );
    bench.sim(&format!("/apps/{APP}"), json!({ "refused_fields": ["send_cart"] })).await;
    let given = json!({ "subscribed_fields": ["messages", "send_cart"], "access_token": token });
    assert_eq!(bench.post(&path, given).await.1["error"]["code"], 100);
    bench.sim("/settings", json!({ "list_max": 20 })).await;
    let list =
        |limit: u32| format!("/graph.facebook.com/v26.0/{PAGE}/conversations?limit={limit}&access_token={token}");
    assert_eq!(bench.get(&list(21)).await.1["error"]["code"], 1);
    assert_eq!(bench.get(&list(20)).await.0, 200);
    let (_, apps) = bench.get(&format!("{path}?access_token={token}")).await;
    assert_eq!(apps["data"][0]["id"], APP);
    bench.call(Method::DELETE, &format!("{path}?access_token={token}"), None).await;
    let (_, apps) = bench.get(&format!("{path}?access_token={token}")).await;
    assert_eq!(apps["data"], json!([]));
}

#[tokio::test]
async fn the_proof_is_checked_and_can_be_required() {
    let (bench, token) = Bench::connected().await;
    let proof = |secret: &str| {
        use hmac::{KeyInit as _, Mac as _};
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(token.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    };
    let path = format!("/graph.facebook.com/v26.0/{PAGE}?access_token={token}");
    assert_eq!(bench.get(&path).await.0, 200);
    let (_, bad) = bench.get(&format!("{path}&appsecret_proof={}", proof("another"))).await;
    assert_eq!(bad["error"]["message"], "Invalid appsecret_proof provided in the API argument");
    assert_eq!(bench.get(&format!("{path}&appsecret_proof={}", proof(SECRET))).await.0, 200);
    bench.sim(&format!("/apps/{APP}"), json!({ "require_app_secret": true })).await;
    assert_eq!(bench.get(&path).await.0, 400);
    assert_eq!(bench.get(&format!("{path}&appsecret_proof={}", proof(SECRET))).await.0, 200);
}

#[tokio::test]
async fn instagram_login_gives_a_token_that_lives_sixty_days_and_can_be_renewed() {
    let bench = Bench::new().await;
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", IG_APP)
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("response_type", "code")
        .append_pair("scope", "instagram_business_basic,instagram_business_manage_messages")
        .finish();
    let (_, location) = bench.form(&format!("/www.instagram.com/oauth/authorize?{query}"), &[("user", IG_SOLO)]).await;
    assert!(location.ends_with("#_"), "{location}");
    let code = parameter(&location, "code").unwrap();
    let fields = [
        ("client_id", IG_APP),
        ("client_secret", IG_SECRET),
        ("grant_type", "authorization_code"),
        ("redirect_uri", REDIRECT),
        ("code", &code),
    ];
    let (status, body) = bench.form("/api.instagram.com/oauth/access_token", &fields).await;
    assert_eq!(status, 200, "{body}");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let short = body["data"][0]["access_token"].as_str().unwrap();
    let (_, long) = bench
        .get(&format!("/graph.instagram.com/access_token?grant_type=ig_exchange_token&client_secret={IG_SECRET}&access_token={short}"))
        .await;
    assert_eq!(long["expires_in"], 60 * 24 * 3600);
    let long = long["access_token"].as_str().unwrap();
    let (_, me) =
        bench.get(&format!("/graph.instagram.com/v26.0/me?fields=user_id,username&access_token={long}")).await;
    assert_eq!((&me["user_id"], &me["username"]), (&json!(IG_SOLO), &json!("contoso.solo")));
    assert_ne!(me["id"], me["user_id"]);
    let refresh = format!("/graph.instagram.com/refresh_access_token?grant_type=ig_refresh_token&access_token={long}");
    assert_eq!(bench.get(&refresh).await.0, 400, "too young");
    bench.sim("/clock/advance", json!({ "days": 2 })).await;
    assert_eq!(bench.get(&refresh).await.0, 200);
    let (status, _) = bench.get(&format!("/graph.facebook.com/v26.0/me?access_token={long}")).await;
    assert_eq!(status, 401, "an Instagram token is of no use on the other host");
}

#[tokio::test]
async fn dead_tokens_answer_190_with_their_subcode() {
    let (bench, token) = Bench::connected().await;
    bench.sim("/tokens/kill", json!({ "page": PAGE, "subcode": 467 })).await;
    let (status, body) = bench.get(&format!("/graph.facebook.com/v26.0/me?access_token={token}")).await;
    assert_eq!((status, &body["error"]["code"], &body["error"]["error_subcode"]), (401, &json!(190), &json!(467)));
    assert!(body["error"]["fbtrace_id"].is_string());
}

/// What a browser would submit: every field of the page's last form.
fn fields_of(page: &str) -> Vec<(String, String)> {
    let form = page.rsplit("<form").next().unwrap();
    form.split("<input")
        .skip(1)
        .filter(|input| {
            let input = input.split('>').next().unwrap();
            !input.contains("checkbox") || (input.contains("checked") && !input.contains("disabled"))
        })
        .map(|input| {
            let attribute = |name: &str| {
                let rest = input.split(&format!("{name}=\"")).nth(1)?;
                Some(rest.split('"').next()?.to_owned())
            };
            (attribute("name").unwrap(), attribute("value").unwrap())
        })
        .collect()
}

#[tokio::test]
async fn the_consent_page_submits_what_it_shows() {
    let bench = Bench::new().await;
    let path = format!("{}&sim_login={ADA}", dialog(SCOPES));
    let request = axum::http::Request::get(&path).body(axum::body::Body::empty()).unwrap();
    let (_, _, page) = bench.raw(request).await;
    let page = String::from_utf8(page.to_vec()).unwrap();
    assert!(page.contains("Contoso Caf\u{e9}") && page.contains("@contoso.shop"), "{page}");
    let mut fields = fields_of(&page);
    // Untick one Page, as a person might.
    fields.retain(|(name, value)| !(name == "pages" && value == "200000000000002"));
    fields.push(("decision".to_owned(), "continue".to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let (status, location) = bench.form(&path, &fields).await;
    assert_eq!(status, 302, "{location}");
    let code = parameter(&location, "code").unwrap();
    let (_, token) = bench.get(&exchange(&code, REDIRECT)).await;
    let token = token["access_token"].as_str().unwrap();
    let (_, accounts) =
        bench.get(&format!("/graph.facebook.com/v26.0/me/accounts?fields=id&access_token={token}")).await;
    let ids: Vec<_> = accounts["data"].as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["200000000000001", "200000000000003"]);
    let (_, info) = bench
        .get(&format!("/graph.facebook.com/v26.0/debug_token?input_token={token}&access_token={APP}%7C{SECRET}"))
        .await;
    let granular = info["data"]["granular_scopes"].as_array().unwrap();
    let messaging = granular.iter().find(|g| g["scope"] == "pages_messaging").unwrap();
    assert!(!messaging["target_ids"].as_array().unwrap().contains(&json!("200000000000002")), "{messaging}");
}

#[tokio::test]
async fn revoking_kills_every_token_of_that_person() {
    let bench = Bench::new().await;
    let user = log_in(&bench, ADA, &[]).await;
    let (_, accounts) = bench.get(&format!("/graph.facebook.com/v26.0/me/accounts?access_token={user}")).await;
    let page = accounts["data"][0]["access_token"].as_str().unwrap().to_owned();
    let path = |token: &str| format!("/graph.facebook.com/v26.0/me?access_token={token}");
    assert_eq!(bench.get(&path(&page)).await.0, 200);
    bench.call(Method::DELETE, &format!("/graph.facebook.com/v26.0/me/permissions?access_token={user}"), None).await;
    for token in [&user, &page] {
        assert_eq!(bench.get(&path(token)).await.1["error"]["error_subcode"], 458);
    }
}
