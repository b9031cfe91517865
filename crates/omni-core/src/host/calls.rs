//! The list of calls. A new one is one entry here, one handler in the shim and one arm in the fake: all three are
//! checked by a compiler.

use crate::host::Call;
use crate::host::data::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! host_calls {
    ($($(#[$doc:meta])* $kind:ident => $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty,)* } -> $reply:ty;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Serialize, Deserialize)]
            #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
            #[cfg_attr(feature = "ts", ts(export_to = "core.ts"))]
            #[allow(missing_docs)] // a field is documented where the call's own line does not say it all
            pub struct $name { $($(#[$fdoc])* pub $field: $ty,)* }

            impl From<$name> for HostCall {
                fn from(call: $name) -> Self {
                    Self::$name(call)
                }
            }

            impl Call for $name {
                const KIND: &'static str = stringify!($kind);
                type Reply = $reply;
            }
        )+

        /// Any call, as it crosses the line: `{"kind": "…", …}`.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "ts", ts(export_to = "core.ts"))]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum HostCall {
            $($(#[$doc])* $name($name),)+
        }

        impl HostCall {
            /// The word by which logs and errors name the call.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $name::KIND,)+
                }
            }
        }

        /// Which call is answered by what: read by the shim's compiler only.
        #[cfg(feature = "ts")]
        #[derive(ts_rs::TS)]
        #[ts(export_to = "core.ts")]
        #[allow(dead_code, missing_docs)]
        pub struct HostReplies { $(pub $kind: $reply,)+ }
    };
}

host_calls! {
    /// One HTTP exchange. Any status is an answer; only a network failure is an error (`network`, `timeout`).
    http => Http {
        /// `GET`, `POST` or `DELETE`.
        method: String,
        /// Absolute, with its query.
        url: String,
        /// In order, names as Meta writes them.
        headers: Vec<(String, String)>,
        /// What to send.
        body: HttpBody,
        /// Longest wait, in milliseconds; at most 20 000, since the host gives a handler 30 s.
        timeout_ms: u32,
        /// Keep the answer's bytes on the host's side and hand back a [`Blob`]: for media, which never enters wasm.
        as_blob: bool,
        /// The URL came from outside: the host applies its own guard against internal addresses too.
        foreign: bool,
    } -> HttpReply;

    /// Every record that carries the key, in the order they were written. `reply-too-large` where that would not fit the
    /// memory of wasm.
    store_read => StoreRead { key: String, } -> Vec<serde_json::Value>;

    /// Writes a new record under all its keys. Never overwrites: two writers leave two records.
    store_create => StoreCreate { keys: Vec<String>, record: serde_json::Value, } -> ();

    /// Replaces the record that was created with exactly these keys in this order; creates it when there is none and
    /// `upsert` is set.
    store_update => StoreUpdate { keys: Vec<String>, record: serde_json::Value, upsert: bool, } -> ();

    /// Removes every record that carries all the keys, and answers how many those were.
    store_remove => StoreRemove { keys: Vec<String>, } -> u32;

    /// Removes every record that carries the key, and answers what was removed.
    store_take => StoreTake { key: String, } -> Vec<serde_json::Value>;

    /// The app's own settings, by id.
    settings => Settings {} -> BTreeMap<String, serde_json::Value>;

    /// Changes one of the app's own settings.
    setting_write => SettingWrite { id: String, value: serde_json::Value, } -> ();

    /// What the server says of itself.
    read_environment => ReadEnvironment {} -> Environment;

    /// Whether anybody could serve a new conversation, in the department or anywhere.
    online => Online { department: Option<String>, } -> bool;

    /// The departments that are enabled and have agents.
    departments => Departments {} -> Vec<Department>;

    /// The visitor with this token.
    visitor_find => VisitorFind { token: String, } -> Option<Visitor>;

    /// Makes the visitor, or updates the one with the same token. A name that is given is compared with the contact's, which
    /// agents may have changed: without one a known visitor keeps its own, and no contact is asked about it.
    visitor_save => VisitorSave { token: String, name: Option<String>, username: Option<String>, department: Option<String>, } -> Visitor;

    /// Sets visitor custom fields that an administrator has defined; answers the names of those that the server refused, for
    /// their pattern most likely.
    visitor_fields => VisitorFields { token: String, fields: Vec<(String, String)>, } -> Vec<String>;

    /// Opens a new Omnichannel room, always. Fails with `no-agent-online` and the like when nobody can serve.
    room_create => RoomCreate {
        /// As the server returned it: a hand-made one is refused.
        visitor: Visitor,
        /// Where the conversation comes from, as agents read it.
        source: RoomSource,
    } -> Room;

    /// Sets one custom field of a room, its others stay; not on servers that would write back all of the room for it.
    room_field => RoomField { room_id: String, name: String, value: serde_json::Value, } -> ();

    /// The room, when it is an Omnichannel room.
    room_find => RoomFind { room_id: String, } -> Option<Room>;

    /// Whether the user is in the room.
    room_member => RoomMember { room_id: String, user_id: String, } -> bool;

    /// The visitor's open rooms that this app opened.
    rooms_open => RoomsOpen { visitor: Visitor, } -> Vec<Room>;

    /// Closes the room with a comment for the record.
    room_close => RoomClose { room_id: String, comment: String, } -> ();

    /// A message by the visitor; answers its id.
    visitor_message => VisitorMessage { room_id: String, visitor: Visitor, text: String, attachments: Vec<Card>, } -> String;

    /// A file by the visitor, from bytes the host holds. Rocket.Chat posts the message for it itself.
    visitor_upload => VisitorUpload { room_id: String, visitor: Visitor, blob: Blob, filename: String, } -> Upload;

    /// The bytes of an uploaded file, kept on the host's side.
    upload_read => UploadRead { file_id: String, } -> Blob;

    /// A message by the app or one of its bots; answers its id.
    post => Post { room_id: String, sender: Sender, text: String, attachments: Vec<Card>, blocks: Vec<serde_json::Value>, thread_id: Option<String>, } -> String;

    /// Rewrites a message, as the app.
    message_edit => MessageEdit { message_id: String, text: Option<String>, attachments: Option<Vec<Card>>, blocks: Option<Vec<serde_json::Value>>, } -> ();

    /// Deletes a message, by the server's rules.
    message_delete => MessageDelete { message_id: String, } -> ();

    /// Sets or takes back the app's reaction, `emoji` as `:thumbsup:`. Where the server lets the app's user not react, the
    /// reaction is `rocket.cat`'s.
    react => React { message_id: String, emoji: String, on: bool, } -> ();

    /// One message.
    message_find => MessageFind { message_id: String, } -> Option<Message>;

    /// The newest messages of a room, newest first, at most 100.
    room_messages => RoomMessages { room_id: String, limit: u32, } -> Vec<Message>;

    /// A message only this person sees, gone on reload.
    whisper => Whisper { user_id: String, room_id: String, sender: Sender, text: String, blocks: Vec<serde_json::Value>, } -> ();

    /// A user by id.
    user_find => UserFind { user_id: String, } -> Option<User>;

    /// The bot with this name, made when there is none.
    bot_ensure => BotEnsure { username: String, name: String, } -> User;

    /// The channel with this name, of any creator.
    channel_find => ChannelFind { name: String, } -> Option<FoundChannel>;

    /// Makes a private channel with these members, and answers its id. Fails with `error-duplicate-channel-name` where there is
    /// one of the name. Without a creator the app makes it.
    channel_make => ChannelMake { name: String, creator: Option<String>, members: Vec<String>, } -> String;

    /// Adds members to the channel, wherever it is called by now; answers whether it is still there.
    channel_join => ChannelJoin { room_id: String, members: Vec<String>, } -> bool;

    /// Opens a window for the person who pressed or typed something just now.
    modal_open => ModalOpen { trigger_id: String, user_id: String, view: ModalView, } -> ();

    /// Runs a job once, at a time in Unix milliseconds.
    schedule => Schedule { job: String, at: i64, data: serde_json::Value, } -> ();
}
