//! What a conversation offers before the first word: `/{node}/messenger_profile`.
//!
//! [Properties](https://developers.facebook.com/documentation/business-messaging/messenger-platform/reference/messenger-profile-api),
//! [ice breakers](https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api/ice-breakers/),
//! [persistent menu](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/persistent-menu)
//! (read 2026-11-20). Ten calls in ten minutes per Page.

use super::error::filled;
use super::graph::{Business, Graph};
use super::http::{Body, Method};
use super::send::{Button, on_route};
use super::{HttpRequest, RequestError};
use crate::limits;
use crate::platform::Platform;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The locale that everyone without a list of their own gets. Every property with locales needs it.
pub const DEFAULT_LOCALE: &str = "default";

/// A property of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// The button a new conversation starts with (Messenger).
    GetStarted,
    /// The text over it (Messenger).
    Greeting,
    /// Questions to start with.
    IceBreakers,
    /// A menu that is always there.
    PersistentMenu,
}

impl Property {
    /// Every property, in the order they can be removed in: Messenger refuses to lose its button before its menu.
    pub const ALL: [Self; 4] = [Self::PersistentMenu, Self::IceBreakers, Self::Greeting, Self::GetStarted];

    /// Meta's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GetStarted => "get_started",
            Self::Greeting => "greeting",
            Self::IceBreakers => "ice_breakers",
            Self::PersistentMenu => "persistent_menu",
        }
    }

    fn check(self, platform: Platform) -> Result<(), RequestError> {
        match (self, platform) {
            (Self::GetStarted | Self::Greeting, Platform::Instagram) => {
                Err(RequestError::Unsupported { field: self.as_str(), platform })
            }
            _ => Ok(()),
        }
    }
}

/// Questions in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceBreakers {
    /// A locale such as `en_GB`, or [`DEFAULT_LOCALE`].
    pub locale: String,
    /// The questions.
    pub call_to_actions: Vec<IceBreaker>,
}

/// A question to start with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceBreaker {
    /// What it shows; comes back as the title of a postback.
    pub question: String,
    /// What comes back beside it.
    pub payload: String,
}

/// The text over the first button, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// A locale such as `en_GB`, or [`DEFAULT_LOCALE`].
    pub locale: String,
    /// The text; `{{user_first_name}}` and its like are filled in by Meta.
    pub text: String,
}

/// The menu in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// A locale such as `en_GB`, or [`DEFAULT_LOCALE`].
    pub locale: String,
    /// Takes the text field away, so that only the menu can be used (Messenger).
    pub composer_input_disabled: bool,
    /// Its entries: links and postbacks.
    pub items: Vec<Button>,
}

/// Properties to set; what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// Payload of the first button (Messenger).
    pub get_started: Option<String>,
    /// Texts over it (Messenger).
    pub greeting: Option<Vec<Greeting>>,
    /// Questions to start with.
    pub ice_breakers: Option<Vec<IceBreakers>>,
    /// The menu. On Messenger it shows only where the first button is set as well.
    pub persistent_menu: Option<Vec<Menu>>,
}

/// `POST /{node}/messenger_profile`: sets properties. Answered by [`Done`](crate::answer::Done).
///
/// # Errors
/// [`RequestError`] for a field too large, empty, or not on the platform, and for locales without [`DEFAULT_LOCALE`].
pub fn set(graph: &Graph, business: &Business, profile: &Profile) -> Result<HttpRequest, RequestError> {
    let platform = business.platform;
    let mut body = Map::new();
    let mut put = |property: Property, value: Value| {
        property.check(platform)?;
        body.insert(property.as_str().into(), value);
        Ok::<(), RequestError>(())
    };
    if let Some(payload) = &profile.get_started {
        filled("get_started.payload", payload)?;
        limits::POSTBACK_PAYLOAD.check(payload)?;
        put(Property::GetStarted, json!({ "payload": payload }))?;
    }
    if let Some(greetings) = &profile.greeting {
        with_default("greeting", greetings.iter().map(|greeting| greeting.locale.as_str()))?;
        for greeting in greetings {
            filled("greeting.text", &greeting.text)?;
            limits::GREETING_TEXT.check(&greeting.text)?;
        }
        put(Property::Greeting, json!(greetings))?;
    }
    if let Some(ice_breakers) = &profile.ice_breakers {
        with_default("ice_breakers", ice_breakers.iter().map(|list| list.locale.as_str()))?;
        ice_breakers.iter().try_for_each(check_ice_breakers)?;
        put(Property::IceBreakers, json!(ice_breakers))?;
    }
    if let Some(menus) = &profile.persistent_menu {
        with_default("persistent_menu", menus.iter().map(|menu| menu.locale.as_str()))?;
        let menus = menus.iter().map(|menu| menu_json(menu, platform)).collect::<Result<Vec<_>, _>>()?;
        put(Property::PersistentMenu, menus.into())?;
    }
    if body.is_empty() {
        return Err(RequestError::Empty { field: "messenger_profile" });
    }
    if platform == Platform::Instagram {
        body.insert("platform".into(), platform.as_str().into());
    }
    call(graph, business, Method::Post, &[], Body::Json(Value::Object(body).to_string()))
}

/// `GET /{node}/messenger_profile`: reads properties. Answered by
/// [`MessengerProfile`](crate::answer::MessengerProfile).
///
/// # Errors
/// [`RequestError`] without properties, and for one that is not on the platform.
pub fn read(graph: &Graph, business: &Business, properties: &[Property]) -> Result<HttpRequest, RequestError> {
    let fields = names(properties, business.platform)?.join(",");
    call(graph, business, Method::Get, &[("fields", &fields)], Body::None)
}

/// `DELETE /{node}/messenger_profile`: removes properties. Answered by [`Done`](crate::answer::Done).
///
/// # Errors
/// As [`read`].
pub fn remove(graph: &Graph, business: &Business, properties: &[Property]) -> Result<HttpRequest, RequestError> {
    let fields = names(properties, business.platform)?;
    call(graph, business, Method::Delete, &[], Body::Json(json!({ "fields": fields }).to_string()))
}

fn call(
    graph: &Graph,
    business: &Business,
    method: Method,
    query: &[(&str, &str)],
    body: Body,
) -> Result<HttpRequest, RequestError> {
    on_route(graph, business, "messenger_profile")?;
    // Meta's Instagram samples name the platform in the address, in those with a body there as well.
    let platform = (business.platform == Platform::Instagram).then_some(("platform", business.platform.as_str()));
    let query: Vec<_> = query.iter().copied().chain(platform).collect();
    graph.request(method, &[&business.node, "messenger_profile"], &query, body)
}

fn names(properties: &[Property], platform: Platform) -> Result<Vec<&'static str>, RequestError> {
    if properties.is_empty() {
        return Err(RequestError::Empty { field: "fields" });
    }
    properties.iter().map(|property| property.check(platform).map(|()| property.as_str())).collect()
}

fn with_default<'a>(field: &'static str, mut locales: impl Iterator<Item = &'a str>) -> Result<(), RequestError> {
    if locales.any(|locale| locale == DEFAULT_LOCALE) {
        Ok(())
    } else {
        Err(RequestError::Invalid { field, expected: "complete: the locale `default` is missing" })
    }
}

fn check_ice_breakers(list: &IceBreakers) -> Result<(), RequestError> {
    if list.call_to_actions.is_empty() {
        return Err(RequestError::Empty { field: "ice_breakers.call_to_actions" });
    }
    limits::ICE_BREAKERS.check_count(list.call_to_actions.len())?;
    for IceBreaker { question, payload } in &list.call_to_actions {
        filled("ice_breakers.call_to_actions.question", question)?;
        filled("ice_breakers.call_to_actions.payload", payload)?;
        limits::POSTBACK_PAYLOAD.check(payload)?;
    }
    Ok(())
}

fn menu_json(menu: &Menu, platform: Platform) -> Result<Value, RequestError> {
    if menu.items.is_empty() {
        return Err(RequestError::Empty { field: "persistent_menu.call_to_actions" });
    }
    limits::MENU_ITEMS.check_count(menu.items.len())?;
    if menu.items.iter().any(|item| matches!(item, Button::PhoneNumber { .. })) {
        return Err(RequestError::Invalid {
            field: "persistent_menu.call_to_actions",
            expected: "made of links and postbacks",
        });
    }
    let items =
        menu.items.iter().map(|item| item.to_json(platform, limits::MENU_TITLE)).collect::<Result<Vec<_>, _>>()?;
    match (platform, menu.composer_input_disabled) {
        (Platform::Messenger, composer_input_disabled) => Ok(json!({
            "locale": menu.locale,
            "composer_input_disabled": composer_input_disabled,
            "call_to_actions": items,
        })),
        (Platform::Instagram, false) => Ok(json!({ "locale": menu.locale, "call_to_actions": items })),
        (Platform::Instagram, true) => {
            Err(RequestError::Unsupported { field: "persistent_menu.composer_input_disabled", platform })
        }
    }
}
