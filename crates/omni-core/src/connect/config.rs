//! Edit Page Config: what an administrator sets for one account. One list of fields that the window, the checking and
//! the saving all come from.

use super::Values;
use crate::entry::{Channel, UiAnswer};
use crate::error::CoreError;
use crate::host::{Department, Departments, Host, ModalView, User};
use crate::key;
use crate::session::Session;
use crate::store::{Account, AccountConfig};
use crate::texts::{Key, Lang};
use meta_wire::limits;
use omni_domain::account::card::account_value;
use omni_domain::blocks;
use omni_domain::render::text::verbatim;
use omni_domain::routing::rules;
use omni_domain::routing::template::{Occasion, check_message};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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

impl<H: Host> Session<H> {
    /// The window to edit an account in.
    pub(crate) async fn config_view(&self, lang: &Lang, account: &Account) -> Result<ModalView, CoreError> {
        let departments = self.call(Departments {}).await?;
        let title = self.text(lang, key!("config_title"), &[]);
        let values = [("account", &*verbatim(&account.shown())), ("channel", account.channel.label())];
        let mut shown = vec![blocks::section(&self.text(lang, key!("config_intro"), &values))];
        let mut config = account.config.clone();
        for field in FIELDS {
            let value = match field.kind {
                FieldKind::Department => config.department.clone().unwrap_or_default(),
                FieldKind::Rules => rules::print(&config.rules, &departments),
                kind => kind.text(&mut config).cloned().unwrap_or_default(),
            };
            let element = match field.kind {
                FieldKind::Department => self.department_element(lang, field, &departments, &value),
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
                "label": { "type": "plain_text", "text": self.text(lang, (field.label)(), &[]) },
                "element": element,
            });
            let hint = match field.kind {
                FieldKind::Message(occasion) => {
                    let known = self.text(lang, key!("config_placeholders"), &[("known", &occasion.list())]);
                    Some(format!("{} {known}", self.limit_hint(lang, account.channel, &value)))
                }
                FieldKind::Rules => Some(self.text(lang, key!("config_rules_hint"), &[])),
                FieldKind::Department | FieldKind::Line => None,
            };
            if let (Some(hint), Some(fields)) = (hint, block.as_object_mut()) {
                fields.insert("hint".into(), json!({ "type": "plain_text", "text": hint }));
            }
            shown.push(block);
        }
        Ok(ModalView {
            id: format!("connect:config:{}", account_value(account)),
            title,
            submit: Some(self.text(lang, key!("config_save"), &[])),
            close: self.text(lang, key!("config_cancel"), &[]),
            blocks: shown,
        })
    }

    fn department_element(&self, lang: &Lang, field: &Field, departments: &[Department], value: &str) -> Value {
        let option =
            |text: &str, value: &str| json!({ "text": { "type": "plain_text", "text": text }, "value": value });
        let mut options = vec![option(&self.text(lang, key!("config_no_department"), &[]), NO_DEPARTMENT)];
        options.extend(departments.iter().map(|department| option(&department.name, &department.id)));
        if !value.is_empty() && !departments.iter().any(|department| department.id == value) {
            // Chosen once and without agents or disabled now: shown, or saving another field would change it unseen.
            options.push(option(&self.text(lang, key!("config_department_gone"), &[]), value));
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

    fn limit_hint(&self, lang: &Lang, channel: Channel, text: &str) -> String {
        let limit = limits::text(channel.platform());
        let values = [("count", &*limit.unit.measure(text).to_string()), ("max", &*limit.max.to_string())];
        match limit.unit {
            limits::Unit::Bytes => self.text(lang, key!("config_limit_bytes"), &values),
            _ => self.text(lang, key!("config_limit_characters"), &values),
        }
    }

    /// Opens the window on the button.
    pub(crate) async fn open_config(&self, user: &User, value: &str) -> Result<UiAnswer, CoreError> {
        let lang = self.lang_of(user).await;
        let Some(account) = self.account_named(value).await? else { return Ok(self.gone(&lang)) };
        Ok(UiAnswer::Open { view: self.config_view(&lang, &account).await? })
    }

    /// Saves what was submitted, or says what is wrong with which field.
    pub(crate) async fn save_config(&self, user: &User, value: &str, values: &Values) -> Result<UiAnswer, CoreError> {
        let lang = self.lang_of(user).await;
        let departments = self.call(Departments {}).await?;
        let _lock = self.lock(&format!("account:{value}")).await;
        let Some(mut account) = self.account_named(value).await? else {
            let text = self.text(&lang, key!("account_gone"), &[]);
            return Ok(UiAnswer::Update { view: self.note_view(&lang, &text) });
        };
        let mut errors = BTreeMap::new();
        for field in FIELDS {
            // What the window did not show was not changed.
            let Some(submitted) = submitted(values, field.id) else { continue };
            if let Err(reason) = self.set(&lang, &mut account, field, submitted, &departments) {
                errors.insert(field.id.to_owned(), reason);
            }
        }
        if !errors.is_empty() {
            return Ok(UiAnswer::Errors { view_id: format!("connect:config:{value}"), errors });
        }
        self.save_account(&account).await?;
        // In another department somebody may be there.
        self.somebody_may_serve().await?;
        let lang = self.workspace_lang().await;
        let said = [("account", &*verbatim(&account.shown())), ("user", &*verbatim(&user.username))];
        self.inform(account.channel, self.text(&lang, key!("config_saved"), &said), Vec::new()).await;
        Ok(UiAnswer::Done)
    }

    /// Sets a field when what was submitted can be, or answers why it cannot.
    fn set(
        &self,
        lang: &Lang,
        account: &mut Account,
        field: &Field,
        submitted: String,
        departments: &[Department],
    ) -> Result<(), String> {
        let (text, say) = (submitted.trim().to_owned(), self.translator(lang));
        match field.kind {
            FieldKind::Department => {
                let id = (submitted != NO_DEPARTMENT && !submitted.is_empty()).then_some(submitted);
                let known = |id: &String| departments.iter().any(|one| one.id == *id);
                if id != account.config.department && id.as_ref().is_some_and(|id| !known(id)) {
                    return Err(self.text(lang, key!("config_department_unknown"), &[]));
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
                    let count = self.limit_hint(lang, account.channel, &text);
                    return Err(self.text(lang, key!("config_too_long"), &[("count", &count)]));
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
}

fn submitted(values: &Values, id: &str) -> Option<String> {
    match values.get(id)?.get(id)? {
        Value::String(text) => Some(text.clone()),
        // An emptied field comes as nothing.
        Value::Null => Some(String::new()),
        _ => None,
    }
}
