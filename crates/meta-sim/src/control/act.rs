//! What a customer does, as a test says it.

use serde::Deserialize;

use crate::emit::Event;
use crate::json::{Json, obj};

/// One act of a customer. Exactly one of the acts, plus what goes with it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Act {
    /// Page or Instagram account id.
    pub(super) account: String,

    // A message, from here on any mixture of:
    pub(super) text: Option<String>,
    pub(super) attachments: Option<Vec<Json>>,
    pub(super) quick_reply: Option<Json>,
    /// A mid, or an object as it shall appear (`{"story":{…}}`).
    pub(super) reply_to: Option<Json>,
    /// A story of the business is answered: shorthand for `reply_to`.
    pub(super) story_reply: Option<Json>,
    /// The customer mentions the business in a story.
    pub(super) story_mention: Option<Json>,
    /// `{"lat":…,"long":…,"title":…}`
    pub(super) location: Option<Json>,
    /// Content Meta does not pass on.
    pub(super) unsupported: bool,
    /// Any other key of `message`, as it shall appear.
    pub(super) message: Option<Json>,

    // Or one of:
    pub(super) postback: Option<Json>,
    /// `{"mid":…,"reaction":"love","emoji":"❤"}`
    pub(super) reaction: Option<Json>,
    pub(super) unreact: Option<String>,
    pub(super) unsend: Option<String>,
    /// `{"mid":…,"text":…}`
    pub(super) edit: Option<Json>,
    /// A mid, or `true` for everything.
    pub(super) read: Option<Json>,
    pub(super) referral: Option<Json>,
    /// Any other event: `{"page_field":…,"instagram_field":…,"item":{"optin":{…}}}`. With `entry` in the place of `item`, the
    /// entry itself holds these members and no list.
    pub(super) event: Option<Json>,

    // How it is told:
    /// Nobody is told: the message is there to be read, and no more.
    pub(super) untold: bool,
    /// Instagram's `message_edit` without a text, for a message.
    pub(super) edit_event: Option<EditEvent>,
    /// As `entry.changes`, the form some events really come in.
    pub(super) as_change: bool,
    /// Printed in place of the time, as it is (seconds, a string, …).
    pub(super) timestamp: Option<Json>,
    /// Mid to use instead of a fresh one.
    pub(super) mid: Option<String>,
    /// Answer only once the webhook was tried.
    pub(super) wait: bool,
    /// Do not open the reply window.
    pub(super) keep_window_closed: bool,
}

/// Where Instagram sends `message_edit` with `num_edit` 0 and no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EditEvent {
    /// Before the message.
    Before,
    /// After the message.
    After,
    /// In the place of the message, naming neither side.
    Instead,
    /// The same under the id of the linked Page.
    InsteadUnderPage,
}

impl EditEvent {
    /// The event, and whether it stands for the message.
    pub(super) fn of(self, message: &Event, mid: &str) -> (Event, bool) {
        let instead = matches!(self, Self::Instead | Self::InsteadUnderPage);
        let mut item = Json::Obj(Vec::new());
        for (key, value) in message.item.fields() {
            if key == "timestamp" || (!instead && matches!(key.as_str(), "sender" | "recipient")) {
                item.set(key, value.clone());
            }
        }
        item.set("message_edit", obj! { "mid": mid, "num_edit": 0 });
        (Event { page_field: None, instagram_field: Some("message_edit"), item, ..message.clone() }, instead)
    }
}
