//! How each kind of event is shown, and what it needs for that.

use crate::automation::survey::Surveys;
use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Card, Host};
use crate::inbox::account_event::AccountEvents;
use crate::inbox::cards::EventCards;
use crate::inbox::change::Edits;
use crate::inbox::deliver::Delivery;
use crate::inbox::echo::Echoes;
use crate::inbox::message::MessageEvents;
use crate::inbox::reaction::CustomerReactions;
use crate::inbox::room::Rooms;
use crate::inbox::showing::{Along, Delivered, DeliveryContext, Disposition, MOST_ASIDES, Place, asides, kept};
use crate::inbox::turn::EventTurns;
use crate::inbox::unclear::NotUnderstood;
use crate::store::load::Conversations;
use crate::thread::drive::Threads;
use meta_wire::webhook::{Event, Side};
use omni_domain::key;
use omni_domain::message_record::{MessageRecord, MessageState};
use omni_domain::render::needs::{Needs, needs};
use omni_domain::render::text;
use omni_domain::render::voice::Voice;

service! {
    /// Shows each kind of event, after what it needs for that is there.
    pub(crate) EventRenderer {
        account_events: AccountEvents,
        cx: Context,
        conversations: Conversations,
        customer_reactions: CustomerReactions,
        delivery: Delivery,
        echoes: Echoes,
        edits: Edits,
        event_cards: EventCards,
        event_turns: EventTurns,
        message_events: MessageEvents,
        not_understood: NotUnderstood,
        rooms: Rooms,
        surveys: Surveys,
        threads: Threads,
    }
}

impl<H: Host> EventRenderer<H> {
    /// Shows an event. Done again after a failure it completes what is missing.
    pub(crate) async fn show(&self, showing: &mut DeliveryContext<'_>) -> Result<Disposition, CoreError> {
        if let Event::Message(message) = &showing.item.event {
            let (standby, at) = (showing.item.is_standby(), showing.entry.event_at);
            if let Some((room_id, text)) = self.surveys.take_rating(showing.conversation, message, standby, at).await? {
                showing.place = room_id.map(|room_id| Place { room_id, visitor: None });
                // Where it would count as the answer that the customer never got, the field of the room alone tells it.
                if let Err(error) = self.delivery.note(showing, Voice::App, text, Vec::new()).await {
                    // What may pass is tried again first. The answer is kept, and no reason to open a conversation.
                    if showing.entry.attempts() == 0 {
                        return Err(error);
                    }
                    self.cx.warn("rating-not-shown", error.code());
                }
                return Ok(showing.finish(message.mid.as_ref()));
            }
        }
        let needs = match needs(showing.item) {
            Needs::Room | Needs::OpenRoom if showing.entry.conversation.is_of_account() => Needs::SetupChannel,
            Needs::OpenRoom | Needs::Nothing
                if self.threads.calls_for_a_human(showing.account, showing.item).await? =>
            {
                Needs::Room
            }
            needs => needs,
        };
        match needs {
            Needs::Room => {
                let known = showing.conversation.head.room_id.clone();
                if !self.rooms.enter_room(showing).await? {
                    return Ok(Disposition::AwaitingAgent);
                }
                if showing.conversation.head.room_id != known && self.came_meanwhile(showing).await? {
                    return Ok(Disposition::Later);
                }
                self.take_along(showing).await;
            }
            Needs::OpenRoom => {
                if !self.rooms.enter_open_room(showing).await? {
                    return Ok(Disposition::AwaitingRoom);
                }
            }
            Needs::SetupChannel => return self.account_events.show_in_setup_channel(showing).await,
            Needs::Nothing => {}
        }
        let item = showing.item;
        for fault in &item.notes {
            self.cx.warn("webhook-part-unread", &format!("{}: {fault}", item.event.name()));
        }
        let became = self.show_event(showing).await?;
        if item.is_standby() && needs == Needs::Room {
            self.threads.human_wanted(showing.conversation, showing.account).await?;
        }
        Ok(became)
    }

    async fn show_event(&self, showing: &mut DeliveryContext<'_>) -> Result<Disposition, CoreError> {
        let item = showing.item;
        match &item.event {
            Event::MessageEdit(edit) if item.side == Side::Business => self.echoes.show_own_edit(showing, edit).await,
            Event::Reaction(reaction) if item.side == Side::Business => {
                self.echoes.show_own_reaction(showing, reaction).await
            }
            Event::Postback(_) | Event::Referral(_) | Event::Order(_) | Event::Lead(_) | Event::Form(_)
                if item.side != Side::Customer =>
            {
                Ok(Disposition::Delivered(Delivered::nothing()))
            }
            Event::Message(message) => self.message_events.show_message(showing, message).await,
            Event::Postback(postback) => self.message_events.show_postback(showing, postback).await,
            Event::Echo(echo) => self.echoes.show_echo(showing, echo).await,
            Event::Unsend(unsend) => self.edits.show_unsend(showing, unsend).await,
            Event::MessageEdit(edit) => self.edits.show_edit(showing, edit).await,
            Event::Reaction(reaction) => self.customer_reactions.show_reaction(showing, reaction).await,
            Event::Referral(referral) => self.message_events.show_referral(showing, referral).await,
            Event::Optin(optin) => self.event_cards.show_optin(showing, optin).await,
            Event::AccountLinking(linking) => self.event_cards.show_account_linking(showing, linking).await,
            Event::MessagingFeedback(feedback) => self.event_cards.show_feedback(showing, feedback).await,
            Event::ResponseFeedback(feedback) => self.event_cards.show_rating(showing, feedback).await,
            Event::Order(order) => self.event_cards.show_order(showing, order).await,
            Event::Lead(lead) => self.event_cards.show_lead(showing, lead).await,
            Event::Form(form) => self.event_cards.show_form(showing, form).await,
            Event::Unknown(_) | Event::Malformed(_) => self.not_understood.show_not_understood(showing).await,
            Event::Calls(calls) => self.event_cards.show_calls(showing, calls).await,
            Event::CallPermission(permission) => self.event_cards.show_call_permission(showing, permission).await,
            Event::ThreadControl(control) => self.event_cards.show_given(showing, control).await,
            // Receipts are applied without an entry, the others went to the setup channel.
            Event::Read(_)
            | Event::Delivery(_)
            | Event::AppRoles(_)
            | Event::PolicyEnforcement(_)
            | Event::Integrity(_)
            | Event::CallSettings(_)
            | Event::Comment(_)
            | Event::Mention(_)
            | Event::Feed(_) => Ok(Disposition::Delivered(Delivered::nothing())),
        }
    }

    /// Whether something that happened earlier was stored while the room was opened. That takes long enough for the first two
    /// messages of a customer to be delivered side by side, in either order; later ones cost a read too much to look for.
    async fn came_meanwhile(&self, showing: &mut DeliveryContext<'_>) -> Result<bool, CoreError> {
        let entry = showing.entry;
        // Those who wait were put in order when their conversation was read.
        if entry.is_held() {
            return Ok(false);
        }
        self.conversations.refresh(showing.conversation).await?;
        let mut waiting = showing.conversation.entries.iter().filter(|other| other.waits());
        Ok(waiting.any(|other| other.event_at < entry.event_at && self.event_turns.is_mine_to_take(other)))
    }

    /// What waited is marked with the time it was written: once for all that was written in the same minute.
    pub(crate) async fn when_written(&self, showing: &DeliveryContext<'_>) -> Option<Along> {
        let entry = showing.entry;
        if !entry.is_held() {
            return None;
        }
        let minute = |entry: &MessageRecord| entry.event_at.div_euclid(60_000);
        let here = showing.place.as_ref().map(|place| &place.room_id);
        let said_before = |other: &MessageRecord| {
            let shown_here =
                matches!(&other.state, MessageState::Delivered { room_id, .. } if room_id.as_ref() == here);
            shown_here && minute(other) == minute(entry)
        };
        if showing.conversation.entries.iter().any(said_before) {
            return None;
        }
        let at = omni_domain::timing::moment(entry.event_at);
        let text = self.cx.text(&self.cx.room_lang().await, key!("in_written_at"), &[("at", &at)]);
        let card = Card { text: Some(text::done(&text)), ..Card::default() };
        Some(Along { cards: vec![card], ..Along::default() })
    }

    /// The note in the place of an event that the server refused to show.
    pub(crate) async fn show_failure(
        &self,
        showing: &mut DeliveryContext<'_>,
        code: &str,
    ) -> Result<Disposition, CoreError> {
        let network = showing.account.channel.label();
        let values = [("network", network), ("code", code)];
        let text = self.cx.text(&self.cx.room_lang().await, key!("in_not_shown"), &values);
        if showing.entry.conversation.is_of_account() {
            return Ok(kept(Disposition::Delivered(Delivered::nothing())));
        }
        if !self.rooms.enter_room(showing).await? {
            return Ok(Disposition::AwaitingAgent);
        }
        self.delivery.say(showing, text::done(&text), Vec::new()).await?;
        Ok(kept(showing.finish(None)))
    }

    /// Takes along what is shown with the customer's message: when it was written, and what came meanwhile and waits.
    pub(crate) async fn take_along(&self, showing: &mut DeliveryContext<'_>) {
        if showing.gathered.is_some() {
            return;
        }
        showing.along = self.when_written(showing).await.into_iter().collect();
        let asides = asides(showing.conversation);
        let skip = asides.len().saturating_sub(MOST_ASIDES);
        for (at, aside) in asides.into_iter().enumerate().filter(|(_, aside)| aside.entry_id != showing.entry.entry_id)
        {
            let Some(event) = aside.event() else { continue };
            let about = showing.account.read(event);
            let mut other =
                DeliveryContext::new(showing.conversation, showing.account, &aside, &about, showing.nobody_online);
            other.gathered = Some(Vec::new());
            let became = match at < skip {
                true => Ok(Disposition::Delivered(Delivered::nothing())),
                false => Box::pin(self.show(&mut other)).await,
            };
            let cards = other.gathered.take().unwrap_or_default();
            match became {
                Ok(Disposition::Delivered(shown)) => {
                    let room_id = showing.place.as_ref().map(|place| place.room_id.clone());
                    let shown = Delivered { room_id, message_ids: Vec::new(), ..shown };
                    let is_written = cards.is_empty();
                    showing.along.push(Along { cards, aside: Some((aside, shown)), is_written });
                }
                Ok(_) => {}
                Err(error) => self.cx.warn("inbound-aside", error.code()),
            }
        }
    }
}
