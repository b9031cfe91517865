//! Quotes of messages that are in a room already.

use super::show::Showing;
use crate::error::CoreError;
use crate::host::{Card, Host, MessageFind};
use crate::session::Session;
use crate::store::Link;
use crate::texts::Lang;
use meta_wire::ids::Mid;
use omni_domain::render::quote::quoted_card;

impl<H: Host> Session<H> {
    /// The message with this `mid` as a quote.
    pub(super) async fn quoted_card(
        &self,
        showing: &Showing<'_>,
        lang: &Lang,
        mid: &Mid,
    ) -> Result<Option<Card>, CoreError> {
        match self.find_link_by_mid(showing.conversation, mid).await? {
            Some(link) => self.quote_of(&link, lang).await,
            None => Ok(None),
        }
    }

    pub(super) async fn quote_of(&self, link: &Link, lang: &Lang) -> Result<Option<Card>, CoreError> {
        let Some(message_id) = link.message_ids.first() else { return Ok(None) };
        let Some(message) = self.call(MessageFind { message_id: message_id.clone() }).await? else { return Ok(None) };
        let site = self.environment().await?.site_url.clone();
        Ok(Some(quoted_card(self.translator(lang), message, &site)))
    }
}
