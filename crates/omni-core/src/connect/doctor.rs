//! `doctor`: one line per check, with what to do where it fails.

use super::SIDE_BY_SIDE;
use super::attach::refused_fields;
use super::register::{host_of, missing_fields};
use super::watch::self_test;
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Environment, Host, Http, HttpBody, Online};
use crate::key;
use crate::session::Session;
use crate::settings::{Settings, SignaturePolicy};
use crate::store::{Account, LoginRoute, TokenState};
use crate::texts::{Key, Lang};
use futures_util::future::{Either, join3, join4, select};
use futures_util::stream::{self, StreamExt};
use meta_wire::answer::{AppWebhook, Class, Conversation, DebugToken, Listing, Permission};
use meta_wire::request::{GraphVersion, accounts, conversations};
use meta_wire::signature;
use omni_domain::account::scopes::missing_scopes;
use omni_domain::graph_error::Trouble;
use omni_domain::render::text::verbatim;
use omni_domain::timing::{DAY_MS, day, moment};
use omni_domain::web_url::WebUrl;
use std::pin::pin;

/// How long the way out and back in may take, in milliseconds.
const SELF_TEST_MS: u32 = 5_000;

/// How long all checks may take together, in milliseconds: the host gives a handler 30 s, and what is not shown by then is
/// not shown at all.
const CHECKS_MS: u32 = 20_000;

/// From so long before Meta stops running the configured version on it is spoken of, in milliseconds.
const VERSION_ENDS_MS: i64 = 60 * DAY_MS;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Good,
    Bad,
    /// It could not be checked, or says nothing by itself.
    Open,
}

impl Mark {
    pub(crate) fn of(good: bool) -> Self {
        if good { Self::Good } else { Self::Bad }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Bad => "✗",
            Self::Open => "○",
        }
    }
}

/// The checks of one run, as lines in the reader's language.
pub(crate) struct Report<'a, H> {
    session: &'a Session<H>,
    pub(crate) lang: &'a Lang,
    lines: Vec<String>,
}

impl<'a, H: Host> Report<'a, H> {
    fn new(session: &'a Session<H>, lang: &'a Lang) -> Self {
        Self { session, lang, lines: Vec::new() }
    }

    pub(crate) fn add(&mut self, mark: Mark, key: Key, values: &[(&str, &str)]) {
        self.say(mark, &self.session.text(self.lang, key, values));
    }

    pub(crate) fn say(&mut self, mark: Mark, line: &str) {
        self.lines.push(format!("{} {line}", mark.sign()));
    }

    fn trouble(&mut self, key: Key, trouble: &Trouble) {
        let reason = trouble.text(self.session.translator(self.lang));
        self.add(Mark::Bad, key, &[("reason", &reason)]);
    }
}

impl<H: Host> Session<H> {
    /// Checks everything about a network and says what to fix.
    pub(crate) async fn doctor(&self, lang: &Lang, channel: Channel) -> Result<String, CoreError> {
        self.memory.forget();
        let until = self.now_ms().saturating_add(i64::from(CHECKS_MS));
        let settings = self.settings_anew().await?;
        let environment = self.environment().await?;
        let all = self.accounts_anew().await?;
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
        let mut report = Report::new(self, lang);
        report.lines.push(self.text(lang, key!("doctor_title"), &[("channel", channel.label())]));
        report.lines.extend(server?);
        self.report_settings(&mut report, &settings, channel);
        match app {
            Some(app) => report.lines.extend(app),
            None => report.add(Mark::Open, key!("doctor_late"), &[]),
        }
        report.lines.extend(test);
        self.report_webhooks(&mut report, &settings).await?;
        self.report_former_secrets(&mut report, &settings, channel).await?;
        if mine.is_empty() {
            report.add(Mark::Bad, key!("doctor_no_account"), &[("command", &verbatim(&channel.command("authorize")))]);
        }
        for (account, lines) in by_account {
            report.lines.push(format!("*{}*", verbatim(&account.shown())));
            match lines {
                Some(lines) => report.lines.extend(lines),
                None => report.add(Mark::Open, key!("doctor_late"), &[]),
            }
        }
        Ok(report.lines.join("\n"))
    }

    /// What comes of the work, if it is done by then.
    async fn in_time<T>(&self, until: i64, work: impl Future<Output = T>) -> Option<T> {
        let left = u32::try_from(until.saturating_sub(self.now_ms())).unwrap_or_default();
        match select(pin!(work), pin!(self.host.sleep(left))).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }

    /// What to say before anything else where Meta cannot reach the server.
    pub(crate) fn site_url_warning(&self, lang: &Lang, environment: &Environment) -> Option<String> {
        let url = [("url", &*verbatim(&environment.site_url))];
        (!is_public(&environment.site_url))
            .then(|| format!("⚠️ {}", self.text(lang, key!("doctor_site_url_bad"), &url)))
    }

    async fn examine_server(&self, lang: &Lang, environment: &Environment) -> Result<Vec<String>, CoreError> {
        let mut report = Report::new(self, lang);
        let url = [("url", &*verbatim(&environment.site_url))];
        match is_public(&environment.site_url) {
            true => report.add(Mark::Good, key!("doctor_site_url"), &url),
            false => report.add(Mark::Bad, key!("doctor_site_url_bad"), &url),
        }
        match environment.omnichannel {
            true => report.add(Mark::Good, key!("doctor_omnichannel"), &[]),
            false => report.add(Mark::Bad, key!("doctor_omnichannel_off"), &[]),
        }
        match self.call(Online { department: None }).await? {
            // Nobody need be there: the server says so all the same.
            true if environment.without_agents && environment.omnichannel => {
                report.add(Mark::Open, key!("doctor_agents_not_needed"), &[]);
            }
            true => report.add(Mark::Good, key!("doctor_agents"), &[]),
            false => report.add(Mark::Bad, key!("doctor_agents_none"), &[]),
        }
        self.report_notes(&mut report, environment);
        Ok(report.lines)
    }

    /// Whether the server takes the app's notes for answers, and what to change for it.
    fn report_notes(&self, report: &mut Report<'_, H>, environment: &Environment) {
        let user = [("user", &*verbatim(&environment.app_user))];
        if !environment.counts_notes() {
            return report.add(Mark::Good, key!("doctor_notes_left_out"), &user);
        }
        let is_bot = environment.app_roles.iter().any(|role| role == "bot");
        let steps = [
            (!environment.ignores_bots).then_some(key!("doctor_notes_setting")),
            (!is_bot).then_some(key!("doctor_notes_role")),
            environment.transfers_unanswered.then_some(key!("doctor_notes_transfer")),
        ];
        let steps: Vec<String> = steps.into_iter().flatten().map(|step| self.text(report.lang, step, &user)).collect();
        let steps = steps.join("; ");
        report.add(Mark::Open, key!("doctor_notes_counted"), &[&user[..], &[("steps", &*steps)]].concat());
    }

    async fn examine_app(
        &self,
        lang: &Lang,
        settings: &Settings,
        environment: &Environment,
        channel: Channel,
    ) -> Vec<String> {
        use meta_wire::request::subscriptions::app_subscriptions;
        let mut report = Report::new(self, lang);
        let Some(app) = settings.meta_app() else {
            // With Instagram Login alone there is no Meta app to ask about.
            let alone = channel == Channel::Instagram && settings.instagram_app().is_some();
            let mark = if alone { Mark::Open } else { Mark::Bad };
            report.add(mark, key!("doctor_credentials_missing"), &[]);
            return report.lines;
        };
        let there: Result<Listing<AppWebhook>, Trouble> =
            self.ask(app_subscriptions(settings.graph_version, &app)).await;
        let there = match there {
            Ok(there) => there,
            Err(trouble) => {
                let reason = trouble.app_text(self.translator(lang));
                report.add(Mark::Bad, key!("doctor_credentials_bad"), &[("reason", &reason)]);
                return report.lines;
            }
        };
        report.add(Mark::Good, key!("doctor_credentials"), &[("app", &verbatim(app.id.as_str()))]);
        // The mode is not to be had from the API; what does not work because of it says so when it is refused.
        report.add(Mark::Open, key!("doctor_app_mode"), &[]);
        self.report_version(&mut report, settings);
        let installation = self.installation().await.ok();
        let refused = installation.and_then(|known| known.refused_fields.get(&channel).cloned()).unwrap_or_default();
        report_refused(&mut report, &refused);
        let platform = channel.platform();
        let url = environment.endpoints.get(crate::path::WEBHOOK).map(String::as_str).unwrap_or_default();
        let webhook = there.list.items.iter().find(|webhook| webhook.platform() == Some(platform));
        let command = verbatim(&channel.command("authorize"));
        let object = [("object", platform.webhook_object()), ("command", &*command)];
        match webhook {
            None => report.add(Mark::Bad, key!("doctor_webhook_missing"), &object),
            Some(webhook) if webhook.callback_url.as_deref() != Some(url) => {
                let host = webhook.callback_url.as_deref().and_then(host_of).unwrap_or_default();
                let values = [("host", &*verbatim(&host))];
                report.add(Mark::Bad, key!("doctor_webhook_elsewhere"), &[&object[..], &values].concat());
            }
            Some(webhook) if webhook.active == Some(false) => {
                report.add(Mark::Bad, key!("doctor_webhook_inactive"), &object);
            }
            Some(webhook) => match missing_fields(webhook, platform, &refused).join(", ") {
                missing if missing.is_empty() => report.add(Mark::Good, key!("doctor_webhook"), &object),
                missing => {
                    let values = [("fields", &*verbatim(&missing))];
                    report.add(Mark::Bad, key!("doctor_webhook_fields"), &[&object[..], &values].concat());
                }
            },
        }
        report.lines
    }

    /// Whether Meta still runs the configured version of the Graph API, and for how long where that is not for long.
    fn report_version(&self, report: &mut Report<'_, H>, settings: &Settings) {
        let version = settings.graph_version;
        let oldest = GraphVersion::oldest_alive(self.now());
        let named = [("version", &*version.to_string()), ("newest", &*GraphVersion::default().to_string())];
        match version.ends_at() {
            _ if version < oldest => report.add(Mark::Bad, key!("doctor_version_ended"), &named),
            Some(end) if end.0.saturating_sub(self.now_ms()) < VERSION_ENDS_MS => {
                let ends = day(end.0);
                report.add(Mark::Open, key!("doctor_version_ends"), &[&named[..], &[("day", &*ends)]].concat());
            }
            _ => {}
        }
    }

    /// Sends a signed event to the app's own public address and sees whether it arrives.
    async fn self_test_line(&self, lang: &Lang, settings: &Settings, environment: &Environment) -> Vec<String> {
        let mut report = Report::new(self, lang);
        let secret = settings.app_secret.as_ref().or(settings.instagram_app_secret.as_ref());
        match (secret, environment.endpoints.get(crate::path::WEBHOOK)) {
            (Some(secret), Some(url)) => {
                let nonce = self.random_hex(16);
                let (body, signed) = self_test(&nonce, self.now_ms(), secret);
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
                match self.call(sent).await {
                    Ok(reply) if reply.status == 200 && reply.text.contains(&nonce) => {
                        report.add(Mark::Good, key!("doctor_self_test"), &[]);
                    }
                    Ok(reply) => {
                        let status = reply.status.to_string();
                        report.add(Mark::Bad, key!("doctor_self_test_status"), &[("status", &status)]);
                    }
                    Err(error) => {
                        report.add(Mark::Bad, key!("doctor_self_test_lost"), &[("code", &verbatim(error.code()))]);
                    }
                }
            }
            _ => report.add(Mark::Open, key!("doctor_self_test_open"), &[]),
        }
        report.lines
    }

    async fn report_webhooks(&self, report: &mut Report<'_, H>, settings: &Settings) -> Result<(), CoreError> {
        let seen = self.webhooks_seen().await?;
        match seen.event_at {
            Some(at) => report.add(Mark::Good, key!("doctor_last_event"), &[("at", &moment(at))]),
            None => report.add(Mark::Open, key!("doctor_last_event_none"), &[]),
        }
        let count = seen.rejected.to_string();
        match seen.rejected_at {
            None => report.add(Mark::Good, key!("doctor_rejected_none"), &[]),
            Some(at) => report.add(Mark::Bad, key!("doctor_rejected"), &[("count", &count), ("at", &moment(at))]),
        }
        if settings.signatures == SignaturePolicy::Permit {
            report.add(Mark::Bad, key!("doctor_signatures_off"), &[]);
        }
        Ok(())
    }

    async fn examine(&self, lang: &Lang, settings: &Settings, account: &Account, all: &[Account]) -> Vec<String> {
        let mut report = Report::new(self, lang);
        if let TokenState::Dead { since, .. } = &account.token_state {
            report.add(Mark::Bad, key!("doctor_token_dead"), &[("since", &moment(*since))]);
            return report.lines;
        }
        if account.route == LoginRoute::Facebook && settings.meta_app().is_some_and(|app| app.id != account.app_id) {
            report.add(Mark::Bad, key!("doctor_other_app"), &[("app", &verbatim(account.app_id.as_str()))]);
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

    async fn examine_events(
        &self,
        lang: &Lang,
        settings: &Settings,
        account: &Account,
        all: &[Account],
    ) -> Vec<String> {
        let mut report = Report::new(self, lang);
        match (account.subscribed, self.missing_events(settings, account, all).await) {
            (false, _) => report.add(Mark::Bad, key!("doctor_unsubscribed"), &[]),
            (true, Ok(missing)) if missing.is_empty() => {
                report.add(Mark::Good, key!("doctor_subscribed"), &[]);
                report_refused(&mut report, &refused_fields(account, all));
            }
            (true, Ok(missing)) => {
                let fields = verbatim(&missing.join(", "));
                report.add(Mark::Bad, key!("doctor_subscribed_fields"), &[("fields", &fields)]);
            }
            (true, Err(trouble)) => report.trouble(key!("doctor_not_readable"), &trouble),
        }
        report.lines
    }

    /// Whether the account's conversations can be reached, and who has control of them.
    async fn examine_threads(&self, lang: &Lang, settings: &Settings, account: &Account) -> Vec<String> {
        let mut report = Report::new(self, lang);
        if account.channel == Channel::Instagram {
            // One is enough: of many Instagram says that it is too much.
            let one = accounts::ListPart { limit: 1, ..accounts::ListPart::default() };
            let request = conversations::conversations(&account.graph(settings), &account.business(), None, one);
            match self.ask::<Listing<Conversation>>(request).await {
                Ok(_) => report.add(Mark::Good, key!("doctor_access"), &[]),
                Err(trouble) if is_access_off(&trouble) => report.add(Mark::Bad, key!("doctor_access_off"), &[]),
                Err(trouble) => report.trouble(key!("doctor_access_unknown"), &trouble),
            }
        }
        if account.route == LoginRoute::Facebook {
            self.examine_routing(&mut report, settings, account).await;
        }
        report.lines
    }

    /// What the token is good for; an error when it is good for nothing.
    async fn examine_token(
        &self,
        lang: &Lang,
        settings: &Settings,
        account: &Account,
    ) -> Result<Vec<String>, Vec<String>> {
        let mut report = Report::new(self, lang);
        let scopes = match (settings.meta_app(), account.route) {
            (Some(app), LoginRoute::Facebook) => {
                let request = accounts::debug_token(settings.graph_version, &app, &account.token);
                match self.ask::<DebugToken>(request).await {
                    Ok(debug) if debug.is_valid => self.report_inspected(&mut report, account, &debug),
                    Ok(_) => {
                        report.add(Mark::Bad, key!("doctor_token_invalid"), &[]);
                        if self.token_died(account, &super::health::dead_by_inspection()).await.is_err() {
                            self.warn("token-death-not-noted", account.id.as_str());
                        }
                        return Err(report.lines);
                    }
                    Err(trouble) => {
                        let reason = trouble.app_text(self.translator(lang));
                        report.add(Mark::Bad, key!("doctor_not_readable"), &[("reason", &reason)]);
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
            true => report.add(Mark::Good, key!("doctor_scopes"), &[]),
            false => {
                report.add(Mark::Bad, key!("doctor_scopes_missing"), &[("scopes", &verbatim(&missing.join(", ")))]);
            }
        }
        Ok(report.lines)
    }

    /// What an inspection says of a token that works; answers its permissions for the account.
    fn report_inspected(&self, report: &mut Report<'_, H>, account: &Account, debug: &DebugToken) -> Vec<String> {
        self.report_end(report, debug.expires_at.map(|at| at.0));
        if let Some(at) = debug.data_access_expires_at {
            report.add(Mark::of(at.0 > self.now_ms()), key!("doctor_data_access"), &[("day", &day(at.0))]);
        }
        let page = account.page_id.as_ref().map(meta_wire::ids::PageId::as_str);
        let granted = |scope: &&String| {
            [Some(account.id.as_str()), page].into_iter().flatten().any(|target| debug.grants(scope, target))
        };
        debug.scopes.iter().filter(granted).cloned().collect()
    }

    fn report_end(&self, report: &mut Report<'_, H>, ends: Option<i64>) {
        match ends {
            None => report.add(Mark::Good, key!("doctor_token_lasting"), &[]),
            Some(at) => {
                report.add(Mark::of(at > self.now_ms()), key!("doctor_token_until"), &[("day", &day(at))]);
            }
        }
    }
}

/// Fields that Meta does not offer: what they tell is missing, and the rest works.
fn report_refused<H: Host>(report: &mut Report<'_, H>, refused: &[String]) {
    if !refused.is_empty() {
        report.add(Mark::Open, key!("doctor_fields_refused"), &[("fields", &verbatim(&refused.join(", ")))]);
    }
}

fn is_access_off(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused(refusal)
        if refusal.class == Class::PermissionMissing(Permission::InstagramMessageAccess))
}

/// Whether Meta could reach the address.
fn is_public(url: &str) -> bool {
    WebUrl::parse(url).is_some_and(|url| url.is_public_https())
}
