//! How each kind of event is shown, and what it needs for that.

use super::deliver::Voice;
use crate::error::CoreError;
use crate::host::{Card, Host, Message as RoomMessage, Visitor};
use crate::key;
use crate::session::Session;
use crate::store::{Account, Conversation, Entry, EntryState, Kept};
use crate::texts::Lang;
use meta_wire::ids::Mid;
use meta_wire::webhook::{Event, Item, Side};
use omni_domain::render::needs::{Needs, needs};
use omni_domain::render::text;

/// What an event became.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) mid: Option<Mid>,
    pub(crate) room_id: Option<String>,
    pub(crate) message_ids: Vec<String>,
    /// It was not understood: a later version of the app may.
    pub(crate) keep_event: bool,
}

impl Shown {
    /// It changed something, or there was nothing to see in it.
    pub(super) fn nothing() -> Self {
        Self { mid: None, room_id: None, message_ids: Vec::new(), keep_event: false }
    }

    /// The same as the entry of the event notes it.
    pub(super) fn into_state(self, event: Kept) -> EntryState {
        let Self { mid, room_id, message_ids, keep_event } = self;
        EntryState::Shown { mid, room_id, message_ids, kept: keep_event.then_some(event) }
    }
}

/// What became of an event.
#[derive(Debug)]
pub(super) enum Became {
    /// Done.
    Shown(Shown),
    /// Nobody can serve.
    Held,
    /// No room is open, and this is no reason to open one.
    Aside,
    /// Nothing yet: something that happened before it came while its room was opened, and goes first.
    Later,
}

/// One event on its way into a room.
#[derive(Debug)]
pub(super) struct Showing<'a> {
    pub(super) conversation: &'a mut Conversation,
    pub(super) account: &'a Account,
    pub(super) entry: &'a Entry,
    pub(super) item: &'a Item,
    /// Nobody could serve a moment ago.
    pub(super) nobody_online: bool,
    /// The room, once it was entered, and who speaks there.
    pub(super) place: Option<Place>,
    pub(super) leftovers: Leftovers,
    /// The messages it became so far.
    pub(super) message_ids: Vec<String>,
    /// What goes with its first message.
    pub(super) along: Vec<Along>,
    /// What it is written as, where it goes with the message of another event.
    pub(super) gathered: Option<Vec<Card>>,
}

/// Something to know that is shown with a customer's message, as cards under it.
#[derive(Debug, Default)]
pub(super) struct Along {
    pub(super) cards: Vec<Card>,
    /// The event it is, and what it became.
    pub(super) aside: Option<(Entry, Shown)>,
    /// Whether the message it goes with is written.
    pub(super) is_written: bool,
}

/// Where an event is shown.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) room_id: String,
    /// The customer; none in a channel of ours.
    pub(super) visitor: Option<Visitor>,
}

/// Messages an earlier attempt may have left in the room.
#[derive(Debug)]
pub(super) enum Leftovers {
    /// There was none.
    None,
    /// To be looked for before anything is written.
    Wanted,
    /// Messages that belong to no entry, oldest first.
    Found(Vec<RoomMessage>),
}

impl<'a> Showing<'a> {
    pub(super) fn new(
        conversation: &'a mut Conversation,
        account: &'a Account,
        entry: &'a Entry,
        item: &'a Item,
        nobody_online: bool,
    ) -> Self {
        Self {
            conversation,
            account,
            entry,
            item,
            nobody_online,
            place: None,
            leftovers: Leftovers::None,
            message_ids: Vec::new(),
            along: Vec::new(),
            gathered: None,
        }
    }

    /// Takes what was to be written as cards instead, where it goes with another event's message.
    pub(super) fn gather(&mut self, text: &str, cards: &[Card]) -> bool {
        let Some(gathered) = &mut self.gathered else { return false };
        let text = Some(text.to_owned()).filter(|text| !text.is_empty());
        gathered.extend(text.map(|text| Card { text: Some(text), ..Card::default() }));
        gathered.extend(cards.iter().cloned());
        true
    }

    /// The cards that still are to go with a message.
    pub(super) fn cards_along(&self) -> Vec<Card> {
        self.along.iter().filter(|along| !along.is_written).flat_map(|along| along.cards.clone()).collect()
    }

    /// A message is written that holds these.
    pub(super) fn went_along(&mut self, holds: impl Fn(&Along) -> bool) {
        for along in self.along.iter_mut().filter(|along| holds(along)) {
            along.is_written = true;
        }
    }

    pub(super) fn look_for_leftovers(&mut self) {
        self.leftovers = Leftovers::Wanted;
    }

    /// What it became: the messages so far.
    pub(super) fn finish(&mut self, mid: Option<&Mid>) -> Became {
        Became::Shown(Shown {
            mid: mid.cloned(),
            room_id: self.place.as_ref().map(|place| place.room_id.clone()),
            message_ids: std::mem::take(&mut self.message_ids),
            keep_event: false,
        })
    }
}

impl<H: Host> Session<H> {
    /// Shows an event. Done again after a failure it completes what is missing.
    pub(super) async fn show(&self, showing: &mut Showing<'_>) -> Result<Became, CoreError> {
        if let Event::Message(message) = &showing.item.event {
            let (standby, at) = (showing.item.is_standby(), showing.entry.event_at);
            if let Some((room_id, text)) = self.take_rating(showing.conversation, message, standby, at).await? {
                showing.place = room_id.map(|room_id| Place { room_id, visitor: None });
                // Where it would count as the answer that the customer never got, the field of the room alone tells it.
                if let Err(error) = self.note(showing, Voice::App, text, Vec::new()).await {
                    // What may pass is tried again first. The answer is kept, and no reason to open a conversation.
                    if showing.entry.attempts() == 0 {
                        return Err(error);
                    }
                    self.warn("rating-not-shown", error.code());
                }
                return Ok(showing.finish(message.mid.as_ref()));
            }
        }
        let needs = match needs(showing.item) {
            Needs::Room | Needs::OpenRoom if showing.entry.conversation.is_of_account() => Needs::SetupChannel,
            Needs::OpenRoom | Needs::Nothing if self.calls_for_a_human(showing.account, showing.item).await? => {
                Needs::Room
            }
            needs => needs,
        };
        match needs {
            Needs::Room => {
                let known = showing.conversation.head.room_id.clone();
                if !self.enter_room(showing).await? {
                    return Ok(Became::Held);
                }
                if showing.conversation.head.room_id != known && self.came_meanwhile(showing).await? {
                    return Ok(Became::Later);
                }
                self.take_along(showing).await;
            }
            Needs::OpenRoom => {
                if !self.enter_open_room(showing).await? {
                    return Ok(Became::Aside);
                }
            }
            Needs::SetupChannel => return self.show_in_setup_channel(showing).await,
            Needs::Nothing => {}
        }
        let item = showing.item;
        for fault in &item.notes {
            self.warn("webhook-part-unread", &format!("{}: {fault}", item.event.name()));
        }
        let became = self.show_event(showing).await?;
        if item.is_standby() && needs == Needs::Room {
            self.human_wanted(showing.conversation, showing.account).await?;
        }
        Ok(became)
    }

    async fn show_event(&self, showing: &mut Showing<'_>) -> Result<Became, CoreError> {
        let item = showing.item;
        match &item.event {
            Event::MessageEdit(edit) if item.side == Side::Business => self.show_own_edit(showing, edit).await,
            Event::Reaction(reaction) if item.side == Side::Business => self.show_own_reaction(showing, reaction).await,
            Event::Postback(_) | Event::Referral(_) | Event::Order(_) | Event::Lead(_) | Event::Form(_)
                if item.side != Side::Customer =>
            {
                Ok(Became::Shown(Shown::nothing()))
            }
            Event::Message(message) => self.show_message(showing, message).await,
            Event::Postback(postback) => self.show_postback(showing, postback).await,
            Event::Echo(echo) => self.show_echo(showing, echo).await,
            Event::Unsend(unsend) => self.show_unsend(showing, unsend).await,
            Event::MessageEdit(edit) => self.show_edit(showing, edit).await,
            Event::Reaction(reaction) => self.show_reaction(showing, reaction).await,
            Event::Referral(referral) => self.show_referral(showing, referral).await,
            Event::Optin(optin) => self.show_optin(showing, optin).await,
            Event::AccountLinking(linking) => self.show_account_linking(showing, linking).await,
            Event::MessagingFeedback(feedback) => self.show_feedback(showing, feedback).await,
            Event::ResponseFeedback(feedback) => self.show_rating(showing, feedback).await,
            Event::Order(order) => self.show_order(showing, order).await,
            Event::Lead(lead) => self.show_lead(showing, lead).await,
            Event::Form(form) => self.show_form(showing, form).await,
            Event::Unknown(_) | Event::Malformed(_) => self.show_not_understood(showing).await,
            Event::Calls(calls) => self.show_calls(showing, calls).await,
            Event::CallPermission(permission) => self.show_call_permission(showing, permission).await,
            Event::ThreadControl(control) => self.show_given(showing, control).await,
            // Receipts are applied without an entry, the others went to the setup channel.
            Event::Read(_)
            | Event::Delivery(_)
            | Event::AppRoles(_)
            | Event::PolicyEnforcement(_)
            | Event::Integrity(_)
            | Event::CallSettings(_)
            | Event::Comment(_)
            | Event::Mention(_)
            | Event::Feed(_) => Ok(Became::Shown(Shown::nothing())),
        }
    }

    /// Whether something that happened earlier was stored while the room was opened. That takes long enough for the first two
    /// messages of a customer to be delivered side by side, in either order; later ones cost a read too much to look for.
    async fn came_meanwhile(&self, showing: &mut Showing<'_>) -> Result<bool, CoreError> {
        let entry = showing.entry;
        // Those who wait were put in order when their conversation was read.
        if entry.is_held() {
            return Ok(false);
        }
        self.refresh(showing.conversation).await?;
        let mut waiting = showing.conversation.entries.iter().filter(|other| other.waits());
        Ok(waiting.any(|other| other.event_at < entry.event_at && self.is_mine_to_take(other)))
    }

    /// What waited is marked with the time it was written: once for all that was written in the same minute.
    pub(super) async fn when_written(&self, showing: &Showing<'_>) -> Option<Along> {
        let entry = showing.entry;
        if !entry.is_held() {
            return None;
        }
        let minute = |entry: &Entry| entry.event_at.div_euclid(60_000);
        let here = showing.place.as_ref().map(|place| &place.room_id);
        let said_before = |other: &Entry| {
            let shown_here = matches!(&other.state, EntryState::Shown { room_id, .. } if room_id.as_ref() == here);
            shown_here && minute(other) == minute(entry)
        };
        if showing.conversation.entries.iter().any(said_before) {
            return None;
        }
        let at = omni_domain::timing::moment(entry.event_at);
        let text = self.text(&self.room_lang().await, key!("in_written_at"), &[("at", &at)]);
        let card = Card { text: Some(text::done(&text)), ..Card::default() };
        Some(Along { cards: vec![card], ..Along::default() })
    }

    /// The note in the place of an event that the server refused to show.
    pub(super) async fn show_failure(&self, showing: &mut Showing<'_>, code: &str) -> Result<Became, CoreError> {
        let network = showing.account.channel.label();
        let values = [("network", network), ("code", code)];
        let text = self.text(&self.room_lang().await, key!("in_not_shown"), &values);
        if showing.entry.conversation.is_of_account() {
            return Ok(kept(Became::Shown(Shown::nothing())));
        }
        if !self.enter_room(showing).await? {
            return Ok(Became::Held);
        }
        self.say(showing, text::done(&text), Vec::new()).await?;
        Ok(kept(showing.finish(None)))
    }

    /// The language of what stands in rooms, where many read it.
    pub(super) async fn room_lang(&self) -> Lang {
        self.workspace_lang().await
    }
}

/// Marks what was shown as not understood.
pub(super) fn kept(became: Became) -> Became {
    match became {
        Became::Shown(shown) => Became::Shown(Shown { keep_event: true, ..shown }),
        other => other,
    }
}
