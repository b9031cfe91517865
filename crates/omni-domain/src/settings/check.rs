//! What a setting may be, and what is wrong with one that it may not be.

use super::definitions::{SettingDef, SettingKind, definitions, id, range, whole_number};
use super::note;
use crate::key;
use crate::texts::Translator;
use meta_wire::limits;
use meta_wire::request::GraphVersion;
use meta_wire::time::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Meta's app ids are numbers of 15 or 16 digits today; longer ones may come.
const APP_ID_DIGITS: std::ops::RangeInclusive<usize> = 5..=20;

/// Longest secret taken. Meta's have 32 hexadecimal digits.
const SECRET_MAX: usize = 256;

/// Longest word that is quoted of what was entered.
const QUOTED_MAX: usize = 40;

/// What is wrong with a value. It is stored and spoken of, so it holds nothing that a secret could be in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It is no text.
    Text,
    /// It is no id of a Meta app.
    AppId,
    /// It is no app secret.
    Secret,
    /// It is an access token, not a secret.
    TokenAsSecret,
    /// It is no version of the Graph API.
    Version,
    /// Meta has ended that version of the Graph API.
    VersionOld,
    /// A word in braces that stands for nothing.
    Variable(String),
    /// So many characters are too many.
    Metadata(usize),
    /// It is neither on nor off.
    Boolean,
    /// It is no number, or outside its bounds.
    Number,
    /// It is none of the choices.
    Choice,
    /// Together with another setting: the App ID, which stands beside the App Secret on Meta's page.
    IdAsSecret,
    /// Together with another setting: the value of the Meta app where that of Instagram Login belongs.
    Same,
}

/// The value as it is saved.
type Checked = Result<Value, Fault>;

impl Fault {
    /// What is wrong with the setting, in words. `now` decides which versions of the Graph API are too old.
    pub fn text(&self, say: Translator<'_>, setting: &str, now: UnixMillis) -> String {
        match self {
            Self::Text => say.text(key!("config_setting_text"), &[]),
            Self::AppId => say.text(key!("config_setting_app_id"), &[]),
            Self::Secret => say.text(key!("config_setting_secret"), &[]),
            Self::TokenAsSecret => say.text(key!("config_setting_token_as_secret"), &[]),
            Self::IdAsSecret => say.text(key!("config_setting_id_as_secret"), &[]),
            Self::Same => say.text(key!("config_setting_same"), &[]),
            Self::Boolean => say.text(key!("config_setting_boolean"), &[]),
            Self::VersionOld => {
                let oldest = GraphVersion::oldest_alive(now).to_string();
                say.text(key!("config_setting_version_old"), &[("oldest", &oldest)])
            }
            Self::Version => {
                say.text(key!("config_setting_version"), &[("example", &GraphVersion::default().to_string())])
            }
            Self::Variable(unknown) => {
                let known: Vec<String> = note::VARIABLES.iter().map(|name| format!("{{{name}}}")).collect();
                say.text(key!("config_setting_variable"), &[("unknown", unknown), ("known", &known.join(", "))])
            }
            Self::Metadata(count) => {
                let max = limits::METADATA.max.to_string();
                say.text(key!("config_setting_metadata"), &[("max", &max), ("count", &count.to_string())])
            }
            Self::Number => {
                let (min, max) = range(setting);
                say.text(key!("config_setting_number"), &[("min", &min.to_string()), ("max", &max.to_string())])
            }
            Self::Choice => {
                let def = definitions().into_iter().find(|def| def.id == setting);
                let options = def.map(|def| def.options).unwrap_or_default();
                let choices: Vec<String> = options.into_iter().map(|option| option.key).collect();
                say.text(key!("config_setting_choice"), &[("choices", &choices.join(", "))])
            }
        }
    }
}

/// Tidies the value, or says what is wrong with it. A tidied value passes unchanged: other instances check it again.
pub fn check(def: &SettingDef, value: Value, now: UnixMillis) -> Checked {
    match def.kind {
        SettingKind::Boolean => boolean(&value),
        SettingKind::Int => number(def, &value),
        SettingKind::Select => one_of(def, value),
        SettingKind::MultiSelect => some_of(def, &value),
        SettingKind::Password => secret(&text(&value)?),
        SettingKind::String => match def.id.as_str() {
            id::APP_ID | id::INSTAGRAM_APP_ID => app_id(&text(&value)?),
            id::GRAPH_VERSION => version(&text(&value)?, now),
            id::HANDOVER_METADATA => metadata(&text(&value)?),
            _ => Ok(json!(text(&value)?)),
        },
    }
}

/// Text without the blanks that pasting leaves around it. Emptied fields come as nothing.
fn text(value: &Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Ok(String::new()),
        _ => Err(Fault::Text),
    }
}

fn app_id(text: &str) -> Checked {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && APP_ID_DIGITS.contains(&text.len());
    if digits || text.is_empty() { Ok(json!(text)) } else { Err(Fault::AppId) }
}

fn secret(text: &str) -> Checked {
    // What begins like this is an access token, the other long text on Meta's pages.
    let token = text.starts_with("EAA") || text.starts_with("IGAA") || text.contains('|');
    let graphic = text.bytes().all(|b| b.is_ascii_graphic()) && text.len() <= SECRET_MAX;
    match (token, graphic) {
        (true, _) => Err(Fault::TokenAsSecret),
        (false, false) => Err(Fault::Secret),
        (false, true) => Ok(json!(text)),
    }
}

fn version(text: &str, now: UnixMillis) -> Checked {
    let text = text.to_ascii_lowercase();
    let text = if text.starts_with('v') { text } else { format!("v{text}") };
    let text = if text.contains('.') { text } else { format!("{text}.0") };
    let oldest = GraphVersion::oldest_alive(now);
    match text.parse::<GraphVersion>() {
        Ok(version) if version >= oldest => Ok(json!(version.to_string())),
        Ok(_) => Err(Fault::VersionOld),
        Err(_) => Err(Fault::Version),
    }
}

fn metadata(text: &str) -> Checked {
    if let Some(unknown) = unknown_variable(text) {
        return Err(Fault::Variable(unknown.chars().take(QUOTED_MAX).collect()));
    }
    limits::METADATA.check(text).map(|()| json!(text)).map_err(|exceeded| Fault::Metadata(exceeded.found))
}

/// A word in braces that stands for nothing; braces around anything else are the note's own.
fn unknown_variable(text: &str) -> Option<String> {
    let words = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(word, _)| word);
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    words.filter(is_word).find(|word| !note::VARIABLES.contains(word)).map(|word| format!("{{{word}}}"))
}

fn boolean(value: &Value) -> Checked {
    match value {
        Value::Bool(_) => Ok(value.clone()),
        Value::String(text) if text == "true" => Ok(json!(true)),
        Value::String(text) if text == "false" => Ok(json!(false)),
        _ => Err(Fault::Boolean),
    }
}

fn number(def: &SettingDef, value: &Value) -> Checked {
    let (min, max) = range(&def.id);
    let number = whole_number(value).filter(|number| (min..=max).contains(number));
    number.map(|number| json!(number)).ok_or(Fault::Number)
}

fn one_of(def: &SettingDef, value: Value) -> Checked {
    let known = value.as_str().is_some_and(|text| def.options.iter().any(|option| option.key == text));
    if known { Ok(value) } else { Err(Fault::Choice) }
}

/// A list, or on some clients one word or words with commas between.
fn some_of(def: &SettingDef, value: &Value) -> Checked {
    let words: Option<Vec<String>> = match value {
        Value::Array(list) => list.iter().map(|word| word.as_str().map(ToOwned::to_owned)).collect(),
        Value::String(text) => {
            Some(text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect())
        }
        Value::Null => Some(Vec::new()),
        _ => None,
    };
    let known = |word: &String| def.options.iter().any(|option| option.key == *word);
    words.filter(|words| words.iter().all(known)).map(|words| json!(words)).ok_or(Fault::Choice)
}
