//! `lead`: the answers somebody gave in a lead ad's automated flow.
//!
//! Source: [lead ads](https://developers.facebook.com/documentation/business-messaging/messenger-platform/discovery/lead-generation-ads-in-messenger).

use super::fault::Fault;
use super::reader::Node;
use crate::private::Private;
use serde::{Deserialize, Serialize};

/// The answers given so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lead {
    /// Question by question, in order.
    pub answers: Vec<LeadAnswer>,
}

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadAnswer {
    /// What the ad asked.
    pub question: Option<String>,
    /// What the person answered.
    pub answer: Option<Private>,
}

impl Lead {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let lead = node.object()?;
        let answer = |node: Node<'_, '_>| {
            let pair = node.object()?;
            Ok(LeadAnswer { question: pair.optional_text("question"), answer: pair.optional_private("answer") })
        };
        Ok(Self { answers: lead.need("data")?.each_good(answer)? })
    }
}
