//! Who may do what, by their roles, and who is a person at all.

use crate::rocket_chat::{Message, User};

/// Roles that may connect and edit accounts. The server shows commands and buttons to others as well.
const ADMINISTRATORS: [&str; 2] = ["admin", "livechat-manager"];

/// The role of those who serve customers.
const AGENT: &str = "livechat-agent";

/// Roles that may open a conversation for a customer who waits.
const MAY_OPEN: [&str; 4] = ["admin", "livechat-manager", "livechat-monitor", AGENT];

fn has_one_of(user: &User, roles: &[&str]) -> bool {
    user.roles.iter().any(|role| roles.contains(&role.as_str()))
}

/// Whether the person may connect and edit accounts.
pub fn may_administer(user: &User) -> bool {
    has_one_of(user, &ADMINISTRATORS)
}

/// Whether the person may open a conversation for a customer who waits.
pub fn may_open(user: &User) -> bool {
    has_one_of(user, &MAY_OPEN)
}

/// Whether the person may be one who serves customers: the server does not tell every person's roles.
pub fn may_serve(user: &User) -> bool {
    user.roles.is_empty() || has_one_of(user, &[AGENT])
}

/// Whether it is a person, and no bot or app.
pub fn is_person(user: &User) -> bool {
    user.kind == "user"
}

/// Whether a person wrote the message.
pub fn is_human(message: &Message) -> bool {
    message
        .sender
        .as_ref()
        .is_some_and(|sender| !matches!(sender.kind.as_str(), "bot" | "app") && !has_one_of(sender, &["bot", "app"]))
}
