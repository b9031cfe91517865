//! Who the customer is, as far as Meta tells.

use super::media_url::is_metas;
use super::text::{beginning, harmless, lines, link};
use crate::channel::Channel;
use crate::key;
use crate::rocket_chat::Card;
use crate::texts::Translator;
use meta_wire::answer::Profile;

/// What is known of a customer.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// As agents read it.
    pub name: Option<String>,
    /// The handle, without `@`.
    pub username: Option<String>,
    /// Where the picture is.
    pub picture: Option<String>,
    /// How many follow the customer.
    pub followers: Option<i64>,
    /// Whether Meta vouches for who it is.
    pub verified: bool,
    /// Whether the customer follows the business.
    pub follows: Option<bool>,
    /// Whether the business follows the customer.
    pub followed: Option<bool>,
}

impl Facts {
    /// The facts as custom fields of the visitor, by name.
    pub fn fields(&self) -> Vec<(String, String)> {
        let fields = [
            ("username", self.username.clone()),
            ("followers", self.followers.map(|count| count.to_string())),
            ("verified", self.verified.then(|| "true".to_owned())),
            ("follows_business", self.follows.map(|follows| follows.to_string())),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// What a profile tells.
pub fn facts(profile: &Profile) -> Facts {
    let name = profile.display_name().map(|name| beginning(&harmless(&name))).filter(|name| !name.is_empty());
    let plain = |handle: &&str| handle.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
    Facts {
        name,
        username: profile.username.as_deref().filter(plain).map(ToOwned::to_owned),
        picture: profile.profile_pic.as_deref().filter(|url| is_metas(url)).and_then(link),
        followers: profile.follower_count,
        verified: profile.is_verified_user == Some(true),
        follows: profile.is_user_follow_business,
        followed: profile.is_business_follow_user,
    }
}

/// The facts as agents read them; none when there is no more than a name.
pub fn profile_card(say: Translator<'_>, channel: Channel, facts: &Facts) -> Option<Card> {
    let handle = facts.username.clone().filter(|_| channel == Channel::Instagram);
    let marks = [
        handle.as_ref().map(|handle| format!("@{handle}")),
        facts.verified.then(|| say.text(key!("in_profile_verified"), &[])),
        facts.followers.map(|count| say.text(key!("in_profile_followers"), &[("count", &count.to_string())])),
        facts.follows.map(|follows| match follows {
            true => say.text(key!("in_profile_follows"), &[]),
            false => say.text(key!("in_profile_follows_not"), &[]),
        }),
        facts.followed.filter(|followed| *followed).map(|_| say.text(key!("in_profile_followed"), &[])),
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
