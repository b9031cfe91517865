//! What windows submit, and how accounts are named in them.

use omni_domain::channel::Channel;

/// How many accounts are worked on side by side: each takes some Graph calls and round trips, the host gives a handler 30 s,
/// and Meta counts what an app asks.
pub(crate) const SIDE_BY_SIDE: usize = 8;

/// Reads a network's word.
pub(crate) fn channel_of(word: &str) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| channel.as_str() == word)
}

/// Reads `instagram:178…`.
pub(crate) fn account_of(value: &str) -> Option<(Channel, &str)> {
    let (channel, id) = value.split_once(':')?;
    Some((channel_of(channel)?, id))
}
