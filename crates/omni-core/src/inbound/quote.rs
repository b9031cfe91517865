//! What a message answers: the message it quotes, or the story.

use super::message::Steps;
use super::show::Showing;
use crate::error::CoreError;
use crate::host::{Card, Host, MessageFind};
use crate::key;
use crate::session::Session;
use crate::store::Link;
use crate::texts::Lang;
use meta_wire::ids::Mid;
use meta_wire::webhook::ReplyTo;
use omni_domain::render::text::{beginning, harmless};

impl<H: Host> Session<H> {
    pub(super) async fn quote(
        &self,
        showing: &Showing<'_>,
        lang: &Lang,
        reply_to: &ReplyTo,
        steps: &mut Steps,
    ) -> Result<(), CoreError> {
        if let Some(story) = &reply_to.story {
            steps.card(self.story_link(lang, key!("in_story_reply"), story.url.as_deref()));
        }
        if let Some(mid) = &reply_to.mid {
            let card = self.quoted_card(showing, lang, mid).await?;
            steps.card(card.unwrap_or_else(|| self.plain_card(lang, key!("in_quote_unknown"), None)));
        }
        Ok(())
    }

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
        let card_text = message.cards.iter().find_map(|card| card.text.clone().or_else(|| card.title.clone()));
        let file = message.files.first().map(|file| file.name.clone());
        let text = Some(message.text.clone()).filter(|text| !text.trim().is_empty()).or(card_text).or(file);
        Ok(Some(Card {
            author: message.sender.map(|sender| sender.name).filter(|name| !name.is_empty()),
            text: Some(
                text.map_or_else(|| self.text(lang, key!("in_quote_unknown"), &[]), |text| beginning(&harmless(&text))),
            ),
            // The server refuses a relative address.
            message_link: (!site.is_empty()).then(|| format!("{site}/live/{}?msg={message_id}", message.room_id)),
            ..Card::default()
        }))
    }
}
