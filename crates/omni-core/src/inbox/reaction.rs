//! Reactions of the customer, on the mirrored message.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, React};
use crate::inbox::change::Edits;
use crate::inbox::quote::Quotes;
use crate::inbox::showing::{Delivered, DeliveryContext, Disposition};
use crate::store::Records;
use crate::store::archives::Archives;
use crate::store::reaction_records::ReactionRecords;
use meta_wire::webhook::{Reaction, ReactionAction};
use omni_domain::customer_reaction::CustomerReaction;
use omni_domain::message_record::{Link, MessageRecord};
use omni_domain::render::reaction::{reaction_text, short_name};
use omni_domain::render::voice::Voice;

service! {
    /// Sets a customer's reactions on the mirrored message.
    pub(crate) CustomerReactions {
        archives: Archives,
        cx: Context,
        edits: Edits,
        quotes: Quotes,
        reaction_records: ReactionRecords,
        records: Records,
    }
}

impl<H: Host> CustomerReactions<H> {
    /// The app's user sets the reaction in the customer's place, since a visitor cannot. What the server has no emoji for,
    /// or does not let the app set, is said instead.
    pub(crate) async fn show_reaction(
        &self,
        showing: &mut DeliveryContext<'_>,
        reaction: &Reaction,
    ) -> Result<Disposition, CoreError> {
        let on = match &reaction.action {
            ReactionAction::React => true,
            ReactionAction::Unreact => false,
            // Whatever it is called, an emoji was set.
            ReactionAction::Other(_) if reaction.emoji.is_some() => true,
            ReactionAction::Other(_) => {
                return Ok(Disposition::Delivered(Delivered { keep_event: true, ..Delivered::nothing() }));
            }
        };
        let Some(link) = self.archives.find_link_by_mid(showing.conversation, &reaction.mid).await? else {
            let identities = ["message", "postback"].map(|kind| format!("{kind}:{}", reaction.mid));
            let about = |entry: &MessageRecord| entry.is_held() && identities.contains(&entry.identity);
            if showing.conversation.entries.iter().any(about) {
                // Its turn comes behind the message.
                return Ok(Disposition::AwaitingAgent);
            }
            let lang = self.cx.room_lang().await;
            return match on {
                true => {
                    self.edits
                        .remark_alone(
                            showing,
                            Voice::Customer,
                            &lang,
                            reaction_text(self.cx.translator(&lang), reaction),
                        )
                        .await
                }
                false => Ok(Disposition::Delivered(Delivered::nothing())),
            };
        };
        // Files and cards follow the words; the reaction belongs to the whole, and is seen best at its end.
        let Some(message_id) = link.message_ids.last().cloned() else {
            // It stands under another message, or in no room yet; or it was taken back before anybody saw it.
            let lang = self.cx.room_lang().await;
            return match on && link.room_id.is_some() {
                true => {
                    self.edits
                        .remark_alone(
                            showing,
                            Voice::Customer,
                            &lang,
                            reaction_text(self.cx.translator(&lang), reaction),
                        )
                        .await
                }
                false => Ok(Disposition::Delivered(Delivered::nothing())),
            };
        };
        let before = self.reaction_records.mark_of(&message_id).await?;
        let mut mark = before
            .clone()
            .unwrap_or_else(|| CustomerReaction::new(&showing.entry.conversation, &message_id, self.cx.now_ms()));
        if let Some(emoji) = mark.customer.take() {
            // It may be gone with a deleted message.
            if let Err(error) = self.cx.call(React { message_id: message_id.clone(), emoji, on: false }).await {
                self.cx.warn("reaction-not-removed", error.code());
            }
        }
        let result = match on {
            true => self.set_reaction(showing, reaction, &link, &message_id, &mut mark).await?,
            false => Disposition::Delivered(Delivered { room_id: link.room_id, ..Delivered::nothing() }),
        };
        if before.as_ref() != Some(&mark) {
            self.records.put_record(&mark).await?;
        }
        Ok(result)
    }

    async fn set_reaction(
        &self,
        showing: &mut DeliveryContext<'_>,
        reaction: &Reaction,
        link: &Link,
        message_id: &str,
        mark: &mut CustomerReaction,
    ) -> Result<Disposition, CoreError> {
        if let Some(emoji) = short_name(reaction).map(|name| format!(":{name}:")) {
            match self.cx.call(React { message_id: message_id.to_owned(), emoji: emoji.clone(), on: true }).await {
                Ok(()) => {
                    mark.customer = Some(emoji);
                    return Ok(Disposition::Delivered(Delivered {
                        room_id: link.room_id.clone(),
                        ..Delivered::nothing()
                    }));
                }
                // What may pass is tried again first.
                Err(error) if showing.entry.attempts() == 0 && error.code() == "failed" => return Err(error),
                Err(error) => self.cx.warn("reaction-not-set", error.code()),
            }
        }
        let lang = self.cx.room_lang().await;
        let card = self.quotes.quote_of(link, &lang).await?;
        self.edits
            .remark(showing, Voice::Customer, link, reaction_text(self.cx.translator(&lang), reaction), card)
            .await
    }
}
