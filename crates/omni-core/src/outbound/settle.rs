//! What became of a request whose answer never came: Meta has no way to repeat a send safely, but it can be asked what the
//! conversation holds.

use super::attempt::Outcome;
use super::queue::Trip;
use super::trouble::Trouble;
use crate::host::Host;
use crate::session::Session;
use crate::store::{Conversation, EntryState, Outbox, Part};
use meta_wire::answer::{Call, Listing, RecentMessages, StoredMessage};
use meta_wire::ids::Mid;
use meta_wire::request::conversations;

/// What is not among the conversation's messages this long after it left did not arrive, in milliseconds.
const SURE_MS: i64 = 60_000;

/// How far Meta's clock may be behind ours, in milliseconds; it tells whole seconds.
const SKEW_MS: i64 = 30_000;

/// Pauses between looks while Meta does not say, in milliseconds.
const PAUSES_MS: [i64; 4] = [30_000, 60_000, 3 * 60_000, 10 * 60_000];

impl<H: Host> Session<H> {
    /// Looks for the part that may have reached Meta.
    pub(super) async fn settle_part(&self, trip: &Trip, conversation: &Conversation, outbox: &Outbox) -> Outcome {
        let Some(part) = outbox.unsent().and_then(|at| outbox.parts.get(at)) else { return Outcome::NotSent };
        if part.reaction.is_some() {
            // Set twice it is the same reaction.
            return Outcome::NotSent;
        }
        let recent = conversations::recent(&trip.graph, &trip.business, &conversation.head.id.person);
        let Ok(request) = recent else { return Outcome::Refused(Trouble::new("meta-maybe-sent")) };
        match self.meta::<Listing<RecentMessages>>(Call::Repeatable, request).await {
            Ok(found) => {
                let messages = found.list.items.iter().flat_map(|thread| &thread.messages.items);
                match messages.rev().find(|message| is_it(message, conversation, outbox, part)) {
                    Some(message) => Outcome::Sent(Some(message.id.clone())),
                    None if self.now_ms() - outbox.taken_at >= SURE_MS => Outcome::NotSent,
                    None => Outcome::LookAgain { until: outbox.taken_at + SURE_MS },
                }
            }
            Err(refusal) => {
                self.warn("sent-not-settled", &refusal.to_string());
                let pause = usize::try_from(outbox.tries).ok().and_then(|tries| PAUSES_MS.get(tries));
                match pause {
                    Some(pause) => Outcome::LookAgain { until: self.now_ms() + pause },
                    None => Outcome::Refused(Trouble::new("meta-maybe-sent")),
                }
            }
        }
    }
}

/// Whether a message at Meta is this part: written by the business since it left, saying the same, and none of those whose
/// id is known.
fn is_it(message: &StoredMessage, conversation: &Conversation, outbox: &Outbox, part: &Part) -> bool {
    let by_customer = message.from.as_ref().and_then(|from| from.id.as_ref()) == Some(&conversation.head.id.person);
    let since = message.created_time.is_none_or(|at| at.0 >= outbox.taken_at - SKEW_MS);
    let text = message.message.as_ref().map(|text| text.as_str().trim()).unwrap_or_default();
    let same = if part.files.is_empty() {
        text == part.text.trim() || (text.is_empty() && part.choices.iter().any(|choice| choice.link))
    } else {
        text.is_empty()
    };
    !by_customer && since && same && !is_known(conversation, &message.id)
}

fn is_known(conversation: &Conversation, mid: &Mid) -> bool {
    conversation.entries.iter().any(|entry| match &entry.state {
        EntryState::Outgoing(outbox) => outbox.mids().any(|known| known == mid),
        _ => false,
    })
}
