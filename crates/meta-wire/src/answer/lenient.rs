//! Readers for what Meta writes in more than one way.

use crate::time::UnixMillis;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::Value;

/// An id that is a text or a number. A number is exact here: the body is parsed by us, not by JavaScript.
pub(super) fn id<'de, D: Deserializer<'de>, T: From<String>>(deserializer: D) -> Result<T, D::Error> {
    id_text(Value::deserialize(deserializer)?).map(T::from).ok_or_else(|| D::Error::custom("not an id"))
}

/// As [`id`], where it may be missing, `null`, or something else.
pub(super) fn maybe_id<'de, D: Deserializer<'de>, T: From<String>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(id_text(Value::deserialize(deserializer)?).map(T::from))
}

fn id_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
        _ => None,
    }
}

/// A whole number, bare or quoted; anything else is `None`.
pub(super) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => {
            number.as_i64().or_else(|| number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9e15).map(|n| n as i64))
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// As [`whole`], where it may be missing.
pub(super) fn maybe_whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(whole(&Value::deserialize(deserializer)?))
}

/// A time in seconds or milliseconds; 0 stands for never.
pub(super) fn maybe_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<UnixMillis>, D::Error> {
    let number = whole(&Value::deserialize(deserializer)?).filter(|number| *number > 0);
    Ok(number.and_then(UnixMillis::from_seconds_or_millis))
}

/// A list of texts or numbers, of which others are left out; `None` if it is no list.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(list) => Some(list.into_iter().filter_map(id_text).collect()),
        _ => None,
    })
}

/// A list of names, each bare or as an object with `name`.
pub(super) fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let Value::Array(list) = Value::deserialize(deserializer)? else { return Ok(Vec::new()) };
    let name = |item: Value| match item {
        Value::Object(mut object) => object.remove("name").and_then(id_text),
        item => id_text(item),
    };
    Ok(list.into_iter().filter_map(name).collect())
}

/// A text that may be missing, `null`, or of another kind.
pub(super) fn maybe_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    })
}

/// `true`, `"true"` or 1.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        Value::Number(number) => number.as_i64().map(|n| n != 0),
        _ => None,
    }
}

/// As [`truth`], where it may be missing.
pub(super) fn maybe_truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(truth(&Value::deserialize(deserializer)?))
}
