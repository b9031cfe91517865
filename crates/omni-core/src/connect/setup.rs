//! What an administrator finds after installing: two bots, two private channels, and in each the steps to take.

use super::grant::asked_scopes;
use super::say::{blocks, blocks::Look, verbatim};
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{BotEnsure, ChannelEnsure, Host, User};
use crate::key;
use crate::path;
use crate::session::Session;
use crate::store::LoginRoute;
use crate::texts::Lang;
use meta_wire::request::subscriptions;
use serde_json::Value;
use sha2::{Digest, Sha256};

impl<H: Host> Session<H> {
    /// The setup channel of the network, made when it is missing.
    pub(crate) async fn setup_room(&self, channel: Channel) -> Result<String, CoreError> {
        match self.installation().await?.setup_rooms.get(&channel) {
            Some(room_id) => Ok(room_id.clone()),
            None => self.ensure_setup_room(channel, None).await,
        }
    }

    /// Makes the bot and its channel where they are missing, and adds the person to the channel. Harmless when all is
    /// there.
    pub(crate) async fn ensure_setup_room(&self, channel: Channel, user: Option<&User>) -> Result<String, CoreError> {
        let _lock = self.lock("setup").await;
        let known = self.installation().await?.setup_rooms.get(&channel).cloned();
        let bot = BotEnsure { username: channel.bot().to_owned(), name: channel.label().to_owned() };
        let bot = self.call(bot).await?;
        // A person who happens to be called like the bot has no business there.
        let mut members: Vec<String> = (bot.kind != "user").then_some(bot.username).into_iter().collect();
        members.extend(user.map(|user| user.username.clone()));
        let ensure = |creator| ChannelEnsure {
            room_id: known.clone(),
            name: channel.setup_channel().to_owned(),
            display_name: channel.setup_channel().to_owned(),
            creator,
            members: members.clone(),
        };
        // Neither the app's user nor every person may create channels: the roles are the workspace's to set.
        let room_id = match (self.call(ensure(None)).await, user) {
            (Err(error), Some(user)) => {
                self.warn("setup-channel-by-app", error.code());
                self.call(ensure(Some(user.id.clone()))).await?
            }
            (made, _) => made?,
        };
        if known.as_ref() != Some(&room_id) {
            let noted = room_id.clone();
            self.update_installation(|installation| {
                installation.setup_rooms.insert(channel, noted);
                // A channel that was deleted took its messages with it.
                installation.setup_messages.remove(&channel);
            })
            .await?;
        }
        Ok(room_id)
    }

    /// Both bots and both channels, with whoever installed the app in them. The steps are the tick's: only one instance
    /// runs it, so that no channel gets them twice.
    pub(crate) async fn installed(&self, user: Option<&User>) -> Result<(), CoreError> {
        let mut result = Ok(());
        for channel in Channel::ALL {
            // A network whose channel cannot be made does not keep the other one waiting.
            result = result.and(self.ensure_setup_room(channel, user).await.map(drop));
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
        self.setup_room(channel).await?;
        self.show_steps(channel).await
    }

    /// Shows the steps, or corrects them when they read otherwise now: another address, another language, another version.
    async fn show_steps(&self, channel: Channel) -> Result<(), CoreError> {
        if !self.environment().await?.endpoints.contains_key(path::WEBHOOK) {
            return Ok(());
        }
        let _lock = self.lock(&format!("steps:{}", channel.as_str())).await;
        let (text, all) = self.steps(&self.workspace_lang().await, channel).await?;
        let digest = hex::encode(Sha256::digest(&text));
        let installation = self.installation().await?;
        let shown = installation.setup_messages.get(&channel);
        if shown.is_some_and(|shown| shown.digest == digest) {
            return Ok(());
        }
        let message_id = match shown {
            Some(shown) => {
                self.rewrite(&shown.message_id, text, all).await;
                shown.message_id.clone()
            }
            None => self.announce(channel, text, all).await?,
        };
        let shown = crate::store::SetupMessage { message_id, digest };
        self.update_installation(|installation| drop(installation.setup_messages.insert(channel, shown))).await
    }

    /// The steps with the values to copy, and the buttons under them.
    pub(crate) async fn steps(&self, lang: &Lang, channel: Channel) -> Result<(String, Vec<Value>), CoreError> {
        let (environment, installation) = (self.environment().await?, self.installation().await?);
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
        let mut text = self.text(lang, key, &values);
        if let Some(warning) = self.site_url_warning(lang, &environment) {
            text = format!("{warning}\n\n{text}");
        }
        let start = self.text(lang, key!("setup_start"), &[]);
        let check = self.text(lang, key!("setup_check"), &[]);
        let buttons = vec![
            blocks::button(&start, "connect:authorize", channel.as_str(), Look::Primary),
            blocks::button(&check, "connect:doctor", channel.as_str(), Look::Plain),
        ];
        let shown = vec![blocks::section(&text), blocks::actions("connect:setup", buttons)];
        Ok((text, shown))
    }
}
