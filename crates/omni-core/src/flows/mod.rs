//! Greetings and farewells, routing at entry, and the ledger of those who wrote while nobody could answer.

mod board;
mod due;
mod ledger;
mod serve;
mod survey;

pub(crate) use board::AtWork;

use crate::entry::{UiAnswer, UiInput};
use crate::error::CoreError;
use crate::host::{Host, User, Whisper};
use crate::key;
use crate::session::Session;
use crate::texts::Lang;
use omni_domain::permissions::may_open;

impl<H: Host> Session<H> {
    pub(crate) async fn flows_action(&self, action: &str, input: UiInput) -> Result<UiAnswer, CoreError> {
        if let (UiInput::Action { user, value, room_id, .. }, "open") = (input, action) {
            let text = self.open_now(&user, &value).await?;
            if let Some(room_id) = room_id {
                let sender = crate::host::Sender::App;
                self.call(Whisper { user_id: user.id, room_id, sender, text, blocks: Vec::new() }).await?;
            }
        }
        Ok(UiAnswer::Done)
    }

    /// Somebody wants the conversation of one who waits to be opened now; answers what became of that.
    async fn open_now(&self, user: &User, waiting_id: &str) -> Result<String, CoreError> {
        let lang = Lang::new(&user.language).or(&self.workspace_lang().await);
        if !may_open(user) {
            return Ok(self.text(&lang, key!("flow_open_refused"), &[]));
        }
        let Some(waiting) = self.waiting_named(waiting_id).await? else {
            return Ok(self.text(&lang, key!("flow_open_done_before"), &[]));
        };
        let id = &waiting.conversation;
        if self.account(id.channel, &id.account).await?.is_none() {
            return Ok(self.text(&lang, key!("flow_open_disconnected"), &[]));
        }
        Ok(match self.serve(&waiting).await? {
            serve::Served::InPart => {
                let (session, id) = (self.clone(), id.clone());
                self.host.background(Box::pin(async move {
                    if let Err(error) = session.work_off(&id).await {
                        session.warn("ledger-not-served", error.code());
                    }
                }));
                self.text(&lang, key!("flow_open_done"), &[])
            }
            serve::Served::Now => self.text(&lang, key!("flow_open_done"), &[]),
            serve::Served::NotYet => self.text(&lang, key!("flow_open_nobody"), &[]),
        })
    }

    pub(crate) async fn flows_tick(&self) -> Result<(), CoreError> {
        self.sweep_in_background();
        let said = self.carry_out_left_behind().await;
        self.serve_in_background();
        let shown = self.look_after_board().await;
        said.and(shown)
    }

    pub(crate) async fn flows_later(&self, job: &str, _data: serde_json::Value) -> Result<(), CoreError> {
        self.warn("job-unknown", job);
        Ok(())
    }
}
