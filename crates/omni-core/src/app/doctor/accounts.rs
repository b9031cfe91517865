//! What the doctor looks at of each account.

use crate::accounts::event_fields::refused_fields;
use crate::app::doctor::threads::Doctor;
use crate::gateway::report::{CheckStatus, Report};
use crate::host::Host;
use futures_util::future::join3;
use meta_wire::answer::{Class, Conversation, DebugToken, Listing, Permission};
use meta_wire::request::{accounts, conversations};
use omni_domain::account::scopes::missing_scopes;
use omni_domain::account::{Account, LoginRoute, TokenState};
use omni_domain::channel::Channel;
use omni_domain::graph_error::GraphCallError;
use omni_domain::key;
use omni_domain::render::text::verbatim;
use omni_domain::settings::Settings;
use omni_domain::texts::Lang;
use omni_domain::timing::{day, moment};

pub(crate) fn is_access_off(trouble: &GraphCallError) -> bool {
    matches!(trouble, GraphCallError::Refused(refusal)
        if refusal.class == Class::PermissionMissing(Permission::InstagramMessageAccess))
}

/// Fields that Meta does not offer: what they tell is missing, and the rest works.
pub(crate) fn report_refused<H: Host>(report: &mut Report<'_, H>, refused: &[String]) {
    if !refused.is_empty() {
        report.add(CheckStatus::Open, key!("doctor_fields_refused"), &[("fields", &verbatim(&refused.join(", ")))]);
    }
}

impl<H: Host> Doctor<H> {
    pub(crate) async fn examine(
        &self,
        lang: &Lang,
        settings: &Settings,
        account: &Account,
        all: &[Account],
    ) -> Vec<String> {
        let mut report = Report::new(&self.cx, lang);
        if let TokenState::Dead { since, .. } = &account.token_state {
            report.add(CheckStatus::Bad, key!("doctor_token_dead"), &[("since", &moment(*since))]);
            return report.lines;
        }
        if account.route == LoginRoute::Facebook && settings.meta_app().is_some_and(|app| app.id != account.app_id) {
            report.add(CheckStatus::Bad, key!("doctor_other_app"), &[("app", &verbatim(account.app_id.as_str()))]);
            return report.lines;
        }
        let (token, events, routing) = join3(
            self.examine_token(lang, settings, account),
            self.examine_events(lang, settings, account, all),
            self.examine_threads(lang, settings, account),
        )
        .await;
        match token {
            Ok(lines) => report.lines.extend(lines.into_iter().chain(events).chain(routing)),
            // Nothing else works without it.
            Err(lines) => report.lines.extend(lines),
        }
        report.lines
    }

    pub(crate) async fn examine_events(
        &self,
        lang: &Lang,
        settings: &Settings,
        account: &Account,
        all: &[Account],
    ) -> Vec<String> {
        let mut report = Report::new(&self.cx, lang);
        match (account.subscribed, self.subscriptions.missing_events(settings, account, all).await) {
            (false, _) => report.add(CheckStatus::Bad, key!("doctor_unsubscribed"), &[]),
            (true, Ok(missing)) if missing.is_empty() => {
                report.add(CheckStatus::Good, key!("doctor_subscribed"), &[]);
                report_refused(&mut report, &refused_fields(account, all));
            }
            (true, Ok(missing)) => {
                let fields = verbatim(&missing.join(", "));
                report.add(CheckStatus::Bad, key!("doctor_subscribed_fields"), &[("fields", &fields)]);
            }
            (true, Err(trouble)) => report.trouble(key!("doctor_not_readable"), &trouble),
        }
        report.lines
    }

    /// Whether the account's conversations can be reached, and who has control of them.
    pub(crate) async fn examine_threads(&self, lang: &Lang, settings: &Settings, account: &Account) -> Vec<String> {
        let mut report = Report::new(&self.cx, lang);
        if account.channel == Channel::Instagram {
            // One is enough: of many Instagram says that it is too much.
            let one = accounts::ListPart { limit: 1, ..accounts::ListPart::default() };
            let request = conversations::conversations(&account.graph(settings), &account.business(), None, one);
            match self.graph_pages.ask::<Listing<Conversation>>(request).await {
                Ok(_) => report.add(CheckStatus::Good, key!("doctor_access"), &[]),
                Err(trouble) if is_access_off(&trouble) => report.add(CheckStatus::Bad, key!("doctor_access_off"), &[]),
                Err(trouble) => report.trouble(key!("doctor_access_unknown"), &trouble),
            }
        }
        if account.route == LoginRoute::Facebook {
            self.examine_routing(&mut report, settings, account).await;
        }
        report.lines
    }

    /// What the token is good for; an error when it is good for nothing.
    pub(crate) async fn examine_token(
        &self,
        lang: &Lang,
        settings: &Settings,
        account: &Account,
    ) -> Result<Vec<String>, Vec<String>> {
        let mut report = Report::new(&self.cx, lang);
        let scopes = match (settings.meta_app(), account.route) {
            (Some(app), LoginRoute::Facebook) => {
                let request = accounts::debug_token(settings.graph_version, &app, &account.token);
                match self.graph_pages.ask::<DebugToken>(request).await {
                    Ok(debug) if debug.is_valid => self.report_inspected(&mut report, account, &debug),
                    Ok(_) => {
                        report.add(CheckStatus::Bad, key!("doctor_token_invalid"), &[]);
                        if self
                            .dead_tokens
                            .token_died(account, &crate::accounts::health::dead_by_inspection())
                            .await
                            .is_err()
                        {
                            self.cx.warn("token-death-not-noted", account.id.as_str());
                        }
                        return Err(report.lines);
                    }
                    Err(trouble) => {
                        let reason = trouble.app_text(self.cx.translator(lang));
                        report.add(CheckStatus::Bad, key!("doctor_not_readable"), &[("reason", &reason)]);
                        return Ok(report.lines);
                    }
                }
            }
            // A token of Instagram Login cannot be inspected: what was granted at login is what is known.
            _ => {
                self.report_end(&mut report, account.token_expires_at);
                account.scopes.clone()
            }
        };
        let missing = missing_scopes(account.channel, account.route, &scopes);
        match missing.is_empty() {
            true => report.add(CheckStatus::Good, key!("doctor_scopes"), &[]),
            false => {
                report.add(
                    CheckStatus::Bad,
                    key!("doctor_scopes_missing"),
                    &[("scopes", &verbatim(&missing.join(", ")))],
                );
            }
        }
        Ok(report.lines)
    }

    /// What an inspection says of a token that works; answers its permissions for the account.
    pub(crate) fn report_inspected(
        &self,
        report: &mut Report<'_, H>,
        account: &Account,
        debug: &DebugToken,
    ) -> Vec<String> {
        self.report_end(report, debug.expires_at.map(|at| at.0));
        if let Some(at) = debug.data_access_expires_at {
            report.add(CheckStatus::of(at.0 > self.cx.now_ms()), key!("doctor_data_access"), &[("day", &day(at.0))]);
        }
        let page = account.page_id.as_ref().map(meta_wire::ids::PageId::as_str);
        let granted = |scope: &&String| {
            [Some(account.id.as_str()), page].into_iter().flatten().any(|target| debug.grants(scope, target))
        };
        debug.scopes.iter().filter(granted).cloned().collect()
    }

    pub(crate) fn report_end(&self, report: &mut Report<'_, H>, ends: Option<i64>) {
        match ends {
            None => report.add(CheckStatus::Good, key!("doctor_token_lasting"), &[]),
            Some(at) => {
                report.add(CheckStatus::of(at > self.cx.now_ms()), key!("doctor_token_until"), &[("day", &day(at))]);
            }
        }
    }
}
