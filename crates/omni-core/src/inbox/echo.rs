//! Echoes: what the business wrote, as Meta repeats it to us. Our own are recognised and not shown again; what was written
//! on the phone or in Meta's inbox is shown as such.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Card, Host};
use crate::inbox::change::Edits;
use crate::inbox::deliver::Delivery;
use crate::inbox::message::MessageEvents;
use crate::inbox::quote::Quotes;
use crate::inbox::room::Rooms;
use crate::inbox::showing::{Delivered, DeliveryContext, Disposition};
use crate::store::archives::Archives;
use meta_wire::request::thread::inbox_app;
use meta_wire::webhook::{Echo, MessageEdit, Reaction, ReactionAction};
use omni_domain::echo_match::{LEAVING_MS, Origin, is_of_lost, origin};
use omni_domain::identity::is_outdated;
use omni_domain::key;
use omni_domain::message_record::{MessageRecord, MessageState};
use omni_domain::render::echo::echo_cards;
use omni_domain::render::reaction::shown_emoji;
use omni_domain::render::text::{done, harmless};
use omni_domain::render::voice::Voice;
use omni_domain::texts::Lang;

service! {
    /// Shows what the business wrote elsewhere, as Meta repeats it, and recognises what this app sent.
    pub(crate) Echoes {
        archives: Archives,
        cx: Context,
        delivery: Delivery,
        edits: Edits,
        message_events: MessageEvents,
        quotes: Quotes,
        rooms: Rooms,
    }
}

impl<H: Host> Echoes<H> {
    pub(crate) async fn show_echo(
        &self,
        showing: &mut DeliveryContext<'_>,
        echo: &Echo,
    ) -> Result<Disposition, CoreError> {
        if self.is_our_echo(showing, echo).await? {
            return Ok(Disposition::Delivered(Delivered { mid: None, ..Delivered::nothing() }));
        }
        if !self.rooms.enter_open_room(showing).await? {
            return Ok(Disposition::AwaitingRoom);
        }
        let lang = self.cx.room_lang().await;
        let cards = self.echo_cards(showing, &lang, echo).await?;
        // Staff who answer on the phone or in Meta's inbox have answered; another app's bot has not.
        let inbox = inbox_app(showing.account.platform());
        let by_staff = echo.app_id.as_ref().is_none_or(|app| app.as_str() == inbox);
        let voice = if by_staff { Voice::Business } else { Voice::App };
        let written = self.delivery.note(showing, voice, String::new(), cards).await?;
        Ok(if written { showing.finish(echo.mid.as_ref()) } else { Disposition::AwaitingRoom })
    }

    /// Whether this app sent it: by Meta's id of the message, by what went along with it, or by what it says, as long as
    /// nobody knows what became of a message of ours that says the same.
    async fn is_our_echo(&self, showing: &DeliveryContext<'_>, echo: &Echo) -> Result<bool, CoreError> {
        if let Some(mid) = &echo.mid
            && self.archives.find_link_by_mid(showing.conversation, mid).await?.is_some_and(|link| link.outgoing)
        {
            return Ok(true);
        }
        let at = showing.entry.event_at;
        Ok(match origin(showing.conversation, echo, Some(&showing.account.app_id)) {
            Origin::Ours => true,
            Origin::Another => false,
            Origin::Unsaid => is_of_lost(showing.conversation, echo, at),
        })
    }

    /// The business changed on the phone what it had written.
    pub(crate) async fn show_own_edit(
        &self,
        showing: &mut DeliveryContext<'_>,
        edit: &MessageEdit,
    ) -> Result<Disposition, CoreError> {
        let text = edit.text.as_deref().map(harmless).filter(|text| !text.is_empty());
        if text.is_none() || is_outdated(&showing.conversation.entries, showing.entry, edit) {
            return Ok(Disposition::Delivered(Delivered::nothing()));
        }
        if !self.rooms.enter_open_room(showing).await? {
            return Ok(Disposition::AwaitingRoom);
        }
        let lang = self.cx.room_lang().await;
        let title = self.cx.text(&lang, key!("in_edited_elsewhere"), &[("account", &showing.account.shown())]);
        let mut cards = vec![Card { title: Some(title), text, ..Card::default() }];
        cards.extend(self.quotes.quoted_card(showing, &lang, &edit.mid).await?);
        let written = self.delivery.note(showing, Voice::App, String::new(), cards).await?;
        Ok(if written { showing.finish(None) } else { Disposition::AwaitingRoom })
    }

    /// The business reacted on the phone. What an agent reacted with here comes back too, where Meta repeats it.
    pub(crate) async fn show_own_reaction(
        &self,
        showing: &mut DeliveryContext<'_>,
        reaction: &Reaction,
    ) -> Result<Disposition, CoreError> {
        let link = self.archives.find_link_by_mid(showing.conversation, &reaction.mid).await?;
        let since = showing.entry.event_at.saturating_sub(LEAVING_MS);
        let by_agent = |entry: &MessageRecord| match &entry.state {
            MessageState::Outgoing(outbox) => {
                let about = outbox.about.as_ref().zip(link.as_ref());
                let is_about = about.is_some_and(|(about, link)| link.message_ids.contains(about));
                is_about && entry.event_at > since && outbox.parts.iter().any(|part| part.reaction.is_some())
            }
            _ => false,
        };
        if reaction.action == ReactionAction::Unreact || showing.conversation.entries.iter().any(by_agent) {
            return Ok(Disposition::Delivered(Delivered::nothing()));
        }
        let lang = self.cx.room_lang().await;
        let values = [("account", &*showing.account.shown()), ("emoji", &*shown_emoji(reaction))];
        let text = done(&self.cx.text(&lang, key!("in_reacted_elsewhere"), &values));
        match link {
            Some(link) => {
                let card = self.quotes.quote_of(&link, &lang).await?;
                self.edits.remark(showing, Voice::App, &link, text, card).await
            }
            None => self.edits.remark_alone(showing, Voice::App, &lang, text).await,
        }
    }

    async fn echo_cards(
        &self,
        showing: &DeliveryContext<'_>,
        lang: &Lang,
        echo: &Echo,
    ) -> Result<Vec<Card>, CoreError> {
        let quoted = match echo.reply_to.as_ref().and_then(|reply_to| reply_to.mid.as_ref()) {
            Some(mid) => self.quotes.quoted_card(showing, lang, mid).await?,
            None => None,
        };
        self.message_events.warn_of_malformed(&echo.attachments);
        Ok(echo_cards(self.cx.translator(lang), showing.account, echo, quoted))
    }
}
