//! UIKit blocks ([reference](https://docs.rocket.chat/docs/blocks)). Every element names its block and action: the server
//! fills them in for some kinds only.

use serde_json::{Value, json};

/// A paragraph.
pub fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })
}

/// Small print.
pub fn context(text: &str) -> Value {
    json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": text }] })
}

/// A row of buttons and the like.
pub fn actions(block_id: &str, elements: Vec<Value>) -> Value {
    let elements: Vec<Value> = elements
        .into_iter()
        .map(|mut element| {
            if let Some(fields) = element.as_object_mut() {
                fields.insert("blockId".into(), block_id.into());
            }
            element
        })
        .collect();
    json!({ "type": "actions", "blockId": block_id, "elements": elements })
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// As any other.
    Plain,
    /// What is most likely wanted.
    Primary,
    /// What cannot be undone.
    Danger,
}

/// A button.
pub fn button(text: &str, action_id: &str, value: &str, look: Look) -> Value {
    let mut button = json!({
        "type": "button",
        "text": { "type": "plain_text", "text": text },
        "actionId": action_id,
        "value": value,
    });
    let style = match look {
        Look::Plain => None,
        Look::Primary => Some("primary"),
        Look::Danger => Some("danger"),
    };
    if let (Some(style), Some(fields)) = (style, button.as_object_mut()) {
        fields.insert("style".into(), style.into());
    }
    button
}

/// A button that opens an address in a new tab.
pub fn link(text: &str, action_id: &str, url: &str) -> Value {
    let mut button = button(text, action_id, "", Look::Primary);
    if let Some(fields) = button.as_object_mut() {
        fields.insert("url".into(), url.into());
    }
    button
}
