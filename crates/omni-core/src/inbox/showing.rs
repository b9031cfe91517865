//! One event on its way into a room, and what became of it.

use crate::host::{Card, Message as RoomMessage, Visitor};
use meta_wire::ids::Mid;
use meta_wire::webhook::Item;
use omni_domain::account::Account;
use omni_domain::conversation::Conversation;
use omni_domain::message_record::{MessageRecord, MessageState};
use omni_domain::raw_event::RawEvent;

/// What an event became.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) mid: Option<Mid>,
    pub(crate) room_id: Option<String>,
    pub(crate) message_ids: Vec<String>,
    /// It was not understood: a later version of the app may.
    pub(crate) keep_event: bool,
}

impl Delivered {
    /// It changed something, or there was nothing to see in it.
    pub(crate) fn nothing() -> Self {
        Self { mid: None, room_id: None, message_ids: Vec::new(), keep_event: false }
    }

    /// The same as the message record of the event notes it.
    pub(crate) fn into_state(self, event: RawEvent) -> MessageState {
        let Self { mid, room_id, message_ids, keep_event } = self;
        MessageState::Delivered { mid, room_id, message_ids, kept: keep_event.then_some(event) }
    }
}

/// What became of an event.
#[derive(Debug)]
pub(crate) enum Disposition {
    /// Done.
    Delivered(Delivered),
    /// No agent can serve.
    AwaitingAgent,
    /// No room is open, and this is no reason to open one.
    AwaitingRoom,
    /// Nothing yet: something that happened before it came while its room was opened, and goes first.
    Later,
}

/// One event on its way into a room.
#[derive(Debug)]
pub(crate) struct DeliveryContext<'a> {
    pub(crate) conversation: &'a mut Conversation,
    pub(crate) account: &'a Account,
    pub(crate) entry: &'a MessageRecord,
    pub(crate) item: &'a Item,
    /// No agent could serve a moment ago.
    pub(crate) nobody_online: bool,
    /// The room, once it was entered, and who speaks there.
    pub(crate) place: Option<Place>,
    pub(crate) leftovers: Leftovers,
    /// The messages it became so far.
    pub(crate) message_ids: Vec<String>,
    /// What goes with its first message.
    pub(crate) along: Vec<Along>,
    /// What it is written as, where it goes with the message of another event.
    pub(crate) gathered: Option<Vec<Card>>,
}

/// Something to know that is shown with a customer's message, as cards under it.
#[derive(Debug, Default)]
pub(crate) struct Along {
    pub(crate) cards: Vec<Card>,
    /// The event it is, and what it became.
    pub(crate) aside: Option<(MessageRecord, Delivered)>,
    /// Whether the message it goes with is written.
    pub(crate) is_written: bool,
}

/// Where an event is shown.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) room_id: String,
    /// The customer; none in a channel of ours.
    pub(crate) visitor: Option<Visitor>,
}

/// Messages an earlier attempt may have left in the room.
#[derive(Debug)]
pub(crate) enum Leftovers {
    /// There was none.
    None,
    /// To be looked for before anything is written.
    Wanted,
    /// Messages that belong to no message record, oldest first.
    Found(Vec<RoomMessage>),
}

impl<'a> DeliveryContext<'a> {
    pub(crate) fn new(
        conversation: &'a mut Conversation,
        account: &'a Account,
        entry: &'a MessageRecord,
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
    pub(crate) fn gather(&mut self, text: &str, cards: &[Card]) -> bool {
        let Some(gathered) = &mut self.gathered else { return false };
        let text = Some(text.to_owned()).filter(|text| !text.is_empty());
        gathered.extend(text.map(|text| Card { text: Some(text), ..Card::default() }));
        gathered.extend(cards.iter().cloned());
        true
    }

    /// The cards that still are to go with a message.
    pub(crate) fn cards_along(&self) -> Vec<Card> {
        self.along.iter().filter(|along| !along.is_written).flat_map(|along| along.cards.clone()).collect()
    }

    /// A message is written that holds these.
    pub(crate) fn went_along(&mut self, holds: impl Fn(&Along) -> bool) {
        for along in self.along.iter_mut().filter(|along| holds(along)) {
            along.is_written = true;
        }
    }

    pub(crate) fn look_for_leftovers(&mut self) {
        self.leftovers = Leftovers::Wanted;
    }

    /// What it became: the messages so far.
    pub(crate) fn finish(&mut self, mid: Option<&Mid>) -> Disposition {
        Disposition::Delivered(Delivered {
            mid: mid.cloned(),
            room_id: self.place.as_ref().map(|place| place.room_id.clone()),
            message_ids: std::mem::take(&mut self.message_ids),
            keep_event: false,
        })
    }
}

/// Marks what was shown as not understood.
pub(crate) fn kept(became: Disposition) -> Disposition {
    match became {
        Disposition::Delivered(shown) => Disposition::Delivered(Delivered { keep_event: true, ..shown }),
        other => other,
    }
}

/// What waits to be shown with something else, oldest first.
pub(crate) fn asides(conversation: &Conversation) -> Vec<MessageRecord> {
    conversation.entries.iter().filter(|entry| entry.is_aside()).cloned().collect()
}

/// How many events that waited are shown at once, the latest.
pub(crate) const MOST_ASIDES: usize = 20;
