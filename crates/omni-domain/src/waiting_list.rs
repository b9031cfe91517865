//! The list of customers who wait, as the setup channel shows it.

use crate::account::Account;
use crate::blocks;
use crate::key;
use crate::render::text::verbatim;
use crate::texts::Translator;
use crate::timing::{HOUR_MS, moment};
use crate::waiting::{Ends, Waiting};
use serde_json::Value;

/// How many of those who wait are listed; the others are counted.
pub const LISTED: usize = 20;

/// How long before the 24 hours end there is an alarm, and before the 7 days, in milliseconds.
const ALARM_DAY_MS: i64 = 2 * HOUR_MS;
const ALARM_WEEK_MS: i64 = 12 * HOUR_MS;

/// When the customer's window ends, if there is an alarm within that many milliseconds from now.
pub fn ends_soon(one: &Waiting, within_ms: i64, now: i64) -> Option<i64> {
    let (end, ahead) = match one.ends(now) {
        Ends::Day(end) => (end, ALARM_DAY_MS),
        Ends::Week(end) => (end, ALARM_WEEK_MS),
        Ends::Over(_) | Ends::Never => return None,
    };
    (end.saturating_sub(now) <= ahead.saturating_add(within_ms)).then_some(end)
}

/// One line for a customer who waits. `account` is the one written to, while it is connected.
pub fn row(say: Translator<'_>, one: &Waiting, account: Option<&Account>, now: i64) -> String {
    let id = &one.conversation;
    let account = verbatim(&account.map_or_else(|| id.account.to_string(), Account::shown));
    let name = verbatim(&one.name.clone().unwrap_or_else(|| id.unnamed()));
    let window = match one.ends(now) {
        Ends::Day(end) => say.text(key!("flow_board_day"), &[("end", &moment(end))]),
        Ends::Week(end) => say.text(key!("flow_board_week"), &[("end", &moment(end))]),
        Ends::Over(end) => say.text(key!("flow_board_over"), &[("end", &moment(end))]),
        Ends::Never => say.text(key!("flow_board_never"), &[]),
    };
    let (since, count) = (moment(one.since), one.messages.to_string());
    let values = [
        ("customer", name.as_str()),
        ("account", account.as_str()),
        ("since", since.as_str()),
        ("count", count.as_str()),
        ("window", window.as_str()),
    ];
    say.text(key!("flow_board_row"), &values)
}

/// The list as a message: its text and its blocks.
pub fn list_blocks(say: Translator<'_>, waiting: &[Waiting], rows: &[String]) -> (String, Vec<Value>) {
    let title = match waiting.len() {
        0 => say.text(key!("flow_board_empty"), &[]),
        count => say.text(key!("flow_board_title"), &[("count", &count.to_string())]),
    };
    let mut shown = vec![blocks::section(&title)];
    let open = say.text(key!("flow_board_open"), &[]);
    for (at, row) in rows.iter().enumerate() {
        let mut section = blocks::section(row);
        let listed = if at < LISTED { waiting.get(at) } else { None };
        if let (Some(one), Some(fields)) = (listed, section.as_object_mut()) {
            let block_id = format!("flows:waiting:{at}");
            let mut button = blocks::button(&open, "flows:open", &one.waiting_id, blocks::Look::Plain);
            if let Some(button) = button.as_object_mut() {
                button.insert("blockId".into(), block_id.as_str().into());
            }
            fields.insert("blockId".into(), block_id.into());
            fields.insert("accessory".into(), button);
        }
        shown.push(section);
    }
    (title, shown)
}
