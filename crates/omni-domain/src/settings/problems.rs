//! What is wrong with the settings, for administrators.

use super::{Fault, Settings};
use crate::channel::Channel;
use crate::key;
use crate::texts::Translator;
use crate::timing::moment;
use meta_wire::time::UnixMillis;
use serde_json::json;

/// Something about a setting that an administrator has to know.
#[derive(Debug)]
pub struct Problem<'a> {
    /// Which setting.
    pub setting: &'a str,
    /// What is wrong with it.
    pub fault: &'a Fault,
    /// When it kept a value from being saved, Unix milliseconds; nothing for one that is in force.
    pub refused_at: Option<i64>,
}

impl Problem<'_> {
    /// Tells it from every other one.
    pub fn id(&self) -> String {
        json!([self.setting, self.fault, self.refused_at]).to_string()
    }

    /// What is wrong, in one line. `now` decides which versions of the Graph API are too old.
    pub fn line(&self, say: Translator<'_>, now: UnixMillis) -> String {
        let (setting, reason) = (label(say, self.setting), self.fault.text(say, self.setting, now));
        let values = [("setting", setting.as_str()), ("reason", &reason)];
        match self.refused_at {
            Some(at) => say.text(key!("settings_refused"), &[&values[..], &[("at", &moment(at))]].concat()),
            None => say.text(key!("settings_wrong"), &values),
        }
    }

    /// Whether it concerns the network.
    pub fn concerns(&self, channel: Channel) -> bool {
        // The others are for both networks.
        let of = |known: &Channel| self.setting.starts_with(known.as_str());
        Channel::ALL.iter().find(|known| of(known)).is_none_or(|known| *known == channel)
    }
}

/// All there is to know of settings.
pub fn problems(settings: &Settings) -> impl Iterator<Item = Problem<'_>> {
    let refused = settings.refused.iter().map(|(setting, refusal)| Problem {
        setting,
        fault: &refusal.fault,
        refused_at: Some(refusal.at),
    });
    refused.chain(settings.faults.iter().map(|(setting, fault)| Problem { setting, fault, refused_at: None }))
}

/// What a setting is called on the settings screen.
pub fn label(say: Translator<'_>, setting: &str) -> String {
    say.named(&format!("setting_{setting}"))
}
