//! Plain data that crosses the `Host` line.

use omni_domain::channel::Channel;
use omni_domain::plain;
use std::collections::BTreeMap;

pub use omni_domain::rocket_chat::*;

plain! {
    /// How much a log line matters.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "lowercase")]
    pub enum LogLevel {
        /// For whoever looks for a fault.
        Debug,
        /// Something happened as it should.
        Info,
        /// Something an administrator may want to know.
        Warn,
        /// A bug, or a part of the system that does not answer.
        Error,
    }

    /// The body of an outgoing request.
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum HttpBody {
        /// Nothing.
        None,
        /// Text; its content type stands in the headers.
        Text {
            /// The text.
            text: String,
        },
        /// A file the host holds, between two pieces of text: a multipart body.
        Spliced {
            /// Before the file.
            head: String,
            /// The file.
            blob: Blob,
            /// After the file.
            tail: String,
        },
    }

    /// The answer to a request.
    pub struct HttpReply {
        /// HTTP status.
        pub status: u16,
        /// Names in lower case.
        pub headers: BTreeMap<String, String>,
        /// The text; empty when a blob was asked for.
        pub text: String,
        /// The bytes, when they were asked for.
        pub blob: Option<Blob>,
    }

    /// Bytes that the host holds while the current entry point runs: of very many the latest.
    pub struct Blob {
        /// The host's number for it.
        pub id: u32,
        /// In bytes.
        pub size: u32,
        /// As declared where it came from, in lower case without parameters; empty when unknown.
        pub media_type: String,
        /// The first 64 bytes, or all where there are fewer: what it is shows there.
        pub head: Vec<u8>,
    }

    /// What the server says of itself.
    pub struct Environment {
        /// `Site_Url` without a trailing slash; empty when unset.
        pub site_url: String,
        /// Absolute URL of each of the app's endpoints, by its path.
        pub endpoints: BTreeMap<String, String>,
        /// The workspace's language, `en` when unset.
        pub language: String,
        /// Whether Omnichannel is on.
        pub omnichannel: bool,
        /// Whether the server makes rooms though no agent is online.
        pub without_agents: bool,
        /// Whether file uploads are on.
        pub uploads: bool,
        /// Largest upload in bytes; -1 for no limit.
        pub max_upload: i32,
        /// Whether its statistics leave out what users with the role `bot` write
        /// (`Omnichannel_Metrics_Ignore_Automatic_Messages`).
        pub ignores_bots: bool,
        /// Whether it transfers conversations that an agent does not answer (`Livechat_auto_transfer_chat_timeout`).
        pub transfers_unanswered: bool,
        /// Handle of the app's own user.
        pub app_user: String,
        /// Roles of the app's own user.
        pub app_roles: Vec<String>,
        /// The app's version.
        pub app_version: String,
    }

    /// Where a conversation comes from, as agents read it.
    #[derive(Eq)]
    pub struct RoomSource {
        /// `Instagram` or `Facebook`.
        pub label: String,
        /// The account's name.
        pub destination: String,
    }

    /// A channel that was there.
    pub struct FoundChannel {
        /// The server's id.
        pub id: String,
        /// Whether only its members see it.
        pub private: bool,
        /// Who made it, as long as that user exists.
        pub creator: Option<User>,
        /// Who reads it. Nobody is named where everybody may.
        pub members: Vec<User>,
        /// Id of the app's own user.
        pub app_user_id: String,
    }

    /// A file the server took.
    pub struct Upload {
        /// The file's id.
        pub id: String,
        /// Path or URL under which people of the workspace reach it.
        pub url: String,
    }

    /// Who speaks.
    #[derive(Eq)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum Sender {
        /// The app's own user.
        App,
        /// One of our bots, by name. Where that is a person's name the app's own user speaks: nobody is spoken for.
        User {
            /// Handle without `@`.
            username: String,
        },
    }
}

impl Environment {
    /// Whether the server takes what the app writes in a room for an agent's answer.
    pub fn counts_notes(&self) -> bool {
        let is_bot = self.app_roles.iter().any(|role| role == "bot");
        // The clock of the automatic transfer stops for bots as well.
        !(self.ignores_bots && is_bot) || self.transfers_unanswered
    }
}

impl Sender {
    /// The bot of a network.
    pub fn bot_of(channel: Channel) -> Self {
        Self::User { username: channel.bot().to_owned() }
    }
}
