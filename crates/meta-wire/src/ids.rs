//! Meta's identifiers. All of them are opaque text: compare, store, never parse or compute with them.

use crate::number;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as Meta wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    )+};
}

ids! {
    /// The business side of a thread as webhooks name it in `entry.id`: a Page id, or the id of an Instagram
    /// professional account.
    AccountId;
    /// A Facebook Page.
    PageId;
    /// The customer as one account sees them: PSID on Messenger, IGSID on Instagram.
    ScopedUserId;
    /// A Meta app.
    AppId;
    /// A message (`mid`). Seen with 164 characters; allow 512 and more when storing.
    Mid;
    /// An uploaded asset, private to the account that uploaded it; expires after 90 days.
    AttachmentId;
    /// A comment on a post or reel.
    CommentId;
    /// A post of a Page.
    PostId;
    /// A media object on Instagram.
    MediaId;
    /// Names a person in a chat plugin before they have a scoped id (`user_ref`).
    UserRef;
}

/// An id that Meta writes as a JSON number in some places, such as `sticker_id` or a shared post's `id`.
///
/// A host that parsed the body with `JSON.parse` has rounded integers beyond 2^53 - 1, so such an id may be off by a
/// few. Its text is kept either way; [`NumericId::exact`] says whether it may be used to look something up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NumericId {
    text: String,
    exact: bool,
}

impl NumericId {
    pub(crate) fn new(text: impl Into<String>, exact: bool) -> Self {
        Self { text: text.into(), exact }
    }

    /// The id as it came, possibly rounded: to be shown, not to be looked up.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The id, if it is known to be what Meta wrote.
    pub fn exact(&self) -> Option<&str> {
        self.exact.then_some(self.text.as_str())
    }
}

/// 2^53 - 1: up to here `JSON.parse` keeps an integer.
pub(crate) const MAX_EXACT_INTEGER: u64 = 9_007_199_254_740_991;

/// Whether an integer's digits may be the result of `JSON.stringify(JSON.parse(…))` on other digits. Beyond 2^53 - 1
/// JavaScript prints the shortest digits that read back as the same double; digits of another form were never rounded.
pub(crate) fn may_be_rounded(digits: &str) -> bool {
    match digits.parse::<u64>() {
        Ok(number) if number <= MAX_EXACT_INTEGER => false,
        _ => number::read(digits).is_some_and(|double| double.to_string() == digits),
    }
}
