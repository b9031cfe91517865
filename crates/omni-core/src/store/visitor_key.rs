//! The token of a customer's visitor.
//!
//! The server's public Livechat API takes a visitor's token as the only proof of who asks: it reads the room, writes in it as
//! the customer and closes it ([`livechat/room`, `livechat/message`,
//! `livechat/room.close`](https://developer.rocket.chat/apidocs/omnichannel-livechat)). So a token is more than the ids of a
//! conversation, which others may know: it ends with a MAC of them under a key that only this installation has. Read back,
//! it says whose visitor it is, on every instance and without a look into the store.

use super::{ConversationId, Record};
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Host, Room};
use crate::mac::mac;
use crate::session::Session;
use hmac::Mac;
use meta_wire::private::Private;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// The key under which visitors' tokens are made. Only ever created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorKey {
    /// Ours, random: tells the keys of two instances apart that made one at the same moment.
    pub key_id: String,
    /// The key; never shown.
    pub key: Private,
    /// When it was made, Unix milliseconds.
    pub made_at: i64,
}

impl Record for VisitorKey {
    const KIND: &'static str = "visitor-key";

    fn keys(&self) -> Vec<String> {
        vec![ALL.into(), format!("visitor-key:{}", self.key_id)]
    }
}

const ALL: &str = "visitor-keys";

const TOKEN_PREFIX: &str = "omni-direct";

const PURPOSE: &str = "visitor-token";

/// How long a new key stands before it counts, in milliseconds: instances that make one at the same moment all see each
/// other's by then, and agree on the oldest.
const SETTLE_MS: u32 = 1_000;

impl VisitorKey {
    /// The token of the conversation's visitor.
    pub fn token(&self, id: &ConversationId) -> String {
        let signed = mac(&self.key, PURPOSE, &id.to_string());
        // The server takes no empty token.
        signed.map(|mac| format!("{}-{}", stem(id), hex::encode(mac.finalize().into_bytes()))).unwrap_or_default()
    }

    fn has_signed(&self, id: &ConversationId, signature: &[u8]) -> bool {
        mac(&self.key, PURPOSE, &id.to_string()).is_some_and(|mac| mac.verify_slice(signature).is_ok())
    }
}

fn stem(id: &ConversationId) -> String {
    format!("{TOKEN_PREFIX}-{}-{}-{}", id.channel.as_str(), id.account, id.person)
}

/// The conversation that a token names, and the signature that is to prove it; `None` for a token of others.
fn read(token: &str) -> Option<(ConversationId, Vec<u8>)> {
    let rest = token.strip_prefix(TOKEN_PREFIX)?.strip_prefix('-')?;
    let (channel, rest) = rest.split_once('-')?;
    let channel = Channel::ALL.into_iter().find(|known| known.as_str() == channel)?;
    let (account, rest) = rest.split_once('-')?;
    let (person, signature) = rest.rsplit_once('-')?;
    let id = ConversationId { channel, account: account.into(), person: person.into() };
    Some((id, hex::decode(signature).ok()?))
}

impl<H: Host> Session<H> {
    /// The token of the conversation's visitor: the same on every instance for as long as the app is installed.
    pub(crate) async fn visitor_token(&self, id: &ConversationId) -> Result<String, CoreError> {
        let known = self.memory.visitor_keys.borrow().clone();
        let keys = if known.is_empty() { self.make_visitor_key().await? } else { known };
        Ok(keys.first().map(|key| key.token(id)).unwrap_or_default())
    }

    /// Whose room it is: `None` where this app is not the source of the room, or its visitor none that this installation
    /// made. Such a room is nobody's business here.
    pub(crate) async fn conversation_in(&self, room: &Room) -> Result<Option<ConversationId>, CoreError> {
        if !room.ours {
            return Ok(None);
        }
        let Some((id, signature)) = read(&room.visitor_token) else { return Ok(None) };
        let made = |keys: &[VisitorKey]| keys.iter().any(|key| key.has_signed(&id, &signature));
        let known = self.memory.visitor_keys.borrow().clone();
        // Another instance may have made a key that this one has not seen.
        let ours = made(&known) || made(&self.read_visitor_keys().await?);
        Ok(ours.then_some(id))
    }

    /// The installation's key, made when there is none.
    pub(crate) async fn make_visitor_key(&self) -> Result<Rc<Vec<VisitorKey>>, CoreError> {
        let _lock = self.lock(ALL).await;
        let stored = self.read_visitor_keys().await?;
        if !stored.is_empty() {
            return Ok(stored);
        }
        let (key_id, key) = (self.random_hex(8), Private::new(self.random_hex(32)));
        self.create_record(&VisitorKey { key_id, key, made_at: self.now_ms() }).await?;
        self.host.sleep(SETTLE_MS).await;
        self.read_visitor_keys().await
    }

    /// The keys as stored, the one in force first.
    async fn read_visitor_keys(&self) -> Result<Rc<Vec<VisitorKey>>, CoreError> {
        let mut keys: Vec<VisitorKey> = self.read_records(ALL).await?;
        keys.sort_by(|a, b| (a.made_at, &a.key_id).cmp(&(b.made_at, &b.key_id)));
        let keys = Rc::new(keys);
        self.memory.visitor_keys.replace(Rc::clone(&keys));
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> VisitorKey {
        VisitorKey { key_id: "k1".into(), key: text.into(), made_at: 0 }
    }

    fn id(person: &str) -> ConversationId {
        ConversationId { channel: Channel::Instagram, account: "178".into(), person: person.into() }
    }

    fn is_signed_by(token: &str, key: &VisitorKey) -> bool {
        read(token).is_some_and(|(id, signature)| key.has_signed(&id, &signature))
    }

    #[test]
    fn a_token_reads_back_under_the_key_that_made_it() {
        for person in ["98", "9-8", "@account"] {
            let token = key("one").token(&id(person));
            assert_eq!(read(&token).map(|(id, _)| id), Some(id(person)));
            assert!(is_signed_by(&token, &key("one")));
            assert!(!is_signed_by(&token, &key("two")));
        }
    }

    #[test]
    fn whoever_knows_the_ids_cannot_make_one() {
        let token = key("one").token(&id("98"));
        let signature = token.rsplit('-').next().unwrap_or_default();
        let of_another = format!("omni-direct-instagram-178-99-{signature}");
        let shorter = token.get(..token.len() - 2).unwrap_or_default();
        for forged in ["omni-direct-instagram-178-98", "omni-direct-instagram-178-98-", &of_another, shorter] {
            assert!(!is_signed_by(forged, &key("one")), "{forged}");
        }
        for foreign in ["", "omni-direct", "omni-direct-sms-1-2-ab", "guest-instagram-1-2-ab"] {
            assert_eq!(read(foreign), None, "{foreign}");
        }
        assert_eq!(key("").token(&id("98")), "");
    }
}
