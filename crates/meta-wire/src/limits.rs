//! What Meta accepts, each limit once: the checks, the error texts, the splitter and the tests derive from these lines.
//!
//! Pages read 2026-11-20:
//! [quick replies](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/quick-replies),
//! [button template](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/template/button),
//! [saving assets](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/saving-assets),
//! [Instagram send](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/send-message),
//! [Instagram upload](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/attachment-upload).

use crate::platform::Platform;
use std::fmt;

mod media;
pub use media::{Direction, MediaKind, MediaRefusal, MediaRule, media, mime_essence};

/// How a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of UTF-8.
    Bytes,
    /// Characters. Meta does not say of which kind, so UTF-16 code units are counted: never fewer than the Unicode
    /// characters, hence a text that passes here passes under either reading.
    Characters,
    /// Elements of a list.
    Items,
    /// Seconds.
    Seconds,
}

impl Unit {
    /// The length of `text` in this unit. A list or a duration has no text, so those two count characters.
    pub fn measure(self, text: &str) -> usize {
        match self {
            Self::Bytes => text.len(),
            Self::Characters | Self::Items | Self::Seconds => text.encode_utf16().count(),
        }
    }

    /// The length of one character in this unit.
    pub(crate) fn measure_char(self, c: char) -> usize {
        match self {
            Self::Bytes => c.len_utf8(),
            Self::Characters | Self::Items | Self::Seconds => c.len_utf16(),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Characters => "characters",
            Self::Items => "items",
            Self::Seconds => "seconds",
        })
    }
}

/// An upper bound of one field of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The field, as Meta names it.
    pub field: &'static str,
    /// The most that is accepted.
    pub max: usize,
    /// How `max` counts.
    pub unit: Unit,
}

/// A field that is larger than Meta accepts. Says which and by how much, never the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{}` may hold {} {}, found {found}", limit.field, limit.max, limit.unit)]
pub struct LimitExceeded {
    /// The limit that does not hold.
    pub limit: Limit,
    /// What was found, in the limit's unit.
    pub found: usize,
}

impl Limit {
    const fn new(field: &'static str, max: usize, unit: Unit) -> Self {
        Self { field, max, unit }
    }

    /// Checks a text.
    ///
    /// # Errors
    /// [`LimitExceeded`] when the text is longer than `max`.
    ///
    /// ```
    /// use meta_wire::{limits, platform::Platform};
    /// let limit = limits::text(Platform::Instagram);
    /// assert!(limit.check(&"x".repeat(1000)).is_ok());
    /// let refused = limit.check(&"é".repeat(501)).unwrap_err();
    /// assert_eq!(refused.to_string(), "`message.text` may hold 1000 bytes, found 1002");
    /// ```
    pub fn check(&self, text: &str) -> Result<(), LimitExceeded> {
        self.check_count(self.unit.measure(text))
    }

    /// Checks a number already counted in the limit's unit: elements of a list, seconds, bytes of a file.
    ///
    /// # Errors
    /// [`LimitExceeded`] when `found` is greater than `max`.
    pub fn check_count(&self, found: usize) -> Result<(), LimitExceeded> {
        if found <= self.max { Ok(()) } else { Err(LimitExceeded { limit: *self, found }) }
    }
}

/// Longest text of one message.
///
/// Messenger: 2000 characters ([chatwoot #6489](https://github.com/chatwoot/chatwoot/issues/6489)). Instagram: 1000 bytes of
/// UTF-8; its page also says "less than 1000 characters", and bytes are the stricter reading
/// ([send](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/send-message)).
pub const fn text(platform: Platform) -> Limit {
    match platform {
        Platform::Messenger => Limit::new("message.text", 2000, Unit::Characters),
        Platform::Instagram => Limit::new("message.text", 1000, Unit::Bytes),
    }
}

/// Our own note on a message, given back in its echo (Messenger only).
pub const METADATA: Limit = Limit::new("metadata", 1000, Unit::Characters);
/// Quick replies under one message.
pub const QUICK_REPLIES: Limit = Limit::new("quick_replies", 13, Unit::Items);
/// What a quick reply shows. Instagram cuts longer ones silently; both are refused here, so nothing is lost unseen.
pub const QUICK_REPLY_TITLE: Limit = Limit::new("quick_replies.title", 20, Unit::Characters);
/// What a tapped quick reply sends back to us.
pub const QUICK_REPLY_PAYLOAD: Limit = Limit::new("quick_replies.payload", 1000, Unit::Characters);
/// What a tapped button sends back to us.
pub const POSTBACK_PAYLOAD: Limit = Limit::new("payload", 1000, Unit::Characters);
/// Elements of a generic template.
pub const TEMPLATE_ELEMENTS: Limit = Limit::new("elements", 10, Unit::Items);
/// Title of a generic template's element.
pub const ELEMENT_TITLE: Limit = Limit::new("elements.title", 80, Unit::Characters);
/// Second line of a generic template's element.
pub const ELEMENT_SUBTITLE: Limit = Limit::new("elements.subtitle", 80, Unit::Characters);
/// Buttons of a template or of one of its elements.
pub const BUTTONS: Limit = Limit::new("buttons", 3, Unit::Items);
/// What a button shows.
pub const BUTTON_TITLE: Limit = Limit::new("buttons.title", 20, Unit::Characters);
/// Text of a button template.
pub const BUTTON_TEMPLATE_TEXT: Limit = Limit::new("payload.text", 640, Unit::Characters);
/// Images of one Instagram message.
pub const IMAGES: Limit = Limit::new("message.attachments", 10, Unit::Items);
/// Questions an ice-breaker list holds, per locale.
pub const ICE_BREAKERS: Limit = Limit::new("ice_breakers.call_to_actions", 4, Unit::Items);
/// Text shown before a Messenger conversation starts
/// ([greeting](https://developers.facebook.com/docs/messenger-platform/reference/messenger-profile-api/greeting)).
pub const GREETING_TEXT: Limit = Limit::new("greeting.text", 160, Unit::Characters);
/// Entries of a persistent menu
/// ([persistent menu](https://developers.facebook.com/docs/messenger-platform/reference/messenger-profile-api/persistent-menu)).
pub const MENU_ITEMS: Limit = Limit::new("persistent_menu.call_to_actions", 20, Unit::Items);
/// What an entry of a persistent menu shows (same page as [`MENU_ITEMS`]).
pub const MENU_TITLE: Limit = Limit::new("persistent_menu.call_to_actions.title", 30, Unit::Characters);
/// How far one call extends the thread control: seven days
/// ([routing](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing)).
pub const EXTEND_CONTROL: Limit = Limit::new("duration", 604_800, Unit::Seconds);

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How long after the customer's last action anybody may answer, in milliseconds: 24 hours on both platforms
/// ([send messages](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages)).
pub const fn standard_window_ms(platform: Platform) -> i64 {
    match platform {
        Platform::Messenger | Platform::Instagram => DAY_MS,
    }
}

/// How long after the customer's last action a human may answer under the `HUMAN_AGENT` tag, in milliseconds: 7 days
/// (same page as [`standard_window_ms`]).
pub const fn human_agent_window_ms(platform: Platform) -> i64 {
    match platform {
        Platform::Messenger | Platform::Instagram => 7 * DAY_MS,
    }
}

/// How long after a comment it can be answered privately, in milliseconds: 7 days
/// ([private replies](https://developers.facebook.com/documentation/business-messaging/messenger-platform/discovery/private-replies)).
pub const PRIVATE_REPLY_WINDOW_MS: i64 = 7 * DAY_MS;

/// How long an uploaded attachment's id is good for, in milliseconds: 90 days
/// ([saving assets](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/saving-assets)).
pub const ATTACHMENT_ID_LIFE_MS: i64 = 90 * DAY_MS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_inclusive_in_its_own_unit() {
        for platform in [Platform::Messenger, Platform::Instagram] {
            let limit = text(platform);
            for c in ["a", "é", "中", "👍"] {
                let fits = limit.max / limit.unit.measure(c);
                assert_eq!(limit.check(&c.repeat(fits)), Ok(()), "{platform:?} {c}");
                let found = limit.unit.measure(c) * (fits + 1);
                assert_eq!(limit.check(&c.repeat(fits + 1)), Err(LimitExceeded { limit, found }), "{platform:?} {c}");
            }
        }
    }

    #[test]
    fn the_error_names_field_limit_and_found_but_not_the_value() {
        let refused = METADATA.check(&"s".repeat(1001)).unwrap_err();
        assert_eq!(refused.to_string(), "`metadata` may hold 1000 characters, found 1001");
    }
}
