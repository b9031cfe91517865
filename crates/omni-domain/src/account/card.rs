//! How an account is shown to administrators: its credentials and state, and what can be done with it.

use super::scopes::missing_scopes;
use super::{Account, LoginRoute, TokenState};
use crate::blocks::{self, Look};
use crate::channel::Channel;
use crate::key;
use crate::render::text::verbatim;
use crate::texts::Translator;
use crate::timing::{day, moment};
use serde_json::Value;

/// `instagram:178…`: an account as the value of a button.
pub fn account_value(account: &Account) -> String {
    format!("{}:{}", account.channel.as_str(), account.id)
}

/// The connected accounts of a network, one per line.
pub fn account_list(say: Translator<'_>, channel: Channel, accounts: &[Account]) -> String {
    match accounts.is_empty() {
        true => say.text(key!("account_none"), &[("channel", channel.label())]),
        false => accounts.iter().map(|account| account_line(say, account)).collect::<Vec<_>>().join("\n"),
    }
}

/// Whether the token works and until when.
pub fn token_words(say: Translator<'_>, account: &Account) -> String {
    match (&account.token_state, account.token_expires_at) {
        (TokenState::Dead { since, .. }, _) => say.text(key!("account_token_dead"), &[("since", &moment(*since))]),
        (TokenState::Valid, None) => say.text(key!("account_token_lasting"), &[]),
        (TokenState::Valid, Some(at)) => say.text(key!("account_token_until"), &[("day", &day(at))]),
    }
}

/// The account in one line.
pub fn account_line(say: Translator<'_>, account: &Account) -> String {
    let page = account.page_name.as_ref().filter(|_| account.channel == Channel::Instagram);
    let page = page.map(|name| format!(" · {name}")).unwrap_or_default();
    let (shown, id) = (verbatim(&account.shown()), verbatim(account.id.as_str()));
    let (token, events) = (token_words(say, account), subscription_words(say, account));
    format!("• {shown}{page} · {id} · {token} · {events}")
}

/// Whether events of the account come.
pub fn subscription_words(say: Translator<'_>, account: &Account) -> String {
    let key = match (account.subscribed, account.events_failing) {
        (true, false) => key!("account_subscribed"),
        (true, true) => key!("account_events_failing"),
        (false, _) => key!("account_unsubscribed"),
    };
    say.text(key, &[])
}

/// The account's credentials, one per line; never the token.
fn credentials(say: Translator<'_>, account: &Account) -> String {
    let line = |key, value: &str| format!("{}: {}", say.text(key, &[]), verbatim(value));
    let mut lines = vec![line(key!("account_name"), &account.name)];
    if let Some(username) = &account.username {
        lines.push(line(key!("account_username"), username));
    }
    lines.push(line(key!("account_id"), account.id.as_str()));
    if let (Channel::Instagram, Some(page)) = (account.channel, &account.page_id) {
        let name = account.page_name.as_deref().unwrap_or_default();
        lines.push(line(key!("account_page"), &format!("{name} ({page})")));
    }
    if account.route == LoginRoute::Instagram {
        lines.push(say.text(key!("account_route_instagram"), &[]));
    }
    let missing = missing_scopes(account.channel, account.route, &account.scopes);
    lines.push(line(key!("account_permissions"), &account.scopes.join(", ")));
    if !missing.is_empty() {
        lines.push(line(key!("account_permissions_missing"), &missing.join(", ")));
    }
    lines.push(format!("{}: {}", say.text(key!("account_token"), &[]), token_words(say, account)));
    lines.push(format!("{}: {}", say.text(key!("account_events"), &[]), subscription_words(say, account)));
    lines.join("\n")
}

/// Headline of the message that shows the account.
pub fn card_title(say: Translator<'_>, account: &Account) -> String {
    let values = [("account", &*verbatim(&account.shown())), ("channel", account.channel.label())];
    match account.token_state {
        TokenState::Valid => say.text(key!("account_connected"), &values),
        TokenState::Dead { .. } => say.text(key!("account_dead"), &values),
    }
}

/// The message that shows the account: its text and its blocks.
pub fn card(say: Translator<'_>, account: &Account) -> (String, Vec<Value>) {
    let text = format!("{}\n{}", card_title(say, account), credentials(say, account));
    let value = account_value(account);
    let button = |key, action: &str, look| blocks::button(&say.text(key, &[]), action, &value, look);
    let mut buttons = Vec::new();
    if account.token_state != TokenState::Valid {
        let label = say.text(key!("account_reauthorize"), &[]);
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
