//! How an account is shown to administrators: its credentials and state, and what can be done with it.

use super::grant::{Candidate, Problem, missing_scopes};
use crate::host::Host;
use crate::key;
use crate::session::Session;
use crate::store::{Account, LoginRoute, TokenState};
use crate::texts::Lang;
use omni_domain::blocks;
use omni_domain::blocks::Look;
use omni_domain::render::text::verbatim;
use omni_domain::timing::{day, moment};
use serde_json::Value;

/// `instagram:178…`: an account as the value of a button.
pub(crate) fn account_value(account: &Account) -> String {
    format!("{}:{}", account.channel.as_str(), account.id)
}

impl<H: Host> Session<H> {
    /// Whether the token works and until when.
    pub(crate) fn token_words(&self, lang: &Lang, account: &Account) -> String {
        match (&account.token_state, account.token_expires_at) {
            (TokenState::Dead { since, .. }, _) => {
                self.text(lang, key!("account_token_dead"), &[("since", &moment(*since))])
            }
            (TokenState::Valid, None) => self.text(lang, key!("account_token_lasting"), &[]),
            (TokenState::Valid, Some(at)) => self.text(lang, key!("account_token_until"), &[("day", &day(at))]),
        }
    }

    /// The account in one line.
    pub(crate) fn account_line(&self, lang: &Lang, account: &Account) -> String {
        let page = account.page_name.as_ref().filter(|_| account.channel == crate::entry::Channel::Instagram);
        let page = page.map(|name| format!(" · {name}")).unwrap_or_default();
        let (shown, id) = (verbatim(&account.shown()), verbatim(account.id.as_str()));
        let (token, events) = (self.token_words(lang, account), self.subscription_words(lang, account));
        format!("• {shown}{page} · {id} · {token} · {events}")
    }

    pub(crate) fn subscription_words(&self, lang: &Lang, account: &Account) -> String {
        let key = match (account.subscribed, account.events_failing) {
            (true, false) => key!("account_subscribed"),
            (true, true) => key!("account_events_failing"),
            (false, _) => key!("account_unsubscribed"),
        };
        self.text(lang, key, &[])
    }

    /// The account's credentials, one per line; never the token.
    fn credentials(&self, lang: &Lang, account: &Account) -> String {
        let line = |key, value: &str| format!("{}: {}", self.text(lang, key, &[]), verbatim(value));
        let mut lines = vec![line(key!("account_name"), &account.name)];
        if let Some(username) = &account.username {
            lines.push(line(key!("account_username"), username));
        }
        lines.push(line(key!("account_id"), account.id.as_str()));
        if let (crate::entry::Channel::Instagram, Some(page)) = (account.channel, &account.page_id) {
            let name = account.page_name.as_deref().unwrap_or_default();
            lines.push(line(key!("account_page"), &format!("{name} ({page})")));
        }
        if account.route == LoginRoute::Instagram {
            lines.push(self.text(lang, key!("account_route_instagram"), &[]));
        }
        let missing = missing_scopes(account.channel, account.route, &account.scopes);
        lines.push(line(key!("account_permissions"), &account.scopes.join(", ")));
        if !missing.is_empty() {
            lines.push(line(key!("account_permissions_missing"), &missing.join(", ")));
        }
        lines.push(format!("{}: {}", self.text(lang, key!("account_token"), &[]), self.token_words(lang, account)));
        lines.push(format!(
            "{}: {}",
            self.text(lang, key!("account_events"), &[]),
            self.subscription_words(lang, account)
        ));
        lines.join("\n")
    }

    /// Headline of the message that shows the account.
    pub(crate) fn card_title(&self, lang: &Lang, account: &Account) -> String {
        let values = [("account", &*verbatim(&account.shown())), ("channel", account.channel.label())];
        match account.token_state {
            TokenState::Valid => self.text(lang, key!("account_connected"), &values),
            TokenState::Dead { .. } => self.text(lang, key!("account_dead"), &values),
        }
    }

    /// The message that shows the account: its text and its blocks.
    pub(crate) fn card(&self, lang: &Lang, account: &Account) -> (String, Vec<Value>) {
        let text = format!("{}\n{}", self.card_title(lang, account), self.credentials(lang, account));
        let value = account_value(account);
        let button = |key, action: &str, look| blocks::button(&self.text(lang, key, &[]), action, &value, look);
        let mut buttons = Vec::new();
        if account.token_state != TokenState::Valid {
            let label = self.text(lang, key!("account_reauthorize"), &[]);
            let channel = account.channel.as_str();
            buttons.push(blocks::button(&label, "connect:authorize", channel, Look::Primary));
        }
        buttons.push(match account.subscribed && !account.events_failing {
            true => button(key!("account_unsubscribe"), "connect:unsubscribe", Look::Plain),
            false => button(key!("account_subscribe"), "connect:subscribe", Look::Primary),
        });
        buttons.push(button(key!("account_edit"), "connect:edit", Look::Plain));
        buttons.push(button(key!("account_disconnect"), "connect:disconnect", Look::Danger));
        let shown = vec![blocks::section(&text), blocks::actions(&format!("connect:account:{value}"), buttons)];
        (text, shown)
    }

    /// Shows the account as it is now in the message that shows it, if there is one.
    pub(crate) async fn refresh_card(&self, account: &Account) {
        if let Some(message_id) = &account.card {
            let (text, shown) = self.card(&self.workspace_lang().await, account);
            self.rewrite(message_id, text, shown).await;
        }
    }

    /// Why a candidate cannot be connected; nothing for what is said once for all of them.
    pub(crate) fn problem_line(&self, lang: &Lang, candidate: &Candidate) -> Option<String> {
        let shown = verbatim(&candidate.shown());
        let (key, scope) = match candidate.problem.as_ref()? {
            Problem::Declined => return None,
            Problem::NotTicked { scope } => (key!("login_problem_not_ticked"), scope.as_str()),
            Problem::NoMessaging => (key!("login_problem_no_messaging"), ""),
            Problem::NoManaging => (key!("login_problem_no_managing"), ""),
            Problem::NoToken => (key!("login_problem_no_token"), ""),
            Problem::NoInstagram => (key!("login_problem_no_instagram"), ""),
        };
        Some(self.text(lang, key, &[("account", &shown), ("scope", &verbatim(scope))]))
    }
}
