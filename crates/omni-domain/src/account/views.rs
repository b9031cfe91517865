//! Windows about accounts.

use super::candidate::{Candidate, problem_lines};
use super::{Account, LoginRoute};
use crate::blocks;
use crate::channel::Channel;
use crate::key;
use crate::render::text::verbatim;
use crate::rocket_chat::ModalView;
use crate::texts::Translator;
use serde_json::{Value, json};

/// Block and action of the list of accounts in the window.
pub const LIST: &str = "connect:accounts";

/// Block and action of the question whether the permission goes back to Meta as well.
pub const REVOKE: &str = "connect:revoke";

/// The question before all accounts of a network are disconnected.
pub fn unauthorize_view(say: Translator<'_>, channel: Channel, accounts: &[Account]) -> ModalView {
    let names: Vec<String> = accounts.iter().map(|account| verbatim(&account.shown())).collect();
    let values = [("channel", channel.label()), ("accounts", &*names.join(", "))];
    let option =
        |value: &str, key| json!({ "text": { "type": "plain_text", "text": say.text(key, &[]) }, "value": value });
    let by_page = accounts.iter().any(|account| account.route == LoginRoute::Facebook);
    let mut shown = vec![blocks::section(&say.text(key!("account_unauthorize_ask"), &values))];
    if by_page {
        shown.push(json!({
            "type": "input",
            "blockId": REVOKE,
            "label": { "type": "plain_text", "text": say.text(key!("account_revoke_label"), &[]) },
            "element": {
                "type": "static_select",
                "blockId": REVOKE,
                "actionId": REVOKE,
                "initialValue": "keep",
                "options": [option("keep", key!("account_revoke_keep")), option("revoke", key!("account_revoke_all"))],
            },
        }));
        shown.push(blocks::context(&say.text(key!("account_revoke_warning"), &[])));
    }
    ModalView {
        id: format!("connect:unauthorize:{}", channel.as_str()),
        title: say.text(key!("account_unauthorize_title"), &[("channel", channel.label())]),
        submit: Some(say.text(key!("account_disconnect"), &[])),
        close: say.text(key!("config_cancel"), &[]),
        blocks: shown,
    }
}

/// The window to choose in.
pub fn choose_view(
    say: Translator<'_>,
    channel: Channel,
    choice_id: &str,
    usable: &[Candidate],
    unusable: &[Candidate],
) -> ModalView {
    let option = |candidate: &Candidate| {
        let page = candidate.page_name.as_ref().filter(|_| channel == Channel::Instagram);
        let text = match page {
            Some(page) => format!("{} · {page}", candidate.shown()),
            None => format!("{} · {}", candidate.shown(), candidate.id),
        };
        json!({ "text": { "type": "plain_text", "text": text }, "value": candidate.id.as_str() })
    };
    let options: Vec<Value> = usable.iter().map(option).collect();
    let placeholder = say.text(key!("login_choose_placeholder"), &[]);
    let mut shown = vec![json!({
        "type": "input",
        "blockId": LIST,
        "label": { "type": "plain_text", "text": say.text(key!("login_choose_label"), &[]) },
        "element": {
            "type": "multi_static_select",
            "blockId": LIST,
            "actionId": LIST,
            "placeholder": { "type": "plain_text", "text": placeholder },
            "options": options,
        },
    })];
    let lines = problem_lines(say, unusable);
    if !lines.is_empty() {
        shown.push(json!({ "type": "divider" }));
        shown.push(blocks::context(&say.text(key!("login_not_available"), &[])));
        shown.extend(lines.iter().map(|line| blocks::context(line)));
    }
    ModalView {
        id: format!("connect:choose:{}", choice_id),
        title: say.text(key!("login_choose_title"), &[("channel", channel.label())]),
        submit: Some(say.text(key!("login_connect"), &[])),
        close: say.text(key!("config_cancel"), &[]),
        blocks: shown,
    }
}

/// A window that only says something.
pub fn note_view(say: Translator<'_>, text: &str) -> ModalView {
    ModalView {
        id: "connect:note".to_owned(),
        title: "Omni Direct".to_owned(),
        submit: None,
        close: say.text(key!("config_close"), &[]),
        blocks: vec![blocks::section(text)],
    }
}
