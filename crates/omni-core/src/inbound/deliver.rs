//! Writing into rooms, so that an attempt after a failure writes only what is missing.

use super::show::{Leftovers, Place, Showing};
use super::words::LONGEST_MESSAGE;
use crate::error::CoreError;
use crate::host::{Card, Host, Message, Post, RoomMessages, Sender, TOO_LARGE, VisitorMessage};
use crate::session::Session;
use meta_wire::limits::{Limit, Unit};
use meta_wire::split::split;

/// How many of a room's newest messages are searched for what an earlier attempt left.
const LOOK_BACK: u32 = 100;

/// How far the clocks of this process and of the server may be apart, in milliseconds.
const SKEW_MS: i64 = 60_000;

impl<H: Host> Session<H> {
    /// Writes as the customer. A text that is too long for one message becomes several.
    pub(super) async fn say(&self, showing: &mut Showing<'_>, text: String, cards: Vec<Card>) -> Result<(), CoreError> {
        let limit = Limit { field: "text", max: LONGEST_MESSAGE, unit: Unit::Characters };
        let mut parts: Vec<String> = split(&text, limit);
        let last = parts.pop().unwrap_or_default();
        for part in parts {
            self.say_one(showing, part, Vec::new()).await?;
        }
        self.say_one(showing, last, cards).await
    }

    async fn say_one(&self, showing: &mut Showing<'_>, text: String, cards: Vec<Card>) -> Result<(), CoreError> {
        let Some(Place { room_id, visitor: Some(visitor) }) = showing.place.clone() else {
            return self.note(showing, text, cards).await;
        };
        let is_it = |message: &Message| message.visitor_token.is_some() && same(message, &text, &cards);
        let message_id = match self.leftover(showing, is_it).await? {
            Some(message) => message.id,
            None => {
                let id =
                    self.call(VisitorMessage { room_id: room_id.clone(), visitor, text, attachments: cards }).await?;
                self.saw_open(&room_id);
                id
            }
        };
        showing.message_ids.push(message_id);
        Ok(())
    }

    /// Writes as the app: in a setup channel by the channel's bot, which is a member there. Into an Omnichannel room the
    /// server lets the app's own user only.
    pub(super) async fn note(
        &self,
        showing: &mut Showing<'_>,
        text: String,
        cards: Vec<Card>,
    ) -> Result<(), CoreError> {
        let Some(place) = showing.place.clone() else { return Ok(()) };
        let is_it = |message: &Message| message.visitor_token.is_none() && same(message, &text, &cards);
        if let Some(message) = self.leftover(showing, is_it).await? {
            showing.message_ids.push(message.id);
            return Ok(());
        }
        let sender = match showing.entry.conversation.is_of_account() {
            true => Sender::User { username: showing.account.channel.bot().to_owned() },
            false => Sender::App,
        };
        let mut post =
            Post { room_id: place.room_id, sender, text, attachments: cards, blocks: Vec::new(), thread_id: None };
        let id = match self.call(post.clone()).await {
            Err(error) if post.sender != Sender::App => {
                self.warn("bot-cannot-post", error.code());
                post.sender = Sender::App;
                self.call(post).await?
            }
            other => other?,
        };
        showing.message_ids.push(id);
        Ok(())
    }

    /// A note by the app in an Omnichannel room.
    pub(crate) async fn post_note(
        &self,
        room_id: &str,
        text: String,
        attachments: Vec<Card>,
    ) -> Result<String, CoreError> {
        let (room_id, blocks) = (room_id.to_owned(), Vec::new());
        self.call(Post { room_id, sender: Sender::App, text, attachments, blocks, thread_id: None }).await
    }

    /// A message that an earlier attempt wrote for this step, taken off the list.
    pub(super) async fn leftover(
        &self,
        showing: &mut Showing<'_>,
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
            if self.find_link_by_message(showing.conversation, &message.id).await?.is_none() {
                return Ok(Some(message));
            }
        }
    }

    async fn read_leftovers(&self, showing: &Showing<'_>) -> Result<Vec<Message>, CoreError> {
        let Some(place) = &showing.place else { return Ok(Vec::new()) };
        let room_id = &place.room_id;
        let messages = match self.call(RoomMessages { room_id: room_id.clone(), limit: LOOK_BACK }).await {
            Err(error) if error.code() == TOO_LARGE => {
                self.call(RoomMessages { room_id: room_id.clone(), limit: LOOK_BACK / 10 }).await?
            }
            other => other?,
        };
        let claimed: Vec<String> =
            showing.conversation.entries.iter().flat_map(|entry| entry.link().message_ids).collect();
        let since = showing.entry.stored_at.saturating_sub(SKEW_MS);
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

/// Whether a message says what is to be said. Cards come back with fields of the server's own, so their own lines decide.
fn same(message: &Message, text: &str, cards: &[Card]) -> bool {
    let lines = |card: &Card| (card.title.clone(), card.text.clone());
    let has = |card: &Card| message.cards.iter().any(|found| lines(found) == lines(card));
    message.files.is_empty() && message.text.trim() == text.trim() && cards.iter().all(has)
}
