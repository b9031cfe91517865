//! JSON with keys in the order they were written, printed the way Meta prints it.
//!
//! A signature is computed over the exact bytes, and `serde_json::Value` sorts keys. Its feature `preserve_order` is no way
//! out: cargo would switch it on for every crate of a workspace build, and meta-wire would then write its requests in another
//! order in the native tests than in the wasm module. So this crate keeps a small ordered value of its own.

use std::fmt::Write as _;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A JSON value whose objects keep their order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Json {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    Arr(Vec<Json>),
    Obj(Vec<(String, Json)>),
}

/// An ordered object: `obj! { "id": id, "name": name }`.
macro_rules! obj {
    ($($key:literal : $value:expr),* $(,)?) => {
        $crate::json::Json::Obj(vec![$(($key.to_owned(), $crate::json::Json::from($value))),*])
    };
}
pub(crate) use obj;

impl Json {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Obj(fields) => fields.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Json> {
        match self {
            Self::Obj(fields) => fields.iter_mut().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value of `key` unless it is missing or null.
    pub(crate) fn some(&self, key: &str) -> Option<&Json> {
        self.get(key).filter(|v| !matches!(v, Self::Null))
    }

    /// Text of a string, or the digits of an integer: Meta accepts ids in both forms.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Str(s) => Some(s.clone()),
            Self::Int(n) => Some(n.to_string()),
            _ => None,
        }
    }

    pub(crate) fn text_of(&self, key: &str) -> Option<String> {
        self.get(key).and_then(Self::text)
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(s) => Some(s),
            _ => None,
        }
    }

    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            Self::Str(s) => s.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn truthy(&self) -> bool {
        matches!(self, Self::Bool(true) | Self::Int(1)) || self.as_str() == Some("true") || self.as_str() == Some("1")
    }

    pub(crate) fn items(&self) -> &[Json] {
        match self {
            Self::Arr(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn fields(&self) -> &[(String, Json)] {
        match self {
            Self::Obj(fields) => fields,
            _ => &[],
        }
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Self::Obj(_))
    }

    /// Appends or replaces a field; other kinds of value stay as they are.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Json>) {
        let value = value.into();
        if let Some(old) = self.get_mut(key) {
            *old = value;
        } else if let Self::Obj(fields) = self {
            fields.push((key.to_owned(), value));
        }
    }

    /// The same object without one field.
    pub(crate) fn without(mut self, key: &str) -> Self {
        if let Self::Obj(fields) = &mut self {
            fields.retain(|(k, _)| k != key);
        }
        self
    }

    /// Meta's bytes: compact, `\/`, `\u003C`, `\u0040`, `\u0025`, and every unit above U+007F as lower-case `\uXXXX`.
    ///
    /// The set is that of `JSON_FB_EXTRA_ESCAPES` in
    /// <https://github.com/facebook/hhvm/blob/master/hphp/runtime/base/variable-serializer.cpp>.
    pub(crate) fn to_meta(&self) -> String {
        let mut out = String::new();
        self.write_meta(&mut out);
        out
    }

    fn write_meta(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Self::Int(n) => {
                let _ = write!(out, "{n}");
            }
            Self::Float(f) => {
                let _ = write!(out, "{}", serde_json::Value::from(*f));
            }
            Self::Str(s) => write_meta_string(out, s),
            Self::Arr(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write_meta(out);
                }
                out.push(']');
            }
            Self::Obj(fields) => {
                out.push('{');
                for (i, (key, value)) in fields.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_meta_string(out, key);
                    out.push(':');
                    value.write_meta(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_meta_string(out: &mut String, s: &str) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' => out.push_str("\\/"),
            '<' => out.push_str("\\u003C"),
            '%' => out.push_str("\\u0025"),
            '@' => out.push_str("\\u0040"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='\u{7f}' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

impl From<&str> for Json {
    fn from(s: &str) -> Self {
        Self::Str(s.to_owned())
    }
}
impl From<&String> for Json {
    fn from(s: &String) -> Self {
        Self::Str(s.clone())
    }
}
impl From<String> for Json {
    fn from(s: String) -> Self {
        Self::Str(s)
    }
}
impl From<bool> for Json {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}
impl From<i64> for Json {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}
impl From<usize> for Json {
    fn from(n: usize) -> Self {
        Self::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }
}
impl From<i32> for Json {
    fn from(n: i32) -> Self {
        Self::Int(n.into())
    }
}
impl From<f64> for Json {
    fn from(n: f64) -> Self {
        Self::Float(n)
    }
}
impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Self {
        Self::Arr(items.into_iter().map(Into::into).collect())
    }
}
impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(b) => serializer.serialize_bool(*b),
            Self::Int(n) => serializer.serialize_i64(*n),
            Self::Float(n) => serializer.serialize_f64(*n),
            Self::Str(s) => serializer.serialize_str(s),
            Self::Arr(items) => items.serialize(serializer),
            Self::Obj(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (key, value) in fields {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Json;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("any JSON value")
            }
            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }
            fn visit_bool<E>(self, v: bool) -> Result<Json, E> {
                Ok(Json::Bool(v))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Json, E> {
                Ok(Json::Int(v))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Json, E> {
                Ok(i64::try_from(v).map_or(Json::Float(v as f64), Json::Int))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Json, E> {
                Ok(Json::Float(v))
            }
            fn visit_str<E>(self, v: &str) -> Result<Json, E> {
                Ok(Json::Str(v.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Json::Arr(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    fields.push(entry);
                }
                Ok(Json::Obj(fields))
            }
        }
        deserializer.deserialize_any(V)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_the_bytes_of_the_published_table() {
        let body = obj! {
            "object": "page",
            "entry": vec![obj! {
                "time": 1_700_000_000_123_i64,
                "id": "1111",
                "messaging": vec![obj! {
                    "sender": obj! { "id": "2222" },
                    "recipient": obj! { "id": "1111" },
                    "timestamp": 1_700_000_000_001_i64,
                    "message": obj! { "mid": "m_1", "text": "50% <b>a/b</b> x@y.z é👍" },
                }],
            }],
        };
        assert_eq!(
            body.to_meta(),
            concat!(
                r#"{"object":"page","entry":[{"time":1700000000123,"id":"1111","messaging":[{"sender":{"id":"2222"},"#,
                r#""recipient":{"id":"1111"},"timestamp":1700000000001,"message":{"mid":"m_1","#,
                r#""text":"50\u0025 \u003Cb>a\/b\u003C\/b> x\u0040y.z \u00e9\ud83d\udc4d"}}]}]}"#
            )
        );
        assert_eq!(
            crate::crypto::hmac_sha256_hex("test-app-secret", body.to_meta().as_bytes()),
            "faf807879db70664bcd8d203362832130eac456719c61250f2d71038bf98fed6"
        );
    }

    #[test]
    fn keeps_key_order_through_a_parse() {
        let text = r#"{"z":1,"a":{"y":[true,null,1.5],"b":"c"}}"#;
        assert_eq!(Json::parse(text).unwrap().to_meta(), text);
    }
}
