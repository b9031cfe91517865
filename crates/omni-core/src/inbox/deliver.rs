//! Writing into rooms, so that an attempt after a failure writes only what is missing.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::notes::{Noted, Notes};
use crate::host::{Card, Host, Message, Post, RoomMessages, Sender, TOO_LARGE, Visitor, VisitorMessage};
use crate::inbox::open::OpenRooms;
use crate::inbox::showing::{DeliveryContext, Leftovers, Place};
use crate::store::archives::Archives;
use meta_wire::limits::{Limit, Unit};
use meta_wire::split::split;
use omni_domain::account::Account;
use omni_domain::render::text::LONGEST_MESSAGE;
pub(crate) use omni_domain::render::voice::Voice;
use omni_domain::timing::CLOCK_SKEW_MS;

/// How many of a room's newest messages are searched for what an earlier attempt left.
const LOOK_BACK: u32 = 100;

service! {
    /// Writes into rooms, so that an attempt after a failure writes only what is missing.
    pub(crate) Delivery {
        archives: Archives,
        cx: Context,
        notes: Notes,
        open_rooms: OpenRooms,
    }
}

impl<H: Host> Delivery<H> {
    /// Writes as the customer. A text that is too long for one message becomes several.
    pub(crate) async fn say(
        &self,
        showing: &mut DeliveryContext<'_>,
        text: String,
        cards: Vec<Card>,
    ) -> Result<(), CoreError> {
        let Some(Place { room_id, visitor: Some(visitor) }) = showing.place.clone() else {
            return self.note(showing, Voice::App, text, cards).await.map(|_| ());
        };
        self.say_in(showing, &room_id, &visitor, text, cards).await
    }

    async fn say_in(
        &self,
        showing: &mut DeliveryContext<'_>,
        room_id: &str,
        visitor: &Visitor,
        text: String,
        cards: Vec<Card>,
    ) -> Result<(), CoreError> {
        let limit = Limit { field: "text", max: LONGEST_MESSAGE, unit: Unit::Characters };
        let mut parts: Vec<String> = split(&text, limit);
        let last = parts.pop().unwrap_or_default();
        for part in parts {
            self.say_one(showing, room_id, visitor, part, Vec::new()).await?;
        }
        self.say_one(showing, room_id, visitor, last, cards).await
    }

    async fn say_one(
        &self,
        showing: &mut DeliveryContext<'_>,
        room_id: &str,
        visitor: &Visitor,
        text: String,
        cards: Vec<Card>,
    ) -> Result<(), CoreError> {
        if showing.gather(&text, &cards) {
            return Ok(());
        }
        let is_it = |message: &Message| message.visitor_token.is_some() && same(message, &text, &cards);
        let message_id = match self.leftover(showing, is_it).await? {
            Some(message) => self.went_with(showing, room_id, message),
            None => {
                let attachments = cards.into_iter().chain(self.goes_along(showing, room_id)).collect();
                let (room, visitor) = (room_id.to_owned(), visitor.clone());
                let id = self.cx.call(VisitorMessage { room_id: room, visitor, text, attachments }).await?;
                self.open_rooms.saw_open(room_id);
                self.went_along(showing, room_id);
                id
            }
        };
        showing.message_ids.push(message_id);
        Ok(())
    }

    /// What goes with the message at hand: what waited for one, and who the customer is.
    fn goes_along(&self, showing: &DeliveryContext<'_>, room_id: &str) -> Vec<Card> {
        let introduction = self.open_rooms.memory.introductions.borrow().get(room_id).cloned();
        showing.cards_along().into_iter().chain(introduction).collect()
    }

    fn went_along(&self, showing: &mut DeliveryContext<'_>, room_id: &str) {
        self.open_rooms.memory.introductions.borrow_mut().remove(room_id);
        showing.went_along(|_| true);
    }

    /// The same of a message that an earlier attempt wrote; answers its id.
    fn went_with(&self, showing: &mut DeliveryContext<'_>, room_id: &str, message: Message) -> String {
        showing.went_along(|along| along.cards.iter().all(|card| has(&message, card)));
        self.open_rooms.memory.introductions.borrow_mut().retain(|room, card| room != room_id || !has(&message, card));
        message.id
    }

    /// What goes with the customer's message, before one that takes no cards: a file.
    pub(crate) async fn say_what_goes_along(&self, showing: &mut DeliveryContext<'_>) -> Result<(), CoreError> {
        let Some(Place { room_id, visitor: Some(visitor) }) = showing.place.clone() else { return Ok(()) };
        let introduction = self.open_rooms.memory.introductions.borrow().contains_key(&room_id);
        let cards = showing.cards_along();
        if cards.is_empty() && !introduction {
            return Ok(());
        }
        showing.went_along(|_| true);
        let before = showing.message_ids.len();
        self.say_one(showing, &room_id, &visitor, String::new(), cards).await?;
        // It is no part of the message: nobody reacts to it or takes it back.
        showing.message_ids.truncate(before);
        Ok(())
    }

    /// Writes as the app what is no message of the customer's; `false` when it has to wait.
    pub(crate) async fn note(
        &self,
        showing: &mut DeliveryContext<'_>,
        voice: Voice,
        text: String,
        cards: Vec<Card>,
    ) -> Result<bool, CoreError> {
        if showing.gather(&text, &cards) {
            return Ok(true);
        }
        let Some(place) = showing.place.clone() else { return Ok(true) };
        let is_it = |message: &Message| same(message, &text, &cards);
        if let Some(message) = self.leftover(showing, is_it).await? {
            let id = self.went_with(showing, &place.room_id, message);
            showing.message_ids.push(id);
            return Ok(true);
        }
        if showing.entry.conversation.is_of_account() {
            let id = self.note_in_setup_channel(showing.account, place.room_id, text, cards).await?;
            showing.message_ids.push(id);
            return Ok(true);
        }
        let (room_id, words) = (&place.room_id, text.clone());
        let under = cards.iter().cloned().chain(self.goes_along(showing, room_id)).collect();
        let noted = match voice {
            Voice::Business => {
                let posted = self.notes.post_in_room(room_id, words, under, Vec::new()).await?;
                posted.map_or(Noted::Waits, Noted::Posted)
            }
            Voice::Customer | Voice::App => self.notes.note_in_room(room_id, words, under).await?,
        };
        match noted {
            Noted::Posted(id) => {
                self.went_along(showing, room_id);
                showing.message_ids.push(id);
            }
            Noted::Added => self.went_along(showing, room_id),
            Noted::Waits => match &place.visitor {
                Some(visitor) if voice == Voice::Customer => {
                    self.say_in(showing, room_id, visitor, text, cards).await?;
                }
                _ => return Ok(false),
            },
        }
        Ok(true)
    }

    /// Writes in a setup channel as the channel's bot, which is a member there.
    async fn note_in_setup_channel(
        &self,
        account: &Account,
        room_id: String,
        text: String,
        attachments: Vec<Card>,
    ) -> Result<String, CoreError> {
        let sender = Sender::bot_of(account.channel);
        let mut post = Post { room_id, sender, text, attachments, blocks: Vec::new(), thread_id: None };
        match self.cx.call(post.clone()).await {
            Err(error) => {
                self.cx.warn("bot-cannot-post", error.code());
                post.sender = Sender::App;
                self.cx.call(post).await
            }
            posted => posted,
        }
    }

    /// A message that an earlier attempt wrote for this step, taken off the list.
    pub(crate) async fn leftover(
        &self,
        showing: &mut DeliveryContext<'_>,
        is_it: impl Fn(&Message) -> bool,
    ) -> Result<Option<Message>, CoreError> {
        if matches!(showing.leftovers, Leftovers::Wanted) {
            showing.leftovers = Leftovers::Found(self.read_leftovers(showing).await?);
        }
        loop {
            let Leftovers::Found(messages) = &mut showing.leftovers else { return Ok(None) };
            let Some(at) = messages.iter().position(&is_it) else { return Ok(None) };
            let message = messages.remove(at);
            // The same words may be those of a message that is filed by now.
            if self.archives.find_link_by_message(showing.conversation, &message.id).await?.is_none() {
                return Ok(Some(message));
            }
        }
    }

    async fn read_leftovers(&self, showing: &DeliveryContext<'_>) -> Result<Vec<Message>, CoreError> {
        let Some(place) = &showing.place else { return Ok(Vec::new()) };
        let room_id = &place.room_id;
        let messages = match self.cx.call(RoomMessages { room_id: room_id.clone(), limit: LOOK_BACK }).await {
            Err(error) if error.code() == TOO_LARGE => {
                self.cx.call(RoomMessages { room_id: room_id.clone(), limit: LOOK_BACK / 10 }).await?
            }
            other => other?,
        };
        let claimed: Vec<String> =
            showing.conversation.entries.iter().flat_map(|entry| entry.link().message_ids).collect();
        let since = showing.entry.stored_at.saturating_sub(CLOCK_SKEW_MS);
        let ours = |message: &Message| message.visitor_token.is_some() || message.ours;
        let mut left: Vec<Message> = messages
            .into_iter()
            .filter(|message| message.at >= since && message.system_type.is_none() && ours(message))
            .filter(|message| !claimed.contains(&message.id))
            .collect();
        left.reverse();
        Ok(left)
    }
}

/// Whether a message says what is to be said. It may hold further cards, which went along with it.
fn same(message: &Message, text: &str, cards: &[Card]) -> bool {
    message.files.is_empty() && message.text.trim() == text.trim() && cards.iter().all(|card| has(message, card))
}

/// Whether a message holds a card. Cards come back with fields of the server's own, so their own lines decide.
fn has(message: &Message, card: &Card) -> bool {
    let lines = |card: &Card| (card.title.clone(), card.text.clone());
    message.cards.iter().any(|found| lines(found) == lines(card))
}
