//! What an administrator finds after installing: two bots, two private channels, and in each the steps to take.

use super::say::{blocks, blocks::Look, verbatim};
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{BotEnsure, ChannelEnsure, Environment, Host, User};
use crate::key;
use crate::path;
use crate::session::Session;
use crate::store::Installation;
use crate::texts::Lang;
use serde_json::Value;

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
        let bot = BotEnsure { username: channel.bot().to_owned(), name: channel.label().to_owned() };
        let bot = self.call(bot).await?;
        let mut members = vec![bot.username];
        members.extend(user.map(|user| user.username.clone()));
        let ensure = |creator| ChannelEnsure {
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
        if self.installation().await?.setup_rooms.get(&channel) != Some(&room_id) {
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
        for channel in Channel::ALL {
            self.ensure_setup_room(channel, user).await?;
        }
        Ok(())
    }

    /// Both bots, both channels and the steps in each, as far as they are missing.
    pub(crate) async fn ensure_setup(&self) -> Result<(), CoreError> {
        for channel in Channel::ALL {
            self.setup_room(channel).await?;
            self.show_steps(channel).await?;
        }
        Ok(())
    }

    /// Shows the steps, or corrects them when an address they name has changed.
    pub(crate) async fn show_steps(&self, channel: Channel) -> Result<(), CoreError> {
        let environment = self.environment().await?;
        let Some(webhook) = environment.endpoints.get(path::WEBHOOK) else { return Ok(()) };
        let _lock = self.lock(&format!("steps:{}", channel.as_str())).await;
        let installation = self.installation().await?;
        let shown = installation.setup_messages.get(&channel);
        if shown.is_some_and(|shown| shown.webhook == *webhook) {
            return Ok(());
        }
        let lang = self.workspace_lang().await;
        let (text, all) = self.steps(&lang, channel, &environment, &installation);
        let message_id = match shown {
            Some(shown) => {
                self.rewrite(&shown.message_id, text, all).await;
                shown.message_id.clone()
            }
            None => self.announce(channel, text, all).await?,
        };
        let shown = crate::store::SetupMessage { message_id, webhook: webhook.clone() };
        self.update_installation(|installation| drop(installation.setup_messages.insert(channel, shown))).await
    }

    fn steps(
        &self,
        lang: &Lang,
        channel: Channel,
        environment: &Environment,
        installation: &Installation,
    ) -> (String, Vec<Value>) {
        let address = |path: &str| verbatim(environment.endpoints.get(path).map_or("", String::as_str));
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
        ];
        let text = self.text(lang, key, &values);
        let start = self.text(lang, key!("setup_start"), &[]);
        let check = self.text(lang, key!("setup_check"), &[]);
        let buttons = vec![
            blocks::button(&start, "connect:authorize", channel.as_str(), Look::Primary),
            blocks::button(&check, "connect:doctor", channel.as_str(), Look::Plain),
        ];
        let shown = vec![blocks::section(&text), blocks::actions("connect:setup", buttons)];
        (text, shown)
    }
}
