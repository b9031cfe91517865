//! What the host hands in at each entry point, and what it gets back. Plain data both ways.
//!
//! Enums that are read (inputs, and everything stored) carry their tag outside, `{"action": {…}}`: serde reads a tag
//! inside by way of a buffer whose code alone would be a tenth of the wasm module. Enums that are only written keep it
//! inside, where TypeScript can switch on it.

use crate::host::{Message, ModalView, Room, User};
use omni_domain::plain;
use std::collections::BTreeMap;

pub use omni_domain::channel::Channel;

plain! {
    /// A request to one of the app's endpoints.
    #[derive(Default)]
    #[serde(default)]
    pub struct WebRequest {
        /// Names in lower case.
        pub headers: BTreeMap<String, String>,
        /// Query parameters; of a repeated one the first.
        pub query: BTreeMap<String, String>,
        /// The parsed body printed again by `JSON.stringify`: the host never shows the bytes themselves.
        pub body: String,
        /// Fields of a form body.
        pub form: BTreeMap<String, String>,
    }

    /// The answer to it.
    pub struct WebAnswer {
        /// HTTP status.
        pub status: u16,
        /// Always with a content type.
        pub headers: BTreeMap<String, String>,
        /// Text, JSON or a page.
        pub body: String,
    }

    /// A typed slash command.
    pub struct CommandInput {
        /// `/instagram` or `/facebook`.
        pub channel: Channel,
        /// What stood behind it, split at spaces.
        pub args: Vec<String>,
        /// That is longer than any command, and left out.
        pub too_long: bool,
        /// Who typed it.
        pub user: User,
        /// Where.
        pub room_id: String,
        /// The room, when it is an Omnichannel room.
        pub livechat: Option<Room>,
        /// Lets a window be opened in answer.
        pub trigger_id: Option<String>,
    }

    /// Something pressed or submitted in the user interface.
    #[serde(rename_all = "snake_case")]
    pub enum UiInput {
        /// A button or a choice in a message or window.
        Action {
            /// Who.
            user: User,
            /// Which element.
            action_id: String,
            /// What it stands for.
            value: String,
            /// The room of the message, if any.
            room_id: Option<String>,
            /// The message that holds it, if any.
            message_id: Option<String>,
            /// Lets a window be opened in answer.
            trigger_id: String,
        },
        /// A window's submit button.
        Submit {
            /// Who.
            user: User,
            /// [`ModalView::id`].
            view_id: String,
            /// Values by block id, then action id.
            values: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
            /// Lets a window be opened in answer.
            trigger_id: String,
        },
    }

    /// What the user interface does next.
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum UiAnswer {
        /// Nothing more; a submitted window closes.
        Done,
        /// Another window.
        Open {
            /// The window.
            view: ModalView,
        },
        /// The same window with new content.
        Update {
            /// The window.
            view: ModalView,
        },
        /// The window stays, with messages under its fields.
        Errors {
            /// [`ModalView::id`].
            view_id: String,
            /// Message by action id.
            errors: BTreeMap<String, String>,
        },
    }

    /// Something happened to a message in a room of ours.
    pub struct MessageInput {
        /// What.
        pub event: MessageEvent,
        /// The message after it.
        pub message: Message,
        /// Its room.
        pub room: Room,
        /// Who did it, where it is not the author.
        pub actor: Option<User>,
        /// The message is larger than the core takes, and what it holds left out.
        pub too_large: bool,
    }

    /// What can happen to a message.
    #[serde(rename_all = "snake_case")]
    pub enum MessageEvent {
        /// It was written.
        Sent,
        /// Its text was changed.
        Updated,
        /// It was deleted.
        Deleted,
        /// A reaction was set or taken back.
        Reacted {
            /// As `:heart:`.
            emoji: String,
            /// Set, or taken back.
            on: bool,
        },
    }

    /// Something happened to a room of ours.
    pub struct RoomInput {
        /// What.
        pub event: RoomEvent,
        /// The room after it.
        pub room: Room,
    }

    /// What can happen to a room.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum RoomEvent {
        /// It was opened, by us or by the server on its own.
        Started,
        /// It was closed, by a person or the server.
        Closed,
        /// An agent took it.
        Assigned,
        /// It went to another agent or department.
        Transferred,
    }

    /// A person's presence changed.
    pub struct StatusInput {
        /// Who.
        pub user: User,
        /// `online`, `away`, `busy` or `offline`.
        pub status: String,
    }

    /// A scheduled job.
    pub struct JobInput {
        /// Which.
        pub job: String,
        /// What it was given.
        pub data: serde_json::Value,
    }

    /// The app's own life.
    #[serde(rename_all = "snake_case")]
    pub enum LifecycleInput {
        /// A setting was saved.
        SettingSaved {
            /// Which.
            id: String,
        },
        /// About to be removed.
        Uninstalling,
    }

    /// A setting about to be saved.
    pub struct SettingInput {
        /// Which.
        pub id: String,
        /// The value to be; nothing where the host has none.
        #[serde(default)]
        pub value: serde_json::Value,
    }

    /// What becomes of it.
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum SettingAnswer {
        /// Saved like this.
        Accepted {
            /// The value, tidied.
            value: serde_json::Value,
        },
        /// Not saved: the value from before stays. Why is told in the setup channels and by doctor.
        Refused {},
    }
}

/// Hands the list of entry points to another macro: `name: Input => Output;` each. One list for the core's methods,
/// the wasm exports and the TypeScript the shim is checked against.
#[macro_export]
macro_rules! entry_points {
    ($then:ident) => {
        $then! {
            /// Meta asks whether the webhook address is ours.
            webhook_challenge: $crate::api::WebRequest => $crate::api::WebAnswer;
            /// Meta delivers events.
            receive_webhook: $crate::api::WebRequest => $crate::api::WebAnswer;
            /// A browser comes back from Meta's login.
            oauth_callback: $crate::api::WebRequest => $crate::api::WebAnswer;
            /// Meta says that a person removed the app.
            deauthorize: $crate::api::WebRequest => $crate::api::WebAnswer;
            /// Meta asks for a person's data to be deleted.
            data_deletion: $crate::api::WebRequest => $crate::api::WebAnswer;
            /// A person looks up what became of a deletion.
            data_deletion_status: $crate::api::WebRequest => $crate::api::WebAnswer;
            /// A slash command.
            run_command: $crate::api::CommandInput => ();
            /// A button, a choice, a submitted window.
            ui_action: $crate::api::UiInput => $crate::api::UiAnswer;
            /// Something happened to a message in a room of ours.
            agent_message: $crate::api::MessageInput => ();
            /// Something happened to a room of ours.
            room_event: $crate::api::RoomInput => ();
            /// A person came online, went away, or left.
            status_changed: $crate::api::StatusInput => ();
            /// A scheduled job.
            run_job: $crate::api::JobInput => ();
            /// The app's own life.
            lifecycle: $crate::api::LifecycleInput => ();
            /// A setting is about to be saved.
            check_setting: $crate::api::SettingInput => $crate::api::SettingAnswer;
        }
    };
}

#[cfg(feature = "ts")]
macro_rules! entry_points_ts {
    ($($(#[$doc:meta])* $name:ident: $input:ty => $output:ty;)+) => {
        /// Input and output of each entry point: read by the shim's compiler only.
        #[derive(ts_rs::TS)]
        #[ts(export_to = "core.ts")]
        #[allow(dead_code)]
        pub struct EntryPoints { $($(#[$doc])* pub $name: ($input, $output),)+ }
    };
}
#[cfg(feature = "ts")]
entry_points!(entry_points_ts);
