//! Events that were not understood: the log says which field and which fault, never what it held; people are told once
//! of each kind.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Card, Host, StoreRead};
use crate::inbox::deliver::Delivery;
use crate::inbox::showing::{Delivered, DeliveryContext, Disposition, kept};
use crate::store::installations::Installations;
use crate::store::keys::state_key;
use crate::store::{Record, Records};
use meta_wire::webhook::{Event, Side};
use omni_domain::account::Account;
use omni_domain::conversation::ConversationId;
use omni_domain::identity::fingerprint;
use omni_domain::key;
use omni_domain::render::text::{done, verbatim};
use omni_domain::render::unclear::kind_of;
use omni_domain::render::voice::Voice;
use serde::{Deserialize, Serialize};

/// Says that people were told of a kind of event that is not understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Told {
    conversation: ConversationId,
    /// The room they were told in; none for the setup channel.
    room_id: Option<String>,
    kind_of_event: String,
}

impl Record for Told {
    const KIND: &'static str = "told";

    fn keys(&self) -> Vec<String> {
        vec![state_key(&self.conversation), self.key()]
    }
}

impl Told {
    fn key(&self) -> String {
        let place = self.room_id.as_deref().unwrap_or_default();
        let kind = fingerprint(&self.kind_of_event);
        format!("told:{}:{place}:{kind:016x}", self.conversation)
    }
}

service! {
    /// Shows events that are not understood: the log says which field and which fault, never what it held; people are told
    /// once of each kind.
    pub(crate) NotUnderstood {
        cx: Context,
        delivery: Delivery,
        installations: Installations,
        records: Records,
        speaker: Speaker,
    }
}

impl<H: Host> NotUnderstood<H> {
    /// Something came that this version does not understand. The event is kept: a later version may.
    pub(crate) async fn show_not_understood(
        &self,
        showing: &mut DeliveryContext<'_>,
    ) -> Result<Disposition, CoreError> {
        let item = showing.item;
        let (aside, said) = match &item.event {
            Event::Malformed(malformed) => {
                self.cx.warn("webhook-malformed", &format!("{}: {}", malformed.name, malformed.fault));
                (malformed.aside, !malformed.aside)
            }
            Event::Unknown(unknown) => {
                self.cx.warn("webhook-unknown", &unknown.names.join(" "));
                if unknown.aside {
                    return Ok(Disposition::Delivered(Delivered::nothing()));
                }
                (false, false)
            }
            _ => (false, false),
        };
        let Some(room_id) = showing.place.as_ref().map(|place| place.room_id.clone()).filter(|_| !aside) else {
            return self.tell_those_who_look_after(showing).await;
        };
        let conversation = showing.entry.conversation.clone();
        let told = Told { conversation, room_id: Some(room_id), kind_of_event: kind_of(item) };
        // Whatever the customer turns to the business with is said each time.
        if !said && self.was_told(&told).await? {
            return Ok(kept(Disposition::Delivered(Delivered::nothing())));
        }
        let lang = self.cx.room_lang().await;
        let network = showing.account.channel.label();
        if item.side == Side::Business {
            let title = self.cx.text(&lang, key!("in_echo"), &[("account", &showing.account.shown())]);
            let text = done(&self.cx.text(&lang, key!("in_echo_unsupported"), &[("network", network)]));
            let card = Card { title: Some(title), text: Some(text), ..Card::default() };
            if !self.delivery.note(showing, Voice::App, String::new(), vec![card]).await? {
                return Ok(Disposition::AwaitingRoom);
            }
        } else {
            let text = self.cx.text(&lang, key!("in_not_understood"), &[("network", network)]);
            self.delivery.say(showing, done(&text), Vec::new()).await?;
        }
        if !said {
            self.records.create_record(&told).await?;
        }
        Ok(kept(showing.finish(None)))
    }

    /// Those who look after the account learn once of each kind that came and was not understood.
    pub(crate) async fn tell_those_who_look_after(
        &self,
        showing: &DeliveryContext<'_>,
    ) -> Result<Disposition, CoreError> {
        let account: &Account = showing.account;
        let conversation = ConversationId::of_account(account.channel, account.id.clone());
        let told = Told { conversation, room_id: None, kind_of_event: kind_of(showing.item) };
        if !self.installations.installation().await?.setup_rooms.contains_key(&account.channel) {
            self.cx.warn("account-event-unseen", showing.item.event.name());
        } else if !self.was_told(&told).await? {
            self.records.create_record(&told).await?;
            let (account_name, kind) = (verbatim(&account.shown()), verbatim(&told.kind_of_event));
            let values = [("account", &*account_name), ("kind", &*kind)];
            let text = self.cx.text(&self.cx.workspace_lang().await, key!("in_account_not_understood"), &values);
            if let Err(error) = self.speaker.announce(account.channel, text, Vec::new()).await {
                self.cx.warn("account-event-unseen", error.code());
            }
        }
        Ok(kept(Disposition::Delivered(Delivered::nothing())))
    }

    async fn was_told(&self, told: &Told) -> Result<bool, CoreError> {
        Ok(!self.cx.call(StoreRead { key: told.key() }).await?.is_empty())
    }
}
