//! `status` and `list`: what is known without asking Meta.

use crate::accounts::manage::AccountManager;
use crate::error::CoreError;
use crate::host::Host;
use omni_domain::account::card::account_list;
use omni_domain::channel::Channel;
use omni_domain::key;
use omni_domain::texts::Lang;
use omni_domain::timing::moment;

impl<H: Host> AccountManager<H> {
    /// A short look at everything that can be wrong.
    pub(crate) async fn status(&self, lang: &Lang, channel: Channel) -> Result<String, CoreError> {
        let settings = self.cx.settings_uncached().await?;
        let installation = self.installations.installation().await?;
        let accounts = self.accounts.accounts_of(channel).await?;
        let seen = self.webhook_watch.webhooks_seen().await?;
        let say = |key| self.cx.text(lang, key, &[]);
        let mut lines = vec![self.cx.text(lang, key!("setup_status"), &[("channel", channel.label())])];
        // With Instagram Login alone there is no Meta app to enter.
        let alone = channel == Channel::Instagram && settings.instagram_app().is_some();
        lines.push(match settings.meta_app() {
            Some(_) => format!("✓ {}", say(key!("setup_status_credentials"))),
            None if alone => format!("○ {}", say(key!("doctor_credentials_missing"))),
            None => format!("✗ {}", say(key!("login_credentials_missing"))),
        });
        if settings.meta_app().is_some() && installation.registered.is_none() {
            lines.push(format!("○ {}", say(key!("setup_status_registering"))));
        }
        lines.push(match seen.event_at {
            Some(at) => format!("✓ {}", self.cx.text(lang, key!("doctor_last_event"), &[("at", &moment(at))])),
            None => format!("○ {}", say(key!("doctor_last_event_none"))),
        });
        if let Some(at) = seen.rejected_at {
            let values = [("count", &*seen.rejected.to_string()), ("at", &*moment(at))];
            lines.push(format!("✗ {}", self.cx.text(lang, key!("doctor_rejected"), &values)));
        }
        lines.push(account_list(self.cx.translator(lang), channel, &accounts));
        Ok(lines.join("\n"))
    }
}
