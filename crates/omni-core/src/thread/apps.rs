//! The apps that share an account's threads: what Meta tells of them, and how people read them.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::graph::GraphClient;
use crate::host::Host;
use crate::store::Records;
use crate::store::thread_records::routing_key;
use crate::thread::event_context::ThreadEventContext;
use meta_wire::answer::{Call, SubscribedApp};
use meta_wire::ids::AppId;
use meta_wire::request::thread::app_name;
use meta_wire::webhook::AppRoles;
use omni_domain::account::Account;
use omni_domain::key;
use omni_domain::settings::Settings;
use omni_domain::texts::Lang;
use omni_domain::thread::apps;
use omni_domain::thread::apps::Routing;

service! {
    /// Knows the apps that share an account's threads: what Meta tells of them, and how people read them.
    pub(crate) ThreadApps {
        cx: Context,
        graph_client: GraphClient,
        records: Records,
    }
}

impl<H: Host> ThreadApps<H> {
    /// What is known of the apps that share the account's threads.
    pub(crate) async fn routing(&self, account: &Account) -> Result<Routing, CoreError> {
        let stored = self.records.read_one(&routing_key(account.channel, &account.id)).await?;
        Ok(stored.unwrap_or_else(|| Routing::new(account.channel, account.id.clone())))
    }

    /// Notes which app is the default one.
    pub(crate) async fn note_roles(&self, account: &Account, roles: &AppRoles) -> Result<(), CoreError> {
        let mut routing = self.routing(account).await?;
        if !routing.note_roles(roles) {
            return Ok(());
        }
        self.records.put_record(&routing).await
    }

    /// Notes whether Meta let us take control.
    pub(crate) async fn note_take(&self, account: &Account, took: bool) -> Result<(), CoreError> {
        let mut routing = self.routing(account).await?;
        if !routing.note_take(took, self.cx.now_ms()) {
            return Ok(());
        }
        self.records.put_record(&routing).await
    }

    /// The app as people read it, by name where Meta tells it.
    pub(crate) async fn app_shown(
        &self,
        lang: &Lang,
        account: &Account,
        settings: &Settings,
        app: Option<&AppId>,
    ) -> Result<String, CoreError> {
        let Some(app) = app else { return Ok(self.cx.text(lang, key!("hand_app_unknown"), &[])) };
        if account.is_ours(settings, app) {
            return Ok(self.cx.text(lang, key!("hand_app_ours"), &[]));
        }
        if let Some(key) = apps::of_metas(app) {
            return Ok(self.cx.text(lang, key, &[]));
        }
        let name = self.app_called(account, settings, app).await?;
        let key = if name.is_empty() { key!("hand_app_by_id") } else { key!("hand_app_by_name") };
        Ok(self.cx.text(lang, key, &[("id", app.as_str()), ("name", &name)]))
    }

    /// The app's name; empty where Meta does not tell it. Asked once for each app.
    async fn app_called(&self, account: &Account, settings: &Settings, app: &AppId) -> Result<String, CoreError> {
        let mut routing = self.routing(account).await?;
        if let Some((_, name)) = routing.names.iter().find(|(known, _)| known == app) {
            return Ok(name.clone());
        }
        let Ok(request) = app_name(&account.graph(settings), app) else { return Ok(String::new()) };
        let name = match self.graph_client.meta::<SubscribedApp>(Call::Repeatable, request).await {
            Ok(node) => apps::plain_name(&node.name.unwrap_or_default()),
            Err(refusal) => {
                self.cx.warn("handover-app-name", &refusal.to_string());
                String::new()
            }
        };
        routing.names.push((app.clone(), name.clone()));
        self.records.put_record(&routing).await?;
        Ok(name)
    }

    /// The app that has the thread, as people read it.
    pub(crate) async fn owner_shown(&self, lang: &Lang, turn: &ThreadEventContext<'_>) -> Result<String, CoreError> {
        let app = match &turn.conversation.thread.owner {
            omni_domain::thread::state::ThreadOwner::Other { app_id } => app_id.clone(),
            _ => None,
        };
        self.app_shown(lang, turn.account, &turn.settings, app.as_ref()).await
    }
}
