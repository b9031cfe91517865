//! What a body says that cannot be verified: which messages to ask Meta for.

use crate::ids::{Mid, NumericId, ScopedUserId, may_be_rounded};
use crate::platform::Platform;
use serde_json::Value;

/// Longest `mid` that is taken for one, in bytes.
const LONGEST_MID: usize = 1024;

/// What an unverified body claims. Nothing of it may be shown or believed: it names messages, and Meta is asked what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The platform `object` names.
    pub platform: Platform,
    /// One for each entry.
    pub entries: Vec<Claim>,
}

/// What one entry of it claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Whose it is said to be; the number may have been rounded.
    pub account: NumericId,
    /// Messages, each once.
    pub messages: Vec<ClaimedMessage>,
    /// How many of its items are no messages, or do not name them.
    pub others: usize,
}

impl Claim {
    /// Whether this account may be meant: by its id, or by a number that this id was rounded to.
    pub fn may_mean(&self, id: &str) -> bool {
        let rounded = |text: &str| text.parse::<u64>().ok().map(|number| number as f64);
        self.account.as_str() == id
            || (self.account.exact().is_none()
                && rounded(id).is_some()
                && rounded(id) == rounded(self.account.as_str()))
    }
}

/// A message that an unverified body names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedMessage {
    /// The message.
    pub mid: Mid,
    /// The customer, as it is said.
    pub person: Option<ScopedUserId>,
    /// It is said to be in a thread that another app has.
    pub standby: bool,
}

/// Reads what an unverified body claims; `None` if it is no envelope.
///
/// ```
/// use meta_wire::webhook::claims;
///
/// let body = r#"{"object":"page","entry":[{"id":"1111","messaging":[
///     {"sender":{"id":"2222"},"recipient":{"id":"1111"},"message":{"mid":"m_1","text":"not to be believed"}},
///     {"sender":{"id":"2222"},"recipient":{"id":"1111"},"read":{"watermark":1}}]}]}"#;
/// let claims = claims(body).unwrap();
/// let claim = &claims.entries[0];
/// assert!(claim.may_mean("1111"));
/// assert_eq!((claim.messages[0].mid.as_str(), claim.others), ("m_1", 1));
/// ```
pub fn claims(body: &str) -> Option<Claims> {
    let body: Value = serde_json::from_str(body).ok()?;
    let platform = Platform::from_webhook_object(body.get("object")?.as_str()?)?;
    let entries = body.get("entry")?.as_array()?.iter().filter_map(claim).collect();
    Some(Claims { platform, entries })
}

fn claim(entry: &Value) -> Option<Claim> {
    let account = match entry.get("id")? {
        Value::String(id) => NumericId::new(id.as_str(), true),
        Value::Number(number) => {
            let digits = number.to_string();
            let exact = !may_be_rounded(&digits);
            NumericId::new(digits, exact)
        }
        _ => return None,
    };
    let list = |key: &str| entry.get(key).and_then(Value::as_array).into_iter().flatten();
    let changes = list("changes").chain(Some(entry)).filter_map(|change| change.get("value"));
    let own = list("messaging").chain(changes).map(|item| (item, false));
    let mut claim = Claim { account, messages: Vec::new(), others: 0 };
    for (item, standby) in own.chain(list("standby").map(|item| (item, true))) {
        match message(item, standby) {
            Some(message) if claim.messages.iter().any(|known| known.mid == message.mid) => {}
            Some(message) => claim.messages.push(message),
            None => claim.others = claim.others.saturating_add(1),
        }
    }
    Some(claim)
}

fn message(item: &Value, standby: bool) -> Option<ClaimedMessage> {
    let event = ["message", "postback", "message_edit"].iter().find_map(|key| item.get(key))?;
    let flag = |key: &str| event.get(key).is_some_and(|flag| *flag == Value::Bool(true));
    if flag("is_deleted") {
        // What is gone cannot be confirmed.
        return None;
    }
    let mid = event.get("mid")?.as_str().filter(|mid| (1..=LONGEST_MID).contains(&mid.len()))?;
    let customer = if flag("is_echo") { "/recipient/id" } else { "/sender/id" };
    let person = item.pointer(customer).and_then(Value::as_str).map(ScopedUserId::from);
    Some(ClaimedMessage { mid: mid.into(), person, standby })
}
