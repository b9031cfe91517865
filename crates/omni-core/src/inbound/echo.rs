//! Echoes: what the business wrote, as Meta repeats it to us. Our own are recognised and not shown again; what was written
//! on the phone or in Meta's inbox is shown as such.

use super::deliver::Voice;
use super::show::{Became, Showing, Shown};
use crate::error::CoreError;
use crate::host::{Card, Host};
use crate::key;
use crate::session::Session;
use crate::store::{Conversation, Entry, EntryState};
use crate::texts::Lang;
use meta_wire::request::thread::inbox_app;
use meta_wire::webhook::{Echo, MessageEdit, Reaction, ReactionAction};
use omni_domain::echo_match::{LEAVING_MS, Origin, is_of_lost, origin};
use omni_domain::identity::is_outdated;
use omni_domain::render::echo::echo_cards;
use omni_domain::render::reaction::shown_emoji;
use omni_domain::render::text::{done, harmless};

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
        // Staff who answer on the phone or in Meta's inbox have answered; another app's bot has not.
        let inbox = inbox_app(showing.account.platform());
        let by_staff = echo.app_id.as_ref().is_none_or(|app| app.as_str() == inbox);
        let voice = if by_staff { Voice::Business } else { Voice::App };
        let written = self.note(showing, voice, String::new(), cards).await?;
        Ok(if written { showing.finish(echo.mid.as_ref()) } else { Became::Aside })
    }

    /// Whether this app sent it: by Meta's id of the message, by what went along with it, or by what it says, as long as
    /// nobody knows what became of a message of ours that says the same.
    async fn is_ours(&self, showing: &Showing<'_>, echo: &Echo) -> Result<bool, CoreError> {
        if let Some(mid) = &echo.mid
            && self.find_link_by_mid(showing.conversation, mid).await?.is_some_and(|link| link.outgoing)
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

    /// What became of a message is known now: echoes that waited for that have their turn.
    pub(crate) fn look_at_echoes(&self, conversation: &Conversation) {
        if !conversation.entries.iter().any(|entry| entry.waits() && entry.is_echo()) {
            return;
        }
        let (session, id) = (self.clone(), conversation.head.id.clone());
        self.host.background(Box::pin(async move {
            if let Err(error) = session.work_off(&id).await {
                session.warn("echo-unfinished", error.code());
            }
        }));
    }

    /// The business changed on the phone what it had written.
    pub(super) async fn show_own_edit(
        &self,
        showing: &mut Showing<'_>,
        edit: &MessageEdit,
    ) -> Result<Became, CoreError> {
        let text = edit.text.as_deref().map(harmless).filter(|text| !text.is_empty());
        if text.is_none() || is_outdated(&showing.conversation.entries, showing.entry, edit) {
            return Ok(Became::Shown(Shown::nothing()));
        }
        if !self.enter_open_room(showing).await? {
            return Ok(Became::Aside);
        }
        let lang = self.room_lang().await;
        let title = self.text(&lang, key!("in_edited_elsewhere"), &[("account", &showing.account.shown())]);
        let mut cards = vec![Card { title: Some(title), text, ..Card::default() }];
        cards.extend(self.quoted_card(showing, &lang, &edit.mid).await?);
        let written = self.note(showing, Voice::App, String::new(), cards).await?;
        Ok(if written { showing.finish(None) } else { Became::Aside })
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
        if reaction.action == ReactionAction::Unreact || showing.conversation.entries.iter().any(by_agent) {
            return Ok(Became::Shown(Shown::nothing()));
        }
        let lang = self.room_lang().await;
        let values = [("account", &*showing.account.shown()), ("emoji", &*shown_emoji(reaction))];
        let text = done(&self.text(&lang, key!("in_reacted_elsewhere"), &values));
        match link {
            Some(link) => {
                let card = self.quote_of(&link, &lang).await?;
                self.remark(showing, Voice::App, &link, text, card).await
            }
            None => self.remark_alone(showing, Voice::App, &lang, text).await,
        }
    }

    async fn echo_cards(&self, showing: &Showing<'_>, lang: &Lang, echo: &Echo) -> Result<Vec<Card>, CoreError> {
        let quoted = match echo.reply_to.as_ref().and_then(|reply_to| reply_to.mid.as_ref()) {
            Some(mid) => self.quoted_card(showing, lang, mid).await?,
            None => None,
        };
        self.warn_of_malformed(&echo.attachments);
        Ok(echo_cards(self.translator(lang), showing.account, echo, quoted))
    }
}
