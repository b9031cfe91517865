//! The button that opens the conversation of a customer who waits, whatever is their turn.

use crate::api::{UiAnswer, UiInput};
use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, User, Whisper};
use crate::inbox::settle::Inbox;
use crate::serve::serving::Serving;
use crate::store::accounts::Accounts;
use crate::store::waiting_list::WaitingList;
use omni_domain::key;
use omni_domain::permissions::may_open;
use omni_domain::texts::Lang;

service! {
    /// Opens the conversation of a customer who waits when a person presses the button for it.
    pub(crate) OpenNow {
        accounts: Accounts,
        cx: Context,
        inbox: Inbox,
        serving: Serving,
        waiting_list: WaitingList,
    }
}

impl<H: Host> OpenNow<H> {
    pub(crate) async fn flows_action(&self, action: &str, input: UiInput) -> Result<UiAnswer, CoreError> {
        if let (UiInput::Action { user, value, room_id, .. }, "open") = (input, action) {
            let text = self.open_now(&user, &value).await?;
            if let Some(room_id) = room_id {
                let sender = crate::host::Sender::App;
                self.cx.call(Whisper { user_id: user.id, room_id, sender, text, blocks: Vec::new() }).await?;
            }
        }
        Ok(UiAnswer::Done)
    }

    /// A person wants the conversation of a customer who waits to be opened now; answers what became of that.
    async fn open_now(&self, user: &User, waiting_id: &str) -> Result<String, CoreError> {
        let lang = Lang::new(&user.language).or(&self.cx.workspace_lang().await);
        if !may_open(user) {
            return Ok(self.cx.text(&lang, key!("flow_open_refused"), &[]));
        }
        let Some(waiting) = self.waiting_list.waiting_named(waiting_id).await? else {
            return Ok(self.cx.text(&lang, key!("flow_open_done_before"), &[]));
        };
        let id = &waiting.conversation;
        if self.accounts.account(id.channel, &id.account).await?.is_none() {
            return Ok(self.cx.text(&lang, key!("flow_open_disconnected"), &[]));
        }
        Ok(match self.serving.serve(&waiting).await? {
            crate::serve::serving::Served::InPart => {
                let (this, id) = (self.clone(), id.clone());
                self.cx.host.background(Box::pin(async move {
                    if let Err(error) = this.inbox.work_off(&id).await {
                        this.cx.warn("ledger-not-served", error.code());
                    }
                }));
                self.cx.text(&lang, key!("flow_open_done"), &[])
            }
            crate::serve::serving::Served::Now => self.cx.text(&lang, key!("flow_open_done"), &[]),
            crate::serve::serving::Served::NotYet => self.cx.text(&lang, key!("flow_open_nobody"), &[]),
        })
    }
}
