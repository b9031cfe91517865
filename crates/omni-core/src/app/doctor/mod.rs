//! `doctor`: one line per check, with what to do where it fails.

pub(crate) mod accounts;
pub(crate) mod threads;

use crate::accounts::register::{host_of, missing_fields};
use crate::accounts::values::SIDE_BY_SIDE;
use crate::accounts::webhook_watch::self_test;
use crate::app::doctor::accounts::report_refused;
use crate::app::doctor::threads::Doctor;
use crate::error::CoreError;
use crate::gateway::report::{CheckStatus, Report};
use crate::gateway::setup_channel::is_public;
use crate::host::{Environment, Host, Http, HttpBody, Online};
use futures_util::future::{Either, join4, select};
use futures_util::stream;
use futures_util::stream::StreamExt;
use meta_wire::answer::{AppWebhook, Listing};
use meta_wire::request::GraphVersion;
use meta_wire::signature;
use omni_domain::account::Account;
use omni_domain::channel::Channel;
use omni_domain::graph_error::GraphCallError;
use omni_domain::key;
use omni_domain::render::text::verbatim;
use omni_domain::settings::{Settings, SignaturePolicy};
use omni_domain::texts::Lang;
use omni_domain::timing::{DAY_MS, day, moment};
use std::pin::pin;

/// How long the way out and back in may take, in milliseconds.
const SELF_TEST_MS: u32 = 5_000;

/// How long all checks may take together, in milliseconds: the host gives a handler 30 s, and what is not shown by then is
/// not shown at all.
const CHECKS_MS: u32 = 20_000;

/// From so long before Meta stops running the configured version on it is spoken of, in milliseconds.
const VERSION_ENDS_MS: i64 = 60 * DAY_MS;

impl<H: Host> Doctor<H> {
    /// Checks everything about a network and says what to fix.
    pub(crate) async fn doctor(&self, lang: &Lang, channel: Channel) -> Result<String, CoreError> {
        self.accounts.forget_cached();
        let until = self.cx.now_ms().saturating_add(i64::from(CHECKS_MS));
        let settings = self.cx.settings_uncached().await?;
        let environment = self.cx.environment().await?;
        let all = self.accounts.accounts_uncached().await?;
        let mine: Vec<&Account> = all.iter().filter(|account| account.channel == channel).collect();
        // Side by side: each may wait for Meta.
        let app = self.in_time(until, self.examine_app(lang, &settings, &environment, channel));
        let by_account = stream::iter(mine.iter().map(|account| async {
            let lines = self.in_time(until, self.examine(lang, &settings, account, &all)).await;
            (*account, lines)
        }))
        .buffered(SIDE_BY_SIDE)
        .collect::<Vec<_>>();
        let test = self.self_test_line(lang, &settings, &environment);
        let (server, app, test, by_account) =
            join4(self.examine_server(lang, &environment), app, test, by_account).await;
        let mut report = Report::new(&self.cx, lang);
        report.lines.push(self.cx.text(lang, key!("doctor_title"), &[("channel", channel.label())]));
        report.lines.extend(server?);
        self.settings_screen.report_settings(&mut report, &settings, channel);
        match app {
            Some(app) => report.lines.extend(app),
            None => report.add(CheckStatus::Open, key!("doctor_late"), &[]),
        }
        report.lines.extend(test);
        self.report_webhooks(&mut report, &settings).await?;
        self.secret_keeper.report_former_secrets(&mut report, &settings, channel).await?;
        if mine.is_empty() {
            report.add(
                CheckStatus::Bad,
                key!("doctor_no_account"),
                &[("command", &verbatim(&channel.command("authorize")))],
            );
        }
        for (account, lines) in by_account {
            report.lines.push(format!("*{}*", verbatim(&account.shown())));
            match lines {
                Some(lines) => report.lines.extend(lines),
                None => report.add(CheckStatus::Open, key!("doctor_late"), &[]),
            }
        }
        Ok(report.lines.join("\n"))
    }

    /// What comes of the work, if it is done by then.
    async fn in_time<T>(&self, until: i64, work: impl Future<Output = T>) -> Option<T> {
        let left = u32::try_from(until.saturating_sub(self.cx.now_ms())).unwrap_or_default();
        match select(pin!(work), pin!(self.cx.host.sleep(left))).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }

    async fn examine_server(&self, lang: &Lang, environment: &Environment) -> Result<Vec<String>, CoreError> {
        let mut report = Report::new(&self.cx, lang);
        let url = [("url", &*verbatim(&environment.site_url))];
        match is_public(&environment.site_url) {
            true => report.add(CheckStatus::Good, key!("doctor_site_url"), &url),
            false => report.add(CheckStatus::Bad, key!("doctor_site_url_bad"), &url),
        }
        match environment.omnichannel {
            true => report.add(CheckStatus::Good, key!("doctor_omnichannel"), &[]),
            false => report.add(CheckStatus::Bad, key!("doctor_omnichannel_off"), &[]),
        }
        match self.cx.call(Online { department: None }).await? {
            // Nobody need be there: the server says so all the same.
            true if environment.without_agents && environment.omnichannel => {
                report.add(CheckStatus::Open, key!("doctor_agents_not_needed"), &[]);
            }
            true => report.add(CheckStatus::Good, key!("doctor_agents"), &[]),
            false => report.add(CheckStatus::Bad, key!("doctor_agents_none"), &[]),
        }
        self.report_notes(&mut report, environment);
        Ok(report.lines)
    }

    /// Whether the server takes the app's notes for answers, and what to change for it.
    fn report_notes(&self, report: &mut Report<'_, H>, environment: &Environment) {
        let user = [("user", &*verbatim(&environment.app_user))];
        if !environment.counts_notes() {
            return report.add(CheckStatus::Good, key!("doctor_notes_left_out"), &user);
        }
        let is_bot = environment.app_roles.iter().any(|role| role == "bot");
        let steps = [
            (!environment.ignores_bots).then_some(key!("doctor_notes_setting")),
            (!is_bot).then_some(key!("doctor_notes_role")),
            environment.transfers_unanswered.then_some(key!("doctor_notes_transfer")),
        ];
        let steps: Vec<String> =
            steps.into_iter().flatten().map(|step| self.cx.text(report.lang, step, &user)).collect();
        let steps = steps.join("; ");
        report.add(CheckStatus::Open, key!("doctor_notes_counted"), &[&user[..], &[("steps", &*steps)]].concat());
    }

    async fn examine_app(
        &self,
        lang: &Lang,
        settings: &Settings,
        environment: &Environment,
        channel: Channel,
    ) -> Vec<String> {
        use meta_wire::request::subscriptions::app_subscriptions;
        let mut report = Report::new(&self.cx, lang);
        let Some(app) = settings.meta_app() else {
            // With Instagram Login alone there is no Meta app to ask about.
            let alone = channel == Channel::Instagram && settings.instagram_app().is_some();
            let mark = if alone { CheckStatus::Open } else { CheckStatus::Bad };
            report.add(mark, key!("doctor_credentials_missing"), &[]);
            return report.lines;
        };
        let there: Result<Listing<AppWebhook>, GraphCallError> =
            self.graph_pages.ask(app_subscriptions(settings.graph_version, &app)).await;
        let there = match there {
            Ok(there) => there,
            Err(trouble) => {
                let reason = trouble.app_text(self.cx.translator(lang));
                report.add(CheckStatus::Bad, key!("doctor_credentials_bad"), &[("reason", &reason)]);
                return report.lines;
            }
        };
        report.add(CheckStatus::Good, key!("doctor_credentials"), &[("app", &verbatim(app.id.as_str()))]);
        // The mode is not to be had from the API; what does not work because of it says so when it is refused.
        report.add(CheckStatus::Open, key!("doctor_app_mode"), &[]);
        self.report_version(&mut report, settings);
        let installation = self.installations.installation().await.ok();
        let refused = installation.and_then(|known| known.refused_fields.get(&channel).cloned()).unwrap_or_default();
        report_refused(&mut report, &refused);
        let platform = channel.platform();
        let url = environment.endpoints.get(crate::path::WEBHOOK).map(String::as_str).unwrap_or_default();
        let webhook = there.list.items.iter().find(|webhook| webhook.platform() == Some(platform));
        let command = verbatim(&channel.command("authorize"));
        let object = [("object", platform.webhook_object()), ("command", &*command)];
        match webhook {
            None => report.add(CheckStatus::Bad, key!("doctor_webhook_missing"), &object),
            Some(webhook) if webhook.callback_url.as_deref() != Some(url) => {
                let host = webhook.callback_url.as_deref().and_then(host_of).unwrap_or_default();
                let values = [("host", &*verbatim(&host))];
                report.add(CheckStatus::Bad, key!("doctor_webhook_elsewhere"), &[&object[..], &values].concat());
            }
            Some(webhook) if webhook.active == Some(false) => {
                report.add(CheckStatus::Bad, key!("doctor_webhook_inactive"), &object);
            }
            Some(webhook) => match missing_fields(webhook, platform, &refused).join(", ") {
                missing if missing.is_empty() => report.add(CheckStatus::Good, key!("doctor_webhook"), &object),
                missing => {
                    let values = [("fields", &*verbatim(&missing))];
                    report.add(CheckStatus::Bad, key!("doctor_webhook_fields"), &[&object[..], &values].concat());
                }
            },
        }
        report.lines
    }

    /// Whether Meta still runs the configured version of the Graph API, and for how long where that is not for long.
    fn report_version(&self, report: &mut Report<'_, H>, settings: &Settings) {
        let version = settings.graph_version;
        let oldest = GraphVersion::oldest_alive(self.cx.now());
        let named = [("version", &*version.to_string()), ("newest", &*GraphVersion::default().to_string())];
        match version.ends_at() {
            _ if version < oldest => report.add(CheckStatus::Bad, key!("doctor_version_ended"), &named),
            Some(end) if end.0.saturating_sub(self.cx.now_ms()) < VERSION_ENDS_MS => {
                let ends = day(end.0);
                report.add(CheckStatus::Open, key!("doctor_version_ends"), &[&named[..], &[("day", &*ends)]].concat());
            }
            _ => {}
        }
    }

    /// Sends a signed event to the app's own public address and sees whether it arrives.
    async fn self_test_line(&self, lang: &Lang, settings: &Settings, environment: &Environment) -> Vec<String> {
        let mut report = Report::new(&self.cx, lang);
        let secret = settings.app_secret.as_ref().or(settings.instagram_app_secret.as_ref());
        match (secret, environment.endpoints.get(crate::path::WEBHOOK)) {
            (Some(secret), Some(url)) => {
                let nonce = self.cx.random_hex(16);
                let (body, signed) = self_test(&nonce, self.cx.now_ms(), secret);
                let sent = Http {
                    method: "POST".to_owned(),
                    url: url.clone(),
                    headers: vec![
                        ("Content-Type".to_owned(), "application/json".to_owned()),
                        (signature::HEADER.to_owned(), signed),
                    ],
                    body: HttpBody::Text { text: body },
                    timeout_ms: SELF_TEST_MS,
                    as_blob: false,
                    foreign: false,
                };
                match self.cx.call(sent).await {
                    Ok(reply) if reply.status == 200 && reply.text.contains(&nonce) => {
                        report.add(CheckStatus::Good, key!("doctor_self_test"), &[]);
                    }
                    Ok(reply) => {
                        let status = reply.status.to_string();
                        report.add(CheckStatus::Bad, key!("doctor_self_test_status"), &[("status", &status)]);
                    }
                    Err(error) => {
                        report.add(
                            CheckStatus::Bad,
                            key!("doctor_self_test_lost"),
                            &[("code", &verbatim(error.code()))],
                        );
                    }
                }
            }
            _ => report.add(CheckStatus::Open, key!("doctor_self_test_open"), &[]),
        }
        report.lines
    }

    async fn report_webhooks(&self, report: &mut Report<'_, H>, settings: &Settings) -> Result<(), CoreError> {
        let seen = self.webhook_watch.webhooks_seen().await?;
        match seen.event_at {
            Some(at) => report.add(CheckStatus::Good, key!("doctor_last_event"), &[("at", &moment(at))]),
            None => report.add(CheckStatus::Open, key!("doctor_last_event_none"), &[]),
        }
        let count = seen.rejected.to_string();
        match seen.rejected_at {
            None => report.add(CheckStatus::Good, key!("doctor_rejected_none"), &[]),
            Some(at) => {
                report.add(CheckStatus::Bad, key!("doctor_rejected"), &[("count", &count), ("at", &moment(at))]);
            }
        }
        if settings.signatures == SignaturePolicy::Permit {
            report.add(CheckStatus::Bad, key!("doctor_signatures_off"), &[]);
        }
        Ok(())
    }
}
