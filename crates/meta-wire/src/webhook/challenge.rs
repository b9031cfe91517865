//! The verification request: a GET that asks for the verify token and wants the challenge back.
//!
//! Source: [Graph webhooks](https://developers.facebook.com/docs/graph-api/webhooks/getting-started).

use subtle::ConstantTimeEq;

/// Longest challenge echoed. Meta's are about ten digits.
const MAX_CHALLENGE_LEN: usize = 256;

/// Checks a verification request and returns the challenge, which is the whole answer: status 200, `text/plain`,
/// nothing around it. On an error answer 403.
///
/// `mode`, `token` and `challenge` are the query parameters `hub.mode`, `hub.verify_token` and `hub.challenge`. The token
/// is compared in constant time. The challenge is echoed only if it consists of ASCII letters, digits, `-`, `_` and `.`,
/// so that nobody can have a page of their making served from here.
///
/// # Errors
///
/// A [`ChallengeError`] that names the parameter, never its value.
///
/// ```
/// use meta_wire::webhook::verify_challenge;
/// let answer = verify_challenge(Some("subscribe"), Some("our token"), Some("1158201444"), "our token");
/// assert_eq!(answer.as_deref(), Ok("1158201444"));
/// ```
pub fn verify_challenge(
    mode: Option<&str>,
    token: Option<&str>,
    challenge: Option<&str>,
    expected_token: &str,
) -> Result<String, ChallengeError> {
    if expected_token.is_empty() {
        return Err(ChallengeError::NoTokenConfigured);
    }
    let token = token.ok_or(ChallengeError::Missing { parameter: "hub.verify_token" })?;
    if !bool::from(token.as_bytes().ct_eq(expected_token.as_bytes())) {
        return Err(ChallengeError::WrongToken);
    }
    match mode {
        Some("subscribe") => {}
        Some(_) => return Err(ChallengeError::WrongMode),
        None => return Err(ChallengeError::Missing { parameter: "hub.mode" }),
    }
    let challenge = challenge.ok_or(ChallengeError::Missing { parameter: "hub.challenge" })?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if (1..=MAX_CHALLENGE_LEN).contains(&challenge.len()) && challenge.bytes().all(plain) {
        Ok(challenge.to_owned())
    } else {
        Err(ChallengeError::UnsafeChallenge)
    }
}

/// Why a verification request was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    /// There is no verify token to compare with: an empty one would let anybody in.
    #[error("no webhook verify token is configured")]
    NoTokenConfigured,
    /// A parameter is absent: somebody opened the URL, or a proxy rewrote the dots in the names.
    #[error("query parameter {parameter} is missing")]
    Missing {
        /// Its name.
        parameter: &'static str,
    },
    /// The verify token entered at Meta is not the one configured here.
    #[error("hub.verify_token is not the configured one")]
    WrongToken,
    /// `hub.mode` is not `subscribe`.
    #[error("hub.mode is not \"subscribe\"")]
    WrongMode,
    /// The challenge is empty, too long, or holds characters that do not belong into one.
    #[error("hub.challenge is not a plain word of at most {MAX_CHALLENGE_LEN} characters")]
    UnsafeChallenge,
}

impl ChallengeError {
    /// A stable word for programs and translations.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoTokenConfigured => "webhook_challenge_no_token",
            Self::Missing { .. } => "webhook_challenge_missing",
            Self::WrongToken => "webhook_challenge_wrong_token",
            Self::WrongMode => "webhook_challenge_wrong_mode",
            Self::UnsafeChallenge => "webhook_challenge_unsafe",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ChallengeError, verify_challenge};

    #[test]
    fn only_a_plain_challenge_with_the_right_token_is_echoed() {
        let check = |mode, token, challenge| verify_challenge(mode, token, challenge, "sesame");
        assert_eq!(check(Some("subscribe"), Some("sesame"), Some("1158201444")), Ok("1158201444".to_owned()));
        for (mode, token, challenge, code) in [
            (None, Some("sesame"), Some("1"), "webhook_challenge_missing"),
            (Some("subscribe"), None, Some("1"), "webhook_challenge_missing"),
            (Some("subscribe"), Some("sesame"), None, "webhook_challenge_missing"),
            (Some("unsubscribe"), Some("sesame"), Some("1"), "webhook_challenge_wrong_mode"),
            (Some("subscribe"), Some("Sesame"), Some("1"), "webhook_challenge_wrong_token"),
            (Some("subscribe"), Some("sesam"), Some("1"), "webhook_challenge_wrong_token"),
            (Some("subscribe"), Some(""), Some("1"), "webhook_challenge_wrong_token"),
            (Some("subscribe"), Some("sesame"), Some(""), "webhook_challenge_unsafe"),
            (Some("subscribe"), Some("sesame"), Some("<script>"), "webhook_challenge_unsafe"),
            (Some("subscribe"), Some("sesame"), Some("1 2"), "webhook_challenge_unsafe"),
            (Some("subscribe"), Some("sesame"), Some("1\n"), "webhook_challenge_unsafe"),
            (Some("subscribe"), Some("sesame"), Some("١٢٣"), "webhook_challenge_unsafe"),
        ] {
            assert_eq!(check(mode, token, challenge).map_err(|error| error.code()), Err(code));
        }
        let (longest, too_long) = ("1".repeat(256), "1".repeat(257));
        assert!(check(Some("subscribe"), Some("sesame"), Some(&longest)).is_ok());
        assert!(check(Some("subscribe"), Some("sesame"), Some(&too_long)).is_err());
    }

    #[test]
    fn an_unset_token_lets_nobody_in() {
        let answer = verify_challenge(Some("subscribe"), Some(""), Some("1"), "");
        assert_eq!(answer, Err(ChallengeError::NoTokenConfigured));
    }
}
