//! People, rooms and messages as Rocket.Chat shows them to the app.

use crate::plain;

plain! {
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
