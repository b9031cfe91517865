//! Echoes: what the business wrote, as Meta repeats it to us. Our own are recognised and not shown again; what was written
//! on the phone or in Meta's inbox is shown as such.

use super::change::is_outdated;
use super::message::File;
use super::reaction::shown_emoji;
use super::show::{Became, Showing, Shown};
use super::words::{done, harmless, link};
use crate::error::CoreError;
use crate::host::{Card, Host};
use crate::key;
use crate::session::Session;
use crate::store::{Conversation, Entry, EntryState};
use crate::texts::Lang;
use meta_wire::webhook::{Attachment, Echo, MessageEdit, Reaction, ReactionAction};

/// How long an echo that may be ours waits for the answer of the call that sent it, in milliseconds. Longer than that call
/// waits itself.
const WAIT_MS: i64 = 12_000;

/// How long a message without an answer may still be on its way, in milliseconds.
const LEAVING_MS: i64 = 10 * 60 * 1000;

/// Pause between two looks, in milliseconds.
const LOOK_AGAIN_MS: u32 = 300;

impl<H: Host> Session<H> {
    pub(super) async fn show_echo(&self, showing: &mut Showing<'_>, echo: &Echo) -> Result<Became, CoreError> {
        if self.is_ours(showing, echo).await? {
            return Ok(Became::Shown(Shown { mid: None, ..Shown::nothing() }));
        }
        if !self.enter_open_room(showing).await? {
            return Ok(Became::Aside);
        }
        let lang = self.room_lang().await;
        let cards = self.echo_cards(showing, &lang, echo).await?;
        self.note(showing, String::new(), cards).await?;
        Ok(showing.finish(echo.mid.as_ref()))
    }

    /// Whether this app sent it. The echo may be here before the answer to the call that sent it.
    async fn is_ours(&self, showing: &mut Showing<'_>, echo: &Echo) -> Result<bool, CoreError> {
        let began = self.now_ms();
        loop {
            if let Some(mid) = &echo.mid
                && self.find_link_by_mid(showing.conversation, mid).await?.is_some_and(|link| link.outgoing)
            {
                return Ok(true);
            }
            if echo.metadata.as_deref().is_some_and(|metadata| Entry::id_in_metadata(metadata).is_some()) {
                return Ok(true);
            }
            if echo.app_id.as_ref().is_some_and(|app| *app == showing.account.app_id) {
                return Ok(true);
            }
            // Messenger names the app: another one's echo is nothing of ours, whatever is on its way.
            if echo.app_id.is_some() || !has_leaving(showing.conversation, began) {
                return Ok(false);
            }
            if self.now_ms() - began > WAIT_MS {
                // A message of ours left, its answer never came, and this came instead.
                return Ok(true);
            }
            self.host.sleep(LOOK_AGAIN_MS).await;
            let id = showing.entry.conversation.clone();
            *showing.conversation = self.conversation(&id).await?;
        }
    }

    /// The business changed on the phone what it had written.
    pub(super) async fn show_own_edit(
        &self,
        showing: &mut Showing<'_>,
        edit: &MessageEdit,
    ) -> Result<Became, CoreError> {
        let text = edit.text.as_deref().map(harmless).filter(|text| !text.is_empty());
        if text.is_none() || is_outdated(showing, edit) {
            return Ok(Became::Shown(Shown::nothing()));
        }
        if !self.enter_open_room(showing).await? {
            return Ok(Became::Aside);
        }
        let lang = self.room_lang().await;
        let title = self.text(&lang, key!("in_edited_elsewhere"), &[("account", &showing.account.shown())]);
        let mut cards = vec![Card { title: Some(title), text, ..Card::default() }];
        cards.extend(self.quoted_card(showing, &lang, &edit.mid).await?);
        self.note(showing, String::new(), cards).await?;
        Ok(showing.finish(None))
    }

    /// The business reacted on the phone. What an agent reacted with here comes back too, where Meta repeats it.
    pub(super) async fn show_own_reaction(
        &self,
        showing: &mut Showing<'_>,
        reaction: &Reaction,
    ) -> Result<Became, CoreError> {
        let link = self.find_link_by_mid(showing.conversation, &reaction.mid).await?;
        let since = showing.entry.event_at.saturating_sub(LEAVING_MS);
        let by_agent = |entry: &Entry| match &entry.state {
            EntryState::Outgoing(outbox) => {
                let about = outbox.about.as_ref().zip(link.as_ref());
                let is_about = about.is_some_and(|(about, link)| link.message_ids.contains(about));
                is_about && entry.event_at > since && outbox.parts.iter().any(|part| part.reaction.is_some())
            }
            _ => false,
        };
        if reaction.action != ReactionAction::React || showing.conversation.entries.iter().any(by_agent) {
            return Ok(Became::Shown(Shown::nothing()));
        }
        let lang = self.room_lang().await;
        let values = [("account", &*showing.account.shown()), ("emoji", &*shown_emoji(reaction))];
        let text = done(&self.text(&lang, key!("in_reacted_elsewhere"), &values));
        match link {
            Some(link) => {
                let card = self.quote_of(&link, &lang).await?;
                self.remark(showing, &link, text, card).await
            }
            None => self.remark_alone(showing, &lang, text).await,
        }
    }

    async fn echo_cards(&self, showing: &Showing<'_>, lang: &Lang, echo: &Echo) -> Result<Vec<Card>, CoreError> {
        let account = showing.account.shown();
        let title = self.text(lang, key!("in_echo"), &[("account", &account)]);
        let text = echo.text.as_deref().map(harmless).filter(|text| !text.is_empty());
        let mut cards = vec![Card { title: Some(title), text, ..Card::default() }];
        if let Some(mid) = echo.reply_to.as_ref().and_then(|reply_to| reply_to.mid.as_ref()) {
            cards.extend(self.quoted_card(showing, lang, mid).await?);
        }
        for (index, attachment) in echo.attachments.iter().enumerate() {
            cards.extend(self.echo_attachment(lang, attachment, index));
        }
        if echo.is_unsupported {
            let network = showing.account.channel.label();
            let text = done(&self.text(lang, key!("in_echo_unsupported"), &[("network", network)]));
            cards.push(Card { text: Some(text), ..Card::default() });
        }
        Ok(cards)
    }

    /// What the business sent elsewhere is linked: it has the original.
    fn echo_attachment(&self, lang: &Lang, attachment: &Attachment, index: usize) -> Vec<Card> {
        match attachment {
            Attachment::Media(media) => {
                let Some(url) = media.url.clone() else { return Vec::new() };
                let card = self.file_link(lang, &File { media: media.media, url, index }, None);
                vec![card]
            }
            Attachment::Sticker(_) => vec![self.plain_card(lang, key!("in_sticker"), None)],
            Attachment::LikeHeart => vec![Card { text: Some("❤️".to_owned()), ..Card::default() }],
            Attachment::Location(location) => vec![self.location_card(lang, location)],
            Attachment::Fallback(preview) => {
                let url = preview.url.as_deref().and_then(link);
                vec![self.link_card(lang, key!("in_link"), url, preview.title.as_deref())]
            }
            Attachment::Share(share) => vec![self.share_card(lang, share)],
            Attachment::Story(story) => vec![self.story_card(lang, story)],
            Attachment::Template(template) => self.template_cards(lang, template),
            Attachment::AppointmentBooking(booking) => vec![self.appointment_card(lang, booking)],
            Attachment::Unknown(unknown) => {
                let url = unknown.url.as_deref().and_then(link);
                vec![self.link_card(lang, key!("in_attachment"), url, unknown.title.as_deref())]
            }
            Attachment::Ephemeral | Attachment::Malformed(_) => {
                vec![self.plain_card(lang, key!("in_attachment"), None)]
            }
        }
    }
}

/// Whether something of ours went out lately of which Meta's answer is not in yet.
fn has_leaving(conversation: &Conversation, now: i64) -> bool {
    conversation.entries.iter().any(|entry| match &entry.state {
        EntryState::Outgoing(outbox) => outbox.is_leaving() && now.saturating_sub(entry.stored_at) < LEAVING_MS,
        _ => false,
    })
}
