//! Values across the line.
//!
//! What the host replies is read as JSON text: a conversation's read is hundreds of properties, and the two JSON codecs at
//! hand are far quicker than walking it property by property through the wasm boundary. What enters and what goes out has few
//! properties, some of them long texts, which cross best as they are.
//!
//! Every type takes the road over [`serde_json::Value`], which stored records need anyway: a second set of serde code per
//! type would make the module a third larger.

use omni_core::CoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wasm_bindgen::prelude::*;

/// Maps become plain objects and 64-bit numbers stay numbers: the host's codec turns a `Map` into `{}` and never
/// answers a message that holds a `BigInt`.
pub(crate) fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, JsValue> {
    let bad = || error("bad-output", "a value could not be handed out");
    let value = serde_json::to_value(value).map_err(|_| bad())?;
    let serializer = serde_wasm_bindgen::Serializer::new()
        .serialize_maps_as_objects(true)
        .serialize_missing_as_null(true)
        .serialize_large_number_types_as_bigints(false);
    value.serialize(&serializer).map_err(|_| bad())
}

/// Reads a value. The error says nothing of it: it may hold anybody's words.
pub(crate) fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    let read = serde_wasm_bindgen::from_value(value).ok().and_then(|value: Value| serde_json::from_value(value).ok());
    read.ok_or_else(|| {
        let wanted = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default();
        error("bad-input", &format!("this is not a {wanted}"))
    })
}

/// A reply as JSON; `None` for what JSON cannot hold.
pub(crate) fn json(value: &JsValue) -> Option<Value> {
    if value.is_undefined() {
        return Some(Value::Null);
    }
    let text = String::from(js_sys::JSON::stringify(value).ok()?);
    serde_json::from_str(&text).or_else(|_| serde_json::from_str(&without_halves(&text))).ok()
}

/// `JSON.stringify` escapes half a surrogate pair, which a text cut in the midst of an emoji ends in, and nothing else of
/// that range. JSON in Rust holds whole characters only: the half becomes the sign for what is not one.
fn without_halves(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let is_half = after.starts_with("ud") && after.as_bytes().get(2).is_some_and(|digit| *digit >= b'8');
        // What follows a backslash is one ASCII character, or `u` and four.
        let (escape, behind) = match is_half {
            true => ("\u{FFFD}", after.get(5..)),
            false => (after.get(..1).unwrap_or_default(), after.get(1..)),
        };
        if !is_half {
            out.push('\\');
        }
        out.push_str(escape);
        rest = behind.unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// A JS `Error` with a `code`.
pub(crate) fn error(code: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    // Setting a property on a fresh object cannot fail.
    let _ = js_sys::Reflect::set(&error, &"code".into(), &code.into());
    error.into()
}

pub(crate) fn core_error(from: &CoreError) -> JsValue {
    error(from.code(), &from.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_emoji_is_none() {
        for (text, expected) in [
            (r#"{"a":"x\ud83d","b":"\udc4dy"}"#, "{\"a\":\"x\u{FFFD}\",\"b\":\"\u{FFFD}y\"}"),
            (r#"["\\ud83d","\"\\\ud83d\n","\u0000"]"#, "[\"\\\\ud83d\",\"\\\"\\\\\u{FFFD}\\n\",\"\\u0000\"]"),
            (r#"["é👍"]"#, r#"["é👍"]"#),
        ] {
            assert_eq!(without_halves(text), expected);
            assert!(serde_json::from_str::<Value>(expected).is_ok(), "{expected}");
        }
    }
}
