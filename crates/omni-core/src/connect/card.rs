//! The message in the setup channel that shows an account.

use crate::host::Host;
use crate::session::Session;
use crate::store::Account;
use omni_domain::account::card::card;

impl<H: Host> Session<H> {
    /// Shows the account as it is now in the message that shows it, if there is one.
    pub(crate) async fn refresh_card(&self, account: &Account) {
        if let Some(message_id) = &account.card {
            let (text, shown) = card(self.translator(&self.workspace_lang().await), account);
            self.rewrite(message_id, text, shown).await;
        }
    }
}
