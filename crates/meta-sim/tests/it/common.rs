//! One stand-in and one app that hears its webhooks.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::routing::get;
use hmac::{Hmac, KeyInit as _, Mac as _};
use meta_sim::{Sim, Start};
use serde_json::{Value, json};
use sha2::Sha256;
use tower::ServiceExt as _;

pub(crate) const APP: &str = "1000000000000001";
pub(crate) const SECRET: &str = "51ab5ec0de0000000000000000000001";
pub(crate) const IG_APP: &str = "2000000000000001";
pub(crate) const IG_SECRET: &str = "51ab5ec0de0000000000000000000002";
pub(crate) const ADA: &str = "10000000000000101";
pub(crate) const PAGE: &str = "200000000000001";
pub(crate) const IG: &str = "17841400000000001";
pub(crate) const IG_SOLO: &str = "17841400000000003";

pub(crate) const PAGE_FIELDS: &str = "messages,messaging_postbacks,message_echoes,message_edits,message_reads,\
    message_deliveries,message_reactions,messaging_referrals,messaging_optins,messaging_handovers,standby";
pub(crate) const IG_FIELDS: &str = "messages,message_edit,message_reactions,messaging_postbacks,messaging_seen,messaging_referral,messaging_handover,standby,comments";

/// One POST as the app saw it.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) raw: String,
    pub(crate) body: Value,
    pub(crate) headers: HeaderMap,
}

impl Heard {
    pub(crate) fn signed_with(&self, secret: &str) -> bool {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(self.raw.as_bytes());
        let want = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        self.headers["x-hub-signature-256"] == want.as_str()
    }

    /// The first messaging item.
    pub(crate) fn item(&self) -> &Value {
        &self.body["entry"][0]["messaging"][0]
    }
}

#[derive(Debug, Default)]
struct Inbox {
    heard: Vec<Heard>,
    /// Statuses to answer with, one per POST; 200 when used up.
    statuses: Vec<u16>,
    /// What the verification GET answers instead of the challenge.
    wrong_challenge: Option<String>,
    delay_ms: u64,
}

/// The app's side: a callback that records.
#[derive(Clone, Default)]
pub(crate) struct Callback {
    inbox: Arc<Mutex<Inbox>>,
    pub(crate) url: String,
}

impl Callback {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let callback = Self { url, ..Self::default() };
        let router = Router::new()
            .route("/hook", get(verify).post(hear))
            .route("/file.png", get(file))
            .with_state(callback.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        callback
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.inbox.lock().unwrap().heard.clone()
    }

    pub(crate) fn forget(&self) {
        self.inbox.lock().unwrap().heard.clear();
    }

    pub(crate) fn answer_with(&self, statuses: &[u16]) {
        self.inbox.lock().unwrap().statuses = statuses.to_vec();
    }

    pub(crate) fn answer_challenge_with(&self, text: &str) {
        self.inbox.lock().unwrap().wrong_challenge = Some(text.to_owned());
    }

    pub(crate) fn answer_after_ms(&self, ms: u64) {
        self.inbox.lock().unwrap().delay_ms = ms;
    }
}

async fn verify(State(callback): State<Callback>, RawQuery(query): RawQuery) -> (StatusCode, String) {
    let query: Vec<(String, String)> =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let find = |key: &str| query.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()).unwrap_or_default();
    if find("hub.mode") != "subscribe" || find("hub.verify_token") != "the-verify-token" {
        return (StatusCode::FORBIDDEN, String::new());
    }
    let wrong = callback.inbox.lock().unwrap().wrong_challenge.clone();
    (StatusCode::OK, wrong.unwrap_or_else(|| find("hub.challenge")))
}

/// What the business offers by address: it says it is a PNG.
async fn file() -> ([(&'static str, &'static str); 1], &'static [u8]) {
    ([("content-type", "image/png")], b"\x89PNG and so on")
}

async fn hear(State(callback): State<Callback>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let delay = callback.inbox.lock().unwrap().delay_ms;
    tokio::time::sleep(std::time::Duration::from_millis(delay)).await;
    let mut inbox = callback.inbox.lock().unwrap();
    let raw = String::from_utf8(body.to_vec()).unwrap();
    let parsed = serde_json::from_str(&raw).unwrap_or(Value::Null);
    inbox.heard.push(Heard { raw, body: parsed, headers });
    let status = if inbox.statuses.is_empty() { 200 } else { inbox.statuses.remove(0) };
    StatusCode::from_u16(status).unwrap()
}

pub(crate) struct Bench {
    pub(crate) sim: Arc<Sim>,
    pub(crate) callback: Callback,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self { sim: Sim::new(Start::DefaultWorld, None), callback: Callback::start().await }
    }

    /// With the app's two webhooks and one Page (and its Instagram account) subscribed.
    pub(crate) async fn connected() -> (Self, String) {
        let bench = Self::new().await;
        bench.subscribe_app(APP, SECRET).await;
        let token = bench.page_token(APP).await;
        bench.subscribe_page(PAGE, &token).await;
        (bench, token)
    }

    pub(crate) async fn subscribe_app(&self, app: &str, secret: &str) {
        for (object, fields) in [("page", PAGE_FIELDS), ("instagram", IG_FIELDS)] {
            let (status, body) = self
                .post(
                    &format!("/graph.facebook.com/v26.0/{app}/subscriptions"),
                    json!({
                        "object": object, "callback_url": self.callback.url, "verify_token": "the-verify-token",
                        "fields": fields, "access_token": format!("{app}|{secret}"),
                    }),
                )
                .await;
            assert_eq!((status, &body["success"]), (200, &json!(true)), "{body}");
        }
    }

    pub(crate) async fn page_token(&self, app: &str) -> String {
        let scopes = [
            "pages_show_list",
            "pages_messaging",
            "pages_manage_metadata",
            "pages_read_engagement",
            "instagram_basic",
            "instagram_manage_messages",
        ];
        let (_, body) =
            self.post("/_sim/tokens", json!({ "app": app, "user": ADA, "page": PAGE, "scopes": scopes })).await;
        body["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn subscribe_page(&self, page: &str, token: &str) {
        let (status, body) = self
            .post(
                &format!("/graph.facebook.com/v26.0/{page}/subscribed_apps"),
                json!({ "subscribed_fields": PAGE_FIELDS, "access_token": token }),
            )
            .await;
        assert_eq!(status, 200, "{body}");
    }

    pub(crate) async fn raw(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Bytes) {
        let response = self.sim.router().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        (head.status, head.headers, body)
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |b| Body::from(b.to_string()));
        let (status, _, bytes) = self.raw(request.body(body).unwrap()).await;
        (status.as_u16(), serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, Some(body)).await
    }

    /// A control call that must succeed.
    pub(crate) async fn sim(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(&format!("/_sim{path}"), body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Posts a form; answers the status and where it redirects.
    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let (status, headers, body) = self.raw(request).await;
        let location = headers.get("location").map(|l| l.to_str().unwrap().to_owned());
        (status.as_u16(), location.unwrap_or_else(|| String::from_utf8_lossy(&body).into_owned()))
    }

    pub(crate) async fn customer_sends(&self, person: &str, body: Value) -> Value {
        self.sim(&format!("/customers/{person}/send"), body).await
    }

    pub(crate) async fn settle(&self) {
        let answer = self.sim("/idle", json!({ "timeout_ms": 60_000 })).await;
        assert_eq!(answer["idle"], true, "{answer}");
    }

    pub(crate) async fn scoped(&self, account: &str, person: &str) -> String {
        let (_, customer) = self.get(&format!("/_sim/customers/{person}")).await;
        customer["scoped_ids"][account].as_str().unwrap().to_owned()
    }

    pub(crate) async fn send(&self, token: &str, body: Value) -> (u16, Value) {
        let mut body = body;
        body["access_token"] = json!(token);
        self.post("/graph.facebook.com/v26.0/me/messages", body).await
    }
}

/// The parameter of an address.
pub(crate) fn parameter(url: &str, key: &str) -> Option<String> {
    let query = url.split_once('?')?.1.split('#').next()?;
    form_urlencoded::parse(query.as_bytes()).find(|(k, _)| k == key).map(|(_, v)| v.into_owned())
}
