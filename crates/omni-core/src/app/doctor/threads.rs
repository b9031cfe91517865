//! What `doctor` says about threads that several apps share: whether Meta coordinates them, by which default app, and whether
//! the settings fit that.

use crate::accounts::event_fields::Subscriptions;
use crate::accounts::open_rooms::DeadTokens;
use crate::accounts::secrets::SecretKeeper;
use crate::accounts::settings_screen::SettingsScreen;
use crate::accounts::webhook_watch::WebhookWatch;
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::graph::GraphClient;
use crate::gateway::graph_pages::GraphPages;
use crate::gateway::report::{CheckStatus, Report};
use crate::host::Host;
use crate::store::accounts::Accounts;
use crate::store::installations::Installations;
use crate::thread::apps::ThreadApps;
use meta_wire::answer::{Call, Class, FeatureStatus, Listing, SubscribedApp};
use meta_wire::ids::AppId;
use meta_wire::platform::Platform;
use meta_wire::request::thread::{feature_status, secondary_receivers};
use omni_domain::account::Account;
use omni_domain::key;
use omni_domain::settings::{HandoverAction, Settings};
use omni_domain::thread::apps::plain_name;

service! {
    /// Answers `doctor`: examines accounts, webhooks, settings and threads, and says what to do about each.
    pub(crate) Doctor {
        accounts: Accounts,
        cx: Context,
        dead_tokens: DeadTokens,
        graph_client: GraphClient,
        graph_pages: GraphPages,
        installations: Installations,
        secret_keeper: SecretKeeper,
        settings_screen: SettingsScreen,
        subscriptions: Subscriptions,
        thread_apps: ThreadApps,
        webhook_watch: WebhookWatch,
    }
}

impl<H: Host> Doctor<H> {
    /// The routing mode, the default app as far as Meta tells, and whether taking control is allowed.
    pub(crate) async fn examine_routing(&self, report: &mut Report<'_, H>, settings: &Settings, account: &Account) {
        let routed = self.is_routed(settings, account).await;
        let key = match routed {
            Some(true) => key!("doctor_routing_on"),
            Some(false) => key!("doctor_routing_off"),
            None => key!("doctor_routing_unknown"),
        };
        report.add(CheckStatus::Open, key, &[]);
        let action = settings.handover_action(account.channel);
        match (action, routed) {
            (HandoverAction::Take, Some(false)) => report.add(CheckStatus::Bad, key!("hand_doctor_take_useless"), &[]),
            (HandoverAction::Request, Some(true)) if account.platform() == Platform::Instagram => {
                report.add(CheckStatus::Bad, key!("hand_doctor_request_useless"), &[]);
            }
            _ => {}
        }
        if routed != Some(false)
            && let Err(error) = self.examine_default_app(report, settings, account, action).await
        {
            self.cx.warn("doctor-routing", error.code());
        }
    }

    /// Whether a default app is chosen, so that Meta coordinates; `None` when Meta does not say.
    async fn is_routed(&self, settings: &Settings, account: &Account) -> Option<bool> {
        let request = feature_status(&account.graph(settings), &account.business()).ok()?;
        let status = self.graph_client.meta::<FeatureStatus>(Call::Repeatable, request).await.ok()?;
        let routed = match account.platform() {
            Platform::Messenger => status.msgr_multi_app,
            Platform::Instagram => status.ig_multi_app,
        };
        routed.or(status.hop_v2)
    }

    async fn examine_default_app(
        &self,
        report: &mut Report<'_, H>,
        settings: &Settings,
        account: &Account,
        action: HandoverAction,
    ) -> Result<(), CoreError> {
        let routing = self.thread_apps.routing(account).await?;
        let (default_app, others) = match self.other_apps(settings, account).await {
            // Meta answers this to the default app alone.
            Some(Ok(others)) => (Some(AppId::new(&settings.app_id)), others),
            Some(Err(())) => (routing.default_app.filter(|app| !account.is_ours(settings, app)), Vec::new()),
            None => (routing.default_app, Vec::new()),
        };
        let ours = default_app.as_ref().is_some_and(|app| account.is_ours(settings, app));
        match default_app {
            Some(_) if ours => report.add(CheckStatus::Good, key!("hand_doctor_default_ours"), &[]),
            Some(app) => {
                let app = self.thread_apps.app_shown(report.lang, account, settings, Some(&app)).await?;
                report.add(CheckStatus::Open, key!("hand_doctor_default_other"), &[("app", &app)]);
            }
            None => report.add(CheckStatus::Open, key!("hand_doctor_default_unknown"), &[]),
        }
        if !others.is_empty() {
            report.add(CheckStatus::Open, key!("hand_doctor_others"), &[("apps", &others.join(", "))]);
        }
        match routing.took {
            Some((true, _)) => report.add(CheckStatus::Good, key!("hand_doctor_take_allowed"), &[]),
            Some((false, _)) => {
                let mark = if action == HandoverAction::Take { CheckStatus::Bad } else { CheckStatus::Open };
                report.add(mark, key!("hand_doctor_take_refused"), &[]);
            }
            None if ours => {}
            None => report.add(CheckStatus::Open, key!("hand_doctor_take_untried"), &[]),
        }
        Ok(())
    }

    /// The other apps connected to the account, by name; an error when another app is the default one, `None` when Meta does
    /// not say.
    async fn other_apps(&self, settings: &Settings, account: &Account) -> Option<Result<Vec<String>, ()>> {
        if account.platform() != Platform::Messenger {
            // The Page that an Instagram account is linked to answers for itself.
            return None;
        }
        let request = secondary_receivers(&account.graph(settings), &account.business()).ok()?;
        match self.graph_client.meta::<Listing<SubscribedApp>>(Call::Repeatable, request).await {
            Ok(apps) => {
                let named = |app: SubscribedApp| match plain_name(&app.name.unwrap_or_default()) {
                    name if name.is_empty() => app.id.to_string(),
                    name => name,
                };
                Some(Ok(apps.list.items.into_iter().map(named).collect()))
            }
            Err(refusal) => matches!(refusal.class, Class::NotThreadOwner(_)).then_some(Err(())),
        }
    }
}
