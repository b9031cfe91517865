//! `app_roles`: which app is primary or secondary receiver, from before conversation routing.
//!
//! Source: [conversation routing](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing).

use super::fault::Fault;
use super::reader::Node;
use crate::ids::AppId;
use serde::{Deserialize, Serialize};

/// The roles of apps on a Page or Instagram account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppRoles {
    /// App by app.
    pub apps: Vec<AppRole>,
}

/// The roles of one app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppRole {
    /// The app.
    pub app: AppId,
    /// `primary_receiver`, `secondary_receiver`.
    pub roles: Vec<String>,
}

impl AppRoles {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let apps = node.object()?;
        let role = |(app, roles): (&str, Node<'_, '_>)| {
            let read = roles.each_good(|role| role.text());
            Some(AppRole { app: AppId::from(app), roles: roles.noted(read)? })
        };
        Ok(Self { apps: apps.members().filter_map(role).collect() })
    }
}
