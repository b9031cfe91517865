//! The envelope: entries of one or many accounts, each with its items.

use super::cut::{Cut, Index, shape_of};
use super::delivery::{Channel, Delivery, Entry, Item};
use super::fault::{DecodeError, JsonErrorKind, Shape};
use super::integrity;
use super::name::plain_word;
use super::reader::Reading;
use super::{item, surrogates};
use crate::ids::AccountId;
use crate::platform::Platform;

/// Decodes a webhook body: Meta's own text, or the `JSON.stringify` of it once parsed. Check its signature first:
/// anybody can write one.
///
/// The documented object is taken as well as the array around it that Meta's Instagram examples print. Every element of
/// `messaging`, `standby` and `changes` becomes one [`Item`], in order; so does the `field` and `value` pair that
/// Instagram Login puts into the entry itself, and an entry or a list that is not one.
///
/// # Errors
///
/// A [`DecodeError`] only if the body as a whole is no envelope: not JSON, no `entry` array, or an `object` that is not
/// `page` or `instagram`.
pub fn decode(body: &str) -> Result<Delivery, DecodeError> {
    let whole = surrogates::replace_lone(body);
    let cut = Cut::new(&whole).map_err(|error| not_json(&error))?;
    let text = Text { cut: &cut, whole: &whole, raw: body };
    let mut deliveries = Vec::new();
    match shape_of(cut.text(0)) {
        Shape::Array => {
            for envelope in cut.elements(0) {
                deliveries.push(delivery(text, envelope)?);
            }
        }
        _ => deliveries.push(delivery(text, 0)?),
    }
    let mut deliveries = deliveries.into_iter();
    let Some(mut first) = deliveries.next() else {
        return Err(envelope_fault("entry", Shape::Array, None));
    };
    for next in deliveries {
        if next.platform != first.platform {
            return Err(DecodeError::MixedObjects);
        }
        first.entries.extend(next.entries);
    }
    Ok(first)
}

/// The body with lone surrogates replaced, and as it came; both of the same length.
#[derive(Clone, Copy)]
struct Text<'a> {
    cut: &'a Cut<'a>,
    whole: &'a str,
    raw: &'a str,
}

impl<'a> Text<'a> {
    /// `part` of `whole`, as it came.
    fn raw(self, part: &'a str) -> &'a str {
        let start = (part.as_ptr() as usize).saturating_sub(self.whole.as_ptr() as usize);
        self.raw.get(start..start.saturating_add(part.len())).unwrap_or(part)
    }

    fn item(self, platform: Platform, channel: Channel, own: &[AccountId], item: Index) -> Item {
        item::read(platform, channel, own, self.cut, item, self.raw(self.cut.text(item)))
    }
}

fn delivery(text: Text<'_>, envelope: Index) -> Result<Delivery, DecodeError> {
    let cut = text.cut;
    let shape = shape_of(cut.text(envelope));
    if shape != Shape::Object {
        return Err(envelope_fault("body", Shape::Object, Some(shape)));
    }
    let members = cut.members(envelope);
    let last = |key: &str| members.iter().rev().find(|(name, _)| name == key).map(|&(_, value)| value);
    let shape = |value: Index| shape_of(cut.text(value));
    let object: String = match last("object") {
        Some(object) if shape(object) == Shape::Text => {
            serde_json::from_str(cut.text(object)).map_err(|error| not_json(&error))?
        }
        other => return Err(envelope_fault("object", Shape::Text, other.map(shape))),
    };
    let platform = Platform::from_webhook_object(&object)
        .ok_or_else(|| DecodeError::UnsupportedObject { object: plain_word(&object) })?;
    match last("entry") {
        Some(entries) if shape(entries) == Shape::Array => Ok(Delivery {
            platform,
            entries: cut.elements(entries).map(|value| entry(text, platform, value)).collect(),
        }),
        other => Err(envelope_fault("entry", Shape::Array, other.map(shape))),
    }
}

fn entry(text: Text<'_>, platform: Platform, entry: Index) -> Entry {
    let whole_as_item = || text.item(platform, Channel::Entry, &[], entry);
    let reading = Reading::new(text.cut, entry);
    let Ok(object) = reading.root().object() else {
        return Entry { account: None, time: None, items: vec![whole_as_item()] };
    };
    let id: Option<AccountId> = object.optional_id("id");
    let own = id.as_slice();
    let mut items = Vec::new();
    let mut found = false;
    for (key, channel) in item::LISTS.into_iter().zip([Channel::Messaging, Channel::Standby, Channel::Changes]) {
        let Some(list) = object.get(key) else { continue };
        found = true;
        match list.each(|element| text.item(platform, channel, own, element.value())) {
            Ok(elements) => items.extend(elements),
            Err(_) => items.push(whole_as_item()),
        }
    }
    if let (Some(field), Some(value)) = (object.get("field"), object.get("value")) {
        found = true;
        let mut push = |value: &str| {
            let (field, value) = (text.raw(field.text_as_it_stands()), text.raw(value));
            let change = format!(r#"{{"field":{field},"value":{value}}}"#);
            items.push(item::decode_item(platform, Channel::Changes, own, &change));
        };
        // Meta's page calls the value an array and prints an object.
        if value.each(|element| push(element.text_as_it_stands())).is_err() {
            push(value.text_as_it_stands());
        }
    }
    if !found && object.members().any(|(name, _)| !matches!(name, "id" | "time" | "uid")) {
        items.push(whole_as_item());
    }
    // Restrictions once stand beside the items that they belong to.
    if found && integrity::KEYS.iter().any(|key| object.has(key)) {
        items.push(whole_as_item());
    }
    let account = id.or_else(|| items.iter().find_map(|item| item.account.clone()));
    Entry { account, time: object.optional_time("time"), items }
}

fn not_json(error: &serde_json::Error) -> DecodeError {
    DecodeError::NotJson {
        kind: if error.is_eof() { JsonErrorKind::CutOff } else { JsonErrorKind::Syntax },
        line: error.line(),
        column: error.column(),
    }
}

fn envelope_fault(path: &'static str, expected: Shape, found: Option<Shape>) -> DecodeError {
    DecodeError::Envelope { path, expected, found }
}
