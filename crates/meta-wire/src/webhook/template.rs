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
    /// Where the whole leads: a shared comment, ad or post, or the order of a receipt.
    pub url: Option<Private>,
    /// What a receipt says beside its elements.
    pub receipt: Option<Receipt>,
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
    /// Where it leads; in a media template the picture or video.
    pub url: Option<Private>,
    /// `image` or `video`, in a media template.
    pub media_type: Option<String>,
    /// How many, on a receipt.
    pub quantity: Option<f64>,
    /// The price, on a receipt.
    pub price: Option<f64>,
    /// The price's currency, on a receipt.
    pub currency: Option<String>,
    /// Its buttons.
    pub buttons: Vec<Button>,
}

/// What a receipt says beside its elements.
///
/// Source: [receipt template](https://developers.facebook.com/documentation/business-messaging/messenger-platform/reference/templates/receipt).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The order's number.
    pub order_number: Option<String>,
    /// How it is paid.
    pub payment_method: Option<String>,
    /// What all of it costs.
    pub total: Option<f64>,
    /// In which currency.
    pub currency: Option<String>,
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
    /// `url` and `title` are those of the attachment.
    pub(super) fn read(
        payload: Option<&Object<'_, '_>>,
        attachment: &Object<'_, '_>,
        url: Option<Private>,
        title: Option<Private>,
    ) -> Self {
        let raw = payload.map_or_else(|| attachment.node().raw(), |payload| payload.node().raw());
        let Some(payload) = payload else {
            let (elements, buttons) = (Vec::new(), Vec::new());
            return Self { template_type: None, text: title, elements, buttons, url, receipt: None, raw };
        };
        let product = payload.optional("product", Node::object);
        let holder = product.as_ref().unwrap_or(payload);
        let elements = holder.optional("elements", |node| node.each_good(element)).unwrap_or_default();
        // Beside elements it repeats their titles.
        let title = title.filter(|_| elements.is_empty());
        let template_type = payload.optional_text("template_type");
        let receipt = (template_type.as_deref() == Some("receipt")).then(|| Receipt {
            order_number: payload.optional_text("order_number"),
            payment_method: payload.optional_text("payment_method"),
            total: payload
                .optional("summary", |node| node.object()?.maybe("total_cost", |node| node.number()))
                .flatten(),
            currency: payload.optional_text("currency"),
        });
        Self {
            template_type,
            text: payload.optional_private("text").or(title),
            elements,
            buttons: buttons(payload),
            url: url.or_else(|| payload.optional_private("order_url")),
            receipt,
            raw,
        }
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
        url: element.optional_private("url").or_else(|| element.optional_private("item_url")).or_else(|| {
            element.optional("default_action", |node| Ok(node.object()?.optional_private("url"))).flatten()
        }),
        media_type: element.optional_text("media_type"),
        quantity: element.optional("quantity", |node| node.number()),
        price: element.optional("price", |node| node.number()),
        currency: element.optional_text("currency"),
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
