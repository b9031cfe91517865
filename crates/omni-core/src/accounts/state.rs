//! The `state` of a login: what makes a callback ours, the person's, and good for once.
//!
//! The text itself says whose login it is and until when, under a signature; the record behind it is taken away by the
//! first callback that shows it ([RFC 6749 10.12](https://www.rfc-editor.org/rfc/rfc6749#section-10.12)).

use crate::context::mac::mac;
use crate::store::Record;
use hmac::Mac;
use omni_domain::account::LoginRoute;
use omni_domain::channel::Channel;
use omni_domain::timing::{CLOCK_SKEW_MS, MINUTE_MS};
use serde::{Deserialize, Serialize};

/// How long a login may take, in milliseconds.
pub(crate) const LOGIN_MS: i64 = 10 * MINUTE_MS;

const PURPOSE: &str = "login-state";

/// A login on its way, kept until its callback comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LoginAttempt {
    /// Names it.
    pub(crate) nonce: String,
    /// For which network.
    pub(crate) channel: Channel,
    /// Over which login product.
    pub(crate) route: LoginRoute,
    /// Who started it.
    pub(crate) user_id: String,
    /// The app it was started with: settings may change in between.
    pub(crate) app_id: String,
    /// The address the dialog returns to; the exchange repeats it byte for byte.
    pub(crate) redirect_uri: String,
    /// When it was started, Unix milliseconds.
    pub(crate) made_at: i64,
}

impl Record for LoginAttempt {
    const KIND: &'static str = "login";

    fn keys(&self) -> Vec<String> {
        vec![ALL_LOGINS.into(), login_key(&self.nonce)]
    }
}

pub(crate) const ALL_LOGINS: &str = "logins";

pub(crate) fn login_key(nonce: &str) -> String {
    format!("login:{nonce}")
}

/// What a state says once its signature fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoginState {
    pub(crate) nonce: String,
    pub(crate) channel: Channel,
    pub(crate) made_at: i64,
    pub(crate) user_id: String,
}

/// Why a state was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadState {
    /// Not made by this installation.
    Forged,
    /// Made by it, too long ago.
    Expired(Channel),
}

impl LoginState {
    pub(crate) fn of(attempt: &LoginAttempt) -> Self {
        Self {
            nonce: attempt.nonce.clone(),
            channel: attempt.channel,
            made_at: attempt.made_at,
            user_id: attempt.user_id.clone(),
        }
    }

    fn payload(&self) -> String {
        // The user's id stands last: it is the one part whose characters are not ours.
        format!("{}.{}.{}.{}", self.nonce, self.channel.as_str(), self.made_at, self.user_id)
    }

    /// The text to open the dialog with.
    pub(crate) fn sign(&self, key: &str) -> String {
        let payload = self.payload();
        match mac(key, PURPOSE, &payload) {
            Some(mac) => format!("{}.{payload}", hex::encode(mac.finalize().into_bytes())),
            None => String::new(),
        }
    }

    /// Reads a text that came back.
    pub(crate) fn read(text: &str, key: &str, now_ms: i64) -> Result<Self, BadState> {
        let state = Self::authentic(text, key).ok_or(BadState::Forged)?;
        let age = now_ms.saturating_sub(state.made_at);
        if (-CLOCK_SKEW_MS..=LOGIN_MS).contains(&age) { Ok(state) } else { Err(BadState::Expired(state.channel)) }
    }

    fn authentic(text: &str, key: &str) -> Option<Self> {
        let (signature, payload) = text.split_once('.')?;
        let signature = hex::decode(signature).ok()?;
        mac(key, PURPOSE, payload)?.verify_slice(&signature).ok()?;
        let mut parts = payload.splitn(4, '.');
        let nonce = parts.next()?.to_owned();
        let channel = parts.next()?;
        let channel = Channel::ALL.into_iter().find(|known| known.as_str() == channel)?;
        let made_at = parts.next()?.parse().ok()?;
        Some(Self { nonce, channel, made_at, user_id: parts.next()?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> LoginState {
        LoginState { nonce: "n1".into(), channel: Channel::Facebook, made_at: 1000, user_id: "u.1".into() }
    }

    #[test]
    fn a_signed_state_reads_back_for_ten_minutes() {
        let text = state().sign("key");
        assert_eq!(LoginState::read(&text, "key", 1000), Ok(state()));
        assert_eq!(LoginState::read(&text, "key", 1000 + LOGIN_MS), Ok(state()));
        assert_eq!(LoginState::read(&text, "key", 1001 + LOGIN_MS), Err(BadState::Expired(Channel::Facebook)));
        assert_eq!(LoginState::read(&text, "key", 1000 - CLOCK_SKEW_MS), Ok(state()));
        assert_eq!(LoginState::read(&text, "key", 999 - CLOCK_SKEW_MS), Err(BadState::Expired(Channel::Facebook)));
    }

    #[test]
    fn any_change_makes_it_a_forgery() {
        let text = state().sign("key");
        let other_user = text.replace("u.1", "u.2");
        let other_time = text.replace("1000", "1001");
        let other_channel = text.replace("facebook", "instagram");
        let cut = text.get(1..).unwrap_or_default().to_owned();
        for forged in [other_user, other_time, other_channel, cut, String::new(), ".".into(), "a.b.c.d.e".into()] {
            assert_eq!(LoginState::read(&forged, "key", 1000), Err(BadState::Forged), "{forged}");
        }
        assert_eq!(LoginState::read(&text, "other", 1000), Err(BadState::Forged));
        assert_eq!(LoginState::read(&state().sign(""), "", 1000), Err(BadState::Forged));
    }
}
