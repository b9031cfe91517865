//! What an administrator finds after installing: two bots, two private channels, and in each the steps to take.

use crate::accounts::event_fields::Subscriptions;
use crate::accounts::settings_screen::SettingsScreen;
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::graph_pages::GraphPages;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, User};
use crate::path;
use crate::store::installations::Installations;
use meta_wire::request::subscriptions;
use omni_domain::account::LoginRoute;
use omni_domain::account::scopes::asked_scopes;
use omni_domain::blocks::Look;
use omni_domain::channel::Channel;
use omni_domain::render::text::verbatim;
use omni_domain::texts::Lang;
use omni_domain::{blocks, key};
use serde_json::Value;
use sha2::{Digest, Sha256};

service! {
    /// Makes what an administrator finds after installing: two bots, two private channels, and in each the steps to take.
    pub(crate) SetupChannels {
        cx: Context,
        graph_pages: GraphPages,
        installations: Installations,
        settings_screen: SettingsScreen,
        speaker: Speaker,
        subscriptions: Subscriptions,
    }
}

impl<H: Host> SetupChannels<H> {
    /// What the setup channel was called when it was made.
    pub(crate) async fn setup_channel_name(&self, channel: Channel) -> Result<String, CoreError> {
        let name = self.installations.installation().await?.setup_names.get(&channel).cloned();
        Ok(name.unwrap_or_else(|| channel.setup_channel().to_owned()))
    }

    /// Both bots and both channels, with whoever installed the app in them. The steps are the tick's: only one instance
    /// runs it, so that no channel gets them twice.
    pub(crate) async fn installed(&self, user: Option<&User>) -> Result<(), CoreError> {
        let mut result = Ok(());
        for channel in Channel::ALL {
            // A network whose channel cannot be made does not keep the other one waiting.
            result = result.and(self.speaker.ensure_setup_room(channel, user).await.map(drop));
        }
        result
    }

    /// Both bots, both channels and the steps in each, as far as they are missing.
    pub(crate) async fn ensure_setup(&self) -> Result<(), CoreError> {
        let mut result = Ok(());
        for channel in Channel::ALL {
            result = result.and(self.ensure_channel(channel).await);
        }
        result
    }

    async fn ensure_channel(&self, channel: Channel) -> Result<(), CoreError> {
        self.speaker.setup_room(channel).await?;
        self.show_steps(channel).await
    }

    /// Shows the steps, or corrects them when they read otherwise now: another address, another language, another version.
    async fn show_steps(&self, channel: Channel) -> Result<(), CoreError> {
        if !self.cx.environment().await?.endpoints.contains_key(path::WEBHOOK) {
            return Ok(());
        }
        let _lock = self.cx.lock(&format!("steps:{}", channel.as_str())).await;
        let (text, all) = self.steps(&self.cx.workspace_lang().await, channel).await?;
        let digest = hex::encode(Sha256::digest(&text));
        let installation = self.installations.installation().await?;
        let shown = installation.setup_messages.get(&channel);
        if shown.is_some_and(|shown| shown.digest == digest) {
            return Ok(());
        }
        let message_id = match shown {
            Some(shown) => {
                self.speaker.rewrite(&shown.message_id, text, all).await;
                shown.message_id.clone()
            }
            None => self.speaker.announce(channel, text, all).await?,
        };
        let shown = crate::store::installations::SetupMessage { message_id, digest };
        self.installations
            .update_installation(|installation| drop(installation.setup_messages.insert(channel, shown)))
            .await
    }

    /// The steps with the values to copy, and the buttons under them.
    pub(crate) async fn steps(&self, lang: &Lang, channel: Channel) -> Result<(String, Vec<Value>), CoreError> {
        let (environment, installation) = (self.cx.environment().await?, self.installations.installation().await?);
        let address = |path: &str| verbatim(environment.endpoints.get(path).map_or("", String::as_str));
        let permissions = |route| verbatim(&asked_scopes(channel, route).join(", "));
        let key = match channel {
            Channel::Instagram => key!("setup_steps_instagram"),
            Channel::Facebook => key!("setup_steps_facebook"),
        };
        let values = [
            ("login", &*address(path::OAUTH)),
            ("webhook", &*address(path::WEBHOOK)),
            ("deauthorize", &*address(path::DEAUTHORIZE)),
            ("deletion", &*address(path::DELETION)),
            ("token", &*verbatim(&installation.verify_token)),
            ("fields", &*verbatim(&subscriptions::app_fields(channel.platform()).join(", "))),
            ("permissions", &*permissions(LoginRoute::Facebook)),
            ("instagram_permissions", &*permissions(LoginRoute::Instagram)),
        ];
        let mut text = self.cx.text(lang, key, &values);
        if let Some(warning) = self.speaker.site_url_warning(lang, &environment) {
            text = format!("{warning}\n\n{text}");
        }
        let start = self.cx.text(lang, key!("setup_start"), &[]);
        let check = self.cx.text(lang, key!("setup_check"), &[]);
        let buttons = vec![
            blocks::button(&start, "connect:authorize", channel.as_str(), Look::Primary),
            blocks::button(&check, "connect:doctor", channel.as_str(), Look::Plain),
        ];
        let shown = vec![blocks::section(&text), blocks::actions("connect:setup", buttons)];
        Ok((text, shown))
    }
}
