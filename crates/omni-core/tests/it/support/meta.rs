//! Meta at the other end of the `http` call: scripted answers first, then what Meta answers to well-formed requests.
//! A request that is neither scripted nor known fails the test.

use super::multipart;
use omni_core::host::{Http, HttpBody};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A request as it left.
#[derive(Debug, Clone)]
pub struct MetaRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// JSON as sent; fields of a form or a multipart body as an object, those that are JSON parsed; `null` for none.
    pub body: Value,
    /// The file of a multipart body.
    pub file: Option<Vec<u8>>,
    pub as_blob: bool,
    pub foreign: bool,
    /// Unix milliseconds.
    pub at: i64,
    /// Whether Meta took it: a 2xx, whether or not its answer arrived.
    pub taken: bool,
    /// The id of the message it became.
    pub mid: Option<String>,
}

impl MetaRequest {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Without query.
    pub fn path(&self) -> &str {
        self.url.split(['?', '#']).next().unwrap_or_default()
    }

    /// A query parameter as it stands in the URL.
    pub fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.url.split_once('?')?;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}

/// What a scripted request is answered with; a 200 with `{}` until told otherwise.
#[derive(Debug, Clone)]
pub struct Expectation {
    method: String,
    part: String,
    left: usize,
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    after: i64,
    lost: Option<String>,
}

impl Expectation {
    pub fn status(&mut self, status: u16) -> &mut Self {
        self.status = status;
        self
    }

    pub fn header(&mut self, name: &str, value: &str) -> &mut Self {
        self.headers.insert(name.to_ascii_lowercase(), value.to_owned());
        self
    }

    #[allow(clippy::needless_pass_by_value)] // reads as `.json(json!({…}))`
    pub fn json(&mut self, body: Value) -> &mut Self {
        self.header("content-type", "application/json; charset=UTF-8").bytes(body.to_string().as_bytes())
    }

    pub fn bytes(&mut self, body: &[u8]) -> &mut Self {
        self.body = body.to_vec();
        self
    }

    /// One of Meta's errors, with its status.
    pub fn error(&mut self, status: u16, code: i64, subcode: Option<i64>) -> &mut Self {
        let mut error =
            json!({ "message": "scripted", "type": "OAuthException", "code": code, "fbtrace_id": "AbCdEf" });
        if let Some(subcode) = subcode {
            error["error_subcode"] = subcode.into();
        }
        self.status(status).json(json!({ "error": error }))
    }

    /// Virtual time that Meta takes for it. Longer than the caller waits is a `timeout`, and Meta took it all the same.
    pub fn after(&mut self, millis: i64) -> &mut Self {
        self.after = millis;
        self
    }

    /// Meta takes it and its answer never arrives: the caller sees the code, `network` or `timeout`.
    pub fn lost(&mut self, code: &str) -> &mut Self {
        self.lost = Some(code.to_owned());
        self
    }

    /// Answers this many requests instead of one.
    pub fn times(&mut self, times: usize) -> &mut Self {
        self.left = times;
        self
    }

    /// Answers every such request.
    pub fn always(&mut self) -> &mut Self {
        self.times(usize::MAX)
    }
}

/// What comes back over the wire.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    pub after: i64,
    pub lost: Option<String>,
}

#[derive(Debug, Default)]
pub struct Meta {
    script: Vec<Expectation>,
    made: usize,
    /// Every request, in order.
    pub requests: Vec<MetaRequest>,
    /// Profiles by person, instead of the default one.
    pub profiles: BTreeMap<String, Value>,
    /// Messages that can be read by their id, with all their fields.
    pub stored: BTreeMap<String, Value>,
    /// Fields of messages that Meta does not know: asking for one fails the whole call.
    pub unknown_fields: Vec<&'static str>,
    /// What accounts and Pages are called, by id.
    pub names: BTreeMap<String, Value>,
    /// Webhook fields that it does not offer: a subscription to one fails whole.
    pub refused_fields: Vec<&'static str>,
}

/// Fields of messages that there are
/// ([message](https://developers.facebook.com/docs/graph-api/reference/message)).
const MESSAGE_FIELDS: [&str; 12] = [
    "id",
    "created_time",
    "from",
    "to",
    "message",
    "attachments",
    "shares",
    "story",
    "sticker",
    "reply_to",
    "tags",
    "is_unsupported",
];

impl Meta {
    /// The next request with the method whose URL contains the part is answered as the returned value says.
    /// Expectations are met in the order they were made.
    pub fn expect(&mut self, method: &str, part: &str) -> &mut Expectation {
        self.script.push(Expectation {
            method: method.to_owned(),
            part: part.to_owned(),
            left: 1,
            status: 200,
            headers: BTreeMap::new(),
            body: b"{}".to_vec(),
            after: 0,
            lost: None,
        });
        self.script.last_mut().expect("just pushed")
    }

    /// Forgets what is scripted; what Meta answers when all is well stays.
    pub fn forget_script(&mut self) {
        self.script.clear();
    }

    /// Fails when a scripted answer was not asked for.
    pub fn assert_all_met(&self) {
        // One that answers for ever need not be asked.
        let open = self.script.iter().filter(|open| open.left > 0 && open.left < usize::MAX / 2);
        let open: Vec<String> = open.map(|open| format!("{} …{}…", open.method, open.part)).collect();
        assert!(open.is_empty(), "Meta was never asked: {open:?}");
    }

    /// Requests with the method whose URL contains the part.
    pub fn sent_to(&self, method: &str, part: &str) -> Vec<&MetaRequest> {
        self.requests.iter().filter(|request| request.method == method && request.url.contains(part)).collect()
    }

    /// Messages that Meta took, in order: whatever it refused did not happen.
    pub fn messages(&self) -> Vec<&Value> {
        let posts = self.requests.iter().filter(|request| request.taken && is_message(request));
        posts.map(|request| &request.body).collect()
    }

    /// Texts of [`Meta::messages`].
    pub fn texts(&self) -> Vec<&str> {
        self.messages().into_iter().filter_map(|body| body["message"]["text"].as_str()).collect()
    }

    /// Sender actions that Meta took (`typing_on`, `react`, …), in order.
    pub fn actions(&self) -> Vec<&str> {
        let taken = self.requests.iter().filter(|request| request.taken);
        taken.filter_map(|request| request.body["sender_action"].as_str()).collect()
    }

    pub(super) fn answer(&mut self, call: &Http, file: Option<Vec<u8>>, now: i64) -> Answer {
        let mut request = MetaRequest {
            method: call.method.clone(),
            url: call.url.clone(),
            headers: call.headers.clone(),
            body: Value::Null,
            file,
            as_blob: call.as_blob,
            foreign: call.foreign,
            at: now,
            taken: false,
            mid: None,
        };
        request.body = body(&request, &call.body);
        let answer = self.scripted(&request).or_else(|| self.usual(&request));
        let Some(mut answer) = answer else {
            panic!("an unknown request to Meta, script it: {} {}", request.method, request.path());
        };
        if let Some(last) = request.header("range").filter(|_| answer.status == 200) {
            let last: usize = last.strip_prefix("bytes=0-").and_then(|last| last.parse().ok()).expect("a range from 0");
            let whole = answer.body.len();
            answer.body.truncate(last + 1);
            answer.status = 206;
            let range = format!("bytes 0-{}/{whole}", answer.body.len().saturating_sub(1));
            answer.headers.insert("content-range".to_owned(), range);
        }
        request.taken = (200..300).contains(&answer.status);
        if request.taken && is_message(&request) {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let given = body["message_id"].as_str().map(str::to_owned);
            request.mid = Some(given.unwrap_or_else(|| self.id("m_unsaid")));
        }
        self.requests.push(request);
        answer
    }

    fn scripted(&mut self, request: &MetaRequest) -> Option<Answer> {
        let fits = |open: &&mut Expectation| {
            open.left > 0 && open.method == request.method && request.url.contains(open.part.as_str())
        };
        let open = self.script.iter_mut().find(fits)?;
        open.left -= 1;
        let Expectation { status, headers, body, after, lost, .. } = open.clone();
        Some(Answer { status, headers, body, after, lost })
    }

    /// What Meta answers when all is well
    /// ([Send API](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages)).
    fn usual(&mut self, request: &MetaRequest) -> Option<Answer> {
        let host = request.url.strip_prefix("https://")?.split('/').next()?;
        if is_media_host(host) {
            return (request.method == "GET").then(|| ok("image/jpeg", b"\xff\xd8\xffpicture".to_vec()));
        }
        if !["graph.facebook.com", "graph.instagram.com"].contains(&host) {
            return None;
        }
        let last = request.path().rsplit('/').next()?;
        let json = match (request.method.as_str(), last) {
            ("POST", "subscriptions" | "subscribed_apps") if self.refuses(request) => {
                let error = json!({ "error": { "message": "(#100) must be one of {…}", "type": "OAuthException", "code": 100 } });
                return Some(Answer { status: 400, ..ok("application/json", error.to_string().into_bytes()) });
            }
            ("POST", "subscriptions") => json!({ "success": true }),
            ("POST", "messages") => self.usual_send(request),
            ("GET", "conversations") => self.usual_conversation(request),
            ("GET", "secondary_receivers" | "thread_owner") => json!({ "data": [] }),
            ("POST", "message_attachments") => json!({ "attachment_id": self.id("attachment") }),
            (
                "POST",
                "pass_thread_control" | "take_thread_control" | "request_thread_control" | "release_thread_control",
            )
            | ("POST" | "DELETE", "subscribed_apps") => json!({ "success": true }),
            ("GET", person) if request.query("fields").is_some_and(|fields| fields.contains("profile_pic")) => {
                let name = format!("Customer {person}");
                let usual = json!({ "id": person, "name": name, "username": format!("customer.{person}") });
                self.profiles.get(person).cloned().unwrap_or(usual)
            }
            ("GET", mid)
                if request.query("fields").is_some_and(|fields| fields.starts_with("id%2Ccreated_time%2Cfrom")) =>
            {
                return Some(self.stored_message(request, mid));
            }
            ("GET", node) if request.query("fields").is_some_and(is_names) => {
                self.names.get(node).cloned().unwrap_or_else(|| json!({ "id": node }))
            }
            _ => return None,
        };
        Some(ok("application/json; charset=UTF-8", json.to_string().into_bytes()))
    }

    fn refuses(&self, request: &MetaRequest) -> bool {
        let fields = request.query("subscribed_fields").or_else(|| request.body["fields"].as_str()).unwrap_or_default();
        let fields = fields.replace("%2C", ",");
        fields.split(',').any(|field| self.refused_fields.contains(&field))
    }

    fn usual_send(&mut self, request: &MetaRequest) -> Value {
        let recipient = request.body["recipient"]["id"].as_str().unwrap_or("recipient-of-a-comment");
        let mut answer = json!({ "recipient_id": recipient });
        if is_message(request) {
            answer["message_id"] = self.id("m_sent").into();
        }
        answer
    }

    /// The thread with one person: the business's messages, newest first
    /// ([Conversations API](https://developers.facebook.com/docs/messenger-platform/conversations)).
    fn usual_conversation(&self, request: &MetaRequest) -> Value {
        let with = |sent: &&MetaRequest| sent.body["recipient"]["id"].as_str() == request.query("user_id");
        let node = request.path().rsplit('/').nth(1).unwrap_or_default();
        let row = |sent: &MetaRequest| {
            let (mid, text) = (sent.mid.as_ref()?, sent.body["message"]["text"].as_str().unwrap_or_default());
            Some(json!({ "id": mid, "created_time": sent.at / 1000, "from": { "id": node }, "message": text }))
        };
        let rows: Vec<Value> = self.requests.iter().rev().filter(with).filter_map(row).take(20).collect();
        json!({ "data": [{ "id": "t_1", "messages": { "data": rows } }] })
    }

    /// One message, as much as was asked for of it.
    fn stored_message(&self, request: &MetaRequest, mid: &str) -> Answer {
        let refused = |subcode: Option<i64>| {
            let error =
                json!({ "message": "refused", "type": "OAuthException", "code": 100, "error_subcode": subcode });
            let body = json!({ "error": error }).to_string().into_bytes();
            Answer { status: 400, ..ok("application/json; charset=UTF-8", body) }
        };
        let fields = request.query("fields").unwrap_or_default().replace("%2C", ",");
        let unknown = |field: &str| !MESSAGE_FIELDS.contains(&field) || self.unknown_fields.contains(&field);
        let Some(all) = self.stored.get(mid) else { return refused(Some(33)) };
        if fields.split(',').any(unknown) {
            return refused(None);
        }
        let asked = fields.split(',').filter_map(|field| Some((field.to_owned(), all.get(field)?.clone())));
        let row: Value = asked.collect::<serde_json::Map<String, Value>>().into();
        ok("application/json; charset=UTF-8", row.to_string().into_bytes())
    }

    fn id(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}_{}", self.made)
    }
}

fn ok(content_type: &str, body: Vec<u8>) -> Answer {
    let headers = BTreeMap::from([("content-type".to_owned(), content_type.to_owned())]);
    Answer { status: 200, headers, body, after: 0, lost: None }
}

fn is_message(request: &MetaRequest) -> bool {
    request.method == "POST" && request.path().ends_with("/messages") && request.body.get("message").is_some()
}

/// Whether it is asked what an account, or a Page, is called.
fn is_names(fields: &str) -> bool {
    ["id%2Cname", "id%2Cusername%2Cname"].contains(&fields)
}

fn is_media_host(host: &str) -> bool {
    host == "lookaside.fbsbx.com" || [".fbcdn.net", ".cdninstagram.com"].iter().any(|end| host.ends_with(end))
}

fn body(request: &MetaRequest, body: &HttpBody) -> Value {
    let content_type = request.header("content-type").unwrap_or_default();
    match body {
        HttpBody::None => Value::Null,
        HttpBody::Text { text } if content_type.starts_with("application/x-www-form-urlencoded") => {
            multipart::form(text)
        }
        HttpBody::Text { text } => serde_json::from_str(text).unwrap_or_else(|_| panic!("a body that is not JSON")),
        HttpBody::Spliced { head, tail, .. } => multipart::fields(content_type, head, tail),
    }
}
