//! Cutting JSON text into its values: one pass finds where each stands, and whatever stands in a value, at any depth, is
//! left to whoever asks for it. Reading each level anew instead would cost as many passes as a body is deep.

use super::fault::Shape;
use crate::json_string;
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// The JSON type of a value by its first character.
pub(super) fn shape_of(text: &str) -> Shape {
    match text.bytes().next() {
        Some(b'{') => Shape::Object,
        Some(b'[') => Shape::Array,
        Some(b'"') => Shape::Text,
        Some(b't' | b'f') => Shape::Boolean,
        Some(b'n') | None => Shape::Null,
        Some(_) => Shape::Number,
    }
}

/// One value of a [`Cut`], the first being the whole.
pub(super) type Index = usize;

/// JSON text and where its values stand.
pub(super) struct Cut<'a> {
    text: &'a str,
    /// In the order they begin. A key counts as a value, right before its own.
    values: Vec<Value>,
    is_json: bool,
}

struct Value {
    start: usize,
    end: usize,
    /// The first value that is not part of this one.
    next: Index,
    /// A string that reads as it stands: nothing in it is escaped.
    is_plain: bool,
}

impl<'a> Cut<'a> {
    /// # Errors
    /// The parser's, when the text is not JSON.
    pub(super) fn new(text: &'a str) -> Result<Self, serde_json::Error> {
        // Goes through nesting of any depth without recursion, and says where the text stops being JSON.
        serde_json::from_str::<IgnoredAny>(text)?;
        Ok(Self { text, values: values(text), is_json: true })
    }

    /// Text that is not JSON, as one value nobody can look into.
    pub(super) fn opaque(text: &'a str) -> Self {
        let trimmed = text.trim_ascii();
        let start = text.len() - text.trim_ascii_start().len();
        Self {
            text,
            values: vec![Value { start, end: start + trimmed.len(), next: 1, is_plain: false }],
            is_json: false,
        }
    }

    pub(super) fn is_json(&self) -> bool {
        self.is_json
    }

    /// The value as it stands in the text.
    pub(super) fn text(&self, value: Index) -> &'a str {
        self.values.get(value).and_then(|value| self.text.get(value.start..value.end)).unwrap_or_default()
    }

    fn next(&self, value: Index) -> Index {
        self.values.get(value).map_or(usize::MAX, |value| value.next)
    }

    /// Elements of an array.
    pub(super) fn elements(&self, array: Index) -> impl Iterator<Item = Index> {
        let end = self.next(array).min(self.values.len());
        std::iter::successors(Some(array + 1), |&element| Some(self.next(element))).take_while(move |&at| at < end)
    }

    /// Members of an object, in order, equal keys as often as they occur.
    pub(super) fn members(&self, object: Index) -> Vec<(Cow<'a, str>, Index)> {
        let end = self.next(object).min(self.values.len());
        let mut members = Vec::with_capacity(4);
        let mut key = object + 1;
        while key < end {
            members.push((self.key(key), key + 1));
            key = self.next(key + 1);
        }
        members
    }

    fn key(&self, key: Index) -> Cow<'a, str> {
        self.plain(key).map_or_else(
            || {
                let quoted = self.text(key);
                serde_json::from_str(quoted).map_or(Cow::Borrowed(quoted), Cow::Owned)
            },
            Cow::Borrowed,
        )
    }

    /// What a string holds, if it reads as it stands.
    pub(super) fn plain(&self, string: Index) -> Option<&'a str> {
        let value = self.values.get(string).filter(|value| value.is_plain)?;
        self.text.get(value.start + 1..value.end.checked_sub(1)?)
    }
}

/// Where the values of a JSON text stand.
fn values(text: &str) -> Vec<Value> {
    let bytes = text.as_bytes();
    let mut values: Vec<Value> = Vec::with_capacity(bytes.len() / 16);
    let mut open: Vec<Index> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let mut is_plain = false;
        at += 1;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => continue,
            b'}' | b']' => {
                let next = values.len();
                if let Some(container) = open.pop().and_then(|index| values.get_mut(index)) {
                    (container.end, container.next) = (at, next);
                }
                continue;
            }
            b'{' | b'[' => open.push(values.len()),
            b'"' => (at, is_plain) = json_string::end(bytes, start),
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
                at += bytes.get(at..).and_then(|rest| rest.iter().position(ends)).unwrap_or(bytes.len() - at);
            }
        }
        values.push(Value { start, end: at, next: values.len() + 1, is_plain });
    }
    values
}

#[cfg(test)]
mod tests {
    use super::{Cut, Index, shape_of};
    use crate::webhook::Shape;
    use proptest::prelude::*;
    use serde_json::Value;

    /// What the cut says stands there, put together again.
    fn whole(cut: &Cut<'_>, value: Index) -> Value {
        match shape_of(cut.text(value)) {
            Shape::Object => {
                cut.members(value).into_iter().map(|(key, value)| (key.into_owned(), whole(cut, value))).collect()
            }
            Shape::Array => cut.elements(value).map(|element| whole(cut, element)).collect(),
            _ => {
                let read: Value = serde_json::from_str(cut.text(value)).unwrap();
                if let Some(plain) = cut.plain(value) {
                    assert_eq!(read, plain);
                }
                read
            }
        }
    }

    #[track_caller]
    fn check(text: &str) {
        let parsed: Value = serde_json::from_str(text).unwrap();
        assert_eq!(whole(&Cut::new(text).unwrap(), 0), parsed, "{text}");
    }

    #[test]
    fn values_stand_where_the_parser_finds_them() {
        for text in [
            "0",
            " \t\r\n[ ]\n",
            r#"{"":{},"a":[],"b":[{}],"b":[[]]}"#,
            r#"[-1.5e+3,true , false,null,"",[1,[2,[3]],4]]"#,
            r#"{"a\"b\\":"\\","c\u00e9":"\\\"","}":"]","[":"{:,"}"#,
            "{ \"é👍\" : [ \"👍\\ud83d\\udc4d\" , 1 ] , \"x\" : 2 }",
        ] {
            check(text);
        }
    }

    #[test]
    fn what_is_not_json_cannot_be_looked_into() {
        for text in ["", "{", "[1,]", "{} {}", r#"{"a":1"#, "\u{feff}{}"] {
            assert!(Cut::new(text).is_err(), "{text}");
            let cut = Cut::opaque(text);
            assert!(!cut.is_json() && cut.text(0) == text.trim_ascii() && cut.plain(0).is_none(), "{text}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6).prop_map(|all| all.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_cut_as_it_is_parsed(json in any_json()) {
            check(&json.to_string());
            check(&serde_json::to_string_pretty(&json).unwrap());
        }
    }
}
