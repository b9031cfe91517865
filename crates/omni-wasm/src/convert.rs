//! Values across the line.
//!
//! Every type takes the road over [`serde_json::Value`], which stored records need anyway: a second set of serde code per
//! type would make the module a third larger.

use omni_core::CoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

/// Maps become plain objects and 64-bit numbers stay numbers: the host's codec turns a `Map` into `{}` and never
/// answers a message that holds a `BigInt`.
pub(crate) fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, JsValue> {
    let value = serde_json::to_value(value).map_err(|_| error("bad-output", "a value could not be handed out"))?;
    let serializer = serde_wasm_bindgen::Serializer::new()
        .serialize_maps_as_objects(true)
        .serialize_missing_as_null(true)
        .serialize_large_number_types_as_bigints(false);
    value.serialize(&serializer).map_err(|_| error("bad-output", "a value could not be handed out"))
}

/// Reads a value. The error says nothing of it: it may hold anybody's words.
pub(crate) fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    let bad = || {
        let wanted = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default();
        error("bad-input", &format!("this is not a {wanted}"))
    };
    serde_json::from_value(json(value).map_err(|_| bad())?).map_err(|_| bad())
}

/// A JS value as JSON.
pub(crate) fn json(value: JsValue) -> Result<serde_json::Value, serde_wasm_bindgen::Error> {
    serde_wasm_bindgen::from_value(value)
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
