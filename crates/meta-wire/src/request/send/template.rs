//! Messages with buttons.

use crate::ids::AttachmentId;
use crate::limits::{self, MediaKind};
use crate::platform::Platform;
use crate::request::RequestError;
use crate::request::error::{filled, web_url};
use serde_json::{Map, Value, json};

/// A structured message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Template {
    /// One card or several side by side
    /// ([generic](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/template/generic)).
    Generic(Vec<Element>),
    /// A text over one to three buttons
    /// ([button](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/template/button)).
    Button {
        /// The text.
        text: String,
        /// The buttons.
        buttons: Vec<Button>,
    },
    /// A picture or film over at most one button (Messenger,
    /// [media](https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/template/media)).
    Media {
        /// Image or video.
        kind: MediaKind,
        /// An upload; or, as text, the address of a post on Facebook.
        source: MediaSource,
        /// The buttons.
        buttons: Vec<Button>,
    },
}

/// What a media template shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaSource {
    /// An upload.
    Id(AttachmentId),
    /// A picture or film on Facebook; other hosts are refused.
    FacebookUrl(String),
}

/// One card of a generic template.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// First line.
    pub title: String,
    /// Second line.
    pub subtitle: Option<String>,
    /// Picture.
    pub image_url: Option<String>,
    /// What a tap on the card itself opens.
    pub default_action_url: Option<String>,
    /// Its buttons.
    pub buttons: Vec<Button>,
}

/// A button of a template or of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Button {
    /// Opens an address.
    WebUrl {
        /// What it shows.
        title: String,
        /// The address.
        url: String,
    },
    /// Sends us a postback.
    Postback {
        /// What it shows; comes back as the customer's words.
        title: String,
        /// What comes back beside it.
        payload: String,
    },
    /// Starts a telephone call (Messenger).
    PhoneNumber {
        /// What it shows.
        title: String,
        /// The number with `+` and country code.
        number: String,
    },
}

impl Button {
    pub(crate) fn to_json(&self, platform: Platform, title_limit: limits::Limit) -> Result<Value, RequestError> {
        let (title, button) = match self {
            Self::WebUrl { title, url } => {
                web_url("buttons.url", url)?;
                (title, json!({ "type": "web_url", "title": title, "url": url }))
            }
            Self::Postback { title, payload } => {
                filled("buttons.payload", payload)?;
                limits::POSTBACK_PAYLOAD.check(payload)?;
                (title, json!({ "type": "postback", "title": title, "payload": payload }))
            }
            Self::PhoneNumber { title, number } => {
                if platform != Platform::Messenger {
                    return Err(RequestError::Unsupported { field: "phone_number", platform });
                }
                if !number.strip_prefix('+').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
                    return Err(RequestError::Invalid { field: "buttons.payload", expected: "+ and digits" });
                }
                (title, json!({ "type": "phone_number", "title": title, "payload": number }))
            }
        };
        filled("buttons.title", title)?;
        title_limit.check(title)?;
        Ok(button)
    }
}

fn add_buttons(object: &mut Map<String, Value>, buttons: &[Button], platform: Platform) -> Result<(), RequestError> {
    limits::BUTTONS.check_count(buttons.len())?;
    if !buttons.is_empty() {
        let buttons = buttons
            .iter()
            .map(|button| button.to_json(platform, limits::BUTTON_TITLE))
            .collect::<Result<Vec<_>, _>>()?;
        object.insert("buttons".into(), buttons.into());
    }
    Ok(())
}

impl Element {
    fn to_json(&self, platform: Platform) -> Result<Value, RequestError> {
        filled("elements.title", &self.title)?;
        limits::ELEMENT_TITLE.check(&self.title)?;
        let mut element = Map::from_iter([("title".to_owned(), self.title.as_str().into())]);
        let mut more_than_title = !self.buttons.is_empty();
        if let Some(subtitle) = &self.subtitle {
            limits::ELEMENT_SUBTITLE.check(subtitle)?;
            element.insert("subtitle".into(), subtitle.as_str().into());
            more_than_title = true;
        }
        if let Some(url) = &self.image_url {
            web_url("elements.image_url", url)?;
            element.insert("image_url".into(), url.as_str().into());
            more_than_title = true;
        }
        if let Some(url) = &self.default_action_url {
            web_url("elements.default_action.url", url)?;
            element.insert("default_action".into(), json!({ "type": "web_url", "url": url }));
            more_than_title = true;
        }
        if !more_than_title {
            return Err(RequestError::Empty { field: "elements.subtitle" });
        }
        add_buttons(&mut element, &self.buttons, platform)?;
        Ok(Value::Object(element))
    }
}

impl Template {
    pub(super) fn to_json(&self, platform: Platform) -> Result<Value, RequestError> {
        match self {
            Self::Generic(elements) => {
                if elements.is_empty() {
                    return Err(RequestError::Empty { field: "elements" });
                }
                limits::TEMPLATE_ELEMENTS.check_count(elements.len())?;
                let elements = elements.iter().map(|e| e.to_json(platform)).collect::<Result<Vec<_>, _>>()?;
                Ok(json!({ "template_type": "generic", "elements": elements }))
            }
            Self::Button { text, buttons } => {
                filled("payload.text", text)?;
                limits::BUTTON_TEMPLATE_TEXT.check(text)?;
                if buttons.is_empty() {
                    return Err(RequestError::Empty { field: "buttons" });
                }
                let mut payload = Map::from_iter([
                    ("template_type".to_owned(), "button".into()),
                    ("text".to_owned(), text.as_str().into()),
                ]);
                add_buttons(&mut payload, buttons, platform)?;
                Ok(Value::Object(payload))
            }
            Self::Media { kind, source, buttons } => {
                if platform != Platform::Messenger {
                    return Err(RequestError::Unsupported { field: "template_type", platform });
                }
                if !matches!(kind, MediaKind::Image | MediaKind::Video) {
                    return Err(RequestError::Invalid { field: "elements.media_type", expected: "image or video" });
                }
                let mut element = Map::from_iter([("media_type".to_owned(), kind.as_str().into())]);
                match source {
                    MediaSource::Id(id) => {
                        filled("elements.attachment_id", id.as_str())?;
                        element.insert("attachment_id".into(), id.as_str().into());
                    }
                    MediaSource::FacebookUrl(url) => {
                        web_url("elements.url", url)?;
                        if !is_on_facebook(url) {
                            return Err(RequestError::Invalid {
                                field: "elements.url",
                                expected: "an address on facebook.com",
                            });
                        }
                        element.insert("url".into(), url.as_str().into());
                    }
                }
                add_buttons(&mut element, buttons, platform)?;
                Ok(json!({ "template_type": "media", "elements": [element] }))
            }
        }
    }
}

fn is_on_facebook(url: &str) -> bool {
    let host = url.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    host.is_some_and(|host| {
        let host = host.to_ascii_lowercase();
        host == "facebook.com" || host.ends_with(".facebook.com")
    })
}
