//! Edit Page Config: what an administrator sets for one account. One list of fields that the window, the checking and
//! the saving all come from.

use super::card::account_value;
use super::{Account, AccountConfig};
use crate::blocks;
use crate::channel::Channel;
use crate::key;
use crate::render::text::verbatim;
use crate::rocket_chat::{Department, ModalView};
use crate::routing::rules;
use crate::routing::template::{Occasion, check_message};
use crate::texts::{Key, Translator};
use meta_wire::limits;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Submitted values by block id, then action id.
pub type Values = BTreeMap<String, BTreeMap<String, Value>>;

/// What the department's choice holds for "none": the server's ids are never this.
const NO_DEPARTMENT: &str = "-";

/// One thing to set.
struct Field {
    /// Block and action id of its element.
    id: &'static str,
    label: fn() -> Key,
    kind: FieldKind,
}

/// How it is set, and what it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FieldKind {
    /// One of the departments, or none.
    Department,
    /// Text that is sent to the customer in one message; may be empty.
    Message(Occasion),
    /// One line, for the messages to name.
    Line,
    /// Rules of routing.
    Rules,
}

impl FieldKind {
    /// Where its text is kept; nowhere for what is not kept as text.
    fn text(self, config: &mut AccountConfig) -> Option<&mut String> {
        match self {
            Self::Line => Some(&mut config.hours),
            Self::Message(Occasion::Welcome) => Some(&mut config.welcome),
            Self::Message(Occasion::Finished) => Some(&mut config.finished),
            Self::Message(Occasion::Offline) => Some(&mut config.offline),
            Self::Message(Occasion::Survey) => Some(&mut config.survey),
            Self::Department | Self::Rules => None,
        }
    }
}

/// Everything that can be set, in the order people see it. The hours stand before the messages that may name them.
const FIELDS: &[Field] = &[
    Field { id: "connect:department", label: || key!("config_department"), kind: FieldKind::Department },
    Field { id: "connect:hours", label: || key!("config_hours"), kind: FieldKind::Line },
    Field { id: "connect:welcome", label: || key!("config_welcome"), kind: FieldKind::Message(Occasion::Welcome) },
    Field { id: "connect:finished", label: || key!("config_finished"), kind: FieldKind::Message(Occasion::Finished) },
    Field { id: "connect:offline", label: || key!("config_offline"), kind: FieldKind::Message(Occasion::Offline) },
    Field { id: "connect:survey", label: || key!("config_survey"), kind: FieldKind::Message(Occasion::Survey) },
    Field { id: "connect:rules", label: || key!("config_rules"), kind: FieldKind::Rules },
];

/// The window to edit an account in.
pub fn config_view(say: Translator<'_>, account: &Account, departments: &[Department]) -> ModalView {
    let title = say.text(key!("config_title"), &[]);
    let values = [("account", &*verbatim(&account.shown())), ("channel", account.channel.label())];
    let mut shown = vec![blocks::section(&say.text(key!("config_intro"), &values))];
    let mut config = account.config.clone();
    for field in FIELDS {
        let value = match field.kind {
            FieldKind::Department => config.department.clone().unwrap_or_default(),
            FieldKind::Rules => rules::print(&config.rules, departments),
            kind => kind.text(&mut config).cloned().unwrap_or_default(),
        };
        let element = match field.kind {
            FieldKind::Department => department_element(say, field, departments, &value),
            kind => json!({
                "type": "plain_text_input",
                "blockId": field.id,
                "actionId": field.id,
                "multiline": kind != FieldKind::Line,
                "initialValue": value,
            }),
        };
        let mut block = json!({
            "type": "input",
            "blockId": field.id,
            "optional": true,
            "label": { "type": "plain_text", "text": say.text((field.label)(), &[]) },
            "element": element,
        });
        let hint = match field.kind {
            FieldKind::Message(occasion) => {
                let known = say.text(key!("config_placeholders"), &[("known", &occasion.list())]);
                Some(format!("{} {known}", limit_hint(say, account.channel, &value)))
            }
            FieldKind::Rules => Some(say.text(key!("config_rules_hint"), &[])),
            FieldKind::Department | FieldKind::Line => None,
        };
        if let (Some(hint), Some(fields)) = (hint, block.as_object_mut()) {
            fields.insert("hint".into(), json!({ "type": "plain_text", "text": hint }));
        }
        shown.push(block);
    }
    ModalView {
        id: format!("connect:config:{}", account_value(account)),
        title,
        submit: Some(say.text(key!("config_save"), &[])),
        close: say.text(key!("config_cancel"), &[]),
        blocks: shown,
    }
}

fn department_element(say: Translator<'_>, field: &Field, departments: &[Department], value: &str) -> Value {
    let option = |text: &str, value: &str| json!({ "text": { "type": "plain_text", "text": text }, "value": value });
    let mut options = vec![option(&say.text(key!("config_no_department"), &[]), NO_DEPARTMENT)];
    options.extend(departments.iter().map(|department| option(&department.name, &department.id)));
    if !value.is_empty() && !departments.iter().any(|department| department.id == value) {
        // Chosen once and without agents or disabled now: shown, or saving another field would change it unseen.
        options.push(option(&say.text(key!("config_department_gone"), &[]), value));
    }
    let chosen = if value.is_empty() { NO_DEPARTMENT } else { value };
    json!({
        "type": "static_select",
        "blockId": field.id,
        "actionId": field.id,
        "initialValue": chosen,
        "options": options,
    })
}

fn limit_hint(say: Translator<'_>, channel: Channel, text: &str) -> String {
    let limit = limits::text(channel.platform());
    let values = [("count", &*limit.unit.measure(text).to_string()), ("max", &*limit.max.to_string())];
    match limit.unit {
        limits::Unit::Bytes => say.text(key!("config_limit_bytes"), &values),
        _ => say.text(key!("config_limit_characters"), &values),
    }
}

/// Sets what was submitted; answers what is wrong, by field.
pub fn submit(
    say: Translator<'_>,
    account: &mut Account,
    values: &Values,
    departments: &[Department],
) -> BTreeMap<String, String> {
    let mut errors = BTreeMap::new();
    for field in FIELDS {
        // What the window did not show was not changed.
        let Some(submitted) = submitted(values, field.id) else { continue };
        if let Err(reason) = set(say, account, field, submitted, departments) {
            errors.insert(field.id.to_owned(), reason);
        }
    }
    errors
}

/// Sets a field when what was submitted can be, or answers why it cannot.
fn set(
    say: Translator<'_>,
    account: &mut Account,
    field: &Field,
    submitted: String,
    departments: &[Department],
) -> Result<(), String> {
    let text = submitted.trim().to_owned();
    match field.kind {
        FieldKind::Department => {
            let id = (submitted != NO_DEPARTMENT && !submitted.is_empty()).then_some(submitted);
            let known = |id: &String| departments.iter().any(|one| one.id == *id);
            if id != account.config.department && id.as_ref().is_some_and(|id| !known(id)) {
                return Err(say.text(key!("config_department_unknown"), &[]));
            }
            account.config.department = id;
        }
        FieldKind::Rules => {
            let hours = &account.config.hours;
            let read = rules::parse(&text, departments, account, hours);
            account.config.rules = read.map_err(|bad| bad.text(say, account.channel, departments))?;
        }
        FieldKind::Message(occasion) => {
            if limits::text(account.platform()).check(&text).is_err() {
                let count = limit_hint(say, account.channel, &text);
                return Err(say.text(key!("config_too_long"), &[("count", &count)]));
            }
            check_message(account, occasion, &text, &account.config.hours)
                .map_err(|fault| fault.text(say, account.channel, occasion))?;
        }
        FieldKind::Line => {}
    }
    if let Some(kept) = field.kind.text(&mut account.config) {
        *kept = if field.kind == FieldKind::Line { text.replace('\n', " ") } else { text };
    }
    Ok(())
}

fn submitted(values: &Values, id: &str) -> Option<String> {
    match values.get(id)?.get(id)? {
        Value::String(text) => Some(text.clone()),
        // An emptied field comes as nothing.
        Value::Null => Some(String::new()),
        _ => None,
    }
}
