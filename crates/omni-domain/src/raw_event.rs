//! An event as it is kept until it is shown, or understood.

use meta_wire::private::RawJson;
use serde::{Deserialize, Serialize};

/// An event as Meta sent it: decodes again at any time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawEvent {
    /// The item.
    pub raw: RawJson,
    /// Where in the delivery it stood.
    pub channel: meta_wire::webhook::Channel,
}
