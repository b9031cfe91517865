//! Buttons and windows: the area that made one handles it, told apart by the word before the first colon of its id.

use crate::api::{UiAnswer, UiInput};
use crate::app::App;
use crate::context::area;
use crate::error::CoreError;
use crate::host::{Host, ModalView};

impl UiInput {
    /// The id of the element or window, split at the first colon.
    fn id(&self) -> (&str, &str) {
        let id = match self {
            Self::Action { action_id, .. } => action_id,
            Self::Submit { view_id, .. } => view_id,
        };
        id.split_once(':').unwrap_or((id, ""))
    }
}

impl<H: Host> App<H> {
    /// A button, a choice, a submitted window.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn ui_action(&self, input: UiInput) -> Result<UiAnswer, CoreError> {
        let submitted = match &input {
            UiInput::Submit { view_id, .. } => Some(view_id.clone()),
            UiInput::Action { .. } => None,
        };
        let (area, rest) = input.id();
        let rest = rest.to_owned();
        let answer = match area {
            area::CONNECT => self.connect_actions.connect_action(&rest, input).await,
            area::OUTBOUND => self.agent_messages.outbound_action(&rest, input).await,
            area::FLOWS => self.open_now.flows_action(&rest, input).await,
            area::HANDOVER => self.agent_requests.handover_action(&rest, input).await,
            _ => Ok(UiAnswer::Done),
        }?;
        Ok(match (answer, submitted) {
            // Clients look for the window to update by its id: one of another id changes nothing on the screen.
            (UiAnswer::Update { view }, Some(id)) => UiAnswer::Update { view: ModalView { id, ..view } },
            (answer, _) => answer,
        })
    }
}
