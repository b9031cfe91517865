//! One item of an entry: which event it is, whom it concerns, and when.

use super::account_linking::AccountLinking;
use super::app_roles::AppRoles;
use super::call::{CallPermission, CallSettings, Calls};
use super::comment::Comment;
use super::cut::{Cut, Index};
use super::delivery::{Channel, Item};
use super::event::{Event, Malformed, Unknown};
use super::fault::{Fault, Problem, Shape};
use super::feed::FeedChange;
use super::feedback::{MessagingFeedback, ResponseFeedback};
use super::form::Form;
use super::integrity::{self, Integrity};
use super::lead::Lead;
use super::mention::Mention;
use super::message_edit::MessageEdit;
use super::name::plain_word;
use super::optin::Optin;
use super::order::Order;
use super::policy_enforcement::PolicyEnforcement;
use super::postback::Postback;
use super::reaction::Reaction;
use super::reader::{Node, Object, Reading};
use super::receipts::{DeliveryReceipt, ReadReceipt};
use super::referral::Referral;
use super::side::{Customer, Side, Sides};
use super::thread_control::{ThreadControl, ThreadControlAction};
use super::{message, surrogates};
use crate::ids::AccountId;
use crate::platform::Platform;
use crate::private::RawJson;
use crate::time::UnixMillis;

/// The keys of an entry that hold items, in the order items come out.
pub(super) const LISTS: [&str; 3] = ["messaging", "standby", "changes"];

/// The keys that say which event an item is. Meta names no type; the first of these present decides.
const EVENT_KEYS: [&str; 23] = [
    "message",
    "message_edit",
    "postback",
    "reaction",
    "read",
    "delivery",
    "referral",
    "optin",
    "account_linking",
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
    "app_roles",
    "policy_enforcement",
    // In this wording in older pages of Meta's.
    "policy-enforcement",
    "messaging_feedback",
    "response_feedback",
    "order",
    "lead",
    "form",
    "calls",
    "call_permission_reply",
    "hop_context",
];

/// The events with which a customer turns to the business: any other event in a shape not known is no reason to answer.
const SAID: [&str; 6] = ["message", "postback", "referral", "order", "lead", "form"];

/// Keys of events that nobody answers, and which this crate does not decode.
const UNSAID: [&str; 6] = ["game_play", "payment", "pre_checkout", "checkout_update", "payment_event", "bot_typing"];

/// Fields of `changes` whose value is a messaging item: dashboard test events, and Instagram postbacks.
const MESSAGING_FIELDS: [&str; 25] = [
    "messages",
    "message_echoes",
    "message_edits",
    "message_edit",
    "message_reactions",
    "message_reads",
    "messaging_seen",
    "message_deliveries",
    "messaging_postbacks",
    "messaging_referrals",
    "messaging_referral",
    "messaging_optins",
    "messaging_optouts",
    "messaging_account_linking",
    "messaging_handovers",
    "messaging_handover",
    "messaging_policy_enforcement",
    "messaging_feedback",
    "response_feedback",
    "messaging_in_thread_lead_form_submit",
    "message_context",
    "send_cart",
    "call_permission_reply",
    "lead",
    "standby",
];

/// Decodes one item again from its stored [`Item::channel`] and [`Item::raw`]. `own` are the ids the account is known by:
/// with that of its entry alone, the result equals the item [`decode`](super::decode) made of it.
///
/// Any text is taken: one that is not JSON comes back as [`Event::Malformed`].
///
/// ```
/// use meta_wire::{platform::Platform, webhook::{self, Channel, Event}};
///
/// let raw = r#"{"sender":{"id":"2222"},"recipient":{"id":"1111"},"timestamp":1,"read":{"mid":"m_1"}}"#;
/// let item = webhook::decode_item(Platform::Instagram, Channel::Messaging, &["1111".into()], raw);
/// assert!(matches!(item.event, Event::Read(_)));
/// ```
pub fn decode_item(platform: Platform, channel: Channel, own: &[AccountId], raw: &str) -> Item {
    let text = surrogates::replace_lone(raw);
    let cut = Cut::new(&text).unwrap_or_else(|_| Cut::opaque(&text));
    read(platform, channel, own, &cut, 0, raw)
}

/// Decodes a value whose text is `raw` but for lone surrogates.
pub(super) fn read(
    platform: Platform,
    channel: Channel,
    own: &[AccountId],
    cut: &Cut<'_>,
    item: Index,
    raw: &str,
) -> Item {
    let reading = Reading::new(cut, item);
    let mut parts = Parts { own, ..Parts::default() };
    let event = match channel {
        Channel::Messaging | Channel::Standby => messaging(reading.root(), &mut parts),
        Channel::Changes => change(platform, reading.root(), &mut parts),
        Channel::Entry => entry(reading.root()),
    };
    Item {
        channel,
        field: parts.field,
        side: parts.side,
        customer: parts.customer,
        account: parts.account,
        timestamp: parts.timestamp,
        event,
        notes: reading.into_notes(),
        raw: RawJson::new(raw),
    }
}

impl Parts<'_> {
    /// Calls name who calls and who is called, and no sender.
    fn take_ends(&mut self, calls: Node<'_, '_>) {
        let (from, to) = Calls::ends(calls);
        let ends = Sides::between(from, to, self.own);
        (self.side, self.customer, self.account) = (ends.side, ends.customer, ends.account);
    }
}

/// What an item says beside its event.
#[derive(Default)]
struct Parts<'o> {
    own: &'o [AccountId],
    field: Option<String>,
    side: Side,
    customer: Option<Customer>,
    account: Option<AccountId>,
    timestamp: Option<UnixMillis>,
}

fn malformed(name: &str, fault: Fault) -> Event {
    let aside = EVENT_KEYS.contains(&name) && !SAID.contains(&name);
    Event::Malformed(Malformed { name: plain_word(name), fault, aside })
}

/// A message that was taken back and says nothing else.
fn is_unsend(item: &Object<'_, '_>) -> bool {
    let message = item.get("message").map(Node::object);
    matches!(message, Some(Ok(message)) if message.flag("is_deleted") == Ok(true))
}

fn messaging(node: Node<'_, '_>, parts: &mut Parts<'_>) -> Event {
    let item = match node.object() {
        Ok(item) => item,
        Err(fault) => return malformed("item", fault),
    };
    parts.timestamp = item.optional_time("timestamp");
    let present = item.present(&EVENT_KEYS);
    let sides = Sides::of(&item, is_echo(&item), parts.own);
    (parts.side, parts.customer, parts.account) = (sides.side, sides.customer, sides.account);
    let Some((&key, others)) = present.split_first() else {
        // A key we know that holds null only: the event is there, its content is not.
        return match EVENT_KEYS.into_iter().find(|key| item.member(key).is_some()) {
            Some(key) => malformed(key, item.missing(key)),
            None if integrity::KEYS.iter().any(|key| item.has(key)) => Event::Integrity(Integrity::read(&item)),
            None => unknown(&item),
        };
    };
    note_second_event(&item, key, others);
    let event = match event(&item, key, sides.side) {
        Ok(event) => event,
        Err(fault) if key == "message" && is_unsend(&item) => {
            return Event::Malformed(Malformed { name: key.to_owned(), fault, aside: true });
        }
        Err(fault) => return malformed(key, fault),
    };
    if let Event::Calls(_) = &event
        && parts.customer.is_none()
        && let Some(calls) = item.get("calls")
    {
        parts.take_ends(calls);
    }
    if let Event::Optin(optin) = &event
        && parts.customer.is_none()
        && sides.fault.is_none()
    {
        parts.customer = optin.user_ref.clone().map(|user_ref| Customer { id: None, user_ref: Some(user_ref) });
    }
    let needs_customer = sides.side != Side::Itself
        && !matches!(event, Event::PolicyEnforcement(_) | Event::AppRoles(_) | Event::MessageEdit(_));
    match sides.fault {
        // The message it names says whose it is.
        Some(fault) if matches!(event, Event::MessageEdit(_)) => {
            item.node().note(fault);
            event
        }
        Some(fault) => malformed(key, fault),
        None if parts.customer.is_none() && needs_customer => malformed(key, item.missing(sides.key.name())),
        None => event,
    }
}

fn event(item: &Object<'_, '_>, key: &'static str, side: Side) -> Result<Event, Fault> {
    let node = item.need(key)?;
    let control = |action| ThreadControl::read(node, action).map(Event::ThreadControl);
    match key {
        "message" => message::read(node, item, side != Side::Customer).map(Event::from),
        "message_edit" => MessageEdit::read(node).map(Event::MessageEdit),
        "postback" => Postback::read(node).map(Event::Postback),
        "reaction" => Reaction::read(node).map(Event::Reaction),
        "read" => ReadReceipt::read(node).map(Event::Read),
        "delivery" => DeliveryReceipt::read(node).map(Event::Delivery),
        "referral" => Referral::read(node, item).map(Event::Referral),
        "optin" => Optin::read(node).map(Event::Optin),
        "account_linking" => AccountLinking::read(node).map(Event::AccountLinking),
        "pass_thread_control" => control(ThreadControlAction::Pass),
        "take_thread_control" => control(ThreadControlAction::Take),
        "request_thread_control" => control(ThreadControlAction::Request),
        "app_roles" => AppRoles::read(node).map(Event::AppRoles),
        "policy_enforcement" | "policy-enforcement" => PolicyEnforcement::read(node).map(Event::PolicyEnforcement),
        "messaging_feedback" => MessagingFeedback::read(node).map(Event::MessagingFeedback),
        "response_feedback" => ResponseFeedback::read(node).map(Event::ResponseFeedback),
        "order" => Order::read(node).map(Event::Order),
        "lead" => Lead::read(node).map(Event::Lead),
        "form" => Form::read(node).map(Event::Form),
        "calls" => Calls::read(node).map(Event::Calls),
        "call_permission_reply" => CallPermission::read(node).map(Event::CallPermission),
        _ => Ok(unknown(item)),
    }
}

/// Notes other events in the same item. A referral, a lead and a `hop_context` beside the event belong to it.
fn note_second_event(item: &Object<'_, '_>, first: &str, others: &[&'static str]) {
    let belongs = |key: &str| match key {
        "hop_context" => true,
        "referral" => first == "message",
        "lead" => matches!(first, "message" | "referral"),
        _ => false,
    };
    for key in others.iter().filter(|key| !belongs(key)) {
        if let Some(node) = item.get(key) {
            item.node().note(node.fault(Problem::SecondEvent));
        }
    }
}

/// Whether the item is marked as the business's, also where the rest of it cannot be decoded.
fn is_echo(item: &Object<'_, '_>) -> bool {
    let message = item.get("message").map(Node::object);
    matches!(message, Some(Ok(message)) if message.flag("is_echo") == Ok(true))
}

fn unknown(item: &Object<'_, '_>) -> Event {
    let common = |name: &str| matches!(name, "sender" | "recipient" | "timestamp");
    let mut names = Vec::new();
    for (name, _) in item.members().filter(|(name, _)| !common(name)) {
        let name = plain_word(name);
        if names.len() < 8 && !names.contains(&name) {
            names.push(name);
        }
    }
    let aside = item.members().any(|(name, _)| UNSAID.contains(&name));
    Event::Unknown(Unknown { names, aside })
}

fn change(platform: Platform, node: Node<'_, '_>, parts: &mut Parts<'_>) -> Event {
    let change = match node.object() {
        Ok(change) => change,
        Err(fault) => return malformed("item", fault),
    };
    let field = match change.need("field").and_then(|node| node.text()) {
        Ok(field) => field,
        Err(fault) => return malformed("item", fault),
    };
    parts.field = Some(plain_word(&field));
    let known = MESSAGING_FIELDS.contains(&field.as_str())
        || matches!(field.as_str(), "comments" | "live_comments" | "mentions" | "mention" | "feed");
    let unknown_field = || Event::Unknown(Unknown { names: vec![plain_word(&field)], aside: false });
    let value = match change.need("value") {
        Ok(value) => value,
        Err(fault) if known => return malformed(&field, fault),
        Err(_) => return unknown_field(),
    };
    if MESSAGING_FIELDS.contains(&field.as_str()) || is_messaging(value) {
        return messaging(value, parts);
    }
    let event = match (platform, field.as_str()) {
        (_, "calls") => {
            let calls = value.object().ok().and_then(|holder| holder.has("calls").then_some(holder));
            let calls = calls.as_ref().and_then(|holder| holder.get("calls")).unwrap_or(value);
            parts.take_ends(calls);
            Calls::read(calls).map(Event::Calls)
        }
        (_, "call_settings_update") => value.object().map(|holder| call_settings(&holder)),
        (_, "business_integrity") => value.object().map(|holder| Event::Integrity(Integrity::read(&holder))),
        (_, "comments") => Comment::read(value, false).map(Event::Comment),
        (_, "live_comments") => Comment::read(value, true).map(Event::Comment),
        (_, "mentions" | "mention") => Mention::read(value).map(Event::Mention),
        (Platform::Messenger, "feed") => match is_comment(value) {
            true => Comment::read(value, false).map(Event::Comment),
            false => FeedChange::read(value).map(Event::Feed),
        },
        _ => return unknown_field(),
    };
    match event {
        Ok(event) => {
            parts.timestamp = match &event {
                Event::Comment(comment) => comment.created,
                Event::Mention(mention) => mention.created,
                Event::Feed(change) => change.created,
                _ => None,
            };
            event
        }
        Err(fault) => malformed(&field, fault),
    }
}

/// Whether a change's value is a messaging item under a field this crate has not met.
fn is_messaging(value: Node<'_, '_>) -> bool {
    value.shape() == Shape::Object
        && value.object().is_ok_and(|value| {
            (value.has("sender") || value.has("recipient")) && EVENT_KEYS.into_iter().any(|key| value.has(key))
        })
}

/// Whether a `feed` change is about a comment, not about a reaction to one.
fn is_comment(value: Node<'_, '_>) -> bool {
    let item = |value: Object<'_, '_>| value.need("item").and_then(|item| item.text());
    value.object().and_then(item).is_ok_and(|item| item == "comment")
}

/// An entry that holds no items: of a kind this crate has not met, or not an entry at all.
fn entry(node: Node<'_, '_>) -> Event {
    let entry = match node.object() {
        Ok(entry) => entry,
        Err(fault) => return malformed("entry", fault),
    };
    for key in LISTS {
        if let Some(list) = entry.get(key)
            && list.shape() != Shape::Array
        {
            return malformed(key, list.fault(Problem::WrongType { expected: Shape::Array, found: list.shape() }));
        }
    }
    if entry.has("call_settings") {
        return call_settings(&entry);
    }
    if integrity::KEYS.iter().any(|key| entry.has(key)) {
        return Event::Integrity(Integrity::read(&entry));
    }
    let mut names = Vec::new();
    for (name, _) in entry.members().filter(|(name, _)| !matches!(*name, "id" | "time" | "uid")) {
        if names.len() < 8 {
            names.push(plain_word(name));
        }
    }
    Event::Unknown(Unknown { names, aside: false })
}

/// Call settings, or what holds them.
fn call_settings(holder: &Object<'_, '_>) -> Event {
    let inner = holder.optional("call_settings", Node::object);
    Event::CallSettings(CallSettings::read(inner.as_ref().unwrap_or(holder)))
}
