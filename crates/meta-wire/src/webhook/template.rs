//! Template attachments: products a customer asks about, and echoes of what the business sent.
//!
//! Source: [`messages` event](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages).

use super::fault::Fault;
use super::reader::{Node, Object};
use crate::ids::NumericId;
use crate::private::{Private, RawJson};
use serde::{Deserialize, Serialize};

/// A template. What can be shown to an agent is decoded; the payload is kept for the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// `template_type`, such as `generic`, `button`, `media` or `receipt`; absent for products.
    pub template_type: Option<String>,
    /// The text above the buttons of a button template. In an echo it stands in the attachment's `title`.
    pub text: Option<Private>,
    /// Cards of a generic template, or products.
    pub elements: Vec<Element>,
    /// Buttons below the text of a button template.
    pub buttons: Vec<Button>,
    /// The payload, or the whole attachment if it has none.
    pub raw: RawJson,
}

/// A card or a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// A product's id in the catalogue.
    pub id: Option<NumericId>,
    /// A product's id in the shop.
    pub retailer_id: Option<String>,
    /// First line.
    pub title: Option<Private>,
    /// Second line.
    pub subtitle: Option<Private>,
    /// Its picture.
    pub image_url: Option<Private>,
    /// Its buttons.
    pub buttons: Vec<Button>,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Button {
    /// Meta's word for what it does, such as `postback` or `web_url`.
    pub action: Option<String>,
    /// What is written on it.
    pub title: Option<Private>,
    /// Where it leads, if it leads somewhere.
    pub url: Option<Private>,
}

impl Template {
    pub(super) fn read(payload: Option<&Object<'_, '_>>, attachment: &Object<'_, '_>) -> Result<Self, Fault> {
        let title = || attachment.optional_private("title").filter(|title| !title.is_empty());
        let Some(payload) = payload else {
            return Ok(Self {
                template_type: None,
                text: title(),
                elements: Vec::new(),
                buttons: Vec::new(),
                raw: attachment.node().raw(),
            });
        };
        let product = payload.optional("product", Node::object);
        let holder = product.as_ref().unwrap_or(payload);
        let elements = holder.optional("elements", |node| node.each_good(element)).unwrap_or_default();
        // Beside elements it repeats their titles.
        let title = || if elements.is_empty() { title() } else { None };
        Ok(Self {
            template_type: payload.optional_text("template_type"),
            text: payload.optional_private("text").or_else(title),
            elements,
            buttons: buttons(payload),
            raw: payload.node().raw(),
        })
    }
}

fn element(node: Node<'_, '_>) -> Result<Element, Fault> {
    let element = node.object()?;
    Ok(Element {
        id: element.optional_numeric_id("id"),
        retailer_id: element.optional_text("retailer_id"),
        title: element.optional_private("title"),
        subtitle: element.optional_private("subtitle"),
        image_url: element.optional_private("image_url"),
        buttons: buttons(&element),
    })
}

fn buttons(holder: &Object<'_, '_>) -> Vec<Button> {
    let read = |node: Node<'_, '_>| {
        let button = node.object()?;
        Ok(Button {
            action: button.optional_text("type"),
            title: button.optional_private("title"),
            url: button.optional_private("url"),
        })
    };
    holder.optional("buttons", |node| node.each_good(read)).unwrap_or_default()
}
