//! The usage headers: how near the limits are, and when a limit ends.
//!
//! `X-App-Usage`, `X-Page-Usage` and `X-Business-Use-Case-Usage` hold JSON with percentages; at 100 calls are refused
//! ([rate limits](https://developers.facebook.com/docs/graph-api/overview/rate-limiting), read 2026-11-20).

use crate::number;
use serde_json::Value;

/// What the headers of one answer say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    /// One entry per limit.
    pub entries: Vec<UsageEntry>,
    /// Seconds of a `Retry-After` header.
    pub retry_after_s: Option<u64>,
}

/// How much of one limit is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageEntry {
    /// Which: `app`, `page`, or the use case as Meta names it (`messenger`, `instagram`, `pages`).
    pub limit: String,
    /// The Page or business the limit is of; `None` for the app's own.
    pub id: Option<String>,
    /// The fullest of calls, time and CPU time, in percent; more than 100 is possible.
    pub percent: u32,
    /// Minutes until calls are accepted again; 0 when they are.
    pub regain_access_min: u64,
}

impl Usage {
    /// The fullest limit, in percent.
    pub fn percent(&self) -> u32 {
        self.entries.iter().map(|entry| entry.percent).max().unwrap_or(0)
    }

    /// Seconds to wait: the header `Retry-After` before Meta's estimate, as the more exact one.
    pub fn wait_s(&self) -> Option<u64> {
        let minutes = self.entries.iter().map(|entry| entry.regain_access_min).max().filter(|minutes| *minutes > 0);
        self.retry_after_s.or(minutes.map(|minutes| minutes.saturating_mul(60)))
    }

    /// Reads the headers, whose names are compared in any case. What is not understood is left out.
    pub fn from_headers(headers: &[(String, String)]) -> Self {
        let mut usage = Self::default();
        for (name, value) in headers {
            match name.to_ascii_lowercase().as_str() {
                "x-app-usage" => usage.entries.extend(own("app", value)),
                "x-page-usage" => usage.entries.extend(own("page", value)),
                "x-business-use-case-usage" => usage.entries.extend(by_business(value)),
                "retry-after" => usage.retry_after_s = value.trim().parse().ok(),
                _ => {}
            }
        }
        usage
    }
}

fn own(limit: &str, json: &str) -> Option<UsageEntry> {
    let value: Value = serde_json::from_str(json).ok()?;
    value.is_object().then(|| entry(limit.to_owned(), None, &value))
}

fn by_business(json: &str) -> Vec<UsageEntry> {
    let Ok(Value::Object(businesses)) = serde_json::from_str(json) else { return Vec::new() };
    let entries = businesses.iter().flat_map(|(id, limits)| {
        limits.as_array().into_iter().flatten().filter(|limit| limit.is_object()).map(move |limit| {
            let name = limit.get("type").and_then(Value::as_str).unwrap_or("business");
            entry(plain(name), Some(plain(id)), limit)
        })
    });
    entries.take(MOST_ENTRIES).collect()
}

/// Meta sends up to 32 ("up to 32 objects"); more is not from Meta.
const MOST_ENTRIES: usize = 64;

fn entry(limit: String, id: Option<String>, value: &Value) -> UsageEntry {
    let positive = |name: &str| {
        let value = value.get(name).and_then(|v| v.as_f64().or_else(|| number::read(v.as_str()?.trim())));
        value.filter(|n| n.is_finite() && *n > 0.0).unwrap_or(0.0)
    };
    let percent = ["call_count", "total_time", "total_cputime"].into_iter().map(positive).fold(0.0, f64::max);
    // Float to integer casts saturate, and both are known to be positive.
    UsageEntry {
        limit,
        id,
        percent: percent.ceil() as u32,
        regain_access_min: positive("estimated_time_to_regain_access").ceil() as u64,
    }
}

/// Names end up in logs.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-').take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&str, &str)]) -> Usage {
        let headers: Vec<_> = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Usage::from_headers(&headers)
    }

    #[test]
    fn documented_headers() {
        let usage = read(&[
            ("x-app-usage", r#"{"call_count":28,"total_time":25,"total_cputime":25}"#),
            (
                "X-Business-Use-Case-Usage",
                r#"{"1111":[{"type":"messenger","call_count":95,"total_cputime":20,"total_time":101.2,"estimated_time_to_regain_access":19},
                   {"type":"pages","call_count":1,"total_cputime":0,"total_time":0,"estimated_time_to_regain_access":0}]}"#,
            ),
        ]);
        assert_eq!(usage.percent(), 102);
        assert_eq!(usage.wait_s(), Some(19 * 60));
        assert_eq!(usage.entries.len(), 3);
        assert_eq!(
            usage.entries[1],
            UsageEntry { limit: "messenger".into(), id: Some("1111".into()), percent: 102, regain_access_min: 19 }
        );
    }

    #[test]
    fn retry_after_comes_first_and_nonsense_is_nothing() {
        let buc = r#"{"1":[{"estimated_time_to_regain_access":"2"}]}"#;
        assert_eq!(read(&[("Retry-After", " 30 "), ("x-business-use-case-usage", buc)]).wait_s(), Some(30));
        assert_eq!(read(&[("x-business-use-case-usage", buc)]).wait_s(), Some(120));
        for nonsense in ["", "[]", "{", "null", "7", r#"{"1":7}"#, r#"{"1":[7,null]}"#] {
            let usage =
                read(&[("X-Business-Use-Case-Usage", nonsense), ("Retry-After", nonsense), ("x-app-usage", "[]")]);
            assert_eq!(usage.percent(), 0, "{nonsense}");
            assert_eq!(usage.entries, [], "{nonsense}");
        }
        let extreme = r#"{"1":[{"call_count":1e300,"estimated_time_to_regain_access":1e300}]}"#;
        let usage = read(&[("X-Business-Use-Case-Usage", extreme)]);
        assert_eq!((usage.percent(), usage.wait_s()), (u32::MAX, Some(u64::MAX)));
    }
}
