//! What became of a request whose answer never came: Meta has no way to repeat a send safely, but it can be asked what the
//! conversation holds.

use crate::host::Host;
use crate::outbox::attempt::SendAttempts;
use crate::outbox::pass::{Outcome, SendContext};
use meta_wire::answer::{Call, Listing, RecentMessages, Refusal, StoredMessage};
use meta_wire::request::conversations;
use omni_domain::conversation::Conversation;
use omni_domain::outgoing::OutgoingMessage;
use omni_domain::retry::Schedule;
use omni_domain::send_error::SendError;
use omni_domain::sent_match;

/// What is not among the conversation's messages this long after it left did not arrive, in milliseconds.
const SURE_MS: i64 = 60_000;

/// How many of the newest messages are asked for, and how many where that is too much for Meta.
const MESSAGES: (u8, u8) = (20, 5);

impl<H: Host> SendAttempts<H> {
    /// Looks for the part that may have reached Meta.
    pub(crate) async fn settle_part(
        &self,
        trip: &SendContext,
        conversation: &Conversation,
        outbox: &OutgoingMessage,
    ) -> Outcome {
        let Some(part) = outbox.unsent().and_then(|at| outbox.parts.get(at)) else { return Outcome::NotSent };
        if part.reaction.is_some() {
            // Set twice it is the same reaction.
            return Outcome::NotSent;
        }
        match self.recent_messages(trip, conversation).await {
            Ok((messages, limit)) => {
                let found = sent_match::find(&messages, conversation, outbox, part);
                // Of fewer than asked for nothing is hidden; neither is what came since it left, once something older shows.
                let all_since = limit == MESSAGES.0
                    || messages.len() < usize::from(limit)
                    || sent_match::reach_back(&messages, outbox);
                match found {
                    Some(message) => Outcome::Sent(Some(message.id.clone())),
                    None if !all_since => self.look_later(outbox),
                    None if self.cx.now_ms() - outbox.lease.renewed_at >= SURE_MS => Outcome::NotSent,
                    None => Outcome::LookAgain { until: outbox.lease.renewed_at + SURE_MS },
                }
            }
            Err(refusal) => {
                self.cx.warn("sent-not-settled", &refusal.to_string());
                self.look_later(outbox)
            }
        }
    }

    /// The newest messages of the conversation at Meta, newest first, and how many were asked for: fewer where Meta finds as many
    /// as it tells of too much, which Instagram does.
    async fn recent_messages(
        &self,
        trip: &SendContext,
        conversation: &Conversation,
    ) -> Result<(Vec<StoredMessage>, u8), Refusal> {
        let person = &conversation.head.id.person;
        let mut limit = MESSAGES.0;
        loop {
            let request = conversations::recent(&trip.graph, &trip.business, person, limit);
            let Ok(request) = request else { return Err(Refusal::no_answer(Call::Repeatable)) };
            match self.graph_client.meta::<Listing<RecentMessages>>(Call::Repeatable, request).await {
                Ok(found) => {
                    let messages = found.list.items.into_iter().flat_map(|thread| thread.messages.items);
                    return Ok((messages.collect(), limit));
                }
                Err(refusal) if refusal.is_too_much() && limit > MESSAGES.1 => limit = MESSAGES.1,
                Err(refusal) => return Err(refusal),
            }
        }
    }

    fn look_later(&self, outbox: &OutgoingMessage) -> Outcome {
        match Schedule::LOOK_FOR_SENT.after(outbox.tries) {
            Some(pause) => Outcome::LookAgain { until: self.cx.now_ms() + pause },
            None => Outcome::Refused(SendError::new("meta-maybe-sent")),
        }
    }
}
