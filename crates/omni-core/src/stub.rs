//! Temporary.
use crate::entry::*;
use crate::{CoreError, Session, host::Host};
impl<H: Host> Session<H> {
    pub async fn webhook_challenge(&self, _i: WebRequest) -> Result<WebAnswer, CoreError> {
        Ok(WebAnswer { status: 200, headers: Default::default(), body: String::new() })
    }
    pub async fn receive_webhook(&self, _i: WebRequest) -> Result<WebAnswer, CoreError> {
        let s = self.settings().await?;
        let _ = s;
        Ok(WebAnswer { status: 200, headers: Default::default(), body: String::new() })
    }
    pub async fn oauth_callback(&self, _i: WebRequest) -> Result<WebAnswer, CoreError> {
        Ok(WebAnswer { status: 200, headers: Default::default(), body: String::new() })
    }
    pub async fn deauthorize(&self, _i: WebRequest) -> Result<WebAnswer, CoreError> {
        Ok(WebAnswer { status: 200, headers: Default::default(), body: String::new() })
    }
    pub async fn data_deletion(&self, _i: WebRequest) -> Result<WebAnswer, CoreError> {
        Ok(WebAnswer { status: 200, headers: Default::default(), body: String::new() })
    }
    pub async fn data_deletion_status(&self, _i: WebRequest) -> Result<WebAnswer, CoreError> {
        Ok(WebAnswer { status: 200, headers: Default::default(), body: String::new() })
    }
    pub async fn run_command(&self, _i: CommandInput) -> Result<(), CoreError> {
        Ok(())
    }
    pub async fn ui_action(&self, _i: UiInput) -> Result<UiAnswer, CoreError> {
        Ok(UiAnswer::Done)
    }
    pub async fn agent_message(&self, _i: MessageInput) -> Result<(), CoreError> {
        Ok(())
    }
    pub async fn room_event(&self, _i: RoomInput) -> Result<(), CoreError> {
        Ok(())
    }
    pub async fn status_changed(&self, _i: StatusInput) -> Result<(), CoreError> {
        Ok(())
    }
    pub async fn run_job(&self, _i: JobInput) -> Result<(), CoreError> {
        Ok(())
    }
    pub async fn lifecycle(&self, _i: LifecycleInput) -> Result<(), CoreError> {
        Ok(())
    }
    pub async fn check_setting(&self, i: SettingInput) -> Result<SettingAnswer, CoreError> {
        Ok(SettingAnswer::Accepted { value: i.value })
    }
}
