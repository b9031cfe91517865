//! Former app secrets: webhooks on their way are signed with the one that was just replaced, and a Save writes over the settings
//! without asking. So each minute's look notes what the settings hold, and what they held before stays good for a while.

use super::card::moment;
use super::doctor::{Mark, Report};
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::Host;
use crate::key;
use crate::session::Session;
use crate::settings::Settings;
use crate::store::{FormerSecret, SECRETS, SecretOf, Secrets};
use meta_wire::secret::Secret;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How long webhooks signed with a former secret are accepted, in milliseconds: time enough to finish a rotation at Meta.
const FORMER_MS: i64 = 48 * 60 * 60 * 1000;

/// How many former secrets are kept; the oldest goes first.
const MOST_FORMER: usize = 8;

/// Without a change the record is looked at so often, in milliseconds: another instance may have seen one that this has not.
const LOOK_MS: i64 = 60 * 60 * 1000;

impl SecretOf {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::MetaApp, Self::Instagram];

    fn concerns(self, channel: Channel) -> bool {
        self == Self::MetaApp || channel == Channel::Instagram
    }

    /// The setting that holds it.
    fn setting(self) -> &'static str {
        match self {
            Self::MetaApp => crate::settings::id::APP_SECRET,
            Self::Instagram => crate::settings::id::INSTAGRAM_APP_SECRET,
        }
    }
}

impl Settings {
    fn secret_of(&self, of: SecretOf) -> Option<&Secret> {
        match of {
            SecretOf::MetaApp => self.app_secret.as_ref(),
            SecretOf::Instagram => self.instagram_app_secret.as_ref(),
        }
    }

    fn secrets(&self) -> BTreeMap<SecretOf, Secret> {
        let held = |of: SecretOf| Some((of, self.secret_of(of)?.clone()));
        SecretOf::ALL.into_iter().filter_map(held).collect()
    }
}

fn same(a: Option<&Secret>, b: Option<&Secret>) -> bool {
    a.map(Secret::expose) == b.map(Secret::expose)
}

impl<H: Host> Session<H> {
    /// Notes which secrets the settings hold; one that was replaced becomes a former one.
    pub(crate) async fn keep_secrets(&self) -> Result<(), CoreError> {
        let settings = self.settings().await?;
        let now = self.now_ms();
        let as_noted =
            |noted: &Secrets| SecretOf::ALL.into_iter().all(|of| same(noted.current.get(&of), settings.secret_of(of)));
        let looked_at = self.memory.secrets_looked_at.get();
        let noted = self.memory.secrets.borrow().as_ref().is_some_and(|cached| as_noted(&cached.value));
        if noted && looked_at.is_some_and(|at| now.saturating_sub(at) < LOOK_MS) {
            return Ok(());
        }
        let _lock = self.lock(SECRETS).await;
        let mut secrets = self.stored_secrets().await?;
        let ended = secrets.former.iter().any(|former| former.until <= now);
        if !as_noted(&secrets) || ended {
            let current = settings.secrets();
            let replaced = secrets.current.into_iter().filter(|(of, secret)| !same(Some(secret), current.get(of)));
            let until = now.saturating_add(FORMER_MS);
            let replaced = replaced.map(|(of, secret)| FormerSecret { of, secret, replaced_at: now, until });
            secrets.former.extend(replaced.collect::<Vec<_>>());
            secrets.former.retain(|former| former.until > now && !same(Some(&former.secret), current.get(&former.of)));
            let surplus = secrets.former.len().saturating_sub(MOST_FORMER);
            secrets.former.drain(..surplus);
            secrets.current = current;
            self.put_record(&secrets).await?;
        }
        self.memory.secrets_looked_at.set(Some(now));
        self.keep(&self.memory.secrets, &Rc::new(secrets));
        Ok(())
    }

    /// Former secrets that are still good for a webhook, newest first. Never for what asks for something to be deleted.
    pub(crate) async fn former_secrets(&self, settings: &Settings) -> Result<Vec<FormerSecret>, CoreError> {
        let now = self.now_ms();
        let secrets = match self.fresh(&self.memory.secrets) {
            Some(secrets) => secrets,
            None => {
                let secrets = Rc::new(self.stored_secrets().await?);
                self.keep(&self.memory.secrets, &secrets);
                secrets
            }
        };
        // What was replaced just now is noted within the minute.
        let just_now = secrets.current.iter().map(|(of, secret)| FormerSecret {
            of: *of,
            secret: secret.clone(),
            replaced_at: 0,
            until: now.saturating_add(FORMER_MS),
        });
        let all = just_now.chain(secrets.former.iter().rev().cloned());
        let is_former =
            |former: &FormerSecret| former.until > now && !same(Some(&former.secret), settings.secret_of(former.of));
        Ok(all.filter(is_former).collect())
    }

    async fn stored_secrets(&self) -> Result<Secrets, CoreError> {
        Ok(self.read_records(SECRETS).await?.into_iter().next().unwrap_or_default())
    }

    /// What doctor says of former secrets: which there are, and whether Meta still uses one. Never its value.
    pub(crate) async fn report_former_secrets(
        &self,
        report: &mut Report<'_, H>,
        settings: &Settings,
        channel: Channel,
    ) -> Result<(), CoreError> {
        self.keep_secrets().await?;
        let seen = self.webhooks_seen().await?;
        for former in self.former_secrets(settings).await?.iter().filter(|former| former.of.concerns(channel)) {
            let setting = self.label(report.lang, former.of.setting());
            let values = [
                ("setting", setting.as_str()),
                ("since", &moment(former.replaced_at)),
                ("until", &moment(former.until)),
            ];
            match seen.former_used.contains(&(former.of, former.replaced_at)) {
                true => report.add(Mark::Bad, key!("doctor_former_secret_used"), &values),
                false => report.add(Mark::Open, key!("doctor_former_secret"), &values),
            }
        }
        Ok(())
    }
}
