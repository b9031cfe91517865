//! What a setting may be, and what is wrong with one that it may not be.

use crate::handover::METADATA_VARIABLES;
use crate::host::Host;
use crate::key;
use crate::session::Session;
use crate::settings::{self, SettingDef, SettingKind, Settings, id};
use crate::texts::Lang;
use meta_wire::limits;
use meta_wire::request::GraphVersion;
use meta_wire::secret::Secret;
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
pub(crate) enum Fault {
    Text,
    AppId,
    Secret,
    TokenAsSecret,
    Version,
    VersionOld,
    /// A word in braces that stands for nothing.
    Variable(String),
    /// So many characters are too many.
    Metadata(usize),
    Boolean,
    Number,
    Choice,
    /// Together with another setting: the App ID, which stands beside the App Secret on Meta's page.
    IdAsSecret,
    /// Together with another setting: the value of the Meta app where that of Instagram Login belongs.
    Same,
}

/// The value as it is saved.
type Checked = Result<Value, Fault>;

impl<H: Host> Session<H> {
    /// What is wrong, in words.
    pub(crate) fn fault_text(&self, lang: &Lang, setting: &str, fault: &Fault) -> String {
        let text = |key, values: &[(&str, &str)]| self.text(lang, key, values);
        match fault {
            Fault::Text => text(key!("config_setting_text"), &[]),
            Fault::AppId => text(key!("config_setting_app_id"), &[]),
            Fault::Secret => text(key!("config_setting_secret"), &[]),
            Fault::TokenAsSecret => text(key!("config_setting_token_as_secret"), &[]),
            Fault::IdAsSecret => text(key!("config_setting_id_as_secret"), &[]),
            Fault::Same => text(key!("config_setting_same"), &[]),
            Fault::Boolean => text(key!("config_setting_boolean"), &[]),
            Fault::VersionOld => {
                let oldest = GraphVersion::oldest_alive(self.now()).to_string();
                text(key!("config_setting_version_old"), &[("oldest", &oldest)])
            }
            Fault::Version => {
                text(key!("config_setting_version"), &[("example", &GraphVersion::default().to_string())])
            }
            Fault::Variable(unknown) => {
                let known: Vec<String> = METADATA_VARIABLES.iter().map(|name| format!("{{{name}}}")).collect();
                text(key!("config_setting_variable"), &[("unknown", unknown), ("known", &known.join(", "))])
            }
            Fault::Metadata(count) => {
                let max = limits::METADATA.max.to_string();
                text(key!("config_setting_metadata"), &[("max", &max), ("count", &count.to_string())])
            }
            Fault::Number => {
                let (min, max) = settings::range(setting);
                text(key!("config_setting_number"), &[("min", &min.to_string()), ("max", &max.to_string())])
            }
            Fault::Choice => {
                let def = settings::definitions().into_iter().find(|def| def.id == setting);
                let options = def.map(|def| def.options).unwrap_or_default();
                let choices: Vec<String> = options.into_iter().map(|option| option.key).collect();
                text(key!("config_setting_choice"), &[("choices", &choices.join(", "))])
            }
        }
    }
}

/// What is wrong with settings that are good one by one.
pub(crate) fn faults_together(settings: &Settings) -> Vec<(&'static str, Fault)> {
    let mut faults = Vec::new();
    let text = |secret: &Option<Secret>| secret.as_ref().map(Secret::expose).unwrap_or_default().to_owned();
    let (secret, instagram_secret) = (text(&settings.app_secret), text(&settings.instagram_app_secret));
    let is_id =
        |text: &str| !text.is_empty() && [&settings.app_id, &settings.instagram_app_id].iter().any(|id| *id == text);
    if is_id(&secret) {
        faults.push((id::APP_SECRET, Fault::IdAsSecret));
    }
    if is_id(&instagram_secret) {
        faults.push((id::INSTAGRAM_APP_SECRET, Fault::IdAsSecret));
    } else if !secret.is_empty() && secret == instagram_secret {
        faults.push((id::INSTAGRAM_APP_SECRET, Fault::Same));
    }
    if !settings.app_id.is_empty() && settings.app_id == settings.instagram_app_id {
        faults.push((id::INSTAGRAM_APP_ID, Fault::Same));
    }
    faults
}

/// Tidies the value, or says what is wrong with it. A tidied value passes unchanged: other instances check it again.
pub(crate) fn check(def: &SettingDef, value: Value, now: UnixMillis) -> Checked {
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
    words.filter(is_word).find(|word| !METADATA_VARIABLES.contains(word)).map(|word| format!("{{{word}}}"))
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
    let (min, max) = settings::range(&def.id);
    let number = settings::whole_number(value).filter(|number| (min..=max).contains(number));
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
