//! The app's own webhooks at Meta: registered by the app itself, so that no administrator has to fill a form in.

use crate::accounts::event_fields;
use crate::accounts::setup::SetupChannels;
use crate::error::CoreError;
use crate::host::Host;
use crate::path;
use crate::store::installations::Installation;
use meta_wire::answer::{AppWebhook, Done, Listing};
use meta_wire::platform::Platform;
use meta_wire::request::oauth::AppCredentials;
use meta_wire::request::subscriptions;
use meta_wire::request::subscriptions::AppSubscription;
use omni_domain::channel::Channel;
use omni_domain::graph_error::GraphCallError;
use omni_domain::key;
use omni_domain::render::text::verbatim;
use omni_domain::settings::Settings;
use omni_domain::web_url::WebUrl;
use sha2::{Digest, Sha256};

/// What became of one webhook object.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Registered {
    /// It was as it should be.
    Already,
    /// It is now; another server it pointed to was replaced.
    Now { replaced: Option<String> },
    /// It points to this other server, and was left there.
    Elsewhere { host: String },
}

/// Why the webhooks are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prompt {
    /// The credentials or the address are new: what comes of it is said.
    New,
    /// An administrator starts over: what changes is said.
    Asked,
    /// The daily look. A webhook that points to another server was pointed there by somebody: two workspaces with one Meta
    /// app would take it from each other day by day.
    Daily,
}

/// Whether a registered webhook is ours and delivers what it should.
fn is_complete(webhook: &AppWebhook, platform: Platform, callback_url: &str, refused: &[String]) -> bool {
    webhook.callback_url.as_deref() == Some(callback_url)
        && webhook.active != Some(false)
        && missing_fields(webhook, platform, refused).is_empty()
}

/// Fields the app should get and does not.
pub(crate) fn missing_fields(webhook: &AppWebhook, platform: Platform, refused: &[String]) -> Vec<&'static str> {
    event_fields::missing(subscriptions::app_fields(platform), &webhook.fields, refused)
}

impl<H: Host> SetupChannels<H> {
    /// Registers the app's webhooks when the credentials or the address are not those of the last time, and says so in
    /// the setup channels.
    pub(crate) async fn register_when_new(&self) -> Result<(), CoreError> {
        let settings = self.cx.settings().await?;
        let environment = self.cx.environment().await?;
        let (Some(app), Some(url)) = (settings.meta_app(), environment.endpoints.get(path::WEBHOOK)) else {
            return Ok(());
        };
        let installation = self.installations.installation().await?;
        let fingerprint = fingerprint(&app, url, &installation.verify_token);
        if installation.registered.as_ref() == Some(&fingerprint) {
            return Ok(());
        }
        let _lock = self.cx.lock("register").await;
        // Half a Save is no news; what there is afterwards is looked at in the next minute.
        let settings = self.settings_screen.settled_settings().await?;
        let still = settings.meta_app().is_some_and(|app| {
            crate::accounts::register::fingerprint(&app, url, &installation.verify_token) == fingerprint
        });
        if !still || self.installations.installation().await?.registered.as_ref() == Some(&fingerprint) {
            return Ok(());
        }
        // Noted before it is done: what is refused is said once, not every minute.
        self.installations.update_installation(|installation| installation.registered = Some(fingerprint)).await?;
        self.register_and_tell(&settings, &app, url, Prompt::New).await
    }

    /// Registers the app's webhooks where Meta does not have them, or not whole: each day.
    pub(crate) async fn register_if_lost(&self) -> Result<(), CoreError> {
        let settings = self.cx.settings_uncached().await?;
        let (Some(app), Some(url)) = (settings.meta_app(), self.webhook_url().await?) else { return Ok(()) };
        let _lock = self.cx.lock("register").await;
        let installation = self.installations.installation().await?;
        if installation.registered != Some(fingerprint(&app, &url, &installation.verify_token)) {
            // What is new is registered within the minute.
            return Ok(());
        }
        self.register_and_tell(&settings, &app, &url, Prompt::Daily).await
    }

    /// Points the app's webhooks here, wherever they point: an administrator starts to connect accounts.
    pub(crate) async fn register_now(&self) -> Result<(), CoreError> {
        let settings = self.cx.settings_uncached().await?;
        let (Some(app), Some(url)) = (settings.meta_app(), self.webhook_url().await?) else { return Ok(()) };
        let _lock = self.cx.lock("register").await;
        let fingerprint = fingerprint(&app, &url, &self.installations.installation().await?.verify_token);
        self.installations.update_installation(|installation| installation.registered = Some(fingerprint)).await?;
        self.register_and_tell(&settings, &app, &url, Prompt::Asked).await
    }

    async fn register_and_tell(
        &self,
        settings: &Settings,
        app: &AppCredentials,
        url: &str,
        prompt: Prompt,
    ) -> Result<(), CoreError> {
        let lang = self.cx.workspace_lang().await;
        let Installation { verify_token, mut taken_by, refused_fields, .. } = self.installations.installation().await?;
        let known = taken_by.clone();
        let mut refused = refused_fields.clone();
        let there: Result<Listing<AppWebhook>, GraphCallError> =
            self.graph_pages.ask(subscriptions::app_subscriptions(settings.graph_version, app)).await;
        for channel in Channel::ALL {
            let platform = channel.platform();
            let done = match &there {
                Ok(there) => {
                    let before = there.list.items.iter().find(|webhook| webhook.platform() == Some(platform));
                    let wanted =
                        AppSubscription { platform, callback_url: url, verify_token: &verify_token, fields: &[] };
                    self.register(settings, app, before, wanted, prompt, refused.entry(channel).or_default()).await
                }
                Err(trouble) => Err(trouble.clone()),
            };
            let told = match &done {
                Ok(Registered::Elsewhere { host }) => taken_by.insert(channel, host.clone()),
                Ok(_) => taken_by.remove(&channel),
                Err(_) => None,
            };
            let text = match done {
                Ok(Registered::Already) if prompt != Prompt::New => continue,
                Ok(Registered::Elsewhere { host }) if told.as_ref() == Some(&host) => continue,
                Ok(Registered::Already) => self.cx.text(&lang, key!("setup_webhook_there"), &[]),
                Ok(Registered::Now { replaced: None }) => self.cx.text(&lang, key!("setup_webhook_done"), &[]),
                Ok(Registered::Now { replaced: Some(host) }) => {
                    self.cx.text(&lang, key!("setup_webhook_replaced"), &[("host", &verbatim(&host))])
                }
                Ok(Registered::Elsewhere { host }) => {
                    let values = [("host", &*verbatim(&host)), ("command", &*verbatim(&channel.command("authorize")))];
                    self.cx.text(&lang, key!("setup_webhook_taken"), &values)
                }
                Err(trouble) => {
                    let values = [
                        ("reason", &*trouble.app_text(self.cx.translator(&lang))),
                        ("command", &*verbatim(&channel.command("authorize"))),
                        ("url", &*verbatim(url)),
                        ("token", &*verbatim(&verify_token)),
                    ];
                    self.cx.text(&lang, key!("setup_webhook_failed"), &values)
                }
            };
            self.speaker.inform(channel, text, Vec::new()).await;
        }
        if taken_by == known && refused == refused_fields {
            return Ok(());
        }
        self.installations
            .update_installation(|installation| {
                installation.taken_by = taken_by;
                installation.refused_fields = refused;
            })
            .await
    }

    /// The address Meta delivers to, once the server has told it.
    pub(crate) async fn webhook_url(&self) -> Result<Option<String>, CoreError> {
        Ok(self.cx.environment().await?.endpoints.get(path::WEBHOOK).cloned())
    }

    /// Takes our address from one webhook object of the app; another's address stays.
    pub(crate) async fn unregister(&self, settings: &Settings, app: &AppCredentials, platform: Platform, url: &str) {
        let version = settings.graph_version;
        let there = self.graph_pages.ask::<Listing<AppWebhook>>(subscriptions::app_subscriptions(version, app)).await;
        let ours =
            |webhook: &AppWebhook| webhook.platform() == Some(platform) && webhook.callback_url.as_deref() == Some(url);
        if !there.is_ok_and(|there| there.list.items.iter().any(ours)) {
            return;
        }
        if let Err(trouble) = self.graph_pages.ask::<Done>(subscriptions::unsubscribe_app(version, app, platform)).await
        {
            self.cx.warn("unregister-failed", trouble.code());
        }
    }

    /// Points one webhook object of the app at us, with as many fields as the app is offered; notes those it is not.
    async fn register(
        &self,
        settings: &Settings,
        app: &AppCredentials,
        before: Option<&AppWebhook>,
        wanted: AppSubscription<'_>,
        prompt: Prompt,
        refused: &mut Vec<String>,
    ) -> Result<Registered, GraphCallError> {
        let (platform, url) = (wanted.platform, wanted.callback_url);
        // What was not offered then may be today: an administrator who starts over has it tried again.
        let complete = before.is_some_and(|webhook| is_complete(webhook, platform, url, refused));
        if complete && (refused.is_empty() || prompt == Prompt::Daily) {
            return Ok(Registered::Already);
        }
        // Another address on our own server is that of an installation that is gone.
        let other = before.and_then(|webhook| webhook.callback_url.as_deref()).and_then(host_of);
        let replaced = other.filter(|host| Some(host) != host_of(url).as_ref());
        if let (Prompt::Daily, Some(host)) = (prompt, &replaced) {
            return Ok(Registered::Elsewhere { host: host.clone() });
        }
        let version = settings.graph_version;
        let offered = self.subscriptions.subscribe_offered(subscriptions::app_fields(platform), |fields| {
            subscriptions::subscribe_app(version, app, &AppSubscription { fields, ..wanted })
        });
        let before: Vec<String> = std::mem::take(refused);
        *refused = offered.await?.into_iter().map(ToOwned::to_owned).collect();
        Ok(if complete && *refused == before { Registered::Already } else { Registered::Now { replaced } })
    }
}

/// The host of an address, with its port. One that is not understood is another server's all the same.
pub(crate) fn host_of(url: &str) -> Option<String> {
    WebUrl::parse(url).map(|url| url.authority()).or_else(|| (!url.is_empty()).then(|| url.to_owned()))
}

/// Tells whether anything changed without keeping the secret a second time.
fn fingerprint(app: &AppCredentials, url: &str, verify_token: &str) -> String {
    let mut hash = Sha256::new();
    for part in [app.id.as_str(), app.secret.expose(), url, verify_token] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}
