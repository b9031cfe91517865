//! `order`: somebody sent a cart.
//!
//! Source: [webhook events](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events).

use super::fault::Fault;
use super::reader::Node;
use crate::ids::NumericId;
use crate::private::Private;
use serde::{Deserialize, Serialize};

/// A cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its lines.
    pub products: Vec<OrderedProduct>,
    /// What the customer wrote to it.
    pub note: Option<Private>,
}

/// One line of a cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderedProduct {
    /// The product's id in the catalogue.
    pub id: Option<NumericId>,
    /// The product's id in the shop.
    pub retailer_id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The price of one.
    pub unit_price: Option<f64>,
    /// The currency, such as `THB`.
    pub currency: Option<String>,
    /// How many.
    pub quantity: Option<i64>,
}

impl Order {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let order = node.object()?;
        let products = order.optional("products", |node| {
            node.each_good(|node| {
                let product = node.object()?;
                Ok(OrderedProduct {
                    id: product.optional_numeric_id("id"),
                    retailer_id: product.optional_text("retailer_id"),
                    name: product.optional_text("name"),
                    unit_price: product.optional("unit_price", |node| node.number()),
                    currency: product.optional_text("currency"),
                    quantity: product.optional("quantity", |node| node.integer()),
                })
            })
        });
        let note = order.optional_private("note");
        match products {
            None if note.is_none() => Err(order.missing("products")),
            products => Ok(Self { products: products.unwrap_or_default(), note }),
        }
    }
}
