//! The two networks.

use meta_wire::platform::Platform;
use serde::{Deserialize, Serialize};

/// Which of the two networks; each has its own command, bot and setup channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export_to = "core.ts"))]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Instagram Direct.
    Instagram,
    /// Facebook Messenger.
    Facebook,
}

impl Channel {
    /// Both, in the order people read them.
    pub const ALL: [Channel; 2] = [Channel::Instagram, Channel::Facebook];

    /// The word in keys, commands and paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Instagram => "instagram",
            Self::Facebook => "facebook",
        }
    }

    /// The network in Meta's words.
    pub fn platform(self) -> Platform {
        match self {
            Self::Instagram => Platform::Instagram,
            Self::Facebook => Platform::Messenger,
        }
    }

    /// The channel of a platform.
    pub fn of(platform: Platform) -> Self {
        match platform {
            Platform::Instagram => Self::Instagram,
            Platform::Messenger => Self::Facebook,
        }
    }

    /// The name as people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Instagram => "Instagram",
            Self::Facebook => "Facebook",
        }
    }

    /// Where addresses that name no site belong.
    pub fn site(self) -> &'static str {
        match self {
            Self::Instagram => "https://www.instagram.com",
            Self::Facebook => "https://www.facebook.com",
        }
    }

    /// Its bot user.
    pub fn bot(self) -> &'static str {
        match self {
            Self::Instagram => "instagram.bot",
            Self::Facebook => "facebook.bot",
        }
    }

    /// One of its commands, as it is typed.
    pub fn command(self, words: &str) -> String {
        format!("/{} {words}", self.as_str())
    }

    /// Its setup channel, without `#`.
    pub fn setup_channel(self) -> &'static str {
        match self {
            Self::Instagram => "omnichannel-instagram-setup",
            Self::Facebook => "omnichannel-facebook-setup",
        }
    }
}
