//! What the setup channel is told about logins that did not work.

use crate::accounts::page::Logins;
use crate::error::CoreError;
use crate::host::{Host, User};
use omni_domain::account::login::Failure;
use omni_domain::blocks::Look;
use omni_domain::channel::Channel;
use omni_domain::render::text::verbatim;
use omni_domain::texts::Lang;
use omni_domain::timing::MINUTE_MS;
use omni_domain::{blocks, key};
use serde_json::Value;

/// Anybody who knows the address or a used link can repeat these callbacks without end: each kind is spoken of once in this
/// time, in milliseconds. All others take a fresh login with them.
const REPEATABLE_PAUSE_MS: i64 = 10 * MINUTE_MS;

impl<H: Host> Logins<H> {
    /// Why somebody may not.
    pub(crate) fn refusal(&self, lang: &Lang) -> String {
        self.cx.text(lang, key!("help_not_allowed"), &[])
    }

    /// What the server did not let happen, for whoever asked for it.
    pub(crate) fn failed(&self, lang: &Lang, error: &CoreError) -> String {
        self.cx.text(lang, key!("help_failed"), &[("code", &verbatim(error.code()))])
    }

    /// Tells the setup channel why a login failed. Of a callback that is not ours it is not known which channel it
    /// concerns: both are told.
    pub(crate) async fn announce_failure(
        &self,
        channel: Option<Channel>,
        user: Option<&User>,
        failure: &Failure,
    ) -> Result<(), CoreError> {
        if let Failure::Forged | Failure::Empty | Failure::Expired | Failure::Replayed = failure {
            let (now, kind) = (self.cx.now_ms(), (failure.code(), channel));
            let mut told = self.webhook_watch.memory.watch.failures_told_at.borrow_mut();
            if told.get(&kind).is_some_and(|at| now.saturating_sub(*at) < REPEATABLE_PAUSE_MS) {
                return Ok(());
            }
            told.insert(kind, now);
        }
        let lang = self.cx.workspace_lang().await;
        for channel in Channel::ALL.into_iter().filter(|known| channel.is_none_or(|wanted| wanted == *known)) {
            let (text, shown) = self.failure_message(&lang, channel, user, failure);
            self.speaker.inform(channel, text, shown).await;
        }
        Ok(())
    }

    fn failure_message(
        &self,
        lang: &Lang,
        channel: Channel,
        user: Option<&User>,
        failure: &Failure,
    ) -> (String, Vec<Value>) {
        let (title, explanation) = failure.keys();
        let mut lines = vec![format!("*{}*", self.cx.text(lang, title, &[]))];
        if let Some(user) = user {
            lines.push(self.cx.text(lang, key!("login_started_by"), &[("user", &verbatim(&user.username))]));
        }
        lines.push(self.cx.text(lang, explanation, &[]));
        lines.extend(failure.details(self.cx.translator(lang)).iter().map(|line| format!("• {line}")));
        let text = lines.join("\n");
        let button = match failure {
            Failure::Nothing(grant) if !grant.declined.is_empty() => {
                Some((key!("login_ask_again"), "connect:rerequest"))
            }
            Failure::Forged | Failure::Empty | Failure::NotAllowed => None,
            _ => Some((key!("login_try_again"), "connect:authorize")),
        };
        let mut shown = vec![blocks::section(&text)];
        if let Some((label, action)) = button {
            let button = blocks::button(&self.cx.text(lang, label, &[]), action, channel.as_str(), Look::Primary);
            shown.push(blocks::actions("connect:login", vec![button]));
        }
        (text, shown)
    }
}
