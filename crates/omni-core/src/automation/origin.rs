//! How a customer came to write, as far as the rules of the account ask for it.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::graph::GraphClient;
use crate::host::Host;
use crate::store::waiting_list::WaitingList;
use meta_wire::answer::{Call, Profile};
use meta_wire::ids::ScopedUserId;
use meta_wire::request::locale;
use meta_wire::webhook::Item;
use omni_domain::account::Account;
use omni_domain::channel::Channel;
use omni_domain::conversation::ConversationId;
use omni_domain::routing::Origin;
use omni_domain::routing::rules::origin_of;

service! {
    /// Finds out how a customer came to write, as far as the rules of the account ask for it.
    pub(crate) Origins {
        cx: Context,
        graph_client: GraphClient,
        waiting_list: WaitingList,
    }
}

impl<H: Host> Origins<H> {
    /// How the customer came to write, as far as the account's rules ask for it.
    pub(crate) async fn origin(
        &self,
        account: &Account,
        id: &ConversationId,
        item: &Item,
    ) -> Result<Origin, CoreError> {
        if account.config.rules.is_empty() {
            return Ok(Origin::default());
        }
        // What was promised when the customer began to wait is kept, whatever is shown first by now.
        if let Some(waiting) = self.waiting_list.waiting_in(id).await?.filter(|waiting| !waiting.message_only) {
            return Ok(waiting.origin);
        }
        let mut origin = origin_of(item);
        if account.config.rules.iter().any(|rule| rule.kind == omni_domain::routing::RuleKind::Language) {
            origin.language = self.language_of(account, &id.person).await;
        }
        Ok(origin)
    }

    /// The customer's language, where Meta tells it: Messenger does, to apps with the permission `pages_user_locale`.
    pub(crate) async fn language_of(&self, account: &Account, person: &ScopedUserId) -> Option<String> {
        if account.channel != Channel::Facebook {
            return None;
        }
        let settings = self.cx.settings().await.ok()?;
        let request = locale(&account.graph(&settings), person).ok()?;
        match self.graph_client.meta::<Profile>(Call::Repeatable, request).await {
            Ok(profile) => profile.locale,
            Err(refusal) => {
                self.cx.warn("locale-refused", &refusal.to_string());
                None
            }
        }
    }
}
