//! Quotes of messages that are in a room already.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Card, Host, MessageFind};
use crate::inbox::showing::DeliveryContext;
use crate::store::archives::Archives;
use meta_wire::ids::Mid;
use omni_domain::message_record::Link;
use omni_domain::render::quote::quoted_card;
use omni_domain::texts::Lang;

service! {
    /// Quotes messages that are in a room already.
    pub(crate) Quotes {
        archives: Archives,
        cx: Context,
    }
}

impl<H: Host> Quotes<H> {
    /// The message with this `mid` as a quote.
    pub(crate) async fn quoted_card(
        &self,
        showing: &DeliveryContext<'_>,
        lang: &Lang,
        mid: &Mid,
    ) -> Result<Option<Card>, CoreError> {
        match self.archives.find_link_by_mid(showing.conversation, mid).await? {
            Some(link) => self.quote_of(&link, lang).await,
            None => Ok(None),
        }
    }

    pub(crate) async fn quote_of(&self, link: &Link, lang: &Lang) -> Result<Option<Card>, CoreError> {
        let Some(message_id) = link.message_ids.first() else { return Ok(None) };
        let Some(message) = self.cx.call(MessageFind { message_id: message_id.clone() }).await? else {
            return Ok(None);
        };
        let site = self.cx.environment().await?.site_url.clone();
        Ok(Some(quoted_card(self.cx.translator(lang), message, &site)))
    }
}
