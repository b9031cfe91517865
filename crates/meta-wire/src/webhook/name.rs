//! Names that Meta gives things.

/// A name Meta gave something, fit for a log line: as it is if it is a plain word of at most 64 characters, otherwise
/// `?`, since it might be content in the wrong place.
pub(super) fn plain_word(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let fits = (1..=64).contains(&name.len()) && name.bytes().all(plain);
    if fits { name.to_owned() } else { "?".to_owned() }
}
