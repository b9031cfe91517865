//! Speaking to administrators: in the setup channel, or to one person alone.

use crate::error::CoreError;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, MessageEdit, Post, Sender, User, Whisper};
use omni_domain::channel::Channel;
use omni_domain::texts::Lang;
use serde_json::Value;

impl<H: Host> Speaker<H> {
    /// The language to speak to this person in.
    pub(crate) async fn lang_of(&self, user: &User) -> Lang {
        match user.language.is_empty() {
            true => self.cx.workspace_lang().await,
            false => Lang::new(&user.language),
        }
    }

    /// Tells one person alone.
    pub(crate) async fn tell(
        &self,
        channel: Channel,
        user: &User,
        room_id: &str,
        text: String,
        blocks: Vec<Value>,
    ) -> Result<(), CoreError> {
        let whisper = |sender| Whisper {
            user_id: user.id.clone(),
            room_id: room_id.to_owned(),
            sender,
            text: text.clone(),
            blocks: blocks.clone(),
        };
        match self.cx.call(whisper(Sender::bot_of(channel))).await {
            Ok(()) => Ok(()),
            // The bot was deleted or renamed: somebody has to say it.
            Err(error) => {
                self.cx.warn("bot-cannot-speak", error.code());
                self.cx.call(whisper(Sender::App)).await
            }
        }
    }

    /// Writes in the setup channel; answers the message's id. Where the channel or its bot was deleted, renamed or sent
    /// out meanwhile, they are made anew.
    pub(crate) async fn announce(
        &self,
        channel: Channel,
        text: String,
        blocks: Vec<Value>,
    ) -> Result<String, CoreError> {
        let post = |room_id| Post {
            room_id,
            sender: Sender::bot_of(channel),
            text: text.clone(),
            attachments: Vec::new(),
            blocks: blocks.clone(),
            thread_id: None,
        };
        match self.cx.call(post(self.setup_room(channel).await?)).await {
            Ok(message_id) => Ok(message_id),
            Err(error) => {
                self.cx.warn("setup-channel-refused", error.code());
                let room_id = self.ensure_setup_room(channel, None).await?;
                self.cx.call(post(room_id)).await
            }
        }
    }

    /// Writes in the setup channel what has happened already: that nobody could be told undoes none of it, and is logged.
    pub(crate) async fn inform(&self, channel: Channel, text: String, blocks: Vec<Value>) -> Option<String> {
        match self.announce(channel, text, blocks).await {
            Ok(message_id) => Some(message_id),
            Err(error) => {
                self.cx.warn("setup-channel-not-told", error.code());
                None
            }
        }
    }

    /// Rewrites a message of ours. One that is gone stays gone.
    pub(crate) async fn rewrite(&self, message_id: &str, text: String, blocks: Vec<Value>) {
        let message_id = message_id.to_owned();
        let edit = MessageEdit { message_id, text: Some(text), attachments: None, blocks: Some(blocks) };
        if let Err(error) = self.cx.call(edit).await {
            self.cx.warn("setup-message-not-rewritten", error.code());
        }
    }
}
