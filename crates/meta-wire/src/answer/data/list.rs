//! Lists that come in pages, and answers without content.

use crate::answer::lenient::truth;
use percent_encoding::percent_decode_str;
use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A list whose unreadable items do not cost their neighbours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct List<T> {
    /// The items that could be read, in order.
    pub items: Vec<T>,
    /// How many could not.
    pub unreadable: usize,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new(), unreadable: 0 }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Option::<Vec<Value>>::deserialize(deserializer)?.unwrap_or_default();
        let all = values.len();
        let items: Vec<T> = values.into_iter().filter_map(|value| T::deserialize(value).ok()).collect();
        Ok(Self { unreadable: all - items.len(), items })
    }
}

/// One page of a list: `{"data":[…],"paging":{"cursors":{"after":…},"next":…}}`
/// ([paging](https://developers.facebook.com/docs/graph-api/results)).
///
/// The address in `paging.next` holds the token and could name any host. It is never kept nor followed: the next call is built
/// from the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(bound = "T: DeserializeOwned", from = "Wire<T>")]
pub struct Listing<T> {
    /// This page's items; may be empty with more to come.
    pub list: List<T>,
    /// To ask for the next page with; `None` at the end.
    pub after: Option<String>,
    /// There is more, but Meta gave no cursor to ask for it with.
    pub cut_short: bool,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { list: List::default(), after: None, cut_short: false }
    }
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Wire<T> {
    // Named here, or serde would take a missing list for an empty one.
    #[serde(deserialize_with = "List::deserialize")]
    data: List<T>,
    #[serde(default)]
    paging: Value,
}

impl<T> From<Wire<T>> for Listing<T> {
    fn from(Wire { data, paging }: Wire<T>) -> Self {
        let next = paging.get("next").and_then(Value::as_str);
        let after = next.and_then(|next| {
            let cursor = paging.pointer("/cursors/after").and_then(Value::as_str).map(str::to_owned);
            cursor.or_else(|| query_value(next, "after")).filter(|cursor| !cursor.is_empty())
        });
        Self { cut_short: next.is_some() && after.is_none(), list: data, after }
    }
}

fn query_value(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let pair = query.split(['&', '#']).find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name));
    Some(percent_decode_str(pair?.1).decode_utf8().ok()?.into_owned())
}

/// A change that was made: `{"success":true}`, `{"result":"success"}`, or a bare `true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done;

impl<'de> Deserialize<'de> for Done {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let done = match value.get("success") {
            Some(success) => truth(success),
            None if value.get("result").is_some_and(Value::is_string) => Some(true),
            None => truth(&value),
        };
        if done == Some(true) { Ok(Self) } else { Err(serde::de::Error::custom("not a success")) }
    }
}
