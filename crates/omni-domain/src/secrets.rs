//! The app secrets that Meta may sign with, as far as the app has to remember them itself: webhooks on their way are signed
//! with the one that was just replaced, and a Save writes over the settings without asking.

use crate::channel::Channel;
use crate::settings::{Settings, id};
use crate::timing::DAY_MS;
use meta_wire::secret::Secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long webhooks signed with a former secret are accepted, in milliseconds: time enough to finish a rotation at Meta.
const FORMER_MS: i64 = 2 * DAY_MS;

/// How many former secrets are kept; the oldest goes first.
const MOST_FORMER: usize = 8;

/// Whose secret it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretOf {
    /// The Meta app's.
    MetaApp,
    /// That of its Instagram Login product.
    Instagram,
}

/// The secrets as the settings held them when they were last looked at, and those from before that are still good for webhooks
/// on their way. A setting is overwritten by each Save; this is not.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Secrets {
    /// What the settings held.
    pub current: BTreeMap<SecretOf, Secret>,
    /// What they held before, oldest first.
    pub former: Vec<FormerSecret>,
}

/// A secret that was replaced.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FormerSecret {
    /// Whose it was.
    pub of: SecretOf,
    /// The secret.
    pub secret: Secret,
    /// When another one was seen in the settings, Unix milliseconds.
    pub replaced_at: i64,
    /// Webhooks that it signed are accepted until then, Unix milliseconds.
    pub until: i64,
}

impl SecretOf {
    /// Both.
    pub const ALL: [Self; 2] = [Self::MetaApp, Self::Instagram];

    /// Whether webhooks of the network may be signed with it.
    pub fn concerns(self, channel: Channel) -> bool {
        self == Self::MetaApp || channel == Channel::Instagram
    }

    /// The setting that holds it.
    pub fn setting(self) -> &'static str {
        match self {
            Self::MetaApp => id::APP_SECRET,
            Self::Instagram => id::INSTAGRAM_APP_SECRET,
        }
    }

    fn read(self, settings: &Settings) -> Option<&Secret> {
        match self {
            Self::MetaApp => settings.app_secret.as_ref(),
            Self::Instagram => settings.instagram_app_secret.as_ref(),
        }
    }
}

impl Secrets {
    /// Whether these are the secrets that the settings hold.
    pub fn agree_with(&self, settings: &Settings) -> bool {
        SecretOf::ALL.into_iter().all(|of| same(self.current.get(&of), of.read(settings)))
    }

    /// Takes note of what the settings hold: a secret that was replaced becomes a former one, until its time is over. Answers
    /// whether anything is new.
    pub fn note(&mut self, settings: &Settings, now: i64) -> bool {
        if self.agree_with(settings) && !self.former.iter().any(|former| former.until <= now) {
            return false;
        }
        let held = |of: SecretOf| Some((of, of.read(settings)?.clone()));
        let current: BTreeMap<SecretOf, Secret> = SecretOf::ALL.into_iter().filter_map(held).collect();
        let before = std::mem::take(&mut self.current);
        let replaced = before.into_iter().filter(|(of, secret)| !same(Some(secret), current.get(of)));
        let until = now.saturating_add(FORMER_MS);
        self.former.extend(replaced.map(|(of, secret)| FormerSecret { of, secret, replaced_at: now, until }));
        self.former.retain(|former| former.until > now && !same(Some(&former.secret), current.get(&former.of)));
        let surplus = self.former.len().saturating_sub(MOST_FORMER);
        self.former.drain(..surplus);
        self.current = current;
        true
    }

    /// Former secrets that are still good for a webhook, newest first. Never for what asks for something to be deleted.
    pub fn still_good(&self, settings: &Settings, now: i64) -> Vec<FormerSecret> {
        // What was replaced just now is noted within the minute.
        let just_now = self.current.iter().map(|(of, secret)| FormerSecret {
            of: *of,
            secret: secret.clone(),
            replaced_at: 0,
            until: now.saturating_add(FORMER_MS),
        });
        let all = just_now.chain(self.former.iter().rev().cloned());
        let is_former =
            |former: &FormerSecret| former.until > now && !same(Some(&former.secret), former.of.read(settings));
        all.filter(is_former).collect()
    }
}

fn same(a: Option<&Secret>, b: Option<&Secret>) -> bool {
    a.map(Secret::expose) == b.map(Secret::expose)
}

#[cfg(test)]
mod tests {
    use super::*;
    use meta_wire::time::UnixMillis;
    use serde_json::json;

    fn settings(secret: &str) -> Settings {
        let stored = [(id::APP_SECRET.to_owned(), json!(secret))];
        Settings::read(&stored.into_iter().collect(), UnixMillis(0))
    }

    fn former(secrets: &Secrets, settings: &Settings, now: i64) -> Vec<String> {
        secrets.still_good(settings, now).iter().map(|former| former.secret.expose().to_owned()).collect()
    }

    #[test]
    fn a_replaced_secret_stays_good_for_a_while() {
        let (one, two) = (settings("0123456789abcdef0123456789abcdef"), settings("fedcba9876543210fedcba9876543210"));
        let mut secrets = Secrets::default();
        assert!(secrets.note(&one, 0) && !secrets.note(&one, 1));
        // What was replaced is good before it is noted.
        assert_eq!(former(&secrets, &two, 2), ["0123456789abcdef0123456789abcdef"]);
        assert!(secrets.note(&two, 2) && secrets.agree_with(&two));
        assert_eq!(former(&secrets, &two, 3), ["0123456789abcdef0123456789abcdef"]);
        // It comes back, and is none of the former ones any more.
        assert!(secrets.note(&one, 4));
        assert_eq!(former(&secrets, &one, 5), ["fedcba9876543210fedcba9876543210"]);
        assert!(secrets.note(&one, 4 + FORMER_MS));
        assert!(secrets.former.is_empty() && former(&secrets, &one, 4 + FORMER_MS).is_empty());
    }

    #[test]
    fn secrets_that_were_tried_are_no_others() {
        let (one, two) = (settings("0123456789abcdef0123456789abcdef"), settings("fedcba9876543210fedcba9876543210"));
        let none = settings("");
        let others = |settings: &Settings, tried: &Settings| -> Option<Vec<String>> {
            let found = settings.webhook_secrets_but(&tried.webhook_secrets())?;
            Some(found.iter().map(|secret| secret.expose().to_owned()).collect())
        };
        for same in [&one, &none] {
            assert_eq!(others(same, same), None);
        }
        assert_eq!(others(&two, &one), Some(vec!["fedcba9876543210fedcba9876543210".to_owned()]));
        assert_eq!(others(&two, &none), Some(vec!["fedcba9876543210fedcba9876543210".to_owned()]));
        assert_eq!(others(&none, &one), Some(Vec::new()));
    }
}
