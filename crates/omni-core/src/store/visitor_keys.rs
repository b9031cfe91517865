//! The token of a customer's visitor.
//!
//! The server's public Livechat API takes a visitor's token as the only proof of who asks: it reads the room, writes in it as
//! the customer and closes it ([`livechat/room`, `livechat/message`,
//! `livechat/room.close`](https://developer.rocket.chat/apidocs/omnichannel-livechat)). So knowing the ids of a conversation
//! must not be enough to make one. A token holds those ids under a key that only this installation has: a MAC of them, and
//! behind it the ids, masked with what the same key makes of that MAC (a synthetic IV,
//! [RFC 5297](https://www.rfc-editor.org/rfc/rfc5297)). It is the same for a conversation each time, tells others nothing, and
//! says whose visitor it is on every instance without a look into the store: servers write rooms with their tokens into logs,
//! and a record of whose token it is could be lost.

use crate::context::Context;
use crate::context::mac::mac;
use crate::error::CoreError;
use crate::host::{Host, Room};
use crate::store::{Record, Records};
use hmac::Mac;
use meta_wire::private::Private;
use omni_domain::conversation::ConversationId;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
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

const TOKEN_PREFIX: &str = "omni-direct-";

const SIGNATURE: &str = "visitor-token";
const MASK: &str = "visitor-token-mask";

/// As much of the MAC as a token holds, in bytes: nobody guesses 128 bits.
const SIGNATURE_BYTES: usize = 16;

/// How long a new key stands before it counts, in milliseconds: instances that make one at the same moment all see each
/// other's by then, and agree on the oldest.
const SETTLE_MS: u32 = 1_000;

impl VisitorKey {
    /// The token of the conversation's visitor.
    pub fn token(&self, id: &ConversationId) -> String {
        let ids = id.to_string();
        let Some(signed) = mac(&self.key, SIGNATURE, &ids) else { return String::new() };
        let mut token: Vec<u8> = signed.finalize().into_bytes().into_iter().take(SIGNATURE_BYTES).collect();
        let masked = self.mask(&token, ids.as_bytes());
        token.extend(masked);
        format!("{TOKEN_PREFIX}{}", hex::encode(token))
    }

    /// The conversation whose visitor has the token; `None` when this key did not make it.
    fn read(&self, token: &str) -> Option<ConversationId> {
        let token = hex::decode(token.strip_prefix(TOKEN_PREFIX)?).ok()?;
        let (signature, masked) = token.split_at_checked(SIGNATURE_BYTES)?;
        let ids = String::from_utf8(self.mask(signature, masked)).ok()?;
        mac(&self.key, SIGNATURE, &ids)?.verify_truncated_left(signature).ok()?;
        ConversationId::read(&ids)
    }

    /// Masks a text, or takes the mask off.
    fn mask(&self, signature: &[u8], text: &[u8]) -> Vec<u8> {
        let signature = hex::encode(signature);
        let block = |number: usize| mac(&self.key, MASK, &format!("{number}:{signature}"));
        let mask = (0..).map_while(block).flat_map(|block| block.finalize().into_bytes());
        text.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
    }
}

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct VisitorKeysMemory {
    /// The keys of visitors' tokens, which stay what they are; empty until they were read.
    pub(crate) visitor_keys: RefCell<Rc<Vec<VisitorKey>>>,
}

service! {
    /// Makes the tokens of customers' visitors, and reads whose a token is.
    pub(crate) VisitorKeys {
        cx: Context,
        records: Records,
    } remembers VisitorKeysMemory
}

impl<H: Host> VisitorKeys<H> {
    /// The token of the conversation's visitor: the same on every instance for as long as the app is installed.
    pub(crate) async fn visitor_token(&self, id: &ConversationId) -> Result<String, CoreError> {
        let known = self.memory.visitor_keys.borrow().clone();
        let keys = if known.is_empty() { self.make_visitor_key().await? } else { known };
        Ok(keys.first().map(|key| key.token(id)).unwrap_or_default())
    }

    /// Whose room it is: `None` where this app is not the source of the room, or its visitor none that this installation
    /// made. The app leaves such a room alone.
    pub(crate) async fn conversation_in(&self, room: &Room) -> Result<Option<ConversationId>, CoreError> {
        if !room.ours {
            return Ok(None);
        }
        let read = |keys: &[VisitorKey]| keys.iter().find_map(|key| key.read(&room.visitor_token));
        let known = self.memory.visitor_keys.borrow().clone();
        match read(&known) {
            Some(id) => Ok(Some(id)),
            // Another instance may have made a key that this one has not seen.
            None => Ok(read(&self.read_visitor_keys().await?)),
        }
    }

    /// The installation's key, made when there is none.
    pub(crate) async fn make_visitor_key(&self) -> Result<Rc<Vec<VisitorKey>>, CoreError> {
        let _lock = self.cx.lock(ALL).await;
        let stored = self.read_visitor_keys().await?;
        if !stored.is_empty() {
            return Ok(stored);
        }
        let (key_id, key) = (self.cx.random_hex(8), Private::new(self.cx.random_hex(32)));
        self.records.create_record(&VisitorKey { key_id, key, made_at: self.cx.now_ms() }).await?;
        self.cx.host.sleep(SETTLE_MS).await;
        self.read_visitor_keys().await
    }

    /// The keys as stored, the one in force first.
    async fn read_visitor_keys(&self) -> Result<Rc<Vec<VisitorKey>>, CoreError> {
        let mut keys: Vec<VisitorKey> = self.records.read_records(ALL).await?;
        keys.sort_by(|a, b| (a.made_at, &a.key_id).cmp(&(b.made_at, &b.key_id)));
        let keys = Rc::new(keys);
        self.memory.visitor_keys.replace(Rc::clone(&keys));
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Channel;

    fn key(text: &str) -> VisitorKey {
        VisitorKey { key_id: "k1".into(), key: text.into(), made_at: 0 }
    }

    fn id(person: &str) -> ConversationId {
        ConversationId { channel: Channel::Instagram, account: "178".into(), person: person.into() }
    }

    #[test]
    fn a_token_reads_back_under_the_key_that_made_it() {
        for person in ["98", "9-8", "9:8", "@account", "", &"7".repeat(100)] {
            let token = key("one").token(&id(person));
            assert_eq!(token, key("one").token(&id(person)));
            assert_eq!(key("one").read(&token), Some(id(person)));
            assert_eq!(key("two").read(&token), None);
        }
    }

    #[test]
    fn a_token_tells_nothing_and_cannot_be_made() {
        let token = key("one").token(&id("98"));
        let (ids, hex) = ("instagram:178:98", token.strip_prefix(TOKEN_PREFIX).unwrap_or_default());
        assert_eq!(hex.len(), 2 * (SIGNATURE_BYTES + ids.len()));
        assert!(!hex.contains(&hex::encode(ids)) && !hex.contains(&hex::encode("178")));
        for at in 0..hex.len() {
            let other = |digit: char| if digit == '0' { '1' } else { '0' };
            let changed: String = hex.chars().enumerate().map(|(i, c)| if i == at { other(c) } else { c }).collect();
            assert_eq!(key("one").read(&format!("{TOKEN_PREFIX}{changed}")), None, "{at}");
        }
        let short = token.get(..token.len() - 2).unwrap_or_default();
        for foreign in [short, hex, "", TOKEN_PREFIX, "omni-direct-instagram-178-98", "omni-direct-00"] {
            assert_eq!(key("one").read(foreign), None, "{foreign}");
        }
        // The server refuses an empty one.
        assert_eq!(key("").token(&id("98")), "");
    }
}
