//! Events of the account itself, with no customer to talk to: shown in the setup channel, to those who look after it.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::Host;
use crate::inbox::deliver::Delivery;
use crate::inbox::showing::{Delivered, DeliveryContext, Disposition, Place, kept};
use crate::inbox::unclear::NotUnderstood;
use crate::store::installations::Installations;
use meta_wire::webhook::Event;
use omni_domain::render::account_event::account_card;
use omni_domain::render::voice::Voice;

service! {
    /// Shows events of the account itself in the setup channel.
    pub(crate) AccountEvents {
        cx: Context,
        delivery: Delivery,
        installations: Installations,
        not_understood: NotUnderstood,
    }
}

impl<H: Host> AccountEvents<H> {
    pub(crate) async fn show_in_setup_channel(
        &self,
        showing: &mut DeliveryContext<'_>,
    ) -> Result<Disposition, CoreError> {
        let item = showing.item;
        match &item.event {
            Event::AppRoles(_) => return Ok(Disposition::Delivered(Delivered::nothing())),
            Event::Unknown(_) | Event::Malformed(_) => return self.not_understood.show_not_understood(showing).await,
            _ => {}
        }
        let lang = self.cx.room_lang().await;
        let Some(card) = account_card(self.cx.translator(&lang), showing.account, item) else {
            return Ok(Disposition::Delivered(Delivered::nothing()));
        };
        let room = self.installations.installation().await?.setup_rooms.get(&showing.account.channel).cloned();
        let clear = matches!(
            item.event,
            Event::PolicyEnforcement(_)
                | Event::Integrity(_)
                | Event::CallSettings(_)
                | Event::Comment(_)
                | Event::Mention(_)
                | Event::Feed(_)
                | Event::Optin(_)
        );
        let became = match room {
            Some(room_id) => {
                showing.place = Some(Place { room_id, visitor: None });
                self.delivery.note(showing, Voice::App, String::new(), vec![card]).await?;
                showing.finish(None)
            }
            None => {
                self.cx.warn("account-event-unseen", item.event.name());
                return Ok(kept(Disposition::Delivered(Delivered::nothing())));
            }
        };
        Ok(if clear { became } else { kept(became) })
    }
}
