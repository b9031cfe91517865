//! Echoes: what the business wrote, as Meta repeats it to us. Our own are recognised and not shown again; what was written
//! on the phone or in Meta's inbox is shown as such.

use super::change::is_outdated;
use super::deliver::Voice;
use super::show::{Became, Showing, Shown};
use crate::error::CoreError;
use crate::host::{Card, Host};
use crate::key;
use crate::session::Session;
use crate::store::{Conversation, Entry, EntryState, Part, PartState};
use crate::texts::Lang;
use meta_wire::ids::{AppId, Mid};
use meta_wire::request::thread::inbox_app;
use meta_wire::webhook::{Attachment, Echo, Event, MediaKind, MessageEdit, Reaction, ReactionAction, decode_item};
use omni_domain::render::echo::echo_cards;
use omni_domain::render::reaction::shown_emoji;
use omni_domain::render::text::{done, harmless};
use omni_domain::timing::{CLOCK_SKEW_MS, HOUR_MS};

/// How long the answer to a call is looked out for at once when its echo was faster, in milliseconds: longer than that call
/// waits itself. Afterwards somebody looks when what became of the message is settled, and each minute.
const FRESH_MS: i64 = 12_000;

/// How long a message without an answer may still be on its way, in milliseconds: longer than it takes to find out.
const LEAVING_MS: i64 = HOUR_MS;

/// What stays of a message of which Meta did not say whether it has it.
const MAYBE_SENT: &str = "meta-maybe-sent";

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
            Origin::Unsaid => {
                outgoing(showing.conversation).any(|sent| sent.is_unknown_at(at) && says_the_same(echo, sent.part))
            }
        })
    }

    /// Whether an entry is an echo of which nobody can tell yet whose it is: it says what is leaving here, and Meta's answer,
    /// which holds the id, is not in. It waits until that is settled, and keeps nothing else from its turn.
    pub(super) fn may_be_leaving(&self, conversation: &Conversation, entry: &Entry) -> bool {
        let now = self.now_ms();
        let at = entry.event_at;
        let leaving = |sent: &Outgoing<'_>| {
            let lately = now.saturating_sub(sent.stored_at) < LEAVING_MS;
            lately && sent.part.state == PartState::Leaving && sent.is_unknown_at(at)
        };
        if !entry.is_echo() || !outgoing(conversation).any(|sent| leaving(&sent)) {
            return false;
        }
        let (Some(event), id) = (entry.event(), &entry.conversation) else { return false };
        let own = [id.account.clone()];
        let item = decode_item(id.channel.platform(), event.channel, &own, event.raw.as_str());
        let Event::Echo(echo) = item.event else { return false };
        let known = |mid: &Mid| conversation.entries.iter().any(|entry| entry.link().mids.contains(mid));
        origin(conversation, &echo, None) == Origin::Unsaid
            && !echo.mid.as_ref().is_some_and(known)
            && outgoing(conversation).any(|sent| leaving(&sent) && says_the_same(&echo, sent.part))
    }

    /// Whether an echo of this process waits that came a moment ago: the answer to the call that sent it comes any moment.
    pub(super) fn has_fresh_echo(&self, conversation: &Conversation) -> bool {
        let now = self.now_ms();
        conversation.entries.iter().any(|entry| {
            let fresh = now.saturating_sub(entry.stored_at).saturating_abs() < FRESH_MS;
            fresh && entry.waits() && self.is_mine_to_take(entry) && self.may_be_leaving(conversation, entry)
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

/// What an echo says itself of who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Ours,
    Another,
    /// Nothing: Instagram names neither an app nor what went along.
    Unsaid,
}

fn origin(conversation: &Conversation, echo: &Echo, app_id: Option<&AppId>) -> Origin {
    let noted = echo.metadata.as_deref().and_then(Entry::id_in_metadata);
    if noted.is_some_and(|noted| conversation.entries.iter().any(|entry| entry.entry_id == noted)) {
        return Origin::Ours;
    }
    match &echo.app_id {
        Some(app) if Some(app) == app_id => Origin::Ours,
        Some(_) => Origin::Another,
        None => Origin::Unsaid,
    }
}

/// A part of what an agent, or the app itself, wrote.
struct Outgoing<'a> {
    part: &'a Part,
    stored_at: i64,
    taken_at: i64,
}

impl Outgoing<'_> {
    /// Whether Meta may have taken it just when an echo happened, and nobody knows.
    fn is_unknown_at(&self, at: i64) -> bool {
        let since = at >= self.stored_at.saturating_sub(CLOCK_SKEW_MS);
        match &self.part.state {
            PartState::Leaving => since,
            PartState::Refused { code } => {
                code == MAYBE_SENT && since && at <= self.taken_at.saturating_add(CLOCK_SKEW_MS)
            }
            _ => false,
        }
    }
}

fn outgoing(conversation: &Conversation) -> impl Iterator<Item = Outgoing<'_>> {
    conversation.entries.iter().flat_map(|entry| {
        let (parts, taken_at) = match &entry.state {
            EntryState::Outgoing(outbox) => (outbox.parts.as_slice(), outbox.taken_at),
            _ => (&[][..], 0),
        };
        parts.iter().map(move |part| Outgoing { part, stored_at: entry.stored_at, taken_at })
    })
}

/// Whether an echo may be of this part: the same words, as many files of its kind. In doubt it may: that costs the echo no
/// more than to wait.
fn says_the_same(echo: &Echo, part: &Part) -> bool {
    let text = plain(echo.text.as_deref().unwrap_or_default());
    let nothing_told = text.is_empty() && echo.attachments.is_empty();
    if part.reaction.is_some() {
        return false;
    }
    if nothing_told {
        return true;
    }
    if part.files.is_empty() {
        let with_buttons = part.choices.iter().any(|choice| choice.link);
        let template = |attachment: &Attachment| matches!(attachment, Attachment::Template(_));
        let file = |attachment: &Attachment| matches!(attachment, Attachment::Media(_) | Attachment::Sticker(_));
        return (text == plain(&part.text) && !echo.attachments.iter().any(file))
            || (with_buttons && text.is_empty() && echo.attachments.iter().any(template));
    }
    let images = part.files.iter().all(|file| file.media_type.starts_with("image/"));
    let fits = |attachment: &Attachment| match attachment {
        Attachment::Media(media) => match media.media {
            MediaKind::Image => images,
            MediaKind::Unspecified => true,
            // Meta makes other sound and films of some, and calls them by what they became.
            MediaKind::Video | MediaKind::Audio | MediaKind::File => !images,
        },
        Attachment::Unknown(_) | Attachment::Malformed(_) => true,
        _ => false,
    };
    text.is_empty() && echo.attachments.len() == part.files.len() && echo.attachments.iter().all(fits)
}

/// A text without what Meta may change on its way: blanks, and marks that are not seen.
fn plain(text: &str) -> String {
    let unseen = |c: &char| {
        c.is_whitespace() || c.is_control() || matches!(c, '\u{FE0F}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}')
    };
    text.chars().filter(|c| !unseen(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FileRef;
    use crate::store::Choice;
    use meta_wire::platform::Platform;
    use meta_wire::webhook::Channel;
    use serde_json::json;

    #[test]
    fn what_leaves_is_known_by_what_it_says() {
        let text = |text: &str| Part { text: text.to_owned(), ..Part::default() };
        let file = |media_type: &str| FileRef {
            media_type: media_type.to_owned(),
            id: String::new(),
            name: String::new(),
            size: 0,
            caption: String::new(),
        };
        let files = |types: &[&str]| Part { files: types.iter().map(|one| file(one)).collect(), ..Part::default() };
        let link = Choice { title: "Shop".to_owned(), payload: "https://shop.example".to_owned(), link: true };
        let buttons = Part { choices: vec![link], ..text("Look") };
        let reaction = Part { reaction: Some("love".to_owned()), ..Part::default() };
        let image = json!({ "type": "image", "payload": { "url": "https://scontent.cdninstagram.com/a.jpg" } });
        let video = json!({ "type": "video", "payload": { "url": "https://scontent.cdninstagram.com/a.mp4" } });
        let preview = json!({ "type": "fallback", "title": "Shop", "url": "https://shop.example" });
        let template = json!({ "type": "template", "payload": { "template_type": "button" } });
        for (part, message, expected) in [
            (text("Your order left."), json!({ "text": "Your order left." }), true),
            (text("Your  order\nleft ❤️"), json!({ "text": "Your order left ❤" }), true),
            (text("Your order left."), json!({ "text": "Your order is late." }), false),
            (text("Your order left."), json!({ "text": "Your order left." , "attachments": [image] }), false),
            (text("See shop.example"), json!({ "text": "See shop.example", "attachments": [preview] }), true),
            (text("Hi"), json!({ "attachments": [image] }), false),
            (text("Hi"), json!({ "is_unsupported": true }), true),
            (buttons.clone(), json!({ "attachments": [template] }), true),
            (buttons.clone(), json!({ "text": "Look" }), true),
            (buttons, json!({ "text": "Elsewhere" }), false),
            (files(&["image/png"]), json!({ "attachments": [image] }), true),
            (files(&["image/png", "image/jpeg"]), json!({ "attachments": [image] }), false),
            (files(&["image/png", "image/jpeg"]), json!({ "attachments": [image, image] }), true),
            (files(&["audio/mpeg"]), json!({ "attachments": [video] }), true),
            (files(&["video/mp4"]), json!({ "attachments": [image] }), false),
            (files(&["image/png"]), json!({ "text": "words", "attachments": [image] }), false),
            (reaction, json!({ "text": "love" }), false),
        ] {
            let mut message = message;
            (message["mid"], message["is_echo"]) = ("m".into(), true.into());
            let item = json!({ "sender": { "id": "1" }, "recipient": { "id": "2" }, "message": message });
            let item = decode_item(Platform::Instagram, Channel::Messaging, &["1".into()], &item.to_string());
            let Event::Echo(echo) = item.event else { panic!("not an echo") };
            assert_eq!(says_the_same(&echo, &part), expected, "{message} {part:?}");
        }
    }
}
