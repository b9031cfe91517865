//! Who the customer is, as far as Meta tells.

use crate::entry::Channel;
use crate::host::{Card, Host, VisitorFields};
use crate::key;
use crate::session::Session;
use crate::settings::Settings;
use crate::store::{Account, Conversation};
use futures_util::future::{Either, select};
use meta_wire::answer::{Call, Class, Invalid, Profile};
use meta_wire::ids::ScopedUserId;
use meta_wire::request::accounts::Detail;
use meta_wire::request::profile;
use omni_domain::render::text::{beginning, harmless, lines, link};
use std::pin::pin;

/// How long a profile is good for, in milliseconds. The address of the picture ends after some days.
const FRESH_MS: i64 = 24 * 60 * 60 * 1000;

/// How long a new conversation waits for a profile, in milliseconds: the message comes first.
const WAIT_MS: u32 = 2_500;

/// What is known of a customer.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) name: Option<String>,
    pub(super) username: Option<String>,
    picture: Option<String>,
    followers: Option<i64>,
    verified: bool,
    follows: Option<bool>,
    followed: Option<bool>,
}

impl<H: Host> Session<H> {
    /// The customer's profile when it was not read lately and Meta gives it. Its absence is no error: Meta often may not
    /// tell before the customer agreed.
    pub(super) async fn facts_of(&self, conversation: &mut Conversation, account: &Account) -> Option<Facts> {
        let read_at = conversation.head.profile_at;
        if read_at.is_some_and(|at| (self.now_ms() - at).abs() < FRESH_MS) {
            return None;
        }
        let settings = self.settings().await.ok()?;
        let asking = pin!(self.profile_of(account, &settings, &conversation.head.id.person));
        let waiting = pin!(self.host.sleep(WAIT_MS));
        match select(asking, waiting).await {
            Either::Left((Ok(found), _)) => {
                conversation.head.profile_at = Some(self.now_ms());
                Some(facts(&found))
            }
            Either::Left((Err(()), _)) => {
                conversation.head.profile_at = Some(self.now_ms());
                None
            }
            Either::Right(_) => {
                self.warn("profile-slow", "the conversation was opened without it");
                None
            }
        }
    }

    /// What Meta tells of a person; less when it refuses one of the fields, which costs all of them.
    async fn profile_of(&self, account: &Account, settings: &Settings, person: &ScopedUserId) -> Result<Profile, ()> {
        for detail in [Detail::Full, Detail::Least] {
            let request = profile(&account.graph(settings), account.platform(), person, detail).map_err(drop)?;
            match self.meta::<Profile>(Call::Repeatable, request).await {
                Ok(found) => return Ok(found),
                Err(refusal) => {
                    self.warn("profile-refused", &refusal.to_string());
                    if refusal.class != Class::Invalid(Invalid::Parameter) {
                        break;
                    }
                }
            }
        }
        Err(())
    }

    /// Puts the facts into the visitor's custom fields; the server keeps those an administrator has defined.
    pub(super) async fn keep_facts(&self, token: &str, facts: &Facts) {
        let mut fields = Vec::new();
        let mut field = |name: &str, value: Option<String>| fields.extend(value.map(|value| (name.to_owned(), value)));
        field("username", facts.username.clone());
        field("followers", facts.followers.map(|count| count.to_string()));
        field("verified", facts.verified.then(|| "true".to_owned()));
        field("follows_business", facts.follows.map(|follows| follows.to_string()));
        if fields.is_empty() {
            return;
        }
        match self.call(VisitorFields { token: token.to_owned(), fields }).await {
            Ok(refused) if refused.is_empty() => {}
            Ok(refused) => self.warn("visitor-field-refused", &refused.join(" ")),
            Err(error) => self.warn("visitor-fields", error.code()),
        }
    }

    /// The facts as agents read them; none when there is no more than a name.
    pub(super) async fn profile_card(&self, account: &Account, facts: &Facts) -> Option<Card> {
        let lang = self.room_lang().await;
        let handle = facts.username.clone().filter(|_| account.channel == Channel::Instagram);
        let marks = [
            handle.as_ref().map(|handle| format!("@{handle}")),
            facts.verified.then(|| self.text(&lang, key!("in_profile_verified"), &[])),
            facts
                .followers
                .map(|count| self.text(&lang, key!("in_profile_followers"), &[("count", &count.to_string())])),
            facts.follows.map(|follows| match follows {
                true => self.text(&lang, key!("in_profile_follows"), &[]),
                false => self.text(&lang, key!("in_profile_follows_not"), &[]),
            }),
            facts.followed.filter(|followed| *followed).map(|_| self.text(&lang, key!("in_profile_followed"), &[])),
        ];
        let text = lines(marks.into_iter().flatten());
        if text.is_empty() && facts.picture.is_none() {
            return None;
        }
        Some(Card {
            title: facts.name.clone(),
            title_link: handle.map(|handle| format!("https://www.instagram.com/{handle}/")).and_then(|url| link(&url)),
            text: (!text.is_empty()).then_some(text),
            image_url: facts.picture.clone(),
            ..Card::default()
        })
    }
}

fn facts(profile: &Profile) -> Facts {
    let name = profile.display_name().map(|name| beginning(&harmless(&name))).filter(|name| !name.is_empty());
    let plain = |handle: &&str| handle.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
    Facts {
        name,
        username: profile.username.as_deref().filter(plain).map(ToOwned::to_owned),
        picture: profile.profile_pic.as_deref().filter(|url| super::media::is_metas(url)).and_then(link),
        followers: profile.follower_count,
        verified: profile.is_verified_user == Some(true),
        follows: profile.is_user_follow_business,
        followed: profile.is_business_follow_user,
    }
}
