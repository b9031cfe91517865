//! `pass_thread_control`, `take_thread_control`, `request_thread_control`: which app may answer changes hands.
//!
//! Source: [conversation routing](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing).

use super::fault::Fault;
use super::reader::Node;
use crate::ids::AppId;
use serde::{Deserialize, Serialize};

/// Who may answer a thread changes, or somebody asks for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThreadControl {
    /// What happened.
    pub action: ThreadControlAction,
    /// The app that had the thread; absent when it was idle.
    pub previous_owner: Option<AppId>,
    /// The app that has it now.
    pub new_owner: Option<AppId>,
    /// The app that asks for it.
    pub requested_owner: Option<AppId>,
    /// What the acting app said about it.
    pub metadata: Option<String>,
}

/// What happened to a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadControlAction {
    /// It was handed to another app, which is told.
    Pass,
    /// Another app took it; the app that had it is told.
    Take,
    /// An app asks for it; the app that has it is told.
    Request,
}

impl ThreadControl {
    pub(super) fn read(node: Node<'_, '_>, action: ThreadControlAction) -> Result<Self, Fault> {
        let control = node.object()?;
        Ok(Self {
            action,
            previous_owner: control.optional_id("previous_owner_app_id"),
            new_owner: control.optional_id("new_owner_app_id"),
            requested_owner: control.optional_id("requested_owner_app_id"),
            metadata: control.optional_text("metadata"),
        })
    }
}
