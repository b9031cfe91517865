//! `referral`: how somebody came to the conversation. It occurs on its own (existing thread), in a postback (new thread)
//! and in a message (first one after an ad, an ig.me link or a shop page).
//!
//! Source: [`messaging_referrals`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messaging_referrals).

use super::fault::Fault;
use super::lead::Lead;
use super::reader::{Node, Object};
use crate::ids::NumericId;
use crate::private::Private;
use serde::{Deserialize, Serialize};

/// How somebody came to the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Referral {
    /// `ref` of the link or ad: letters, digits and `-_=`, at most 2083 characters.
    pub reference: Option<String>,
    /// `SHORTLINK` (Instagram's pages also print `SHORTLINKS`), `ADS` and others.
    pub source: Option<String>,
    /// `type`: `OPEN_THREAD`, or `LEAD_COMPLETE` and `LEAD_INCOMPLETE` after a lead ad.
    pub referral_type: Option<String>,
    /// The ad.
    pub ad_id: Option<NumericId>,
    /// What the ad showed.
    pub ads_context: Option<AdsContext>,
    /// The product of a shop page.
    pub product_id: Option<NumericId>,
    /// The page the chat plugin was on.
    pub referer_uri: Option<Private>,
    /// The person writes from a chat plugin without being logged in.
    pub is_guest_user: Option<bool>,
    /// The answers of a lead ad, which stand beside the referral.
    pub lead: Option<Lead>,
}

/// What an ad showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdsContext {
    /// Its title.
    pub ad_title: Option<String>,
    /// Its picture.
    pub photo_url: Option<Private>,
    /// A still of its video.
    pub video_url: Option<Private>,
    /// Its post.
    pub post_id: Option<NumericId>,
    /// The product shown.
    pub product_id: Option<NumericId>,
    /// The welcome flow it starts.
    pub flow_id: Option<NumericId>,
}

impl Referral {
    /// `holder` is the object the referral stands in: a lead's answers are its sibling.
    pub(super) fn read(node: Node<'_, '_>, holder: &Object<'_, '_>) -> Result<Self, Fault> {
        let referral = node.object()?;
        Ok(Self {
            reference: referral.optional_text("ref"),
            source: referral.optional_text("source"),
            referral_type: referral.optional_text("type"),
            ad_id: referral.optional_numeric_id("ad_id"),
            ads_context: referral.optional("ads_context_data", ads_context),
            product_id: referral
                .optional("product", |node| node.object()?.maybe("id", |node| node.numeric_id()))
                .flatten(),
            referer_uri: referral.optional_private("referer_uri"),
            is_guest_user: referral.optional("is_guest_user", |node| node.boolean()),
            lead: holder.optional("lead", Lead::read),
        })
    }
}

fn ads_context(node: Node<'_, '_>) -> Result<AdsContext, Fault> {
    let context = node.object()?;
    Ok(AdsContext {
        ad_title: context.optional_text("ad_title"),
        photo_url: context.optional_private("photo_url"),
        video_url: context.optional_private("video_url"),
        post_id: context.optional_numeric_id("post_id"),
        product_id: context.optional_numeric_id("product_id"),
        flow_id: context.optional_numeric_id("flow_id"),
    })
}
