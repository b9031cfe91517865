//! Profiles: the customer's, and the account's greeting page.

use super::List;
use crate::answer::lenient::{maybe_id, maybe_text, maybe_truth, maybe_whole};
use crate::ids::ScopedUserId;
use crate::private::Private;
use crate::request::messenger_profile::{Greeting, IceBreaker, IceBreakers};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A customer's profile. Everything may be missing: Meta answers `{}` where it may not tell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Profile {
    /// The person.
    #[serde(default, deserialize_with = "maybe_id")]
    pub id: Option<ScopedUserId>,
    /// Full name.
    #[serde(default, deserialize_with = "private")]
    pub name: Option<Private>,
    /// First name (Messenger).
    #[serde(default, deserialize_with = "private")]
    pub first_name: Option<Private>,
    /// Last name (Messenger).
    #[serde(default, deserialize_with = "private")]
    pub last_name: Option<Private>,
    /// Handle without `@` (Instagram).
    #[serde(default, deserialize_with = "private")]
    pub username: Option<Private>,
    /// Language and country such as `pt_BR` (Messenger).
    #[serde(default, deserialize_with = "maybe_text")]
    pub locale: Option<String>,
    /// Address of the picture; signed, and good for a few days only.
    #[serde(default, deserialize_with = "private")]
    pub profile_pic: Option<Private>,
    /// Followers (Instagram).
    #[serde(default, deserialize_with = "maybe_whole")]
    pub follower_count: Option<i64>,
    /// Follows the business (Instagram).
    #[serde(default, deserialize_with = "maybe_truth")]
    pub is_user_follow_business: Option<bool>,
    /// Is followed by the business (Instagram).
    #[serde(default, deserialize_with = "maybe_truth")]
    pub is_business_follow_user: Option<bool>,
    /// Has the blue mark (Instagram).
    #[serde(default, deserialize_with = "maybe_truth")]
    pub is_verified_user: Option<bool>,
}

impl Profile {
    /// The name to show: the full name, first and last name, or the handle.
    pub fn display_name(&self) -> Option<Private> {
        let joined = [&self.first_name, &self.last_name].into_iter().flatten().map(Private::as_str);
        let joined = joined.collect::<Vec<_>>().join(" ");
        let joined = (!joined.is_empty()).then(|| Private::from(joined));
        self.name.clone().or(joined).or_else(|| self.username.clone())
    }
}

pub(super) fn private<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Private>, D::Error> {
    Ok(maybe_text(deserializer)?.filter(|text| !text.trim().is_empty()).map(Private::from))
}

/// What [`messenger_profile::read`](crate::request::messenger_profile::read) finds set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "Value")]
pub struct MessengerProfile {
    /// Payload of the first button.
    pub get_started: Option<String>,
    /// Texts over it.
    pub greeting: Vec<Greeting>,
    /// Questions, in Meta's present form; a list without locales counts as the default one.
    pub ice_breakers: Vec<IceBreakers>,
    /// The menu as Meta keeps it.
    pub persistent_menu: Option<Value>,
}

impl TryFrom<Value> for MessengerProfile {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, &'static str> {
        let data = value.get("data").and_then(Value::as_array).ok_or("no data")?;
        let mut profile = Self::default();
        for item in data {
            if let Some(payload) = item.pointer("/get_started/payload").and_then(Value::as_str) {
                profile.get_started = Some(payload.to_owned());
            }
            if let Some(greeting) = item.get("greeting") {
                profile.greeting = items(greeting);
            }
            if let Some(menu) = item.get("persistent_menu").filter(|menu| !menu.is_null()) {
                profile.persistent_menu = Some(menu.clone());
            }
            // The ice breakers' own page shows the lists without the property's name around them.
            let lists = item.get("ice_breakers").cloned().or_else(|| {
                item.get("call_to_actions").or(item.get("question")).map(|_| Value::Array(vec![item.clone()]))
            });
            if let Some(lists) = lists {
                profile.add_ice_breakers(&lists);
            }
        }
        Ok(profile)
    }
}

impl MessengerProfile {
    fn add_ice_breakers(&mut self, lists: &Value) {
        self.ice_breakers.extend(items::<IceBreakers>(lists));
        let questions: Vec<IceBreaker> = items(lists);
        if !questions.is_empty() {
            let locale = crate::request::messenger_profile::DEFAULT_LOCALE;
            match self.ice_breakers.iter_mut().find(|list| list.locale == locale) {
                Some(list) => list.call_to_actions.extend(questions),
                None => self.ice_breakers.push(IceBreakers { locale: locale.to_owned(), call_to_actions: questions }),
            }
        }
    }
}

fn items<T: serde::de::DeserializeOwned>(list: &Value) -> Vec<T> {
    List::deserialize(list).map(|list| list.items).unwrap_or_default()
}
