//! `read` and `delivery`: how far the customer has got.
//!
//! Sources: [`message_reads`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/message-reads),
//! [`message_deliveries`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/message-deliveries),
//! [Instagram messaging webhooks](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks).

use super::fault::Fault;
use super::reader::Node;
use crate::ids::Mid;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// The customer has read messages. One of the two fields is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadReceipt {
    /// Messenger: everything sent until then is read.
    pub watermark: Option<UnixMillis>,
    /// Instagram: this message is read.
    pub mid: Option<Mid>,
}

/// Messages have reached the customer's device; Messenger only. One of the two fields is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryReceipt {
    /// The messages, not always listed.
    pub mids: Vec<Mid>,
    /// Everything sent until then is delivered.
    pub watermark: Option<UnixMillis>,
}

impl ReadReceipt {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let read = node.object()?;
        let watermark = read.optional_time("watermark");
        let mid = read.optional_id("mid");
        if watermark.is_none() && mid.is_none() {
            return Err(read.missing("watermark"));
        }
        Ok(Self { watermark, mid })
    }
}

impl DeliveryReceipt {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let delivery = node.object()?;
        let mids: Option<Vec<Mid>> = delivery.optional("mids", |node| node.each_good(|node| node.id()));
        let watermark = delivery.optional_time("watermark");
        if watermark.is_none() && mids.as_ref().is_none_or(Vec::is_empty) {
            return Err(delivery.missing("watermark"));
        }
        Ok(Self { mids: mids.unwrap_or_default(), watermark })
    }
}
