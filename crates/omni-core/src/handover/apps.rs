//! The apps that share an account's threads: what Meta tells of them, and how people read them.

use super::drive::Turn;
use crate::error::CoreError;
use crate::host::Host;
use crate::key;
use crate::session::Session;
use crate::settings::Settings;
use crate::store::{Account, Routing, routing_key};
use crate::texts::Lang;
use meta_wire::answer::{Call, SubscribedApp};
use meta_wire::ids::AppId;
use meta_wire::request::thread::app_name;
use meta_wire::webhook::AppRoles;
use omni_domain::thread::apps;

impl<H: Host> Session<H> {
    /// What is known of the apps that share the account's threads.
    pub(super) async fn routing(&self, account: &Account) -> Result<Routing, CoreError> {
        let stored = self.read_one(&routing_key(account.channel, &account.id)).await?;
        Ok(stored.unwrap_or_else(|| Routing::new(account.channel, account.id.clone())))
    }

    /// Notes which app is the default one.
    pub(super) async fn note_roles(&self, account: &Account, roles: &AppRoles) -> Result<(), CoreError> {
        let mut routing = self.routing(account).await?;
        if !routing.note_roles(roles) {
            return Ok(());
        }
        self.put_record(&routing).await
    }

    /// Notes whether Meta let us take control.
    pub(super) async fn note_take(&self, account: &Account, took: bool) -> Result<(), CoreError> {
        let mut routing = self.routing(account).await?;
        if !routing.note_take(took, self.now_ms()) {
            return Ok(());
        }
        self.put_record(&routing).await
    }

    /// The app as people read it, by name where Meta tells it.
    pub(super) async fn app_shown(
        &self,
        lang: &Lang,
        account: &Account,
        settings: &Settings,
        app: Option<&AppId>,
    ) -> Result<String, CoreError> {
        let Some(app) = app else { return Ok(self.text(lang, key!("hand_app_unknown"), &[])) };
        if account.is_ours(settings, app) {
            return Ok(self.text(lang, key!("hand_app_ours"), &[]));
        }
        if let Some(key) = apps::of_metas(app) {
            return Ok(self.text(lang, key, &[]));
        }
        let name = self.app_called(account, settings, app).await?;
        let key = if name.is_empty() { key!("hand_app_by_id") } else { key!("hand_app_by_name") };
        Ok(self.text(lang, key, &[("id", app.as_str()), ("name", &name)]))
    }

    /// The app's name; empty where Meta does not tell it. Asked once for each app.
    async fn app_called(&self, account: &Account, settings: &Settings, app: &AppId) -> Result<String, CoreError> {
        let mut routing = self.routing(account).await?;
        if let Some((_, name)) = routing.names.iter().find(|(known, _)| known == app) {
            return Ok(name.clone());
        }
        let Ok(request) = app_name(&account.graph(settings), app) else { return Ok(String::new()) };
        let name = match self.meta::<SubscribedApp>(Call::Repeatable, request).await {
            Ok(node) => apps::plain_name(&node.name.unwrap_or_default()),
            Err(refusal) => {
                self.warn("handover-app-name", &refusal.to_string());
                String::new()
            }
        };
        routing.names.push((app.clone(), name.clone()));
        self.put_record(&routing).await?;
        Ok(name)
    }

    /// The app that has the thread, as people read it.
    pub(super) async fn owner_shown(&self, lang: &Lang, turn: &Turn<'_>) -> Result<String, CoreError> {
        let app = match &turn.conversation.thread.owner {
            crate::store::ThreadOwner::Other { app_id } => app_id.clone(),
            _ => None,
        };
        self.app_shown(lang, turn.account, &turn.settings, app.as_ref()).await
    }
}
