//! Calls in Messenger: they ring in Meta's own apps, and are context here.

use super::text::done;
use super::voice::Voice;
use crate::key;
use crate::texts::Translator;
use crate::timing::moment;
use meta_wire::webhook::{Call, CallPermission, Calls, Item, Side};

/// One line for each call of the customer's that ended, and whose doing it tells of.
pub fn call_lines(say: Translator<'_>, item: &Item, calls: &Calls) -> Vec<(Voice, String)> {
    if item.side != Side::Customer {
        return Vec::new();
    }
    let by_customer = |call: &&Call| call.event == "terminate" && !call.by_business;
    // A call that was taken is an answer; one that was missed waits for one.
    let line = |call: &Call| match call.duration_s.filter(|seconds| *seconds > 0) {
        Some(seconds) => {
            let minutes = seconds.saturating_add(59).div_euclid(60).to_string();
            (Voice::Business, done(&say.text(key!("in_call_answered"), &[("minutes", &minutes)])))
        }
        None => (Voice::Customer, done(&say.text(key!("in_call_missed"), &[]))),
    };
    calls.calls.iter().filter(by_customer).map(line).collect()
}

/// Whether the customer lets the business call.
pub fn permission_text(say: Translator<'_>, permission: &CallPermission) -> String {
    let until = permission.until.map(|until| moment(until.0)).unwrap_or_default();
    let key = match (permission.allowed, until.is_empty()) {
        (true, false) => key!("in_call_allowed_until"),
        (true, true) => key!("in_call_allowed"),
        (false, _) => key!("in_call_declined"),
    };
    done(&say.text(key, &[("until", &until)]))
}
