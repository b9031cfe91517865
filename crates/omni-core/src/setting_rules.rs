//! What a setting may be: checked before the server saves it, refused with the reason.

use crate::entry::{SettingAnswer, SettingInput};
use crate::error::CoreError;
use crate::handover::METADATA_VARIABLES;
use crate::host::{Host, SettingWrite};
use crate::key;
use crate::session::Session;
use crate::settings::{self, SettingDef, SettingKind, id};
use crate::texts::{Key, Lang};
use meta_wire::limits;
use meta_wire::request::GraphVersion;
use meta_wire::secret::Secret;
use meta_wire::time::UnixMillis;
use serde_json::{Value, json};

/// Meta's app ids are numbers of 15 or 16 digits today; longer ones may come.
const APP_ID_DIGITS: std::ops::RangeInclusive<usize> = 5..=20;

/// Longest secret taken. Meta's have 32 hexadecimal digits.
const SECRET_MAX: usize = 256;

/// Why a value is refused.
struct Refused {
    key: Key,
    values: Vec<(&'static str, String)>,
}

impl Refused {
    fn new(key: Key) -> Self {
        Self { key, values: Vec::new() }
    }

    fn with(key: Key, values: Vec<(&'static str, String)>) -> Self {
        Self { key, values }
    }
}

/// The value as it is saved.
type Checked = Result<Value, Refused>;

impl<H: Host> Session<H> {
    /// A setting is about to be saved.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn check_setting(&self, input: SettingInput) -> Result<SettingAnswer, CoreError> {
        let SettingInput { id: setting, value } = input;
        // One that is not in the table is a newer version's: it knows what is right.
        let Some(def) = settings::definitions().into_iter().find(|def| def.id == setting) else {
            return Ok(SettingAnswer::Accepted { value });
        };
        let checked = match self.check_against_others(&def, &value).await? {
            Some(refused) => Err(refused),
            None => check(&def, value, self.now()),
        };
        Ok(match checked {
            Ok(value) => {
                if def.id == id::APP_SECRET {
                    self.keep_previous_secret(&value).await?;
                }
                SettingAnswer::Accepted { value }
            }
            Err(refused) => SettingAnswer::Refused { reason: self.reason(&self.workspace_lang().await, &refused) },
        })
    }

    fn reason(&self, lang: &Lang, refused: &Refused) -> String {
        let values: Vec<(&str, &str)> = refused.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.text(lang, refused.key, &values)
    }

    /// What is most often entered in the wrong field: the App ID, which stands beside the App Secret on Meta's page, and the
    /// values of the Meta app where those of Instagram Login belong.
    async fn check_against_others(&self, def: &SettingDef, value: &Value) -> Result<Option<Refused>, CoreError> {
        let Some(text) = value.as_str().map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        let settings = match def.id.as_str() {
            id::APP_ID | id::INSTAGRAM_APP_ID => self.settings_anew().await?,
            _ if def.kind == SettingKind::Password => self.settings_anew().await?,
            _ => return Ok(None),
        };
        let is = |secret: &Option<Secret>| secret.as_ref().is_some_and(|secret| secret.expose() == text);
        let is_id = def.kind == SettingKind::Password && (text == settings.app_id || text == settings.instagram_app_id);
        let is_others = match def.id.as_str() {
            id::APP_ID => text == settings.instagram_app_id,
            id::INSTAGRAM_APP_ID => text == settings.app_id,
            id::APP_SECRET => is(&settings.instagram_app_secret),
            id::INSTAGRAM_APP_SECRET => is(&settings.app_secret),
            _ => false,
        };
        Ok(match (is_id, is_others) {
            (true, _) => Some(Refused::new(key!("config_setting_id_as_secret"))),
            (false, true) => Some(Refused::new(key!("config_setting_same"))),
            (false, false) => None,
        })
    }

    /// Webhooks on their way are signed with the secret that is about to be replaced: it stays good until somebody
    /// empties it.
    async fn keep_previous_secret(&self, new: &Value) -> Result<(), CoreError> {
        let Some(old) = self.settings_anew().await?.app_secret.clone() else { return Ok(()) };
        let new = new.as_str().unwrap_or_default();
        if new.is_empty() || new == old.expose() {
            return Ok(());
        }
        self.call(SettingWrite { id: id::APP_SECRET_PREVIOUS.to_owned(), value: json!(old.expose()) }).await
    }
}

fn check(def: &SettingDef, value: Value, now: UnixMillis) -> Checked {
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
fn text(value: &Value) -> Result<String, Refused> {
    match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Ok(String::new()),
        _ => Err(Refused::new(key!("config_setting_text"))),
    }
}

fn app_id(text: &str) -> Checked {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && APP_ID_DIGITS.contains(&text.len());
    if digits || text.is_empty() { Ok(json!(text)) } else { Err(Refused::new(key!("config_setting_app_id"))) }
}

fn secret(text: &str) -> Checked {
    // What begins like this is an access token, the other long text on Meta's pages.
    let token = text.starts_with("EAA") || text.starts_with("IGAA") || text.contains('|');
    let graphic = text.bytes().all(|b| b.is_ascii_graphic()) && text.len() <= SECRET_MAX;
    match (token, graphic) {
        (true, _) => Err(Refused::new(key!("config_setting_token_as_secret"))),
        (false, false) => Err(Refused::new(key!("config_setting_secret"))),
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
        Ok(_) => Err(Refused::with(key!("config_setting_version_old"), vec![("oldest", oldest.to_string())])),
        Err(_) => {
            let example = GraphVersion::default().to_string();
            Err(Refused::with(key!("config_setting_version"), vec![("example", example)]))
        }
    }
}

fn metadata(text: &str) -> Checked {
    if let Some(unknown) = unknown_variable(text) {
        let known: Vec<String> = METADATA_VARIABLES.iter().map(|name| format!("{{{name}}}")).collect();
        let values = vec![("unknown", unknown), ("known", known.join(", "))];
        return Err(Refused::with(key!("config_setting_variable"), values));
    }
    let limit = limits::METADATA;
    limit.check(text).map(|()| json!(text)).map_err(|exceeded| {
        let values = vec![("max", limit.max.to_string()), ("count", exceeded.found.to_string())];
        Refused::with(key!("config_setting_metadata"), values)
    })
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
        _ => Err(Refused::new(key!("config_setting_boolean"))),
    }
}

fn number(def: &SettingDef, value: &Value) -> Checked {
    let (min, max) = settings::range(&def.id);
    match settings::whole_number(value).filter(|number| (min..=max).contains(number)) {
        Some(number) => Ok(json!(number)),
        None => {
            let values = vec![("min", min.to_string()), ("max", max.to_string())];
            Err(Refused::with(key!("config_setting_number"), values))
        }
    }
}

fn one_of(def: &SettingDef, value: Value) -> Checked {
    let known = value.as_str().is_some_and(|text| def.options.iter().any(|option| option.key == text));
    if known { Ok(value) } else { Err(Refused::with(key!("config_setting_choice"), vec![("choices", choices(def))])) }
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
    match words.filter(|words| words.iter().all(known)) {
        Some(words) => Ok(json!(words)),
        None => Err(Refused::with(key!("config_setting_choice"), vec![("choices", choices(def))])),
    }
}

fn choices(def: &SettingDef) -> String {
    def.options.iter().map(|option| option.key.as_str()).collect::<Vec<_>>().join(", ")
}
