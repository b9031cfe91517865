//! Former app secrets: webhooks on their way are signed with the one that was just replaced, and a Save writes over the settings
//! without asking. So each minute's look notes what the settings hold, and what they held before stays good for a while.

use crate::accounts::webhook_watch::WebhookWatch;
use crate::context::{Cached, Context};
use crate::error::CoreError;
use crate::gateway::report::{CheckStatus, Report};
use crate::host::Host;
use crate::store::Records;
use crate::store::secrets::SECRETS;
use omni_domain::channel::Channel;
use omni_domain::key;
use omni_domain::secrets::{FormerSecret, Secrets};
use omni_domain::settings::Settings;
use omni_domain::settings::problems::label;
use omni_domain::timing::{HOUR_MS, moment};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Without a change the record is looked at so often, in milliseconds: another instance may have seen one that this has not.
const LOOK_MS: i64 = HOUR_MS;

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct SecretKeeperMemory {
    /// App secrets as they are noted, and when the note was last looked after.
    pub(crate) secrets: RefCell<Option<Cached<Rc<Secrets>>>>,
    pub(crate) secrets_looked_at: Cell<Option<i64>>,
}

service! {
    /// Keeps app secrets that were replaced a short time ago: webhooks on their way are signed with them.
    pub(crate) SecretKeeper {
        cx: Context,
        records: Records,
        webhook_watch: WebhookWatch,
    } remembers SecretKeeperMemory
}

impl<H: Host> SecretKeeper<H> {
    /// Notes which secrets the settings hold; one that was replaced becomes a former one.
    pub(crate) async fn keep_secrets(&self) -> Result<(), CoreError> {
        let settings = self.cx.settings().await?;
        let now = self.cx.now_ms();
        let looked_at = self.memory.secrets_looked_at.get();
        let noted = self.memory.secrets.borrow().as_ref().is_some_and(|cached| cached.value.agree_with(&settings));
        if noted && looked_at.is_some_and(|at| now.saturating_sub(at) < LOOK_MS) {
            return Ok(());
        }
        let _lock = self.cx.lock(SECRETS).await;
        let mut secrets = self.stored_secrets().await?;
        if secrets.note(&settings, now) {
            self.records.put_record(&secrets).await?;
        }
        self.memory.secrets_looked_at.set(Some(now));
        self.cx.keep(&self.memory.secrets, &Rc::new(secrets));
        Ok(())
    }

    /// Former secrets that are still good for a webhook, newest first. Never for what asks for something to be deleted.
    pub(crate) async fn former_secrets(&self, settings: &Settings) -> Result<Vec<FormerSecret>, CoreError> {
        let secrets = match self.cx.fresh(&self.memory.secrets) {
            Some(secrets) => secrets,
            None => {
                let secrets = Rc::new(self.stored_secrets().await?);
                self.cx.keep(&self.memory.secrets, &secrets);
                secrets
            }
        };
        Ok(secrets.still_good(settings, self.cx.now_ms()))
    }

    async fn stored_secrets(&self) -> Result<Secrets, CoreError> {
        Ok(self.records.read_one(SECRETS).await?.unwrap_or_default())
    }

    /// What doctor says of former secrets: which there are, and whether Meta still uses one. Never its value.
    pub(crate) async fn report_former_secrets(
        &self,
        report: &mut Report<'_, H>,
        settings: &Settings,
        channel: Channel,
    ) -> Result<(), CoreError> {
        self.keep_secrets().await?;
        let seen = self.webhook_watch.webhooks_seen().await?;
        for former in self.former_secrets(settings).await?.iter().filter(|former| former.of.concerns(channel)) {
            let setting = label(self.cx.translator(report.lang), former.of.setting());
            let values = [
                ("setting", setting.as_str()),
                ("since", &moment(former.replaced_at)),
                ("until", &moment(former.until)),
            ];
            match seen.former_used.contains(&(former.of, former.replaced_at)) {
                true => report.add(CheckStatus::Bad, key!("doctor_former_secret_used"), &values),
                false => report.add(CheckStatus::Open, key!("doctor_former_secret"), &values),
            }
        }
        Ok(())
    }
}
