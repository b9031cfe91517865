//! What the setup channel is told about logins that did not work.

use super::login::Failure;
use super::say::{blocks, blocks::Look, verbatim};
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Host, User};
use crate::key;
use crate::session::Session;
use crate::texts::Lang;
use serde_json::Value;

/// Anybody who knows the address can send forged callbacks: they are spoken of once in this time, in milliseconds.
const FORGED_PAUSE_MS: i64 = 10 * 60 * 1000;

impl<H: Host> Session<H> {
    /// Why somebody may not.
    pub(crate) fn refusal(&self, lang: &Lang) -> String {
        self.text(lang, key!("help_not_allowed"), &[])
    }

    /// What the server did not let happen, for whoever asked for it.
    pub(crate) fn failed(&self, lang: &Lang, error: &CoreError) -> String {
        self.text(lang, key!("help_failed"), &[("code", &verbatim(error.code()))])
    }

    /// Tells the setup channel why a login failed. Of a callback that is not ours it is not known which channel it
    /// concerns: both are told.
    pub(crate) async fn announce_failure(
        &self,
        channel: Option<Channel>,
        user: Option<&User>,
        failure: &Failure,
    ) -> Result<(), CoreError> {
        if let Failure::Forged | Failure::Empty = failure {
            let told = self.memory.watch.forged_told_at.replace(Some(self.now_ms()));
            if told.is_some_and(|at| self.now_ms().saturating_sub(at) < FORGED_PAUSE_MS) {
                self.memory.watch.forged_told_at.set(told);
                return Ok(());
            }
        }
        let lang = self.workspace_lang().await;
        for channel in Channel::ALL.into_iter().filter(|known| channel.is_none_or(|wanted| wanted == *known)) {
            let (text, shown) = self.failure_message(&lang, channel, user, failure);
            self.inform(channel, text, shown).await;
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
        let mut lines = vec![format!("*{}*", self.text(lang, title, &[]))];
        if let Some(user) = user {
            lines.push(self.text(lang, key!("login_started_by"), &[("user", &verbatim(&user.username))]));
        }
        lines.push(self.text(lang, explanation, &[]));
        lines.extend(self.failure_details(lang, failure).iter().map(|line| format!("• {line}")));
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
            let button = blocks::button(&self.text(lang, label, &[]), action, channel.as_str(), Look::Primary);
            shown.push(blocks::actions("connect:login", vec![button]));
        }
        (text, shown)
    }
}
