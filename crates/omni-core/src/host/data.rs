//! Plain data that crosses the `Host` line.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! plain {
    ($($(#[$meta:meta])* $vis:vis $kw:ident $name:ident $body:tt)+) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "ts", ts(export_to = "core.ts"))]
        $(#[$meta])*
        $vis $kw $name $body
    )+};
}
pub(crate) use plain;

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

    /// An Omnichannel department.
    #[derive(Eq)]
    pub struct Department {
        /// Its id.
        pub id: String,
        /// As people read it.
        pub name: String,
    }

    /// An Omnichannel visitor, as the server returned it.
    #[derive(Eq)]
    pub struct Visitor {
        /// The server's id.
        pub id: String,
        /// Ours, stable for one person on one account.
        pub token: String,
        /// As agents read it.
        pub name: String,
        /// The server's handle.
        pub username: String,
        /// Department that new rooms start in.
        pub department: Option<String>,
    }

    /// Where a conversation comes from, as agents read it.
    #[derive(Eq)]
    pub struct RoomSource {
        /// `Instagram` or `Facebook`.
        pub label: String,
        /// The account's name.
        pub destination: String,
    }

    /// An Omnichannel room.
    #[derive(Eq)]
    pub struct Room {
        /// Its id.
        pub id: String,
        /// What it is called: after its contact, which agents rename; on servers before 7.1 after its visitor.
        pub title: String,
        /// Whether it still takes messages.
        pub open: bool,
        /// Token of its visitor.
        pub visitor_token: String,
        /// Whether its customer waits for an answer.
        pub waiting: bool,
        /// Its department.
        pub department: Option<String>,
        /// Who serves it.
        pub served_by: Option<User>,
        /// Whether this app opened it.
        pub ours: bool,
    }

    /// A person or bot with an account on the server.
    #[derive(Eq)]
    pub struct User {
        /// The server's id.
        pub id: String,
        /// Handle without `@`.
        pub username: String,
        /// As people read it.
        pub name: String,
        /// Roles, such as `admin`, `livechat-manager`, `bot`.
        pub roles: Vec<String>,
        /// Language the person chose; empty for the server's.
        pub language: String,
        /// `user`, `bot` or `app`.
        pub kind: String,
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

    /// An attachment that Rocket.Chat draws inside a message.
    #[derive(Default)]
    #[serde(default)]
    pub struct Card {
        /// Bold first line.
        pub title: Option<String>,
        /// Where the title leads.
        pub title_link: Option<String>,
        /// The text under it, Rocket.Chat's markdown.
        pub text: Option<String>,
        /// Small name above it.
        pub author: Option<String>,
        /// A picture, absolute or below `/file-upload/`.
        pub image_url: Option<String>,
        /// The message that is quoted: its permalink.
        pub message_link: Option<String>,
        /// Colour of the bar at its side, `#rrggbb`.
        pub color: Option<String>,
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

    /// A message as an event or a look-up shows it.
    pub struct Message {
        /// Its id.
        pub id: String,
        /// The room it is in.
        pub room_id: String,
        /// The text; empty for a bare file.
        pub text: String,
        /// When it was written, Unix milliseconds.
        pub at: i64,
        /// Who wrote it; absent for odd records.
        pub sender: Option<User>,
        /// Set when the visitor wrote it.
        pub visitor_token: Option<String>,
        /// Set for the server's own notices ("room closed").
        pub system_type: Option<String>,
        /// Whether this app or one of its bots wrote it.
        pub ours: bool,
        /// The files it carries, without thumbnails.
        pub files: Vec<FileRef>,
        /// What it quotes or draws.
        pub cards: Vec<Card>,
        /// UIKit blocks of other apps.
        pub blocks: Vec<serde_json::Value>,
        /// The thread it belongs to.
        pub thread_id: Option<String>,
    }

    /// A file of a message.
    #[derive(Eq)]
    pub struct FileRef {
        /// Id of the upload.
        pub id: String,
        /// File name.
        pub name: String,
        /// MIME type.
        pub media_type: String,
        /// In bytes; 0 when the server does not say.
        pub size: u32,
        /// What the agent wrote under it.
        pub caption: String,
    }

    /// A window over the page.
    pub struct ModalView {
        /// Comes back with the submitted values; carries what the handler needs to know.
        pub id: String,
        /// Title bar.
        pub title: String,
        /// Text of the submit button; no button without it.
        pub submit: Option<String>,
        /// Text of the close button.
        pub close: String,
        /// UIKit blocks.
        pub blocks: Vec<serde_json::Value>,
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
