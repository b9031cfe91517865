//! The message in the setup channel that shows an account.

use crate::context::Context;
use crate::gateway::setup_channel::Speaker;
use crate::host::Host;
use omni_domain::account::Account;
use omni_domain::account::card::card;

service! {
    /// Keeps the message in the setup channel that shows an account.
    pub(crate) AccountCards {
        cx: Context,
        speaker: Speaker,
    }
}

impl<H: Host> AccountCards<H> {
    /// Shows the account as it is now in the message that shows it, if there is one.
    pub(crate) async fn refresh_card(&self, account: &Account) {
        if let Some(message_id) = &account.card {
            let (text, shown) = card(self.cx.translator(&self.cx.workspace_lang().await), account);
            self.speaker.rewrite(message_id, text, shown).await;
        }
    }
}
