//! What an administrator finds after installing: two bots, two private channels, and in each the steps to take.

use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{
    BotEnsure, ChannelFind, ChannelJoin, ChannelMake, FoundChannel, Host, HostError, Post, Sender, User,
};
use crate::key;
use crate::path;
use crate::session::Session;
use crate::store::LoginRoute;
use crate::texts::Lang;
use meta_wire::request::subscriptions;
use omni_domain::account::scopes::asked_scopes;
use omni_domain::blocks;
use omni_domain::blocks::Look;
use omni_domain::permissions::may_administer;
use omni_domain::render::text::verbatim;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// So many names are tried.
const NAMES: usize = 9;

/// What the setup channel may be called.
fn names(channel: Channel) -> impl Iterator<Item = String> {
    let name = channel.setup_channel();
    let others = (2..=NAMES).map(move |number| format!("{name}-{number}"));
    [name.to_owned()].into_iter().chain(others)
}

fn is_bot(user: &User) -> bool {
    user.kind != "user"
}

/// Whether what is said in the channel reaches administrators only: it holds the webhook's secret address. Anybody may make a
/// private channel of this name beforehand.
fn is_for_administrators(found: &FoundChannel, bot: &User) -> bool {
    let is_own = |user: &User| user.id == found.app_user_id || (user.id == bot.id && is_bot(bot));
    let owned = found.creator.as_ref().is_some_and(is_own);
    found.private && (owned || found.members.iter().all(|member| is_own(member) || may_administer(member)))
}

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
        let mut members: Vec<String> = is_bot(&bot).then(|| bot.username.clone()).into_iter().collect();
        members.extend(user.map(|user| user.username.clone()));
        if let Some(room_id) = known
            && self.call(ChannelJoin { room_id: room_id.clone(), members: members.clone() }).await?
        {
            return Ok(room_id);
        }
        let (room_id, name) = self.find_or_make_channel(channel, &bot, &members, user).await?;
        let taken = (name != channel.setup_channel()).then(|| name.clone());
        if let Some(name) = &taken {
            self.say_name_is_taken(channel, &room_id, name).await;
        }
        let noted = room_id.clone();
        self.update_installation(|installation| {
            installation.setup_rooms.insert(channel, noted);
            match taken {
                Some(name) => drop(installation.setup_names.insert(channel, name)),
                None => drop(installation.setup_names.remove(&channel)),
            }
            // A channel that was deleted took its messages with it.
            installation.setup_messages.remove(&channel);
        })
        .await?;
        Ok(room_id)
    }

    /// A channel for what administrators alone may read: one that is theirs, or a new one under the first name that is free.
    async fn find_or_make_channel(
        &self,
        channel: Channel,
        bot: &User,
        members: &[String],
        user: Option<&User>,
    ) -> Result<(String, String), CoreError> {
        for name in names(channel) {
            let mut found = self.call(ChannelFind { name: name.clone() }).await?;
            if found.is_none() {
                let error = match self.make_channel(&name, members, user).await {
                    Ok(room_id) => return Ok((room_id, name)),
                    Err(error) => error,
                };
                // Another instance may have made it at the same moment.
                found = self.call(ChannelFind { name: name.clone() }).await?;
                if found.is_none() {
                    return Err(error);
                }
            }
            if let Some(found) = found.filter(|found| is_for_administrators(found, bot)) {
                self.call(ChannelJoin { room_id: found.id.clone(), members: members.to_vec() }).await?;
                return Ok((found.id, name));
            }
        }
        Err(HostError { call: "channel_find".to_owned(), code: "setup-channel-names-taken".to_owned() }.into())
    }

    /// Neither the app's user nor every person may create channels: the roles are the workspace's to set.
    async fn make_channel(&self, name: &str, members: &[String], user: Option<&User>) -> Result<String, CoreError> {
        let make = |creator| ChannelMake { name: name.to_owned(), creator, members: members.to_vec() };
        match (self.call(make(None)).await, user) {
            (Err(error), Some(user)) => {
                self.warn("setup-channel-by-app", error.code());
                self.call(make(Some(user.id.clone()))).await
            }
            (made, _) => made,
        }
    }

    /// Said before the channel is noted: a process that ends in between says it again.
    async fn say_name_is_taken(&self, channel: Channel, room_id: &str, name: &str) {
        let called = |name: &str| verbatim(&format!("#{name}"));
        let values = [("name", &*called(name)), ("taken", &*called(channel.setup_channel()))];
        let post = Post {
            room_id: room_id.to_owned(),
            sender: Sender::bot_of(channel),
            text: self.text(&self.workspace_lang().await, key!("setup_channel_other"), &values),
            attachments: Vec::new(),
            blocks: Vec::new(),
            thread_id: None,
        };
        if let Err(error) = self.call(post).await {
            self.warn("setup-channel-not-told", error.code());
        }
    }

    /// What the setup channel was called when it was made.
    pub(crate) async fn setup_channel_name(&self, channel: Channel) -> Result<String, CoreError> {
        let name = self.installation().await?.setup_names.get(&channel).cloned();
        Ok(name.unwrap_or_else(|| channel.setup_channel().to_owned()))
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
