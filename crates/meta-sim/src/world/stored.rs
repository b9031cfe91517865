//! The stored world as a whole.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::Serialize;

use super::access::{Code, Grant, Token};
use super::objects::{App, Business, Comment, IgAccount, Page, Person, Persona, Platform, Routing, User};
use super::talk::{CallRecord, Media, Message, Sent, Thread, Upload};
use crate::crypto;
use crate::outgoing::Outgoing;
use crate::settings::Settings;

/// 24 hours, in milliseconds.
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The stored world. What `GET /_sim/world` shows is this, minus the bulky logs that have routes of their own.
#[derive(Debug, Default, Serialize)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) apps: BTreeMap<String, App>,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) businesses: BTreeMap<String, Business>,
    pub(crate) pages: BTreeMap<String, Page>,
    pub(crate) instagram_accounts: BTreeMap<String, IgAccount>,
    pub(crate) people: BTreeMap<String, Person>,
    pub(crate) comments: BTreeMap<String, Comment>,
    pub(crate) personas: BTreeMap<String, Persona>,
    pub(crate) grants: BTreeMap<String, Grant>,
    pub(crate) tokens: BTreeMap<String, Token>,
    #[serde(skip)]
    pub(crate) codes: HashMap<String, Code>,
    #[serde(skip)]
    pub(crate) threads: HashMap<String, Thread>,
    #[serde(skip)]
    pub(crate) messages: HashMap<String, Message>,
    #[serde(skip)]
    pub(crate) message_order: VecDeque<String>,
    #[serde(skip)]
    pub(crate) uploads: HashMap<String, Upload>,
    #[serde(skip)]
    pub(crate) media: HashMap<String, Media>,
    #[serde(skip)]
    pub(crate) media_order: VecDeque<String>,
    #[serde(skip)]
    pub(crate) sent: VecDeque<Sent>,
    #[serde(skip)]
    pub(crate) calls: VecDeque<CallRecord>,
    /// Scoped id → (account, person), filled on first contact.
    #[serde(skip)]
    pub(crate) scoped: HashMap<String, (String, String)>,
    /// Webhooks born while the world was locked; the deliverer takes them over as soon as it is free again.
    #[serde(skip)]
    pub(crate) outbox: Vec<Outgoing>,
    #[serde(skip)]
    pub(crate) serial: u64,
    /// Start of the running second and sends in it, by account.
    #[serde(skip)]
    pub(crate) send_rate: HashMap<String, (i64, u32)>,
    /// Address and end of each picture handed out.
    #[serde(skip)]
    pub(crate) pictures: HashMap<String, (String, i64)>,
}

/// A Page or an Instagram account in its role as one end of a thread.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) platform: Platform,
    /// The Page itself, or the Page an Instagram account is linked to.
    pub(crate) page_id: Option<String>,
    pub(crate) routing: Routing,
}

impl World {
    pub(crate) fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(crate) fn account(&self, id: &str) -> Option<Account> {
        if let Some(page) = self.pages.get(id) {
            return Some(Account {
                id: id.to_owned(),
                platform: Platform::Messenger,
                page_id: Some(id.to_owned()),
                routing: page.routing.clone(),
            });
        }
        let ig = self.instagram_accounts.get(id)?;
        Some(Account {
            id: id.to_owned(),
            platform: Platform::Instagram,
            page_id: self.page_of_instagram(id).map(str::to_owned),
            routing: ig.routing.clone(),
        })
    }

    pub(crate) fn page_of_instagram(&self, ig: &str) -> Option<&str> {
        self.pages.values().find(|p| p.instagram.as_deref() == Some(ig)).map(|p| p.id.as_str())
    }

    /// The id by which `account` knows `person`, remembered for the way back.
    pub(crate) fn scoped_id(&mut self, account: &str, person: &str) -> String {
        let id = self
            .people
            .get(person)
            .and_then(|p| p.ids.get(account).cloned())
            .unwrap_or_else(|| crypto::scoped_id(account, person));
        self.scoped.entry(id.clone()).or_insert_with(|| (account.to_owned(), person.to_owned()));
        id
    }

    /// Finds whom `id` means for a caller that holds `page` (and with it the linked Instagram account) or `ig`.
    pub(crate) fn find_scoped(&self, id: &str) -> Option<(&str, &str)> {
        self.scoped.get(id).map(|(account, person)| (account.as_str(), person.as_str()))
    }

    pub(crate) fn thread_mut(&mut self, account: &str, person: &str) -> &mut Thread {
        let scoped = self.scoped_id(account, person);
        self.threads.entry(thread_key(account, person)).or_insert_with(|| Thread {
            id: format!("t_{}", crypto::number(17)),
            account: account.to_owned(),
            person: person.to_owned(),
            scoped,
            ..Thread::default()
        })
    }

    pub(crate) fn thread(&self, account: &str, person: &str) -> Option<&Thread> {
        self.threads.get(&thread_key(account, person))
    }

    /// Keeps a message, and forgets the oldest one beyond the history limit.
    pub(crate) fn keep_message(&mut self, message: Message) {
        let (account, person, mid) = (message.account.clone(), message.person.clone(), message.mid.clone());
        self.messages.insert(mid.clone(), message);
        self.message_order.push_back(mid.clone());
        self.thread_mut(&account, &person).messages.push_back(mid);
        while self.message_order.len() > self.settings.history {
            let Some(old) = self.message_order.pop_front() else { break };
            let gone = self.messages.remove(&old);
            let thread = gone.and_then(|gone| self.threads.get_mut(&thread_key(&gone.account, &gone.person)));
            if let Some(thread) = thread
                && thread.messages.front() == Some(&old)
            {
                thread.messages.pop_front();
            }
        }
    }

    pub(crate) fn record_sent(&mut self, sent: Sent) {
        self.sent.push_back(sent);
        while self.sent.len() > self.settings.history {
            self.sent.pop_front();
        }
    }

    pub(crate) fn record_call(&mut self, call: CallRecord) {
        self.calls.push_back(call);
        while self.calls.len() > self.settings.history {
            self.calls.pop_front();
        }
    }

    /// The address handed out for the picture of `owner`, until half its life is over.
    pub(crate) fn fresh_picture(&self, owner: &str, now_ms: i64) -> Option<String> {
        self.pictures.get(owner).filter(|(_, until)| *until > now_ms).map(|(url, _)| url.clone())
    }

    pub(crate) fn keep_picture(&mut self, owner: &str, media: Media, now_ms: i64) -> String {
        let url = self.store_media(media, now_ms);
        self.pictures.insert(owner.to_owned(), (url.clone(), now_ms + 2 * DAY_MS));
        url
    }

    /// Puts a file where Meta's content hosts serve it and answers its signed address.
    pub(crate) fn store_media(&mut self, media: Media, now_ms: i64) -> String {
        let id = crypto::number(17);
        // The form of the links in Meta's samples: a signature and `oe`, the hex Unix time of expiry.
        let expires = (now_ms + 4 * DAY_MS) / 1000;
        let signature = crypto::hmac_sha256_hex("media", id.as_bytes());
        let signature: String = signature.chars().take(32).collect();
        let url = match media.host.as_str() {
            "lookaside.fbsbx.com" => {
                format!("https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id={id}&signature={signature}")
            }
            host => {
                let name = media.file_name.clone().unwrap_or_else(|| format!("{id}_n"));
                let name: String =
                    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect();
                format!("https://{host}/v/t1.15752-9/{id}/{name}?_nc_cat=1&oh={signature}&oe={expires:X}")
            }
        };
        self.media.insert(id.clone(), media);
        self.media_order.push_back(id);
        while self.media_order.len() > self.settings.history {
            if let Some(old) = self.media_order.pop_front() {
                self.media.remove(&old);
            }
        }
        url
    }
}

pub(crate) fn thread_key(account: &str, person: &str) -> String {
    format!("{account}/{person}")
}
