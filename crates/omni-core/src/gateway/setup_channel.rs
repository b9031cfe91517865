//! A network's setup channel: found, or made.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{
    BotEnsure, ChannelFind, ChannelJoin, ChannelMake, Environment, FoundChannel, Host, HostError, Post, Sender, User,
};
use crate::store::installations::Installations;
use omni_domain::channel::Channel;
use omni_domain::key;
use omni_domain::permissions::may_administer;
use omni_domain::render::text::verbatim;
use omni_domain::texts::Lang;
use omni_domain::web_url::WebUrl;

/// So many names are tried.
pub(crate) const NAMES: usize = 9;

service! {
    /// Speaks to administrators: finds or makes the setup channel of a network, posts and rewrites there, whispers to one person.
    pub(crate) Speaker {
        cx: Context,
        installations: Installations,
    }
}

impl<H: Host> Speaker<H> {
    /// The setup channel of the network, made when it is missing.
    pub(crate) async fn setup_room(&self, channel: Channel) -> Result<String, CoreError> {
        match self.installations.installation().await?.setup_rooms.get(&channel) {
            Some(room_id) => Ok(room_id.clone()),
            None => self.ensure_setup_room(channel, None).await,
        }
    }

    /// Makes the bot and its channel where they are missing, and adds the person to the channel. Harmless when all is
    /// there.
    pub(crate) async fn ensure_setup_room(&self, channel: Channel, user: Option<&User>) -> Result<String, CoreError> {
        let _lock = self.cx.lock("setup").await;
        let known = self.installations.installation().await?.setup_rooms.get(&channel).cloned();
        let bot = BotEnsure { username: channel.bot().to_owned(), name: channel.label().to_owned() };
        let bot = self.cx.call(bot).await?;
        // A person who happens to be called like the bot has no business there.
        let mut members: Vec<String> = is_bot(&bot).then(|| bot.username.clone()).into_iter().collect();
        members.extend(user.map(|user| user.username.clone()));
        if let Some(room_id) = known
            && self.cx.call(ChannelJoin { room_id: room_id.clone(), members: members.clone() }).await?
        {
            return Ok(room_id);
        }
        let (room_id, name) = self.find_or_make_channel(channel, &bot, &members, user).await?;
        let taken = (name != channel.setup_channel()).then(|| name.clone());
        if let Some(name) = &taken {
            self.say_name_is_taken(channel, &room_id, name).await;
        }
        let noted = room_id.clone();
        self.installations
            .update_installation(|installation| {
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
    pub(crate) async fn find_or_make_channel(
        &self,
        channel: Channel,
        bot: &User,
        members: &[String],
        user: Option<&User>,
    ) -> Result<(String, String), CoreError> {
        for name in names(channel) {
            let mut found = self.cx.call(ChannelFind { name: name.clone() }).await?;
            if found.is_none() {
                let error = match self.make_channel(&name, members, user).await {
                    Ok(room_id) => return Ok((room_id, name)),
                    Err(error) => error,
                };
                // Another instance may have made it at the same moment.
                found = self.cx.call(ChannelFind { name: name.clone() }).await?;
                if found.is_none() {
                    return Err(error);
                }
            }
            if let Some(found) = found.filter(|found| is_for_administrators(found, bot)) {
                self.cx.call(ChannelJoin { room_id: found.id.clone(), members: members.to_vec() }).await?;
                return Ok((found.id, name));
            }
        }
        Err(HostError { call: "channel_find".to_owned(), code: "setup-channel-names-taken".to_owned() }.into())
    }

    /// Said before the channel is noted: a process that ends in between says it again.
    pub(crate) async fn say_name_is_taken(&self, channel: Channel, room_id: &str, name: &str) {
        let called = |name: &str| verbatim(&format!("#{name}"));
        let values = [("name", &*called(name)), ("taken", &*called(channel.setup_channel()))];
        let post = Post {
            room_id: room_id.to_owned(),
            sender: Sender::bot_of(channel),
            text: self.cx.text(&self.cx.workspace_lang().await, key!("setup_channel_other"), &values),
            attachments: Vec::new(),
            blocks: Vec::new(),
            thread_id: None,
        };
        if let Err(error) = self.cx.call(post).await {
            self.cx.warn("setup-channel-not-told", error.code());
        }
    }

    /// Neither the app's user nor every person may create channels: the roles are the workspace's to set.
    pub(crate) async fn make_channel(
        &self,
        name: &str,
        members: &[String],
        user: Option<&User>,
    ) -> Result<String, CoreError> {
        let make = |creator| ChannelMake { name: name.to_owned(), creator, members: members.to_vec() };
        match (self.cx.call(make(None)).await, user) {
            (Err(error), Some(user)) => {
                self.cx.warn("setup-channel-by-app", error.code());
                self.cx.call(make(Some(user.id.clone()))).await
            }
            (made, _) => made,
        }
    }

    /// What to say before anything else where Meta cannot reach the server.
    pub(crate) fn site_url_warning(&self, lang: &Lang, environment: &Environment) -> Option<String> {
        let url = [("url", &*verbatim(&environment.site_url))];
        (!is_public(&environment.site_url))
            .then(|| format!("⚠️ {}", self.cx.text(lang, key!("doctor_site_url_bad"), &url)))
    }
}

pub(crate) fn is_bot(user: &User) -> bool {
    user.kind != "user"
}

/// Whether what is said in the channel reaches administrators only: it holds the webhook's secret address. Anybody may make a
/// private channel of this name beforehand.
pub(crate) fn is_for_administrators(found: &FoundChannel, bot: &User) -> bool {
    let is_own = |user: &User| user.id == found.app_user_id || (user.id == bot.id && is_bot(bot));
    let owned = found.creator.as_ref().is_some_and(is_own);
    found.private && (owned || found.members.iter().all(|member| is_own(member) || may_administer(member)))
}

/// What the setup channel may be called.
pub(crate) fn names(channel: Channel) -> impl Iterator<Item = String> {
    let name = channel.setup_channel();
    let others = (2..=NAMES).map(move |number| format!("{name}-{number}"));
    [name.to_owned()].into_iter().chain(others)
}

/// Whether Meta could reach the address.
pub(crate) fn is_public(url: &str) -> bool {
    WebUrl::parse(url).is_some_and(|url| url.is_public_https())
}
